import { ClosedError, ShapeError } from '../../core/error.js';
import { describeLayout, LayoutMatch } from '../../core/layout-match.js';
import type { FrameLayout } from '../../core/pixel-format.js';
import type { PreprocessSpec } from '../../core/preprocess-spec.js';
import type { Tensor } from '../../core/tensor.js';
import type { FusedModel, Fusion, Slot } from '../runtime.js';
import { type FusionPlan, planFusion, requireFusible } from './fusion-plan.js';
import { openVinoNumbers } from './openvino-api.js';
import type { OpenVinoHandle, OpenVinoLibrary } from './openvino-library.node.js';
import type { OpenVinoModel } from './openvino-model.node.js';
import type { OpenVinoSession } from './openvino-session.node.js';
import { OpenVinoSlot } from './openvino-slot.node.js';

const padding = 'ov_preprocess_preprocess_steps_pad';

/** What fused models are made of. */
export interface FusionGround {
  library: OpenVinoLibrary;
  /** Whose outputs they write. */
  session: OpenVinoSession;
  /** The model, anew. */
  read(): Promise<OpenVinoModel>;
  compile(model: OpenVinoHandle): Promise<OpenVinoHandle>;
}

/** Preprocessing by OpenVINO's own steps, which become the beginning of the model. */
export function fusionOf(ground: FusionGround): Fusion {
  return { requireSpec: requireFusible, open: (layout, spec) => open(ground, layout, spec) };
}

async function open(ground: FusionGround, layout: FrameLayout, spec: PreprocessSpec): Promise<FusedModel> {
  const { library, session } = ground;
  const plan = planFusion(layout, spec, library.has(padding));
  const model = await ground.read();
  using _model = model.handle;
  using fused = addSteps(library, model.handle, plan);
  const compiled = await ground.compile(fused);
  const slots: OpenVinoSlot[] = [];
  const frames = session.slots.map(() => new FrameTensor(plan.tensor.shape, layout));
  try {
    for (const [i, { outputs }] of session.slots.entries()) {
      slots.push(new OpenVinoSlot(library, compiled, [frames[i] as FrameTensor], outputs));
    }
  } catch (error) {
    for (const slot of slots) slot.close();
    compiled.close();
    throw error;
  }
  let closed = false;
  return {
    async run(frame, slot: Slot) {
      if (closed) throw new ClosedError({ subject: 'fused model', expected: 'an open one', received: 'a closed one' });
      const index = session.indexOf(slot);
      (frames[index] as FrameTensor).take(frame);
      await session.runOn(slots[index] as OpenVinoSlot);
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all(slots.map((slot) => slot.idle()));
      for (const slot of slots) slot.close();
      compiled.close();
    },
  };
}

/** The bytes of the frame that a request is given next, seen as a tensor. */
class FrameTensor implements Tensor {
  readonly name = 'frame';
  readonly dataType = 'uint8';
  readonly shape: readonly number[];
  data: Uint8Array;
  readonly #layout: FrameLayout;
  readonly #match: LayoutMatch;
  readonly #byteLength: number;

  constructor(shape: readonly number[], layout: FrameLayout) {
    this.shape = shape;
    this.#layout = layout;
    this.#match = new LayoutMatch(layout);
    this.#byteLength = shape.reduce((product, size) => product * size, 1);
    // Something to point at until the first frame.
    this.data = new Uint8Array(this.#byteLength);
  }

  take(frame: FrameLayout & { readonly data: Uint8Array }): void {
    const { data } = frame;
    if (!this.#match.fits(frame) || data.byteLength < this.#byteLength) {
      throw new ShapeError({
        subject: 'frame',
        expected: `${describeLayout(this.#layout)} in ${this.#byteLength} bytes`,
        received: `${describeLayout(frame)} in ${data.byteLength} bytes`,
        remedy: 'A fused model fits one layout; open another for this one.',
      });
    }
    this.data = data;
  }
}

/** The model with the steps before it. */
function addSteps(library: OpenVinoLibrary, model: OpenVinoHandle, plan: FusionPlan): OpenVinoHandle {
  const { color, resize, pad } = openVinoNumbers;
  using processor = library.create(
    'ov_preprocess_prepostprocessor_t',
    'ov_preprocess_prepostprocessor_create',
    model.pointer,
  );
  using input = library.create(
    'ov_preprocess_input_info_t',
    'ov_preprocess_prepostprocessor_get_input_info_by_index',
    processor.pointer,
    0,
  );
  using tensor = library.create(
    'ov_preprocess_input_tensor_info_t',
    'ov_preprocess_input_info_get_tensor_info',
    input.pointer,
  );
  using steps = library.create(
    'ov_preprocess_preprocess_steps_t',
    'ov_preprocess_input_info_get_preprocess_steps',
    input.pointer,
  );
  using own = library.create(
    'ov_preprocess_input_model_info_t',
    'ov_preprocess_input_info_get_model_info',
    input.pointer,
  );
  using rows = library.create('ov_layout_t', 'ov_layout_create', 'NHWC');
  using planes = library.create('ov_layout_t', 'ov_layout_create', plan.layout);
  const { elementTypes } = library;
  const { height, width } = plan.tensor;
  library.call('ov_preprocess_input_tensor_info_set_element_type', tensor.pointer, elementTypes.numberOf('uint8'));
  library.call('ov_preprocess_input_tensor_info_set_color_format', tensor.pointer, color[plan.tensor.color]);
  library.call('ov_preprocess_input_tensor_info_set_layout', tensor.pointer, rows.pointer);
  library.call('ov_preprocess_input_tensor_info_set_spatial_static_shape', tensor.pointer, height, width);
  if (plan.convertTo) {
    library.call('ov_preprocess_preprocess_steps_convert_color', steps.pointer, color[plan.convertTo]);
  }
  if (plan.crop) {
    const { left, top } = plan.crop;
    const end = Int32Array.of(1, top + plan.crop.height, left + plan.crop.width, 3);
    library.call('ov_preprocess_preprocess_steps_crop', steps.pointer, Int32Array.of(0, top, left, 0), 4, end, 4);
  }
  const toReal = () =>
    library.call(
      'ov_preprocess_preprocess_steps_convert_element_type',
      steps.pointer,
      elementTypes.numberOf('float32'),
    );
  if (plan.pad) {
    // Whole numbers are not padded.
    toReal();
    const before = Int32Array.of(0, plan.pad.top, plan.pad.left, 0);
    const after = Int32Array.of(0, plan.pad.bottom, plan.pad.right, 0);
    library.call(padding, steps.pointer, before, 4, after, 4, plan.pad.value, pad.CONSTANT);
  }
  if (plan.resize) library.call('ov_preprocess_preprocess_steps_resize', steps.pointer, resize.LINEAR);
  if (plan.normalise) {
    const { mean, scale } = plan.normalise;
    if (!plan.pad) toReal();
    library.call('ov_preprocess_preprocess_steps_mean_multi_channels', steps.pointer, Float32Array.from(mean), 3);
    library.call('ov_preprocess_preprocess_steps_scale_multi_channels', steps.pointer, Float32Array.from(scale), 3);
  }
  library.call('ov_preprocess_input_model_info_set_layout', own.pointer, planes.pointer);
  return library.create('ov_model_t', 'ov_preprocess_prepostprocessor_build', processor.pointer);
}
