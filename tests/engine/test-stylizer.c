/* The façade, as the element uses it.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "stylizer.h"
#include "video/picture.h"
#include "network/weights.h"

static const SrwModelConfig tiny = FIXTURE_CONFIG (8, 2, 2, 1, {1, 1, 1, 1});

static gchar *model_path;
static SrwStylizer *shared;     /* of most tests: opening is what takes long */

static gchar *
write_model (const SrwModelConfig * config, const gchar * name)
{
  gchar *path = fixture_path (name);
  WeightsFile *file = weights_file_new (config);
  GBytes *bytes = weights_file_bytes (file);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  g_bytes_unref (bytes);
  weights_file_free (file);
  return path;
}

static SrwStylizer *
open_stylizer (void)
{
  GError *error = NULL;
  SrwStylizer *stylizer = srw_stylizer_open (NULL, model_path, &error);

  g_assert_no_error (error);
  return stylizer;
}

typedef struct
{
  SrwFrameLayout layout;
  guint8 *data;
} Frame;

static Frame
frame_new (SrwFormat format, gint width, gint height, guint32 seed)
{
  Frame frame;
  GRand *rand = g_rand_new_with_seed (seed);

  srw_frame_layout_init (&frame.layout, format, width, height);
  frame.data = g_malloc (frame.layout.size);
  for (gsize i = 0; i < frame.layout.size; i++)
    frame.data[i] = (guint8) g_rand_int_range (rand, 40, 216);
  g_rand_free (rand);
  return frame;
}

static void
frame_clear (Frame * frame)
{
  g_clear_pointer (&frame->data, g_free);
}

static void
process (SrwStylizer * stylizer, const Frame * in, Frame * out, gfloat strength, gboolean restart)
{
  const SrwFrameParams params = {.strength = strength,.smoothing = 0.5f,.restart = restart };
  GError *error = NULL;

  srw_stylizer_process (stylizer, in->data, &in->layout, out->data, &out->layout, &params, &error);
  g_assert_no_error (error);
}

static void
prepare_at (SrwStylizer * stylizer, SrwFormat format, gint width, gint height, gint processing_height)
{
  GError *error = NULL;
  SrwStyle *style;

  srw_stylizer_set_size (stylizer, format, width, height, processing_height, &error);
  g_assert_no_error (error);
  style = srw_stylizer_style_builtin (stylizer, SRW_STYLE_SCALE, &error);
  g_assert_no_error (error);
  srw_stylizer_set_style (stylizer, style);
  g_clear_pointer (&style, srw_style_unref);
}

static void
prepare (SrwStylizer * stylizer, SrwFormat format, gint width, gint height)
{
  prepare_at (stylizer, format, width, height, 0);
}

static guint
largest_difference (const Frame * a, const Frame * b)
{
  guint largest = 0;

  for (gsize i = 0; i < a->layout.size; i++)
    largest = MAX (largest, (guint) ABS (a->data[i] - b->data[i]));
  return largest;
}

/* Every byte of a first plane's rows. What lies between them is nobody's. */
static gboolean
same_rows (const Frame * a, const Frame * b, gint bytes)
{
  for (gint y = 0; y < a->layout.height; y++)
    if (memcmp (a->data + y * a->layout.stride[0], b->data + y * b->layout.stride[0], (gsize) bytes))
      return FALSE;
  return TRUE;
}

/* Nothing at strength 0; little at a little strength, and much at 1. */
static void
test_strength (void)
{
  Frame in = frame_new (SRW_FORMAT_RGBA, 48, 32, 1), out = frame_new (SRW_FORMAT_RGBA, 48, 32, 2);

  prepare (shared, SRW_FORMAT_RGBA, 48, 32);
  process (shared, &in, &out, 0.0f, FALSE);
  g_assert_cmpmem (in.data, in.layout.size, out.data, out.layout.size);
  process (shared, &in, &out, 0.0005f, TRUE);
  g_assert_cmpuint (largest_difference (&in, &out), <=, 2);
  process (shared, &in, &out, 0.01f, TRUE);
  g_assert_cmpuint (largest_difference (&in, &out), <=, 12);
  process (shared, &in, &out, 1.0f, TRUE);
  g_assert_cmpuint (largest_difference (&in, &out), >, 12);
  frame_clear (&in);
  frame_clear (&out);
}

/* The same frame gives the same bytes: alone, again, in place, and after another size. */
static void
test_repeatable (void)
{
  Frame in = frame_new (SRW_FORMAT_RGB, 50, 34, 1), first = frame_new (SRW_FORMAT_RGB, 50, 34, 2);
  Frame second = frame_new (SRW_FORMAT_RGB, 50, 34, 3);

  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  process (shared, &in, &first, 1.0f, TRUE);
  process (shared, &in, &second, 1.0f, TRUE);
  g_assert_true (same_rows (&first, &second, 150));
  prepare (shared, SRW_FORMAT_RGBA, 20, 90);
  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  memcpy (second.data, in.data, in.layout.size);
  process (shared, &second, &second, 1.0f, FALSE);
  g_assert_true (same_rows (&first, &second, 150));
  frame_clear (&in);
  frame_clear (&first);
  frame_clear (&second);
}

