"""Folds, cross-validation, intervals, comparisons."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rn18demo.training.comparison import Comparison, compare
from rn18demo.training.cross_validation import cross_validate, evaluation_folds
from rn18demo.training.evaluation import Evaluation, ShotAnswer, wilson
from rn18demo.training.folds import group_numbers, make_folds
from rn18demo.training.holds import HOLD_UNITS
from rn18demo.training.selection import choose
from rn18demo.training.table import FeatureTable
from tests.training.small_lessons import drain, make_table

# Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


def evaluate(table: FeatureTable, count: int | None = None) -> Evaluation:
    names = [f"class {number}" for number in range(table.classes)]
    folds = evaluation_folds(table, count)
    found: Evaluation = drain(cross_validate(table, folds)).summarise(names)
    return found


@pytest.mark.parametrize(("right", "total", "low", "high"), NEWCOMBE)
def test_wilsons_interval_is_the_textbooks(right: int, total: int, low: float, high: float) -> None:
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


def test_nothing_measured_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_seventeen_of_twenty_in_words() -> None:
    answers = tuple(ShotAnswer(0, n, int(n >= 17), 0.9, 0.9, 1 + int(n >= 17)) for n in range(20))
    sentence = Evaluation(("a", "b"), answers, 20, (), 20, (20, 0)).sentence
    assert "17 of 20" in sentence
    assert "between 64 % and 95 %" in sentence


def test_near_identical_pictures_make_the_interval_no_narrower() -> None:
    answers = tuple(ShotAnswer(0, n, 0, 0.9, 0.9, 1) for n in range(20))
    alone = Evaluation(("a", "b"), answers, 5, (), 20, (20, 0))
    pairs = Evaluation(("a", "b"), answers, 5, (), 10, (10, 0))
    assert pairs.interval == wilson(10, 10)
    assert pairs.interval[0] < alone.interval[0]
    assert "10 are independent" in pairs.sentence
    first, second = pairs.per_class
    assert first.interval == pairs.interval
    assert second.interval == (0.0, 1.0)


def test_the_sentence_says_what_of_a_held_button_counts_once() -> None:
    answers = tuple(ShotAnswer(0, n, 0, 0.9, 0.9, 1) for n in range(20))
    said = {
        unit: Evaluation(("a", "b"), answers, 5, (), 10, (10, 0), unit).sentence
        for unit in HOLD_UNITS
    }
    assert "within one second of holding" in said["second"]
    assert "in one go by holding the button, count once: 10 are" in said["hold"]
    narrow = "Neighbouring seconds of one hold still resemble each other, so this range is narrower"
    assert [narrow in said[unit] for unit in HOLD_UNITS] == [unit == "second" for unit in said]


def test_each_class_counts_its_own_independent_pictures() -> None:
    table = make_table([6, 6], apart=3.0)
    groups = torch.where(table.groups < 4, 0, table.groups)  # four frames of one second
    found = evaluate(
        FeatureTable(
            table.features, table.labels, groups, table.shots, table.original, table.classes
        )
    )
    assert found.independent == 9
    assert [row.independent for row in found.per_class] == [3, 6]
    held, _ = found.per_class
    assert held.interval == wilson(held.right / 6 * 3, 3)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.integers(2, 10),
    st.integers(1, 3),
    st.integers(0, 5),
    st.data(),
)
def test_groups_never_straddle_folds(
    counts: list[int], folds: int, copies: int, seed: int, data: st.DataObject
) -> None:
    total = sum(counts)
    places = [(c, n) for c, count in enumerate(counts) for n in range(count)]
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(places), st.sampled_from(places)), max_size=4)
    )
    groups = torch.tensor(group_numbers(counts, pairs)).repeat(copies)
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts)).repeat(copies)
    found = make_folds(labels, groups, folds, seed)
    for group in groups.unique():
        assert len(found[groups == group].unique()) == 1
    for first, second in pairs:
        flat = {place: number for number, place in enumerate(places)}
        assert found[flat[first]] == found[flat[second]]
    assert found.unique().tolist() == list(range(min(folds, len(groups.unique()))))
    assert len(found) == total * copies


def test_classes_are_spread_over_the_folds() -> None:
    table = make_table([10, 23, 7], copies=2)
    folds = make_folds(table.labels, table.groups, 5)
    for label, count in enumerate([10, 23, 7]):
        own = table.original & (table.labels == label)
        sizes = torch.bincount(folds[own], minlength=5)
        assert int(sizes.max()) - int(sizes.min()) <= 1, (label, count)
    assert not torch.equal(folds, make_folds(table.labels, table.groups, 5, seed=1))


def test_groups_that_share_a_picture_are_one() -> None:
    assert group_numbers([3, 2], [[(0, 0), (1, 1)], [(1, 1), (0, 2)]]) == [0, 1, 0, 2, 0]


def test_twins_do_not_help_each_other() -> None:
    """Random labels, each picture twice: whoever lets twins straddle folds reports 100 %."""
    single = make_table([20, 20], apart=0.0, dimensions=60)
    twice = FeatureTable(
        single.features.repeat_interleave(2, 0),
        single.labels.repeat_interleave(2),
        single.groups.repeat_interleave(2),
        torch.arange(80),
        torch.ones(80, dtype=torch.bool),
        2,
    )
    assert (evaluate(twice).accuracy or 0) < 0.7
    torn = FeatureTable(
        twice.features, twice.labels, torch.arange(80), twice.shots, twice.original, 2
    )
    assert (evaluate(torn).accuracy or 0) > 0.9


def test_where_nothing_can_be_learned_nothing_is_claimed() -> None:
    """All choices are made inside the folds: random labels stay at chance."""
    rights = [
        evaluate(make_table([15, 15], copies=2, apart=0.0, seed=seed, dimensions=40)).right
        for seed in range(6)
    ]
    low, high = wilson(sum(rights), 180)
    assert low < 0.5 < high


def test_each_answer_is_of_a_head_that_never_saw_the_fold() -> None:
    table = make_table([7, 8, 9], copies=2)
    folds = evaluation_folds(table, 4)
    left_out = drain(cross_validate(table, folds))
    for fold in range(4):
        head = choose(table.rows(folds != fold)).head
        asked = (folds == fold) & table.original
        assert torch.allclose(left_out.logits[left_out.folds == fold], head(table.features[asked]))


def test_the_confusion_matrix_holds_its_pictures() -> None:
    table = make_table([9, 12, 8], apart=0.7)
    found = evaluate(table)
    assert found.confusion.sum() == found.measured == 29
    assert found.confusion.sum(1).tolist() == [9, 12, 8]
    for label in range(3):
        for predicted in range(3):
            cell = found.cell(label, predicted)
            assert len(cell) == found.confusion[label, predicted]
            assert all(a.label == label and a.predicted == predicted for a in cell)
    assert found.right == int(found.confusion.trace())
    assert [row.right for row in found.per_class] == found.confusion.diagonal().tolist()
    sure = [answer.probability for answer in found.mistakes]
    assert sure == sorted(sure, reverse=True)
    assert len(sure) == found.measured - found.right > 0
    assert sorted((a.label, a.shot) for a in found.answers) == [
        (label, shot) for label, count in enumerate([9, 12, 8]) for shot in range(count)
    ]


def test_a_single_picture_of_a_class_is_said_to_be_unmeasured() -> None:
    found = evaluate(make_table([1, 6, 6], apart=3.0))
    assert found.unmeasured == ((0, 0),)
    assert found.measured == 12
    assert "1 could not be judged" in found.sentence


def test_two_classes_of_one_picture_measure_nothing() -> None:
    found = evaluate(make_table([1, 1], copies=2))
    assert found.accuracy is None
    assert found.top5 is None
    assert found.interval == (0.0, 1.0)
    assert "Nothing can be measured" in found.sentence
    assert "taken within one second of holding the button, count as one" in found.sentence


@pytest.mark.parametrize(
    ("gained", "lost", "luck", "better"),
    [(8, 1, 10 / 512, True), (5, 0, 1 / 32, True), (4, 0, 1 / 16, False), (0, 0, 1.0, False)],
)
def test_better_beyond_noise_is_mcnemars_exact_test(
    gained: int, lost: int, luck: float, better: bool
) -> None:
    old = torch.tensor([False] * gained + [True] * lost + [True] * 10)
    new = torch.tensor([True] * gained + [False] * lost + [True] * 10)
    found = compare(old, new, torch.arange(len(old)))
    assert found.luck == pytest.approx(luck)
    assert found.better is better
    assert ("kept" in found.sentence) and (("fine-tuning is kept" in found.sentence) is better)


def test_frames_that_are_alike_gain_once() -> None:
    """Ten frames of one thing put right are one success, not ten."""
    old, new = torch.tensor([False] * 10 + [True] * 5), torch.ones(15, dtype=torch.bool)
    alike = torch.tensor([0] * 10 + [1, 2, 3, 4, 5])
    assert compare(old, new, torch.arange(15)).better
    found = compare(old, new, alike)
    assert (found.gained, found.independent, found.luck) == (10, 6, 0.5)
    assert not found.better
    assert "nearly the same once (6 are left)" in found.sentence
    assert "head alone is kept" in found.sentence


def test_a_group_goes_the_way_that_most_of_it_went() -> None:
    old = torch.tensor([True, False, False, True, False, False])
    new = torch.tensor([False, True, True, False, True, True])
    found = compare(old, new, torch.tensor([0, 0, 0, 1, 1, 2]))
    assert (found.gained, found.lost) == (4, 2)
    assert found.luck == 1 / 4  # two gained, and one stands as it stood


def test_better_but_best_untrained_is_not_said_to_be_kept() -> None:
    found = Comparison(30, 30, gained=9, lost=0, luck=0.01, untrained=True)
    assert found.better and not found.kept
    assert found.sentence.endswith("before any fine-tuning: the head alone is kept.")
