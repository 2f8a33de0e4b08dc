"""Receptive fields against index sets and gradients; grids pixel by pixel; the strongest patches against a loop."""
import dataclasses
import doctest

import numpy as np
import pytest

from course_lib import draw_texture, load_vgg, receptive, sample_photo, tf, Vgg
from course_lib.lessons import feature_maps
from course_lib.lessons.feature_maps import map_grid, strongest_patches, tile_images
from course_lib.receptive import receptive_fields, ReceptiveField
from course_lib.mat.network import Layer, MatNetwork


def conv(name, kernel=3, stride=1, pad=1, channels=1, inputs=1):
    """A convolution whose kernel has no zero and no sign: whatever it can see, it does see."""
    values = np.random.default_rng(len(name)).uniform(0.1, 1, (kernel, kernel, inputs, channels)).astype(np.float32)
    return Layer(name, "conv", values, np.zeros(channels, np.float32), (stride, stride), (pad,) * 4)


def pool(name):
    return Layer(name, "pool", stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2))


def network(*layers):
    return Vgg(MatNetwork(layers, np.zeros(3, np.float32)))


def seen(layers, position, upto):
    """The rows of the picture, padding included, that a position depends on: every tap followed back, one by one."""
    rows = {position}
    for layer in reversed(layers[:upto + 1]):
        if layer.type in ("conv", "pool"):
            taps = layer.kernel.shape[0] if layer.type == "conv" else layer.pool[0]
            rows = {row * layer.stride[0] - layer.pad[0] + tap for row in rows for tap in range(taps)}
    return rows


NETWORKS = {
    "course": lambda: load_vgg("course"),
    "wide kernels": lambda: network(conv("conv1_1", 7, pad=3, inputs=3), conv("conv1_2", 5, pad=2), pool("pool1"),
                                    conv("conv2_1"), conv("conv2_2", 1, pad=0), pool("pool2"), conv("conv3_1", 5, pad=2)),
    "strides": lambda: network(conv("conv1_1", 5, 2, 2, inputs=3), conv("conv1_2", 3, 3), pool("pool1"), conv("fc", 4, pad=0)),
}


@pytest.fixture(scope="module")
def vgg():
    return load_vgg("course")


def test_docstring_examples_hold():
    names = {"np": np, "load_vgg": load_vgg, "sample_photo": sample_photo}
    results = [doctest.testmod(module, extraglobs=names) for module in (feature_maps, receptive)]
    assert sum(result.attempted for result in results) >= 6 and not any(result.failed for result in results)


# ------------------------------------------------------------------------------------------------ receptive fields

@pytest.mark.parametrize("net", NETWORKS)
@pytest.mark.parametrize("position", [0, 1, 5])
def test_boxes_agree_with_every_tap_followed_back(net, position):
    made = NETWORKS[net]()
    for i, (name, field) in enumerate(receptive_fields(made).items()):
        rows = seen(made.network.layers, position, i)
        assert field.box(position, 0)[::2] == (min(rows), max(rows) + 1), name
        assert len(rows) == field.size                                   # without holes, for kernels that overlap


@pytest.mark.parametrize("net", NETWORKS)
def test_strides_are_the_step_from_one_position_to_the_next(net):
    made = NETWORKS[net]()
    for i, field in enumerate(receptive_fields(made).values()):
        steps = {min(seen(made.network.layers, p + 1, i)) - min(seen(made.network.layers, p, i)) for p in range(4)}
        assert steps == {field.stride}


