"""The door for datasets: what is read, how, and what is turned away with which sentence."""

import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rn18demo.errors import Cancelled, DatasetError, PictureError
from rn18demo.training.archive import open_archive
from rn18demo.training.dataset import dataset_from_files, make_shot, read_dataset
from rn18demo.training.dataset_limits import KEPT_SIDE, MAX_NAME, Limits
from rn18demo.training.dataset_types import Dataset
from tests.core import hostile_pictures
from tests.training import hostile_zips as hostile
from tests.training.hostile_zips import CASES, PETS, Case

ROOT = Path(__file__).parents[2]
CHUNK = 2**18
TIGHT = Limits(streamed_bytes=2**22, entries=100, pictures=20)
TINY = hostile_pictures.encoded(Image.new("RGB", (8, 8)), "PNG")
VALID_ZIPS = [
    hostile.zipped(hostile.pets()),
    hostile.zipped(hostile.SPLITS),
    CASES["stored"].make(),
    CASES["gbk"].make(),
    CASES["unicode path field"].make(),
    CASES["symlink"].make(),
    hostile.bomb(3, 1),
    hostile.many_entries(10),
]


def counts(dataset: Dataset | None) -> dict[str, int]:
    return {one.name: len(one.shots) for one in dataset.classes} if dataset else {}


def assert_read_or_refused(data: bytes) -> None:
    """Anything but a good dataset or a `DatasetError` fails the test by itself."""
    try:
        dataset = read_dataset(io.BytesIO(data), TIGHT)
    except DatasetError as error:
        assert str(error).endswith(".")
    else:
        assert len(dataset.classes) >= 2
        assert all(one.name and one.shots for one in dataset.classes)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_case_is_read_correctly_or_refused_with_its_sentence(
    case: Case, tmp_path: Path
) -> None:
    path = tmp_path / "upload.zip"
    path.write_bytes(case.make())
    if case.refused:
        with pytest.raises(DatasetError) as refused:
            read_dataset(path, case.limits)
        assert case.refused in str(refused.value)
        assert str(refused.value).endswith(".")
        assert str(tmp_path) not in str(refused.value)
        return
    dataset = read_dataset(path, case.limits)
    assert list(counts(dataset).items()) == list(case.classes.items())
    assert counts(dataset.held_out) == case.held_out
    reasons = {skipped.name: skipped.reason for skipped in dataset.skipped}
    assert reasons.keys() == case.skipped.keys()
    for name, reason in case.skipped.items():
        assert reason in reasons[name]


def test_each_class_has_its_own_pictures() -> None:
    dataset = read_dataset(io.BytesIO(hostile.zipped(hostile.pets("pets/"))))
    for one, first in zip(dataset.classes, (hostile.CAT, hostile.DOG), strict=True):
        for number, shot in enumerate(one.shots):
            assert shot.name == f"{number}.jpg"
            expected = make_shot(hostile.photo(first + number), "").picture
            np.testing.assert_array_equal(np.asarray(shot.picture), np.asarray(expected))


