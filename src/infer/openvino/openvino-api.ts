/**
 * What is used of OpenVINO's C interface, as data: the FFI is declared from it, and so is the library that stands in for
 * it in tests. `_Out_` marks what a function writes. Unchanged from 2024.0 to 2026.4 where nothing else is said.
 * @source openvino/c/*.h of OpenVINO 2026.4
 */
export const openVinoTypes = {
  /** Objects that only the library looks into, each with the function that frees it. */
  objects: {
    ov_core_t: 'ov_core_free',
    ov_model_t: 'ov_model_free',
    ov_compiled_model_t: 'ov_compiled_model_free',
    ov_infer_request_t: 'ov_infer_request_free',
    ov_tensor_t: 'ov_tensor_free',
    ov_output_const_port_t: 'ov_output_const_port_free',
    ov_layout_t: 'ov_layout_free',
    ov_preprocess_prepostprocessor_t: 'ov_preprocess_prepostprocessor_free',
    ov_preprocess_input_info_t: 'ov_preprocess_input_info_free',
    ov_preprocess_input_tensor_info_t: 'ov_preprocess_input_tensor_info_free',
    ov_preprocess_preprocess_steps_t: 'ov_preprocess_preprocess_steps_free',
    ov_preprocess_input_model_info_t: 'ov_preprocess_input_model_info_free',
  },
  /** Enumerations, each with the integer that carries it. */
  enums: {
    ov_status_e: 'int32_t',
    ov_element_type_e: 'uint32_t',
    ov_color_format_e: 'uint32_t',
    ov_preprocess_resize_algorithm_e: 'uint32_t',
    ov_padding_mode_e: 'uint32_t',
  },
  /** Fields in order; pointers are addresses. */
  structs: {
    ov_version_t: { buildNumber: 'char *', description: 'char *' },
    ov_available_devices_t: { devices: 'char **', size: 'size_t' },
    ov_shape_t: { rank: 'int64_t', dims: 'int64_t *' },
    ov_dimension_t: { min: 'int64_t', max: 'int64_t' },
    ov_partial_shape_t: { rank: 'ov_dimension_t', dims: 'ov_dimension_t *' },
  },
} as const;

