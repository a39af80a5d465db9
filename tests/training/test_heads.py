"""Heads against scikit-learn, closed forms against brute force."""

import itertools
from typing import Any

import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.models import ResNet

from rn18demo.training.folds import make_folds
from rn18demo.training.heads import (
    Basis,
    LinearHead,
    centroid,
    centroid_left_out,
    ridge,
    ridge_left_out,
)
from rn18demo.training.logistic import logistic, logistic_left_out
from rn18demo.training.selection import (
    LOGISTIC_STRENGTHS,
    RIDGE_STRENGTHS,
    SELECTION_FOLDS,
    Candidate,
    choose,
    clearly_worse,
    fit,
)
from rn18demo.training.table import FeatureTable, measurable
from tests.training.small_lessons import make_table


def with_alike(table: FeatureTable, alike: int) -> FeatureTable:
    """The same with the first pictures, which are of one class, in one group."""
    groups = torch.where(table.groups < alike, 0, table.groups)
    return FeatureTable(
        table.features, table.labels, groups, table.shots, table.original, table.classes
    )


class LargestTensor(TorchDispatchMode):
    """Notes how many numbers the largest tensor has that is made meanwhile."""

    largest = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        made = function(*args, **(kwargs or {}))
        for one in made if isinstance(made, tuple | list) else [made]:
            if isinstance(one, Tensor):
                self.largest = max(self.largest, one.numel())
        return made


TABLES = {
    "few pictures": make_table([4, 4, 4]),
    "more numbers than pictures": make_table([3, 3], dimensions=40),
    "more pictures than numbers": make_table([20, 15, 25], dimensions=5),
    "replicas": make_table([4, 5, 3], copies=3),
    "unequal classes": make_table([2, 12, 5], copies=2),
    "one picture of a class": make_table([1, 4, 4]),
    "one large group": with_alike(make_table([9, 9], copies=2), 7),
}


@pytest.fixture(params=list(TABLES.values()), ids=list(TABLES))
def table(request: pytest.FixtureRequest) -> FeatureTable:
    found: FeatureTable = request.param
    return found


def scaled(table: FeatureTable) -> Tensor:
    """Features centred and divided by one number, as the heads see them."""
    basis = Basis.of(table)
    return (table.features - basis.mean) / basis.deviation


def brute_ridge(x: Tensor, y: Tensor, weights: Tensor, strength: float) -> Ridge:
    return Ridge(strength, solver="cholesky").fit(x.numpy(), y.numpy(), weights.numpy())


@pytest.mark.parametrize("strength", [0.5, 30.0])
def test_ridge_is_scikit_learns(table: FeatureTable, strength: float) -> None:
    x = scaled(table)
    reference = brute_ridge(x, table.targets, table.weights, strength)
    expected = torch.tensor(reference.predict(x.numpy()))
    assert torch.allclose(ridge(Basis.of(table), strength)(table.features), expected, atol=1e-8)


@pytest.mark.parametrize("strength", [0.5, 30.0])
@pytest.mark.parametrize("folds", [None, 3])
def test_ridge_left_out_in_closed_form_is_brute_force(
    table: FeatureTable, strength: float, folds: int | None
) -> None:
    parts = table.groups if folds is None else make_folds(table.labels, table.groups, folds)
    x = scaled(table)
    closed = ridge_left_out(Basis.of(table), strength, parts)
    for part in parts.unique():
        inside = parts == part
        left = brute_ridge(x[~inside], table.targets[~inside], table.weights[~inside], strength)
        expected = torch.tensor(left.predict(x[inside].numpy()))
        assert torch.allclose(closed[inside], expected, atol=1e-7)


def test_one_large_group_makes_the_others_no_larger() -> None:
    """Hundreds of frames of a camera that did not move, beside as many different pictures."""
    table = with_alike(make_table([150, 150]), 150)
    basis = Basis.of(table)
    with LargestTensor() as watch:
        ridge_left_out(basis, 30.0, table.groups)
    assert watch.largest <= len(table) ** 2


