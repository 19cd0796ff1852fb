/* A folder of styles: what is in it, small pictures of it, and pictures that are added to it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gallery.h"

#include <glib/gstdio.h>
#include <string.h>

#include "stylizer.h"
#include "video/preview.h"

/* Short sides, in pixels. */
#define THUMBNAIL 160
#define KEPT 1080

/* As JPEG. */
#define THUMBNAIL_QUALITY 80
#define KEPT_QUALITY 92

#define MAX_NAME 80             /* characters of a name that is given to a file */
#define LOOK_USEC (G_USEC_PER_SEC / 2)

struct _Gallery
{
  gchar *folder;
  gchar **names;
  gint64 looked;                /* monotonic time */
  GThreadPool *pool;            /* of one thread */
  guint waiting;                /* jobs not done */
  GHashTable *thumbnails;       /* of the thread: name → Thumbnail */
  gboolean *gone;               /* shared with jobs whose callbacks are still to come */
};

typedef struct
{
  gint64 changed, size;         /* of the file it was made of */
  GBytes *bytes;
} Thumbnail;

typedef struct _Job Job;
struct _Job
{
  Gallery *gallery;
  gchar *name;
  GBytes *contents;             /* of a picture to add; NULL for a thumbnail */
  GalleryDone done;
  gpointer data;
  gboolean *gone;
  GBytes *result;
  GError *error;
};

static void
thumbnail_free (gpointer data)
{
  Thumbnail *thumbnail = data;

  g_bytes_unref (thumbnail->bytes);
  g_free (thumbnail);
}

/* ---- names ---- */

static gboolean
is_picture_name (const gchar * name)
{
  static const gchar *const endings[] = { ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".ppm", ".tif", ".tiff",
    ".srwstyle"
  };
  gchar *lower = g_ascii_strdown (name, -1);
  gboolean found = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    found |= g_str_has_suffix (lower, endings[i]);
  g_free (lower);
  /* a name stands in a line of text */
  for (const gchar * p = name; *p; p++)
    found &= !g_ascii_iscntrl (*p);
  return found && name[0] != '.' && g_utf8_validate (name, -1, NULL);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* NULL-terminated; NULL with `error` set when the folder cannot be read. */
static gchar **
read_names (const gchar * folder, GError ** error)
{
  GDir *dir = g_dir_open (folder, 0, error);
  GPtrArray *names = g_ptr_array_new ();
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir)) != NULL && names->len < GALLERY_MAX_PICTURES) {
    if (is_picture_name (name))
      g_ptr_array_add (names, g_strdup (name));
  }
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  if (dir)
    g_dir_close (dir);
  if (dir == NULL)
    g_clear_pointer (&names, g_ptr_array_unref);
  return names ? (gchar **) g_ptr_array_free (names, FALSE) : NULL;
}

const gchar *const *
gallery_names (Gallery * gallery)
{
  gint64 now = g_get_monotonic_time ();
  gchar **names;

  if (now - gallery->looked >= LOOK_USEC) {
    names = read_names (gallery->folder, NULL);
    /* a folder that is away for a while, such as another machine's, is taken as it was */
    if (names) {
      g_strfreev (gallery->names);
      gallery->names = names;
    }
    gallery->looked = now;
  }
  return (const gchar * const *) gallery->names;
}

gchar *
gallery_find (Gallery * gallery, const gchar * name)
{
  return g_strv_contains (gallery_names (gallery), name) ? g_build_filename (gallery->folder, name, NULL) : NULL;
}

/* ---- on the thread ---- */

/* Takes the picture, NULL with `error` set for none. */
static GBytes *
thumbnail_of (SrwPicture * picture, GError ** error)
{
  GBytes *jpeg = picture ? srw_picture_encode (picture, THUMBNAIL_QUALITY, error) : NULL;

  g_clear_pointer (&picture, srw_picture_free);
  return jpeg;
}

GBytes *
gallery_builtin (GError ** error)
{
  return thumbnail_of (srw_stylizer_builtin_picture (THUMBNAIL, error), error);
}

