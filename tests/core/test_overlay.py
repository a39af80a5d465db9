"""Maps drawn as pictures."""

import numpy as np
from PIL import Image

from rn18demo.core.overlay import channel_grid, grey, overlay

CORNER = np.zeros((7, 7), np.float32)
CORNER[0, 6] = 3.0


def test_grey_has_its_peak_where_the_map_has_it() -> None:
    pixels = np.asarray(grey(CORNER))
    assert pixels.shape == (224, 224)
    assert pixels[0, -1] == 255
    assert pixels[-1, 0] == 0


def test_an_empty_map_is_black() -> None:
    assert np.asarray(grey(np.zeros((7, 7)))).max() == 0


def test_overlay_covers_the_crop_and_dims_the_rest() -> None:
    image = Image.new("RGB", (400, 200), (100, 100, 100))
    drawn = np.asarray(overlay(image, CORNER, (0.25, 0.0, 0.75, 1.0), opacity=1.0))
    assert drawn.shape == (200, 400, 3)
    assert (abs(drawn[:, :100].astype(int) - 40) <= 1).all()
    assert (abs(drawn[:, 300:].astype(int) - 40) <= 1).all()
    hot, cold = drawn[2, 297].astype(int), drawn[197, 102].astype(int)
    assert hot[0] > hot[2]  # the hot end of the colour map is red, the cold one blue
    assert cold[2] > cold[0]


def test_no_opacity_leaves_the_crop_as_it_is() -> None:
    image = Image.effect_noise((60, 60), 50).convert("RGB")
    drawn = overlay(image, CORNER, (0.0, 0.0, 1.0, 1.0), opacity=0.0)
    assert np.array_equal(np.asarray(drawn), np.asarray(image))


def test_the_grid_holds_every_channel() -> None:
    sheet = channel_grid(np.ones((5, 7, 7)), tile=10, gap=2)
    assert sheet.size == (3 * 12 - 2, 2 * 12 - 2)
    assert (np.asarray(sheet) == 255).sum() == 5 * 100
