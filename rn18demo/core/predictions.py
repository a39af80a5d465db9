"""From logits to the answers that people read."""

from dataclasses import dataclass

import torch
from torch import Tensor

from rn18demo.errors import RequestError


@dataclass(frozen=True)
class Prediction:
    """One class with what the network thinks of it.

    Attributes:
        rank: 1 for the most probable class.
        label: Its readable name.
        index: Its row in the head.
        probability: Softmax of the logits, 0 to 1.
    """

    rank: int
    label: str
    index: int
    probability: float


def top_k(logits: Tensor, labels: tuple[str, ...], k: int = 5) -> tuple[Prediction, ...]:
    """The k most probable classes, most probable first.

    Args:
        logits: (C,).
        labels: C names.
        k: How many; more than C gives all.

    Raises:
        RequestError: k is below 1.
    """
    if k < 1:
        raise RequestError("Ask for at least one prediction (top_k is 1 or more).")
    best = logits.softmax(0).topk(min(k, len(logits)))
    return tuple(
        Prediction(rank, labels[index], index, probability)
        for rank, (probability, index) in enumerate(
            zip(best.values.tolist(), best.indices.tolist(), strict=True), start=1
        )
    )


def prediction_of(logits: Tensor, labels: tuple[str, ...], index: int) -> Prediction:
    """What the network thinks of one class.

    Raises:
        RequestError: There is no such class.
    """
    check_class(index, len(labels))
    rank = int((logits > logits[index]).sum()) + 1
    return Prediction(rank, labels[index], index, float(logits.softmax(0)[index]))


def check_class(index: int, classes: int) -> None:
    """Refuse an index outside 0 to classes - 1.

    Raises:
        RequestError: It is outside.
    """
    if not 0 <= index < classes:
        raise RequestError(
            f"There is no class {index}: this checkpoint has the classes 0 to {classes - 1}."
        )


def entropy_share(logits: Tensor) -> float:
    """How undecided the answer is: entropy over its largest value, 0 (sure) to 1."""
    log_probabilities = torch.log_softmax(logits.double(), 0)
    entropy = -(log_probabilities.exp() * log_probabilities).sum()
    return float(entropy / torch.log(torch.tensor(float(len(logits)))))
