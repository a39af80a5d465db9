"""Pictures that show the same: copies that were resized, saved again, or taken a moment later.

A fingerprint finds candidates quickly; thumbnails decide. A perceptual hash alone would call
many plain pictures the same.
"""

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rn18demo.training.dataset_types import Dataset, Shot, ShotPlace
from rn18demo.training.holds import moment_groups

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
_SIGNS = np.array([(1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)], dtype=np.float32)
"""By which the three differences of a colour are summed up: the largest size of these sums is the
sum of their sizes."""


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
        Groups of near-identical pictures, and those of pictures that a held button took in one
        go, see `moment_groups`. A picture may be in one of each.
    """
    return [*duplicate_groups(dataset), *moment_groups(dataset)]


def duplicate_groups(dataset: Dataset) -> list[list[ShotPlace]]:
    """Find near-identical pictures, in one class or across classes.

    Args:
        dataset: Its held-out part is not looked at.

    Returns:
        Groups of two or more places, each sorted, in the order of their first place. A group
        holds all that is linked by pairs: its ends may differ more than a pair may.
    """
    places = [(c, s) for c, one in enumerate(dataset.classes) for s in range(len(one.shots))]
    shots = list(dict.fromkeys(dataset.shot(place) for place in places))
    labels = dict(zip(shots, _labels(shots), strict=True)) if shots else {}
    groups: dict[int, list[ShotPlace]] = {}
    for place in places:
        groups.setdefault(labels[dataset.shot(place)], []).append(place)
    return [group for group in groups.values() if len(group) > 1]


class _Memory:
    """Which shots were compared before; forgets a shot when nobody else has it.

    Of each shot, the comparison is kept that it was last part of, with its group in that. Shots
    from two groups of one comparison are apart, whatever was added or deleted since; those of one
    are linked as long as all of it is there. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Shot, tuple[int, int, int]] = WeakKeyDictionary()
        self._comparisons = 0
        self._lock = threading.Lock()

    def recall(self, shots: Sequence[Shot]) -> NDArray[np.int64]:
        """(n, 3): of each shot the last comparison, or 0; its group there; how many were in it."""
        with self._lock:
            return np.array([self._known.get(shot, (0, 0, 0)) for shot in shots], dtype=np.int64)

    def keep(self, shots: Sequence[Shot], labels: NDArray[np.int64]) -> None:
        """Remember the groups of shots that were all compared with each other."""
        sizes = np.bincount(labels)[labels]
        with self._lock:
            self._comparisons += 1
            for shot, label, size in zip(shots, labels.tolist(), sizes.tolist(), strict=True):
                self._known[shot] = self._comparisons, label, size


_memory = _Memory()


def _labels(shots: Sequence[Shot]) -> list[int]:
    """For each shot the index of the first one that it is linked to by near-identical pairs."""
    prints = np.array([shot.fingerprint for shot in shots], dtype=np.uint64)
    thumbnails = np.stack([shot.thumbnail for shot in shots]).reshape(len(shots), -1, 3)
    sums = np.moveaxis(thumbnails.astype(np.float32) @ _SIGNS.T, 2, 0).astype(np.int16, order="C")
    past, group, size = _memory.recall(shots).T
    labels = _linked_before(past, group, size)
    for index in range(len(shots) - 1):
        rest = slice(index + 1, None)  # the others have been compared with it already
        near = np.bitwise_count(prints[rest] ^ prints[index]) <= MAX_BITS
        if past[index]:
            near &= (past[rest] != past[index]) | (group[rest] == group[index])
        # Those that are linked already need no comparing: a still film is one group at once.
        candidates = np.flatnonzero(near & (labels[rest] != labels[index])) + index + 1
        # Where the changes of two places differ by more than twice what may remain, it does not
        # remain at both, whatever the exposure. This tells most apart in a tenth of the time.
        for one in sums:
            between = np.ptp(one[candidates] - one[index], axis=1)
            candidates = candidates[between <= 3 * 2 * MAX_DIFFERENCE]
        if len(candidates):
            linked = labels[candidates[_same(thumbnails[index], thumbnails[candidates])]]
            joined = np.isin(labels, [*linked, labels[index]])
            labels[joined] = labels[joined].min()
    _memory.keep(shots, labels)
    return [int(label) for label in labels]


def _linked_before(
    past: NDArray[np.int64], group: NDArray[np.int64], size: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n,): labels to begin with, by what is remembered: groups that are whole stay linked."""
    labels = np.arange(len(past))
    pairs = np.stack([past, group], axis=1)
    _, first, number, count = np.unique(
        pairs, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    number = number.reshape(-1)  # some versions of numpy return a column
    whole = (past > 0) & (count[number] == size)
    labels[whole] = first[number[whole]]
    return labels


def _same(one: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(n,): which of (n, 256, 3) thumbnails show what (256, 3) shows."""
    difference = others.astype(np.float32) - one
    exposure = np.median(difference, axis=1, keepdims=True)
    remaining = np.abs(difference - exposure.clip(-MAX_EXPOSURE, MAX_EXPOSURE)).mean(axis=2)
    return np.asarray(remaining.max(axis=1) <= MAX_DIFFERENCE)
