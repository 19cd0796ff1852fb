#!/usr/bin/env python3
# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains StyleRWKV on two directories of pictures.

A run lives in --out: checkpoint.pt (weights, their moving average, optimiser, counters), log.csv, sheet.png. Starting
again with the same --out goes on from the checkpoint, with whatever crop, batch, rate and loss weights are given now.
A new --stage name starts the schedule (warm-up, cosine) afresh from there.
"""
import argparse
import csv
import math
import os
import signal
import sys
import time

import torch

from stylerwkv import data, losses
from stylerwkv.features import part
from stylerwkv.memory import keep_memory
from stylerwkv.network import PRESETS, StyleRwkv, statistics
from stylerwkv.optimizer import Muon
from stylerwkv.parallel import Group, start_helpers
from stylerwkv.sheet import write_sheet
from stylerwkv.weights import load_checkpoint, load_network

TERMS = ('content', 'structure', 'style', 'gram', 'swd', 'identity', 'identity_features', 'video', 'weave', 'rim',
         'even')
DECAY_RATE = 50.0  # decay is a number of the order of a hundred: it learns with a larger rate
BONUS_RATE = 5.0


def setting(text):
    """KEY=VALUE -> (key, value of the kind that the presets have there)"""
    key, _, value = text.partition('=')
    known = PRESETS['small'].get(key)
    if known is None:
        raise argparse.ArgumentTypeError('%r is none of %s' % (key, ', '.join(PRESETS['small'])))
    numbers = tuple(float(n) if isinstance(known, float) else int(n) for n in value.split(','))
    if len(numbers) != (len(known) if isinstance(known, tuple) else 1):
        raise argparse.ArgumentTypeError('%s takes %d numbers' % (key, len(known) if isinstance(known, tuple) else 1))
    return key, numbers if isinstance(known, tuple) else numbers[0]


def parse(arguments=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--content', required=True, help='directory of photographs, searched recursively')
    p.add_argument('--style', required=True, help='directory of artworks, searched recursively')
    p.add_argument('--loss-dir', required=True, help='directory of the two loss networks')
    p.add_argument('--out', required=True, help='directory of the run')
    p.add_argument('--preset', choices=sorted(PRESETS), default='small')
    p.add_argument('--init', help='weights file or checkpoint whose weights a new run starts with')
    p.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', type=setting,
                   help='a number of the network instead of the preset\'s, such as recurrences=1 or depths=1,1,2,2')
    p.add_argument('--plain-shift', action='store_true',
                   help='a 3x3 shift in the place of Deform-Shift, for comparison')
    p.add_argument('--crop', type=int, default=160, help='side of the training crops, a multiple of 16')
    p.add_argument('--least', type=float, default=0.5, help='smallest crop, as a share of the short side')
    p.add_argument('--faded', type=float, default=0.1, help='share of the contents that are faded or darkened')
    p.add_argument('--batch', type=int, default=8)
    p.add_argument('--iterations', type=int, default=10 ** 9, help='stop at this iteration, counted over all stages')
    p.add_argument('--minutes', type=float, default=1e9, help='stop when the stage has run this long')
    p.add_argument('--lr', type=float, default=1e-3)
    p.add_argument('--optimizer', choices=('adam', 'muon'), default='adam', help='what moves the matrices')
    p.add_argument('--warmup', type=int, default=100, help='iterations of linear warm-up')
    p.add_argument('--schedule', choices=('constant', 'cosine'), default='cosine',
                   help='cosine falls to a fiftieth at --iterations or --minutes, whichever comes first')
    p.add_argument('--stage', default='1', help='name of the stage')
    p.add_argument('--clip', type=float, default=1.0, help='largest norm of the gradient')
    p.add_argument('--ema', type=float, default=0.998, help='decay of the moving average of weights')
    for term, weight in zip(TERMS, (1.0, 0.0, 4.0, 1.0, 0.0, 1.0, 0.0, 10.0, 0.0, 0.0, 0.0)):
        p.add_argument('--w-' + term.replace('_', '-'), type=float, default=weight, help='weight of this loss')
    p.add_argument('--extra', type=int, default=2, help='pictures of the batch that identity and video losses see')
    p.add_argument('--extra-every', type=int, default=1, help='iterations between those with identity and video losses')
    p.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    p.add_argument('--threads', type=int, default=0, help='threads of each process')
    p.add_argument('--processes', type=int, default=1, help='processes that share the batch; see stylerwkv/parallel.py')
    p.add_argument('--float32-loss', action='store_true', help='loss networks in float32 instead of bfloat16')
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--checkpoint-minutes', type=float, default=5)
    p.add_argument('--log-every', type=int, default=20)
    p.add_argument('--sheet-every', type=int, default=500)
    p.add_argument('--sheet-content', help='directory of held-out photographs for sheet.png')
    p.add_argument('--sheet-style', help='directory of held-out artworks for sheet.png')
    return p.parse_args(arguments)


def configuration(args):
    config = dict(PRESETS[args.preset], **dict(args.set))
    if args.plain_shift:
        config['plain_shift'] = True
    return config


def is_matrix(name, parameter):
    """Whether a parameter mixes channels, as products and full convolutions do."""
    return name.endswith('weight') and parameter.dim() > 1 and '.depthwise.' not in name


def make_optimizers(model, args):
    """Adam for everything, or with --optimizer muon only for what is no matrix. Every group carries its `rate`, the
    multiple of the learning rate it moves with."""
    rates = {'decay': DECAY_RATE, 'bonus': BONUS_RATE}
    groups, matrices = {}, []
    for name, parameter in model.named_parameters():
        if args.optimizer == 'muon' and is_matrix(name, parameter):
            matrices.append(parameter)
        else:
            groups.setdefault(rates.get(name.rsplit('.', 1)[-1], 1.0), []).append(parameter)
    groups = [dict(params=g, lr=args.lr * rate, rate=rate) for rate, g in sorted(groups.items())]
    optimizers = [torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-8)]
    if matrices:
        optimizers.append(Muon([dict(params=matrices, rate=1.0)], args.lr))
    return optimizers


class Trainer:
    """The state of a run, and one iteration of it."""

    def __init__(self, args, group=None):
        self.args = args
        self.group = group or Group()
        self.asked_to_stop = self.stopping = False
        self.unreported = 0.0  # seconds of the first process's clock that the others have not heard of
        self.device = torch.device(args.device)
        torch.manual_seed(args.seed)
        self.model = StyleRwkv(configuration(args)).to(self.device)
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.optimizers = make_optimizers(self.model, args)
        self.network = losses.LossNetwork(args.loss_dir, self.device, self.loss_dtype())
        self.iteration = self.pictures = self.skipped = 0
        self.stage = dict(name=args.stage, first=0, seconds=0.0)
        self.path = os.path.join(args.out, 'checkpoint.pt')

    def loss_dtype(self):
        """What the loss networks compute in: bfloat16, unless this PyTorch has no kernels for it."""
        if self.args.float32_loss:
            return torch.float32
        if losses.computes_in(torch.bfloat16, self.device):
            return torch.bfloat16
        if self.group.rank == 0:
            print('this PyTorch (%s) lacks bfloat16 kernels for %s: the loss networks compute in float32'
                  % (torch.__version__, self.device), flush=True)
        return torch.float32

    # ------------------------------------------------------------------------------------------------ checkpoint

    def save(self):
        state = dict(config=self.model.config, model=self.model.state_dict(), average=self.average,
                     optimizers=[o.state_dict()
                                 for o in self.optimizers], iteration=self.iteration, pictures=self.pictures,
                     skipped=self.skipped, stage=self.stage, random=torch.get_rng_state(), arguments=vars(self.args))
        torch.save(state, self.path + '.tmp')
        os.replace(self.path + '.tmp', self.path)

    def resume(self):
        """Goes on from the checkpoint, if there is one, else from --init, if it is given."""
        if not os.path.exists(self.path):
            if self.args.init:
                self.start_from(self.args.init)
            return
        state = load_checkpoint(self.path)
        if state['config'] != self.model.config:
            sys.exit('%s holds another network: %s' % (self.path, state['config']))
        self.model.load_state_dict(state['model'])
        self.average = {k: v.to(self.device) for k, v in state['average'].items()}
        if len(state['optimizers']) != len(self.optimizers):
            sys.exit('%s was trained with another --optimizer' % self.path)
        for optimizer, saved in zip(self.optimizers, state['optimizers']):
            optimizer.load_state_dict(saved)
        self.iteration, self.pictures, self.skipped = state['iteration'], state['pictures'], state['skipped']
        torch.set_rng_state(state['random'].cpu())
        if state['stage']['name'] == self.args.stage:
            self.stage = state['stage']
        else:
            self.stage['first'] = self.iteration
        if self.group.rank == 0:
            print('resumed at iteration %d, %d pictures' % (self.iteration, self.pictures), flush=True)

    def start_from(self, path):
        """Takes weights alone: counters and optimiser start afresh."""
        known = load_network(path)
        if known.config != self.model.config:
            sys.exit('%s holds another network: %s' % (path, known.config))
        self.model.load_state_dict(known.state_dict())
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}

    # -------------------------------------------------------------------------------------------------- schedule

    def progress(self):
        """Share of the stage that is done, by iterations or time."""
        done = self.iteration - self.stage['first']
        total = max(1, self.args.iterations - self.stage['first'])
        return min(1.0, max(done / total, self.stage['seconds'] / (60 * self.args.minutes)))

    def rate(self):
        warm = min(1.0, (self.iteration - self.stage['first'] + 1) / max(1, self.args.warmup))
        if self.args.schedule == 'constant':
            return self.args.lr * warm
        return self.args.lr * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.progress())))

    def finished(self):
        return (self.stopping or self.iteration >= self.args.iterations
                or self.stage['seconds'] >= 60 * self.args.minutes)

    def meet(self):
        """Averages gradients over the processes; the first one's clock and wish to stop become everyone's here and
        nowhere else, so that all of them end with the same iteration."""
        first = self.group.rank == 0
        mine = [self.stage['seconds'] + self.unreported, float(self.asked_to_stop)] if first else [0.0, 0.0]
        self.unreported = 0.0
        seconds, stopping = self.group.combine(list(self.model.parameters()), mine)
        self.stage['seconds'], self.stopping = seconds, stopping > 0

    # ------------------------------------------------------------------------------------------------- one step

    def outputs(self, content, style, moved):
        """One pass over everything: stylised (B), reconstructed (extra), stylised second frames (extra), the styles."""
        B, extra = content.shape[0], moved.shape[0] if moved is not None else 0
        pictures = [content, style] + ([moved] if extra else [])
        features = self.model.encode(torch.cat(pictures))
        target = [statistics(f[B:2 * B]) for f in features]
        if not extra:
            return self.model.decode([f[:B] for f in features], target), None, None, target
        own = [statistics(f[:extra]) for f in features]
        mixed = [tuple(torch.cat([t, o, t[:extra]]) for t, o in zip(*pair)) for pair in zip(target, own)]
        result = self.model.decode([torch.cat([f[:B], f[:extra], f[2 * B:]]) for f in features], mixed)
        return result[:B], result[B:B + extra], result[B + extra:], target

    def losses(self, content, style, ground, where):
        args, B = self.args, content.shape[0]
        wanted = args.w_identity or args.w_identity_features or args.w_video
        extra = min(args.extra, B) if wanted and self.iteration % args.extra_every == 0 else 0
        generator = torch.Generator().manual_seed(args.seed * 1000003 + self.iteration * 64 + self.group.rank)
        moved, grid = losses.second_frame(generator, content[:extra]) if extra else (None, None)
        with torch.no_grad():
            seen = self.network(torch.cat([content, style]))
            content_target = losses.content_targets(part(seen, 0, B))
            structure_target = losses.self_similarity(part(seen, 0, B)) if args.w_structure else None
        style_target = part(seen, B, 2 * B)
        stylised, same, second, styles = self.outputs(content, style, moved)
        with_identity = extra if args.w_identity_features else 0
        features = self.network(torch.cat([stylised, same[:with_identity]]) if with_identity else stylised)
        own = part(features, 0, B)
        terms = dict(content=losses.content_loss(own, content_target), style=losses.style_loss(own, style_target))
        if args.w_structure:
            terms['structure'] = losses.structure_loss(own, structure_target)
        if args.w_gram:
            terms['gram'] = losses.gram_loss(own, style_target)
        if args.w_swd:
            terms['swd'] = losses.sliced_wasserstein_loss(generator, own, style_target)
        if args.w_weave:
            terms['weave'] = losses.weave_loss(stylised)
        if args.w_rim:
            terms['rim'] = losses.rim_loss(stylised, content)
        if args.w_even:
            first = [tuple(v[:1] for v in pair) for pair in styles]
            terms['even'] = losses.even_loss(self.model(ground, first), where)
        if extra:
            terms['identity'] = torch.nn.functional.mse_loss(same, content[:extra])
            terms['video'] = losses.video_loss(stylised[:extra], second, grid, content[:extra])
        if with_identity:
            terms['identity_features'] = losses.identity_feature_loss(part(features, B, None), part(seen, 0, extra))
        return terms

    def step(self, *batch):
        """One iteration with what `data.Batches` gives -> loss terms as numbers, or None where it was skipped for not
        being finite."""
        args = self.args
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group['lr'] = self.rate() * group['rate']
        terms = self.losses(*(pictures.to(self.device) for pictures in batch))
        total = sum(getattr(args, 'w_' + name) * value for name, value in terms.items())
        self.model.zero_grad(set_to_none=True)
        total.backward()
        self.meet()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), args.clip)
        self.iteration += 1
        self.pictures += batch[0].shape[0] * self.group.world
        if not math.isfinite(norm.item()):
            self.skipped += 1
            return None
        for optimizer in self.optimizers:
            optimizer.step()
        self.follow()
        return dict({k: v.item() for k, v in terms.items()}, total=total.item(), norm=norm.item())

    @torch.no_grad()
    def follow(self):
        """Moves the average of the weights; faster at the start, when they still change much."""
        keep = min(self.args.ema, self.iteration / (self.iteration + 10))
        names = list(self.average)
        weights = dict(self.model.named_parameters())
        average = [self.average[n] for n in names]
        torch._foreach_mul_(average, keep)
        torch._foreach_add_(average, [weights[n].detach() for n in names], alpha=1 - keep)


class Log:
    """Means over --log-every iterations, to stdout and log.csv."""

    COLUMNS = ('iteration', 'pictures', 'seconds', 'per_second', 'lr', 'total', 'norm') + TERMS

    def __init__(self, args):
        path = os.path.join(args.out, 'log.csv')
        fresh = not os.path.exists(path)
        self.file = open(path, 'a', newline='')
        self.writer = csv.DictWriter(self.file, self.COLUMNS)
        if fresh:
            self.writer.writeheader()
        self.rows, self.began, self.every = [], time.time(), args.log_every

    def add(self, trainer, terms):
        if terms is not None:
            self.rows.append(terms)
        if trainer.iteration % self.every or not self.rows:
            return
        mean = {}
        for name in ('total', 'norm') + TERMS:  # not every row has every term
            values = [r[name] for r in self.rows if name in r]
            if values:
                mean[name] = sum(values) / len(values)
        row = dict(iteration=trainer.iteration, pictures=trainer.pictures, seconds=round(trainer.stage['seconds']),
                   per_second=round(self.every / (time.time() - self.began), 3), lr='%.2e' % trainer.rate())
        row.update({k: '%.5f' % v for k, v in mean.items()})
        self.writer.writerow(row)
        self.file.flush()
        print('  '.join('%s %s' % (k, row[k]) for k in self.COLUMNS if k in row)
              + ('  skipped %d' % trainer.skipped if trainer.skipped else ''), flush=True)
        self.rows, self.began = [], time.time()


def train(args, rank=0, store=None):
    """Runs until --iterations or --minutes, or SIGTERM; returns the trainer. Helpers come in by rank and store."""
    os.makedirs(args.out, exist_ok=True)
    keep_memory()
    if args.threads:
        torch.set_num_threads(args.threads)
    helpers = []
    if rank == 0 and args.processes > 1:
        helpers, store = start_helpers(train, args.processes, args)
    group = Group(rank, args.processes, store, args.device)
    trainer = Trainer(args, group)
    trainer.resume()
    # The first process takes the others along when it stops; a signal to the whole group must not kill them before.
    signal.signal(signal.SIGTERM, (lambda *_: setattr(trainer, 'asked_to_stop', True)) if rank == 0 else signal.SIG_IGN)
    batches = data.Batches(data.Pictures(args.content), data.Pictures(args.style), args.crop,
                           args.batch // args.processes, (args.seed, rank), trainer.iteration, args.least, args.faded)
    try:
        loop(trainer, batches, Log(args) if rank == 0 else None)
    finally:
        batches.close()
        if rank == 0:
            trainer.save()
    group.close()
    for helper in helpers:
        helper.join()
    return trainer


def loop(trainer, batches, log):
    """Steps until the trainer has finished. The process with the log also draws sheets and saves."""
    args = trainer.args
    saved = clock = time.time()
    while not trainer.finished():
        terms = trainer.step(*next(batches))
        if log is None:
            continue
        now = time.time()
        trainer.unreported += now - clock
        clock = now
        log.add(trainer, terms)
        if trainer.iteration % args.sheet_every == 0 and args.sheet_content and args.sheet_style:
            write_sheet(trainer.average, trainer.model.config, args, os.path.join(args.out, 'sheet.png'))
        if now - saved > 60 * args.checkpoint_minutes:
            trainer.save()
            saved = now


if __name__ == '__main__':
    train(parse())
