"""How optimizer and learning rates go through a training."""

import math

from torch import nn, optim

from rn18demo.training.recipe import TeachRecipe

STEPS_DOWN = 3
"""The step schedule has so many levels, each a tenth of the one before."""
WARM_UP, START = 0.3, 1 / 25
"""One-cycle rises from START to 1 during this share of the time (1708.07120)."""
MOMENTUM = 0.9


def rate_factor(schedule: str, progress: float) -> float:
    """What the learning rates are multiplied by.

    Args:
        schedule: One of `recipe.SCHEDULES`.
        progress: Share of the training that is done, 0 to 1.

    Returns:
        0 to 1.
    """
    if schedule == "step":
        return 0.1 ** min(STEPS_DOWN - 1, int(progress * STEPS_DOWN))
    if schedule == "cosine":
        return (1 + math.cos(math.pi * progress)) / 2
    if schedule == "one-cycle":
        if progress < WARM_UP:
            return START + (1 - START) * (1 - math.cos(math.pi * progress / WARM_UP)) / 2
        return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2
    return 1.0


def make_optimizer(
    backbone: list[nn.Parameter], head: list[nn.Parameter], recipe: TeachRecipe
) -> optim.Optimizer:
    """The optimizer that the recipe names, with a rate for each of the two groups."""
    groups = [{"params": head, "lr": recipe.head_rate}]
    if backbone:
        groups.append({"params": backbone, "lr": recipe.backbone_rate})
    for group in groups:
        group["full_rate"] = group["lr"]
    if recipe.optimizer == "sgd":
        return optim.SGD(groups, momentum=MOMENTUM, weight_decay=recipe.weight_decay)
    return optim.AdamW(groups, weight_decay=recipe.weight_decay)


def set_rates(optimizer: optim.Optimizer, factor: float) -> None:
    """Multiply the rates that `make_optimizer` set by a factor."""
    for group in optimizer.param_groups:
        group["lr"] = group["full_rate"] * factor