@pytest.mark.parametrize("strength", [1.0, 20.0])
def test_logistic_is_scikit_learns(table: FeatureTable, strength: float) -> None:
    x = scaled(table).numpy()
    reference = LogisticRegression(C=1 / strength, tol=1e-9, max_iter=10_000)
    reference.fit(x, table.labels.numpy(), table.weights.numpy())
    expected = torch.tensor(reference.predict_proba(x))
    ours = logistic(Basis.of(table), strength)(table.features).softmax(1)
    if table.classes == 2:
        # scikit-learn holds one weight vector down where two classes have two that mirror it.
        reference = LogisticRegression(C=2 / strength, tol=1e-9, max_iter=10_000)
        reference.fit(x, table.labels.numpy(), table.weights.numpy())
        expected = torch.tensor(reference.predict_proba(x))
    assert torch.allclose(ours, expected, atol=2e-4)


def test_logistic_left_out_is_brute_force() -> None:
    table = make_table([6, 5, 7], copies=2)
    parts = make_folds(table.labels, table.groups, 3)
    strengths = [5.0, 50.0]
    x = scaled(table).numpy()
    found = logistic_left_out(Basis.of(table), strengths, parts)
    for number, part in itertools.product(range(2), parts.unique()):
        inside = (parts == part).numpy()
        left = LogisticRegression(C=1 / strengths[number], tol=1e-9, max_iter=10_000)
        left.fit(x[~inside], table.labels.numpy()[~inside], table.weights.numpy()[~inside])
        expected = torch.tensor(left.predict_proba(x[inside]))
        ours = found[number][torch.tensor(inside)].softmax(1)
        assert torch.allclose(ours, expected, atol=0.02)  # only to compare candidates
        assert torch.equal(ours.argmax(1), expected.argmax(1))


def test_centroid_answers_what_the_angle_says(table: FeatureTable) -> None:
    mean = (table.weights[:, None] * table.features).sum(0) / table.weights.sum()
    directions = torch.nn.functional.normalize(table.features - mean, dim=1)
    logits = centroid(table)(table.features)
    for row in range(len(table)):
        cosines = []
        for label in range(table.classes):
            mine = table.labels == label
            centre = (table.weights[mine, None] * directions[mine]).sum(0)
            cosines.append(torch.cosine_similarity(directions[row], centre, dim=0))
        assert int(torch.stack(cosines).argmax()) == int(logits[row].argmax())


def test_centroid_left_out_does_not_know_the_part() -> None:
    table = make_table([4, 4, 4], copies=2)
    before = centroid_left_out(table, table.groups)
    changed = table.features.clone()
    changed[table.groups == 5] = 1000.0
    moved = FeatureTable(
        changed, table.labels, table.groups, table.shots, table.original, table.classes
    )
    after = centroid_left_out(moved, moved.groups)
    head = centroid(table.rows(table.groups != 5))
    assert torch.allclose(before[table.groups == 5], head(table.features[table.groups == 5]))
    assert torch.allclose(after[table.groups == 5], head(changed[table.groups == 5]))
    assert not torch.allclose(before[table.groups != 5], after[table.groups != 5])


@pytest.mark.parametrize("family", ["centroid", "ridge", "logistic"])
def test_a_head_in_the_network_changes_no_logit(network: ResNet, family: str) -> None:
    """Centring, scaling and temperature are folded: the plain Linear answers the same."""
    table = make_table([5, 6, 4], copies=2, dimensions=512)
    head = fit(table, Candidate(family, 0.0 if family == "centroid" else 10.0)).head  # type: ignore[arg-type]
    network.fc = torch.nn.Linear(512, 3)
    network.fc.load_state_dict({"weight": head.weight.float(), "bias": head.bias.float()})
    with torch.inference_mode():
        ours = network.fc(table.features.float())
    mean = Basis.of(table).mean
    # The same computed in two steps, in double precision: first centred, then weighted.
    expected = (table.features - mean) @ head.weight.T + (head.bias + head.weight @ mean)
    assert float((ours.double() - expected).abs().max()) < 1e-4


def test_scaling_the_features_changes_no_probability() -> None:
    """Strengths mean the same for every backbone."""
    table = make_table([5, 5, 5])
    larger = FeatureTable(
        table.features * 37 + 4,
        table.labels,
        table.groups,
        table.shots,
        table.original,
        table.classes,
    )
    for candidate in (Candidate("ridge", 30.0), Candidate("logistic", 10.0), Candidate("centroid")):
        ours = fit(table, candidate).head(table.features).softmax(1)
        other = fit(larger, candidate).head(larger.features).softmax(1)
        assert torch.allclose(ours, other, atol=1e-5), candidate


