/* A real clip through a real pipeline: every frame comes out, in order, at its time, and in the style asked for.
 *
 * The clip is named by SRW_TEST_CLIP; without one there is nothing to test.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common.h"

#define CLIP_WIDTH 128
#define CLIP_HEIGHT 80
#define PICTURE_BYTES (CLIP_WIDTH * CLIP_HEIGHT * 3)
#define SKIPPED 77              /* to meson */

/* What came out of a pipeline. */
typedef struct
{
  GArray *times;                /* of GstClockTime */
  GPtrArray *pictures;          /* of GBytes, packed RGB: every 20th frame */
  gdouble mean[3];              /* of all pictures kept */
} Clip;

static void
keep_frame (GstElement * sink, GstBuffer * buffer, GstPad * pad, Clip * clip)
{
  GstClockTime time = GST_BUFFER_PTS (buffer);
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless_equals_uint64 (map.size, PICTURE_BYTES);
  if (clip->times->len % 20 == 0) {
    g_ptr_array_add (clip->pictures, g_bytes_new (map.data, map.size));
    for (gsize i = 0; i < map.size; i++)
      clip->mean[i % 3] += map.data[i];
  }
  gst_buffer_unmap (buffer, &map);
  g_array_append_val (clip->times, time);
}

static Clip *
play (const gchar * filter)
{
  Clip *clip = g_new0 (Clip, 1);
  gchar *line = g_strdup_printf ("filesrc name=src ! decodebin ! videoconvert ! videoscale ! "
      "video/x-raw,format=I420,width=%d,height=%d ! %s ! videoconvert ! video/x-raw,format=RGB ! "
      "fakesink name=sink sync=false signal-handoffs=true", CLIP_WIDTH, CLIP_HEIGHT, filter);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error), *src, *sink;
  GstBus *bus;
  GstMessage *message;

  fail_unless (pipeline != NULL, "%s", error ? error->message : "");
  clip->times = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  clip->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (src, "location", g_getenv ("SRW_TEST_CLIP"), NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (keep_frame), clip);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 240);
  fail_unless (message != NULL, "no end after four minutes");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  for (guint i = 0; i < 3; i++)
    clip->mean[i] /= clip->pictures->len * (gdouble) (PICTURE_BYTES / 3);
  gst_object_unref (bus);
  gst_object_unref (src);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  g_free (line);
  return clip;
}

static void
clip_free (Clip * clip)
{
  g_array_unref (clip->times);
  g_ptr_array_unref (clip->pictures);
  g_free (clip);
}

static gdouble
difference (GBytes * a, GBytes * b)
{
  const guint8 *pa = g_bytes_get_data (a, NULL), *pb = g_bytes_get_data (b, NULL);
  gdouble sum = 0;

  for (gsize i = 0; i < PICTURE_BYTES; i++)
    sum += ABS ((gint) pa[i] - (gint) pb[i]);
  return sum / PICTURE_BYTES;
}

/* The same frames at the same times, and every picture kept differs by more than `least`. */
static void
check_against (const Clip * got, const Clip * other, gdouble least, const gchar * what)
{
  fail_unless_equals_int (got->times->len, other->times->len);
  for (guint i = 0; i < got->times->len; i++) {
    GstClockTime time = g_array_index (got->times, GstClockTime, i);
    fail_unless_equals_uint64 (time, g_array_index (other->times, GstClockTime, i));
    fail_unless (i == 0 || time > g_array_index (got->times, GstClockTime, i - 1), "frame %u is out of order", i);
  }
  for (guint i = 0; i < got->pictures->len; i++) {
    gdouble d = difference (g_ptr_array_index (got->pictures, i), g_ptr_array_index (other->pictures, i));
    fail_unless (d > least, "%s: picture %u differs by %g only", what, i, d);
  }
}

GST_START_TEST (test_clip)
{
  gchar *red = g_strdup_printf ("stylerwkv style-image=%s", style_red ());
  gchar *blue = g_strdup_printf ("stylerwkv style-image=%s", style_blue ());
  Clip *plain = play ("identity"), *untouched = play ("stylerwkv strength=0"), *builtin = play ("stylerwkv");
  Clip *in_red = play (red), *in_blue = play (blue);

  fail_unless (plain->times->len > 30);
  check_against (untouched, plain, -1.0, "passed through");
  for (guint i = 0; i < plain->pictures->len; i++)
    fail_unless (g_bytes_equal (g_ptr_array_index (plain->pictures, i), g_ptr_array_index (untouched->pictures, i)));
  check_against (builtin, plain, 5.0, "built-in style");
  check_against (in_red, plain, 5.0, "red style");
  check_against (in_blue, plain, 5.0, "blue style");
  check_against (in_red, in_blue, 5.0, "red and blue style");
  /* whatever else they do, styles carry over their colours */
  fail_unless (in_red->mean[0] - in_red->mean[2] > in_blue->mean[0] - in_blue->mean[2], "the red style is bluer");
  clip_free (plain);
  clip_free (untouched);
  clip_free (builtin);
  clip_free (in_red);
  clip_free (in_blue);
  g_free (red);
  g_free (blue);
}
GST_END_TEST;

static Suite *
clip_suite (void)
{
  Suite *suite = suite_create ("clip");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 900);
  tcase_add_test (tc, test_clip);
  return suite;
}

int
main (int argc, char **argv)
{
  Suite *suite;

  if (g_getenv ("SRW_TEST_CLIP") == NULL)
    return SKIPPED;
  gst_check_init (&argc, &argv);
  suite = clip_suite ();
  return gst_check_run_suite (suite, "clip", __FILE__);
}
