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

/* Hands a mask to the streaming thread. Takes `mask`. */
static void
put_mask (GstStylerwkv * self, SrwMask * mask)
{
  SrwMask *old;

  GST_OBJECT_LOCK (self);
  old = self->mask;
  self->mask = mask;
  self->mask_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
  srw_mask_free (&old);
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
    put_mask (self, loaded->mask);
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
  GST_INFO_OBJECT (self, "%s is now %s", property, GST_STR_NULL (path));
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("stylerwkv-style-changed", "property", G_TYPE_STRING, property, "path", G_TYPE_STRING,
              path, NULL)));
  stylerwkv_emit_style_changed (self, property, path);
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

  if (!style_load (self->stylizer, slot, path, &loaded, &error)) {
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
        style_loader_request (loader, i, self->path[i]);
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
  put_mask (self, NULL);
  put_prepared (self, &(Loaded) { NULL });
}

/* ---- applying ---- */

/* Gives the engine the style of this frame, if it is another than that of the last one. */
void
stylerwkv_apply_style (GstStylerwkv * self)
{
  SrwStyle *style[STYLE_SLOTS] = { NULL };
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
    return;
  if (mix > 0.0f) {
    SrwStyle *blend = srw_style_blend (style[0], style[1], mix);
    srw_stylizer_set_style (self->stylizer, blend);
    srw_style_unref (&blend);
  } else {
    srw_stylizer_set_style (self->stylizer, style[0]);
  }
  self->applied_mix = mix;
  srw_style_unref (&style[0]);
  srw_style_unref (&style[1]);
}

/* Gives the engine the mask, if it is another than the last one. */
void
stylerwkv_apply_mask (GstStylerwkv * self)
{
  GError *error = NULL;
  gboolean changed;
  SrwMask *mask;

  GST_OBJECT_LOCK (self);
  changed = self->mask_changed;
  mask = g_steal_pointer (&self->mask);
  self->mask_changed = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (!changed)
    return;
  if (srw_stylizer_set_mask (self->stylizer, mask, &error))
    stylerwkv_read_info (self);
  else
    stylerwkv_post (GST_ELEMENT (self), GST_MESSAGE_WARNING, "Cannot use mask", error);
  g_clear_error (&error);
}

/* What the property asks for, less what an overload takes. */
gint
stylerwkv_target_height (GstStylerwkv * self, gint frame_height)
{
  gint asked;

  GST_OBJECT_LOCK (self);
  asked = self->processing_height;
  GST_OBJECT_UNLOCK (self);
  if (asked == 0 || asked > frame_height)
    asked = frame_height;
  return MAX (SRW_MIN_PROCESSING_HEIGHT, asked * self->sixteenths / HEIGHT_FULL);
}

/* Asks the loader for another height, if one is wanted. */
static void
request_height (GstStylerwkv * self)
{
  const FrameSize size = { self->layout.format, self->layout.width, self->layout.height,
    stylerwkv_target_height (self, self->layout.height)
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
  flights_settle (self->flights);
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
stylerwkv_apply_height (GstStylerwkv * self)
{
  take_prepared (self);
  request_height (self);
}