static GBytes *
make_thumbnail (const gchar * path, GError ** error)
{
  return thumbnail_of (g_str_has_suffix (path, SRW_STYLE_SUFFIX) ? srw_preview_load (path, error)
      : srw_picture_load (path, THUMBNAIL, error), error);
}

static GBytes *
find_thumbnail (Gallery * gallery, const gchar * name, GError ** error)
{
  gchar *path = g_build_filename (gallery->folder, name, NULL);
  Thumbnail *thumbnail = g_hash_table_lookup (gallery->thumbnails, name);
  GStatBuf found = { 0 };

  if (g_stat (path, &found) != 0 || !S_ISREG (found.st_mode))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s: no such picture", name);
  else if (thumbnail == NULL || thumbnail->changed != found.st_mtime || thumbnail->size != found.st_size) {
    GBytes *bytes = make_thumbnail (path, error);
    thumbnail = NULL;
    if (bytes) {
      thumbnail = g_new (Thumbnail, 1);
      *thumbnail = (Thumbnail) { found.st_mtime, found.st_size, bytes };
      g_hash_table_replace (gallery->thumbnails, g_strdup (name), thumbnail);
    }
  }
  g_free (path);
  return thumbnail && *error == NULL ? g_bytes_ref (thumbnail->bytes) : NULL;
}

/* What is taken over a network: the formats of cameras and phones, and none of the rarer readers. */
static gboolean
check_type (GBytes * contents, GError ** error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (contents, &size);

  if ((size > 3 && memcmp (data, "\xff\xd8\xff", 3) == 0) || (size > 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
      || (size > 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0))
    return TRUE;
  g_set_error (error, SRW_ERROR, SRW_ERROR_PICTURE, "that is neither a JPEG nor a PNG nor a WebP picture");
  return FALSE;
}

/* The name without path and ending, in letters, digits and - alone. */
static gchar *
plain_name (const gchar * name)
{
  const gchar *slash = strrchr (name, '/'), *start = slash ? slash + 1 : name;
  GString *plain = g_string_new (NULL);
  const gchar *dot = strrchr (start, '.');

  for (const gchar * p = start; *p && p != dot && g_utf8_strlen (plain->str, -1) < MAX_NAME; p = g_utf8_next_char (p)) {
    gunichar character = g_utf8_get_char (p);
    if (g_unichar_isalnum (character))
      g_string_append_unichar (plain, character);
    else if (plain->len && plain->str[plain->len - 1] != '-')
      g_string_append_c (plain, '-');
  }
  if (plain->len == 0)
    g_string_append (plain, "picture");
  return g_string_free (plain, FALSE);
}

/* A name that is not taken. */
static gchar *
free_name (Gallery * gallery, const gchar * plain)
{
  gchar *name = g_strdup_printf ("%s.jpg", plain);

  for (guint n = 2;; n++) {
    gchar *path = g_build_filename (gallery->folder, name, NULL);
    gboolean taken = g_file_test (path, G_FILE_TEST_EXISTS);
    g_free (path);
    if (!taken)
      return name;
    g_free (name);
    name = g_strdup_printf ("%s-%u.jpg", plain, n);
  }
}

static GBytes *
keep (Gallery * gallery, const gchar * wanted, GBytes * jpeg, GError ** error)
{
  gchar *plain = plain_name (wanted), *name = free_name (gallery, plain);
  gchar *path = g_build_filename (gallery->folder, name, NULL);
  gsize size;
  const gchar *data = g_bytes_get_data (jpeg, &size);
  gboolean good = g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT
      | G_FILE_SET_CONTENTS_DURABLE, 0644, error);
  GBytes *result = good ? g_bytes_new (name, strlen (name)) : NULL;

  g_free (path);
  g_free (name);
  g_free (plain);
  return result;
}

