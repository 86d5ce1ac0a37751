/* Gray bytes into float32. */
#define KERNEL_NAME pack_gray_u8_f32
#define ELEMENT_F32
#include "../pack_gray.h"
