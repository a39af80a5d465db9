"""Which runtime is fastest on this machine: measured once, then remembered.

The file holds, for each machine that has used this folder, the runtimes from the fastest to
the slowest. Whatever is wrong with it, the answer is to measure again.
"""

import json
import logging
import os
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from torch import Tensor

from rn18demo.core.background import behind_others
from rn18demo.core.runtimes.base import Runtime

log = logging.getLogger(__name__)

ROUNDS = 8
"""Timed runs of each runtime, after one to warm up."""
HOPELESS = 3.0
"""A runtime so many times slower than the fastest in the first round is timed no further."""
BATCHES = (1, 2, 4, 8, 16)
WORTH_WAITING = 0.93
"""A larger batch must bring the time of a picture below this share of the smaller batch's."""
_FORMAT = 2
"""2: since batches are recorded on a GPU, where the best one was another before."""
_KEPT = 16
"""Machines that one file holds."""


@dataclass(frozen=True)
class Measured:
    """How fast a runtime is on this machine.

    Attributes:
        id: Of the runtime.
        milliseconds: Median of a run with one picture.
        batch: Pictures worth computing together, or None where it was not measured.
    """

    id: str
    milliseconds: float
    batch: int | None = None


def rank(
    runtimes: Mapping[str, Runtime],
    picture: Tensor,
    turn: threading.Lock,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Measured, ...]:
    """Time runtimes in turns, so that noise hits all alike.

    Args:
        runtimes: By id.
        picture: (1, side, side, 3) uint8.
        turn: Held during each run, so that requests are answered between runs.
        clock: In seconds.

    Returns:
        The fastest first; for that one, the batch that is worth computing together.
    """
    stopwatch = _Stopwatch(turn, clock)
    times: dict[str, list[float]] = {name: [] for name in runtimes}
    in_race = dict(runtimes)
    for number in range(ROUNDS + 1):
        for name, runtime in in_race.items():
            elapsed = stopwatch.time(runtime, picture)
            if number:
                times[name].append(elapsed)
        if number == 1:
            limit = HOPELESS * min(values[0] for values in times.values())
            in_race = {name: r for name, r in in_race.items() if times[name][0] <= limit}
    medians = {name: statistics.median(values) for name, values in times.items()}
    first, *others = sorted(medians, key=lambda name: medians[name])
    batch = _best_batch(runtimes[first], picture, stopwatch)
    return (
        Measured(first, medians[first], batch),
        *(Measured(name, medians[name]) for name in others),
    )


@dataclass(frozen=True)
class _Stopwatch:
    turn: threading.Lock
    clock: Callable[[], float]

    def time(self, runtime: Runtime, batch: Tensor) -> float:
        """Milliseconds of one run."""
        with behind_others(self.turn):
            start = self.clock()
            runtime.run(batch)
            return (self.clock() - start) * 1000


def _best_batch(runtime: Runtime, picture: Tensor, stopwatch: _Stopwatch) -> int:
    """The smallest batch from which on a larger one hardly brings anything."""
    best, best_time = 1, float("inf")
    for size in BATCHES:
        batch = picture.expand(size, -1, -1, -1).contiguous()
        stopwatch.time(runtime, batch)  # to warm up
        each = statistics.median(stopwatch.time(runtime, batch) / size for _ in range(3))
        if each > best_time * WORTH_WAITING:
            break
        best, best_time = size, each
    return best


class Memory:
    """The file of rankings.

    Args:
        path: Of the file; it and its folder need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, machine: str) -> tuple[Measured, ...]:
        """What was measured on this machine; nothing if the file does not say."""
        try:
            ranking = tuple(Measured(**entry) for entry in self._machines().get(machine, ()))
        except TypeError:
            return ()
        return ranking if all(map(_sound, ranking)) else ()

    def write(self, machine: str, ranking: tuple[Measured, ...]) -> None:
        """Remember a ranking. A folder that cannot be written to is no error."""
        machines = self._machines()
        machines.pop(machine, None)
        newest = dict(list(machines.items())[-_KEPT + 1 :])
        newest[machine] = [asdict(entry) for entry in ranking]
        content = json.dumps({"format": _FORMAT, "machines": newest}, indent=2)
        partial = self._path.with_name(f"{self._path.name}.{uuid4().hex}.partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(content, encoding="utf-8")
            os.replace(partial, self._path)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            log.info("The choice of runtime is not remembered: %s", error)

    def _machines(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            sound = content["format"] == _FORMAT and isinstance(content["machines"], dict)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        return content["machines"] if sound else {}


def _sound(entry: Measured) -> bool:
    return (
        isinstance(entry.id, str)
        and isinstance(entry.milliseconds, int | float)
        and (entry.batch is None or entry.batch in BATCHES)
    )
