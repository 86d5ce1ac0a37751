import { UnsupportedError } from '../../core/error.js';
import { type FrameLayout, measureLayout } from '../../core/pixel-format.js';
import type { PreprocessSpec } from '../../core/preprocess-spec.js';
import type { openVinoNumbers } from './openvino-api.js';

type Color = keyof typeof openVinoNumbers.color;

/** Preprocessing in the words of OpenVINO: one step after the other on a picture of 8 bits, then on real numbers. */
export interface FusionPlan {
  /** How the frame's bytes are told to it: as many columns as a row has room for. */
  tensor: { shape: readonly number[]; height: number; width: number; color: Color };
  /** What the picture is converted to; nothing where it is that already. */
  convertTo?: 'RGB' | 'BGR';
  /** Px that are taken, from the left and the top. */
  crop?: { left: number; top: number; width: number; height: number };
  /** Px of `value` around what was taken, so that its proportions are those of the input. */
  pad?: { left: number; top: number; right: number; bottom: number; value: number };
  /** Whether it is resized to the input. */
  resize: boolean;
  /** `(x − mean) / scale` per channel; absent where neither changes anything. */
  normalise?: { mean: number[]; scale: number[] };
  layout: 'NCHW' | 'NHWC';
}

const formats: Partial<Record<FrameLayout['format'], { color: Color; bytes: number }>> = {
  RGB: { color: 'RGB', bytes: 3 },
  BGR: { color: 'BGR', bytes: 3 },
  RGBA: { color: 'RGBX', bytes: 4 },
  RGBX: { color: 'RGBX', bytes: 4 },
  BGRA: { color: 'BGRX', bytes: 4 },
  BGRX: { color: 'BGRX', bytes: 4 },
  NV12: { color: 'NV12_SINGLE_PLANE', bytes: 1 },
};

/**
 * Refuses what OpenVINO's steps cannot say, or say otherwise. Its resize always fills the input, so that a letterbox is
 * made by padding before, which is the same only where nothing has to be rounded and nothing is enlarged.
 * @throws {UnsupportedError} ERR_UNSUPPORTED
 */
export function requireFusible(spec: PreprocessSpec): void {
  const { filter, colorOrder, quantization, rotation, mirror, resize, tiles, before, levels } = spec;
  if (tiles) throw refused('tiles', 'one picture per frame');
  if (before) throw refused('before', 'no steps before the resize');
  if (levels) throw refused('levels', '8 bits per channel');
  if (rotation !== 0 || mirror) throw refused('rotation, mirror', 'a picture that is not turned');
  if (filter !== 'bilinear') throw refused(`filter ${filter}`, 'bilinear');
  if (colorOrder === 'gray') throw refused('colorOrder gray', 'three channels');
  if (quantization || spec.dataType === 'int8') throw refused('quantization', 'no quantisation');
  if (resize === 'crop') throw refused('resize crop', 'stretch or letterbox');
}

/**
 * Plans the steps for frames of a layout.
 * @param canPad whether this version has the step that pads. @throws {UnsupportedError} ERR_UNSUPPORTED
 */
export function planFusion(layout: FrameLayout, spec: PreprocessSpec, canPad: boolean): FusionPlan {
  requireFusible(spec);
  const { codedWidth, codedHeight, strideBytes } = layout;
  const known = formats[layout.format];
  if (!known) throw refused(`frames of ${layout.format}`, `frames of ${Object.keys(formats).join(', ')}`);
  if (layout.rotation || layout.flip) throw refused('frames that are stored turned', 'upright frames');
  const { color, bytes } = known;
  const isYuv = color === 'NV12_SINGLE_PLANE';
  if (isYuv) requirePlainNv12(layout);
  if (strideBytes % bytes !== 0) throw refused(`rows of ${strideBytes} bytes`, `rows of whole px of ${bytes} bytes`);
  const columns = strideBytes / bytes;
  const region = spec.region ?? { x: 0, y: 0, width: codedWidth, height: codedHeight };
  const whole = region.width === columns && region.height === codedHeight;
  const { resize, around } = place(region, spec, canPad);
  const wanted = spec.colorOrder === 'bgr' ? 'BGR' : 'RGB';
  const channels = (value: number | number[]) => (typeof value === 'number' ? [value, value, value] : spread(value));
  const [scale, mean, std] = [channels(spec.scale), channels(spec.mean), channels(spec.std)];
  const neutral = scale.every((each) => each === 1) && mean.every((m) => m === 0) && std.every((d) => d === 1);
  return {
    tensor: {
      shape: isYuv ? [1, (codedHeight * 3) / 2, columns, 1] : [1, codedHeight, columns, bytes],
      height: codedHeight,
      width: columns,
      color,
    },
    ...(color === wanted ? {} : { convertTo: wanted }),
    ...(whole ? {} : { crop: { left: region.x, top: region.y, width: region.width, height: region.height } }),
    ...(around ? { pad: { ...around, value: spec.pad } } : {}),
    resize,
    // (x·scale − mean) / std with a division less.
    ...(neutral
      ? {}
      : { normalise: { mean: mean.map((m, i) => m / scale[i]!), scale: std.map((d, i) => d / scale[i]!) } }),
    layout: spec.layout === 'nhwc' ? 'NHWC' : 'NCHW',
  };
}

