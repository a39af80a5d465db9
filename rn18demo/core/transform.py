"""How a photograph becomes the square that the network receives."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class InputTransform:
    """Resize the short side, cut out the centre, normalise.

    Attributes:
        resize: Length of the short side after scaling, in pixels.
        crop: Side of the square cut from the centre, in pixels; at most `resize`.
        soften: If set, the crop is scaled down to this side and up again: a network
            trained on small pictures has never seen finer detail.
        mean: Mean of each colour channel, subtracted after scaling to 0 to 1.
        std: Spread of each colour channel, divided by.
    """

    resize: int = 256
    crop: int = 224
    soften: int | None = None
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def crop_box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a picture that the network sees.

        Returns:
            left, top, right, bottom, as shares 0 to 1 of the picture's width and height.
        """
        share = self.crop / self.resize
        across, down = share * min(1, height / width), share * min(1, width / height)
        return (1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2

    def picture(self, image: Image.Image) -> Image.Image:
        """The exact crop x crop RGB picture that the network receives."""
        left, top, right, bottom = self.crop_box(*image.size)
        box = (
            left * image.width,
            top * image.height,
            right * image.width,
            bottom * image.height,
        )
        # Cut and scale in one step: a panorama is never enlarged as a whole first.
        first = self.soften or self.crop
        filter_ = Image.Resampling.BILINEAR
        square = image.resize((first, first), filter_, box=box)
        if first != self.crop:
            square = square.resize((self.crop, self.crop), filter_)
        return square

    def tensor(self, image: Image.Image) -> Tensor:
        """(3, crop, crop) float32: `picture`, scaled to 0 to 1 and normalised."""
        return self.normalise(self.picture(image))

    def normalise(self, square: Image.Image) -> Tensor:
        """(3, crop, crop) float32 from what `picture` returned."""
        scaled = F.to_dtype(v2.functional.pil_to_tensor(square), torch.float32, scale=True)
        return F.normalize(scaled, list(self.mean), list(self.std))

    def as_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Build from `as_json`'s dictionary; unknown keys raise TypeError."""
        known = dict(values)
        for key in ("mean", "std"):
            if key in known:
                known[key] = tuple(known[key])
        return cls(**known)
