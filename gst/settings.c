/* What the properties name, loaded beside the stream and applied between two frames.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engineerror.h"
#include "gststylerwkv-private.h"

static const gchar *const slot_names[LOADER_SLOTS] = { "style-image", "style-image-2", "mask", "processing-height" };

/* ---- handing over ---- */

gchar *
stylerwkv_dup_locked (GstStylerwkv * self, gchar * const *string)
{
  gchar *copy;

  GST_OBJECT_LOCK (self);
  copy = g_strdup (*string);
  GST_OBJECT_UNLOCK (self);
  return copy;
}

void
stylerwkv_read_info (GstStylerwkv * self)
{
  SrwStylizerInfo info;

  srw_stylizer_get_info (self->stylizer, &info);
  GST_OBJECT_LOCK (self);
  g_free (self->stats.device);
  self->stats.device = g_strdup (info.device_name);
  self->stats.width = info.processing_width;
  self->stats.height = info.processing_height;
  self->stats.device_bytes = info.device_bytes;
  GST_OBJECT_UNLOCK (self);
}

/* Hands a style to the streaming thread. Takes `style`. */
void
stylerwkv_put_style (GstStylerwkv * self, guint slot, SrwStyle * style)
{
  SrwStyle *old;

  GST_OBJECT_LOCK (self);
  old = self->style[slot];
  self->style[slot] = style;
  self->style_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
  srw_style_unref (&old);
}

void
stylerwkv_put_mask (GstStylerwkv * self, SrwMask * mask, gboolean is_live)
{
  SrwMask *old;

  GST_OBJECT_LOCK (self);
  old = self->mask;
  self->mask = mask;
  self->mask_changed = TRUE;
  self->mask_is_live = is_live;
  GST_OBJECT_UNLOCK (self);
  srw_mask_unref (&old);
}

/* Hands what a size needs to the streaming thread, which announces it when it takes it. Takes the target. */
static void
put_prepared (GstStylerwkv * self, const Loaded * prepared)
{
  SrwTarget *old;

  GST_OBJECT_LOCK (self);
  old = self->prepared.target;
  self->prepared = *prepared;
  GST_OBJECT_UNLOCK (self);
  srw_target_free (&old);
}

static void
put_loaded (GstStylerwkv * self, guint slot, const Loaded * loaded)
{
  if (slot == SIZE_SLOT)
    put_prepared (self, loaded);
  else if (slot == MASK_SLOT)
    stylerwkv_put_mask (self, loaded->mask, FALSE);
  else
    stylerwkv_put_style (self, slot, loaded->style);
}

static void
post_problem (GstStylerwkv * self, GstMessageType type, guint slot, const gchar * path, const GError * error)
{
  gchar *doing = g_strdup_printf ("Cannot use %s%s", path || slot == SIZE_SLOT ? "" : "the built-in ", slot_names[slot]);

  stylerwkv_post (GST_ELEMENT (self), type, doing, error);
  g_free (doing);
}

/* Tells everybody that a style or mask is in use from the next frame on. */
void
stylerwkv_announce (GstStylerwkv * self, const gchar * property, const gchar * path)
{
  /* a file's name may be in any encoding, a message's text may not */
  gchar *shown = path ? g_filename_display_name (path) : NULL;

  GST_INFO_OBJECT (self, "%s is now %s", property, GST_STR_NULL (shown));
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("stylerwkv-style-changed", "property", G_TYPE_STRING, property, "path", G_TYPE_STRING,
              shown, NULL)));
  stylerwkv_emit_style_changed (self, property, shown);
  g_free (shown);
}

/* On the loader's thread, while playing. */
static void
style_loaded (guint slot, const gchar * path, const Loaded * loaded, const GError * error, gpointer data)
{
  GstStylerwkv *self = data;

  if (error) {
    post_problem (self, GST_MESSAGE_WARNING, slot, path, error);
    return;
  }
  put_loaded (self, slot, loaded);
  if (slot != SIZE_SLOT)
    stylerwkv_announce (self, slot_names[slot], path);
}

