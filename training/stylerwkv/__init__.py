# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""StyleRWKV in PyTorch: network, operators, losses and data, as defined in docs/network.md."""
