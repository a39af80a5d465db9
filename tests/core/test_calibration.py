"""Which runtime is fastest: measured with a clock of the test, remembered in a file."""

import json
import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor

from rn18demo.core.calibration import HOPELESS, ROUNDS, Measured, Memory, rank
from rn18demo.core.runtimes.base import PictureOutputs

PIXELS = torch.zeros(1, 4, 4, 3, dtype=torch.uint8)
RANKING = (Measured("fast", 1.5, 4), Measured("slow", 3.0))


class Clock:
    """Shows what the runtimes below say that they took, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Fake:
    """Takes `alone` milliseconds for the first picture of a batch, `further` for each other."""

    words, batch, any_thread = "fake", 1, True

    def __init__(self, clock: Clock, alone: float, further: float | None = None) -> None:
        self.clock, self.alone = clock, alone
        self.further = alone if further is None else further
        self.runs = 0

    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        self.runs += 1
        self.clock.now += (self.alone + (len(pixels) - 1) * self.further) / 1000
        return []


def measure(**runtimes: Fake) -> tuple[Measured, ...]:
    clock = next(iter(runtimes.values())).clock
    return rank(runtimes, PIXELS, threading.Lock(), clock)


def test_the_fastest_comes_first_with_its_time() -> None:
    clock = Clock()
    found = measure(b=Fake(clock, 20), a=Fake(clock, 10), c=Fake(clock, 15))
    assert [entry.id for entry in found] == ["a", "c", "b"]
    assert [round(entry.milliseconds, 6) for entry in found] == [10, 15, 20]


def test_who_is_hopelessly_slow_is_timed_once() -> None:
    clock = Clock()
    slow, fast = Fake(clock, 10 * HOPELESS + 1), Fake(clock, 10)
    found = measure(slow=slow, fast=fast)
    assert [entry.id for entry in found] == ["fast", "slow"]
    assert slow.runs == 2, "one run to warm up, one timed"
    assert fast.runs > ROUNDS


@pytest.mark.parametrize(
    ("alone", "further", "batch"),
    [(10, 10, 1), (10, 12, 1), (10, 9.8, 1), (10, 2, 16), (10, 8, 2)],
)
def test_the_batch_is_as_large_as_it_brings_something(
    alone: float, further: float, batch: int
) -> None:
    assert measure(one=Fake(Clock(), alone, further))[0].batch == batch


def test_only_the_fastest_has_its_batch_measured() -> None:
    clock = Clock()
    fast, slow = measure(fast=Fake(clock, 10, 1), slow=Fake(clock, 15, 1))
    assert (fast.batch is not None, slow.batch) == (True, None)


def test_requests_have_their_turn_between_runs() -> None:
    turn = threading.Lock()
    held: list[bool] = []

    class Watched(Fake):
        def run(self, pixels: Tensor) -> list[PictureOutputs]:
            held.append(turn.locked())
            return super().run(pixels)

    clock = Clock()
    rank({"one": Watched(clock, 10)}, PIXELS, turn, clock)
    assert all(held)
    assert not turn.locked()


def test_a_ranking_is_remembered_for_each_machine(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "deep" / "runtimes.json")
    memory.write("this", RANKING)
    memory.write("that", RANKING[:1])
    again = Memory(tmp_path / "deep" / "runtimes.json")
    assert again.read("this") == RANKING
    assert again.read("that") == RANKING[:1]
    assert again.read("another") == ()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["runtimes.json"]


def test_old_machines_are_forgotten_first(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "runtimes.json")
    for number in range(40):
        memory.write(f"{number}", RANKING)
    assert memory.read("0") == ()
    assert memory.read("39") == RANKING


def entry(**changes: object) -> str:
    machine = [{"id": "fast", "milliseconds": 1.5, "batch": 4} | changes]
    return json.dumps({"format": 2, "machines": {"this": machine}})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[]",
        b"3",
        b'{"format": 2}',
        b'{"format": 0, "machines": {}}',
        b'{"format": 1, "machines": {"this": [{"id": "fast", "milliseconds": 1.0, "batch": 1}]}}',
        b'{"format": 2, "machines": []}',
        b'{"format": 2, "machines": {"this": 5}}',
        b'{"format": 2, "machines": {"this": [5]}}',
        b'{"format": 2, "machines": {"this": {"id": "fast"}}}',
        b"[" * 100_000,
        entry(id=5).encode(),
        entry(milliseconds="1").encode(),
        entry(batch=1000).encode(),
        entry(batch="4").encode(),
        entry(more=1).encode(),
    ],
)
def test_a_damaged_file_says_nothing_and_is_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runtimes.json"
    path.write_bytes(content)
    memory = Memory(path)
    assert memory.read("this") == ()
    memory.write("this", RANKING)
    assert Memory(path).read("this") == RANKING


def test_a_sound_file_of_that_form_is_read(tmp_path: Path) -> None:
    """Or the table above would prove nothing."""
    path = tmp_path / "runtimes.json"
    path.write_text(entry())
    assert Memory(path).read("this") == (Measured("fast", 1.5, 4),)


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    memory = Memory(tmp_path / "file" / "runtimes.json")
    memory.write("this", RANKING)
    assert memory.read("this") == ()