static gboolean
has_room (Gallery * gallery, GError ** error)
{
  gchar **names = read_names (gallery->folder, error);
  gboolean room = names && g_strv_length (names) < GALLERY_MAX_PICTURES;

  if (names && !room)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "the folder of styles holds %d pictures already",
        GALLERY_MAX_PICTURES);
  g_strfreev (names);
  return room;
}

static GBytes *
add_picture (Gallery * gallery, const gchar * name, GBytes * contents, GError ** error)
{
  SrwPicture *picture = NULL;
  GBytes *jpeg = NULL, *result = NULL;

  if (check_type (contents, error) && has_room (gallery, error))
    picture = srw_picture_load_bytes (contents, "the picture", SRW_MAX_PIXELS, KEPT, error);
  if (picture)
    jpeg = srw_picture_encode (picture, KEPT_QUALITY, error);
  if (jpeg)
    result = keep (gallery, name, jpeg, error);
  g_clear_pointer (&picture, srw_picture_free);
  g_clear_pointer (&jpeg, g_bytes_unref);
  return result;
}

/* ---- jobs ---- */

static void
job_free (Job * job)
{
  g_clear_pointer (&job->contents, g_bytes_unref);
  g_clear_pointer (&job->result, g_bytes_unref);
  g_clear_error (&job->error);
  g_free (job->name);
  g_atomic_rc_box_release (job->gone);
  g_free (job);
}

static gboolean
job_done (gpointer data)
{
  Job *job = data;

  if (!*job->gone) {
    job->gallery->waiting--;
    if (job->contents)
      job->gallery->looked = 0;
    job->done (job->result, job->error, job->data);
  }
  job_free (job);
  return G_SOURCE_REMOVE;
}

static void
job_do (gpointer data, gpointer pool_data)
{
  Job *job = data;

  if (job->contents)
    job->result = add_picture (job->gallery, job->name, job->contents, &job->error);
  else
    job->result = find_thumbnail (job->gallery, job->name, &job->error);
  g_idle_add (job_done, job);
}

static void
job_start (Gallery * gallery, const gchar * name, GBytes * contents, GalleryDone done, gpointer data)
{
  Job *job;

  if (gallery->waiting >= GALLERY_MAX_WAITING) {
    GError *error = g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "too many pictures wait to be read: try again");
    done (NULL, error, data);
    g_error_free (error);
    return;
  }
  job = g_new0 (Job, 1);
  job->gallery = gallery;
  job->name = g_strdup (name);
  job->contents = contents ? g_bytes_ref (contents) : NULL;
  job->done = done;
  job->data = data;
  job->gone = g_atomic_rc_box_acquire (gallery->gone);
  gallery->waiting++;
  g_thread_pool_push (gallery->pool, job, NULL);
}

void
gallery_thumbnail (Gallery * gallery, const gchar * name, GalleryDone done, gpointer data)
{
  job_start (gallery, name, NULL, done, data);
}

void
gallery_add (Gallery * gallery, const gchar * name, GBytes * contents, GalleryDone done, gpointer data)
{
  job_start (gallery, name, contents, done, data);
}

/* ---- making and freeing ---- */

Gallery *
gallery_new (const gchar * folder, GError ** error)
{
  gchar **names = read_names (folder, error);
  Gallery *gallery;

  if (names == NULL)
    return NULL;
  gallery = g_new0 (Gallery, 1);
  gallery->folder = g_canonicalize_filename (folder, NULL);
  gallery->names = names;
  gallery->thumbnails = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, thumbnail_free);
  gallery->gone = g_atomic_rc_box_new0 (gboolean);
  gallery->pool = g_thread_pool_new_full (job_do, NULL, (GDestroyNotify) job_free, 1, FALSE, NULL);
  return gallery;
}

void
gallery_free (Gallery * gallery)
{
  if (gallery == NULL)
    return;
  g_thread_pool_free (gallery->pool, TRUE, TRUE);
  *gallery->gone = TRUE;
  g_atomic_rc_box_release (gallery->gone);
  g_hash_table_unref (gallery->thumbnails);
  g_strfreev (gallery->names);
  g_free (gallery->folder);
  g_free (gallery);
}
