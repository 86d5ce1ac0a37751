import { type PreprocessSpec, preprocessedShape } from '../../../../src/core/preprocess-spec.js';

/** OpenVINO's IR of a model whose output `y` is its input `x`: the tensor of a picture. */
export function identityPicture(spec: PreprocessSpec): Uint8Array {
  const shape = preprocessedShape(spec);
  const dims = shape.map((size) => `<dim>${size}</dim>`).join('');
  const port = (id: number, name?: string) =>
    `<port id="${id}" precision="FP32"${name ? ` names="${name}"` : ''}>${dims}</port>`;
  return new TextEncoder().encode(`<?xml version="1.0"?><net name="identity" version="11"><layers>
<layer id="0" name="x" type="Parameter" version="opset1"><data shape="${shape.join(',')}" element_type="f32"/>
<output>${port(0, 'x')}</output></layer>
<layer id="1" name="y" type="Convert" version="opset1"><data destination_type="f32"/>
<input>${port(0)}</input><output>${port(1, 'y')}</output></layer>
<layer id="2" name="result" type="Result" version="opset1"><input>${port(0)}</input></layer></layers>
<edges><edge from-layer="0" from-port="0" to-layer="1" to-port="0"/><edge from-layer="1" from-port="1" to-layer="2" to-port="0"/></edges></net>`);
}
