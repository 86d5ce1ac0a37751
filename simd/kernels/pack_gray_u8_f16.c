/* Gray bytes into float16. */
#define KERNEL_NAME pack_gray_u8_f16
#define ELEMENT_F16
#include "../pack_gray.h"
