"""Fine-tuning: what moves, what must not, and when it is kept."""

import copy
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.errors import Cancelled
from rn18demo.training.cross_validation import LeftOut, cross_validate, evaluation_folds
from rn18demo.training.export import model_card
from rn18demo.training.features import (
    FeatureMemory,
    FeatureReader,
    build_table,
    compute_features,
)
from rn18demo.training.finetune import DEEPER_FOLDS, FineTuned, FineTuning, Step
from rn18demo.training.found import Found, make_lesson
from rn18demo.training.lesson import moved
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.relay import relay
from rn18demo.training.selection import choose
from rn18demo.training.table import FeatureTable
from rn18demo.training.tail import Tail, TailInputs
from rn18demo.training.teaching import Teaching
from rn18demo.training.training_run import CurvePoint, Material, answer, train
from tests.training.small_lessons import drain, make_base, make_dataset, make_engine

CPU = torch.device("cpu")
FAST = TeachRecipe(mode="deeper", epochs=2, patience=0, backbone_rate=1e-3, head_rate=1e-2)


class Bench:
    """A small lesson, ready to be fine-tuned."""

    def __init__(self, network: ResNet, counts: Sequence[int], recipe: TeachRecipe) -> None:
        self.base: Checkpoint = make_base(network)
        dataset = make_dataset(counts)
        shots = [shot for one in dataset.classes for shot in one.shots]
        memory, augmentation = FeatureMemory(), recipe.augmentation
        reader = FeatureReader(self.base.network, self.base.transform, CPU)
        list(compute_features(shots, self.base, lambda: reader, augmentation, memory=memory))
        self.table: FeatureTable = build_table(dataset, self.base, augmentation, 0, memory)
        self.tail = Tail(self.base.network, len(counts), recipe.stages, CPU, recipe.amp)
        self.tail.set_head(choose(self.table).head)
        inputs = TailInputs(self.tail, shots, self.base.transform, augmentation, 0)
        labels = self.table.labels[self.table.original]
        self.material = Material(inputs, labels, torch.ones(len(labels)))
        self.folds: Tensor = evaluation_folds(self.table, 3)
        self.rows = list(range(len(labels)))


@pytest.mark.parametrize("trained", ["head", "layer4", "layer3-4", "all"])
def test_only_what_is_trained_moves(network: ResNet, trained: str) -> None:
    recipe = TeachRecipe(
        mode="deeper", trained=trained, epochs=1, patience=0, backbone_rate=1e-3, crop=True
    )
    bench = Bench(network, [3, 3], recipe)
    buffers = {name: value.clone() for name, value in bench.tail.network.named_buffers()}
    head = copy.deepcopy(bench.tail.network.fc)
    drain(train(bench.tail, bench.material, recipe, bench.rows))
    change = moved(bench.base.network, bench.tail.network)
    assert {stage for stage, share in change.items() if share > 0} == set(recipe.stages)
    assert not torch.equal(head.weight, bench.tail.network.fc.weight)
    assert not any(module.training for module in bench.tail.network.modules())
    for name, value in bench.tail.network.named_buffers():
        assert torch.equal(value, buffers[name]), name  # batch norm stayed in eval mode


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle"])
def test_training_learns(network: ResNet, optimizer: str, schedule: str) -> None:
    settings = {
        "mode": "deeper",
        "optimizer": optimizer,
        "schedule": schedule,
        "epochs": 4,
        "patience": 0,
        "label_smoothing": 0.0,
        "backbone_rate": 1e-3 if optimizer == "adamw" else 1e-2,
        "head_rate": 1e-2,
    }
    recipe = TeachRecipe.from_settings(settings)
    bench = Bench(network, [6, 6], recipe)
    points = list(train(bench.tail, bench.material, recipe, bench.rows))
    assert [point.epoch for point in points] == [0, 1, 2, 3, 4]
    assert points[0].loss is None
    losses = [point.loss for point in points[1:] if point.loss is not None]
    assert losses[-1] < losses[0]
    after = answer(bench.tail, bench.material.inputs, bench.rows)
    assert torch.equal(after.argmax(1), bench.material.labels)


def test_the_two_curves_measure_the_same_loss(network: ResNet) -> None:
    """Watching the very pictures that it learns from, without a step that changes anything."""
    recipe = TeachRecipe(
        mode="deeper", epochs=1, flip=False, label_smoothing=0.4, optimizer="sgd", weight_decay=0.0
    )
    bench = Bench(network, [5, 5], recipe)
    still = Material(bench.material.inputs, bench.material.labels, torch.zeros(10))
    *_, point = train(bench.tail, still, recipe, bench.rows, bench.rows)
    assert point.loss == pytest.approx(point.held_out_loss, rel=1e-3)


