"""Near-identical pictures: copies are found, pictures that only resemble each other are not."""

import gc
import io
import random
import weakref
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from rn18demo.training.dataset_types import ClassShots, Dataset, Shot
from rn18demo.training.duplicates import duplicate_groups, fingerprint, related_groups
from rn18demo.training.folds import group_numbers
from tests.training.hostile_zips import scene


def shot(picture: Image.Image) -> Shot:
    return Shot(picture, "", fingerprint(picture))


def dataset(*classes: list[Image.Image]) -> Dataset:
    return Dataset(
        tuple(ClassShots(str(i), tuple(map(shot, one))) for i, one in enumerate(classes))
    )


def saved_again(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def noisy(picture: Image.Image, seed: int) -> Image.Image:
    """As a camera delivers the same still scene a moment later: 6 levels of noise."""
    noise = np.random.default_rng(seed).normal(0, 6, (picture.height, picture.width, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def desk(thing: tuple[int, int, int, int] | None) -> Image.Image:
    """A plain desk with a small thing on it, as a webcam sees it."""
    picture = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    if thing:
        ImageDraw.Draw(picture).ellipse(thing, fill=(200, 40, 30))
    return picture


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "copy",
    [
        lambda p: p.copy(),
        lambda p: saved_again(p, 40),
        lambda p: p.resize((140, 110), Image.Resampling.LANCZOS),
        lambda p: p.resize((511, 383), Image.Resampling.BICUBIC),
        lambda p: noisy(p, 7),
        lambda p: ImageEnhance.Brightness(p).enhance(1.12),
        lambda p: p.crop((2, 2, p.width - 2, p.height - 2)),
    ],
    ids=["same", "saved again", "smaller", "larger", "a moment later", "brighter", "trimmed"],
)
def test_copies_are_found(copy, seed: int) -> None:
    picture = scene(seed, (320, 240))
    assert duplicate_groups(dataset([picture, copy(picture)])) == [[(0, 0), (0, 1)]]


def test_groups_cross_classes_and_name_each_place_once() -> None:
    a, b, c = (scene(seed, (320, 240)) for seed in range(3))
    found = duplicate_groups(dataset([a, b, a], [c, saved_again(a, 60)], [scene(9), c]))
    assert found == [[(0, 0), (0, 2), (1, 1)], [(1, 0), (2, 1)]]


def test_different_pictures_are_not_grouped() -> None:
    assert duplicate_groups(dataset([scene(seed) for seed in range(60)])) == []


def test_plain_pictures_of_different_colours_are_not_grouped() -> None:
    colours = [(255, 255, 255), (0, 0, 0), (200, 30, 30), (30, 30, 200)]
    assert duplicate_groups(dataset([Image.new("RGB", (64, 64), c) for c in colours])) == []


def test_different_things_on_the_same_desk_are_not_grouped() -> None:
    pictures = [desk(None), desk((40, 60, 100, 120)), desk((200, 60, 260, 120))]
    assert duplicate_groups(dataset(pictures[:2], pictures[2:])) == []


def test_the_same_desk_a_moment_later_is_grouped() -> None:
    still = desk((40, 60, 100, 120))
    assert duplicate_groups(dataset([noisy(still, seed) for seed in range(4)])) == [
        [(0, n) for n in range(4)]
    ]


def test_nothing_is_found_in_nothing() -> None:
    assert duplicate_groups(Dataset(())) == []
    assert duplicate_groups(dataset([], [scene(1)])) == []


def test_fingerprint_has_64_bits_and_repeats() -> None:
    prints = [fingerprint(scene(seed)) for seed in range(200)]
    assert max(prints).bit_length() <= 64
    assert prints == [fingerprint(scene(seed)) for seed in range(200)]
    assert fingerprint(Image.new("RGB", (50, 50), "white")) == 0
    rising = Image.linear_gradient("L").rotate(90).convert("RGB")
    assert fingerprint(rising) == 0
    assert fingerprint(rising.rotate(180)) == 2**64 - 1


def film(seed: int, moving: bool) -> Image.Image:
    """A thing on a plain desk, which has hardly moved since the last picture."""
    x = 40 + 4 * (seed % 30 if moving else 0)
    return noisy(desk((x, 60 + seed // 30, x + 60, 120 + seed // 30)), seed)


def linked_by_pairs(shots: list[Shot]) -> set[frozenset[int]]:
    """Groups by comparing each pair by itself, so that nothing is known of others."""
    pairs = [
        [(0, a), (0, b)]
        for a, b in combinations(range(len(shots)), 2)
        if duplicate_groups(Dataset((ClassShots("x", (replace(shots[a]), replace(shots[b]))),)))
    ]
    return as_sets(group_numbers([len(shots)], pairs))


def as_sets(numbers: list[int]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(np.array(numbers) == n).tolist()) for n in set(numbers)}


def groups_now(shots: list[Shot]) -> set[frozenset[int]]:
    """As they are found with whatever is remembered of these very shots."""
    found = duplicate_groups(Dataset((ClassShots("x", tuple(shots)),)))
    return as_sets(group_numbers([len(shots)], found))


@pytest.mark.parametrize("moving", [False, True])
def test_what_is_remembered_changes_nothing(moving: bool) -> None:
    """Pictures come, go, and stand in another order, as a visitor makes it."""
    chance = random.Random(5)
    pool = [shot(film(seed, moving)) for seed in range(0, 60, 2)]
    pool += [shot(scene(seed % 6, (320, 240))) for seed in range(12)]
    for size in (12, 20, 20, 8, 30, 25, 30):
        chosen = chance.sample(pool, size)
        assert groups_now(chosen) == linked_by_pairs(chosen)


def test_a_link_goes_with_the_picture_that_made_it() -> None:
    """The ends of a film that moves are linked by what is between them, and by nothing else."""
    slow = [shot(film(seed, True)) for seed in range(30)]
    assert len(groups_now(slow)) == 1
    ends = [slow[0], slow[-1]]
    assert len(groups_now(ends)) == 2
    assert len(groups_now(slow)) == 1


def test_shots_that_are_gone_are_forgotten() -> None:
    shots = [shot(scene(seed)) for seed in range(3)]
    groups_now(shots)
    gone = weakref.ref(shots[0])
    del shots
    gc.collect()
    assert gone() is None


def test_pictures_of_one_second_belong_together_and_are_no_duplicates() -> None:
    different = [scene(seed) for seed in range(5)]
    moments = ["a-0", "a-0", "a-1", "", ""]
    shots = [replace(shot(p), moment=m) for p, m in zip(different, moments, strict=True)]
    both = Dataset((ClassShots("x", tuple(shots[:3])), ClassShots("y", tuple(shots[3:]))))
    assert duplicate_groups(both) == []
    assert related_groups(both) == [[(0, 0), (0, 1)]]


def test_a_copy_ties_two_seconds_together() -> None:
    pictures = [scene(0), scene(1), scene(1).copy(), scene(2)]
    moments = ["a-0", "a-0", "a-1", "a-1"]
    shots = [replace(shot(p), moment=m) for p, m in zip(pictures, moments, strict=True)]
    groups = related_groups(Dataset((ClassShots("x", tuple(shots)),)))
    assert group_numbers([4], groups) == [0, 0, 0, 0]
