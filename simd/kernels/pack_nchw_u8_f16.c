/* Bytes into planes of float16. */
#define KERNEL_NAME pack_nchw_u8_f16
#define ELEMENT_F16
#include "../pack_nchw.h"
