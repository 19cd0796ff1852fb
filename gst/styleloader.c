/* Loads styles and masks, and prepares sizes, on a thread of its own.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "styleloader.h"

#include "engineerror.h"

struct _StyleLoader
{
  SrwStylizer *stylizer;
  StyleLoaded loaded;
  gpointer data;
  GThread *thread;

  GMutex lock;                  /* guards what follows */
  GCond wake;
  gboolean quit;
  gboolean wanted[LOADER_SLOTS];
  gboolean failed[LOADER_SLOTS];        /* the device did, at what was wanted last */
  gboolean moved;               /* to another device, since the load under way began */
  gchar *path[PATH_SLOTS];      /* as asked for last */
  gint style_scale;
  FrameSize size;
};

gboolean
style_load (SrwStylizer * stylizer, guint slot, const gchar * path, gint style_scale, Loaded * loaded, GError ** error)
{
  *loaded = (Loaded) { NULL };
  if (path && slot == MASK_SLOT)
    return (loaded->mask = srw_stylizer_mask_from_file (stylizer, path, error)) != NULL;
  if (path)
    return (loaded->style = srw_stylizer_style_from_file (stylizer, path, style_scale, error)) != NULL;
  if (slot == 0)
    return (loaded->style = srw_stylizer_style_builtin (stylizer, style_scale, error)) != NULL;
  return TRUE;
}

/* Called with the lock held. */
static gint
wanted_slot (const StyleLoader * loader)
{
  for (gint i = 0; i < LOADER_SLOTS; i++) {
    if (loader->wanted[i])
      return i;
  }
  return -1;
}

static void
prepare_size (SrwStylizer * stylizer, const FrameSize * size, Loaded * loaded, GError ** error)
{
  *loaded = (Loaded) {.size = *size };
  loaded->session = srw_stylizer_prepare (stylizer, size->format, size->width, size->height, size->processing_height,
      error);
}

/* Called with the lock held. */
static void
want (StyleLoader * loader, guint slot)
{
  loader->wanted[slot] = TRUE;
  loader->failed[slot] = FALSE;
  g_cond_signal (&loader->wake);
}

/* Whether a failure is one of a device that is in use no more; on the next one the same is tried again. A size is asked
 * for anew by whoever did. */
static gboolean
is_past (StyleLoader * loader, guint slot, const GError * error)
{
  gboolean past;

  if (error == NULL || !stylerwkv_is_of_device (error))
    return FALSE;
  g_mutex_lock (&loader->lock);
  past = loader->moved;
  if (!past)
    loader->failed[slot] = !loader->wanted[slot];
  else if (slot != SIZE_SLOT)
    want (loader, slot);
  g_mutex_unlock (&loader->lock);
  return past;
}

/* Called with the lock held, and lets go of it while it works. */
static void
load_one (StyleLoader * loader, guint slot)
{
  gchar *path = slot < PATH_SLOTS ? g_strdup (loader->path[slot]) : NULL;
  const FrameSize size = loader->size;
  const gint style_scale = loader->style_scale;
  GError *error = NULL;
  Loaded loaded;

  loader->wanted[slot] = loader->moved = FALSE;
  g_mutex_unlock (&loader->lock);
  if (slot == SIZE_SLOT)
    prepare_size (loader->stylizer, &size, &loaded, &error);
  else
    style_load (loader->stylizer, slot, path, style_scale, &loaded, &error);
  if (!is_past (loader, slot, error))
    loader->loaded (slot, path, &loaded, error, loader->data);
  g_clear_error (&error);
  g_free (path);
  g_mutex_lock (&loader->lock);
}

static gpointer
loader_main (gpointer data)
{
  StyleLoader *loader = data;

  g_mutex_lock (&loader->lock);
  while (!loader->quit) {
    gint slot = wanted_slot (loader);
    if (slot < 0)
      g_cond_wait (&loader->wake, &loader->lock);
    else
      load_one (loader, (guint) slot);
  }
  g_mutex_unlock (&loader->lock);
  return NULL;
}

StyleLoader *
style_loader_new (SrwStylizer * stylizer, StyleLoaded loaded, gpointer data)
{
  StyleLoader *loader = g_new0 (StyleLoader, 1);

  loader->stylizer = stylizer;
  loader->loaded = loaded;
  loader->data = data;
  g_mutex_init (&loader->lock);
  g_cond_init (&loader->wake);
  loader->thread = g_thread_new ("stylerwkv-loader", loader_main, loader);
  return loader;
}

void
style_loader_free (StyleLoader * self)
{
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  for (gint i = 0; i < PATH_SLOTS; i++)
    g_free (self->path[i]);
  g_cond_clear (&self->wake);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
style_loader_request (StyleLoader * loader, guint slot, const gchar * path, gint style_scale)
{
  g_mutex_lock (&loader->lock);
  g_free (loader->path[slot]);
  loader->path[slot] = g_strdup (path);
  loader->style_scale = style_scale;
  want (loader, slot);
  g_mutex_unlock (&loader->lock);
}

void
style_loader_request_size (StyleLoader * loader, const FrameSize * size)
{
  g_mutex_lock (&loader->lock);
  loader->size = *size;
  want (loader, SIZE_SLOT);
  g_mutex_unlock (&loader->lock);
}

void
style_loader_forget (StyleLoader * loader, guint slot)
{
  g_mutex_lock (&loader->lock);
  loader->wanted[slot] = loader->failed[slot] = FALSE;
  g_mutex_unlock (&loader->lock);
}

void
style_loader_try_again (StyleLoader * loader)
{
  g_mutex_lock (&loader->lock);
  loader->moved = TRUE;
  for (guint i = 0; i < PATH_SLOTS; i++) {
    if (loader->failed[i])
      want (loader, i);
  }
  g_mutex_unlock (&loader->lock);
}
