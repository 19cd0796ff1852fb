/* Files that a user names. Untrusted, and named by a path or a file:// URI.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

/* The contents of a regular file of at most `most` bytes. What a longer one is refused with is `too_long`; everything
 * else is SRW_ERROR_NOT_FOUND and says why it cannot be read. Messages begin with the name as it can be shown.
 * Thread-safe. */
GBytes *srw_input_file_read (const gchar * name, gsize most, SrwError too_long, GError ** error);

/* The name as valid UTF-8; free with g_free. */
gchar *srw_input_file_display_name (const gchar * name);

G_END_DECLS
