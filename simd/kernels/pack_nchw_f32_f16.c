/* Float32 into planes of float16. */
#define KERNEL_NAME pack_nchw_f32_f16
#define ELEMENT_F16
#define FLOAT_ROW
#include "../pack_nchw.h"
