"""What counts as the same answer."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from rn18demo.core.agreement import Agreement, combine, compare_outputs
from rn18demo.core.runtimes.base import PictureOutputs

HEAD = torch.eye(3, 4)
LAYER4 = torch.rand(4, 7, 7, generator=torch.Generator().manual_seed(1))
GOOD = Agreement(1, 0, 0, 0.0, 1.0)


def outputs(*probabilities: float, layer4: Tensor = LAYER4) -> PictureOutputs:
    return PictureOutputs(torch.tensor(probabilities).log(), {"layer4": layer4})


def test_the_same_outputs_agree() -> None:
    verdict = compare_outputs(outputs(0.7, 0.2, 0.1), outputs(0.7, 0.2, 0.1), HEAD)
    assert verdict.holds
    assert (verdict.other_answers, verdict.near_ties, verdict.largest_gap) == (0, 0, 0)
    assert verdict.smallest_correlation == pytest.approx(1)


def test_another_answer_is_told_from_a_near_tie() -> None:
    near = compare_outputs(outputs(0.452, 0.448, 0.1), outputs(0.448, 0.452, 0.1), HEAD)
    assert (near.other_answers, near.near_ties, near.holds) == (0, 1, True)
    far = compare_outputs(outputs(0.456, 0.444, 0.1), outputs(0.444, 0.456, 0.1), HEAD)
    assert (far.other_answers, far.near_ties, far.holds) == (1, 0, False)


def test_the_gap_is_the_largest_of_all_classes() -> None:
    verdict = compare_outputs(outputs(0.6, 0.3, 0.1), outputs(0.6, 0.275, 0.125), HEAD)
    assert verdict.largest_gap == pytest.approx(0.025, abs=1e-6)
    assert not verdict.holds


def test_a_map_is_compared_by_its_form_and_not_by_its_height() -> None:
    expected = outputs(0.7, 0.2, 0.1)
    higher = compare_outputs(expected, outputs(0.7, 0.2, 0.1, layer4=LAYER4 * 1.01), HEAD)
    assert higher.holds
    other = compare_outputs(expected, outputs(0.7, 0.2, 0.1, layer4=LAYER4.flip(1)), HEAD)
    assert other.smallest_correlation < 0.9
    assert not other.holds


def test_empty_maps_are_the_same_and_an_empty_one_is_not_the_same_as_another() -> None:
    empty = outputs(0.7, 0.2, 0.1, layer4=torch.zeros(4, 7, 7))
    assert compare_outputs(empty, empty, HEAD).holds
    assert not compare_outputs(outputs(0.7, 0.2, 0.1), empty, HEAD).holds


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", ["logits", "layer4"])
def test_what_is_not_a_number_never_agrees(value: float, place: str) -> None:
    expected = outputs(0.7, 0.2, 0.1)
    logits, layer4 = expected.logits.clone(), LAYER4.clone()
    (logits if place == "logits" else layer4).view(-1)[-1] = value
    assert not compare_outputs(expected, PictureOutputs(logits, {"layer4": layer4}), HEAD).holds


@pytest.mark.parametrize(
    ("part", "holds"),
    [
        (GOOD, True),
        (replace(GOOD, near_ties=1), True),
        (replace(GOOD, largest_gap=0.02), True),
        (replace(GOOD, smallest_correlation=0.999), True),
        (replace(GOOD, other_answers=1), False),
        (replace(GOOD, largest_gap=0.0201), False),
        (replace(GOOD, smallest_correlation=0.9989), False),
    ],
)
def test_one_bad_picture_is_enough(part: Agreement, holds: bool) -> None:
    whole = combine([GOOD, part, GOOD])
    assert whole.pictures == 3
    assert whole.holds is holds
