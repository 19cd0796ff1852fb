/* Loads styles and masks, and prepares sizes, on a thread of its own, so that a change of them costs the stream
 * nothing.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stylizer.h"

G_BEGIN_DECLS

#define STYLE_SLOTS 2           /* style-image, style-image-2 */
#define MASK_SLOT 2
#define PATH_SLOTS 3            /* what a path tells */
#define SIZE_SLOT 3
#define LOADER_SLOTS 4

typedef struct _StyleLoader StyleLoader;

typedef struct
{
  SrwFormat format;
  gint width, height, processing_height;
} FrameSize;

/* What was loaded: a mask or a session in its slot, a style in the others, or nothing. */
typedef struct
{
  SrwStyle *style;
  SrwMask *mask;
  SrwSession *session;
  FrameSize size;               /* of the session */
} Loaded;

/* Runs on the loader's thread. What was loaded is taken by the callee; it is nothing with `error` when loading failed,
 * and without it when `path` asked for nothing. A failure of a device that the stylizer has left meanwhile is not told
 * of. */
typedef void (*StyleLoaded) (guint slot, const gchar * path, const Loaded * loaded, const GError * error,
    gpointer data);

/* What a path means: a file, or without one the built-in style in slot 0 and nothing in the others. Pictures of
 * styles are measured with a short side of `style_scale` at most. */
gboolean style_load (SrwStylizer * stylizer, guint slot, const gchar * path, gint style_scale, Loaded * loaded,
    GError ** error);

/* `stylizer` must outlive the loader. */
StyleLoader *style_loader_new (SrwStylizer * stylizer, StyleLoaded loaded, gpointer data);

/* Waits for what is being loaded, if anything, and forgets the ones asked for since. */
void style_loader_free (StyleLoader * loader);

/* Asks for what frames of this size need. */
void style_loader_request_size (StyleLoader * loader, const FrameSize * size);

/* Asks for a style or mask. Of several asked for while one is being loaded, the last one of a slot wins. Returns at
 * once. */
void style_loader_request (StyleLoader * loader, guint slot, const gchar * path, gint style_scale);

/* What was asked for in this slot is not wanted any more, unless it is being loaded already. */
void style_loader_forget (StyleLoader * loader, guint slot);

/* After the stylizer has moved to another device: loads styles and masks again that the one before failed at, or still
 * will. */
void style_loader_try_again (StyleLoader * loader);

G_END_DECLS
