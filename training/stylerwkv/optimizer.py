# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adam for vectors, Muon for matrices: momentum whose singular values are all made equal.

Muon (K. Jordan and others, 2024) takes the same step along every direction of a weight matrix, which the few
strong directions of a gradient otherwise keep for themselves. The result is scaled to the size of an Adam step (J.
Liu and others, arXiv 2502.16982), so that one learning rate serves both.
"""
import torch

# Coefficients of the quintic Newton-Schulz iteration; five rounds bring singular values near 1.
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
ADAM_STEP = 0.2  # root mean square of a typical Adam step, in units of the learning rate


def orthogonalise(matrices):
    """(n,rows,columns) -> the same singular vectors with singular values of about 1."""
    a, b, c = QUINTIC
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """Every parameter of two or four dimensions is taken as a matrix (outputs, everything else). Matrices of one shape
    are stepped together."""

    def __init__(self, params, lr, momentum=0.95):
        super().__init__(params, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group['params']:
                if p.grad is not None:
                    shapes.setdefault(p.flatten(1).shape, []).append(p)
            for shape, parameters in shapes.items():
                self._step_together(parameters, shape, group['lr'], group['momentum'])

    def _step_together(self, parameters, shape, lr, momentum):
        updates = []
        for p in parameters:
            buffer = self.state[p].setdefault('momentum', torch.zeros_like(p))
            buffer.lerp_(p.grad, 1 - momentum)
            updates.append(p.grad.lerp(buffer, momentum).flatten(1))  # Nesterov
        scale = lr * ADAM_STEP * max(shape) ** 0.5
        for p, update in zip(parameters, orthogonalise(torch.stack(updates))):
            p.sub_(update.view_as(p), alpha=scale)
