/* What is shown.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "look.h"

#include "fade.h"

struct _Look
{
  SrwStylizer *stylizer;
  NumberFade strength;
  Fade style_fade, mask_fade;
  SrwStyle *style_from, *style_to, *style_shown;        /* NULL before the first frame */
  SrwMask *mask_from, *mask_to; /* NULL: everywhere */
};

Look *
look_new (SrwStylizer * stylizer)
{
  Look *look = g_new0 (Look, 1);

  look->stylizer = stylizer;
  return look;
}

void
look_free (Look * look)
{
  g_clear_pointer (&look->style_from, srw_style_unref);
  g_clear_pointer (&look->style_to, srw_style_unref);
  g_clear_pointer (&look->style_shown, srw_style_unref);
  g_clear_pointer (&look->mask_from, srw_mask_unref);
  g_clear_pointer (&look->mask_to, srw_mask_unref);
  g_free (look);
}

/* ---- style ---- */

static void
show_style (Look * look, SrwStyle * style)
{
  srw_stylizer_set_style (look->stylizer, style);
  g_clear_pointer (&look->style_shown, srw_style_unref);
  look->style_shown = srw_style_ref (style);
}

/* Begins to show the style that takes the place of the present one. Takes it. */
static void
aim_at_style (Look * look, SrwStyle * style, const FrameSettings * settings)
{
  g_clear_pointer (&look->style_to, srw_style_unref);
  g_clear_pointer (&look->style_from, srw_style_unref);
  look->style_to = style;
  if (look->style_shown == NULL || !fade_begin (&look->style_fade, settings->time, settings->fade_time)) {
    look->style_fade.active = FALSE;
    show_style (look, style);
  } else {
    look->style_from = srw_style_ref (look->style_shown);
  }
}

static void
follow_style (Look * look, FrameSettings * settings)
{
  if (settings->style)
    aim_at_style (look, g_steal_pointer (&settings->style), settings);
  if (look->style_fade.active) {
    gdouble progress = fade_progress (&look->style_fade, settings->time, settings->fade_time);
    SrwStyle *between = srw_style_blend (look->style_from, look->style_to, (gfloat) progress);
    show_style (look, between);
    srw_style_unref (between);
  }
}

/* ---- mask ---- */

/* The mask on its way, at this frame. */
static SrwMask *
mask_between (Look * look, const FrameSettings * settings, gint width, gint height)
{
  gdouble progress = fade_progress (&look->mask_fade, settings->time, settings->fade_time);

  return srw_mask_blend (look->mask_from, look->mask_to, (gfloat) progress, width, height);
}

/* Begins to show the mask that takes the place of the present one. Takes it. Before the first style nothing fades. */
static gboolean
aim_at_mask (Look * look, SrwMask * mask, const FrameSettings * settings, gint width, gint height, GError ** error)
{
  const gboolean at_once = settings->mask_is_live || look->style_shown == NULL;
  SrwMask *shown = NULL;

  if (look->mask_fade.active)
    shown = mask_between (look, settings, width, height);
  else if (look->mask_to)
    shown = srw_mask_ref (look->mask_to);
  g_clear_pointer (&look->mask_from, srw_mask_unref);
  g_clear_pointer (&look->mask_to, srw_mask_unref);
  look->mask_to = mask;
  if (!at_once && fade_begin (&look->mask_fade, settings->time, settings->fade_time)) {
    look->mask_from = shown;
    return TRUE;
  }
  look->mask_fade.active = FALSE;
  g_clear_pointer (&shown, srw_mask_unref);
  return srw_stylizer_set_mask (look->stylizer, mask ? srw_mask_ref (mask) : NULL, error);
}

static gboolean
follow_mask (Look * look, FrameSettings * settings, gint width, gint height, GError ** error)
{
  gboolean good = TRUE;

  if (settings->mask_changed)
    good = aim_at_mask (look, g_steal_pointer (&settings->mask), settings, width, height, error);
  if (good && look->mask_fade.active)
    good = srw_stylizer_set_mask (look->stylizer, mask_between (look, settings, width, height), error);
  return good;
}

gboolean
look_follow (Look * look, FrameSettings * settings, gint width, gint height, GError ** error)
{
  gboolean good = follow_mask (look, settings, width, height, error);

  follow_style (look, settings);
  fade_number (&look->strength, settings->strength, settings->time, settings->fade_time);
  return good;
}

gdouble
look_strength (const Look * look)
{
  return look->strength.shown;
}
