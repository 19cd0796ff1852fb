/* What the properties ask for, and what of it is loaded.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

static const gchar *const slot_names[LOADER_SLOTS] = { "style-image", "style-image-2", "mask", "processing-height" };

struct _Settings
{
  SettingsCallbacks callbacks;
  gpointer data;
  SrwStylizer *stylizer;        /* between start and stop */

  GMutex lock;                  /* guards what follows */
  gchar *path[PATH_SLOTS];      /* of styles and mask */
  gdouble strength, style_mix, smoothing;
  gboolean preserve_color, preserve_luma, preserve_black;
  gint style_scale;
  GstClockTime fade_time;
  gchar *model_file, *device;
  gint processing_height;
  guint async_depth;
  GstStylerwkvOverloadPolicy policy;

  StyleLoader *loader;          /* between start and stop */
  gboolean lent[PATH_SLOTS];
  SrwStyle *style[STYLE_SLOTS]; /* as loaded last; the second may be NULL */
  SrwMask *mask;                /* as loaded last, until a snapshot takes it */
  gboolean style_changed, mask_changed; /* since the last snapshot */
  gboolean mask_is_live;
  gfloat mix_in_use;            /* of the last snapshot */
  Loaded prepared;              /* a session, until a snapshot takes it */
};

/* ---- life ---- */

Settings *
settings_new (const SettingsCallbacks * callbacks, gpointer data)
{
  Settings *self = g_new0 (Settings, 1);

  self->callbacks = *callbacks;
  self->data = data;
  g_mutex_init (&self->lock);
  self->strength = DEFAULT_STRENGTH;
  self->style_mix = DEFAULT_STYLE_MIX;
  self->smoothing = DEFAULT_TEMPORAL_SMOOTHING;
  self->device = g_strdup (DEFAULT_DEVICE);
  self->processing_height = DEFAULT_PROCESSING_HEIGHT;
  self->async_depth = DEFAULT_ASYNC_DEPTH;
  self->policy = DEFAULT_OVERLOAD_POLICY;
  self->fade_time = DEFAULT_FADE_TIME;
  self->style_scale = DEFAULT_STYLE_SCALE;
  self->preserve_black = DEFAULT_PRESERVE_BLACK;
  return self;
}

