/* Tells ThreadSanitizer of GLib's locks. GLib is not built with it and locks with system calls of its own, so that
 * everything that a GMutex guards would look unguarded. Preloaded (LD_PRELOAD), this stands before GLib's functions
 * and says what each of them orders.
 *
 * Copyright © 2026 the gst-stylerwkv authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <glib.h>

/* the project hides what it does not export */
#pragma GCC visibility push(default)

void __tsan_acquire (void *address);
void __tsan_release (void *address);

/* `next` is the function that this one stands before; looked up once. */
#define NEXT(function) \
  static __typeof__ (function) *next; \
  if (!next) \
    next = (__typeof__ (next)) dlsym (RTLD_NEXT, #function)

#define LOCK(function, Type) \
  void function (Type * lock) \
  { \
    NEXT (function); \
    next (lock); \
    __tsan_acquire (lock); \
  }

#define TRYLOCK(function, Type) \
  gboolean function (Type * lock) \
  { \
    gboolean locked; \
    NEXT (function); \
    locked = next (lock); \
    if (locked) \
      __tsan_acquire (lock); \
    return locked; \
  }

#define UNLOCK(function, Type) \
  void function (Type * lock) \
  { \
    NEXT (function); \
    __tsan_release (lock); \
    next (lock); \
  }

LOCK (g_mutex_lock, GMutex)
TRYLOCK (g_mutex_trylock, GMutex)
UNLOCK (g_mutex_unlock, GMutex)
LOCK (g_rec_mutex_lock, GRecMutex)
TRYLOCK (g_rec_mutex_trylock, GRecMutex)
UNLOCK (g_rec_mutex_unlock, GRecMutex)
LOCK (g_rw_lock_writer_lock, GRWLock)
TRYLOCK (g_rw_lock_writer_trylock, GRWLock)
UNLOCK (g_rw_lock_writer_unlock, GRWLock)
LOCK (g_rw_lock_reader_lock, GRWLock)
TRYLOCK (g_rw_lock_reader_trylock, GRWLock)
UNLOCK (g_rw_lock_reader_unlock, GRWLock)

void
g_cond_wait (GCond * cond, GMutex * mutex)
{
  NEXT (g_cond_wait);
  __tsan_release (mutex);
  next (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond * cond, GMutex * mutex, gint64 end_time)
{
  gboolean signalled;

  NEXT (g_cond_wait_until);
  __tsan_release (mutex);
  signalled = next (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

#pragma GCC visibility pop
