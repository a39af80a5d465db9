"""Choosing, ordering and describing the channels of a stage."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from rn18demo.errors import RequestError


class Order(StrEnum):
    """What comes first in a grid of channels."""

    MEAN = "mean"
    CONTRIBUTION = "contribution"
    INDEX = "index"


@dataclass(frozen=True)
class Channel:
    """One channel in numbers.

    Attributes:
        channel: Its index in the stage.
        mean: Mean of its map, 0 or more.
        max: Largest cell of its map.
        sparsity: Share of its cells that are zero, 0 to 1.
    """

    channel: int
    mean: float
    max: float
    sparsity: float


def describe_channels(activation: Tensor, channels: list[int]) -> tuple[Channel, ...]:
    """Numbers of some channels.

    Args:
        activation: (K, h, w), 0 or more.
        channels: Indices into K.
    """
    chosen = activation[channels].flatten(1)
    numbers = zip(
        channels,
        chosen.mean(1).tolist(),
        chosen.amax(1).tolist(),
        (chosen <= 0).float().mean(1).tolist(),
        strict=True,
    )
    return tuple(Channel(*row) for row in numbers)


def order_channels(
    activation: Tensor, count: int, order: Order, contributions: Tensor | None = None
) -> list[int]:
    """The first `count` channels in an order.

    Args:
        activation: (K, h, w).
        count: How many, 1 or more; more than K gives all.
        order: What comes first.
        contributions: (K,), needed for Order.CONTRIBUTION; most positive first.

    Raises:
        RequestError: count is below 1.
    """
    if count < 1:
        raise RequestError("Ask for at least one channel.")
    count = min(count, len(activation))
    if order is Order.INDEX:
        return list(range(count))
    if order is Order.CONTRIBUTION:
        if contributions is None:
            raise ValueError("Order.CONTRIBUTION needs contributions")
        score = contributions
    else:
        score = activation.flatten(1).mean(1)
    ranked = torch.sort(score, descending=True, stable=True).indices
    return ranked[:count].tolist()


def channel_map(activation: Tensor, channel: int) -> np.ndarray:
    """One channel's map.

    Returns:
        (h, w) float32.

    Raises:
        RequestError: There is no such channel.
    """
    if not 0 <= channel < len(activation):
        raise RequestError(
            f"There is no channel {channel}: this stage has 0 to {len(activation) - 1}."
        )
    return activation[channel].numpy()