void
settings_free (Settings * self)
{
  for (guint i = 0; i < PATH_SLOTS; i++)
    g_free (self->path[i]);
  g_free (self->model_file);
  g_free (self->device);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- properties ---- */

/* Called with the lock held, like the setters below. */
static void
request (Settings * self, guint slot)
{
  if (self->loader)
    style_loader_request (self->loader, slot, self->path[slot], self->style_scale);
}

static void
set_path (Settings * self, guint slot, const GValue * value)
{
  const gchar *path = g_value_get_string (value);

  g_free (self->path[slot]);
  self->path[slot] = g_strdup (path && path[0] ? path : NULL);
  request (self, slot);
}

/* Measures the styles anew that paths name. */
static void
set_style_scale (Settings * self, gint scale)
{
  self->style_scale = scale;
  for (guint i = 0; i < STYLE_SLOTS; i++) {
    if (!self->lent[i])
      request (self, i);
  }
}

static void
set_string (gchar ** string, const GValue * value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

gboolean
settings_set (Settings * self, guint property, const GValue * value)
{
  gboolean known = TRUE;

  g_mutex_lock (&self->lock);
  switch (property) {
    case PROP_STYLE_IMAGE:
      set_path (self, 0, value);
      break;
    case PROP_STYLE_IMAGE_2:
      set_path (self, 1, value);
      break;
    case PROP_MASK:
      set_path (self, MASK_SLOT, value);
      break;
    case PROP_STRENGTH:
      self->strength = g_value_get_double (value);
      break;
    case PROP_STYLE_MIX:
      self->style_mix = g_value_get_double (value);
      break;
    case PROP_TEMPORAL_SMOOTHING:
      self->smoothing = g_value_get_double (value);
      break;
    case PROP_PRESERVE_COLOR:
      self->preserve_color = g_value_get_boolean (value);
      break;
    case PROP_PRESERVE_LUMA:
      self->preserve_luma = g_value_get_boolean (value);
      break;
    case PROP_PRESERVE_BLACK:
      self->preserve_black = g_value_get_boolean (value);
      break;
    case PROP_MODEL_FILE:
      set_string (&self->model_file, value);
      break;
    case PROP_DEVICE:
      set_string (&self->device, value);
      break;
    case PROP_PROCESSING_HEIGHT:
      self->processing_height = g_value_get_int (value);
      break;
    case PROP_ASYNC_DEPTH:
      self->async_depth = g_value_get_uint (value);
      break;
    case PROP_OVERLOAD_POLICY:
      self->policy = g_value_get_enum (value);
      break;
    case PROP_FADE_TIME:
      self->fade_time = g_value_get_uint64 (value);
      break;
    case PROP_STYLE_SCALE:
      set_style_scale (self, g_value_get_int (value));
      break;
    default:
      known = FALSE;
      break;
  }
  g_mutex_unlock (&self->lock);
  return known;
}

gboolean
settings_get (Settings * self, guint property, GValue * value)
{
  gboolean known = TRUE;

  g_mutex_lock (&self->lock);
  switch (property) {
    case PROP_STYLE_IMAGE:
      g_value_set_string (value, self->path[0]);
      break;
    case PROP_STYLE_IMAGE_2:
      g_value_set_string (value, self->path[1]);
      break;
    case PROP_MASK:
      g_value_set_string (value, self->path[MASK_SLOT]);
      break;
    case PROP_STRENGTH:
      g_value_set_double (value, self->strength);
      break;
    case PROP_STYLE_MIX:
      g_value_set_double (value, self->style_mix);
      break;
    case PROP_TEMPORAL_SMOOTHING:
      g_value_set_double (value, self->smoothing);
      break;
    case PROP_PRESERVE_COLOR:
      g_value_set_boolean (value, self->preserve_color);
      break;
    case PROP_PRESERVE_LUMA:
      g_value_set_boolean (value, self->preserve_luma);
      break;
    case PROP_PRESERVE_BLACK:
      g_value_set_boolean (value, self->preserve_black);
      break;
    case PROP_MODEL_FILE:
      g_value_set_string (value, self->model_file);
      break;
    case PROP_DEVICE:
      g_value_set_string (value, self->device);
      break;
    case PROP_PROCESSING_HEIGHT:
      g_value_set_int (value, self->processing_height);
      break;
    case PROP_ASYNC_DEPTH:
      g_value_set_uint (value, self->async_depth);
      break;
    case PROP_OVERLOAD_POLICY:
      g_value_set_enum (value, self->policy);
      break;
    case PROP_FADE_TIME:
      g_value_set_uint64 (value, self->fade_time);
      break;
    case PROP_STYLE_SCALE:
      g_value_set_int (value, self->style_scale);
      break;
    default:
      known = FALSE;
      break;
  }
  g_mutex_unlock (&self->lock);
  return known;
}

/* ---- what was loaded ---- */

void
settings_put_style (Settings * self, guint slot, SrwStyle * style)
{
  SrwStyle *old;

  g_mutex_lock (&self->lock);
  old = self->style[slot];
  self->style[slot] = style;
  self->style_changed = TRUE;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, srw_style_unref);
}

static void
put_mask (Settings * self, SrwMask * mask, gboolean is_live)
{
  SrwMask *old;

  g_mutex_lock (&self->lock);
  old = self->mask;
  self->mask = mask;
  self->mask_changed = TRUE;
  self->mask_is_live = is_live;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, srw_mask_unref);
}

void
settings_put_mask (Settings * self, SrwMask * mask)
{
  put_mask (self, mask, TRUE);
}

static void
put_prepared (Settings * self, const Loaded * prepared)
{
  SrwSession *old;

  g_mutex_lock (&self->lock);
  old = self->prepared.session;
  self->prepared = *prepared;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, srw_session_free);
}

static void
put_loaded (Settings * self, guint slot, const Loaded * loaded)
{
  if (slot == SIZE_SLOT)
    put_prepared (self, loaded);
  else if (slot == MASK_SLOT)
    put_mask (self, loaded->mask, FALSE);
  else
    settings_put_style (self, slot, loaded->style);
}

/* ---- loading ---- */

static void
report_problem (Settings * self, GstMessageType type, guint slot, const gchar * path, const GError * error)
{
  gchar *doing = g_strdup_printf ("Cannot use %s%s", path || slot == SIZE_SLOT ? "" : "the built-in ",
      slot_names[slot]);

  self->callbacks.problem (type, doing, error, self->data);
  g_free (doing);
}

/* On the loader's thread, while playing. A size is in use when the streaming thread has taken it. */
static void
loaded (guint slot, const gchar * path, const Loaded * what, const GError * error, gpointer data)
{
  Settings *self = data;

  if (error) {
    report_problem (self, GST_MESSAGE_WARNING, slot, path, error);
    return;
  }
  put_loaded (self, slot, what);
  if (slot != SIZE_SLOT)
    self->callbacks.in_use (slot_names[slot], path, self->data);
}

