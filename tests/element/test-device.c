/* A device fails in the middle of a stream.
 *
 * Run with two devices, PoCL's `basic` and `pthread`, and with failinglayer.c between them and the element.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gmodule.h>
#include <string.h>

#include "common.h"
#include "failinglayer.h"

/* So many launches leave a frame begun and not all drawn. */
#define SOME_LAUNCHES 20
#define NEVER -1

/* A function of the layer. */
static gpointer
layer_function (const gchar * name)
{
  GModule *module = g_module_open (g_getenv ("OPENCL_LAYERS"), G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;

  fail_unless (module && g_module_symbol (module, name, &symbol), "no layer in OPENCL_LAYERS");
  g_module_close (module);
  return symbol;
}

static void
call_layer (const gchar * name)
{
  ((FailingLayerHold) layer_function (name)) ();
}

static void
set_failing (const Failing * failing)
{
  ((FailingLayerSet) layer_function ("failing_layer_set")) (failing);
}

static void
set_gone_after (const gchar * device, gint launches, cl_int code)
{
  set_failing (&(Failing) {.device = device,.launches = launches,.waits = NEVER,.code = code });
}

static void
set_sound (void)
{
  set_failing (&(Failing) { NULL });
}

static gchar *
stat_string (GstElement * element, const gchar * field)
{
  GstStructure *stats;
  gchar *text;

  g_object_get (element, "stats", &stats, NULL);
  text = g_strdup (gst_structure_get_string (stats, field));
  gst_structure_free (stats);
  return text;
}

static guint64
stat_count (GstElement * element, const gchar * field)
{
  GstStructure *stats;
  guint64 count = 0;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, field, &count));
  gst_structure_free (stats);
  return count;
}

/* "basic" or "pthread": what the names of PoCL's devices begin with. */
static gchar *
device_kind (GstElement * element)
{
  gchar *name = stat_string (element, "device");

  *strchr (name, '-') = '\0';
  return name;
}

static const gchar *
other_kind (const gchar * kind)
{
  return strcmp (kind, "basic") == 0 ? "pthread" : "basic";
}

/* The next warning or error, which must be `type` and name the device. */
static void
assert_told (GstBus * bus, GstMessageType type, const gchar * kind)
{
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  GError *error = NULL;

  fail_unless (message && GST_MESSAGE_TYPE (message) == type);
  (type == GST_MESSAGE_WARNING ? gst_message_parse_warning : gst_message_parse_error) (message, &error, NULL);
  fail_unless (strstr (error->message, kind) != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
}

static void
assert_nothing_told (GstBus * bus)
{
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR) == NULL);
}

/* What a device makes of picture `index`, as the first of a stream. */
static GstBuffer *
drawn_by (const gchar * kind, const gchar * properties, guint index)
{
  gchar *all = g_strdup_printf ("%s device=%s", properties, kind);
  GstBuffer *buffer;
  Playing p;

  playing_start (&p, all);
  buffer = harness_run (p.h, &p.info, index);
  playing_stop (&p);
  g_free (all);
  return buffer;
}

/* Auto: the frame at hand is lost, and the next one is drawn by the other device, with style and mask as they were. */
static void
lose_device (void)
{
  gchar *properties = g_strdup_printf ("style-image=%s mask=%s", style_red (), mask_halves ()), *kind, *choice, *now;
  GstBuffer *buffer, *expected;
  Playing p;

  playing_start (&p, properties);
  gst_buffer_unref (harness_run (p.h, &p.info, 0));
  kind = device_kind (p.element);
  choice = stat_string (p.element, "device-choice");
  fail_unless (g_str_has_prefix (choice, "the faster of 2: "), "%s", choice);
  g_free (choice);

  set_gone_after (kind, SOME_LAUNCHES, CL_DEVICE_NOT_AVAILABLE);
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 1)), GST_FLOW_OK);
  assert_told (p.bus, GST_MESSAGE_WARNING, kind);
  fail_unless (gst_harness_try_pull (p.h) == NULL);
  buffer = harness_run (p.h, &p.info, 2);
  fail_unless (GST_BUFFER_IS_DISCONT (buffer));
  expected = drawn_by (other_kind (kind), properties, 2);
  fail_unless_equals_int (picture_difference (&p.info, buffer, expected), 0);
  gst_buffer_unref (buffer);
  gst_buffer_unref (expected);
  for (guint i = 3; i < 6; i++)
    gst_buffer_unref (harness_run (p.h, &p.info, i));

  choice = stat_string (p.element, "device-choice");
  fail_unless_equals_string (choice, "the only one left");
  g_free (choice);
  now = device_kind (p.element);
  fail_unless_equals_string (now, other_kind (kind));
  g_free (now);
  fail_unless_equals_uint64 (stat_count (p.element, "in"), 6);
  fail_unless_equals_uint64 (stat_count (p.element, "done"), 5);
  fail_unless_equals_uint64 (stat_count (p.element, "dropped"), 0);
  assert_nothing_told (p.bus);
  set_sound ();
  playing_stop (&p);
  g_free (kind);
  g_free (properties);
}