def test_early_stopping_goes_back_to_the_best(network: ResNet) -> None:
    """With absurd rates it only gets worse: the start is the best, and stays."""
    settings = {"mode": "deeper", "epochs": 9, "patience": 2, "optimizer": "sgd"}
    recipe = TeachRecipe.from_settings(
        settings | {"schedule": "constant", "backbone_rate": 1.0, "head_rate": 1.0}
    )
    bench = Bench(network, [6, 6], recipe)
    start = [value.clone() for value in bench.tail.state()]
    run = train(bench.tail, bench.material, recipe, bench.rows[:-3], bench.rows[-3:])
    points: list[CurvePoint] = []
    while True:
        try:
            points.append(next(run))
        except StopIteration as end:
            best = end.value
            break
    watched = [point.held_out_loss for point in points if point.held_out_loss is not None]
    assert len(watched) == len(points)
    finite = [loss if loss == loss else float("inf") for loss in watched]
    assert best == finite.index(min(finite))
    assert len(points) - 1 == best + 2
    if best == 0:
        assert all(torch.equal(*pair) for pair in zip(start, bench.tail.state(), strict=True))


def test_the_same_seed_trains_the_same(network: ResNet) -> None:
    recipe = TeachRecipe(mode="deeper", epochs=2, patience=0, crop=True, seed=3)
    ends = []
    for seed in (3, 3, 4):
        bench = Bench(network, [4, 4], recipe)
        own = TeachRecipe(mode="deeper", epochs=2, patience=0, crop=True, seed=seed)
        drain(train(bench.tail, bench.material, own, bench.rows, name="run"))
        ends.append(bench.tail.state())
    assert all(torch.equal(*pair) for pair in zip(ends[0], ends[1], strict=True))
    assert not all(torch.equal(*pair) for pair in zip(ends[0], ends[2], strict=True))


def fine_tuned(bench: Bench, alone: LeftOut, recipe: TeachRecipe) -> tuple[list[Step], FineTuned]:
    tuning = FineTuning(bench.tail, bench.material, bench.table, bench.folds, alone, recipe)
    steps: list[Step] = []

    def run() -> Generator[Step, None, FineTuned]:
        verdict = yield from tuning.trials()
        return (yield from tuning.last_run(verdict)) if verdict.comparison.unfinished else verdict

    found = drain(relay(run(), steps.append))
    return steps, found


def test_no_gain_is_not_kept(network: ResNet) -> None:
    bench = Bench(network, [5, 5], FAST)
    alone = drain(cross_validate(bench.table, bench.folds))
    start = bench.tail.state()
    steps, found = fine_tuned(bench, alone, FAST)
    assert not found.kept
    assert "head alone is kept" in found.comparison.sentence
    assert all(torch.equal(*pair) for pair in zip(start, bench.tail.state(), strict=True))
    assert [step.share for step in steps] == sorted(step.share for step in steps)
    assert len(steps) == 3 * 3  # no last run on all pictures


def all_wrong(bench: Bench) -> LeftOut:
    """A head that has everything wrong."""
    honest = drain(cross_validate(bench.table, bench.folds))
    wrong = LeftOut(honest.table, honest.folds, -honest.logits.abs(), honest.measured)
    wrong.logits[torch.arange(12), 1 - honest.table.labels] = 1.0
    return wrong


def test_where_most_trials_were_best_untrained_nothing_is_said_to_be_kept(
    network: ResNet,
) -> None:
    """Pictures without weight teach nothing; the start is still better than all wrong."""
    recipe = TeachRecipe(mode="deeper", epochs=2, patience=1, optimizer="sgd", weight_decay=0.0)
    bench = Bench(network, [6, 6], recipe)
    weightless = torch.zeros(12)
    bench.material = Material(bench.material.inputs, bench.material.labels, weightless)
    start = bench.tail.state()
    _, found = fine_tuned(bench, all_wrong(bench), recipe)
    assert found.comparison.better
    assert not found.kept
    assert found.comparison.sentence.endswith(
        "most trials were best before any fine-tuning: the head alone is kept."
    )
    assert all(torch.equal(*pair) for pair in zip(start, bench.tail.state(), strict=True))