/* Before playing a style or mask that cannot be loaded is an error. */
static gboolean
load_first (Settings * self, guint slot, const gchar * path, gint scale)
{
  GError *error = NULL;
  Loaded what;

  if (!style_load (self->stylizer, slot, path, scale, &what, &error)) {
    report_problem (self, GST_MESSAGE_ERROR, slot, path, error);
    g_clear_error (&error);
    return FALSE;
  }
  put_loaded (self, slot, &what);
  return TRUE;
}

/* What was set since it was read, below, found no loader. */
static void
start_loader (Settings * self, gchar * const path[PATH_SLOTS])
{
  StyleLoader *loader = style_loader_new (self->stylizer, loaded, self);

  g_mutex_lock (&self->lock);
  self->loader = loader;
  for (guint i = 0; i < PATH_SLOTS; i++) {
    if (g_strcmp0 (path[i], self->path[i]) != 0)
      request (self, i);
  }
  g_mutex_unlock (&self->lock);
}

gboolean
settings_start (Settings * self, SrwStylizer * stylizer)
{
  gchar *path[PATH_SLOTS];
  gboolean ok = TRUE;
  gint scale;

  self->stylizer = stylizer;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < PATH_SLOTS; i++)
    path[i] = g_strdup (self->path[i]);
  scale = self->style_scale;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; ok && i < PATH_SLOTS; i++)
    ok = load_first (self, i, path[i], scale);
  if (ok)
    start_loader (self, path);
  for (guint i = 0; i < PATH_SLOTS; i++)
    g_free (path[i]);
  return ok;
}

void
settings_stop (Settings * self)
{
  StyleLoader *loader;

  g_mutex_lock (&self->lock);
  loader = g_steal_pointer (&self->loader);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&loader, style_loader_free);
  for (guint i = 0; i < STYLE_SLOTS; i++)
    settings_put_style (self, i, NULL);
  put_mask (self, NULL, FALSE);
  put_prepared (self, &(Loaded) { NULL });
  self->stylizer = NULL;
}

void
settings_lend (Settings * self, guint slot, gboolean lent)
{
  g_mutex_lock (&self->lock);
  self->lent[slot] = lent;
  if (!lent)
    request (self, slot);
  else if (self->loader)
    style_loader_forget (self->loader, slot);
  g_mutex_unlock (&self->lock);
}

void
settings_try_again (Settings * self)
{
  g_mutex_lock (&self->lock);
  style_loader_try_again (self->loader);
  g_mutex_unlock (&self->lock);
}

void
settings_request_size (Settings * self, const FrameSize * size)
{
  g_mutex_lock (&self->lock);
  style_loader_request_size (self->loader, size);
  g_mutex_unlock (&self->lock);
}

/* ---- snapshots ---- */

/* Called with the lock held: both styles, and how much of the second, where that is not what the last snapshot said. */
static gboolean
take_styles (Settings * self, SrwStyle * style[STYLE_SLOTS], gfloat * mix)
{
  *mix = self->style[1] ? (gfloat) self->style_mix : 0.0f;
  if (!self->style_changed && *mix == self->mix_in_use)
    return FALSE;
  for (guint i = 0; i < STYLE_SLOTS; i++)
    style[i] = self->style[i] ? srw_style_ref (self->style[i]) : NULL;
  self->style_changed = FALSE;
  self->mix_in_use = *mix;
  return TRUE;
}

FrameSettings
settings_snapshot (Settings * self, GstClockTime time)
{
  SrwStyle *style[STYLE_SLOTS] = { NULL };
  FrameSettings frame = {.time = time };
  gboolean other_style;
  gfloat mix;

  g_mutex_lock (&self->lock);
  frame.strength = self->strength;
  frame.smoothing = self->smoothing;
  frame.preserve_color = self->preserve_color;
  frame.preserve_luma = self->preserve_luma;
  frame.preserve_black = self->preserve_black;
  frame.processing_height = self->processing_height;
  frame.fade_time = self->fade_time;
  frame.policy = self->policy;
  frame.mask_changed = self->mask_changed;
  frame.mask_is_live = self->mask_is_live;
  frame.mask = g_steal_pointer (&self->mask);
  self->mask_changed = FALSE;
  frame.session = g_steal_pointer (&self->prepared.session);
  frame.session_size = self->prepared.size;
  other_style = take_styles (self, style, &mix);
  g_mutex_unlock (&self->lock);

  if (other_style)
    frame.style = mix > 0.0f ? srw_style_blend (style[0], style[1], mix) : srw_style_ref (style[0]);
  for (guint i = 0; i < STYLE_SLOTS; i++)
    g_clear_pointer (&style[i], srw_style_unref);
  return frame;
}

void
frame_settings_clear (FrameSettings * settings)
{
  g_clear_pointer (&settings->style, srw_style_unref);
  g_clear_pointer (&settings->mask, srw_mask_unref);
  g_clear_pointer (&settings->session, srw_session_free);
}