GST_START_TEST (test_not_available)
{
  check_no_leak (lose_device);
}

GST_END_TEST;

/* Pushes frames with four on their way at a time, the device failing among them. Each that comes out is the picture it
 * ought to be, in order. */
static void
lose_among_several (Failing failing)
{
  const gint n = 10;
  GstBuffer *buffer, *expected;
  gint out = 0, last = -1;
  gchar *kind;
  Playing p, other;

  playing_start (&p, "async-depth=4");
  failing.device = kind = device_kind (p.element);
  failing.code = CL_OUT_OF_RESOURCES;
  for (gint i = 0; i < n; i++) {
    if (i == 3)
      set_failing (&failing);
    fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, (guint) i)), GST_FLOW_OK);
  }
  fail_unless (gst_harness_push_event (p.h, gst_event_new_eos ()));
  set_sound ();
  assert_told (p.bus, GST_MESSAGE_WARNING, kind);
  assert_nothing_told (p.bus);
  playing_start (&other, "device=basic");
  while ((buffer = gst_harness_try_pull (p.h))) {
    const gint index = (gint) (GST_BUFFER_PTS (buffer) / FRAME_DURATION);
    fail_unless (index > last);
    expected = harness_run (other.h, &other.info, (guint) index);
    fail_unless_equals_int (picture_difference (&p.info, buffer, expected), 0);
    last = index;
    out++;
    gst_buffer_unref (expected);
    gst_buffer_unref (buffer);
  }
  playing_stop (&other);
  fail_unless_equals_int (last, n - 1);
  /* those that were on their way are lost at most */
  fail_unless (out >= n - 4 && out < n, "%d frames", out);
  fail_unless_equals_uint64 (stat_count (p.element, "in"), (guint64) n);
  fail_unless_equals_uint64 (stat_count (p.element, "done"), (guint64) out);
  fail_unless (gst_harness_query_latency (p.h) > 0);
  playing_stop (&p);
  g_free (kind);
}

GST_START_TEST (test_several_launches)
{
  lose_among_several ((Failing) {.launches = SOME_LAUNCHES,.waits = NEVER });
}

GST_END_TEST;

/* Copies still work: nothing but the launch says that this frame, and those begun before it ends, were not drawn. */
GST_START_TEST (test_several_launches_alone)
{
  lose_among_several ((Failing) {.launches = SOME_LAUNCHES,.waits = NEVER,.launches_alone = TRUE });
}

GST_END_TEST;

/* What fails is found only when the frame should be there. */
GST_START_TEST (test_several_waits)
{
  lose_among_several ((Failing) {.launches = NEVER,.waits = 1 });
}

GST_END_TEST;

/* The element has told that a style is in use, with nothing told of before. */
static void
assert_style_in_use (Playing * p)
{
  GstMessage *message = bus_wait (p->bus, GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING | GST_MESSAGE_ERROR, 180);

  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT);
  fail_unless_equals_string (gst_structure_get_string (gst_message_get_structure (message), "property"),
      "style-image");
  gst_message_unref (message);
}

/* Frame `index` is the first that is drawn by the other device, in blue. */
static void
assert_drawn_in_blue (Playing * p, const gchar * kind, guint index)
{
  gchar *properties = g_strdup_printf ("style-image=%s", style_blue ());
  GstBuffer *buffer = harness_run (p->h, &p->info, index), *expected = drawn_by (kind, properties, index);

  fail_unless_equals_int (picture_difference (&p->info, buffer, expected), 0);
  gst_buffer_unref (buffer);
  gst_buffer_unref (expected);
  g_free (properties);
}

/* The style has come into use on the other device than the one that failed; ends the stream. */
static void
assert_goes_on_in_blue (Playing * p, const gchar * failed)
{
  assert_style_in_use (p);
  assert_drawn_in_blue (p, other_kind (failed), 1);
  set_sound ();
  playing_stop (p);
}

/* A style cannot be measured, for the device fails, which a frame then finds, too: it is measured on the next one. */
GST_START_TEST (test_style_fails_first)
{
  gchar *kind;
  Playing p;

  playing_start (&p, "");
  kind = device_kind (p.element);
  set_gone_after (kind, SOME_LAUNCHES, CL_OUT_OF_RESOURCES);
  g_object_set (p.element, "style-image", style_blue (), NULL);
  gst_message_unref (bus_wait (p.bus, GST_MESSAGE_WARNING, 180));
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 0)), GST_FLOW_OK);
  assert_told (p.bus, GST_MESSAGE_WARNING, kind);
  assert_goes_on_in_blue (&p, kind);
  g_free (kind);
}

