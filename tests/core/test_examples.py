"""The example photographs: each is listed, licensed, small and readable."""

import json
from dataclasses import asdict

import pytest

from rn18demo.assets import EXAMPLES
from rn18demo.core.examples import Example, read_examples
from rn18demo.core.images import read_image

ALL = read_examples()
each_example = pytest.mark.parametrize("one", ALL, ids=lambda one: one.path.stem)


def test_every_file_is_listed_once_and_every_listed_file_is_there() -> None:
    listed = [one.path.name for one in ALL]
    assert sorted(listed) == sorted(path.name for path in EXAMPLES.glob("*.jpg"))
    others = {path.name for path in EXAMPLES.iterdir()} - set(listed)
    assert others == {"sources.json", "LICENSES.md"}


def test_there_are_enough_of_all_shapes() -> None:
    shapes = [read_image(one.path).size for one in ALL]
    assert len(shapes) >= 10
    assert any(width > height for width, height in shapes)
    assert any(width < height for width, height in shapes)
    assert any(width == height for width, height in shapes)


@each_example
def test_photograph_is_a_small_rgb_jpeg_that_is_read_as_it_is(one: Example) -> None:
    assert one.path.read_bytes()[:3] == b"\xff\xd8\xff"
    assert one.path.stat().st_size < 200_000
    picture = read_image(one.path)
    assert picture.mode == "RGB"
    assert 300 <= min(picture.size) <= max(picture.size) <= 900


@each_example
def test_every_field_is_filled(one: Example) -> None:
    assert all(str(value).strip() for value in asdict(one).values())
    assert one.source.startswith(("https://", "http://"))
    assert one.licence_url.startswith("https://")
    assert len(one.title) <= 30
    assert one.alt.endswith(".")
    assert len(one.alt) > 30


def test_licences_allow_sharing_and_change_and_are_explained() -> None:
    known = {"CC0 1.0", "Public domain", "CC BY 4.0", "No known copyright restrictions"}
    explained = (EXAMPLES / "LICENSES.md").read_text(encoding="utf-8")
    for one in ALL:
        assert one.licence in known
        assert one.licence_url in explained
        assert one.path.name in explained
        assert one.author in explained


def test_listing_has_no_field_that_is_not_read() -> None:
    entries = json.loads((EXAMPLES / "sources.json").read_text(encoding="utf-8"))
    assert {name for entry in entries for name in entry} == (
        set(Example.__dataclass_fields__) - {"path"} | {"file"}
    )