@pytest.mark.parametrize("shape", [(1, 64, 96, 3), (1, 61, 83, 3)])
@pytest.mark.parametrize("layer", ["conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "conv3_1"])
def test_the_gradient_is_not_zero_in_the_box_and_zero_outside(layer, shape):
    made = NETWORKS["wide kernels"]()
    picture = tf.constant(np.random.default_rng(0).uniform(0, 255, shape), tf.float32)
    row, column = (n // 2 for n in made.features(picture, layer)[layer].shape[1:3])
    with tf.GradientTape() as tape:
        tape.watch(picture)
        answer = made.features(picture, layer, "average")[layer][0, row, column, 0]
    lit = tape.gradient(answer, picture).numpy()[0].any(-1)
    top, left, bottom, right = receptive_fields(made)[layer].box(row, column)
    expected = np.zeros(shape[1:3], bool)
    expected[top:bottom, left:right] = True
    np.testing.assert_array_equal(lit, expected)


def test_known_sizes_of_vgg_19(vgg):
    fields = receptive_fields(vgg)
    sizes = [fields[name].size for name in ("relu1_2", "pool1", "relu2_2", "pool2", "relu3_4", "relu4_4", "relu5_4", "pool5")]
    assert sizes == [5, 6, 14, 16, 48, 116, 252, 268]
    assert [fields[name].stride for name in ("relu1_1", "pool1", "relu5_4", "pool5")] == [1, 2, 16, 32]
    assert fields["fc6"] == dataclasses.replace(fields["fc6"], size=268 + 6 * 32) and fields["prob"] == fields["fc8"]
    assert tuple(fields) == vgg.layer_names and all(isinstance(v, int) for v in vars(fields["fc6"]).values())


def test_oblong_kernels_are_refused():
    layer = dataclasses.replace(conv("conv1_1"), kernel=np.ones((3, 5, 3, 1), np.float32))
    with pytest.raises(ValueError, match="conv1_1 has kernel"):
        receptive_fields(network(layer))


def test_a_field_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ReceptiveField().size = 3


# ------------------------------------------------------------------------------------------------ grids

def test_tiles_pixel_by_pixel():
    pictures = [np.random.default_rng(i).uniform(0, 255, (1, 4, 5, 3)).astype(np.float32) for i in range(5)]
    sheet = tile_images(pictures, columns=3, gap=1, zoom=2)
    assert sheet.shape == (1, 2 * 8 + 1, 3 * 10 + 2, 3) and sheet.dtype == np.float32
    expected = np.full(sheet.shape, 255.0)
    for n, picture in enumerate(pictures):
        for y in range(8):
            for x in range(10):
                expected[0, n // 3 * 9 + y, n % 3 * 11 + x] = picture[0, y // 2, x // 2]
    np.testing.assert_array_equal(sheet, expected)
    np.testing.assert_array_equal(tile_images(dict(enumerate(pictures)), 3, 1, 2), sheet)


@pytest.mark.parametrize("count, shape", [(1, (1, 2, 2, 3)), (4, (1, 6, 6, 3)), (5, (1, 6, 10, 3)), (9, (1, 10, 10, 3))])
def test_tiles_make_about_a_square(count, shape):
    assert tile_images([np.zeros((1, 2, 2, 3))] * count).shape == shape


@pytest.mark.parametrize("pictures", [[], {}, [np.zeros((1, 2, 2, 3)), np.zeros((1, 3, 2, 3))]])
def test_tiles_of_two_sizes_or_none_are_refused(pictures):
    with pytest.raises(ValueError, match="pictures have the shapes"):
        tile_images(pictures)


def test_maps_have_the_colours_of_inferno():
    import matplotlib
    values = np.linspace(0, 7, 12).reshape(1, 3, 4, 1)
    picture = map_grid(values)
    levels = np.rint(255 * values[0, ..., 0].astype(np.float32) / 7).astype(np.uint8)
    np.testing.assert_allclose(picture[0], 255 * matplotlib.colormaps["inferno"](levels)[..., :3], atol=1.5)


def test_maps_in_the_order_asked_for_each_by_its_own_largest_value_or_by_one():
    maps = np.random.default_rng(0).uniform(-1, 1, (1, 4, 6, 5)) * [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(map_grid(maps, [3, 1], columns=1, gap=0)[:, :4], map_grid(maps[..., 3:4]))
    np.testing.assert_array_equal(map_grid(maps), map_grid(maps * 10))
    np.testing.assert_array_equal(map_grid(maps), map_grid(np.maximum(maps, 0)))
    assert map_grid(maps, reach=50).sum() < map_grid(maps, reach=5).sum()
    np.testing.assert_array_equal(map_grid(tf.constant(maps)), map_grid(maps))
    assert np.ptp(map_grid(np.zeros((1, 3, 3, 2)), gap=0), axis=(0, 1, 2)).max() == 0      # all black, no NaN


@pytest.mark.parametrize("arguments, said", [((np.zeros((4, 4, 2)),), "features have shape"), ((np.zeros((2, 4, 4, 2)),), "shape"),
                                             ((np.zeros((1, 4, 4, 2)), [2]), "this layer has 0 to 1"),
                                             ((np.zeros((1, 4, 4, 2)), None, None, 2, 1, 0), "reach is 0")])
def test_map_grid_says_what_is_wrong(arguments, said):
    with pytest.raises(ValueError, match=said):
        map_grid(*arguments)


# ------------------------------------------------------------------------------------------------ patches

PICTURES = {"cat": (64, 80), "rocket": (70, 64)}


@pytest.mark.parametrize("layer, size", [("relu2_1", None), ("relu3_1", None), ("relu3_1", 11), ("conv1_1", 7)])
def test_patches_against_a_loop(vgg, layer, size):
    pictures = {name: sample_photo(name, size=shape) for name, shape in PICTURES.items()}
    channels, field = [0, 5], receptive_fields(vgg)[layer]
    found = strongest_patches(vgg, pictures, layer, channels, size=size)
    for channel in channels:
        best = []
        for title, picture in pictures.items():
            maps, candidates = vgg.features(picture, layer)[layer].numpy(), []
            for row in range(maps.shape[1]):
                for column in range(maps.shape[2]):
                    top, left, bottom, right = field.box(row, column)
                    cut = 0 if size is None else (field.size - size) // 2
                    top, left, bottom, right = top + cut, left + cut, top + cut + (size or field.size), left + cut + (size or field.size)
                    if min(top, left) >= 0 and bottom <= picture.shape[1] and right <= picture.shape[2]:
                        candidates.append((maps[0, row, column, channel], -row, -column, title, picture[:, top:bottom, left:right]))
            best.append(max(candidates, key=lambda c: c[:3]))
        best.sort(key=lambda c: -c[0])
        for patch, (value, row, column, title, image) in zip(found[channel], best, strict=True):
            assert (patch.title, patch.row, patch.column) == (title, -row, -column)
            assert patch.value == pytest.approx(float(value))
            np.testing.assert_array_equal(patch.image, image)


def test_the_patch_alone_brings_the_answer_back(vgg):
    """A patch of the size of the receptive field holds all that the value depends on: put it into noise and see."""
    field = receptive_fields(vgg)["relu3_1"]
    [patch] = strongest_patches(vgg, {"texture": draw_texture("pebbles", seed=0, size=96)}, "relu3_1", [3])[3]
    noise = np.random.default_rng(0).uniform(0, 255, (1, 96, 96, 3)).astype(np.float32)
    top, left, bottom, right = field.box(patch.row, patch.column)
    noise[:, top:bottom, left:right] = patch.image
    value = vgg.features(noise, "relu3_1")["relu3_1"].numpy()[0, patch.row, patch.column, 3]
    assert value == pytest.approx(patch.value, abs=1e-3) and patch.value > 0


def test_count_and_order(vgg):
    pictures = {name: draw_texture(name, seed=0, size=48) for name in ("pebbles", "bricks", "waves", "wood")}
    found = strongest_patches(vgg, pictures, "relu2_2", np.arange(3), count=3)
    assert list(found) == [0, 1, 2] and all(len(patches) == 3 for patches in found.values())
    for patches in found.values():
        assert [p.value for p in patches] == sorted((p.value for p in patches), reverse=True)
        assert len({p.title for p in patches}) == 3


def test_pictures_without_room_are_left_out_or_refused(vgg):
    small, large = draw_texture("waves", seed=0, size=20), draw_texture("waves", seed=0, size=64)
    found = strongest_patches(vgg, {"small": small, "large": large}, "relu3_1", [0])
    assert [patch.title for patch in found[0]] == ["large"]
    with pytest.raises(ValueError, match="pictures has no picture with room for a patch of 24"):
        strongest_patches(vgg, {"small": small}, "relu3_1", [0])
    with pytest.raises(ValueError, match="'relu9_9' is not in this network"):
        strongest_patches(vgg, {"large": large}, "relu9_9", [0])
