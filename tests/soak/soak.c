/* Changes whatever can be changed of an element that plays a live source, for as long as one likes, and looks whether
 * memory, threads or file descriptors grow.
 *
 *   soak MINUTES [SEED]
 *
 * The time goes in rounds: a round does some changes in an order that the seed gives, puts everything back, and
 * measures, so that what is measured is always the same state. The first quarter of the rounds is not judged:
 * allocators and the OpenCL runtime have yet to fill what they keep. A line of figures is printed for each round.
 * Fails when something grew, when no frames came, or when the element said anything it was not made to say.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../element/common.h"

#define CHANGES_A_ROUND 24
/* Between two changes: some come within a frame, some wait for several. */
#define MOST_MS_BETWEEN 250
#define LONGEST_SETTLING_S 60
#define SETTLED_MS 1500

/* From the second quarter of the rounds to the last one, the least of each. The heap is what is in use, to the byte;
 * the other is what the system has given, which goes by pages and arenas. */
#define MOST_HEAP_GROWTH_KB 64
#define MOST_RESIDENT_GROWTH 0.01
#define LEAST_ROUNDS_JUDGED 8

#define MISSING "/nonexistent/picture.png"

typedef struct
{
  gdouble heap_kb, resident_kb;
  guint threads, files;
} Figures;

typedef struct
{
  GstElement *pipeline, *caps, *element;
  GstBus *bus;
  GRand *random;
  GstElement *extra[2];         /* what feeds style_sink and mask_sink, or NULL */
  gint frames;                  /* atomic: that came out */
  guint warnings;               /* that it gave of the picture that is missing */
} Soak;

static const gchar *const extra_pads[] = { "style_sink", "mask_sink" };

static void G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN
die (const gchar * format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fputs ("soak: ", stderr);
  vfprintf (stderr, format, arguments);
  fputc ('\n', stderr);
  va_end (arguments);
  exit (1);
}

/* ---- changes ---- */

static void
set_caps (Soak * soak, const gchar * format, gint width, gint height)
{
  GstCaps *caps = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, format, "width", G_TYPE_INT, width,
      "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 30, 1, NULL);

  g_object_set (soak->caps, "caps", caps, NULL);
  gst_caps_unref (caps);
}

static void
change_caps (Soak * soak)
{
  static const gchar *const formats[] = { "RGB", "I420", "NV12", "GRAY8" };
  static const gint sizes[][2] = { {WIDTH, HEIGHT}, {64, 48}, {40, 56} };
  const gint *size = sizes[g_rand_int_range (soak->random, 0, G_N_ELEMENTS (sizes))];

  set_caps (soak, formats[g_rand_int_range (soak->random, 0, G_N_ELEMENTS (formats))], size[0], size[1]);
}

static void
change_style (Soak * soak)
{
  const gchar *const pictures[] = { NULL, style_red (), style_blue (), MISSING };

  g_object_set (soak->element, g_rand_boolean (soak->random) ? "style-image" : "style-image-2",
      pictures[g_rand_int_range (soak->random, 0, G_N_ELEMENTS (pictures))], "style-scale",
      g_rand_boolean (soak->random) ? 512 : 128, NULL);
}

static void
change_mask (Soak * soak)
{
  g_object_set (soak->element, "mask", g_rand_boolean (soak->random) ? mask_halves () : NULL, NULL);
}

static void
change_height (Soak * soak)
{
  static const gint heights[] = { 0, 16, 24 };

  g_object_set (soak->element, "processing-height", heights[g_rand_int_range (soak->random, 0,
      G_N_ELEMENTS (heights))], NULL);
}

static void
change_numbers (Soak * soak)
{
  g_object_set (soak->element, "strength", g_rand_boolean (soak->random) ? g_rand_double (soak->random) : 0.0,
      "style-mix", g_rand_double (soak->random), "temporal-smoothing", g_rand_double (soak->random),
      "fade-time", g_rand_int_range (soak->random, 0, 3) * GST_SECOND / 2,
      "preserve-color", g_rand_boolean (soak->random), "preserve-luma", g_rand_boolean (soak->random),
      "preserve-black", g_rand_boolean (soak->random),
      "overload-policy", g_rand_int_range (soak->random, 0, 4), NULL);
}

/* A flush, and the stream from its beginning again. */
static void
seek (Soak * soak)
{
  if (!gst_element_seek_simple (soak->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0))
    die ("the seek was refused");
}

