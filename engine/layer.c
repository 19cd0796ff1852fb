/* Of each layer and those below it a program is linked, with nothing in it of its own: see meson.build.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
int
main (void)
{
  return 0;
}
