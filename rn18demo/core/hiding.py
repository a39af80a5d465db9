"""Hide the hottest k % of a picture: does the answer go when what the map points at goes?

What is hidden is blurred, so that colours stay and shapes go. Hiding as much at random, in
patches as coarse as the map's cells, shows what any loss of picture does.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.nn import functional as F

from rn18demo.core.analysis import Analysis
from rn18demo.core.engine import Engine
from rn18demo.core.predictions import check_class
from rn18demo.errors import RequestError

PERCENTS: tuple[int, ...] = tuple(range(0, 101, 5))
"""Shares of the picture that are hidden."""
SEEDS = 3
"""Random orders; the mean of their curves is shown."""
BLUR = 0.09
"""Radius of the blur, as a share of the picture's side: 20 of 224 pixels."""


@dataclass(frozen=True, eq=False)
class Hiding:
    """What was hidden in which order, and what was left of the answer.

    Attributes:
        square: The picture that the network received.
        blurred: The same, blurred all over.
        order: (side, side) uint8, 0 to 99: a pixel is hidden at k percent if its number is
            below k. The hottest come first.
        random_order: The same, of the first random order.
        percents: Shares hidden.
        by_map: Probability of the class, 0 to 1, for each share.
        by_chance: The same, hidden at random; the mean of several orders.
    """

    square: Image.Image
    blurred: Image.Image
    order: np.ndarray
    random_order: np.ndarray
    percents: tuple[int, ...]
    by_map: tuple[float, ...]
    by_chance: tuple[float, ...]


def hiding_order(values: np.ndarray, side: int) -> np.ndarray:
    """In which order pixels are hidden.

    Args:
        values: (h, w), of any scale and sign; enlarged between the centres of its cells.
        side: Of the picture, in pixels.

    Returns:
        (side, side) uint8, 0 (the highest 1 %) to 99, each as many times as any other to
        within one.
    """
    field = torch.as_tensor(np.asarray(values, np.float64))[None, None]
    large = F.interpolate(field, (side, side), mode="bilinear", align_corners=False).numpy()
    ranked = np.empty(side * side, np.int64)
    ranked[np.argsort(-large.ravel(), kind="stable")] = np.arange(side * side)
    return (ranked * 100 // (side * side)).astype(np.uint8).reshape(side, side)


def hide(square: Image.Image, blurred: Image.Image, order: np.ndarray, k: int) -> Image.Image:
    """The picture with its first k percent of an order blurred."""
    return Image.composite(blurred, square, Image.fromarray(np.uint8(255) * (order < k)))


def hide_hottest(
    engine: Engine,
    analysis: Analysis,
    class_index: int,
    values: np.ndarray,
    percents: tuple[int, ...] = PERCENTS,
    seed: int = 0,
) -> Hiding:
    """Hide ever more of a picture, by a map and at random; all forwards are asked at once.

    Args:
        engine: Runs the network; it joins the requests to batches.
        analysis: Of the picture.
        class_index: Whose probability is followed.
        values: (h, w), the map; signed maps are welcome, where nothing is hot.
        percents: Shares to hide, 0 to 100.
        seed: Of the random orders.

    Raises:
        RequestError: There is no such class, or the map says nothing.
    """
    check_class(class_index, len(analysis.labels))
    if not np.isfinite(values).all() or np.ptp(values) == 0:
        raise RequestError("This map is empty, so it names nothing to hide; try another class.")
    square = analysis.square
    side = square.size[0]
    blurred = square.filter(ImageFilter.GaussianBlur(BLUR * side))
    random = np.random.default_rng(seed)
    orders = [hiding_order(values, side)]
    orders += [hiding_order(random.random(values.shape), side) for _ in range(SEEDS)]
    # Nothing hidden and all hidden is the same picture in every order.
    keys = {(0 if k in (0, 100) else i, k) for i in range(len(orders)) for k in percents}
    asked = {
        (i, k): engine.submit(analysis.checkpoint, hide(square, blurred, orders[i], k))
        for i, k in sorted(keys)
    }
    left = {
        key: float(future.result().logits.softmax(0)[class_index]) for key, future in asked.items()
    }
    curves = [[left[0 if k in (0, 100) else i, k] for k in percents] for i in range(len(orders))]
    by_chance = np.mean(curves[1:], axis=0)
    return Hiding(
        square, blurred, orders[0], orders[1], percents, tuple(curves[0]), tuple(by_chance.tolist())
    )
