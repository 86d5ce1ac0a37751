import type { TensorDataType } from '../../core/tensor.js';
import type { OpenVinoLibrary } from './openvino-library.node.js';

/** Element types as the loaded library numbers them: the numbers changed twice between 2024.0 and 2025.1. */
export interface ElementTypes {
  /** Number of a type. */
  numberOf(dataType: TensorDataType): number;
  /** What a number stands for: OpenVINO's name, and the type that tensors here carry, if one does. */
  typeOf(number: number): { name: string; dataType: TensorDataType | undefined };
}

const dataTypes: Readonly<Record<string, TensorDataType>> = {
  f32: 'float32',
  f16: 'float16',
  u8: 'uint8',
  i8: 'int8',
  i32: 'int32',
  i64: 'int64',
};

const others = ['bf16', 'f64', 'i16', 'u16', 'u32', 'u64', 'boolean'];

// Numbers of the types above, for a library that does not read the model that it is asked with.
const since2025Dot1 = { f32: 4, f16: 3, u8: 16, i8: 7, i32: 9, i64: 10 };
const before2025Dot1 = { f32: 5, f16: 4, u8: 17, i8: 8, i32: 10, i64: 11 };
/** Without the types u2, u3 and u6. */
const only2024Dot0 = { ...before2025Dot1, u8: 14 };

/** Asks the library for its numbers, by a model with one input of each type; by its version where it does not read that. */
export function readElementTypes(library: OpenVinoLibrary): ElementTypes {
  let numbers: Map<string, number>;
  try {
    numbers = askNumbers(library);
  } catch {
    numbers = new Map(Object.entries(numbersByVersion(library.version)));
  }
  const names = new Map([...numbers].map(([name, number]) => [number, name]));
  const byDataType = new Map([...numbers].map(([name, number]) => [dataTypes[name], number]));
  return {
    numberOf: (dataType) => byDataType.get(dataType) as number,
    typeOf(number) {
      const name = names.get(number);
      return { name: name ?? `type ${number}`, dataType: name === undefined ? undefined : dataTypes[name] };
    },
  };
}

/** Numbers of the types that tensors carry, by version. @source ov_common.h of 2024.0, 2024.4 and 2025.1 */
export function numbersByVersion(version: string): Readonly<Record<string, number>> {
  const [year, minor] = version.split('.').map(Number);
  if (year > 2025 || (year === 2025 && minor >= 1)) return since2025Dot1;
  return year === 2024 && minor === 0 ? only2024Dot0 : before2025Dot1;
}

function askNumbers(library: OpenVinoLibrary): Map<string, number> {
  const text = new TextEncoder().encode(oneInputOfEach([...Object.keys(dataTypes), ...others]));
  using model = library.create(
    'ov_model_t',
    'ov_core_read_model_from_memory_buffer',
    library.core,
    text,
    text.byteLength,
    null,
  );
  const numbers = new Map<string, number>();
  const count = library.number('ov_model_inputs_size', model.pointer);
  for (let i = 0; i < count; i++) {
    using port = library.create('ov_output_const_port_t', 'ov_model_const_input_by_index', model.pointer, i);
    const name = library.text('ov_port_get_any_name', port.pointer);
    numbers.set(name, library.number('ov_port_get_element_type', port.pointer));
  }
  return numbers;
}

/** OpenVINO's IR, version 11: a Parameter and a Result for each type, whose tensor bears the type's name. */
function oneInputOfEach(names: readonly string[]): string {
  const dim = '<dim>1</dim>';
  const layers = names.flatMap((name, i) => {
    const precision = name === 'boolean' ? 'BOOL' : name.replace('f', 'FP').replace('bFP', 'BF').toUpperCase();
    return [
      `<layer id="${2 * i}" name="${name}" type="Parameter" version="opset1"><data shape="1" element_type="${name}"/>`,
      `<output><port id="0" precision="${precision}" names="${name}">${dim}</port></output></layer>`,
      `<layer id="${2 * i + 1}" name="${name}/result" type="Result" version="opset1">`,
      `<input><port id="0" precision="${precision}">${dim}</port></input></layer>`,
    ];
  });
  const edges = names.map((_, i) => `<edge from-layer="${2 * i}" from-port="0" to-layer="${2 * i + 1}" to-port="0"/>`);
  return `<?xml version="1.0"?><net name="types" version="11"><layers>${layers.join('')}</layers><edges>${edges.join('')}</edges></net>`;
}
