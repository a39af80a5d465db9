"""Pictures that show the same: copies that were resized, saved again, or taken a moment later.

A fingerprint finds candidates quickly; thumbnails decide. A perceptual hash alone would call
many plain pictures the same.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rn18demo.training.dataset_types import Dataset, Shot, ShotPlace

HASH_SIDE = 8
MIN_STEP = 2
"""Grey levels by which neighbours must differ to count as a step; a plain area has none."""
MAX_BITS = 10
"""Bits by which the fingerprints of two candidates may differ, of 64."""
MAX_EXPOSURE = 24
"""Levels of 0 to 255 by which a whole picture may be brighter or tinted: cameras adapt."""
MAX_DIFFERENCE = 28
"""Largest remaining difference of two thumbnails at any of their 16 x 16 places, mean of the
three colours, in levels of 0 to 255. Saving again, scaling or cutting off 1 % stays below; a
different object before the same wall does not. Of 124,750 pairs of 500 photographs of
clothes, the closest with similar fingerprints differed by 45."""


def fingerprint(picture: Image.Image) -> int:
    """64-bit difference hash: where each of 8 x 8 fields is brighter than its right neighbour.

    After "dHash" (hackerfactor.com, "Kind of Like That", 2013), with a smallest step, because
    noise alone would decide the bits of plain areas.

    Args:
        picture: RGB, any size.

    Returns:
        0 to 2^64 - 1.
    """
    grey = picture.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    levels = np.asarray(grey, dtype=np.int16)
    bits = levels[:, :-1] - levels[:, 1:] >= MIN_STEP
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def related_groups(dataset: Dataset) -> list[list[ShotPlace]]:
    """Pictures that a fair test must not tear apart.

    Args:
        dataset: Its held-out part is not looked at.

    Returns:
        Groups of near-identical pictures, and those of pictures that a held button took within
        a second. A picture may be in one of each.
    """
    return [*duplicate_groups(dataset), *moment_groups(dataset)]


def moment_groups(dataset: Dataset) -> list[list[ShotPlace]]:
    """Groups of two or more pictures that a held button took within a second."""
    moments: dict[str, list[ShotPlace]] = {}
    for c, one in enumerate(dataset.classes):
        for s, shot in enumerate(one.shots):
            if shot.moment:
                moments.setdefault(shot.moment, []).append((c, s))
    return [group for group in moments.values() if len(group) > 1]


def duplicate_groups(dataset: Dataset) -> list[list[ShotPlace]]:
    """Find near-identical pictures, in one class or across classes.

    Args:
        dataset: Its held-out part is not looked at.

    Returns:
        Groups of two or more places, each sorted, in the order of their first place. A group
        holds all that is linked by pairs: its ends may differ more than a pair may.
    """
    places = [(c, s) for c, one in enumerate(dataset.classes) for s in range(len(one.shots))]
    groups: dict[int, list[ShotPlace]] = {}
    for place, label in zip(
        places, _labels([dataset.shot(place) for place in places]), strict=True
    ):
        groups.setdefault(label, []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _labels(shots: list[Shot]) -> list[int]:
    """For each shot the index of the first one that it is linked to by near-identical pairs."""
    if not shots:
        return []
    prints = np.array([shot.fingerprint for shot in shots], dtype=np.uint64)
    labels = np.arange(len(shots))
    for index, shot in enumerate(shots):
        # Those that are linked already need no comparing: a still film is one group at once.
        near = np.bitwise_count(prints ^ prints[index]) <= MAX_BITS
        candidates = np.flatnonzero(near & (labels != labels[index]))
        if len(candidates):
            thumbnails = np.stack([shots[c].thumbnail for c in candidates])
            linked = labels[candidates[_same(shot.thumbnail, thumbnails)]]
            joined = np.isin(labels, [*linked, labels[index]])
            labels[joined] = labels[joined].min()
    return [int(label) for label in labels]


def _same(one: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(n,): which of (n, 16, 16, 3) thumbnails show what (16, 16, 3) shows."""
    difference = others.astype(np.float32) - one
    exposure = np.median(difference, axis=(1, 2), keepdims=True)
    remaining = np.abs(difference - exposure.clip(-MAX_EXPOSURE, MAX_EXPOSURE)).mean(axis=3)
    return np.asarray(remaining.max(axis=(1, 2)) <= MAX_DIFFERENCE)
