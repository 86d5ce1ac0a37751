/* Bytes into px of bytes of a quantised tensor. */
#define KERNEL_NAME pack_nhwc_u8_q8
#define ELEMENT_Q8
#include "../pack_nhwc_u8.h"
