/* Loads styles on a thread of its own, so that a change of style costs the stream nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stylizer.h"

G_BEGIN_DECLS

#define STYLE_SLOTS 2           /* style-image, style-image-2 */

typedef struct _StyleLoader StyleLoader;

/* Runs on the loader's thread. `style` is taken by the callee; NULL with `error` when loading failed, NULL without it when `path`
 * asked for no style. */
typedef void (*StyleLoaded) (guint slot, const gchar * path, SrwStyle * style, const GError * error, gpointer data);

/* What a path means: a file, or without one the built-in style in slot 0 and none in slot 1. */
SrwStyle *style_load (SrwStylizer * stylizer, guint slot, const gchar * path, GError ** error);

/* `stylizer` must outlive the loader. */
StyleLoader *style_loader_new (SrwStylizer * stylizer, StyleLoaded loaded, gpointer data);

/* Waits for the style being loaded, if any, and forgets the ones asked for since. */
void style_loader_free (StyleLoader ** loader);

/* Asks for a style. Of several asked for while one is being loaded, the last one of a slot wins. Returns at once. */
void style_loader_request (StyleLoader * loader, guint slot, const gchar * path);

G_END_DECLS
