"""What a dataset is warned of, in words, and what it is not warned of."""

from dataclasses import replace

import pytest
from PIL import Image

from rn18demo.training.checks import Finding, check_dataset
from rn18demo.training.dataset_limits import LIMITS
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot, Skipped
from rn18demo.training.duplicates import fingerprint
from tests.training.hostile_zips import scene


def shot(picture: Image.Image) -> Shot:
    return Shot(picture, "", fingerprint(picture))


def scenes(count: int, first: int) -> list[Image.Image]:
    return [scene(first + n) for n in range(count)]


def before_a_wall(count: int, first: int, wall: str) -> list[Image.Image]:
    """Different things in the middle, the same wall around them."""
    pictures = []
    for seed in range(first, first + count):
        picture = Image.new("RGB", (64, 64), wall)
        picture.paste(scene(seed, (36, 36)), (14, 14))
        pictures.append(picture)
    return pictures


def dataset(skipped: tuple[Skipped, ...] = (), /, **classes: list[Image.Image]) -> Dataset:
    return Dataset(
        tuple(ClassShots(name, tuple(map(shot, one))) for name, one in classes.items()), skipped
    )


GOOD = {"cat": scenes(10, 0), "dog": scenes(12, 100)}
TWICE = scene(0)
CASES: dict[str, tuple[Dataset, list[str], str]] = {
    "good": (dataset(**GOOD), [], ""),
    "nothing": (Dataset(()), ["one-class"], "There is no class yet."),
    "one class": (dataset(cat=GOOD["cat"]), ["one-class"], "only one class, “cat”"),
    "one name": (
        Dataset((*dataset(**GOOD).classes, ClassShots("cat", (shot(scene(300)),)))),
        ["same-name", "unmeasurable", "unequal"],
        "Two classes are called “cat”.",
    ),
    "an empty class": (dataset(**GOOD, bird=[]), ["no-pictures"], "“bird” has no pictures."),
    "one picture each": (
        dataset(cat=scenes(1, 0), dog=scenes(1, 100)),
        ["unmeasurable"],
        "Every class has only one picture (alike ones count once). That is enough to "
        "train, but nothing can be measured",
    ),
    "one picture in one": (
        dataset(**GOOD, bird=scenes(1, 200)),
        ["unmeasurable", "unequal"],
        "“bird” has only one picture",
    ),
    "one picture many times": (
        dataset(**GOOD, bird=[scene(200)] * 9),
        ["unmeasurable", "unequal", "twice"],
        "“bird” has only one picture (alike ones count once).",
    ),
    "few": (
        dataset(cat=scenes(4, 0), dog=scenes(5, 100), bird=scenes(2, 200)),
        ["few"],
        "“cat” and “bird” have fewer than 5 different pictures.",
    ),
    "unequal": (
        dataset(cat=scenes(31, 0), dog=scenes(10, 100), bird=scenes(11, 200)),
        ["unequal"],
        "“cat” has 31 different pictures and “dog” has 10. All classes weigh the same",
    ),
    "nearly equal": (dataset(cat=scenes(30, 0), dog=scenes(10, 100)), [], ""),
    "twice": (
        dataset(cat=[*GOOD["cat"], TWICE, TWICE], dog=GOOD["dog"]),
        ["twice"],
        "3 of the 12 pictures of “cat” show nearly the same",
    ),
    "in two classes": (
        dataset(cat=GOOD["cat"], dog=[*GOOD["dog"], TWICE]),
        ["two-classes"],
        "One picture is in “cat” and “dog” at once",
    ),
    "in many classes": (
        dataset(**{name: [*scenes(6, 100 * i), scene(999)] for i, name in enumerate("abcde")}),
        ["two-classes"],
        "One picture is in “a”, “b”, “c” and 2 more at once",
    ),
    "before one wall": (
        dataset(cat=before_a_wall(6, 0, "teal"), dog=GOOD["dog"]),
        ["background"],
        "All pictures of “cat” have the same background",
    ),
    "all before the same wall": (
        dataset(cat=before_a_wall(6, 0, "teal"), dog=before_a_wall(6, 100, "teal")),
        [],
        "",
    ),
    "each before a wall of its own": (
        dataset(cat=before_a_wall(6, 0, "teal"), dog=before_a_wall(6, 100, "white")),
        ["background", "background"],
        "All pictures of “cat”",
    ),
    "one elsewhere": (
        dataset(cat=[*before_a_wall(6, 0, "teal"), scene(50)], dog=GOOD["dog"]),
        [],
        "",
    ),
    "skipped": (
        dataset((Skipped("cat/<b>.txt", "Not a picture."), Skipped("x", "y.")), **GOOD),
        ["skipped"],
        "2 files were left out. The first: “cat/<b>.txt”: Not a picture.",
    ),
    "one skipped": (dataset((Skipped("x", "It is y."),), **GOOD), ["skipped"], "One file was left"),
}


