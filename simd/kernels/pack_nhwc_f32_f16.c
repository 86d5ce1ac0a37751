/* Float32 into px of float16. */
#define KERNEL_NAME pack_nhwc_f32_f16
#define ELEMENT_F16
#include "../pack_nhwc_f32.h"
