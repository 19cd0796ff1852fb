# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loss networks and losses.

Five layers are compared: relu1_1, relu2_1, relu3_1 of VGG-19 and relu4_1, relu5_1 of a VGG-19 pruned sixteenfold.
Content is judged on relu3_1 and relu4_1, style on all five.
"""
import os

import torch
import torch.nn.functional as F

from . import safetensors
from .features import observe, relu_pool

VGG_FILE = 'vgg19_conv1_1-conv3_4.safetensors'
PRUNED_FILE = 'vgg19_pruned16x_conv5_1.safetensors'
VGG_MEAN = (123.68, 116.779, 103.939)  # red, green, blue, of 255
VGG_LAYERS = ('1_1', '1_2', '2_1', '2_2', '3_1')
PRUNED_LAYERS = ('11', '12', '21', '22', '31', '32', '33', '34', '41', '42', '43', '44', '51')
OBSERVED = ('1_1', '2_1', '3_1', '41', '51')
POOLED_AFTER = ('1_2', '2_2', '12', '22', '34', '44')
CONTENT_LAYERS = (2, 3)  # relu3_1, relu4_1
STRUCTURE_LAYER, STRUCTURE_GRID, STRUCTURE_TEMPERATURE = 2, 24, 0.1  # relu3_1
EVEN_WINDOW, EVEN_DEVIATION = 9, 0.04
WEAVE_PERIODS, WEAVE_WINDOW = (4, 8), 64  # pixels; F1's tokens within a scan, and those of F2
RIM_MEAN, RIM_STEP, RIM_REACHES = 5, 2, (6, 12, 36)  # pixels, pixels, steps
SWD_LAYERS, SWD_DIRECTIONS, SWD_TOKENS = (0, 1, 2, 3), 64, 1024
RIM_COLOUR, RIM_LEAST = 0.06, 0.3


def _fold_pruned_input(tensors):
    """Merges the 1x1 input convolution conv0 into conv11; exact, since reflection pads what conv0 would give."""
    w0, b0 = tensors['conv0.weight'].flatten(1), tensors['conv0.bias']
    w1 = tensors['conv11.weight']
    weight = torch.einsum('oiyx,ij->ojyx', w1, w0)
    return weight, tensors['conv11.bias'] + torch.einsum('oiyx,i->o', w1, b0)


def _pad_zero(x, weight, bias):
    return F.conv2d(x, weight, bias, padding=1)


def _pad_reflect(x, weight, bias):
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), weight, bias)


def computes_in(dtype, device):
    """Whether everything that the loss networks do, forwards and backwards, works with `dtype`: tried once, on a
    few pixels."""
    try:
        x = torch.rand(1, 3, 8, 8, device=device, requires_grad=True)
        weight, bias = torch.rand(3, 3, 3, 3, device=device).to(dtype), torch.rand(3, device=device).to(dtype)
        y = _pad_reflect(_pad_zero(x.to(dtype), weight, bias), weight, bias)
        relu_pool(observe(y).map).float().sum().backward()
    except RuntimeError:
        return False
    return True


class LossNetwork:
    """The two loss networks, computed in `dtype` with channels-last convolutions."""

    def __init__(self, directory, device='cpu', dtype=torch.float32):
        self.dtype = dtype
        vgg, _ = safetensors.load(os.path.join(directory, VGG_FILE))
        pruned, _ = safetensors.load(os.path.join(directory, PRUNED_FILE))
        layers = {n: (vgg[f'conv{n}.weight'].float(), vgg[f'conv{n}.bias'].float()) for n in VGG_LAYERS}
        # The network wants BGR of 255 minus the mean; ours is RGB of 1 minus the mean, which bfloat16 holds better.
        layers['1_1'] = (layers['1_1'][0].flip(1) * 255, layers['1_1'][1])
        pruned = {k: v.float() for k, v in pruned.items()}
        layers.update({n: (pruned[f'conv{n}.weight'], pruned[f'conv{n}.bias']) for n in PRUNED_LAYERS})
        layers['11'] = _fold_pruned_input(pruned)
        self.layers = {n: (w.to(device, dtype).contiguous(memory_format=torch.channels_last), b.to(device, dtype))
                       for n, (w, b) in layers.items()}
        self.mean = torch.tensor(VGG_MEAN, device=device) / 255

    def _run(self, y, names, convolve):
        """Runs the named layers -> the compared ones among them."""
        out = []
        for n in names:
            y = convolve(y, *self.layers[n])
            if n in OBSERVED:
                out.append(observe(y))
                y = out[-1].map
            else:
                y = relu_pool(y) if n in POOLED_AFTER else F.relu_(y)
        return out

    def __call__(self, x):
        """x (B,H,W,3) in [0,1] -> the five layers"""
        vgg = (x - self.mean).to(self.dtype).permute(0, 3, 1, 2)
        pruned = x.to(self.dtype).permute(0, 3, 1, 2)
        return self._run(vgg, VGG_LAYERS, _pad_zero) + self._run(pruned, PRUNED_LAYERS, _pad_reflect)


def normalised(feature):
    """Mean-variance normalisation over the map, per channel. (B,c,h,w) -> (B,c,h*w) float32"""
    f = feature.float().flatten(2).contiguous()
    count = f.shape[2]
    return F.layer_norm(f, (count,), eps=1e-6) * ((count - 1) / count) ** 0.5


def content_targets(layers):
    return [normalised(layers[i].map) for i in CONTENT_LAYERS]


def content_loss(layers, targets):
    """Sum over the content layers of the MSE of normalised features."""
    return sum(F.mse_loss(normalised(layers[i].map), t) for i, t in zip(CONTENT_LAYERS, targets))


def self_similarity(layers):
    """How alike the parts of a picture are to each other: relu3_1 on a grid of average-pooled tokens, log-softmax
    over each row of the cosines of centred tokens. -> (B,t,t)
    """
    tokens = F.adaptive_avg_pool2d(layers[STRUCTURE_LAYER].map.float(), STRUCTURE_GRID).flatten(2).transpose(1, 2)
    tokens = F.normalize(tokens - tokens.mean(1, keepdim=True), dim=2)
    return F.log_softmax(tokens @ tokens.transpose(1, 2) / STRUCTURE_TEMPERATURE, dim=2)


def structure_loss(layers, target):
    """Mean over tokens of KL(content's self-similarity || output's), as StyleID's CFSD; target: `self_similarity`."""
    return (target.exp() * (target - self_similarity(layers))).sum(2).mean()


