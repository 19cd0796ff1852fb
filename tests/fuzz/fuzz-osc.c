/* Packets of Open Sound Control.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "oscpacket.h"

static void
check_message (const gchar * address, const gchar * const *arguments, gpointer data)
{
  gsize *bytes = data;

  g_assert_cmpint (address[0], ==, '/');
  *bytes += strlen (address);
  for (; *arguments; arguments++)
    g_assert_nonnull (strchr (*arguments, '\0'));
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gsize bytes = 0;

  osc_packet_read (data, size, check_message, &bytes);
  g_assert_cmpuint (bytes, <=, size);
  return 0;
}
