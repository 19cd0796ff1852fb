/* Frames on their way through the element.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flights.h"

#include "videolayout.h"

typedef enum
{
  DRAWING,                      /* by the engine */
  DRAWN,
  PASSING,
  HOLDING,
} Stage;

#define ROOM SRW_MAX_IN_FLIGHT

typedef struct
{
  Stage stage;
  gint64 since;
  GstClockTime waited;
  GstBuffer *in;                /* until the engine is through with it, NULL where `out` is drawn in place; or what passes or
                                 * gives its time */
  GstBuffer *out;
  GstVideoFrame from, to;       /* what the engine works on */
  GstBuffer *in_copy, *out_copy;        /* in one piece of memory, where `in` or `out` is not; else NULL */
  GError *error;                /* what the engine said */
} Flight;

struct _Flights
{
  SrwStylizer *stylizer;
  Flight flight[ROOM];          /* a ring */
  guint first, count;
  gboolean keep_last;
  GstBuffer *last;              /* the last one that went out */
};

Flights *
flights_new (SrwStylizer * stylizer)
{
  Flights *self = g_new0 (Flights, 1);

  self->stylizer = stylizer;
  return self;
}

static Flight *
flight_at (Flights * self, guint i)
{
  return &self->flight[(self->first + i) % ROOM];
}

/* ---- memory ---- */

static gboolean
in_one_piece (const GstVideoFrame * frame, const SrwFrameLayout * layout)
{
  SrwFrameLayout probe = *layout;

  return stylerwkv_layout_from_frame (frame, &probe) != NULL;
}

/* Frames whose planes lie in several pieces of memory, which the engine does not take, are mapped as a copy. */
static gboolean
map_whole (const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * buffer, GstMapFlags access,
    GstVideoFrame * frame, GstBuffer ** copy)
{
  const guint flags = access | GST_VIDEO_FRAME_MAP_FLAG_NO_REF;
  GstVideoFrame scattered;

  if (!gst_video_frame_map (frame, info, buffer, flags))
    return FALSE;
  if (in_one_piece (frame, layout))
    return TRUE;
  GST_LOG ("copying a frame that is not in one piece");
  scattered = *frame;
  *copy = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (info), NULL);
  if (*copy && !gst_video_frame_map (frame, info, *copy, GST_MAP_READWRITE | GST_VIDEO_FRAME_MAP_FLAG_NO_REF))
    gst_clear_buffer (copy);
  if (*copy && (access & GST_MAP_READ))
    gst_video_frame_copy (frame, &scattered);
  gst_video_frame_unmap (&scattered);
  return *copy != NULL;
}

/* Copies what was drawn in one piece to where it belongs. */
static gboolean
scatter (Flight * flight)
{
  GstVideoFrame scattered;
  gboolean copied;

  if (!gst_video_frame_map (&scattered, &flight->to.info, flight->out, GST_MAP_WRITE))
    return FALSE;
  copied = gst_video_frame_copy (&scattered, &flight->to);
  gst_video_frame_unmap (&scattered);
  return copied;
}

/* ---- drawing ---- */

static gboolean
begin (Flights * self, Flight * flight, const SrwFrameLayout * layout, const SrwFrameParams * params, GError ** error)
{
  SrwFrameLayout in_layout = *layout, out_layout = *layout;
  const guint8 *from = stylerwkv_layout_from_frame (flight->in ? &flight->from : &flight->to, &in_layout);
  guint8 *to = stylerwkv_layout_from_frame (&flight->to, &out_layout);

  return srw_stylizer_begin (self->stylizer, from, &in_layout, to, &out_layout, params, error);
}

static void
fail (GError ** error, const gchar * how, GstBuffer * buffer)
{
  g_set_error (error, SRW_ERROR, SRW_ERROR_MEMORY, "a frame of %" G_GSIZE_FORMAT " bytes cannot be %s",
      gst_buffer_get_size (buffer), how);
}

static void
unmap (Flight * flight)
{
  if (flight->in)
    gst_video_frame_unmap (&flight->from);
  gst_video_frame_unmap (&flight->to);
}

/* What is not needed once the engine is through. */
static void
clear (Flight * flight)
{
  gst_clear_buffer (&flight->in);
  gst_clear_buffer (&flight->in_copy);
  gst_clear_buffer (&flight->out_copy);
}

