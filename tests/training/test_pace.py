"""How long the rest takes."""

import pytest

from rn18demo.training.pace import TELLING, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("begun", [0.0, 0.2])
def test_the_rest_takes_as_long_as_the_part_that_is_done(begun: float) -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.seconds_left(begun) is None
    clock.now += 8
    half = begun + (1 - begun) / 2
    assert pace.seconds_left(half) == pytest.approx(8)
    clock.now += 8
    assert pace.seconds_left(1.0) == 0


def test_nobody_can_tell_at_once() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.seconds_left(0.5)
    clock.now += 3
    assert pace.seconds_left(0.5 + TELLING / 2) is None
    assert pace.seconds_left(0.5 + 2 * TELLING) is not None