static void
add_extra (Soak * soak, guint which)
{
  GError *error = NULL;
  GstElement *source = gst_parse_bin_from_description (which == 0 ? "videotestsrc is-live=true pattern=smpte75 ! "
      "capsfilter caps=video/x-raw,width=64,height=64,framerate=5/1" : "videotestsrc is-live=true pattern=ball ! "
      "capsfilter caps=video/x-raw,format=GRAY8,width=64,height=64,framerate=15/1", TRUE, &error);
  GstPad *from, *to;

  if (source == NULL)
    die ("%s", error->message);
  from = gst_element_get_static_pad (source, "src");
  to = gst_element_request_pad_simple (soak->element, extra_pads[which]);
  gst_bin_add (GST_BIN (soak->pipeline), source);
  if (gst_pad_link (from, to) != GST_PAD_LINK_OK || !gst_element_sync_state_with_parent (source))
    die ("%s cannot be linked", extra_pads[which]);
  gst_object_unref (from);
  gst_object_unref (to);
  soak->extra[which] = source;
}

static void
remove_extra (Soak * soak, guint which)
{
  GstElement *source = g_steal_pointer (&soak->extra[which]);
  GstPad *from = gst_element_get_static_pad (source, "src"), *to = gst_pad_get_peer (from);

  /* or the pipeline, which may be coming back from a seek, starts it again */
  gst_element_set_locked_state (source, TRUE);
  gst_element_set_state (source, GST_STATE_NULL);
  gst_pad_unlink (from, to);
  gst_element_release_request_pad (soak->element, to);
  gst_bin_remove (GST_BIN (soak->pipeline), source);
  gst_object_unref (from);
  gst_object_unref (to);
}

static void
change_extra (Soak * soak)
{
  guint which = (guint) g_rand_int_range (soak->random, 0, G_N_ELEMENTS (extra_pads));

  (soak->extra[which] ? remove_extra : add_extra) (soak, which);
}

/* ---- what the pipeline says ---- */

static void
check_messages (Soak * soak)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (soak->bus, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS))) {
    GError *error = NULL;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
      die ("the stream ended");
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      gst_message_parse_error (message, &error, NULL);
    else
      gst_message_parse_warning (message, &error, NULL);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR || strstr (error->message, MISSING) == NULL)
      die ("%s", error->message);
    soak->warnings++;
    g_error_free (error);
    gst_message_unref (message);
  }
}

static void
wait_ms (Soak * soak, guint ms)
{
  g_usleep (1000 * ms);
  check_messages (soak);
}

static void
frame_came (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Soak *soak = data;

  g_atomic_int_inc (&soak->frames);
}

/* ---- measuring ---- */

static guint
entries_of (const gchar * folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir))
    count++;
  g_dir_close (dir);
  return count;
}

static gdouble
resident_kb (void)
{
  gchar *status, *line;
  gdouble kb;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL) || !(line = strstr (status, "VmRSS:")))
    die ("/proc does not tell how much memory there is");
  kb = g_ascii_strtod (line + strlen ("VmRSS:"), NULL);
  g_free (status);
  return kb;
}

static Figures
measure (void)
{
  struct mallinfo2 heap;

  malloc_trim (0);
  heap = mallinfo2 ();
  return (Figures) {
  (gdouble) (heap.uordblks + heap.hblkhd) / 1024.0, resident_kb (), entries_of ("/proc/self/task"),
        entries_of ("/proc/self/fd")};
}

/* Back to how it began; everything has taken effect when it returns. */
static void
put_back (Soak * soak)
{
  gint64 limit = g_get_monotonic_time () + LONGEST_SETTLING_S * G_USEC_PER_SEC;
  gint before;

  for (guint i = 0; i < G_N_ELEMENTS (extra_pads); i++) {
    if (soak->extra[i])
      remove_extra (soak, i);
  }
  g_object_set (soak->element, "style-image", NULL, "style-image-2", NULL, "mask", NULL, "processing-height", 0,
      "strength", 1.0, "style-mix", 0.0, "temporal-smoothing", 0.8, "fade-time", G_GUINT64_CONSTANT (0),
      "preserve-color", FALSE, "preserve-luma", FALSE, "preserve-black", FALSE, "overload-policy", 0,
      "style-scale", 512, NULL);
  set_caps (soak, "RGB", WIDTH, HEIGHT);
  seek (soak);
  before = g_atomic_int_get (&soak->frames);
  while (g_atomic_int_get (&soak->frames) < before + 10) {
    if (g_get_monotonic_time () > limit)
      die ("no frames came for %d seconds", LONGEST_SETTLING_S);
    wait_ms (soak, 20);
  }
  wait_ms (soak, SETTLED_MS);
}

static Figures
one_round (Soak * soak)
{
  static void (*const changes[]) (Soak *) = { change_caps, change_style, change_style, change_mask, change_height,
    change_numbers, seek, change_extra, change_extra };

  for (guint i = 0; i < CHANGES_A_ROUND; i++) {
    changes[g_rand_int_range (soak->random, 0, G_N_ELEMENTS (changes))] (soak);
    wait_ms (soak, (guint) g_rand_int_range (soak->random, 0, MOST_MS_BETWEEN));
  }
  put_back (soak);
  return measure ();
}

/* ---- the verdict ---- */

