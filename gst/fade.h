/* From what is shown to what is asked for, in the time that the property fade-time says. A fade begins with the frame that
 * sees the change; one in the middle of another starts from what is shown then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gststylerwkv.h"

G_BEGIN_DECLS

/* What the properties say of one frame. */
typedef struct
{
  GstClockTime time;            /* running time of the frame, or none */
  gdouble strength, smoothing;
  gboolean preserve_color;
  gint processing_height;
  GstClockTime fade_time;
  GstStylerwkvOverloadPolicy policy;
} FrameSettings;

/* Where a fade is. All zero is none. */
typedef struct
{
  gboolean active;
  GstClockTime start;           /* running time */
} Fade;

/* Begins a fade with this frame; FALSE where there is no time for one, and the change is to be seen at once. */
gboolean fade_begin (Fade * fade, const FrameSettings * settings);
/* How far an active fade is with this frame, 0 to 1; at 1 it is active no more. */
gdouble fade_progress (Fade * fade, const FrameSettings * settings);

/* A number that fades. All zero has shown nothing yet: the first one is shown at once. */
typedef struct
{
  Fade fade;
  gboolean known;
  gdouble from, to, shown;
} NumberFade;

/* Moves `shown` on to `asked`. */
void fade_number (NumberFade * number, gdouble asked, const FrameSettings * settings);

G_END_DECLS