def test_a_clear_gain_is_kept(network: ResNet) -> None:
    """Against a head that has everything wrong, what is learned counts."""
    bench = Bench(network, [6, 6], FAST)
    wrong = all_wrong(bench)
    steps, found = fine_tuned(bench, wrong, FAST)
    assert found.kept
    assert found.comparison.better
    assert found.epochs == 2
    assert steps[-1].point.run == "last run, on all pictures"
    assert steps[-1].share == pytest.approx(1)
    assert moved(bench.base.network, bench.tail.network)["layer4"] > 0
    kept = answer(bench.tail, bench.material.inputs, bench.rows)
    assert float((kept.argmax(1) == bench.material.labels).double().mean()) > 0.9
    assert found.comparison.sentence.endswith("fine-tuning is kept.")
    assert found.temperature != 1

    # It was chosen by the very pictures that it is measured on: that is said wherever it is kept.
    caveat = "its number is rather too high; the head alone named 0 of 12 rightly."
    choice, base = choose(bench.table), bench.base
    for tail in (bench.tail, None):
        known = Found(alone=wrong, foreign=(), fine=found, tail=tail)
        lesson = make_lesson(known, choice, base, base.network, ("a", "b"), FAST)
        said = [lesson.sentence, lesson.checkpoint.note, model_card(lesson)]
        assert [caveat in words for words in said] == [tail is not None] * 3


def test_stopping_the_last_run_keeps_what_the_trials_said(network: ResNet, tmp_path: Path) -> None:
    bench, stopped = Bench(network, [6, 6], FAST), threading.Event()
    bench.folds = evaluation_folds(bench.table, DEEPER_FOLDS)
    choice = choose(bench.table)
    found = Found(alone=all_wrong(bench), foreign=(), stopped=True)
    dataset, engine = make_dataset([6, 6]), make_engine(tmp_path)
    teaching = Teaching(dataset, bench.base, engine, FAST, stopped.is_set, FeatureMemory())
    with pytest.raises(Cancelled):
        for report in teaching._go_deeper(bench.table, choice, found):
            if "last run" in report.sentence:
                stopped.set()
    assert found.fine is not None and found.fine.comparison.better and not found.fine.kept

    lesson = make_lesson(found, choice, bench.base, bench.base.network, ("a", "b"), FAST)
    assert not lesson.fine_tuned
    assert torch.equal(lesson.checkpoint.network.fc.weight, choice.head.weight.float())
    assert lesson.sentence.endswith(
        "it is better. But the last run, on all pictures, was stopped: the head alone is kept."
    )


def test_a_fold_is_not_seen_before_it_is_asked(network: ResNet) -> None:
    """Changing a fold's labels changes nothing about what is trained to judge that fold."""
    recipe = TeachRecipe(mode="deeper", epochs=1, patience=0, label_smoothing=0.0, amp=False)
    answers = []
    for swap in (False, True):
        bench = Bench(network, [6, 6], recipe)
        if swap:
            first = bench.folds == 0
            labels = torch.where(first, 1 - bench.table.labels, bench.table.labels)
            t = bench.table
            bench.table = FeatureTable(t.features, labels, t.groups, t.shots, t.original, t.classes)
            own = bench.table.labels[bench.table.original]
            bench.material = Material(bench.material.inputs, own, bench.material.weights)
        alone = drain(cross_validate(bench.table, bench.folds))
        found = fine_tuned(bench, alone, recipe)[1]
        answers.append(found.left_out.logits[alone.folds == 0].argmax(1))
    assert torch.equal(*answers)


def test_stopping_between_steps(network: ResNet) -> None:
    bench = Bench(network, [5, 5], FAST)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    with pytest.raises(Cancelled):
        drain(train(bench.tail, bench.material, FAST, bench.rows, stop=stop))
    assert asked == 2


def test_with_early_stopping_each_part_is_trained_twice(network: ResNet) -> None:
    """First to find how long, watching another part; then on all that the head alone had."""
    recipe = TeachRecipe(mode="deeper", epochs=2, patience=1, backbone_rate=1e-3)
    bench = Bench(network, [6, 6], recipe)
    alone = drain(cross_validate(bench.table, bench.folds))
    steps, found = fine_tuned(bench, alone, recipe)
    runs = list(dict.fromkeys(step.point.run for step in steps))
    assert len(runs) == 6 + found.kept
    for scout, run in zip(runs[0:6:2], runs[1:6:2], strict=True):
        watched = [step.point for step in steps if step.point.run == scout]
        trained = [step.point for step in steps if step.point.run == run]
        assert all(point.held_out_loss is not None for point in watched)
        assert all(point.held_out_loss is None for point in trained)
        losses = [point.held_out_loss or 0.0 for point in watched]
        assert trained[-1].epoch == losses.index(min(losses))
