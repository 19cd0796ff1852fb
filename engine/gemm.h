/* StyleRWKV engine: the matrix product, by CLBlast or by our own register tiles. */
#pragma once

#include "ops.h"

G_BEGIN_DECLS

typedef struct _SrwGemm SrwGemm;

G_END_DECLS