@pytest.mark.parametrize(("given", "kinds", "sentence"), CASES.values(), ids=list(CASES))
def test_findings(given: Dataset, kinds: list[str], sentence: str) -> None:
    findings = check_dataset(given)
    assert [finding.kind for finding in findings] == kinds
    assert all(finding.sentence and finding.remedy.endswith(".") for finding in findings)
    if kinds:
        assert sentence in findings[0].sentence


def finding(given: Dataset, kind: str) -> Finding:
    [found] = [one for one in check_dataset(given) if one.kind == kind]
    return found


def test_only_what_makes_training_impossible_is_an_error() -> None:
    levels = {f.kind: f.level for given, _, _ in CASES.values() for f in check_dataset(given)}
    errors = {kind for kind, level in levels.items() if level == "error"}
    assert errors == {"one-class", "same-name", "no-pictures"}


def test_too_many_pictures_is_an_error() -> None:
    shots = dataset(**GOOD).classes[0].shots
    many = Dataset((ClassShots("a", shots * 201), *dataset(**GOOD).classes))
    assert finding(many, "too-many").level == "error"
    assert f"at most {LIMITS.pictures}" in finding(many, "too-many").sentence


def test_errors_come_first() -> None:
    given = dataset(cat=scenes(2, 0), dog=[])
    assert [one.kind for one in check_dataset(given)] == ["no-pictures", "few"]


def test_findings_point_at_their_pictures() -> None:
    assert finding(CASES["twice"][0], "twice").shots == ((0, 0), (0, 10), (0, 11))
    assert finding(CASES["in two classes"][0], "two-classes").shots == ((0, 0), (1, 12))
    assert finding(CASES["few"][0], "few").shots == (*((0, n) for n in range(4)), (2, 0), (2, 1))
    assert finding(CASES["before one wall"][0], "background").shots == tuple(
        (0, n) for n in range(6)
    )


def held(pictures: list[Image.Image], *moments: str) -> list[Shot]:
    """Different pictures, each of a second of a held button."""
    pairs = zip(map(shot, pictures), moments, strict=True)
    return [replace(one, moment=moment) for one, moment in pairs]


def test_a_short_hold_counts_as_one_picture() -> None:
    short = held(scenes(6, 200), *["0f-0"] * 6)
    finding, *_ = findings_of(short, "unmeasurable")
    assert "only one picture (alike ones, and those of one second, count once)" in finding.sentence


def test_a_hold_of_three_seconds_is_few_pictures() -> None:
    longer = held(scenes(9, 200), *[f"0f-{n // 3}" for n in range(9)])
    (finding,) = findings_of(longer, "few")
    assert "(alike ones, and those of one second, count once)" in finding.sentence


def test_where_there_are_three_holds_each_counts_once() -> None:
    """However long they are: ten seconds each here."""
    several = held(scenes(30, 200), *[f"{n // 10}-{n % 10}" for n in range(30)])
    (finding,) = findings_of(several, "few")
    assert "(alike ones, and those of one hold, count once)" in finding.sentence


def test_frames_of_one_hold_do_not_make_a_class_the_larger_one() -> None:
    frames = held(scenes(40, 200), *["0f-0"] * 40)
    (finding,) = findings_of(frames, "unequal")
    assert finding.sentence.startswith("“dog” has 12 different pictures and “bird” has 1 (alike")
    assert finding.remedy == "Add pictures to “bird”."


def findings_of(bird: list[Shot], kind: str) -> list[Finding]:
    """What is found of one kind, with a class beside the good ones."""
    classes = (*dataset(**GOOD).classes, ClassShots("bird", tuple(bird)))
    return [one for one in check_dataset(Dataset(classes)) if one.kind == kind]
