"""Temperature and the "none of these" threshold."""

import pytest
import torch

from rn18demo.training.calibration import (
    Threshold,
    suggest,
    temperature,
    temperatures,
    threshold_table,
)
from rn18demo.training.novelty import foreign_probabilities
from rn18demo.training.selection import Candidate, fit
from tests.training.small_lessons import drain, make_table


@pytest.mark.parametrize("true", [0.2, 1.0, 5.0])
def test_the_temperature_of_many_answers_is_found(true: float) -> None:
    generator = torch.Generator().manual_seed(1)
    honest = 2 * torch.randn(20_000, 4, generator=generator, dtype=torch.float64)
    labels = torch.multinomial(honest.softmax(1), 1, generator=generator)[:, 0]
    assert temperature(honest * true, labels) == pytest.approx(true, rel=0.05)


def test_a_temperature_changes_no_answer_and_no_order() -> None:
    logits = torch.randn(50, 6, generator=torch.Generator().manual_seed(2))
    labels = torch.arange(50) % 6
    found = temperature(logits, labels)
    assert found > 0
    assert torch.equal((logits / found).argsort(1), logits.argsort(1))


def test_all_right_is_not_certain() -> None:
    """Twenty of twenty: 21 of 22 by the rule of succession."""
    labels = torch.arange(20) % 4
    logits = 10 * torch.nn.functional.one_hot(labels, 4).double()
    cooled = logits / temperature(logits, labels)
    assert cooled.softmax(1).amax(1).tolist() == pytest.approx([21 / 22] * 20, abs=1e-3)


def test_logits_that_say_nothing_end_undecided() -> None:
    labels = torch.arange(40) % 2
    logits = torch.randn(40, 2, generator=torch.Generator().manual_seed(3))
    wrong = torch.where(torch.nn.functional.one_hot(labels, 2).bool(), logits - 5, logits)
    cooled = wrong / temperature(wrong, labels)
    assert cooled.softmax(1).max() < 0.51


def test_candidates_are_fitted_independently() -> None:
    logits = torch.randn(3, 30, 4, generator=torch.Generator().manual_seed(4)).double()
    labels = torch.arange(30) % 4
    together = temperatures(logits, labels)[0]
    alone = [temperature(one, labels) for one in logits]
    assert together.tolist() == pytest.approx(alone)


def test_the_loss_is_the_least_there_is() -> None:
    logits = torch.randn(1, 60, 3, generator=torch.Generator().manual_seed(5)).double()
    labels = logits[0].argmax(1).where(torch.arange(60) % 3 > 0, torch.arange(60) % 3)
    found, least = temperatures(logits, labels)
    sure = 61 / 62
    hard = torch.nn.functional.one_hot(labels, 3)
    targets = hard * sure + (1 - hard) * (1 - sure) / 2
    for factor in (0.9, 0.99, 1.0, 1.01, 1.1):
        answers = (logits[0] / found[0] / factor).log_softmax(1)
        loss = -(targets * answers).sum(1).mean()
        assert loss >= least[0] - 1e-9


def test_a_threshold_counts_both_kinds_of_errors() -> None:
    table = threshold_table(own=[0.9, 0.92, 0.4, 0.95], foreign=[0.3, 0.5, 0.85])
    rows = {row.probability: row for row in table.rows}
    assert rows[0.0].own_rejected == 0
    assert rows[0.0].foreign_accepted == 1
    assert rows[0.6].own_rejected == 0.25
    assert rows[0.6].foreign_accepted == pytest.approx(1 / 3)
    assert table.suggested == 0.31  # 0.41 would lose one of four
    assert "below 31 %" in table.sentence
    assert "turn away 33 % of the pictures of a class" in table.sentence
    assert "and 0 % of your own" in table.sentence


@pytest.mark.parametrize(
    ("rows", "suggested"),
    [
        # The most foreign ones turned away, though others would make fewer errors in all.
        ([(0.0, 0.0, 1.0), (0.3, 0.05, 0.6), (0.5, 0.1, 0.2), (0.6, 0.11, 0.0)], 0.5),
        # Of several that turn away as many, the one that costs least.
        ([(0.0, 0.0, 1.0), (0.3, 0.0, 0.5), (0.4, 0.1, 0.5)], 0.3),
        # Nothing to be had at that price.
        ([(0.0, 0.0, 1.0), (0.3, 0.1, 1.0), (0.4, 0.2, 0.0)], None),
        # Nothing measured.
        ([(0.0, 0.0, None), (0.3, 0.0, None)], None),
        ([(0.0, None, 1.0), (0.3, None, 0.0)], None),
        ([], None),
    ],
)
def test_a_suggestion_loses_few_of_the_own_pictures(
    rows: list[tuple[float, float | None, float | None]], suggested: float | None
) -> None:
    found = suggest([Threshold(*row) for row in rows])
    assert (found.probability if found else None) == suggested


def test_where_no_threshold_helps_the_sentence_says_so() -> None:
    table = threshold_table(own=[0.5, 0.6, 0.7], foreign=[0.9, 0.95])
    assert table.suggested is None
    assert table.sentence.startswith("No threshold is suggested")


@pytest.mark.parametrize(("own", "foreign"), [([], []), ([0.5], []), ([], [0.5])])
def test_what_cannot_be_measured_is_not_given_a_number(
    own: list[float], foreign: list[float]
) -> None:
    table = threshold_table(own, foreign)
    assert table.suggested is None
    assert "it could be measured" in table.sentence
    assert all((row.own_rejected is None) is (not own) for row in table.rows)
    assert all((row.foreign_accepted is None) is (not foreign) for row in table.rows)


def test_who_stopped_is_not_told_to_make_more_classes() -> None:
    table = threshold_table(own=[0.9] * 6, foreign=[], stopped=True)
    assert table.sentence.startswith("The training was stopped before it was measured")
    both = threshold_table(own=[0.9] * 6, foreign=[0.3] * 6, stopped=True)
    assert both.sentence.startswith("Suggested")


def test_classes_left_out_look_less_certain() -> None:
    table = make_table([12, 12, 12, 12], copies=2, apart=4.0, dimensions=30)
    ridge = Candidate("ridge", 30.0)
    foreign = drain(foreign_probabilities(table, ridge))
    assert len(foreign) == 48
    own = fit(table, ridge).head(table.features).softmax(1).amax(1)
    assert sum(foreign) / 48 < float(own.mean()) - 0.1


def test_two_classes_leave_nothing_to_leave_out() -> None:
    assert drain(foreign_probabilities(make_table([4, 4]), Candidate("centroid"))) == []