/** Prototypes of the functions. */
export const openVinoFunctions = [
  'ov_status_e ov_get_openvino_version(_Out_ ov_version_t *version)',
  'void ov_version_free(ov_version_t *version)',
  'const char *ov_get_last_err_msg(void)',
  'void ov_free(const char *content)',
  'ov_status_e ov_core_create(_Out_ ov_core_t **core)',
  'void ov_core_free(ov_core_t *core)',
  'ov_status_e ov_core_get_available_devices(const ov_core_t *core, _Out_ ov_available_devices_t *devices)',
  'void ov_available_devices_free(ov_available_devices_t *devices)',
  'ov_status_e ov_core_get_property(const ov_core_t *core, const char *device, const char *key, _Out_ char **value)',
  'ov_status_e ov_core_read_model(const ov_core_t *core, const char *path, const char *weights, _Out_ ov_model_t **model)',
  'ov_status_e ov_core_read_model_from_memory_buffer(const ov_core_t *core, const char *bytes, const size_t length, const ov_tensor_t *weights, _Out_ ov_model_t **model)',
  'void ov_model_free(ov_model_t *model)',
  'ov_status_e ov_model_inputs_size(const ov_model_t *model, _Out_ size_t *size)',
  'ov_status_e ov_model_outputs_size(const ov_model_t *model, _Out_ size_t *size)',
  'ov_status_e ov_model_const_input_by_index(const ov_model_t *model, const size_t index, _Out_ ov_output_const_port_t **port)',
  'ov_status_e ov_model_const_output_by_index(const ov_model_t *model, const size_t index, _Out_ ov_output_const_port_t **port)',
  'ov_status_e ov_model_reshape_by_port_indexes(const ov_model_t *model, const size_t *indexes, const ov_partial_shape_t *shapes, size_t size)',
  'ov_status_e ov_port_get_any_name(const ov_output_const_port_t *port, _Out_ char **name)',
  'ov_status_e ov_port_get_element_type(const ov_output_const_port_t *port, _Out_ ov_element_type_e *type)',
  'ov_status_e ov_port_get_partial_shape(const ov_output_const_port_t *port, _Out_ ov_partial_shape_t *shape)',
  'void ov_output_const_port_free(ov_output_const_port_t *port)',
  'void ov_partial_shape_free(ov_partial_shape_t *shape)',
  'ov_status_e ov_core_compile_model(const ov_core_t *core, const ov_model_t *model, const char *device, const size_t arguments, _Out_ ov_compiled_model_t **compiled, ...)',
  'ov_status_e ov_compiled_model_get_property(const ov_compiled_model_t *compiled, const char *key, _Out_ char **value)',
  'ov_status_e ov_compiled_model_create_infer_request(const ov_compiled_model_t *compiled, _Out_ ov_infer_request_t **request)',
  'void ov_compiled_model_free(ov_compiled_model_t *compiled)',
  'ov_status_e ov_tensor_create_from_host_ptr(const ov_element_type_e type, const ov_shape_t shape, void *memory, _Out_ ov_tensor_t **tensor)',
  'ov_status_e ov_tensor_data(const ov_tensor_t *tensor, _Out_ void **data)',
  'ov_status_e ov_tensor_get_shape(const ov_tensor_t *tensor, _Out_ ov_shape_t *shape)',
  'ov_status_e ov_shape_free(ov_shape_t *shape)',
  'void ov_tensor_free(ov_tensor_t *tensor)',
  'ov_status_e ov_infer_request_set_input_tensor_by_index(ov_infer_request_t *request, const size_t index, const ov_tensor_t *tensor)',
  'ov_status_e ov_infer_request_set_output_tensor_by_index(ov_infer_request_t *request, const size_t index, const ov_tensor_t *tensor)',
  'ov_status_e ov_infer_request_get_output_tensor_by_index(const ov_infer_request_t *request, const size_t index, _Out_ ov_tensor_t **tensor)',
  'ov_status_e ov_infer_request_infer(ov_infer_request_t *request)',
  'ov_status_e ov_infer_request_start_async(ov_infer_request_t *request)',
  'ov_status_e ov_infer_request_wait(ov_infer_request_t *request)',
  'ov_status_e ov_infer_request_wait_for(ov_infer_request_t *request, const int64_t ms)',
  'void ov_infer_request_free(ov_infer_request_t *request)',
  'ov_status_e ov_layout_create(const char *text, _Out_ ov_layout_t **layout)',
  'void ov_layout_free(ov_layout_t *layout)',
  'ov_status_e ov_preprocess_prepostprocessor_create(const ov_model_t *model, _Out_ ov_preprocess_prepostprocessor_t **processor)',
  'ov_status_e ov_preprocess_prepostprocessor_get_input_info_by_index(const ov_preprocess_prepostprocessor_t *processor, const size_t index, _Out_ ov_preprocess_input_info_t **info)',
  'ov_status_e ov_preprocess_input_info_get_tensor_info(const ov_preprocess_input_info_t *info, _Out_ ov_preprocess_input_tensor_info_t **tensor)',
  'ov_status_e ov_preprocess_input_info_get_preprocess_steps(const ov_preprocess_input_info_t *info, _Out_ ov_preprocess_preprocess_steps_t **steps)',
  'ov_status_e ov_preprocess_input_info_get_model_info(const ov_preprocess_input_info_t *info, _Out_ ov_preprocess_input_model_info_t **model)',
  'ov_status_e ov_preprocess_input_tensor_info_set_element_type(ov_preprocess_input_tensor_info_t *tensor, const ov_element_type_e type)',
  'ov_status_e ov_preprocess_input_tensor_info_set_layout(ov_preprocess_input_tensor_info_t *tensor, ov_layout_t *layout)',
  'ov_status_e ov_preprocess_input_tensor_info_set_color_format(ov_preprocess_input_tensor_info_t *tensor, const ov_color_format_e format)',
  'ov_status_e ov_preprocess_input_tensor_info_set_spatial_static_shape(ov_preprocess_input_tensor_info_t *tensor, const size_t height, const size_t width)',
  'ov_status_e ov_preprocess_preprocess_steps_resize(ov_preprocess_preprocess_steps_t *steps, const ov_preprocess_resize_algorithm_e algorithm)',
  'ov_status_e ov_preprocess_preprocess_steps_convert_element_type(ov_preprocess_preprocess_steps_t *steps, const ov_element_type_e type)',
  'ov_status_e ov_preprocess_preprocess_steps_convert_color(ov_preprocess_preprocess_steps_t *steps, const ov_color_format_e format)',
  'ov_status_e ov_preprocess_preprocess_steps_crop(ov_preprocess_preprocess_steps_t *steps, int32_t *begin, int32_t beginSize, int32_t *end, int32_t endSize)',
  'ov_status_e ov_preprocess_preprocess_steps_mean_multi_channels(ov_preprocess_preprocess_steps_t *steps, const float *values, const int32_t size)',
  'ov_status_e ov_preprocess_preprocess_steps_scale_multi_channels(ov_preprocess_preprocess_steps_t *steps, const float *values, const int32_t size)',
  'ov_status_e ov_preprocess_input_model_info_set_layout(ov_preprocess_input_model_info_t *model, ov_layout_t *layout)',
  'ov_status_e ov_preprocess_prepostprocessor_build(const ov_preprocess_prepostprocessor_t *processor, _Out_ ov_model_t **model)',
  'void ov_preprocess_prepostprocessor_free(ov_preprocess_prepostprocessor_t *processor)',
  'void ov_preprocess_input_info_free(ov_preprocess_input_info_t *info)',
  'void ov_preprocess_input_tensor_info_free(ov_preprocess_input_tensor_info_t *tensor)',
  'void ov_preprocess_preprocess_steps_free(ov_preprocess_preprocess_steps_t *steps)',
  'void ov_preprocess_input_model_info_free(ov_preprocess_input_model_info_t *model)',
] as const;