def _variance(layer):
    """Variance over all features of each picture of a layer. -> (B)"""
    return (layer.std ** 2).mean(1) + layer.mean.var(1) + 1e-8


def style_loss(layers, targets):
    """Mean over layers of [MSE(mean) + MSE(std)] / variance of the style's features, mean over the batch."""
    total = 0
    for o, s in zip(layers, targets):
        distance = ((o.mean - s.mean) ** 2 + (o.std - s.std) ** 2).mean(1)
        total = total + (distance / _variance(s)).mean()
    return total / len(layers)


def gram_loss(layers, targets):
    """Mean over layers and batch of the relative Frobenius distance of Gram matrices."""
    total = 0
    for o, s in zip(layers, targets):
        distance = ((o.gram - s.gram) ** 2).sum((1, 2)).add(1e-12).sqrt()
        total = total + (distance / (s.gram ** 2).sum((1, 2)).add(1e-12).sqrt()).mean()
    return total / len(layers)


def _tokens(generator, layer):
    """Some tokens of a layer (B,n,c), float32."""
    tokens = layer.map.permute(0, 2, 3, 1).flatten(1, 2)
    chosen = torch.randint(tokens.shape[1], (SWD_TOKENS,), generator=generator).to(tokens.device)
    return tokens[:, chosen].float()


def sliced_wasserstein_loss(generator, layers, targets):
    """Distance of whole feature distributions, of which style and gram see two moments: tokens drawn by chance are
    projected on random directions and sorted; root mean square of the differences relative to the spread of the
    style's features, mean over four layers and the batch.
    """
    total = 0
    for i in SWD_LAYERS:
        o, s = _tokens(generator, layers[i]), _tokens(generator, targets[i])
        directions = F.normalize(torch.randn(o.shape[2], SWD_DIRECTIONS, generator=generator), dim=0).to(o.device)
        distance = ((o @ directions).sort(1).values - (s @ directions).sort(1).values).square().mean((1, 2))
        total = total + (distance / s.var(1).mean(1).add(1e-8)).add(1e-12).sqrt().mean()
    return total / len(SWD_LAYERS)


def identity_feature_loss(layers, targets):
    """MSE of features divided by the target's mean square, mean over layers: how far style(I, I) is from I."""
    total = 0
    for o, s in zip(layers, targets):
        f, t = o.map.float(), s.map.float()
        total = total + (((f - t) ** 2).mean((1, 2, 3)) / (t ** 2).mean((1, 2, 3)).add(1e-8)).mean()
    return total / len(layers)


def random_flow(generator, batch, height, width, amplitude):
    """A smooth random displacement plus a common shift, as a sampling grid for `warp`; for every other picture, by
    chance, the shift alone and by whole pixels, which no interpolation blurs. -> (B,H,W,2)
    """
    whole = torch.rand(batch, 1, 1, 1, generator=generator) < 0.5
    coarse = torch.randn(batch, 2, 4, 4, generator=generator) * amplitude / 2
    shift = torch.randn(batch, 2, 1, 1, generator=generator) * amplitude
    coarse = torch.where(whole, shift.round().expand_as(coarse), coarse + shift)
    flow = F.interpolate(coarse, (height, width), mode='bicubic', align_corners=True).permute(0, 2, 3, 1)
    ys, xs = torch.linspace(-1, 1, height), torch.linspace(-1, 1, width)
    grid = torch.stack([xs.view(1, -1).expand(height, width), ys.view(-1, 1).expand(height, width)], -1)
    return grid + flow * torch.tensor([2 / (width - 1), 2 / (height - 1)])


