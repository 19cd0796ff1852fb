/* StyleRWKV engine: the one error domain. */
#include "error.h"

G_DEFINE_QUARK (srw-error-quark, srw_error)
