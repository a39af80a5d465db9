"""What a page costs the network and the browser: thirty pupils open it at the same moment."""

from typing import Any

import httpx
import pytest

from rn18demo.ui.canvas import TEXTS, script

PACKED_KB, TILE_KB = 190, 20


@pytest.fixture(scope="module")
def page(app_url: str) -> httpx.Response:
    return httpx.get(app_url)


@pytest.fixture(scope="module")
def config(app_url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{app_url}/config").json()
    return found


def test_the_page_travels_packed(page: httpx.Response) -> None:
    assert page.headers["content-encoding"] == "gzip"
    assert page.num_bytes_downloaded < PACKED_KB * 1000 < len(page.content)


def test_who_cannot_unpack_it_gets_it_as_it_is(app_url: str, page: httpx.Response) -> None:
    plain = httpx.get(app_url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == page.text


def test_the_examples_are_shown_by_small_copies(config: dict[str, Any]) -> None:
    (gallery,) = [c for c in config["components"] if c["props"].get("elem_id") == "examples"]
    assert gallery["props"]["value"]
    for tile in gallery["props"]["value"]:
        answer = httpx.get(tile["image"]["url"])
        assert answer.headers["content-type"] == "image/jpeg"
        assert len(answer.content) < TILE_KB * 1000


def test_an_event_of_the_page_tells_no_component_how_far_it_is(config: dict[str, Any]) -> None:
    """But one, where progress is shown: see `rn18demo.ui.events.QUIET`."""
    loud = {
        dependency["api_name"]: dependency["show_progress_on"]
        for dependency in config["dependencies"]
        if dependency["api_visibility"] == "private"
        and dependency["outputs"]
        and dependency["show_progress_on"] != []
    }
    (bars,) = [c["id"] for c in config["components"] if c["props"].get("elem_id") == "answers"]
    assert loud == {f"answer_{name}": [bars] for name in ("upload", "example", "again", "frozen")}


def test_a_script_carries_the_texts_that_it_says_and_no_comments() -> None:
    made = script("words.js", "bar_rows.js")
    assert TEXTS["no_canvas"] not in made and "COLOUR_MAPS" not in made
    assert not [line for line in made.splitlines() if line.lstrip().startswith("//")]
