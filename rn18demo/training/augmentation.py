"""Replicas: the same picture as it might also have been taken."""

import random
from dataclasses import dataclass, replace

from PIL import Image, ImageEnhance, ImageOps

from rn18demo.core.transform import InputTransform
from rn18demo.training.dataset_types import Shot

SMALLEST_CROP = 0.6
"""Least share of the largest square of a picture that a random crop keeps, 0 to 1, by area."""
COLOUR_RANGE = 0.3
"""Brightness, contrast and saturation are multiplied by 1 - this to 1 + this."""


@dataclass(frozen=True)
class Augmentation:
    """What may differ between a picture and its replicas.

    Attributes:
        crop: Another, often smaller, square is cut out.
        flip: Left and right may be swapped.
        colour: Brightness, contrast and saturation vary.
    """

    crop: bool = True
    flip: bool = True
    colour: bool = False

    @property
    def any(self) -> bool:
        """Whether replicas differ from the picture at all."""
        return self.crop or self.flip or self.colour


def replica(
    shot: Shot,
    transform: InputTransform,
    augmentation: Augmentation,
    number: int,
    seed: int = 0,
) -> Image.Image:
    """One replica, the same for the same arguments.

    Args:
        shot: Of a picture; another one, that looks different, is varied differently.
        transform: Of the checkpoint that will look at it.
        augmentation: What may vary.
        number: 0 is the picture as the network sees it later, without any change; if `flip`
            is allowed, 1 is that in the mirror; the others are drawn at random.
        seed: Of the random numbers.

    Returns:
        (crop x crop) RGB, as `transform.picture` returns it.
    """
    picture = shot.picture
    if number == 0 or not augmentation.any:
        return transform.picture(picture)
    if number == 1 and augmentation.flip:
        return ImageOps.mirror(transform.picture(picture))
    chance = random.Random(f"{seed} {number} {shot.fingerprint}")
    square = _crop(picture, transform, chance) if augmentation.crop else transform.picture(picture)
    if augmentation.flip and chance.random() < 0.5:
        square = ImageOps.mirror(square)
    return _jitter(square, chance) if augmentation.colour else square


def preview(
    shot: Shot,
    transform: InputTransform,
    augmentation: Augmentation,
    count: int = 5,
    seed: int = 0,
) -> list[Image.Image]:
    """What the augmentation does to a picture: `count` random replicas, all different."""
    return [replica(shot, transform, augmentation, 2 + n, seed) for n in range(count)]


def _crop(picture: Image.Image, transform: InputTransform, chance: random.Random) -> Image.Image:
    side = min(picture.size) * chance.uniform(SMALLEST_CROP, 1) ** 0.5
    left = chance.uniform(0, picture.width - side)
    top = chance.uniform(0, picture.height - side)
    box = (round(left), round(top), round(left + side), round(top + side))
    # The square itself is the crop: nothing more is cut off its margins.
    return replace(transform, resize=transform.crop).picture(picture.crop(box))


def _jitter(square: Image.Image, chance: random.Random) -> Image.Image:
    changes = [ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color]
    chance.shuffle(changes)
    for change in changes:
        square = change(square).enhance(chance.uniform(1 - COLOUR_RANGE, 1 + COLOUR_RANGE))
    return square
