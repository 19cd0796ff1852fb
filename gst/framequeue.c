/* Frames in the element.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "framequeue.h"

#include "videolayout.h"

typedef enum
{
  DRAWING,                      /* by the engine */
  DRAWN,
  PASSING,
  HOLDING,
} Stage;

/* A buffer as the engine sees it. */
typedef struct
{
  GstVideoFrame frame;
  SrwFrameLayout layout;
  guint8 *data;                 /* what the layout is of */
  GstBuffer *copy;              /* in one piece of memory, where the buffer is not; else NULL */
} Mapping;

typedef struct
{
  Stage stage;
  gint64 since;
  GstClockTime waited;
  GstBuffer *in;                /* until the engine is through with it */
  GstBuffer *out;               /* what goes out; of HOLDING without its memory */
  Mapping from, to;
  GError *error;                /* what the engine said */
} Frame;

struct _FrameQueue
{
  SrwStylizer *stylizer;
  Frame frames[SRW_MAX_IN_FLIGHT];      /* a ring */
  guint first, length;
  gboolean keep_last;
  GstBuffer *last;              /* the last one that went out */
};

FrameQueue *
frame_queue_new (SrwStylizer * stylizer)
{
  FrameQueue *self = g_new0 (FrameQueue, 1);

  self->stylizer = stylizer;
  return self;
}

static Frame *
frame_at (FrameQueue * self, guint i)
{
  return &self->frames[(self->first + i) % SRW_MAX_IN_FLIGHT];
}

/* ---- memory ---- */

static void
mapping_clear (Mapping * mapping)
{
  gst_video_frame_unmap (&mapping->frame);
  gst_clear_buffer (&mapping->copy);
}

/* Frames whose planes lie in several pieces of memory, which the engine does not take, are mapped as a copy. */
static gboolean
gather (Mapping * mapping, const GstVideoInfo * info, GstMapFlags access)
{
  GstVideoFrame scattered = mapping->frame;

  GST_LOG ("copying a frame that is not in one piece");
  mapping->copy = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  if (!gst_video_frame_map (&mapping->frame, info, mapping->copy, GST_MAP_READWRITE | GST_VIDEO_FRAME_MAP_FLAG_NO_REF))
    gst_clear_buffer (&mapping->copy);
  else if (access & GST_MAP_READ)
    gst_video_frame_copy (&mapping->frame, &scattered);
  gst_video_frame_unmap (&scattered);
  mapping->data = mapping->copy ? stylerwkv_layout_from_frame (&mapping->frame, &mapping->layout) : NULL;
  return mapping->data != NULL;
}

static gboolean
map_frame (Mapping * mapping, const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * buffer,
    GstMapFlags access, GError ** error)
{
  *mapping = (Mapping) {.layout = *layout };
  if (!stylerwkv_frame_map (&mapping->frame, info, buffer, access | GST_VIDEO_FRAME_MAP_FLAG_NO_REF, error))
    return FALSE;
  mapping->data = stylerwkv_layout_from_frame (&mapping->frame, &mapping->layout);
  if (mapping->data || gather (mapping, info, access))
    return TRUE;
  stylerwkv_frame_refuse (info, buffer, error);
  return FALSE;
}

/* Copies what was drawn in one piece to where it belongs. */
static gboolean
scatter (Mapping * mapping, GstBuffer * buffer)
{
  GstVideoFrame scattered;
  gboolean copied;

  if (!gst_video_frame_map (&scattered, &mapping->frame.info, buffer, GST_MAP_WRITE))
    return FALSE;
  copied = gst_video_frame_copy (&scattered, &mapping->frame);
  gst_video_frame_unmap (&scattered);
  return copied;
}

/* ---- drawing ---- */

/* Maps both buffers and begins. */
static gboolean
begin (FrameQueue * self, Frame * frame, const GstVideoInfo * info, const SrwFrameLayout * layout,
    const SrwFrameParams * params, GError ** error)
{
  if (!map_frame (&frame->from, info, layout, frame->in, GST_MAP_READ, error))
    return FALSE;
  if (map_frame (&frame->to, info, layout, frame->out, GST_MAP_WRITE, error)) {
    if (srw_stylizer_begin (self->stylizer, frame->from.data, &frame->from.layout, frame->to.data, &frame->to.layout,
            params, error))
      return TRUE;
    mapping_clear (&frame->to);
  }
  mapping_clear (&frame->from);
  return FALSE;
}

gboolean
frame_queue_draw (FrameQueue * self, const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * in,
    GstBuffer * out, const SrwFrameParams * params, GstClockTime waited, GError ** error)
{
  Frame *frame = frame_at (self, self->length);

  g_return_val_if_fail (self->length < SRW_MAX_IN_FLIGHT, FALSE);
  *frame = (Frame) {.stage = DRAWING,.since = g_get_monotonic_time (),.waited = waited,.in = in,.out = out };
  if (begin (self, frame, info, layout, params, error)) {
    self->length++;
    return TRUE;
  }
  gst_clear_buffer (&frame->in);
  gst_clear_buffer (&frame->out);
  return FALSE;
}

