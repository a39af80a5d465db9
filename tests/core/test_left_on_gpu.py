"""Activations that stay where they are until somebody looks; here on the CPU for want of a GPU."""

import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

from rn18demo.core.runtimes.left_on_gpu import LeftOnGpu, Room, Shapes

SHAPES: Shapes = {"stem": (2, 3, 3), "layer1": (4, 2, 2)}
SIZE = 2 * 9 + 4 * 4


class Watched(LeftOnGpu):
    """Counts how often it is brought here."""

    fetched = 0

    def fetch(self) -> None:
        self.fetched += 1
        super().fetch()


def left(start: float = 0.0) -> Watched:
    there = torch.arange(start, start + SIZE, dtype=torch.float16)
    return Watched({"layer4": torch.ones(8, 1, 1)}, there, SHAPES)


def expected(name: str) -> Tensor:
    numbers = torch.arange(float(SIZE))
    return numbers[:18].view(2, 3, 3) if name == "stem" else numbers[18:].view(4, 2, 2)


def test_stages_come_in_order_and_as_float32() -> None:
    found = left()
    assert list(found) == ["stem", "layer1", "layer4"] and len(found) == 3
    for name in SHAPES:
        assert torch.equal(found[name], expected(name)) and found[name].dtype == torch.float32


def test_nothing_is_fetched_for_the_last_stage_or_the_names() -> None:
    found = left()
    assert "stem" in found and "layer9" not in found and next(iter(found)) == "stem"
    assert found["layer4"].shape == (8, 1, 1)
    assert found.fetched == 0


def test_an_unknown_stage_is_missed() -> None:
    found = left()
    with pytest.raises(KeyError):
        found["layer9"]
    assert found.get("layer9") is None and found.fetched == 0


def test_it_is_fetched_once() -> None:
    found = left()
    first = found["stem"]
    found.fetch()
    assert found["stem"] is first and found["layer1"].shape == (4, 2, 2)


def test_many_readers_see_one_value() -> None:
    for _ in range(50):
        found = left()
        with ThreadPoolExecutor(8) as pool:
            values = list(pool.map(found.__getitem__, ["stem", "layer1", "layer4"] * 8))
        assert len({id(value) for value in values}) == 3


def test_the_oldest_make_room() -> None:
    room, held = Room(most=3), [left() for _ in range(5)]
    for one in held:
        room.add(one)
    assert [one.fetched for one in held] == [1, 1, 0, 0, 0]
    assert torch.equal(held[0]["stem"], expected("stem"))


def test_nobody_is_kept_by_the_room() -> None:
    room, one = Room(most=2), left()
    room.add(one)
    gone = weakref.ref(one)
    del one
    assert gone() is None
    held = [left(), left()]
    for other in held:
        room.add(other)  # the second one in the place of the one that is gone
    assert [other.fetched for other in held] == [0, 0]
