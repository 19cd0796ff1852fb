# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The StyleRWKV network of docs/network.md. Parameter names are those of the weights file.

Feature maps are channels-last throughout: (B,H,W,c), T = H*W tokens. Pictures are (B,H,W,3), sRGB in [0,1].
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from . import operators

ADAIN_EPSILON = 1e-4
NORM_EPSILON = 1e-5
MULTIPLE = 16  # pictures are padded to a multiple of this on the right and bottom

# Channels of E1..E4 and of D1..D4, blocks and hidden ratio of stages 1..4, recurrences and bound of the keys of
# Re-WKV (0: none), step of the skip scan.
PRESETS = {
    'small': dict(encoder_channels=(16, 32, 64, 128), decoder_channels=(16, 32, 64, 64), depths=(1, 1, 1, 1),
                  hidden_ratio=(2, 2, 2, 2), recurrences=2, skip_step=2, key_bound=4.0),
    'base': dict(encoder_channels=(48, 96, 192, 384), decoder_channels=(48, 96, 192, 192), depths=(1, 1, 2, 2),
                 hidden_ratio=(2, 2, 4, 4), recurrences=2, skip_step=2, key_bound=4.0),
}


def convolve(x, weight, bias, stride=1):
    """Convolution with one replicated edge pixel on every side. x (B,H,W,in), weight (out,in,ky,kx)."""
    y = F.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1), mode='replicate')
    return F.conv2d(y, weight, bias, stride=stride).permute(0, 2, 3, 1)


class Linear(nn.Module):
    """A product over channels; weight (out,in)."""

    def __init__(self, inputs, outputs, bias=False, zero=False):
        super().__init__()
        scale = 0.0 if zero else inputs ** -0.5
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * scale)
        self.register_parameter('bias', nn.Parameter(torch.zeros(outputs)) if bias else None)

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)


class Convolution(nn.Module):
    """A convolution that replicates the edge; weight (out,in,size,size)."""

    def __init__(self, inputs, outputs, size, stride=1, gain=1.0):
        super().__init__()
        self.stride = stride
        scale = gain * (inputs * size * size) ** -0.5
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size) * scale)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return convolve(x, self.weight, self.bias, self.stride)


class Depthwise(nn.Module):
    """relu(depthwise 3x3 + bias); weight (c,1,3,3)."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, 1, 3, 3) / 3)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return operators.depthwise_relu(x, self.weight, self.bias)


def plain_taps(channels):
    """Taps to start with: half the centre, the rest spread over the eight neighbours."""
    tap = torch.full((9, channels), 1 / 16)
    tap[4] = 1 / 2
    return tap + 0.05 * torch.randn(9, channels)


class DeformShift(nn.Module):
    """Section 5. Starts as a plain 3x3 shift."""

    def __init__(self, channels):
        super().__init__()
        self.tap = nn.Parameter(plain_taps(channels))
        self.depthwise = Depthwise(channels)
        self.dense = Linear(channels, 18, bias=True, zero=True)

    def forward(self, x):
        offset = 4 * torch.tanh(self.dense(self.depthwise(x)) / 4)
        return operators.deform_shift(x, self.tap, offset)


class PlainShift(nn.Module):
    """A 3x3 shift whose taps stay where they are: what Deform-Shift is measured against. Not for the engine."""

    def __init__(self, channels):
        super().__init__()
        self.tap = nn.Parameter(plain_taps(channels))

    def forward(self, x):
        y = F.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1), mode='replicate')
        return F.conv2d(y, self.tap.t().reshape(-1, 1, 3, 3), groups=x.shape[3]).permute(0, 2, 3, 1)


def shift(channels, config):
    return (PlainShift if config.get('plain_shift') else DeformShift)(channels)


class Norm(nn.Module):
    """Layer norm over channels."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, NORM_EPSILON)


