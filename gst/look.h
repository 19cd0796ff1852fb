/* What is shown: the style, the mask and the strength of the frame at hand, on their way to what is asked for.
 *
 * Used by the streaming thread alone.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "settings.h"

G_BEGIN_DECLS

typedef struct _Look Look;

/* `stylizer` must outlive it. */
Look *look_new (SrwStylizer * stylizer);
void look_free (Look * look);

/* Brings what is shown on to the next frame, of width × height pixels, and gives it to the stylizer. Takes style and
 * mask of the settings. FALSE: the mask cannot be used, and the old one stays. */
gboolean look_follow (Look * look, FrameSettings * settings, gint width, gint height, GError ** error);

/* Of the frame that was followed last. */
gdouble look_strength (const Look * look);

G_END_DECLS