gboolean
flights_style (Flights * self, const GstVideoInfo * info, const SrwFrameLayout * layout, GstBuffer * in,
    GstBuffer * out, const SrwFrameParams * params, GstClockTime waited, GError ** error)
{
  Flight flight = {.stage = DRAWING,.in = in == out ? NULL : in,.out = out,.waited = waited };
  gboolean begun = FALSE;

  g_return_val_if_fail (self->count < ROOM, FALSE);
  flight.since = g_get_monotonic_time ();
  if (flight.in && !map_whole (info, layout, in, GST_MAP_READ, &flight.from, &flight.in_copy)) {
    fail (error, "read", in);
  } else if (!map_whole (info, layout, out, flight.in ? GST_MAP_WRITE : GST_MAP_READWRITE, &flight.to,
          &flight.out_copy)) {
    fail (error, "written", out);
    if (flight.in)
      gst_video_frame_unmap (&flight.from);
  } else {
    begun = begin (self, &flight, layout, params, error);
    if (!begun)
      unmap (&flight);
  }
  if (begun) {
    *flight_at (self, self->count++) = flight;
  } else {
    clear (&flight);
    gst_clear_buffer (&flight.out);
  }
  return begun;
}

/* Waits for the oldest that is being drawn. */
static void
land (Flights * self, Flight * flight)
{
  srw_stylizer_end (self->stylizer, &flight->error);
  flight->stage = DRAWN;
  if (flight->out_copy && flight->error == NULL && !scatter (flight))
    fail (&flight->error, "written", flight->out);
  unmap (flight);
  clear (flight);
}

void
flights_settle (Flights * self)
{
  for (guint i = 0; i < self->count; i++) {
    Flight *flight = flight_at (self, i);
    if (flight->stage == DRAWING)
      land (self, flight);
  }
}

/* ---- passing and holding ---- */

static void
add (Flights * self, Stage stage, GstBuffer * in)
{
  g_return_if_fail (self->count < ROOM);
  *flight_at (self, self->count++) = (Flight) {.stage = stage,.in = in,.since = g_get_monotonic_time () };
}

void
flights_pass (Flights * self, GstBuffer * in)
{
  add (self, PASSING, in);
}

void
flights_hold (Flights * self, GstBuffer * in)
{
  add (self, HOLDING, in);
}

void
flights_keep_last (Flights * self, gboolean keep)
{
  self->keep_last = keep;
  if (!keep)
    gst_clear_buffer (&self->last);
}

/* The last frame at the time of `in`, which it takes. */
static GstBuffer *
repeat_last (Flights * self, GstBuffer * in)
{
  GstBuffer *again;

  if (self->last == NULL)
    return in;
  again = gst_buffer_copy (self->last);
  GST_BUFFER_FLAG_UNSET (again, GST_BUFFER_FLAG_DISCONT);
  gst_buffer_copy_into (again, in, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_unref (in);
  return again;
}

/* ---- arriving ---- */

guint
flights_count (const Flights * self)
{
  return self->count;
}

gboolean
flights_landed (const Flights * self)
{
  return self->count > 0 && self->flight[self->first].stage != DRAWING;
}

gboolean
flights_take (Flights * self, Arrival * arrival, GError ** error)
{
  Flight *flight = &self->flight[self->first];

  g_return_val_if_fail (self->count > 0, FALSE);
  if (flight->stage == DRAWING)
    land (self, flight);
  self->first = (self->first + 1) % ROOM;
  self->count--;
  if (flight->error) {
    gst_clear_buffer (&flight->out);
    g_propagate_error (error, flight->error);
    return FALSE;
  }
  arrival->styled = flight->stage == DRAWN;
  arrival->since = flight->since;
  arrival->waited = flight->waited;
  if (flight->stage == HOLDING)
    arrival->buffer = repeat_last (self, flight->in);
  else
    arrival->buffer = arrival->styled ? flight->out : flight->in;
  if (self->keep_last)
    gst_buffer_replace (&self->last, arrival->buffer);
  return TRUE;
}

void
flights_discard (Flights * self)
{
  flights_settle (self);
  while (self->count > 0) {
    Arrival arrival;
    if (flights_take (self, &arrival, NULL))
      gst_buffer_unref (arrival.buffer);
  }
  gst_clear_buffer (&self->last);
}

void
flights_free (Flights ** flights)
{
  if (*flights == NULL)
    return;
  flights_discard (*flights);
  g_clear_pointer (flights, g_free);
}