def test_pictures_are_in_the_order_that_people_count_in() -> None:
    files = {f"a/{n}.jpg": hostile.photo(n) for n in (10, 2, 1)} | {"b/1.jpg": hostile.photo(50)}
    dataset = read_dataset(io.BytesIO(hostile.zipped(files)))
    assert [shot.name for shot in dataset.classes[0].shots] == ["1.jpg", "2.jpg", "10.jpg"]


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    files: list[tuple[str, bytes | Path]] = []
    for index, (name, data) in enumerate(hostile.pets("pets/").items()):
        path = tmp_path / f"upload {index}"
        path.write_bytes(data)
        files.append((name, path if index % 2 else data))
    files += [("pets/cat/.DS_Store", b"Bud1"), ("pets/dog/lost.jpg", tmp_path / "nowhere")]
    dataset = dataset_from_files(files)
    assert counts(dataset) == PETS
    assert [(s.name, s.reason[:33]) for s in dataset.skipped] == [
        ("pets/dog/lost.jpg", "The file could not be opened. Ple")
    ]
    from_zip = read_dataset(io.BytesIO(hostile.zipped(hostile.pets())))
    for one, other in zip(dataset.classes, from_zip.classes, strict=True):
        assert [s.fingerprint for s in one.shots] == [s.fingerprint for s in other.shots]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "no pictures in this folder"),
        ([("1.jpg", hostile.photo(1))], "No folder with pictures"),
        ([("cat/1.jpg", hostile.photo(1))], "only one class"),
        ([(f"{n % 2}/{n}", b"") for n in range(101)], "more than 100 files"),
        ([(f"{n % 2}/{n}.jpg", hostile.photo(1)) for n in range(21)], "more than 20 pictures"),
    ],
)
def test_folder_is_refused_with_a_sentence(
    files: list[tuple[str, bytes | Path]], sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        dataset_from_files(files, TIGHT)


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.zip"
    os.mkfifo(pipe)  # opening it would wait for ever
    for path in (tmp_path, pipe, Path("/dev/zero")):
        with pytest.raises(DatasetError, match="not a file"):
            read_dataset(path)
    for path in (tmp_path / "missing.zip", tmp_path / "a\0b"):
        with pytest.raises(DatasetError, match="could not be opened"):
            read_dataset(path)


def test_shot_is_small_upright_and_without_metadata() -> None:
    large = hostile_pictures.encoded(hostile.scene(1, (1600, 1200)), "JPEG", comment=b"private")
    shot = make_shot(large, "\x07 <b>me</b>\u202egpj.jpg")
    assert shot.picture.size == (KEPT_SIDE, KEPT_SIDE * 3 // 4)
    assert shot.picture.mode == "RGB"
    assert not shot.picture.info
    assert shot.name == "<b>me</b>gpj.jpg"
    assert shot.thumbnail.shape == (16, 16, 3)
    turned = make_shot(hostile_pictures.turned(6), "x" * 500)
    assert turned.picture.size == hostile_pictures.SIZE
    assert len(turned.name) == MAX_NAME


def test_shot_of_something_else_is_a_picture_error() -> None:
    with pytest.raises(PictureError, match="not a picture"):
        make_shot(b"meow", "cat.jpg")


def test_progress_is_told_and_can_end_the_reading() -> None:
    told: list[tuple[int, int]] = []
    data = hostile.zipped(hostile.SPLITS)
    read_dataset(io.BytesIO(data), on_progress=lambda read, total: told.append((read, total)))
    assert told == [(n, 7) for n in range(1, 8)]

    def stop(read: int, total: int) -> None:
        told.append((read, total))
        raise Cancelled("Stopped.")

    told.clear()
    with pytest.raises(Cancelled):
        read_dataset(io.BytesIO(data), on_progress=stop)
    assert told == [(1, 7)]


def test_bomb_is_judged_by_what_streams_out_of_it() -> None:
    bomb = hostile.bomb(60, 24)
    assert len(bomb) < 2_000_000  # and 1.4 GB unpacked
    limits = Limits(streamed_bytes=2**26)
    with open_archive(io.BytesIO(bomb), limits) as archive:
        with pytest.raises(DatasetError, match="unpacks to more than"):
            for file in archive.files:
                archive.read(file, limits.picture_bytes)
        assert limits.streamed_bytes < archive.streamed <= limits.streamed_bytes + CHUNK


def test_unpacking_stops_at_the_limit_of_a_picture() -> None:
    with open_archive(io.BytesIO(hostile.bomb(1, 60))) as archive:
        with pytest.raises(DatasetError, match="larger than 3 MB"):
            archive.read(archive.files[0], 3 * 2**20)
        assert archive.streamed <= 3 * 2**20 + CHUNK


IN_A_PROCESS_OF_ITS_OWN = """
import io, os, sys
from rn18demo.errors import DatasetError
from rn18demo.training.dataset import read_dataset
from tests.training.hostile_zips import CASES, zipped, pets, photo

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

def read(data, limits):
    try:
        return "read", read_dataset(io.BytesIO(data), limits)
    except DatasetError as error:
        return str(error), None

read(zipped(pets()), CASES["stored"].limits)  # what is loaded at first use
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.link", "os.symlink", "os.truncate")
written = []
def watch(event, details):
    if event == "open" and details[2] and details[2] & WRITES:
        written.append(details[0])
    if event in CHANGES or event.startswith(("tempfile.", "shutil.", "subprocess.", "socket.")):
        written.append(event)
sys.addaudithook(watch)
"""


def lines_printed_by(program: str) -> list[str]:
    command = [sys.executable, "-B", "-c", IN_A_PROCESS_OF_ITS_OWN + program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nothing_is_written_anywhere() -> None:
    lines = lines_printed_by(
        "made = [(case.make(), case.limits) for case in CASES.values()]\n"
        "del written[:]\n"
        "for data, limits in made:\n"
        "    read(data, limits)\n"
        "print(written)\n"
        "open(os.devnull, 'w').close()\n"
        "print(written == [os.devnull])\n"  # the watch does see what is written
    )
    assert lines == ["[]", "True"]


def test_bombs_take_little_memory() -> None:
    lines = lines_printed_by(
        "from rn18demo.training.dataset_limits import Limits\n"
        "from tests.training.hostile_zips import bomb, many_entries\n"
        "for data in (bomb(60, 24), many_entries(100_000)):\n"
        "    before = peak()\n"
        "    sentence, _ = read(data, Limits(streamed_bytes=2**28))\n"
        "    print(peak() - before, sentence)\n"
    )
    for line, sentence in zip(lines, ("unpacks to more than", "more than 20000"), strict=True):
        growth, said = line.split(" ", 1)
        assert sentence in said
        assert float(growth) < 100  # MB: one picture of 24 MB, in parts and joined


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600), st.sampled_from([b"", b"PK", b"PK\3\4", b"PK\5\6"]))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    assert_read_or_refused(start + data)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(VALID_ZIPS),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), max_size=12),
)
def test_cut_and_flipped_zips_are_read_or_refused(
    data: bytes, share: float, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(data if flips else data[: int(share * len(data))])
    for place, bit in flips:
        # Squared: the end of a zip, where the interesting things are, is hit more often.
        damaged[-1 - int(place**2 * (len(damaged) - 1))] ^= 1 << bit
    assert_read_or_refused(bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), st.booleans()),
        max_size=8,
    )
)
def test_any_names_are_read_or_refused(names: list[tuple[str, bool]]) -> None:
    files: list[tuple[str, bytes | Path]] = [
        (f"{name}/{number}.png" if inside else name, TINY)
        for number, (name, inside) in enumerate(names)
    ]
    try:
        dataset = dataset_from_files(files)
    except DatasetError as error:
        assert str(error).endswith(".")
    else:
        found = [one.name for one in dataset.classes]
        assert len(set(found)) == len(found)
        shown = "".join(found).translate({ord(joiner): None for joiner in "\u200c\u200d"})
        assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert all(0 < len(name) <= MAX_NAME for name in found)
