"""How the saving of mixed precision is measured; that it is one, the tests on a GPU see."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from rn18demo.training import amp
from rn18demo.training.amp import AmpSaving, measure_amp
from rn18demo.training.training_run import BATCH


class Tail(SimpleNamespace):
    """One weight; it remembers in which precision it was called."""

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        self.called.append((self.dtype, inputs.dtype))
        product: torch.Tensor = inputs.float() * self.head[0]
        return product


def make_tail(device: str, dtype: torch.dtype = torch.float16) -> Tail:
    weight = torch.nn.Parameter(torch.ones(1))
    return Tail(device=torch.device(device), dtype=dtype, head=[weight], backbone=[], called=[])


MATERIAL: Any = SimpleNamespace(labels=[0, 1], inputs=lambda rows: torch.ones(len(rows), 1))


@pytest.mark.parametrize("tail", [make_tail("cpu"), make_tail("cuda", torch.float32)])
def test_nothing_is_measured_without_it(tail: Any) -> None:
    assert measure_amp(tail, MATERIAL) is None


def test_both_precisions_start_alike_and_the_first_round_is_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tail = make_tail("cuda")
    gradients: list[tuple[object, float]] = []
    results = iter([(90.0, 900.0), (80.0, 800.0), (2.0, 100.0), (3.0, 150.0)])

    def measure(step: Callable[[], object], device: torch.device) -> tuple[float, float]:
        before = tail.head[0].grad
        step()
        gradients.append((before, float(tail.head[0].grad)))
        assert device.type == "cuda"
        return next(results)

    monkeypatch.setattr(amp, "_measure", measure)
    assert measure_amp(tail, MATERIAL) == AmpSaving(2.0, 3.0, 100.0, 150.0)  # type: ignore[arg-type]
    assert gradients == [(None, float(BATCH))] * 4
    assert tail.called == [(one, one) for one in (torch.float16, torch.float32) * 2]
    assert tail.head[0].grad is None and tail.dtype == torch.float16


def test_what_did_not_pay_is_said_so() -> None:
    assert "1.5 times as fast (2.0 instead of 3.0 ms)" in AmpSaving(2, 3, 100, 150).sentence
    assert "no faster (2.6 instead of 2.4 ms)" in AmpSaving(2.6, 2.4, 129, 84).sentence
