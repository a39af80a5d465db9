"""Logits to answers."""

import math

import pytest
import torch

from rn18demo.core.predictions import entropy_share, prediction_of, top_k
from rn18demo.errors import RequestError

LABELS = ("cat", "dog", "teapot")
LOGITS = torch.tensor([1.0, 3.0, 2.0])


def test_top_k_is_sorted_and_sums_to_one() -> None:
    found = top_k(LOGITS, LABELS, k=3)
    assert [p.label for p in found] == ["dog", "teapot", "cat"]
    assert [p.rank for p in found] == [1, 2, 3]
    assert [p.index for p in found] == [1, 2, 0]
    assert sum(p.probability for p in found) == pytest.approx(1)
    assert found[0].probability == pytest.approx(math.e**3 / sum(math.e**x for x in (1, 2, 3)))


def test_asking_for_more_than_there_are_gives_all() -> None:
    assert len(top_k(LOGITS, LABELS, k=99)) == 3


def test_one_class_agrees_with_the_list() -> None:
    for prediction in top_k(LOGITS, LABELS, k=3):
        assert prediction_of(LOGITS, LABELS, prediction.index) == prediction


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_is_refused(k: int) -> None:
    with pytest.raises(RequestError, match="at least one"):
        top_k(LOGITS, LABELS, k)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_class_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(RequestError, match="0 to 2"):
        prediction_of(LOGITS, LABELS, index)


@pytest.mark.parametrize(
    ("logits", "share"), [(torch.zeros(7), 1.0), (torch.tensor([99.0, 0.0, 0.0]), 0.0)]
)
def test_entropy_share(logits: torch.Tensor, share: float) -> None:
    assert entropy_share(logits) == pytest.approx(share, abs=1e-6)