GST_END_TEST;

/* The stream has gone on with the next device when the one before fails at a style: nobody needs to know. */
GST_START_TEST (test_frame_fails_first)
{
  gchar *kind;
  Playing p;

  playing_start (&p, "");
  kind = device_kind (p.element);
  call_layer ("failing_layer_hold");
  g_object_set (p.element, "style-image", style_blue (), NULL);
  call_layer ("failing_layer_wait");
  set_gone_after (kind, 0, CL_OUT_OF_RESOURCES);
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 0)), GST_FLOW_OK);
  assert_told (p.bus, GST_MESSAGE_WARNING, kind);
  call_layer ("failing_layer_release");
  assert_goes_on_in_blue (&p, kind);
  g_free (kind);
}

GST_END_TEST;

/* A device that was asked for is not left. */
GST_START_TEST (test_named)
{
  Playing p;

  playing_start (&p, "device=basic");
  gst_buffer_unref (harness_run (p.h, &p.info, 0));
  set_gone_after ("basic", SOME_LAUNCHES, CL_OUT_OF_RESOURCES);
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 1)), GST_FLOW_ERROR);
  assert_told (p.bus, GST_MESSAGE_ERROR, "basic");
  set_sound ();
  playing_stop (&p);
}

GST_END_TEST;

/* When the last one fails, the stream ends. */
GST_START_TEST (test_all)
{
  gchar *kind;
  Playing p;

  playing_start (&p, "");
  gst_buffer_unref (harness_run (p.h, &p.info, 0));
  kind = device_kind (p.element);
  set_gone_after (kind, SOME_LAUNCHES, CL_OUT_OF_RESOURCES);
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 1)), GST_FLOW_OK);
  assert_told (p.bus, GST_MESSAGE_WARNING, kind);
  set_gone_after (other_kind (kind), SOME_LAUNCHES, CL_OUT_OF_RESOURCES);
  fail_unless_equals_int (gst_harness_push (p.h, picture_new (&p.info, 2)), GST_FLOW_ERROR);
  assert_told (p.bus, GST_MESSAGE_ERROR, other_kind (kind));
  set_sound ();
  playing_stop (&p);
  g_free (kind);
}

GST_END_TEST;

static gconstpointer
device_of (GstElement * element)
{
  GstContext *context = gst_element_get_context (element, "gst.stylerwkv.device");
  gconstpointer device = g_value_get_boxed (gst_structure_get_value (gst_context_get_structure (context), "device"));

  gst_context_unref (context);
  return device;
}

/* Two elements share a device and lose it: they share the next one. */
GST_START_TEST (test_shared)
{
  GstElement *pipeline = gst_parse_launch ("videotestsrc num-buffers=8 ! video/x-raw,width=48,height=32 ! "
      "stylerwkv name=a ! stylerwkv name=b ! fakesink", NULL);
  GstElement *a = gst_bin_get_by_name (GST_BIN (pipeline), "a"), *b = gst_bin_get_by_name (GST_BIN (pipeline), "b");
  GstBus *bus = gst_element_get_bus (pipeline);
  gconstpointer device;
  GstMessage *message;
  gchar *kind, *kind_b;

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  message = bus_wait (bus, GST_MESSAGE_ASYNC_DONE | GST_MESSAGE_ERROR, 180);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ASYNC_DONE);
  gst_message_unref (message);
  device = device_of (a);
  fail_unless (device == device_of (b));
  kind = device_kind (a);
  set_gone_after (kind, SOME_LAUNCHES, CL_DEVICE_NOT_AVAILABLE);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = bus_wait (bus, GST_MESSAGE_EOS | GST_MESSAGE_ERROR, 180);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  fail_unless (device_of (a) == device_of (b) && device_of (a) != device);
  kind_b = device_kind (b);
  fail_unless_equals_string (kind_b, other_kind (kind));
  set_sound ();
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_free (kind_b);
  g_free (kind);
  gst_object_unref (bus);
  gst_object_unref (a);
  gst_object_unref (b);
  gst_object_unref (pipeline);
}

GST_END_TEST;

static Suite *
device_suite (void)
{
  Suite *suite = suite_create ("device");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_set_timeout (tc, 600);
  tcase_add_test (tc, test_not_available);
  tcase_add_test (tc, test_several_launches);
  tcase_add_test (tc, test_several_launches_alone);
  tcase_add_test (tc, test_several_waits);
  tcase_add_test (tc, test_style_fails_first);
  tcase_add_test (tc, test_frame_fails_first);
  tcase_add_test (tc, test_named);
  tcase_add_test (tc, test_all);
  tcase_add_test (tc, test_shared);
  return suite;
}

GST_CHECK_MAIN (device);
