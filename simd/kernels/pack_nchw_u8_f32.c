/* Bytes into planes of float32. */
#define KERNEL_NAME pack_nchw_u8_f32
#define ELEMENT_F32
#include "../pack_nchw.h"
