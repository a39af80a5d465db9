"""The checkpoint that a lesson makes: a stock ResNet-18 like every other."""

import secrets
from dataclasses import replace

from torchvision.models import ResNet

from rn18demo.core import weights
from rn18demo.core.checkpoint_types import TAUGHT_PREFIX, Accuracy, Checkpoint
from rn18demo.training.evaluation import Evaluation
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.heads import LinearHead

PREFIX = TAUGHT_PREFIX
ID_BYTES = 16
"""Of randomness: an id that somebody else made cannot be guessed."""
LONGEST_TITLE = 100


def taught_checkpoint(
    base: Checkpoint,
    network: ResNet,
    head: LinearHead | None,
    labels: tuple[str, ...],
    evaluation: Evaluation | None,
    caveat: str = "",
) -> Checkpoint:
    """Put a taught network into the form that every lens takes.

    Args:
        base: What it was made from.
        network: Its stages, on any device; it is copied.
        head: On its pooled features; None if the network's own head is the one.
        labels: In the order of the head.
        evaluation: What is known about it.
        caveat: What is to be said of that.
    """
    state = dict(network.state_dict())
    if head is not None:
        state["fc.weight"], state["fc.bias"] = head.weight.float(), head.bias.float()
    title = "Taught: " + ", ".join(labels)
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1] + "…"
    checkpoint = Checkpoint(
        id=PREFIX + secrets.token_hex(ID_BYTES),
        title=title,
        network=weights.build_network(state, "The taught network"),
        labels=labels,
        transform=base.transform,
        source=f"Taught in this app, starting from “{base.title}”",
        sha256="",
        accuracy=_accuracy(evaluation),
        note=f"{evaluation.sentence} {caveat}".rstrip() if evaluation else "",
    )
    return replace(checkpoint, sha256=weights.sha256(safetensors_bytes(checkpoint)))


def _accuracy(evaluation: Evaluation | None) -> Accuracy | None:
    if evaluation is None or evaluation.accuracy is None or evaluation.top5 is None:
        return None
    return Accuracy(
        top1=evaluation.accuracy,
        top5=evaluation.top5,
        pictures=evaluation.measured,
        dataset="the user's own pictures, each left out of training once",
        method=f"cross-validation in {evaluation.folds} folds",
    )
