# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One setting of the C library that training on a CPU gains much from."""
import ctypes

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3


def keep_memory():
    """Lets glibc keep freed memory: giving maps of many megabytes back and faulting them in again costs more than
    the arithmetic on them. Does nothing with other C libraries."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(M_TRIM_THRESHOLD, 2 ** 31 - 1)
    mallopt(M_MMAP_THRESHOLD, 2 ** 30)
    mallopt(M_TOP_PAD, 2 ** 28)
