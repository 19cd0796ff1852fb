/* stylerwkv-style: saves the styles of pictures as .srwstyle files, which load at once and without the picture.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "stylizer.h"
#include "video/preview.h"

/* as the usual Unix tools: a picture failed, or the command line is wrong */
#define STATUS_FAILED 1
#define STATUS_USAGE 2

/* odd, so that one of them is the median */
#define TIMED_LOADS 101

static gchar *option_output, *option_model, *option_device, *option_mix;
static gint option_scale = SRW_STYLE_SCALE;
static gboolean option_verbose, option_version;
static gchar **option_pictures;

static const GOptionEntry entries[] = {
  {"output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output,
      "File to write, for one style (the picture's name with " SRW_STYLE_SUFFIX ")", "FILE"},
  {"mix", 0, 0, G_OPTION_ARG_STRING, &option_mix, "Blend two: 0 is the first picture's style, 1 the second's; needs -o",
      "AMOUNT"},
  {"scale", 's', 0, G_OPTION_ARG_INT, &option_scale,
      "Short side that a picture is scaled down to: small for coarse strokes, large for fine ones (512)", "PIXELS"},
  {"model-file", 'm', 0, G_OPTION_ARG_FILENAME, &option_model, "Weights file instead of the embedded one", "FILE"},
  {"device", 'd', 0, G_OPTION_ARG_STRING, &option_device, "auto, gpu, cpu, P:D or part of a name", "DEVICE"},
  {"version", 0, 0, G_OPTION_ARG_NONE, &option_version, "Print the version and exit", NULL},
  {"verbose", 'v', 0, G_OPTION_ARG_NONE, &option_verbose, "Tell how long each takes", NULL},
  {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &option_pictures, NULL, "PICTURE…"},
  {NULL}
};

/* What one file is made of. */
typedef struct
{
  const gchar *pictures[2];     /* the second one is NULL unless two are mixed */
  gchar *output;
} Job;

static void
job_clear (gpointer data)
{
  g_free (((Job *) data)->output);
}

/* ---- the command line ---- */

static gboolean usage_error (GError ** error, const gchar * format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
usage_error (GError ** error, const gchar * format, ...)
{
  va_list values;

  va_start (values, format);
  g_propagate_error (error, g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, values));
  va_end (values);
  return FALSE;
}

static gboolean
parse_mix (gfloat * mix, GError ** error)
{
  gchar *end;
  gdouble value = g_ascii_strtod (option_mix, &end);

  if (end == option_mix || *end != '\0' || !(value >= 0.0 && value <= 1.0))
    return usage_error (error, "--mix takes a number from 0 to 1, not “%s”", option_mix);
  *mix = (gfloat) value;
  return TRUE;
}

/* painting.jpg → painting.srwstyle, in the same folder. */
static gchar *
output_of (const gchar * picture)
{
  gchar *folder = g_path_get_dirname (picture), *name = g_path_get_basename (picture), *output;
  gchar *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  output = g_strconcat (folder, G_DIR_SEPARATOR_S, name, SRW_STYLE_SUFFIX, NULL);
  g_free (folder);
  g_free (name);
  return output;
}

static gboolean
add_job (GArray * jobs, const gchar * picture, const gchar * second, GError ** error)
{
  Job job = { {picture, second}, option_output ? g_strdup (option_output) : output_of (picture) };

  g_array_append_val (jobs, job);
  if (!g_str_has_suffix (job.output, SRW_STYLE_SUFFIX))
    return usage_error (error, "%s: the name has to end in " SRW_STYLE_SUFFIX ", by which the element knows a style",
        job.output);
  if (option_output == NULL && g_str_has_suffix (picture, SRW_STYLE_SUFFIX))
    return usage_error (error, "%s is a saved style already; name another file with -o", picture);
  for (guint i = 0; i + 1 < jobs->len; i++) {
    if (!g_strcmp0 (g_array_index (jobs, Job, i).output, job.output))
      return usage_error (error, "two of the pictures would be saved as %s; save them one at a time with -o",
          job.output);
  }
  return TRUE;
}

static gboolean
plan_jobs (GArray * jobs, gfloat * mix, GError ** error)
{
  guint count = option_pictures ? g_strv_length (option_pictures) : 0;
  gboolean good = TRUE;

  if (count == 0)
    return usage_error (error, "%s", "no picture was given; --help tells how");
  if (option_mix) {
    if (count != 2 || option_output == NULL)
      return usage_error (error, "--mix %s needs two pictures and, with -o, the file to save their mix in", option_mix);
    return parse_mix (mix, error) && add_job (jobs, option_pictures[0], option_pictures[1], error);
  }
  if (option_scale < SRW_MIN_STYLE_SCALE || option_scale > SRW_MAX_STYLE_SCALE)
    return usage_error (error, "--scale takes %d to %d pixels, not %d", SRW_MIN_STYLE_SCALE, SRW_MAX_STYLE_SCALE,
        option_scale);
  if (option_output && count > 1)
    return usage_error (error, "-o %s is one file, but several pictures were given; leave it out", option_output);
  for (guint i = 0; good && i < count; i++)
    good = add_job (jobs, option_pictures[i], NULL, error);
  return good;
}

/* ---- work ---- */