def test_the_choice_learns_what_can_be_learned() -> None:
    choice = choose(make_table([10, 10, 10], copies=2, apart=3.0), scored=True)
    assert max(score.accuracy for score in choice.scores) > 0.9
    assert {score.candidate.family for score in choice.scores} == {
        "centroid",
        "ridge",
        "logistic",
    }
    assert choice.candidate in [score.candidate for score in choice.scores]
    assert len(choice.scores) == len(RIDGE_STRENGTHS) + len(LOGISTIC_STRENGTHS) + 1


def test_all_ways_are_measured_alike() -> None:
    """Every score is that of the same folds, whatever else chose the strength of ridge."""
    table = make_table([9, 11, 10], copies=2, apart=0.8)
    folds = make_folds(table.labels, table.groups, SELECTION_FOLDS)
    basis, seen = Basis.of(table), measurable(table, folds)
    for score in choose(table, scored=True).scores:
        way = score.candidate
        if way.family == "centroid":
            logits = centroid_left_out(table, folds)
        elif way.family == "ridge":
            logits = ridge_left_out(basis, way.strength, folds)
        else:
            logits = logistic_left_out(basis, LOGISTIC_STRENGTHS, folds)[
                LOGISTIC_STRENGTHS.index(way.strength)
            ]
        right = logits[seen].argmax(1) == table.labels[seen]
        assert score.accuracy == pytest.approx(float(right.double().mean())), way


def test_telling_the_scores_changes_no_choice() -> None:
    for seed in range(5):
        table = make_table([6, 7, 8], apart=0.7, seed=seed)
        told, silent = choose(table, scored=True), choose(table)
        assert silent.scores == ()
        assert told.candidate == silent.candidate
        assert torch.equal(told.head.weight, silent.head.weight)


def test_with_one_picture_each_the_centroid_is_taken() -> None:
    table = make_table([1, 1], copies=2)
    choice = choose(table)
    assert choice.candidate == Candidate("centroid")
    assert choice.scores == ()
    answers = choice.head(table.features).softmax(1)
    assert torch.equal(answers.argmax(1), table.labels)
    assert float(answers.max()) < 0.9  # two pictures are no reason to be sure


def test_all_features_alike_is_no_crash() -> None:
    table = make_table([3, 3])
    same = FeatureTable(
        torch.ones_like(table.features),
        table.labels,
        table.groups,
        table.shots,
        table.original,
        table.classes,
    )
    answers = choose(same).head(same.features).softmax(1)
    assert torch.allclose(answers, torch.full_like(answers, 0.5), atol=1e-3)


def test_a_class_with_more_pictures_is_not_likelier() -> None:
    """At the point between two equal clouds, 4 and 40 pictures say the same."""
    table = make_table([4, 40], apart=0.0, seed=3)
    shifted = table.features - 2
    features = shifted + torch.where(table.labels[:, None] == 0, -3.0, 3.0)
    lopsided = FeatureTable(
        features, table.labels, table.groups, table.shots, table.original, table.classes
    )
    for head in (ridge(Basis.of(lopsided), 10.0), logistic(Basis.of(lopsided), 10.0)):
        assert isinstance(head, LinearHead)
        middle = head(torch.zeros(1, 12, dtype=torch.float64)).softmax(1)
        assert 0.3 < float(middle[0, 0]) < 0.7


@pytest.mark.parametrize(
    ("gained", "lost", "worse"), [(0, 0, False), (0, 1, False), (0, 2, True), (5, 8, False)]
)
def test_clearly_worse_is_one_standard_error(gained: int, lost: int, worse: bool) -> None:
    right = torch.tensor([True] * gained + [False] * lost + [True] * 20)
    best = torch.tensor([False] * gained + [True] * lost + [True] * 20)
    assert clearly_worse(right, best, torch.arange(len(right))) is worse


def test_frames_that_are_alike_are_one_reason_to_call_a_head_worse() -> None:
    right = torch.tensor([False] * 9 + [True] * 20)
    alike = torch.tensor([0] * 9 + list(range(1, 21)))
    best = torch.ones_like(right)
    assert clearly_worse(right, best, torch.arange(29))
    assert not clearly_worse(right, best, alike)


def test_measurable_rows_have_company_elsewhere() -> None:
    table = make_table([1, 2, 3], copies=2)
    seen = measurable(table, table.groups)
    assert not bool(seen[~table.original].any())
    assert table.labels[seen].tolist() == [1, 1, 2, 2, 2]