function place(
  { width, height }: { width: number; height: number },
  spec: PreprocessSpec,
  canPad: boolean,
): { resize: boolean; around?: { left: number; top: number; right: number; bottom: number } } {
  const same = width === spec.width && height === spec.height;
  if (same || spec.resize === 'stretch') return { resize: !same };
  const ratio = Math.min(spec.width / width, spec.height / height);
  // Of the tensor, in px of the frame.
  const [outerWidth, outerHeight] = [spec.width / ratio, spec.height / ratio].map(nearWhole) as [number, number];
  const [spareX, spareY] = [spec.width - nearWhole(width * ratio), spec.height - nearWhole(height * ratio)];
  const centred = spec.align === 'center';
  const left = nearWhole(centred ? Math.floor(spareX / 2) / ratio : 0);
  const top = nearWhole(centred ? Math.floor(spareY / 2) / ratio : 0);
  const exact = [outerWidth, outerHeight, spareX, spareY, left, top].every(Number.isInteger);
  if (!exact || ratio > 1) {
    const why = ratio > 1 ? 'a frame at least as large as the input' : 'sizes that divide without a rest';
    throw refused(`a letterbox of ${width} × ${height} px in ${spec.width} × ${spec.height}`, why);
  }
  const around = { left, top, right: outerWidth - width - left, bottom: outerHeight - height - top };
  if (Object.values(around).every((each) => each === 0)) return { resize: true };
  if (!canPad) throw refused('a letterbox', 'stretch, because this version of OpenVINO has no step that pads');
  return { resize: ratio !== 1, around };
}

// The planes follow one another without a gap, as one tensor, whose colours are BT.601 of limited range.
function requirePlainNv12(layout: FrameLayout): void {
  const { codedWidth, codedHeight, strideBytes, colorSpace } = layout;
  const { planes } = measureLayout(layout);
  const [, chroma] = planes ?? [];
  const gapless = chroma?.offset === strideBytes * codedHeight && chroma.stride === strideBytes;
  if (!gapless || codedWidth % 2 || codedHeight % 2 || strideBytes % 2) {
    throw refused('NV12 with gaps or odd sides', 'planes that follow one another, of even sides');
  }
  const matrix = colorSpace?.matrix ?? 'smpte170m';
  if (!['smpte170m', 'bt470bg'].includes(matrix) || colorSpace?.fullRange) {
    throw refused(`NV12 of ${matrix}${colorSpace?.fullRange ? ', full range' : ''}`, 'BT.601 of limited range');
  }
}

function spread(values: number[]): number[] {
  return values.length === 1 ? [values[0]!, values[0]!, values[0]!] : values;
}

// Quotients of whole numbers that are whole but for the last bits.
function nearWhole(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-9 * Math.max(1, whole) ? whole : value;
}

function refused(received: string, expected: string): UnsupportedError {
  return new UnsupportedError({
    subject: 'runtimeOptions.openvino.fusePreprocess',
    expected: `preprocessing that OpenVINO does as this package does (${expected})`,
    received,
    remedy: 'Leave fusePreprocess out: the kernels of this package do it then.',
    details: { supported: Object.keys(formats) },
  });
}