/* Waits for a frame that is being drawn. */
static void
finish (FrameQueue * self, Frame * frame)
{
  frame->stage = DRAWN;
  if (srw_stylizer_end (self->stylizer, &frame->error))
    srw_frame_clear_padding (&frame->to.layout, frame->to.data);
  if (frame->error == NULL && frame->to.copy && !scatter (&frame->to, frame->out))
    stylerwkv_frame_refuse (&frame->to.frame.info, frame->out, &frame->error);
  mapping_clear (&frame->from);
  mapping_clear (&frame->to);
  gst_clear_buffer (&frame->in);
}

void
frame_queue_settle (FrameQueue * self)
{
  for (guint i = 0; i < self->length; i++) {
    Frame *frame = frame_at (self, i);
    if (frame->stage == DRAWING)
      finish (self, frame);
  }
}

void
frame_queue_drop_failed (FrameQueue * self)
{
  guint kept = 0;

  for (guint i = 0; i < self->length; i++) {
    Frame *frame = frame_at (self, i);
    if (frame->error) {
      g_clear_error (&frame->error);
      gst_clear_buffer (&frame->out);
    } else {
      *frame_at (self, kept++) = *frame;
    }
  }
  self->length = kept;
}

/* ---- passing and holding ---- */

static void
add (FrameQueue * self, Stage stage, GstBuffer * out)
{
  g_return_if_fail (self->length < SRW_MAX_IN_FLIGHT);
  *frame_at (self, self->length++) = (Frame) {.stage = stage,.out = out,.since = g_get_monotonic_time () };
}

void
frame_queue_pass (FrameQueue * self, GstBuffer * in)
{
  add (self, PASSING, in);
}

void
frame_queue_hold (FrameQueue * self, GstBuffer * stand_in)
{
  add (self, HOLDING, stand_in);
}

gboolean
frame_queue_can_hold (const FrameQueue * self)
{
  /* of those on their way the last one decides */
  if (self->length > 0)
    return self->keep_last && self->frames[(self->first + self->length - 1) % SRW_MAX_IN_FLIGHT].stage != PASSING;
  return self->keep_last && self->last;
}

void
frame_queue_keep_last (FrameQueue * self, gboolean keep)
{
  self->keep_last = keep;
  if (!keep)
    gst_clear_buffer (&self->last);
}

void
frame_queue_forget_last (FrameQueue * self)
{
  gst_clear_buffer (&self->last);
}

/* Gives a stand-in the picture of the last frame; NULL when that failed. */
static GstBuffer *
with_last_picture (FrameQueue * self, GstBuffer * stand_in)
{
  const GstVideoMeta *meta;

  if (self->last == NULL) {
    gst_buffer_unref (stand_in);
    return NULL;
  }
  gst_buffer_copy_into (stand_in, self->last, GST_BUFFER_COPY_MEMORY, 0, -1);
  meta = gst_buffer_get_video_meta (self->last);
  if (meta)
    gst_buffer_add_video_meta_full (stand_in, meta->flags, meta->format, meta->width, meta->height, meta->n_planes,
        (gsize *) meta->offset, (gint *) meta->stride);
  return stand_in;
}

/* ---- taking ---- */

guint
frame_queue_length (const FrameQueue * self)
{
  return self->length;
}

gboolean
frame_queue_is_ready (const FrameQueue * self)
{
  return self->length > 0 && self->frames[self->first].stage != DRAWING;
}

gboolean
frame_queue_pop (FrameQueue * self, FinishedFrame * finished, GError ** error)
{
  Frame *frame = &self->frames[self->first];

  g_return_val_if_fail (self->length > 0, FALSE);
  if (frame->stage == DRAWING)
    finish (self, frame);
  self->first = (self->first + 1) % SRW_MAX_IN_FLIGHT;
  self->length--;
  if (frame->error) {
    gst_clear_buffer (&frame->out);
    g_propagate_error (error, frame->error);
    return FALSE;
  }
  finished->styled = frame->stage == DRAWN;
  finished->passed = frame->stage == PASSING;
  finished->since = frame->since;
  finished->waited = frame->waited;
  finished->buffer = frame->stage == HOLDING ? with_last_picture (self, frame->out) : frame->out;
  /* what passed has no style, and is the buffer of the element before: it stands for no other */
  if (frame->stage == PASSING)
    gst_clear_buffer (&self->last);
  else if (self->keep_last && finished->buffer)
    gst_buffer_replace (&self->last, finished->buffer);
  return TRUE;
}

void
frame_queue_discard (FrameQueue * self)
{
  frame_queue_settle (self);
  while (self->length > 0) {
    FinishedFrame finished;
    if (frame_queue_pop (self, &finished, NULL))
      gst_clear_buffer (&finished.buffer);
  }
  gst_clear_buffer (&self->last);
}

void
frame_queue_free (FrameQueue * self)
{
  frame_queue_discard (self);
  g_free (self);
}
