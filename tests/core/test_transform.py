"""How a photograph becomes the network's square."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import v2

from rn18demo.core.transform import IMAGENET_MEAN, IMAGENET_STD, InputTransform

SIDES = st.integers(8, 400)


def smooth(width: int, height: int) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 3, width), np.linspace(0, 2, height))
    planes = [127 + 100 * np.sin(x + y), 127 + 100 * np.cos(x), 60 * y]
    return Image.fromarray(np.stack(planes, -1).astype(np.uint8))


@pytest.mark.parametrize("size", [(500, 375), (375, 500), (640, 640), (224, 300), (1200, 90)])
def test_agrees_with_torchvisions_own(size: tuple[int, int]) -> None:
    theirs = v2.Compose(
        [
            v2.Resize(256),
            v2.CenterCrop(224),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )
    image = smooth(*size)
    # The cut falls on whole pixels there and on the exact place here: at most one apart.
    assert (InputTransform().tensor(image) - theirs(image)).abs().mean() < 0.03


@given(width=SIDES, height=SIDES, resize=st.sampled_from([224, 256]))
def test_the_crop_is_square_central_and_inside(width: int, height: int, resize: int) -> None:
    left, top, right, bottom = InputTransform(resize=resize).crop_box(width, height)
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert left + right == pytest.approx(1)
    assert top + bottom == pytest.approx(1)
    across, down = (right - left) * width, (bottom - top) * height
    assert across == pytest.approx(down)
    assert across == pytest.approx(min(width, height) * 224 / resize)


@pytest.mark.parametrize("soften", [None, 64, 128])
def test_shapes(soften: int | None) -> None:
    transform = InputTransform(soften=soften)
    image = smooth(90, 40)
    assert transform.picture(image).size == (224, 224)
    assert transform.tensor(image).shape == (3, 224, 224)
    assert transform.tensor(image).dtype == torch.float32


def test_softening_removes_fine_detail_and_nothing_else() -> None:
    fine = Image.fromarray((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8))
    square = np.asarray(InputTransform(soften=64).picture(fine.convert("RGB")))
    assert square.std() < 10
    assert 110 < square.mean() < 145


def test_survives_json() -> None:
    transform = InputTransform(resize=240, soften=128)
    assert InputTransform.from_json(transform.as_json()) == transform
    with pytest.raises(TypeError):
        InputTransform.from_json({"sharpen": 1})
