/* Float32 into planes of float32. */
#define KERNEL_NAME pack_nchw_f32
#define ELEMENT_F32
#define FLOAT_ROW
#include "../pack_nchw.h"