def warp(picture, grid):
    """Samples picture (B,H,W,C) at grid (B,H,W,2), bilinear, edge replicated."""
    y = F.grid_sample(picture.permute(0, 3, 1, 2), grid, mode='bilinear', padding_mode='border', align_corners=True)
    return y.permute(0, 2, 3, 1)


def second_frame(generator, picture, amplitude=3.0):
    """A second video frame made from the first: moved by a smooth flow of some pixels, with luminance noise.

    -> (frame, grid that carries the first frame over)
    """
    B, H, W, _ = picture.shape
    grid = random_flow(generator, B, H, W, amplitude).to(picture.device)
    sigma = 0.001 + 0.019 * torch.rand(B, 1, 1, 1, generator=generator)
    noise = (sigma * torch.randn(B, H, W, 1, generator=generator)).to(picture.device)
    return (warp(picture, grid) + noise).clamp(0, 1), grid


def local_mean(x, window):
    """Mean over window×window pixels around each, of those that there are; window is odd. (B,c,H,W) -> (B,c,H,W)"""
    return F.avg_pool2d(x, window, 1, window // 2, count_include_pad=False)


def evenness(picture):
    """How even the ground is: one over the variance in 9x9 pixels, bounded, with a mean of 1 over each picture.
    What moves by itself is seen there most. (B,H,W,3) -> (B,H,W,1)
    """
    x = picture.mean(3)[:, None]
    variance = local_mean(x * x, EVEN_WINDOW) - local_mean(x, EVEN_WINDOW) ** 2
    even = 1 / (variance.clamp(min=0) + EVEN_DEVIATION ** 2)
    return (even / even.mean((2, 3), keepdim=True)).permute(0, 2, 3, 1)


def video_loss(first, second, grid, content):
    """MSE between the second output and the first one moved likewise, the even parts of the content first."""
    return (warp(evenness(content), grid) * (second - warp(first, grid)) ** 2).mean()


def weave_loss(picture):
    """How strongly a picture (B,H,W,3) repeats every four and every eight pixels, the distances of tokens within a
    scan: what is left above a mean over little more than a period, averaged over 64x64 pixels, squared. Strokes
    average out, a pattern fixed to the grid does not.
    """
    return sum(_repeating(picture.permute(0, 3, 1, 2), period) for period in WEAVE_PERIODS)


def _repeating(x, period):
    detail = x - local_mean(x, period + 1)
    B, c, H, W = detail.shape
    phases = detail.view(B, c, H // period, period, W // period, period)
    phases = phases.permute(0, 1, 3, 5, 2, 4).reshape(B, -1, H // period, W // period)
    window = min(WEAVE_WINDOW // period, *phases.shape[2:])
    return F.avg_pool2d(phases, window, max(1, window // 2)).square().mean()


def even_loss(picture, where):
    """Variance of a picture (B,H,W,3) over where (B,H,W,1) its content has one colour: what the network puts there,
    be it a grid, a glow or a beam, is its own."""
    count = where.sum((1, 2), keepdim=True).clamp(min=1)
    mean = (picture * where).sum((1, 2), keepdim=True) / count
    return ((picture - mean).square() * where / count).sum((1, 2)).mean()


def alike(one, other):
    """Weight of two places of the content, as alike as their colours (B,3,h,w) are: exp(−d²), 0 where that is
    little. -> (B,1,h,w)"""
    weight = torch.exp(-(one - other).square().mean(1, keepdim=True) / RIM_COLOUR ** 2)
    return (weight - RIM_LEAST).clamp(min=0)


def rim_loss(picture, content):
    """How much the colours of a picture (B,H,W,3) differ where the content's do not: mean square between 5x5
    means, 12, 24 and 72 pixels apart. A rim round a thing on even ground is of this kind, and so is a beam across
    it; strokes, which are finer, are hardly.
    """
    out, ground = (F.avg_pool2d(x.permute(0, 3, 1, 2), RIM_MEAN, stride=RIM_STEP) for x in (picture, content))
    differences = weights = 0
    for reach in RIM_REACHES:
        for axis in (2, 3):
            length = out.shape[axis] - reach
            if length < 1:
                continue  # a crop smaller than that
            weight = alike(ground.narrow(axis, reach, length), ground.narrow(axis, 0, length))
            difference = (out.narrow(axis, reach, length) - out.narrow(axis, 0, length)).square()
            differences = differences + (weight * difference).mean()
            weights = weights + weight.mean()
    return differences / weights.clamp(min=1e-3)
