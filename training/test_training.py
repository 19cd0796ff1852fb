# Copyright © 2026 the gst-stylerwkv authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of training: operators against their plain forms, the network, the trainer, the exported files.

Run with `pytest test_training.py`. Needs no data: pictures and loss networks are made up.
"""
import os

import numpy as np
import pytest
import torch
from PIL import Image

import export
import narrow
import train
from stylerwkv import data, features, losses, operators, safetensors, synthetic, weights
from stylerwkv.network import PRESETS, PlainShift, StyleRwkv, adain, pad_to_multiple, statistics
from stylerwkv.optimizer import Muon, orthogonalise

torch.set_num_threads(1)  # the pictures are too small to share out
CHANNELS = 32
TINY = PRESETS['small']
# as the first format of the weights file knew networks
OLD = dict(encoder_channels=(16, 32, 64, 128), decoder_channels=(32, 48, 64, 64), depths=(1, 1, 1, 1),
           hidden_ratio=(2, 2, 2, 2),
           recurrences=2, skip_step=2, key_bound=0.0)

needs_cpp = pytest.mark.skipif(operators.extension() is None, reason='operators.cpp does not compile here')


def random(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed + len(shape) * 1000)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).to(dtype)


def gradients(function, inputs):
    """Result and gradients of a weighted sum of it."""
    inputs = [t.clone().requires_grad_() for t in inputs]
    result = function(*inputs)
    result.backward(random(*result.shape, seed=7, dtype=result.dtype))
    return [result.detach()] + [t.grad for t in inputs]


def assert_same(a, b, tolerance):
    for x, y in zip(a, b):
        assert torch.isfinite(x).all()
        assert (x - y).abs().max() <= tolerance * max(1.0, y.abs().max().item())


def exact_wkv(k, v, w, u):
    """The formula of docs/network.md section 3 as it stands, with all T*T weights."""
    T = k.shape[1]
    t = torch.arange(T)
    distance = (t[:, None] - t[None]).abs()
    exponent = k[:, None] - (distance[..., None] - 1).to(k.dtype) * w / T
    own = torch.eye(T, dtype=torch.bool)[None, :, :, None]
    exponent = torch.where(own, (k + u)[:, None].expand_as(exponent), exponent)
    return (torch.softmax(exponent, 2) * v[:, None]).sum(2)


# ------------------------------------------------------------------------------------------------------ operators

@needs_cpp
@pytest.mark.parametrize('height,width', [(1, 1), (1, 5), (5, 7), (8, 6)])
def test_deform_shift_matches_plain(height, width):
    inputs = [random(2, height, width, CHANNELS), random(9, CHANNELS), 2 * random(2, height, width, 18)]
    assert_same(gradients(operators.deform_shift, inputs), gradients(operators.plain_deform_shift, inputs), 1e-12)


@needs_cpp
def test_deform_shift_float32():
    inputs = [random(2, 6, 5, CHANNELS), random(9, CHANNELS), 2 * random(2, 6, 5, 18)]
    single = [t.float() for t in inputs]
    assert_same(gradients(operators.deform_shift, single), gradients(operators.plain_deform_shift, single), 1e-5)


@needs_cpp
@pytest.mark.parametrize('height,width', [(1, 1), (1, 5), (5, 7)])
def test_depthwise_matches_plain(height, width):
    inputs = [random(2, height, width, CHANNELS), random(CHANNELS, 1, 3, 3), random(CHANNELS)]
    assert_same(gradients(operators.depthwise_relu, inputs), gradients(operators.plain_depthwise_relu, inputs), 1e-12)


def wkv_inputs(count, key_scale, decay):
    k = random(1, count, 16, seed=1) * key_scale
    return [k.clamp(-80, 80), random(1, count, 16, seed=2), random(16) + decay, random(16, seed=3)]


@pytest.mark.parametrize('decay', [-50, 0, 50, 200])
@pytest.mark.parametrize('key_scale', [1, 80])
def test_plain_wkv_is_exact(key_scale, decay):
    inputs = wkv_inputs(37, key_scale, decay)
    assert_same(gradients(operators.plain_bi_wkv, inputs), gradients(exact_wkv, inputs), 1e-9)


@needs_cpp
@pytest.mark.parametrize('decay', [-50, 0, 50, 200])
@pytest.mark.parametrize('key_scale', [1, 80])
@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-9), (torch.float32, 2e-4)])
def test_cpp_wkv_is_exact(key_scale, decay, dtype, tolerance):
    inputs = wkv_inputs(37, key_scale, decay)
    order = torch.arange(37).int()
    found = gradients(lambda *a: operators.bi_wkv(*a, order), [t.to(dtype) for t in inputs])
    assert_same([t.double() for t in found], gradients(exact_wkv, inputs), tolerance)


@needs_cpp
def test_wkv_reads_and_writes_raster_order():
    order = operators.skip_scan(5, 7, 2, True)
    inputs = [t.repeat(2, 1, 1) if t.dim() == 3 else t for t in wkv_inputs(35, 3, 20)]
    found = gradients(lambda *a: operators.bi_wkv(*a, order), inputs)
    operators.use_cpp(False)
    try:
        assert_same(found, gradients(lambda *a: operators.bi_wkv(*a, order), inputs), 1e-9)
    finally:
        operators.use_cpp(True)


@needs_cpp
def test_long_sequence_in_float32():
    inputs = [random(1, 3000, 16, seed=1) * 20, random(1, 3000, 16, seed=2), random(16) * 100, random(16, seed=3)]
    order = torch.arange(3000).int()
    exact = operators.plain_bi_wkv(*inputs)
    # Exponents of a hundred are held to 4e-6 in float32, and each step rounds once.
    assert (operators.bi_wkv(*[t.float() for t in inputs], order).double() - exact).abs().max() < 5e-3


@needs_cpp
def test_gradcheck():
    small = torch.autograd.gradcheck
    order = operators.skip_scan(2, 3, 2, False)
    k, v, w, u = (t.requires_grad_() for t in wkv_inputs(6, 1, 5))
    assert small(lambda *a: operators.bi_wkv(*a, order), (k, v, w, u))
    x, tap = random(1, 3, 2, 16).requires_grad_(), random(9, 16).requires_grad_()
    offset = (random(1, 3, 2, 18) * 0.7).requires_grad_()
    assert small(operators.deform_shift, (x, tap, offset))
    assert small(operators.depthwise_relu, (x, random(16, 1, 3, 3).requires_grad_(), random(16).requires_grad_()))


@pytest.mark.parametrize('transposed', [False, True])
@pytest.mark.parametrize('height,width,step', [(1, 1, 2), (4, 6, 2), (5, 7, 2), (5, 7, 3), (3, 2, 4)])
def test_skip_scan(height, width, step, transposed):
    order = operators.skip_scan(height, width, step, transposed).tolist()
    tokens = [(y, x) for y in range(height) for x in range(width)]
    flip = (lambda y, x: (x, y)) if transposed else (lambda y, x: (y, x))
    key = lambda t: [f(v) for f in (lambda v: v % step, lambda v: v // step) for v in flip(*t)]
    assert order == [y * width + x for y, x in sorted(tokens, key=key)]


def feature_gradients(function, x):
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    results = function(x * 1.0)
    sum((t * random(*t.shape, dtype=torch.float32)).sum() for t in results).backward()
    return [t.detach() for t in results] + [x.grad]


@needs_cpp
def test_observed_features_match_plain():
    x = random(3, CHANNELS, 6, 10, dtype=torch.float32).contiguous(memory_format=torch.channels_last)
    assert_same(feature_gradients(features.observe, x), feature_gradients(features.plain_observe, x), 1e-5)
    pool = lambda t: [torch.nn.functional.max_pool2d(t.relu(), 2)]
    assert_same(feature_gradients(lambda t: [features.relu_pool(t)], x), feature_gradients(pool, x), 1e-6)


# -------------------------------------------------------------------------------------------------------- network

def noisy(config, seed=0):
    """A network none of whose parameters is at its special start."""
    torch.manual_seed(seed)
    network = StyleRwkv(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


def test_names_and_shapes():
    state = StyleRwkv(TINY).state_dict()
    assert state['stem.weight'].shape == (16, 3, 4, 4)
    assert state['encoder.3.expand.weight'].shape == (128, 64)
    assert state['decoder.3.reduce.weight'].shape == (64, 128)
    assert state['decoder.1.merge.weight'].shape == (32, 96)
    assert state['decoder.0.up.weight'].shape == (16, 16, 3, 3)
    assert state['head.weight'].shape == (12, 16, 3, 3)
    block = 'encoder.1.blocks.0.'
    assert state[block + 'spatial.shift.depthwise.weight'].shape == (32, 1, 3, 3)
    assert state[block + 'spatial.shift.dense.weight'].shape == (18, 32)
    assert state[block + 'spatial.shift.tap'].shape == (9, 32)
    assert state[block + 'spatial.decay'].shape == (2, 32)
    assert state[block + 'channel.key.weight'].shape == (64, 32)
    assert state[block + 'channel.value.weight'].shape == (32, 64)
    assert len([n for n in state if n.startswith(block)]) == 23


@needs_cpp
@pytest.mark.parametrize('config', [TINY, dict(OLD, depths=(1, 2, 1, 1), hidden_ratio=(3, 1, 2, 1), recurrences=3,
                                               skip_step=3)])
def test_forward_cpp_matches_plain(config):
    network = noisy(config)
    content, style = torch.rand(1, 37, 50, 3), torch.rand(1, 48, 32, 3)
    results = []
    with torch.no_grad():
        for enable in (True, False):
            operators.use_cpp(enable)
            results.append(network(content, network.style_of(style), 0.8))
    operators.use_cpp(True)
    assert results[0].shape == content.shape
    assert (results[0] - results[1]).abs().max() < 1e-4


def test_keys_are_bounded():
    spatial = StyleRwkv(TINY).encoder[0].blocks[0].spatial
    keys = torch.linspace(-100, 100, 21)
    assert spatial.bounded(keys).abs().max() <= 4.0
    assert torch.allclose(spatial.bounded(keys / 1000), keys / 1000, atol=1e-4)
    assert torch.equal(StyleRwkv(OLD).encoder[0].blocks[0].spatial.bounded(keys), keys)


def test_adain_and_strength():
    feature = random(2, 4, 5, 8)
    assert torch.allclose(adain(feature, statistics(feature)), feature)
    network = noisy(TINY)
    content = torch.rand(1, 32, 32, 3)
    with torch.no_grad():
        style = network.style_of(torch.rand(1, 32, 32, 3))
        own = network.style_of(content)
        assert torch.allclose(network(content, style, 0.0), network(content, own), atol=1e-5)


def test_padding_replicates_the_edge():
    picture = torch.rand(1, 17, 30, 3)
    padded = pad_to_multiple(picture)
    assert padded.shape == (1, 32, 32, 3)
    assert torch.equal(padded[:, :17, :30], picture)
    assert torch.equal(padded[0, 31, 31], picture[0, 16, 29])


# ------------------------------------------------------------------------------------------------- files and data

def test_safetensors_round_trip(tmp_path):
    tensors = {'a': torch.rand(3, 5), 'b': torch.rand(2).half()}
    safetensors.save(tmp_path / 'x.safetensors', tensors, {'format': 'x'})
    found, metadata = safetensors.load(tmp_path / 'x.safetensors')
    assert metadata == {'format': 'x'}
    assert all(torch.equal(found[k], v) and found[k].dtype == v.dtype for k, v in tensors.items())


def test_export_round_trip(tmp_path):
    network = noisy(TINY)
    path = str(tmp_path / 'w.safetensors')
    weights.save_weights(path, network.state_dict(), TINY, 'a test')
    loaded = weights.load_network(path)
    assert loaded.config == TINY
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.half().float())
    tensors = export.vectors(loaded, 40, 24, 3, True)
    assert tensors['statistics'].shape == (60 * 8,)
    assert tensors['F4'].shape == (2, 3, 128) and tensors['D1'].shape == (16, 24, 16)
    style = [t[None] for t in tensors['statistics'].split([16, 16, 32, 32, 64, 64, 128, 128])]
    with torch.no_grad():
        again = loaded(tensors['content'][None], list(zip(style[::2], style[1::2])))
    assert torch.allclose(again[0], tensors['output'], atol=1e-5)


def test_old_format_is_read(tmp_path):
    network = noisy(OLD)
    path = str(tmp_path / 'old.safetensors')
    metadata = dict(format='stylerwkv-1', C='8', N='1,1,1,1', h='2', q='2', p='2', training='')
    safetensors.save(path, network.state_dict(), metadata)
    assert weights.load_network(path).config == OLD
    safetensors.save(path, network.state_dict(), dict(metadata, format='stylerwkv-3'))
    with pytest.raises(ValueError, match='stylerwkv-3'):
        weights.load_network(path)


def test_narrowed_network_keeps_what_fits(tmp_path):
    """Where nothing is left out the output stays; where something is, the encoder does, and what is left is a part
    of it."""
    network = noisy(OLD)
    same, small = dict(network.state_dict()), dict(network.state_dict())
    narrow.narrow(same, OLD, OLD['decoder_channels'])
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in same.items())
    narrow.narrow(small, OLD, TINY['decoder_channels'])
    narrowed = StyleRwkv(TINY)
    narrowed.load_state_dict(small)
    assert torch.equal(small['encoder.3.blocks.0.spatial.key.weight'], network.encoder[3].blocks[0].spatial.key.weight)
    assert all(any(torch.equal(row, other) for other in network.head.weight.transpose(0, 1))
               for row in small['head.weight'].transpose(0, 1))


def test_weights_that_do_not_fit_are_refused(tmp_path):
    state = noisy(TINY).state_dict()
    state['stem.bias'] = state['stem.bias'] + 1e6
    with pytest.raises(ValueError):
        weights.save_weights(str(tmp_path / 'w.safetensors'), state, TINY, '')


def test_generator_is_the_documented_one():
    draw = export.Lcg(1)
    assert draw() == ((1664525 + 1013904223) % 2 ** 32 >> 8) / 2 ** 24


def make_pictures(directory, count, seed):
    directory.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(count):
        coarse = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((60 + i, 50), Image.BICUBIC).save(directory / ('%d.png' % i))
    (directory / 'broken.jpg').write_bytes(b'no picture')


def make_loss_networks(directory):
    """Random networks a sixteenth as wide, with the tensor names of the real files."""
    directory.mkdir()
    torch.manual_seed(0)

    def layer(name, inputs, outputs, size):
        scale = (2 / (inputs * size * size)) ** 0.5
        return {name + '.weight': torch.randn(outputs, inputs, size, size) * scale,
                name + '.bias': torch.zeros(outputs)}

    def chain(names, prefix):
        tensors, inputs = {}, 3
        for n in names:
            tensors.update(layer(prefix + n, inputs, 16, 3))
            inputs = 16
        return tensors

    vgg = chain(losses.VGG_LAYERS, 'conv')
    vgg['conv1_1.weight'] /= 255
    safetensors.save(directory / losses.VGG_FILE, vgg, {})
    pruned = dict(chain(losses.PRUNED_LAYERS, 'conv'), **layer('conv0', 3, 3, 1))
    safetensors.save(directory / losses.PRUNED_FILE, pruned, {})


@pytest.fixture(scope='module')
def material(tmp_path_factory):
    root = tmp_path_factory.mktemp('material')
    make_pictures(root / 'content', 3, 1)
    make_pictures(root / 'style', 3, 2)
    make_loss_networks(root / 'loss')
    return root


def arguments(material, out, *more):
    names = ['--content', 'content', '--style', 'style', '--loss-dir', 'loss']
    paths = [a if a.startswith('--') else str(material / a) for a in names]
    return train.parse(paths + ['--out', str(out), '--crop', '32', '--batch', '2', '--extra', '1', '--warmup', '2',
                                '--schedule', 'constant', '--log-every', '2', '--device', 'cpu',
                                '--w-identity-features', '0.5', '--w-structure', '1', '--w-weave', '1', '--w-rim', '1',
                                '--w-swd', '1', '--w-even', '1', '--sheet-every', '1000', *more])


def test_losses_compute_in_what_there_is(material, tmp_path, monkeypatch, capfd):
    """A PyTorch without bfloat16 kernels gets float32, and says so; --float32-loss asks no further."""
    def dtype(*more):
        return train.Trainer(arguments(material, tmp_path, *more)).network.dtype

    assert dtype('--float32-loss') == torch.float32
    expected = torch.bfloat16 if losses.computes_in(torch.bfloat16, 'cpu') else torch.float32
    assert dtype() == expected
    capfd.readouterr()
    monkeypatch.setattr(losses, 'computes_in', lambda *_: False)
    assert dtype() == torch.float32
    assert 'the loss networks compute in float32' in capfd.readouterr().out


def test_crops_repeat_and_survive_broken_pictures(material):
    pictures = data.Pictures(str(material / 'content'))
    first, second = (pictures.crop(np.random.default_rng(5), 32, 0.5) for _ in range(2))
    assert first.shape == (32, 32, 3) and np.array_equal(first, second)
    for seed in range(20):
        pictures.crop(np.random.default_rng(seed), 48, 0.3)
    assert any(p is None for p in pictures.cache.values())


def test_losses_vanish_where_they_should(material):
    network = losses.LossNetwork(str(material / 'loss'))
    a, b = torch.rand(1, 64, 64, 3), torch.rand(1, 64, 64, 3)
    with torch.no_grad():
        fa, fb = network(a), network(b)
        assert losses.content_loss(fa, losses.content_targets(fa)) < 1e-10
        assert losses.style_loss(fa, fa) < 1e-10 and losses.gram_loss(fa, fa) < 1e-5
        assert losses.content_loss(fa, losses.content_targets(fb)) > 0.01
        assert abs(losses.structure_loss(fa, losses.self_similarity(fa))) < 1e-5
        assert losses.structure_loss(fa, losses.self_similarity(fb)) > 0.01
        assert losses.style_loss(fa, fb) > 0 and losses.gram_loss(fa, fb) > 0
    moved, grid = losses.second_frame(torch.Generator().manual_seed(1), a, 1.0)
    assert losses.video_loss(a, moved, grid, a) < losses.video_loss(b, moved, grid, a) / 20
    even = losses.evenness(torch.cat([a[:, :, :32], 0.5 + 0.01 * a[:, :, 32:]], 2))
    assert even.shape == (1, 64, 64, 1) and abs(even.mean() - 1) < 1e-4
    assert even[:, :, 40:].min() > 10 * even[:, :, :24].max()


def test_sliced_wasserstein_sees_more_than_moments(material):
    """Two maps with the same means, deviations and Gram matrices, of which one has two values and the other many."""
    def layers(values):
        return [features.Layer(values.view(1, 1, 64, 64), None, None, None)] * len(losses.SWD_LAYERS)
    two = torch.ones(4096).index_fill(0, torch.arange(2048), -1.0)
    many = torch.linspace(-1, 1, 4096)
    many = many / many.square().mean().sqrt()
    draw = [losses.sliced_wasserstein_loss(torch.Generator().manual_seed(1), layers(a), layers(b)).item()
            for a, b in ((many, many), (many, two))]
    assert draw[0] < 0.15 and draw[1] > 0.35


def test_drawn_grounds_are_even_where_the_mask_says():
    rng, shares = np.random.default_rng(1), []
    for _ in range(40):
        picture, where = synthetic.ground(rng, 96, 128)
        assert picture.shape == (96, 128, 3) and where.shape == (96, 128, 1)
        assert picture.dtype == where.dtype == np.uint8
        ground = picture[where[..., 0] > 0]
        assert ground.size == 0 or ground.std(0).max() < 3
        shares.append((where > 0).mean())
    assert max(shares) == 1 and min(shares) < 0.8


def test_batches_hold_faded_contents_and_a_ground(material):
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (48, 48, 3)).astype(np.uint8)
    faded = np.stack([synthetic.faded(rng, picture) for _ in range(40)])
    assert (faded.mean((1, 2, 3)) < 60).any() and (faded.mean((1, 2, 3)) > 180).any()
    batches = data.Batches(data.Pictures(str(material / 'content')), data.Pictures(str(material / 'style')), 32, 2,
                           (1,), 0, faded=1.0)
    content, style, ground, where = next(batches)
    batches.close()
    assert content.shape == style.shape == (2, 32, 32, 3)
    assert ground.shape[:3] == where.shape[:3] and ground.shape[0] == 1 and ground.shape[3] == 3
    assert all(side % 16 == 0 for side in ground.shape[1:3]) and set(where.unique().tolist()) <= {0.0, 1.0}


def test_even_is_the_variance_of_the_ground():
    where = torch.zeros(1, 20, 30, 1)
    where[:, :, 10:] = 1
    picture = torch.rand(1, 1, 1, 3).expand(1, 20, 30, 3).clone()
    picture[:, :, :10] = torch.rand(1, 20, 10, 3)
    assert losses.even_loss(picture, where) < 1e-10
    picture[:, ::2] += 0.1
    assert abs(losses.even_loss(picture, where).item() - 0.05 ** 2) < 1e-6
    assert losses.even_loss(picture, torch.zeros_like(where)) == 0


def test_flow_of_whole_pixels_is_exact():
    grids = losses.random_flow(torch.Generator().manual_seed(1), 8, 24, 40, 3.0)
    picture = torch.rand(8, 24, 40, 3)
    moved = losses.warp(picture, grids)
    exact = [any((moved[i, 9:-9, 9:-9] - picture[i, 9 + y:15 + y, 9 + x:31 + x]).abs().max() < 1e-4
                 for y in range(-9, 10) for x in range(-9, 10)) for i in range(8)]
    assert 1 < sum(exact) < 7


def test_weave_is_what_repeats_every_four_or_eight_pixels():
    """A pattern of the grids counts, whatever the picture; noise, edges, ramps and other periods hardly do."""
    def weave(picture):
        return losses.weave_loss(picture.clamp(0, 1)).item()
    rows, columns = torch.arange(96.).view(1, 96, 1, 1), torch.arange(112.).view(1, 1, 112, 1)
    noise = 0.1 * torch.randn(1, 96, 112, 3, generator=torch.Generator().manual_seed(1))
    ramp = (0.3 + rows / 400 + columns / 400).expand(1, 96, 112, 3)
    lines = 0.05 * (columns % 4 < 1)
    assert weave(ramp) < 1e-6
    # over eight of the longer periods noise, and an edge of ten times the contrast, average out less
    assert weave(ramp + noise) < weave(ramp + lines) / 4
    assert weave(ramp + 0.5 * (columns > 50)) < weave(ramp + lines) / 2
    assert weave(ramp + 0.05 * (columns % 6 < 1)) < weave(ramp + lines) / 5
    assert weave(ramp + lines + noise) > weave(ramp + lines)
    assert weave(ramp + 0.05 * (rows % 2)) > weave(ramp + lines) / 5
    assert weave(ramp + 2 * lines) > 3.9 * weave(ramp + lines)
    assert weave(ramp + 0.05 * (columns % 8 < 2)) > weave(ramp + lines) / 2


def test_rim_is_what_changes_where_the_content_does_not():
    """A rim inside even ground counts; another colour of either side, and strokes that average out, hardly do."""
    columns = torch.arange(96.).view(1, 1, 96, 1).expand(1, 64, 96, 3)
    content = 0.2 + 0.6 * (columns > 40)
    rim = 0.2 * ((columns > 40) & (columns < 50))
    strokes = 0.2 * (columns % 5 < 1)
    assert losses.rim_loss(1 - content, content) < 1e-6
    assert losses.rim_loss(content + strokes, content) < 1e-6
    assert losses.rim_loss(content + rim, content) > 1e-3
    assert losses.rim_loss(content + 2 * rim, content) > 3.9 * losses.rim_loss(content + rim, content)
    assert losses.rim_loss(content + rim, content + rim) < losses.rim_loss(content + rim, content) / 5


@pytest.mark.parametrize('preset,optimizer', [('base', 'adam'), ('small', 'adam'), ('small', 'muon')])
def test_resume_continues_identically(material, tmp_path, preset, optimizer):
    kind = '--preset', preset, '--optimizer', optimizer
    whole = train.train(arguments(material, tmp_path / 'whole', *kind, '--iterations', '4'))
    train.train(arguments(material, tmp_path / 'parts', *kind, '--iterations', '2'))
    parts = train.train(arguments(material, tmp_path / 'parts', *kind, '--iterations', '4'))
    assert parts.iteration == 4 and parts.pictures == 8 and parts.skipped == 0
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[name]), name
        assert torch.equal(whole.average[name], parts.average[name]), name
    assert os.path.exists(tmp_path / 'parts' / 'log.csv')


def test_another_optimizer_is_refused(material, tmp_path):
    train.train(arguments(material, tmp_path / 'run', '--iterations', '1'))
    with pytest.raises(SystemExit, match='another --optimizer'):
        train.Trainer(arguments(material, tmp_path / 'run', '--optimizer', 'muon')).resume()


@pytest.mark.parametrize('shape', [(3, 16, 48), (2, 40, 8), (1, 7, 7)])
def test_orthogonalise_makes_singular_values_alike(shape):
    before = random(*shape, dtype=torch.float32)
    after = orthogonalise(before)
    assert after.shape == before.shape
    values = torch.linalg.svdvals(after)
    assert values.min() > 0.5 and values.max() < 1.3
    # the same singular vectors: U^T after V is diagonal
    u, _, vh = torch.linalg.svd(before, full_matrices=False)
    rotated = u.transpose(1, 2) @ after @ vh.transpose(1, 2)
    assert (rotated - torch.diag_embed(torch.diagonal(rotated, dim1=1, dim2=2))).abs().max() < 1e-3


def test_muon_steps_are_as_large_as_adams():
    """Whatever the scale of the gradient; and the matrix goes where the loss falls."""
    target, lr = random(24, 36, dtype=torch.float32), 1e-2
    for scale in (1e-3, 1e3):
        matrix = torch.nn.Parameter(torch.zeros(24, 36))
        optimizer = Muon([matrix], lr)
        for _ in range(600):
            before = matrix.detach().clone()
            optimizer.zero_grad()
            (scale * ((matrix - target) ** 2).sum()).backward()
            optimizer.step()
            assert (matrix - before).pow(2).mean().sqrt() < 0.4 * lr
        assert (matrix - target).pow(2).mean() < 0.25 * target.pow(2).mean()


def test_every_parameter_learns(material, tmp_path):
    args = arguments(material, tmp_path / 'run', '--iterations', '4')
    torch.manual_seed(args.seed)
    before = StyleRwkv(TINY).state_dict()
    after = train.train(args).model.state_dict()
    assert [n for n in before if torch.equal(before[n], after[n])] == []


def test_plain_shift_is_deform_shift_without_offsets(material, tmp_path):
    shift, x = PlainShift(CHANNELS), random(2, 5, 7, CHANNELS, dtype=torch.float32)
    still = operators.plain_deform_shift(x, shift.tap, torch.zeros(2, 5, 7, 18))
    assert_same([shift(x)], [still], 1e-5)
    trainer = train.train(arguments(material, tmp_path / 'run', '--iterations', '1', '--plain-shift'))
    with pytest.raises(ValueError, match='cannot be exported'):
        weights.save_weights(str(tmp_path / 'w.safetensors'), trainer.average, trainer.model.config, '')


def test_new_stage_with_other_settings(material, tmp_path):
    train.train(arguments(material, tmp_path / 'run', '--iterations', '2'))
    args = arguments(material, tmp_path / 'run', '--iterations', '3', '--stage', '2', '--crop', '48', '--batch', '1')
    trainer = train.train(args)
    assert trainer.stage['first'] == 2 and trainer.pictures == 5
    network = weights.load_network(str(tmp_path / 'run' / 'checkpoint.pt'))
    assert network.config == TINY


def test_run_starts_from_exported_weights(material, tmp_path):
    first = train.train(arguments(material, tmp_path / 'first', '--iterations', '2'))
    path = str(tmp_path / 'weights.safetensors')
    weights.save_weights(path, first.average, TINY, '', dtype=torch.float32)
    second = train.Trainer(arguments(material, tmp_path / 'second', '--init', path))
    second.resume()
    assert second.iteration == 0
    for name, value in second.model.state_dict().items():
        assert torch.equal(value, first.average[name]) and torch.equal(second.average[name], value), name
    with pytest.raises(SystemExit, match='another network'):
        train.Trainer(arguments(material, tmp_path / 'third', '--set', 'skip_step=1', '--init', path)).resume()


def test_non_finite_step_is_skipped(material, tmp_path):
    trainer = train.Trainer(arguments(material, tmp_path / 'run', '--iterations', '2'))
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    picture = torch.rand(2, 32, 32, 3)
    assert trainer.step(picture * float('nan'), picture, picture[:1], picture[:1, ..., :1]) is None
    assert trainer.skipped == 1
    assert all(torch.equal(v, before[k]) for k, v in trainer.model.state_dict().items())


@pytest.mark.skipif(not torch.distributed.is_available(), reason='PyTorch without torch.distributed')
def test_two_processes_share_a_batch(material, tmp_path):
    args = arguments(material, tmp_path / 'run', '--iterations', '2', '--processes', '2', '--threads', '1')
    trainer = train.train(args)
    assert trainer.iteration == 2 and trainer.pictures == 4
    weights.load_network(str(tmp_path / 'run' / 'checkpoint.pt'))


@pytest.mark.skipif(not torch.distributed.is_available(), reason='PyTorch without torch.distributed')
def test_two_processes_end_together_when_time_is_up(material, tmp_path):
    args = arguments(material, tmp_path / 'run', '--minutes', '0.01', '--processes', '2', '--threads', '1')
    trainer = train.train(args)
    assert trainer.stage['seconds'] >= 0.6 and trainer.iteration > 0
