/* Whether a frame goes on from the one before.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "video/continuity.h"

#include <math.h>

void
srw_continuity_clear (SrwContinuity * continuity)
{
  g_clear_pointer (&continuity->style, srw_style_unref);
  *continuity = (SrwContinuity) { 0 };
}

void
srw_continuity_break (SrwContinuity * continuity)
{
  continuity->follows = FALSE;
}

void
srw_continuity_set_style (SrwContinuity * continuity, SrwStyle * style)
{
  SrwStyle *old = continuity->style;

  continuity->style = srw_style_ref (style);
  if (old == NULL || srw_style_distance (old, style) > SRW_CONTINUITY_OTHER_STYLE)
    continuity->looks_alike = FALSE;
  g_clear_pointer (&old, srw_style_unref);
}

SrwReset
srw_continuity_next (SrwContinuity * continuity, gfloat strength, gboolean restart)
{
  SrwReset reset = {.reset_statistics = restart || !continuity->follows };

  reset.reset_history = reset.reset_statistics || !continuity->looks_alike
      || fabsf (strength - continuity->strength) > SRW_CONTINUITY_STRENGTH_STEP;
  continuity->follows = continuity->looks_alike = TRUE;
  continuity->strength = strength;
  return reset;
}