/* Rows of other lengths than announced are processed and copied all the same. */
static void
test_strides (void)
{
  Frame in = frame_new (SRW_FORMAT_I420, 33, 17, 1), plain = frame_new (SRW_FORMAT_I420, 33, 17, 2);
  Frame wide = { plain.layout, NULL };
  const gfloat strengths[] = { 0.0f, 1.0f };

  wide.layout.size = 0;
  for (gint i = 0; i < 3; i++) {
    wide.layout.stride[i] = plain.layout.stride[i] + 28;
    wide.layout.offset[i] = wide.layout.size + 16;
    wide.layout.size = wide.layout.offset[i] + (gsize) wide.layout.stride[i] * (i ? 9 : 18);
  }
  wide.data = g_malloc (wide.layout.size);
  prepare (shared, SRW_FORMAT_I420, 33, 17);
  for (guint s = 0; s < G_N_ELEMENTS (strengths); s++) {
    process (shared, &in, &plain, strengths[s], TRUE);
    process (shared, &in, &wide, strengths[s], TRUE);
    for (gint i = 0; i < 3; i++)
      for (gint y = 0; y < (i ? 9 : 17); y++)
        g_assert_cmpmem (plain.data + plain.layout.offset[i] + y * plain.layout.stride[i], i ? 17 : 33,
            wide.data + wide.layout.offset[i] + y * wide.layout.stride[i], i ? 17 : 33);
  }
  frame_clear (&in);
  frame_clear (&plain);
  frame_clear (&wide);
}

static void
test_sizes (void)
{
  static const gint sizes[][2] = { {1, 1}, {1, 40}, {40, 1}, {15, 17}, {16, 16}, {130, 70} };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Frame frame = frame_new (SRW_FORMAT_RGBA, sizes[i][0], sizes[i][1], 1);
    SrwStylizerInfo info;
    prepare (shared, SRW_FORMAT_RGBA, sizes[i][0], sizes[i][1]);
    process (shared, &frame, &frame, 1.0f, FALSE);
    srw_stylizer_get_info (shared, &info);
    g_assert_cmpint (info.processing_width, ==, (sizes[i][0] + 15) / 16 * 16);
    g_assert_cmpint (info.processing_height, ==, (sizes[i][1] + 15) / 16 * 16);
    g_assert_cmpuint (info.device_bytes, >, 0);
    g_assert_cmpint (info.model.width, ==, 8);
    frame_clear (&frame);
  }
}

