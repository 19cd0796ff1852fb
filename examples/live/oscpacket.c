/* Packets of Open Sound Control 1.0.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oscpacket.h"

#include <string.h>

#define BUNDLE "#bundle"
#define MAX_DEPTH 8
#define MAX_ARGUMENTS 256

/* What is left of a packet. */
typedef struct
{
  const guint8 *bytes;
  gsize size;
} Rest;

static gboolean
take (Rest * rest, gsize size, const guint8 ** bytes)
{
  if (size > rest->size)
    return FALSE;
  *bytes = rest->bytes;
  rest->bytes += size;
  rest->size -= size;
  return TRUE;
}

/* A string ends with a byte 0, and fills up to four bytes with more. It is in the packet; NULL when it has no end. */
static const gchar *
take_string (Rest * rest)
{
  const guint8 *end = rest->size ? memchr (rest->bytes, '\0', rest->size) : NULL, *bytes;

  if (end == NULL || !take (rest, ((gsize) (end - rest->bytes) + 4) / 4 * 4, &bytes))
    return NULL;
  return (const gchar *) bytes;
}

static gboolean
take_uint32 (Rest * rest, guint32 * value)
{
  const guint8 *bytes;

  if (!take (rest, sizeof (*value), &bytes))
    return FALSE;
  memcpy (value, bytes, sizeof (*value));
  *value = GUINT32_FROM_BE (*value);
  return TRUE;
}

static gboolean
take_uint64 (Rest * rest, guint64 * value)
{
  const guint8 *bytes;

  if (!take (rest, sizeof (*value), &bytes))
    return FALSE;
  memcpy (value, bytes, sizeof (*value));
  *value = GUINT64_FROM_BE (*value);
  return TRUE;
}

/* A float has no more digits than these that mean anything. */
static gchar *
number_text (gdouble number, const gchar * format)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (text, sizeof (text), format, number));
}

static gchar *
take_float (Rest * rest)
{
  union
  {
    guint32 bits;
    gfloat number;
  } value;

  return take_uint32 (rest, &value.bits) ? number_text (value.number, "%.7g") : NULL;
}

static gchar *
take_double (Rest * rest)
{
  union
  {
    guint64 bits;
    gdouble number;
  } value;

  return take_uint64 (rest, &value.bits) ? number_text (value.number, "%.15g") : NULL;
}

/* As text, to be freed. NULL when it is not whole, or of a type that no command takes. */
static gchar *
take_argument (Rest * rest, gchar type)
{
  const gchar *string;
  guint32 word;
  guint64 longer;

  switch (type) {
    case 'i':
      return take_uint32 (rest, &word) ? g_strdup_printf ("%d", (gint32) word) : NULL;
    case 'h':
      return take_uint64 (rest, &longer) ? g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) longer) : NULL;
    case 'f':
      return take_float (rest);
    case 'd':
      return take_double (rest);
    case 's':
    case 'S':
      string = take_string (rest);
      return g_strdup (string);
    case 'T':
      return g_strdup ("1");
    case 'F':
      return g_strdup ("0");
    default:
      return NULL;
  }
}

static gboolean
read_message (Rest * rest, OscMessage message, gpointer data)
{
  const gchar *address = take_string (rest), *types = address ? take_string (rest) : NULL;
  GPtrArray *arguments;
  gboolean good;

  if (types == NULL || address[0] != '/' || types[0] != ',' || strlen (types) > MAX_ARGUMENTS)
    return FALSE;
  arguments = g_ptr_array_new_with_free_func (g_free);
  for (good = TRUE, types++; good && *types; types++) {
    gchar *argument = take_argument (rest, *types);
    good = argument != NULL;
    if (good)
      g_ptr_array_add (arguments, argument);
  }
  g_ptr_array_add (arguments, NULL);
  if (good)
    message (address, (const gchar * const *) arguments->pdata, data);
  g_ptr_array_unref (arguments);
  return good;
}

static gboolean read_packet (Rest * rest, guint depth, OscMessage message, gpointer data);

static gboolean
read_bundle (Rest * rest, guint depth, OscMessage message, gpointer data)
{
  guint64 when;
  guint32 size;
  Rest part;

  if (depth == 0 || take_string (rest) == NULL || !take_uint64 (rest, &when))
    return FALSE;
  while (rest->size) {
    if (!take_uint32 (rest, &size) || !take (rest, size, &part.bytes))
      return FALSE;
    part.size = size;
    if (!read_packet (&part, depth - 1, message, data))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_packet (Rest * rest, guint depth, OscMessage message, gpointer data)
{
  if (rest->size >= sizeof (BUNDLE) && memcmp (rest->bytes, BUNDLE, sizeof (BUNDLE)) == 0)
    return read_bundle (rest, depth, message, data);
  return read_message (rest, message, data);
}

gboolean
osc_packet_read (const guint8 * bytes, gsize size, OscMessage message, gpointer data)
{
  Rest rest = { bytes, size };

  return read_packet (&rest, MAX_DEPTH, message, data);
}