/** Functions that not every supported version has; without them, what they do is refused. */
export const optionalOpenVinoFunctions = [
  /** Came after 2024.4. */
  'ov_status_e ov_preprocess_preprocess_steps_pad(const ov_preprocess_preprocess_steps_t *steps, const int *begin, size_t beginSize, const int *end, size_t endSize, float value, ov_padding_mode_e mode)',
] as const;

type NameOf<P extends string> = P extends `${infer Head}(${string}` ? LastWord<Head> : never;
type LastWord<S extends string> = S extends `${string} ${infer Rest}`
  ? LastWord<Rest>
  : S extends `*${infer N}`
    ? N
    : S;

/** Name of a function of the interface. */
export type OpenVinoFunction = NameOf<(typeof openVinoFunctions)[number] | (typeof optionalOpenVinoFunctions)[number]>;
/** Name of a type of objects that only the library looks into. */
export type OpenVinoObject = keyof typeof openVinoTypes.objects;

/** Name of the function that a prototype declares. */
export function functionName(prototype: string): OpenVinoFunction {
  return /(\w+)\(/.exec(prototype)?.[1] as OpenVinoFunction;
}

/** Numbers of the colour formats, ways to resize and ways to pad that are used. */
export const openVinoNumbers = {
  color: { NV12_SINGLE_PLANE: 1, RGB: 5, BGR: 6, RGBX: 8, BGRX: 9 },
  resize: { LINEAR: 0 },
  pad: { CONSTANT: 0 },
  status: { RESULT_NOT_READY: -9 },
} as const;

/** What the functions return: 0 is success. */
export const openVinoStatuses: Readonly<Record<number, string>> = {
  0: 'OK',
  [-1]: 'GENERAL_ERROR',
  [-2]: 'NOT_IMPLEMENTED',
  [-3]: 'NETWORK_NOT_LOADED',
  [-4]: 'PARAMETER_MISMATCH',
  [-5]: 'NOT_FOUND',
  [-6]: 'OUT_OF_BOUNDS',
  [-7]: 'UNEXPECTED',
  [-8]: 'REQUEST_BUSY',
  [-9]: 'RESULT_NOT_READY',
  [-10]: 'NOT_ALLOCATED',
  [-11]: 'INFER_NOT_STARTED',
  [-12]: 'NETWORK_NOT_READ',
  [-13]: 'INFER_CANCELLED',
  [-14]: 'INVALID_C_PARAM',
  [-15]: 'UNKNOWN_C_ERROR',
  [-16]: 'NOT_IMPLEMENT_C_METHOD',
  [-17]: 'UNKNOW_EXCEPTION',
};
