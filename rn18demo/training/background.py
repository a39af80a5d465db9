"""Whether a class was photographed before one background that gives it away."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MIN_PICTURES = 4
"""Different pictures of a class below which nothing can be said about its background."""
RING = 2
"""Width of the border that is taken for background, in pixels of the 16 x 16 thumbnail."""
TOLERANCE = 16
"""Levels of 0 to 255, mean of the three colours, within which two borders agree at a place."""
ALIKE = 0.75
"""Share of the border that agrees in a picture with the background; an arm may reach in."""
DIFFERENT = 0.5
"""Share of the border that agrees at most in a picture with another background."""
OTHERS = 0.75
"""Share of the other classes' pictures that must have another background."""


def single_background(classes: Sequence[Sequence[NDArray[np.uint8]]]) -> list[int]:
    """Find classes all of whose pictures share a border that other classes do not have.

    It is a guess from the border alone and meant to stay silent when in doubt: one picture
    at another place is enough.

    Args:
        classes: For each class its different pictures as (16, 16, 3), 0 to 255.

    Returns:
        Indices of such classes.
    """
    borders = [np.array([_border(thumbnail) for thumbnail in one]) for one in classes]
    found = []
    for index, own in enumerate(borders):
        others = [other for i, other in enumerate(borders) if i != index and len(other)]
        if len(own) < MIN_PICTURES or not others:
            continue
        usual = np.median(own, axis=0)
        elsewhere = _agreement(np.concatenate(others), usual) <= DIFFERENT
        if (_agreement(own, usual) >= ALIKE).all() and elsewhere.mean() >= OTHERS:
            found.append(index)
    return found


def _border(thumbnail: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(places, 3) of the outer ring."""
    ring = np.ones(thumbnail.shape[:2], dtype=bool)
    ring[RING:-RING, RING:-RING] = False
    return thumbnail[ring].astype(np.float32)


def _agreement(borders: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float64]:
    """(pictures,): the share of places within `TOLERANCE`, 0 to 1."""
    distance = np.abs(borders - usual).mean(axis=2)
    share: NDArray[np.float64] = (distance <= TOLERANCE).mean(axis=1)
    return share