class Spatial(nn.Module):
    """Spatial mixing, the first half of a block (section 2), with Re-WKV (section 3)."""

    def __init__(self, channels, config):
        super().__init__()
        recurrences, self.step, self.key_bound = config['recurrences'], config['skip_step'], config['key_bound']
        self.norm = Norm(channels)
        self.shift = shift(channels, config)
        self.receptance = Linear(channels, channels)
        self.key = Linear(channels, channels)
        self.value = Linear(channels, channels)
        self.output = Linear(channels, channels, zero=True)
        # From the whole frame (1) to a three-hundredth of the sequence, another order of channels in every round.
        spread = torch.logspace(0, math.log10(300), channels)
        self.decay = nn.Parameter(torch.stack([spread.roll(i * channels // recurrences) for i in range(recurrences)]))
        self.bonus = nn.Parameter(torch.linspace(-1, 1, channels).repeat(recurrences, 1))

    def bounded(self, k):
        """Keys between -bound and bound: one token is at most exp(2·bound) times another's weight."""
        return self.key_bound * torch.tanh(k / self.key_bound) if self.key_bound else k

    def re_wkv(self, k, v):
        """k, v (B,H,W,c) -> (B,H,W,c)"""
        B, H, W, c = k.shape
        k, v = k.reshape(B, H * W, c), v.reshape(B, H * W, c)
        for i in range(self.decay.shape[0]):
            order = operators.skip_scan(H, W, self.step, i % 2 == 1)
            v = operators.bi_wkv(k, v, self.decay[i], self.bonus[i], order)
        return v.view(B, H, W, c)

    def forward(self, x):
        z = self.shift(self.norm(x))
        mixed = self.re_wkv(self.bounded(self.key(z)), self.value(z))
        return x + self.output(torch.sigmoid(self.receptance(z)) * mixed)


class Channel(nn.Module):
    """Channel mixing, the second half of a block (section 2)."""

    def __init__(self, channels, hidden_ratio, config):
        super().__init__()
        self.norm = Norm(channels)
        self.shift = shift(channels, config)
        self.receptance = Linear(channels, channels)
        self.key = Linear(channels, hidden_ratio * channels)
        self.value = Linear(hidden_ratio * channels, channels, zero=True)

    def forward(self, x):
        z = self.shift(self.norm(x))
        return x + torch.sigmoid(self.receptance(z)) * self.value(F.relu(self.key(z)) ** 2)


class Block(nn.Module):
    """One ST-RWKV block."""

    def __init__(self, channels, hidden_ratio, config):
        super().__init__()
        self.spatial = Spatial(channels, config)
        self.channel = Channel(channels, hidden_ratio, config)

    def forward(self, x):
        return self.channel(self.spatial(x))


def blocks(stage, channels, config):
    return nn.ModuleList(Block(channels, config['hidden_ratio'][stage], config) for _ in range(config['depths'][stage]))


class EncoderStage(nn.Module):
    """E1..E4: expand (not in E1), blocks, down (not in E4)."""

    def __init__(self, index, config):
        super().__init__()
        c = config['encoder_channels'][index]
        self.expand = Linear(config['encoder_channels'][index - 1], c, bias=True) if index > 0 else None
        self.blocks = blocks(index, c, config)
        self.down = Convolution(c, c, 3, stride=2) if index < 3 else None

    def forward(self, x):
        if self.expand is not None:
            x = self.expand(x)
        for block in self.blocks:
            x = block(x)
        return x if self.down is None else self.down(x)


class DeepestDecoderStage(nn.Module):
    """D4: 1x1 reduce, blocks."""

    def __init__(self, config):
        super().__init__()
        c = config['decoder_channels'][3]
        self.reduce = Linear(config['encoder_channels'][3], c, bias=True)
        self.blocks = blocks(3, c, config)

    def forward(self, x):
        x = self.reduce(x)
        for block in self.blocks:
            x = block(x)
        return x


class DecoderStage(nn.Module):
    """D3..D1: 1x1 merge of decoder features and AdaIN(F), nearest x2, 3x3 convolution, blocks."""

    def __init__(self, index, config):
        super().__init__()
        c, below = config['decoder_channels'][index:index + 2]
        self.merge = Linear(below + config['encoder_channels'][index], c, bias=True)
        self.up = Convolution(c, c, 3)
        self.blocks = blocks(index, c, config)

    def forward(self, x, skip):
        x = self.merge(torch.cat([x, skip], -1))
        x = self.up(F.interpolate(x.permute(0, 3, 1, 2), scale_factor=2, mode='nearest').permute(0, 2, 3, 1))
        for block in self.blocks:
            x = block(x)
        return x


def statistics(feature):
    """Mean and standard deviation per channel, population, epsilon inside the root. (B,H,W,c) -> 2 x (B,c)"""
    tokens = feature.flatten(1, 2)
    mean = tokens.mean(1)
    variance = ((tokens - mean[:, None]) ** 2).mean(1)
    return mean, (variance + ADAIN_EPSILON ** 2).sqrt()


def adain(feature, target):
    """(F - mean) / std * target std + target mean (section 6). target: (mean, std), each (B,c)"""
    mean, std = statistics(feature)
    gain = target[1] / std
    return feature * gain[:, None, None] + (target[0] - mean * gain)[:, None, None]


class StyleRwkv(nn.Module):
    """The whole network. config: a dict as those of PRESETS; plain_shift where Deform-Shift is to be left out."""

    def __init__(self, config):
        super().__init__()
        self.config = dict(config)
        self.stem = Convolution(3, config['encoder_channels'][0], 4, stride=2)
        self.encoder = nn.ModuleList(EncoderStage(i, config) for i in range(4))
        self.decoder = nn.ModuleList([DecoderStage(i, config) for i in range(3)] + [DeepestDecoderStage(config)])
        self.head = Convolution(config['decoder_channels'][0], 12, 3, gain=0.5)

    def encode(self, picture):
        """picture (B,H,W,3), H and W multiples of 16 -> [F1, F2, F3, F4]"""
        x, features = self.stem(picture), []
        for stage in self.encoder:
            x = stage(x)
            features.append(x)
        return features

    def decode(self, features, style, collect=None):
        """features F1..F4, style a list of four (mean, std) -> picture (B,H,W,3).

        collect: a list that receives D4, D3, D2, D1.
        """
        collect = [] if collect is None else collect
        x = self.decoder[3](adain(features[3], style[3]))
        collect.append(x)
        for i in (2, 1, 0):
            x = self.decoder[i](x, adain(features[i], style[i]))
            collect.append(x)
        y = torch.sigmoid(self.head(x))
        B, h, w, _ = y.shape
        return y.view(B, h, w, 2, 2, 3).permute(0, 1, 3, 2, 4, 5).reshape(B, 2 * h, 2 * w, 3)

    def style_of(self, picture):
        """The style of a picture: four (mean, std) of F1..F4."""
        return [statistics(f) for f in self.encode(picture)]

    def forward(self, content, style, strength=1.0):
        """content (B,H,W,3), style the list of `style_of`, strength in [0,1] -> picture, cropped to H x W"""
        H, W = content.shape[1:3]
        features = self.encode(pad_to_multiple(content))
        own = [statistics(f) for f in features]
        target = [tuple(o + strength * (s - o) for o, s in zip(*pair)) for pair in zip(own, style)]
        return self.decode(features, target)[:, :H, :W]


def pad_to_multiple(picture):
    """Replicates the right and bottom edge until both sides are multiples of 16. (B,H,W,3)"""
    H, W = picture.shape[1:3]
    y = torch.arange(-(-H // MULTIPLE) * MULTIPLE).clamp(max=H - 1)
    x = torch.arange(-(-W // MULTIPLE) * MULTIPLE).clamp(max=W - 1)
    return picture[:, y][:, :, x]
