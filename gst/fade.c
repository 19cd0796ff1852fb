/* Fades.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fade.h"

gboolean
fade_begin (Fade * fade, GstClockTime time, GstClockTime duration)
{
  fade->active = duration > 0 && GST_CLOCK_TIME_IS_VALID (time);
  fade->start = time;
  return fade->active;
}

gdouble
fade_progress (Fade * fade, GstClockTime time, GstClockTime duration)
{
  gdouble progress = 1.0;

  /* after a seek back the fade is over */
  if (duration > 0 && GST_CLOCK_TIME_IS_VALID (time) && time >= fade->start)
    progress = MIN (1.0, (gdouble) (time - fade->start) / (gdouble) duration);
  fade->active = progress < 1.0;
  return progress;
}

void
fade_number (NumberFade * number, gdouble asked, GstClockTime time, GstClockTime duration)
{
  if (!number->has_shown || asked != number->to) {
    number->from = number->shown;
    number->to = asked;
    if (!number->has_shown || !fade_begin (&number->fade, time, duration))
      number->fade.active = FALSE;
    number->has_shown = TRUE;
  }
  number->shown = number->to;
  if (number->fade.active) {
    gdouble progress = fade_progress (&number->fade, time, duration);
    number->shown = number->from + (number->to - number->from) * progress;
  }
}
