/* Bytes into px of float16. */
#define KERNEL_NAME pack_nhwc_u8_f16
#define ELEMENT_F16
#include "../pack_nhwc_u8.h"
