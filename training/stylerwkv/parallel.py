# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several processes that share the pictures of every batch.

On a CPU that has other work too, processes of one thread each do far better than one process of many threads: threads
meet after every operator and wait for the slowest, processes meet once an iteration.
"""
import multiprocessing
import os
import tempfile

import torch
import torch.distributed as dist


class Group:
    """This process among `world`; alone where world is 1."""

    def __init__(self, rank=0, world=1, store=None, device='cpu'):
        self.rank, self.world = rank, world
        if world > 1:
            backend = 'nccl' if torch.device(device).type == 'cuda' else 'gloo'
            dist.init_process_group(backend, init_method='file://' + store, rank=rank, world_size=world)

    def combine(self, parameters, extra):
        """Averages gradients over the processes, in place; returns the sum over the processes of a list of numbers."""
        if self.world == 1:
            return extra
        gradients = [p.grad for p in parameters]
        flat = torch.cat([g.reshape(-1) for g in gradients] + [gradients[0].new_tensor(extra)])
        dist.all_reduce(flat)
        at = 0
        for g in gradients:
            g.copy_(flat[at:at + g.numel()].view_as(g) / self.world)
            at += g.numel()
        return flat[at:].tolist()

    def close(self):
        if self.world > 1:
            dist.destroy_process_group()


def start_helpers(function, world, *arguments):
    """Starts processes 1..world-1 as function(*arguments, rank, store) -> (processes, store)"""
    store = os.path.join(tempfile.mkdtemp(prefix='stylerwkv-'), 'store')
    context = multiprocessing.get_context('spawn')
    helpers = [context.Process(target=function, args=(*arguments, rank, store), daemon=True) for rank in range(1,
        world)]
    for helper in helpers:
        helper.start()
    return helpers, store
