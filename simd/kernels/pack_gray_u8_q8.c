/* Gray bytes into bytes of a quantised tensor. */
#define KERNEL_NAME pack_gray_u8_q8
#define ELEMENT_Q8
#include "../pack_gray.h"