/* Frames in flight come back in their order, and as they would have come one by one. */
static void
test_in_flight (void)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.5f };
  Frame in[9], one[9], flown[9];
  GError *error = NULL;
  gint ended = 0;

  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  for (gint i = 0; i < 9; i++) {
    in[i] = frame_new (SRW_FORMAT_RGB, 50, 34, (guint32) i);
    one[i] = frame_new (SRW_FORMAT_RGB, 50, 34, 100);
    flown[i] = frame_new (SRW_FORMAT_RGB, 50, 34, 100);
    process (shared, &in[i], &one[i], i == 5 ? 0.0f : 1.0f, i == 0);
  }
  for (gint i = 0; i < 9; i++) {
    const SrwFrameParams now = {.strength = i == 5 ? 0.0f : 1.0f,.smoothing = 0.5f,.restart = i == 0 };
    if (i - ended == SRW_MAX_IN_FLIGHT) {
      g_assert_false (srw_stylizer_begin (shared, in[i].data, &in[i].layout, flown[i].data, &flown[i].layout, &params,
              &error));
      g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
      g_clear_error (&error);
      srw_stylizer_end (shared, &error);
      g_assert_no_error (error);
      ended++;
    }
    srw_stylizer_begin (shared, in[i].data, &in[i].layout, flown[i].data, &flown[i].layout, &now, &error);
    g_assert_no_error (error);
  }
  for (; ended < 9; ended++) {
    srw_stylizer_end (shared, &error);
    g_assert_no_error (error);
  }
  g_assert_false (srw_stylizer_end (shared, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  for (gint i = 0; i < 9; i++) {
    g_assert_true (same_rows (&one[i], &flown[i], 150));
    frame_clear (&in[i]);
    frame_clear (&one[i]);
    frame_clear (&flown[i]);
  }
}

/* What the device computes on does nothing until it is opened, which somebody else does after a while. */
typedef struct
{
  cl_event open;
  GMutex lock;
  GCond told;
  gboolean in_time;             /* by whom it was closed */
  GThread *thread;
} Gate;

static gpointer
open_at_last (gpointer data)
{
  Gate *gate = data;
  const gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  gboolean waiting = TRUE;

  g_mutex_lock (&gate->lock);
  while (!gate->in_time && waiting)
    waiting = g_cond_wait_until (&gate->told, &gate->lock, end);
  g_mutex_unlock (&gate->lock);
  clSetUserEventStatus (gate->open, CL_COMPLETE);
  return NULL;
}

static void
gate_close (Gate * gate)
{
  SrwQueue *queue = srw_stylizer_queue (shared);
  cl_int code;

  gate->open = clCreateUserEvent (srw_device_context (srw_queue_device (queue)), &code);
  g_assert_cmpint (code, ==, CL_SUCCESS);
  g_assert_cmpint (clEnqueueBarrierWithWaitList (srw_queue_commands (queue), 1, &gate->open, NULL), ==, CL_SUCCESS);
  g_mutex_init (&gate->lock);
  g_cond_init (&gate->told);
  gate->thread = g_thread_new ("gate", open_at_last, gate);
}

/* FALSE when it had to be opened from outside. */
static gboolean
gate_open (Gate * gate)
{
  cl_int status = CL_COMPLETE;

  clGetEventInfo (gate->open, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
  g_mutex_lock (&gate->lock);
  gate->in_time = TRUE;
  g_cond_signal (&gate->told);
  g_mutex_unlock (&gate->lock);
  g_thread_join (gate->thread);
  clReleaseEvent (gate->open);
  g_mutex_clear (&gate->lock);
  g_cond_clear (&gate->told);
  return status != CL_COMPLETE;
}

/* Frames begin, each with a style and a mask of its own, while the device has not even begun to compute; only `end`
 * waits. */
static void
test_nothing_blocks (void)
{
  const SrwFrameParams params = {.strength = 1.0f,.smoothing = 0.5f,.preserve_black = TRUE };
  SrwStyle *style;
  Frame in[SRW_MAX_IN_FLIGHT], out[SRW_MAX_IN_FLIGHT];
  GError *error = NULL;
  Gate gate = { 0 };

  prepare (shared, SRW_FORMAT_NV12, 50, 34);
  style = srw_stylizer_style_builtin (shared, SRW_STYLE_SCALE, &error);
  g_assert_no_error (error);
  gate_close (&gate);
  for (gint i = 0; i < SRW_MAX_IN_FLIGHT; i++) {
    const guint8 grey[] = { 0, (guint8) (60 * i), 255, 128 };
    in[i] = frame_new (SRW_FORMAT_NV12, 50, 34, (guint32) i);
    out[i] = frame_new (SRW_FORMAT_NV12, 50, 34, 100);
    srw_stylizer_set_style (shared, style);
    g_assert_true (srw_stylizer_set_mask (shared, srw_mask_new (grey, 2, 2, 2), &error));
    srw_stylizer_begin (shared, in[i].data, &in[i].layout, out[i].data, &out[i].layout, &params, &error);
    g_assert_no_error (error);
  }
  g_assert_true (gate_open (&gate));
  for (gint i = 0; i < SRW_MAX_IN_FLIGHT; i++) {
    srw_stylizer_end (shared, &error);
    g_assert_no_error (error);
    frame_clear (&in[i]);
    frame_clear (&out[i]);
  }
  g_assert_true (srw_stylizer_set_mask (shared, NULL, &error));
  g_clear_pointer (&style, srw_style_unref);
}

/* Copies go the way that the environment, or else the device, says. */
static void
test_copies (void)
{
  const SrwDeviceInfo *info = srw_device_info (srw_queue_device (srw_stylizer_queue (shared)));
  const gchar *asked = g_getenv ("SRW_COPIES");

  g_assert_cmpint (info->pinned_copies, ==, asked ? !strcmp (asked, "pinned") : !info->host_unified);
}

/* Stylizers of one device and model hold the same weights, and the last one takes them along. */
static void
test_shared_weights (void)
{
  SrwStylizer *stylizers[4];
  SrwDevice *device;
  SrwModel *model;
  SrwWeights *first, *second;
  GError *error = NULL;

  for (guint i = 0; i < 4; i++)
    stylizers[i] = open_stylizer ();
  device = srw_device_open (NULL, &error);
  g_assert_no_error (error);
  /* opened again: it is the content that tells models apart */
  model = srw_model_open (model_path, &error);
  g_assert_no_error (error);
  first = srw_weights_get (device, model, &error);
  g_assert_no_error (error);
  second = srw_weights_get (device, model, &error);
  g_assert_true (first == second);
  for (guint i = 0; i < 4; i++) {
    SrwStylizerInfo info;
    srw_stylizer_get_info (stylizers[i], &info);
    g_assert_cmpuint (info.device_bytes, ==, first->bytes);
    g_assert_true (srw_stylizer_model_id (stylizers[i]) == first->id);
    g_clear_pointer (&stylizers[i], srw_stylizer_close);
  }
  g_clear_pointer (&first, srw_weights_unref);
  g_clear_pointer (&second, srw_weights_unref);
  g_clear_pointer (&model, srw_model_unref);
  g_clear_pointer (&device, srw_device_unref);
}

static gpointer
prepare_target (gpointer data)
{
  GError *error = NULL;
  SrwSession *target = srw_stylizer_prepare (shared, SRW_FORMAT_RGB, 64, 48, 0, &error);

  g_assert_no_error (error);
  return target;
}

/* Another size is prepared while frames of this one are processed, and both are right. */
static void
test_prepare (void)
{
  Frame in = frame_new (SRW_FORMAT_RGB, 50, 34, 1), before = frame_new (SRW_FORMAT_RGB, 50, 34, 2);
  Frame meanwhile = frame_new (SRW_FORMAT_RGB, 50, 34, 2), other = frame_new (SRW_FORMAT_RGB, 64, 48, 3);
  Frame taken = frame_new (SRW_FORMAT_RGB, 64, 48, 4), set = frame_new (SRW_FORMAT_RGB, 64, 48, 4);
  GError *error = NULL;
  SrwSession *target;
  GThread *thread;

  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  process (shared, &in, &before, 1.0f, TRUE);
  thread = g_thread_new ("prepare", prepare_target, NULL);
  for (gint i = 0; i < 20; i++) {
    process (shared, &in, &meanwhile, 1.0f, TRUE);
    g_assert_true (same_rows (&before, &meanwhile, 150));
  }
  target = g_thread_join (thread);
  g_assert_true (srw_stylizer_swap_session (shared, target, &error));
  g_assert_no_error (error);
  process (shared, &other, &taken, 1.0f, FALSE);
  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  prepare (shared, SRW_FORMAT_RGB, 64, 48);
  process (shared, &other, &set, 1.0f, FALSE);
  g_assert_cmpmem (taken.data, taken.layout.size, set.data, set.layout.size);
  frame_clear (&in);
  frame_clear (&before);
  frame_clear (&meanwhile);
  frame_clear (&other);
  frame_clear (&taken);
  frame_clear (&set);
}

static SrwStylizerInfo
info_of (SrwStylizer * stylizer)
{
  SrwStylizerInfo info;

  srw_stylizer_get_info (stylizer, &info);
  return info;
}

/* Two frames overlap on a GPU, and none on a processor. */
static void
test_frames_in_flight (void)
{
  const gboolean gpu = srw_device_info (srw_queue_device (srw_stylizer_queue (shared)))->family == SRW_KERNELS_GPU;

  g_assert_cmpuint (info_of (shared).frames_in_flight, ==, gpu ? 2 : 1);
}

/* The network's size is what was asked for, in proportion and padded; frames of any format get through, to the same
 * bytes every time and to other ones than at full size. */
static void
test_processing_height (void)
{
  static const struct
  {
    SrwFormat format;
    gint bytes;                 /* of a row of the first plane */
  } formats[] = {
    {SRW_FORMAT_RGBA, 404}, {SRW_FORMAT_GRAY8, 101}, {SRW_FORMAT_NV12, 101}, {SRW_FORMAT_P010, 202},
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    Frame in = frame_new (formats[i].format, 101, 75, 1), full = frame_new (formats[i].format, 101, 75, 2);
    Frame out = frame_new (formats[i].format, 101, 75, 3), again = frame_new (formats[i].format, 101, 75, 4);

    prepare (shared, formats[i].format, 101, 75);
    process (shared, &in, &full, 1.0f, TRUE);
    prepare_at (shared, formats[i].format, 101, 75, 20);
    g_assert_cmpint (info_of (shared).processing_width, ==, 32);        /* 27 */
    g_assert_cmpint (info_of (shared).processing_height, ==, 32);
    process (shared, &in, &out, 1.0f, TRUE);
    process (shared, &in, &again, 1.0f, TRUE);
    g_assert_true (same_rows (&out, &again, formats[i].bytes));
    g_assert_false (same_rows (&out, &full, formats[i].bytes));
    if (formats[i].format == SRW_FORMAT_RGBA)
      for (gint y = 0; y < 75; y++)
        for (gint x = 3; x < 404; x += 4)
          g_assert_cmpuint (out.data[y * out.layout.stride[0] + x], ==, in.data[y * in.layout.stride[0] + x]);
    process (shared, &in, &out, 0.0f, FALSE);
    g_assert_true (same_rows (&in, &out, formats[i].bytes));
    frame_clear (&in);
    frame_clear (&full);
    frame_clear (&out);
    frame_clear (&again);
  }
}

/* 0, the frame's own height and more of it are one and the same, bit by bit. */
static void
test_processing_whole (void)
{
  static const gint heights[] = { 34, 35, 4000 };
  Frame in = frame_new (SRW_FORMAT_RGB, 50, 34, 1), plain = frame_new (SRW_FORMAT_RGB, 50, 34, 2);
  gsize bytes;

  prepare (shared, SRW_FORMAT_RGB, 50, 34);
  bytes = info_of (shared).device_bytes;
  process (shared, &in, &plain, 1.0f, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (heights); i++) {
    Frame out = frame_new (SRW_FORMAT_RGB, 50, 34, 3);

    prepare_at (shared, SRW_FORMAT_RGB, 50, 34, 16);
    prepare_at (shared, SRW_FORMAT_RGB, 50, 34, heights[i]);
    g_assert_cmpuint (info_of (shared).device_bytes, ==, bytes);
    g_assert_cmpint (info_of (shared).processing_height, ==, 48);
    process (shared, &in, &out, 1.0f, TRUE);
    g_assert_true (same_rows (&plain, &out, 150));
    frame_clear (&out);
  }
  frame_clear (&in);
  frame_clear (&plain);
}

static void
test_processing_memory (void)
{
  gsize full, half, third;

  prepare (shared, SRW_FORMAT_NV12, 480, 270);
  full = info_of (shared).device_bytes;
  prepare_at (shared, SRW_FORMAT_NV12, 480, 270, 135);
  half = info_of (shared).device_bytes;
  prepare_at (shared, SRW_FORMAT_NV12, 480, 270, 90);
  third = info_of (shared).device_bytes;
  g_assert_cmpuint (half, <, full);
  g_assert_cmpuint (third, <, half);
}

/* Bilinear ×2, and the mean of the four pixels that came of one: (1 6 1)/8 both ways. */
static gdouble
blurred (const guint8 * at, gint stride)
{
  gdouble sum = 0.0;

  for (gint i = -1; i <= 1; i++)
    for (gint j = -1; j <= 1; j++)
      sum += (i ? 1 : 6) * (j ? 1 : 6) / 64.0 * at[i * stride + 3 * j];
  return sum;
}

/* A smooth frame whose pixels stand in blocks of four has no detail that the network has not seen: what it made of it
 * is what comes out. Half of the frame is masked, and stays. */
static void
test_processing_result (void)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 128, 96), *right;
  Frame small = frame_new (SRW_FORMAT_RGB, 64, 48, 1), small_out = frame_new (SRW_FORMAT_RGB, 64, 48, 2);
  Frame large = frame_new (SRW_FORMAT_RGB, 128, 96, 3), large_out = frame_new (SRW_FORMAT_RGB, 128, 96, 4);
  gchar *path = fixture_path ("half.png");
  GError *error = NULL;
  SrwMask *mask;
  gdouble wrong = 0.0, change = 0.0;

  gdk_pixbuf_fill (pixbuf, 0x000000ff);
  right = gdk_pixbuf_new_subpixbuf (pixbuf, 64, 0, 64, 96);
  gdk_pixbuf_fill (right, 0xffffffff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
  for (gint y = 0; y < 48; y++)
    for (gint x = 0; x < 192; x++)
      small.data[y * 192 + x] = (guint8) (128 + 90 * sin (x * 0.02 + x % 3) * cos (y * 0.07));
  for (gint y = 0; y < 96; y++)
    for (gint x = 0; x < 384; x++)
      large.data[y * 384 + x] = small.data[y / 2 * 192 + x / 6 * 3 + x % 3];

  prepare (shared, SRW_FORMAT_RGB, 64, 48);
  process (shared, &small, &small_out, 1.0f, TRUE);
  prepare_at (shared, SRW_FORMAT_RGB, 128, 96, 48);
  mask = srw_stylizer_mask_from_file (shared, path, &error);
  g_assert_no_error (error);
  g_assert_true (srw_stylizer_set_mask (shared, mask, &error));
  process (shared, &large, &large_out, 1.0f, TRUE);
  g_assert_true (srw_stylizer_set_mask (shared, NULL, &error));
  for (gint y = 1; y < 47; y++) {
    /* scaling moves the mask's edge by less than a pixel */
    g_assert_cmpmem (large.data + 2 * y * 384, 189, large_out.data + 2 * y * 384, 189);
    for (gint x = 100; x < 189; x++) {
      const guint8 *block = large_out.data + 2 * y * 384 + x / 3 * 6 + x % 3;
      const gint mean = (block[0] + block[3] + block[384] + block[387]) / 4;
      wrong += fabs (mean - blurred (small_out.data + y * 192 + x, 192));
      change += ABS (mean - small.data[y * 192 + x]);
    }
  }
  g_test_message ("off by %.2f levels where the network changes %.2f", wrong / (46 * 89), change / (46 * 89));
  g_assert_cmpfloat (wrong, <, 1.5 * 46 * 89);
  g_assert_cmpfloat (change, >, 15 * 46 * 89);

  g_remove (path);
  g_free (path);
  g_object_unref (right);
  g_object_unref (pixbuf);
  frame_clear (&small);
  frame_clear (&small_out);
  frame_clear (&large);
  frame_clear (&large_out);
}

static void
test_misuse (void)
{
  const SrwFrameParams params = {.strength = 1.0f };
  Frame frame = frame_new (SRW_FORMAT_RGBA, 32, 32, 1), other = frame_new (SRW_FORMAT_RGBA, 48, 32, 1);
  SrwStylizer *stylizer = open_stylizer ();
  GError *error = NULL;
  Frame before;

  g_assert_false (srw_stylizer_process (stylizer, frame.data, &frame.layout, frame.data, &frame.layout, &params,
          &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  prepare (stylizer, SRW_FORMAT_RGBA, 32, 32);
  g_assert_false (srw_stylizer_process (stylizer, frame.data, &frame.layout, other.data, &other.layout, &params,
          &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  frame.layout.size /= 2;
  g_assert_false (srw_stylizer_process (stylizer, frame.data, &frame.layout, frame.data, &frame.layout, &params,
          &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  frame.layout.size *= 2;

  /* a size that fails leaves the old one */
  g_assert_false (srw_stylizer_set_size (stylizer, SRW_FORMAT_RGBA, 0, 32, 0, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (srw_stylizer_set_size (stylizer, SRW_FORMAT_RGBA, 100000, 100000, 0, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (srw_stylizer_set_size (stylizer, SRW_FORMAT_RGBA, 32, 32, SRW_MIN_PROCESSING_HEIGHT - 1, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (srw_stylizer_set_size (stylizer, SRW_FORMAT_RGBA, 32, 32, -1, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_SIZE);
  g_clear_error (&error);
  before = frame_new (SRW_FORMAT_RGBA, 32, 32, 1);
  process (stylizer, &frame, &frame, 1.0f, FALSE);
  g_assert_cmpuint (largest_difference (&before, &frame), >, 0);

  g_assert_null (srw_stylizer_open ("no such device", model_path, &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NO_DEVICE);
  g_clear_error (&error);
  g_assert_null (srw_stylizer_open (NULL, "/nonexistent", &error));
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_clear_pointer (&stylizer, srw_stylizer_close);
  frame_clear (&before);
  frame_clear (&frame);
  frame_clear (&other);
}

static SrwStyle *
style_of_colour (guint32 colour, gint width, gint height, const gchar * type, const gchar * name)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, (colour & 255) != 255, 8, width, height);
  gchar *path = fixture_path (name);
  GError *error = NULL;
  SrwStyle *style;

  gdk_pixbuf_fill (pixbuf, colour);
  gdk_pixbuf_save (pixbuf, path, type, &error, NULL);
  g_assert_no_error (error);
  style = srw_stylizer_style_from_file (shared, path, SRW_STYLE_SCALE, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_free (path);
  g_object_unref (pixbuf);
  return style;
}

static void
assert_alike (SrwStyle * a, SrwStyle * b)
{
  for (gint i = 0; i < 60 * 8; i++)
    g_assert_cmpfloat_with_epsilon (srw_style_statistics (a)[i], srw_style_statistics (b)[i], 1e-4);
  g_clear_pointer (&b, srw_style_unref);
}

/* One colour has one style, however large the picture, and transparent is white. */
static void
test_pictures (void)
{
  SrwStyle *red = style_of_colour (0xff0000ff, 64, 64, "png", "red.png");
  SrwStyle *white = style_of_colour (0xffffffff, 32, 32, "png", "white.png");

  assert_alike (red, style_of_colour (0xff0000ff, 1, 1, "png", "dot.png"));
  assert_alike (red, style_of_colour (0xff0000ff, 1300, 700, "png", "large.png"));
  assert_alike (red, style_of_colour (0xff0000ff, 20000, 3, "png", "long.png"));
  assert_alike (white, style_of_colour (0x00ff0000, 32, 32, "png", "clear.png"));
  g_clear_pointer (&red, srw_style_unref);
  g_clear_pointer (&white, srw_style_unref);
}

static void
assert_no_style (const gchar * path, gint code)
{
  GError *error = NULL;

  g_assert_null (srw_stylizer_style_from_file (shared, path, SRW_STYLE_SCALE, &error));
  g_assert_error (error, SRW_ERROR, code);
  g_test_message ("%s", error->message);
  g_error_free (error);
}

/* The header of a PNG that claims to be of any size. */
static void
write_png_header (const gchar * path, guint32 width, guint32 height)
{
  guint8 png[] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 0, 0, 0, 0, 0, 8, 2,
    0, 0, 0, 0, 0, 0, 0
  };

  width = GUINT32_TO_BE (width);
  height = GUINT32_TO_BE (height);
  memcpy (png + 16, &width, 4);
  memcpy (png + 20, &height, 4);
  g_assert_true (g_file_set_contents (path, (gchar *) png, sizeof png, NULL));
}

static void
test_bad_pictures (void)
{
  gchar *path = fixture_path ("bad.png"), *text;

  assert_no_style ("/nonexistent.png", SRW_ERROR_NOT_FOUND);
  assert_no_style ("/nonexistent.srwstyle", SRW_ERROR_NOT_FOUND);
  assert_no_style (g_get_tmp_dir (), SRW_ERROR_NOT_FOUND);
  assert_no_style ("/dev/zero", SRW_ERROR_NOT_FOUND);
  text = fixture_path ("text.png");
  g_assert_true (g_file_set_contents (text, "this is no picture", -1, NULL));
  assert_no_style (text, SRW_ERROR_PICTURE);
  g_assert_true (g_file_set_contents (text, "", 0, NULL));
  assert_no_style (text, SRW_ERROR_PICTURE);
  write_png_header (path, 1000000, 1000000);
  assert_no_style (path, SRW_ERROR_PICTURE);
  write_png_header (path, 100, 100);
  assert_no_style (path, SRW_ERROR_PICTURE);
  g_remove (path);
  g_remove (text);
  g_free (path);
  g_free (text);
}

/* A picture that was cut short is none, whatever its loader makes of it; the whole one is. */
static void
test_cut_pictures (void)
{
  static const gchar *const types[] = { "png", "jpeg", "bmp", "tiff" };
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 200, 150);
  gchar *path = fixture_path ("cut"), *data;
  GRand *rng = g_rand_new_with_seed (1);
  guint8 *pixels = gdk_pixbuf_get_pixels (pixbuf);
  gsize size;

  for (gsize i = 0; i < gdk_pixbuf_get_byte_length (pixbuf); i++)
    pixels[i] = (guint8) g_rand_int (rng);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    SrwPicture *whole;
    g_assert_true (gdk_pixbuf_save (pixbuf, path, types[i], NULL, NULL));
    whole = srw_picture_load (path, 512, NULL);
    g_assert_nonnull (whole);
    g_clear_pointer (&whole, srw_picture_free);
    g_assert_true (g_file_get_contents (path, &data, &size, NULL));
    for (guint part = 1; part < 20; part += 6) {
      g_assert_true (g_file_set_contents (path, data, (gssize) (size * part / 20), NULL));
      assert_no_style (path, SRW_ERROR_PICTURE);
    }
    g_free (data);
  }
  g_object_unref (pixbuf);
  g_rand_free (rng);
  g_remove (path);
  g_free (path);
}

/* As nobody, who may not do everything, where the test may. */
static void
test_unreadable_picture (void)
{
  gchar *path = fixture_path ("secret.png");
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, "secret", -1, NULL));
  g_assert_cmpint (g_chmod (path, 0), ==, 0);
  g_assert_true (geteuid () != 0 || seteuid (65534) == 0);
  g_assert_null (srw_picture_load (path, 512, &error));
  g_assert_true (getuid () != 0 || seteuid (0) == 0);
  g_assert_error (error, SRW_ERROR, SRW_ERROR_NOT_FOUND);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_suffix (error->message, ": permission denied"));
  g_clear_error (&error);
  g_remove (path);
  g_free (path);
}

static void
test_style_file (void)
{
  gchar *path = fixture_path ("some.srwstyle");
  GError *error = NULL;
  SrwStyle *style = srw_stylizer_style_builtin (shared, SRW_STYLE_SCALE, &error), *loaded;

  g_assert_no_error (error);
  srw_style_save (style, NULL, srw_stylizer_model_id (shared), path, &error);
  g_assert_no_error (error);
  loaded = srw_stylizer_style_from_file (shared, path, SRW_STYLE_SCALE, &error);
  g_assert_no_error (error);
  assert_alike (style, loaded);
  g_clear_pointer (&style, srw_style_unref);
  g_remove (path);
  g_free (path);
}

/* Two open stylizers of one model have one copy of its weights; every one still has its own frames. */
static void
test_several (void)
{
  SrwStylizer *second = open_stylizer ();
  Frame in = frame_new (SRW_FORMAT_RGBA, 40, 40, 1), a = frame_new (SRW_FORMAT_RGBA, 40, 40, 2);
  Frame b = frame_new (SRW_FORMAT_RGBA, 40, 40, 3);

  prepare (shared, SRW_FORMAT_RGBA, 40, 40);
  prepare (second, SRW_FORMAT_RGBA, 40, 40);
  process (shared, &in, &a, 1.0f, TRUE);
  process (second, &in, &b, 1.0f, TRUE);
  g_assert_cmpmem (a.data, a.layout.size, b.data, b.layout.size);
  g_clear_pointer (&second, srw_stylizer_close);
  process (shared, &in, &b, 1.0f, TRUE);
  g_assert_cmpmem (a.data, a.layout.size, b.data, b.layout.size);
  frame_clear (&in);
  frame_clear (&a);
  frame_clear (&b);
}

static gpointer
compute_styles (gpointer stop)
{
  gint count = 0;

  while (!g_atomic_int_get ((gint *) stop)) {
    GError *error = NULL;
    SrwStyle *style = srw_stylizer_style_builtin (shared, SRW_STYLE_SCALE, &error);
    g_assert_no_error (error);
    g_clear_pointer (&style, srw_style_unref);
    count++;
  }
  return GINT_TO_POINTER (count);
}

/* A style is computed on one thread while frames go on, to the same result, on another. */
static void
test_threads (void)
{
  Frame in = frame_new (SRW_FORMAT_RGBA, 64, 64, 1), expected = frame_new (SRW_FORMAT_RGBA, 64, 64, 2);
  Frame out = frame_new (SRW_FORMAT_RGBA, 64, 64, 3);
  gint stop = FALSE;
  GThread *thread;

  prepare (shared, SRW_FORMAT_RGBA, 64, 64);
  process (shared, &in, &expected, 1.0f, TRUE);
  thread = g_thread_new ("style", compute_styles, &stop);
  for (gint i = 0; i < 60; i++) {
    process (shared, &in, &out, 1.0f, TRUE);
    g_assert_cmpmem (out.data, out.layout.size, expected.data, expected.layout.size);
  }
  g_atomic_int_set (&stop, TRUE);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), >, 0);
  frame_clear (&in);
  frame_clear (&expected);
  frame_clear (&out);
}

/* Values as large as half precision has them; what comes out is not asked, only that it comes. */
static void
test_wild_weights (void)
{
  gchar *path = fixture_path ("wild.safetensors");
  WeightsFile *file = weights_file_new (&tiny);
  Frame frame = frame_new (SRW_FORMAT_RGBA, 64, 64, 1);
  SrwStylizer *stylizer;
  GError *error = NULL;
  GBytes *bytes;

  for (guint i = 0; i < file->data->len; i += 4) {
    gfloat value;
    memcpy (&value, file->data->data + i, 4);
    value *= 6e4f;
    memcpy (file->data->data + i, &value, 4);
  }
  bytes = weights_file_bytes (file);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  stylizer = srw_stylizer_open (NULL, path, &error);
  g_assert_no_error (error);
  prepare (stylizer, SRW_FORMAT_RGBA, 64, 64);
  process (stylizer, &frame, &frame, 1.0f, TRUE);
  g_clear_pointer (&stylizer, srw_stylizer_close);
  frame_clear (&frame);
  g_bytes_unref (bytes);
  weights_file_free (file);
  g_remove (path);
  g_free (path);
}

int
main (int argc, char **argv)
{
  int result;

  fixture_init (&argc, &argv);
  model_path = write_model (&tiny, "tiny.safetensors");
  shared = open_stylizer ();
  g_test_add_func ("/stylizer/strength", test_strength);
  g_test_add_func ("/stylizer/repeatable", test_repeatable);
  g_test_add_func ("/stylizer/frames/strides", test_strides);
  g_test_add_func ("/stylizer/sizes", test_sizes);
  g_test_add_func ("/stylizer/frames/in-flight", test_in_flight);
  g_test_add_func ("/stylizer/frames/usual", test_frames_in_flight);
  g_test_add_func ("/stylizer/frames/nothing-blocks", test_nothing_blocks);
  g_test_add_func ("/stylizer/frames/copies", test_copies);
  g_test_add_func ("/stylizer/shared-weights", test_shared_weights);
  g_test_add_func ("/stylizer/prepare", test_prepare);
  g_test_add_func ("/stylizer/processing-height", test_processing_height);
  g_test_add_func ("/stylizer/processing-whole", test_processing_whole);
  g_test_add_func ("/stylizer/processing-memory", test_processing_memory);
  g_test_add_func ("/stylizer/processing-result", test_processing_result);
  g_test_add_func ("/stylizer/misuse", test_misuse);
  g_test_add_func ("/stylizer/pictures", test_pictures);
  g_test_add_func ("/stylizer/bad-pictures", test_bad_pictures);
  g_test_add_func ("/stylizer/cut-pictures", test_cut_pictures);
  g_test_add_func ("/stylizer/unreadable-picture", test_unreadable_picture);
  g_test_add_func ("/stylizer/style-file", test_style_file);
  g_test_add_func ("/stylizer/several", test_several);
  g_test_add_func ("/stylizer/threads", test_threads);
  g_test_add_func ("/stylizer/wild-weights", test_wild_weights);
  result = fixture_run ();
  g_clear_pointer (&shared, srw_stylizer_close);
  g_free (model_path);
  return result;
}