/* Before playing a style or mask that cannot be loaded is an error. */
static gboolean
load_first (GstStylerwkv * self, guint slot, const gchar * path)
{
  GError *error = NULL;
  Loaded loaded;
  gint scale;

  GST_OBJECT_LOCK (self);
  scale = self->style_scale;
  GST_OBJECT_UNLOCK (self);
  if (!style_load (self->stylizer, slot, path, scale, &loaded, &error)) {
    post_problem (self, GST_MESSAGE_ERROR, slot, path, error);
    g_clear_error (&error);
    return FALSE;
  }
  put_loaded (self, slot, &loaded);
  return TRUE;
}

gboolean
stylerwkv_start_settings (GstStylerwkv * self)
{
  gchar *path[PATH_SLOTS] = { NULL };
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < PATH_SLOTS; i++) {
    path[i] = stylerwkv_dup_locked (self, &self->path[i]);
    ok = load_first (self, i, path[i]);
  }
  if (ok) {
    StyleLoader *loader = style_loader_new (self->stylizer, style_loaded, self);
    GST_OBJECT_LOCK (self);
    self->loader = loader;
    /* what was set meanwhile found no loader */
    for (guint i = 0; i < PATH_SLOTS; i++) {
      if (g_strcmp0 (path[i], self->path[i]) != 0)
        style_loader_request (loader, i, self->path[i], self->style_scale);
    }
    GST_OBJECT_UNLOCK (self);
  }
  for (guint i = 0; i < PATH_SLOTS; i++)
    g_free (path[i]);
  return ok;
}

void
stylerwkv_stop_settings (GstStylerwkv * self)
{
  StyleLoader *loader;

  GST_OBJECT_LOCK (self);
  loader = g_steal_pointer (&self->loader);
  GST_OBJECT_UNLOCK (self);
  style_loader_free (&loader);
  for (guint i = 0; i < STYLE_SLOTS; i++)
    stylerwkv_put_style (self, i, NULL);
  stylerwkv_put_mask (self, NULL, FALSE);
  put_prepared (self, &(Loaded) { NULL });
  srw_style_unref (&self->style_from);
  srw_style_unref (&self->style_to);
  srw_style_unref (&self->style_shown);
  srw_mask_unref (&self->mask_from);
  srw_mask_unref (&self->mask_to);
}

/* ---- applying ---- */

static void
show_style (GstStylerwkv * self, SrwStyle * style)
{
  srw_stylizer_set_style (self->stylizer, style);
  srw_style_unref (&self->style_shown);
  self->style_shown = srw_style_ref (style);
}

/* Begins to show the style that takes the place of the present one. Takes it. */
static void
aim_at_style (GstStylerwkv * self, SrwStyle * style, const FrameSettings * settings)
{
  srw_style_unref (&self->style_to);
  srw_style_unref (&self->style_from);
  self->style_to = style;
  if (self->style_shown == NULL || !fade_begin (&self->style_fade, settings)) {
    self->style_fade.active = FALSE;
    show_style (self, style);
  } else {
    self->style_from = srw_style_ref (self->style_shown);
  }
}

/* What the properties ask for, if it is another style than that of the last frame, else NULL. */
static SrwStyle *
asked_style (GstStylerwkv * self)
{
  SrwStyle *style[STYLE_SLOTS] = { NULL }, *asked;
  gboolean changed;
  gfloat mix;

  GST_OBJECT_LOCK (self);
  mix = self->style[1] ? (gfloat) self->style_mix : 0.0f;
  changed = self->style_changed || mix != self->applied_mix;
  for (guint i = 0; changed && i < STYLE_SLOTS; i++)
    style[i] = self->style[i] ? srw_style_ref (self->style[i]) : NULL;
  self->style_changed = FALSE;
  GST_OBJECT_UNLOCK (self);

  if (!changed)
    return NULL;
  asked = mix > 0.0f ? srw_style_blend (style[0], style[1], mix) : srw_style_ref (style[0]);
  self->applied_mix = mix;
  srw_style_unref (&style[0]);
  srw_style_unref (&style[1]);
  return asked;
}

void
stylerwkv_apply_style (GstStylerwkv * self, const FrameSettings * settings)
{
  SrwStyle *asked = asked_style (self);

  if (asked)
    aim_at_style (self, asked, settings);
  if (self->style_fade.active) {
    SrwStyle *between = srw_style_blend (self->style_from, self->style_to,
        (gfloat) fade_progress (&self->style_fade, settings));
    show_style (self, between);
    srw_style_unref (&between);
  }
}

