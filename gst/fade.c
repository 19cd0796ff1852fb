/* Fades.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fade.h"

gboolean
fade_begin (Fade * fade, const FrameSettings * settings)
{
  fade->active = settings->fade_time > 0 && GST_CLOCK_TIME_IS_VALID (settings->time);
  fade->start = settings->time;
  return fade->active;
}

gdouble
fade_progress (Fade * fade, const FrameSettings * settings)
{
  gdouble progress = 1.0;

  /* after a seek back the fade is over */
  if (settings->fade_time > 0 && GST_CLOCK_TIME_IS_VALID (settings->time) && settings->time >= fade->start)
    progress = MIN (1.0, (gdouble) (settings->time - fade->start) / (gdouble) settings->fade_time);
  fade->active = progress < 1.0;
  return progress;
}

void
fade_number (NumberFade * number, gdouble asked, const FrameSettings * settings)
{
  if (!number->known || asked != number->to) {
    number->from = number->shown;
    number->to = asked;
    if (!number->known || !fade_begin (&number->fade, settings))
      number->fade.active = FALSE;
    number->known = TRUE;
  }
  number->shown = number->to;
  if (number->fade.active) {
    gdouble progress = fade_progress (&number->fade, settings);
    number->shown = number->from + (number->to - number->from) * progress;
  }
}
