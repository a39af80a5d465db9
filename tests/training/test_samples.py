"""The sample set: each picture is listed, licensed, small and readable, and the set is sound."""

from dataclasses import asdict

import pytest

from rn18demo.core.images import read_image
from rn18demo.training.checks import check_dataset
from rn18demo.training.samples import SAMPLES, Sample, read_samples, sample_dataset

ALL = read_samples()
MOST_BYTES = 400_000


def test_every_file_is_listed_once_and_every_listed_file_is_there() -> None:
    files = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()}
    listed = [one.file for one in ALL]
    assert len(set(listed)) == len(listed)
    assert files == {*listed, "sources.json", "LICENSES.md", "GPL-2.txt"}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.file)
def test_each_is_a_small_jpeg_whose_source_is_told(one: Sample) -> None:
    path = SAMPLES / one.file
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    assert read_image(path).size == (128, 128)
    assert all(value.strip() for value in asdict(one).values())
    assert one.original.endswith(".png")
    assert one.source.startswith("https://") and one.licence_url.startswith("https://")


def test_the_set_is_light_and_its_licence_is_beside_it() -> None:
    assert sum((SAMPLES / one.file).stat().st_size for one in ALL) < MOST_BYTES
    assert {one.licence for one in ALL} == {"GPL-2.0-or-later"}
    notice = (SAMPLES / "LICENSES.md").read_text(encoding="utf-8")
    for words in ("GNU General Public License", "GPL-2.txt", ALL[0].source, "128 x 128"):
        assert words in notice
    assert "Version 2, June 1991" in (SAMPLES / "GPL-2.txt").read_text(encoding="utf-8")


def test_it_is_a_dataset_without_a_flaw() -> None:
    dataset = sample_dataset()
    assert [(one.name, len(one.shots)) for one in dataset.classes] == [
        ("bird", 12),
        ("flower", 12),
        ("fruit", 12),
    ]
    assert check_dataset(dataset) == ()