/* Takes `mask`. */
static void
show_mask (GstStylerwkv * self, SrwMask * mask)
{
  GError *error = NULL;

  if (!srw_stylizer_set_mask (self->stylizer, mask, &error)) {
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "Cannot use mask", error);
    g_clear_error (&error);
  }
}

/* A mask between the two, `progress` of the way. */
static SrwMask *
mask_between (GstStylerwkv * self, gdouble progress)
{
  return srw_mask_blend (self->mask_from, self->mask_to, (gfloat) progress, self->layout.width, self->layout.height);
}

/* Begins to show the mask that takes the place of the present one. Takes it. */
static void
aim_at_mask (GstStylerwkv * self, SrwMask * mask, const FrameSettings * settings, gboolean at_once)
{
  SrwMask *shown = NULL;

  if (self->mask_fade.active)
    shown = mask_between (self, fade_progress (&self->mask_fade, settings));
  else if (self->mask_to)
    shown = srw_mask_ref (self->mask_to);
  srw_mask_unref (&self->mask_from);
  srw_mask_unref (&self->mask_to);
  self->mask_to = mask;
  if (at_once || !fade_begin (&self->mask_fade, settings)) {
    self->mask_fade.active = FALSE;
    srw_mask_unref (&shown);
    show_mask (self, mask ? srw_mask_ref (mask) : NULL);
  } else {
    self->mask_from = shown;
  }
}

void
stylerwkv_apply_mask (GstStylerwkv * self, const FrameSettings * settings)
{
  gboolean changed, at_once;
  SrwMask *mask;

  GST_OBJECT_LOCK (self);
  changed = self->mask_changed;
  mask = g_steal_pointer (&self->mask);
  at_once = self->mask_is_live || self->style_shown == NULL;
  self->mask_changed = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (changed) {
    aim_at_mask (self, mask, settings, at_once);
    stylerwkv_read_info (self);
  }
  if (self->mask_fade.active)
    show_mask (self, mask_between (self, fade_progress (&self->mask_fade, settings)));
}

gint
stylerwkv_target_height (const GstStylerwkv * self, gint asked, gint frame_height)
{
  if (asked == 0 || asked > frame_height)
    asked = frame_height;
  return MAX (SRW_MIN_PROCESSING_HEIGHT, asked * self->sixteenths / HEIGHT_FULL);
}

/* Asks the loader for another height, if one is wanted. */
static void
request_height (GstStylerwkv * self, gint asked)
{
  const FrameSize size = { self->layout.format, self->layout.width, self->layout.height,
    stylerwkv_target_height (self, asked, self->layout.height)
  };

  if (size.processing_height == self->wanted_height)
    return;
  self->wanted_height = size.processing_height;
  GST_OBJECT_LOCK (self);
  style_loader_request_size (self->loader, &size);
  GST_OBJECT_UNLOCK (self);
}

/* Goes on with what the loader has prepared, unless something else is wanted meanwhile. */
static void
take_prepared (GstStylerwkv * self)
{
  GError *error = NULL;
  Loaded prepared;

  GST_OBJECT_LOCK (self);
  prepared = self->prepared;
  self->prepared = (Loaded) { NULL };
  GST_OBJECT_UNLOCK (self);
  if (prepared.target == NULL)
    return;
  if (prepared.size.format != self->layout.format || prepared.size.width != self->layout.width
      || prepared.size.height != self->layout.height || prepared.size.processing_height != self->wanted_height) {
    srw_target_free (&prepared.target);
    return;
  }
  frame_queue_settle (self->frames);
  if (srw_stylizer_take (self->stylizer, prepared.target, &error)) {
    self->height = prepared.size.processing_height;
    self->taken = 0;
    stylerwkv_read_info (self);
    stylerwkv_announce (self, slot_names[SIZE_SLOT], NULL);
  } else {
    post_problem (self, GST_MESSAGE_WARNING, SIZE_SLOT, NULL, error);
    g_clear_error (&error);
  }
}

void
stylerwkv_apply_height (GstStylerwkv * self, const FrameSettings * settings)
{
  take_prepared (self);
  request_height (self, settings->processing_height);
}
