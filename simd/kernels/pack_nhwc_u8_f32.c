/* Bytes into px of float32. */
#define KERNEL_NAME pack_nhwc_u8_f32
#define ELEMENT_F32
#include "../pack_nhwc_u8.h"