/* What grows raises even the least of it; allocators keep more at times. */
static gdouble
least (const GArray * rounds, guint first, guint end, gdouble (*figure) (const Figures *))
{
  gdouble value = G_MAXDOUBLE;

  for (guint i = first; i < end; i++)
    value = MIN (value, figure (&g_array_index (rounds, Figures, i)));
  return value;
}

static gdouble
heap_of (const Figures * figures)
{
  return figures->heap_kb;
}

static gdouble
resident_of (const Figures * figures)
{
  return figures->resident_kb;
}

static gdouble
threads_of (const Figures * figures)
{
  return figures->threads;
}

static gdouble
files_of (const Figures * figures)
{
  return figures->files;
}

static gboolean
is_flat (const GArray * rounds, const gchar * what, gdouble (*figure) (const Figures *), gdouble allowed, gdouble share)
{
  const guint quarter = rounds->len / 4;
  gdouble early = least (rounds, quarter, 2 * quarter, figure);
  gdouble late = least (rounds, rounds->len - quarter, rounds->len, figure);
  gboolean flat = late - early <= allowed + share * early;

  g_print ("%-12s %9.0f early, %9.0f late, %+.0f: %s\n", what, early, late, late - early, flat ? "flat" : "GROWS");
  return flat;
}

static gboolean
judge (const Soak * soak, const GArray * rounds)
{
  gboolean good = TRUE;

  g_print ("%u rounds, %u changes, %d frames, %u warnings of a missing picture\n", rounds->len,
      rounds->len * CHANGES_A_ROUND, soak->frames, soak->warnings);
  if (rounds->len < LEAST_ROUNDS_JUDGED) {
    g_print ("too short to tell whether anything grows, which takes %d rounds\n", LEAST_ROUNDS_JUDGED);
    return TRUE;
  }
  good &= is_flat (rounds, "heap KiB", heap_of, MOST_HEAP_GROWTH_KB, 0.0);
  good &= is_flat (rounds, "resident KiB", resident_of, 0.0, MOST_RESIDENT_GROWTH);
  good &= is_flat (rounds, "threads", threads_of, 0.0, 0.0);
  good &= is_flat (rounds, "files", files_of, 0.0, 0.0);
  return good;
}

/* ---- */

static void
soak_start (Soak * soak, guint32 seed)
{
  GError *error = NULL;
  GstElement *sink;

  soak->pipeline = gst_parse_launch ("videotestsrc is-live=true pattern=ball ! capsfilter name=caps ! "
      "stylerwkv name=style ! fakesink name=sink sync=true signal-handoffs=true", &error);
  if (error)
    die ("%s", error->message);
  soak->caps = gst_bin_get_by_name (GST_BIN (soak->pipeline), "caps");
  soak->element = gst_bin_get_by_name (GST_BIN (soak->pipeline), "style");
  soak->bus = gst_element_get_bus (soak->pipeline);
  soak->random = g_rand_new_with_seed (seed);
  sink = gst_bin_get_by_name (GST_BIN (soak->pipeline), "sink");
  g_signal_connect (sink, "handoff", G_CALLBACK (frame_came), soak);
  gst_object_unref (sink);
  set_caps (soak, "RGB", WIDTH, HEIGHT);
  if (gst_element_set_state (soak->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    check_messages (soak);
    die ("the pipeline does not start");
  }
}

static void
soak_end (Soak * soak)
{
  gst_element_set_state (soak->pipeline, GST_STATE_NULL);
  g_rand_free (soak->random);
  gst_object_unref (soak->bus);
  gst_object_unref (soak->caps);
  gst_object_unref (soak->element);
  gst_object_unref (soak->pipeline);
}

int
main (int argc, char **argv)
{
  gdouble minutes = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 0.0;
  guint32 seed = argc > 2 ? (guint32) g_ascii_strtoull (argv[2], NULL, 10) : 1;
  GArray *rounds = g_array_new (FALSE, FALSE, sizeof (Figures));
  gint64 end = g_get_monotonic_time () + (gint64) (minutes * 60 * G_USEC_PER_SEC);
  Soak soak = { NULL };
  gboolean good;

  if (!(minutes > 0.0))
    die ("usage: soak MINUTES [SEED]");
  /* trimming gives back all of this one; what is free at the end of others stays with the process */
  mallopt (M_ARENA_MAX, 1);
  gst_init (NULL, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  soak_start (&soak, seed);
  put_back (&soak);
  do {
    Figures now = one_round (&soak);
    g_array_append_val (rounds, now);
    g_print ("%4u  heap %.0f KiB  resident %.0f KiB  threads %u  files %u  frames %d\n", rounds->len, now.heap_kb,
        now.resident_kb, now.threads, now.files, g_atomic_int_get (&soak.frames));
  } while (g_get_monotonic_time () < end);
  soak_end (&soak);
  good = judge (&soak, rounds);
  g_array_free (rounds, TRUE);
  return good ? 0 : 1;
}
