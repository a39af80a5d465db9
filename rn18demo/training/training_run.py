"""One run of training: epochs over some pictures, watched on others."""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from rn18demo.core.watched import Stop
from rn18demo.errors import Cancelled
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.schedule import make_optimizer, rate_factor, set_rates
from rn18demo.training.tail import Tail, TailInputs

BATCH = 16


@dataclass(frozen=True)
class CurvePoint:
    """One epoch of one run.

    Attributes:
        run: Which, for people: "trial 2 of 5, to find when to stop".
        epoch: 0 before the first step.
        loss: Mean cross-entropy of the pictures trained on, without label smoothing, so that it
            can be compared with `held_out_loss`; None at epoch 0.
        accuracy: Share of these named rightly, replicas as they were drawn; None at epoch 0.
        held_out_loss: Mean cross-entropy of the pictures that are watched; None without any.
        held_out_accuracy: Share of these named rightly; None without any.
    """

    run: str
    epoch: int
    loss: float | None
    accuracy: float | None
    held_out_loss: float | None = None
    held_out_accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained on.

    Attributes:
        inputs: Of the tail.
        labels: (S,) int64, on the CPU.
        weights: (S,), what a picture counts in the loss; 1 on average.
    """

    inputs: TailInputs
    labels: Tensor
    weights: Tensor


def train(
    tail: Tail,
    material: Material,
    recipe: TeachRecipe,
    rows: Sequence[int],
    watched: Sequence[int] = (),
    epochs: int | None = None,
    name: str = "",
    stop: Stop | None = None,
) -> Generator[CurvePoint, None, int]:
    """Train a tail from where it is.

    Args:
        tail: Changed in place.
        material: S pictures.
        recipe: How.
        rows: Numbers of the pictures that are trained on.
        watched: Of those that decide when it was best; the tail ends as it was then. Without
            any, it ends as it is after the last epoch.
        epochs: Where to end; `recipe.epochs`, which the schedule is made for, if None.
        name: Of the run.
        stop: Asked before each step.

    Yields:
        A point after each epoch, and one before the first.

    Returns:
        The epoch that the tail is left at.

    Raises:
        Cancelled: `stop` said so; the tail is as the last step left it.
    """
    optimizer = make_optimizer(tail.backbone, tail.head, recipe)
    # So few steps cannot be spent on finding the scale from PyTorch's 2^16 downwards.
    half = tail.dtype is torch.float16
    scaler = torch.amp.GradScaler(tail.device.type, init_scale=2.0**10, enabled=half)
    chance = random.Random(f"{recipe.seed} {name}")
    steps = -(-len(rows) // BATCH)
    best_epoch, best_state = 0, tail.state() if watched else []
    first = _judge(tail, material, watched)
    best_loss = first[0] if first else float("inf")
    yield CurvePoint(name, 0, None, None, *(first or ()))
    last = epochs if epochs is not None else recipe.epochs
    for epoch in range(1, last + 1):
        order = list(rows)
        chance.shuffle(order)
        losses, right = 0.0, 0
        for step in range(steps):
            if stop is not None and stop():
                raise Cancelled("The training was stopped; the best network so far is kept.")
            done = (epoch - 1 + step / steps) / recipe.epochs
            set_rates(optimizer, rate_factor(recipe.schedule, done))
            part = order[step * BATCH : (step + 1) * BATCH]
            numbers = [chance.randrange(material.inputs.replicas) for _ in part]
            loss, hits = _step(
                tail, material, recipe, list(zip(part, numbers, strict=True)), optimizer, scaler
            )
            losses, right = losses + loss * len(part), right + hits
        now = _judge(tail, material, watched)
        yield CurvePoint(name, epoch, losses / len(rows), right / len(rows), *(now or ()))
        if now and now[0] < best_loss:
            best_epoch, best_loss, best_state = epoch, now[0], tail.state()
        elif now and recipe.patience and epoch - best_epoch >= recipe.patience:
            break
    if not watched:
        return last
    tail.load(best_state)
    return best_epoch


@torch.no_grad()
def answer(tail: Tail, inputs: TailInputs, rows: Sequence[int]) -> Tensor:
    """(len(rows), C) float64 logits on the CPU, of the pictures themselves."""
    parts = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    return torch.cat([tail(inputs([(r, 0) for r in part])).cpu() for part in parts]).double()


@torch.enable_grad()
def _step(
    tail: Tail,
    material: Material,
    recipe: TeachRecipe,
    places: list[tuple[int, int]],
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
) -> tuple[float, int]:
    """Learn from one batch; returns its mean cross-entropy and how many were right before."""
    shots = [shot for shot, _ in places]
    labels = material.labels[shots].to(tail.device)
    weights = material.weights[shots].to(tail.device, torch.float32)
    logits = tail(material.inputs(places))
    smoothing = recipe.label_smoothing
    each = F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    loss = (each * weights).mean()
    optimizer.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    plain = F.cross_entropy(logits.detach(), labels)
    return float(plain), int((logits.argmax(1) == labels).sum())


def _judge(tail: Tail, material: Material, rows: Sequence[int]) -> tuple[float, float] | None:
    """Mean cross-entropy and accuracy of pictures that are not trained on."""
    if not rows:
        return None
    labels = material.labels[list(rows)]
    logits = answer(tail, material.inputs, rows)
    loss = float(F.cross_entropy(logits, labels))
    return loss, float((logits.argmax(1) == labels).double().mean())