static gint
ascending (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* Median of the microseconds that loading takes; negative after a failure. */
static gint64
time_loading (SrwStylizer * stylizer, const gchar * path, GError ** error)
{
  gint64 times[TIMED_LOADS];

  for (gint i = 0; i < TIMED_LOADS; i++) {
    gint64 start = g_get_monotonic_time ();
    SrwStyle *style = srw_stylizer_style_from_file (stylizer, path, SRW_STYLE_SCALE, error);
    times[i] = g_get_monotonic_time () - start;
    if (style == NULL)
      return -1;
    g_clear_pointer (&style, srw_style_unref);
  }
  qsort (times, TIMED_LOADS, sizeof times[0], ascending);
  return times[TIMED_LOADS / 2];
}

static gboolean
report (SrwStylizer * stylizer, const Job * job, gint64 made, GError ** error)
{
  gint64 loaded = time_loading (stylizer, job->output, error);

  if (loaded >= 0)
    g_print ("%s: made in %.1f ms, loads in %.3f ms\n", job->output, (gdouble) made * 1e-3, (gdouble) loaded * 1e-3);
  return loaded >= 0;
}

/* What is saved. */
typedef struct
{
  SrwStyle *style;
  SrwPicture *preview;          /* NULL when all it is made of are saved styles without */
} Made;

static void
made_clear (Made * made)
{
  g_clear_pointer (&made->style, srw_style_unref);
  g_clear_pointer (&made->preview, srw_picture_free);
}

static gboolean
measure_picture (SrwStylizer * stylizer, const gchar * path, Made * made, GError ** error)
{
  SrwPicture *picture = srw_picture_load (path, option_scale, error);

  if (picture == NULL)
    return FALSE;
  made->style = srw_stylizer_style_from_picture (stylizer, picture->rgb, picture->width, picture->height,
      3 * picture->width, error);
  if (made->style)
    made->preview = srw_preview_of (picture, error);
  srw_picture_free (picture);
  return made->preview != NULL;
}

/* Of a picture, or saved before. */
static gboolean
load_style (SrwStylizer * stylizer, const gchar * path, Made * made, GError ** error)
{
  if (!g_str_has_suffix (path, SRW_STYLE_SUFFIX))
    return measure_picture (stylizer, path, made, error);
  made->style = srw_stylizer_style_from_file (stylizer, path, option_scale, error);
  if (made->style)
    made->preview = srw_preview_load (path, NULL);
  return made->style != NULL;
}

/* Takes what both are. */
static void
blend (Made * first, Made * second, gfloat mix)
{
  Made both = { srw_style_blend (first->style, second->style, mix), NULL };
  SrwPicture **only = first->preview ? &first->preview : &second->preview;

  if (first->preview && second->preview)
    both.preview = srw_preview_blend (first->preview, second->preview, mix);
  else
    both.preview = g_steal_pointer (only);
  made_clear (first);
  *first = both;
}

static gboolean
make_style (SrwStylizer * stylizer, const Job * job, gfloat mix, Made * made, GError ** error)
{
  Made second = { NULL };
  gboolean good = load_style (stylizer, job->pictures[0], made, error);

  if (good && job->pictures[1]) {
    good = load_style (stylizer, job->pictures[1], &second, error);
    if (good)
      blend (made, &second, mix);
    made_clear (&second);
  }
  return good;
}

static gboolean
save (SrwStylizer * stylizer, const Made * made, const gchar * output, GError ** error)
{
  GBytes *preview = made->preview ? srw_preview_encode (made->preview, error) : NULL;
  gboolean good = (preview || made->preview == NULL)
      && srw_style_save (made->style, preview, srw_stylizer_model_id (stylizer), output, error);

  g_clear_pointer (&preview, g_bytes_unref);
  return good;
}

static gboolean
run_job (SrwStylizer * stylizer, const Job * job, gfloat mix, GError ** error)
{
  gint64 start = g_get_monotonic_time ();
  Made made = { NULL };
  gboolean good = make_style (stylizer, job, mix, &made, error) && save (stylizer, &made, job->output, error);

  made_clear (&made);
  if (good && option_verbose)
    good = report (stylizer, job, g_get_monotonic_time () - start, error);
  return good;
}

static void
complain (GError ** error)
{
  g_printerr ("stylerwkv-style: %s\n", (*error)->message);
  g_clear_error (error);
}

/* A picture that fails does not keep the others from being done. */
static gboolean
run (const GArray * jobs, gfloat mix)
{
  GError *error = NULL;
  SrwStylizer *stylizer = srw_stylizer_open (option_device, option_model, &error);
  gboolean good = stylizer != NULL;

  for (guint i = 0; stylizer && i < jobs->len; i++) {
    if (!run_job (stylizer, &g_array_index (jobs, Job, i), mix, &error)) {
      complain (&error);
      good = FALSE;
    }
  }
  if (error)
    complain (&error);
  g_clear_pointer (&stylizer, srw_stylizer_close);
  return good;
}

int
main (int argc, char **argv)
{
  GOptionContext *context = g_option_context_new ("- save the styles of pictures as " SRW_STYLE_SUFFIX " files");
  GArray *jobs = g_array_new (FALSE, FALSE, sizeof (Job));
  GError *error = NULL;
  gfloat mix = 0.0f;
  gint status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  g_array_set_clear_func (jobs, job_clear);
  g_option_context_set_description (context, "Without -o a style is saved beside its picture: painting.jpg as painting"
      SRW_STYLE_SUFFIX ". A saved style fits the\nweights it was made with, and may stand for a picture here too.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || (!option_version && !plan_jobs (jobs, &mix, &error))) {
    complain (&error);
    status = STATUS_USAGE;
  } else if (option_version) {
    g_print ("stylerwkv-style (gst-stylerwkv) " SRW_VERSION "\n");
  } else if (!run (jobs, mix)) {
    status = STATUS_FAILED;
  }
  g_option_context_free (context);
  g_array_unref (jobs);
  g_free (option_output);
  g_free (option_model);
  g_free (option_device);
  g_free (option_mix);
  g_strfreev (option_pictures);
  return status;
}
