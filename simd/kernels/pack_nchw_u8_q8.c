/* Bytes into planes of bytes of a quantised tensor. */
#define KERNEL_NAME pack_nchw_u8_q8
#define ELEMENT_Q8
#include "../pack_nchw.h"
