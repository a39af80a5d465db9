"""The door for pictures: what is read, how, and what is turned away with which sentence."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rn18demo.core.images import MAX_BYTES, MAX_SIDE, MIN_SIDE, read_image
from rn18demo.errors import PictureError
from tests.core import hostile_pictures as hostile
from tests.core.hostile_pictures import CASES, READ, Case

ROOT = Path(__file__).parents[2]
TURNED_FILES = {n: hostile.turned(n) for n in range(1, 9)}
NOISE = [hostile.noise(form) for form in hostile.FORMATS.values()]
SIGNATURES = [b"", *(data[:16] for data in NOISE)]
VALID_FILES = [
    *NOISE,
    hostile.jpeg(progressive=True),
    hostile.palette_with_transparency(),
    hostile.animation("GIF"),
    hostile.grey_16_bit("TIFF"),
    hostile.turned(6),
    hostile.turned(5, "TIFF"),
    hostile.png(icc_profile=hostile.swapped_primaries_profile()),
]


def fields(picture: Image.Image) -> np.ndarray:
    """(4, 3): the colours in the middle of the quarters."""
    width, height = picture.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return np.array([picture.getpixel(place) for place in places])


def assert_read_or_refused(data: bytes) -> None:
    """Anything but a good picture or a `PictureError` fails the test by itself."""
    try:
        picture = read_image(data)
    except PictureError as error:
        assert str(error).endswith(".")
    else:
        assert picture.mode == "RGB"
        assert max(picture.size) <= MAX_SIDE
        np.asarray(picture)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_case_is_read_correctly_or_refused_with_its_sentence(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        if case.expected != READ:
            with pytest.raises(PictureError, match=case.expected):
                read_image(case.make())
            return
        picture = read_image(case.make())
    assert (picture.mode, picture.size) == ("RGB", case.size)
    np.testing.assert_allclose(fields(picture), case.colours, atol=case.tolerance)


def test_bytes_and_file_give_the_same_picture(tmp_path: Path) -> None:
    file = tmp_path / "claims to be a gif.gif"
    file.write_bytes(hostile.jpeg())
    expected = read_image(hostile.jpeg()).tobytes()
    assert read_image(file).tobytes() == expected
    assert read_image(str(file)).tobytes() == expected


@pytest.mark.parametrize("orientation", range(2, 9))
def test_each_orientation_shows_what_orientation_1_shows(orientation: int) -> None:
    upright = np.asarray(read_image(TURNED_FILES[1])).astype(int)
    turned = np.asarray(read_image(TURNED_FILES[orientation])).astype(int)
    assert turned.shape == upright.shape
    difference = np.abs(turned - upright)
    # JPEG's blocks fall elsewhere when turned: single pixels at the edges differ a little.
    assert difference.mean() < 1
    assert np.percentile(difference, 95) <= 8


def test_orientation_is_exact_where_nothing_is_lost() -> None:
    upright = np.asarray(read_image(hostile.turned(1, "PNG")))
    for orientation in range(2, 9):
        np.testing.assert_array_equal(
            np.asarray(read_image(hostile.turned(orientation, "PNG"))), upright
        )


def test_16_bit_grey_keeps_its_steps() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (16, 1))
    for form in ("PNG", "TIFF"):
        read = np.asarray(read_image(hostile.encoded(Image.fromarray(ramp), form)))[0, :, 0]
        np.testing.assert_allclose(read, np.arange(256), atol=1)


def test_result_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    picture = read_image(hostile.jpeg(exif=exif.tobytes(), comment=b"private"))
    assert not picture.info
    assert not picture.getexif()


def test_limits_are_inclusive() -> None:
    smallest = hostile.encoded(Image.new("L", (MIN_SIDE, MIN_SIDE)), "PNG")
    assert read_image(smallest).size == (MIN_SIDE, MIN_SIDE)
    padded = hostile.jpeg().ljust(MAX_BYTES, b"\0")
    assert read_image(padded).size == hostile.SIZE
    with pytest.raises(PictureError, match="larger than"):
        read_image(padded + b"\0")


def test_large_file_is_refused_by_its_size_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "sparse.jpg"
    with file.open("wb") as stream:
        stream.truncate(2**40)  # a terabyte that is not there: reading it would fail
    with pytest.raises(PictureError, match="larger than"):
        read_image(file)


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)  # opening it would wait for ever
    for path in (tmp_path, pipe, Path("/dev/zero")):
        with pytest.raises(PictureError, match="not a file"):
            read_image(path)
    for missing in (tmp_path / "missing.png", "a\0b", "x" * 5000):
        with pytest.raises(PictureError, match="could not be opened"):
            read_image(missing)


PEAKS = """
import sys
from rn18demo.core.images import read_image
from rn18demo.errors import PictureError

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

read_image(sys.argv[1])
for path in sys.argv[2:]:
    before = peak()
    try:
        outcome = str(read_image(path).size)
    except PictureError as error:
        outcome = str(error)
    print(peak() - before, outcome)
"""


def peak_growths(folder: Path, pictures: list[bytes]) -> list[tuple[float, str]]:
    """MB by which reading each raises a fresh process's peak, and what came of it."""
    paths = [folder / str(index) for index in range(len(pictures) + 1)]
    for path, data in zip(paths, [hostile.jpeg(), *pictures], strict=True):
        path.write_bytes(data)
    command = [sys.executable, "-W", "error", "-c", PEAKS, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    return [(float(growth), outcome) for growth, outcome in lines]


def test_bombs_take_no_memory(tmp_path: Path) -> None:
    bombs = [case for name, case in CASES.items() if name.endswith("bomb")]
    growths = peak_growths(tmp_path, [bomb.make() for bomb in bombs])
    for bomb, (growth, outcome) in zip(bombs, growths, strict=True):
        assert bomb.expected in outcome, bomb.name
        assert growth < 20, bomb.name


def test_camera_jpeg_of_108_megapixels_is_read_in_little_memory(tmp_path: Path) -> None:
    large = hostile.encoded(Image.new("L", (12_000, 9_000), 90), "JPEG", quality=20)
    [(growth, outcome)] = peak_growths(tmp_path, [large])
    assert outcome == "(2000, 1500)"
    assert growth < 80


def test_17_kb_bomb_is_as_small_as_it_is_said_to_be() -> None:
    assert len(hostile.png_bomb()) < 20_000


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(SIGNATURES))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    assert_read_or_refused(start + data)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(VALID_FILES),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), max_size=12),
)
def test_cut_and_flipped_files_are_read_or_refused(
    data: bytes, share: float, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(data if flips else data[: int(share * len(data))])
    for place, bit in flips:
        # Squared: headers, where the interesting things are, are hit more often.
        damaged[int(place**2 * (len(damaged) - 1))] ^= 1 << bit
    assert_read_or_refused(bytes(damaged))
