/* Files that a user names.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/inputfile.h"

#include <gio/gio.h>
#include <string.h>

static gchar *
uri_scheme (const gchar * name)
{
  gchar *scheme = g_uri_parse_scheme (name);

  /* a path may hold a colon, an URI has "://" */
  if (scheme && !g_str_has_prefix (name + strlen (scheme), "://"))
    g_clear_pointer (&scheme, g_free);
  return scheme;
}

gchar *
srw_input_file_display_name (const gchar * name)
{
  return g_filename_display_name (name);
}

/* NULL with `error` set for what is no file of this machine. */
static GFile *
file_of (const gchar * name, const gchar * shown, GError ** error)
{
  gchar *scheme = uri_scheme (name), *path;
  GFile *file = NULL;

  if (scheme == NULL)
    return g_file_new_for_path (name);
  path = g_ascii_strcasecmp (scheme, "file") == 0 ? g_filename_from_uri (name, NULL, NULL) : NULL;
  if (path)
    file = g_file_new_for_path (path);
  else
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "%s: give the path of a file, or a file:// URI with one",
        shown);
  g_free (path);
  g_free (scheme);
  return file;
}

/* Why a file cannot be read, in a few words. */
static void
refuse (const gchar * name, const gchar * shown, const GError * cause, GError ** error)
{
  const gchar *why = cause->message;

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    why = name[0] == '~' ? "no such file (~ stands for the home directory only where a shell replaces it)"
        : "no such file";
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    why = "permission denied";
  g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "%s: %s", shown, why);
}

/* Neither a pipe nor a large file is read just to be refused. */
static gboolean
is_of_use (GFileInfo * info, const gchar * shown, gsize most, SrwError too_long, GError ** error)
{
  const GFileType type = g_file_info_get_file_type (info);

  /* unknown in a folder that may not be entered: reading will tell */
  if (type != G_FILE_TYPE_REGULAR && type != G_FILE_TYPE_UNKNOWN)
    g_set_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND, "%s: not a regular file", shown);
  else if ((guint64) g_file_info_get_size (info) > most)
    g_set_error (error, SRW_ERROR, too_long, "%s: has %" G_GUINT64_FORMAT " bytes, more than the %" G_GSIZE_FORMAT
        " that are read", shown, (guint64) g_file_info_get_size (info), most);
  else
    return TRUE;
  return FALSE;
}

/* Read, not mapped: a file that shrinks under a mapping ends the process. */
GBytes *
srw_input_file_read (const gchar * name, gsize most, SrwError too_long, GError ** error)
{
  gchar *shown = srw_input_file_display_name (name);
  GFile *file = file_of (name, shown, error);
  GFileInfo *info = NULL;
  GBytes *bytes = NULL;
  GError *cause = NULL;

  if (file)
    info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
        G_FILE_QUERY_INFO_NONE, NULL, &cause);
  if (info && is_of_use (info, shown, most, too_long, error))
    bytes = g_file_load_bytes (file, NULL, NULL, &cause);
  if (cause)
    refuse (name, shown, cause, error);
  g_clear_error (&cause);
  g_clear_object (&info);
  g_clear_object (&file);
  g_free (shown);
  return bytes;
}
