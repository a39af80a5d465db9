"""Little pictures for the degradation experiment: drawn figures, made on the spot from a seed."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

SIDE = 16
"""Pixels; every picture is SIDE x SIDE and grey."""
NOISE = 0.25
"""Standard deviation of the noise; ink is 1 and ground 0 before it."""
_ENLARGED = 4
"""Figures are drawn this much larger and shrunk, which smooths their edges."""


def _regular(corners: int, turned: float = 0.0) -> list[tuple[float, float]]:
    angles = [turned + 2 * math.pi * number / corners for number in range(corners + 1)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def _star() -> list[tuple[float, float]]:
    points = _regular(10, -math.pi / 2)
    return [(x, y) if n % 2 == 0 else (0.42 * x, 0.42 * y) for n, (x, y) in enumerate(points)]


FIGURES: dict[str, list[list[tuple[float, float]]]] = {
    "circle": [_regular(24)],
    "triangle": [_regular(3, -math.pi / 2)],
    "square": [_regular(4, math.pi / 4)],
    "pentagon": [_regular(5, -math.pi / 2)],
    "star": [_star()],
    "cross": [[(-1, 0), (1, 0)], [(0, -1), (0, 1)]],
    "arrow": [[(-1, 0), (1, 0)], [(0.2, -0.7), (1, 0), (0.2, 0.7)]],
    "zigzag": [[(-1, 0.6), (-0.4, -0.6), (0.3, 0.6), (1, -0.6)]],
    "bars": [[(-0.9, -0.5), (0.9, -0.5)], [(-0.9, 0.5), (0.9, 0.5)]],
    "crescent": [[*_regular(24)[4:21], *[(0.55 * x, 0.8 * y) for x, y in _regular(24)[20:3:-1]]]],
}
"""Lines of each class, in a frame from -1 to 1; y grows downwards."""


@dataclass(frozen=True)
class Pictures:
    """A set of pictures.

    Attributes:
        pixels: N x 1 x SIDE x SIDE, float, about -1 to 2: ink 1 on ground 0, with noise.
        labels: N whole numbers, 0 to len(FIGURES) - 1, as many of each as N allows.
    """

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def draw_pictures(count: int, seed: int) -> Pictures:
    """Draw pictures: each figure shifted, turned up to 30 degrees, scaled, stretched, in noise.

    Args:
        count: How many, 1 or more.
        seed: The same seed draws the same pictures; another one, others.
    """
    chance = np.random.default_rng(seed)
    labels: np.ndarray = np.arange(count) % len(FIGURES)
    chance.shuffle(labels)
    figures = list(FIGURES.values())
    pixels = np.stack([_draw(figures[label], chance) for label in labels])
    pixels += chance.normal(0, NOISE, pixels.shape)
    return Pictures(
        torch.from_numpy(pixels[:, None]).to(torch.float32), torch.from_numpy(labels).long()
    )


def _draw(lines: list[list[tuple[float, float]]], chance: np.random.Generator) -> np.ndarray:
    """One figure without noise, SIDE x SIDE, 0 to 1."""
    side = SIDE * _ENLARGED
    angle = chance.uniform(-math.pi / 6, math.pi / 6)
    wide, high = side * chance.uniform(0.2, 0.38, 2)
    left, top = side * chance.uniform(0.38, 0.62, 2)
    cosine, sine = math.cos(angle), math.sin(angle)
    image = Image.new("L", (side, side))
    canvas = ImageDraw.Draw(image)
    for line in lines:
        placed = [
            (left + wide * x * cosine - high * y * sine, top + wide * x * sine + high * y * cosine)
            for x, y in line
        ]
        canvas.line(placed, fill=255, width=int(1.3 * _ENLARGED), joint="curve")
    shrunk = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(shrunk, dtype=np.float64) / 255 * chance.uniform(0.5, 1.0)
