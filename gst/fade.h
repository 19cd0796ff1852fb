/* From what is shown to what is asked for. A fade begins with the frame that sees the change; one in the middle of
 * another starts from what is shown then. Times are running times, or none.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Where a fade is. All zero is none. */
typedef struct
{
  gboolean active;
  GstClockTime start;
} Fade;

/* Begins a fade with the frame of this time; FALSE where there is no time for one, and the change is to be seen at
 * once. */
gboolean fade_begin (Fade * fade, GstClockTime time, GstClockTime duration);
/* How far an active fade is with this frame, 0 to 1; at 1 it is active no more. */
gdouble fade_progress (Fade * fade, GstClockTime time, GstClockTime duration);

/* A number that fades. All zero has shown nothing yet: the first one is shown at once. */
typedef struct
{
  Fade fade;
  gboolean has_shown;
  gdouble from, to, shown;
} NumberFade;

/* Moves `shown` on to `asked`. */
void fade_number (NumberFade * number, gdouble asked, GstClockTime time, GstClockTime duration);

G_END_DECLS
