"""Channels in numbers and in order."""

import pytest
import torch

from rn18demo.core.featuremaps import Channel, Order, channel_map, describe_channels, order_channels
from rn18demo.errors import RequestError

ACTIVATION = torch.tensor([[[0.0, 0.0], [0.0, 4.0]], [[2.0, 2.0], [2.0, 2.0]], [[0.0] * 2] * 2])


def test_numbers() -> None:
    assert describe_channels(ACTIVATION, [0, 1, 2]) == (
        Channel(0, 1.0, 4.0, 0.75),
        Channel(1, 2.0, 2.0, 0.0),
        Channel(2, 0.0, 0.0, 1.0),
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [(Order.INDEX, [0, 1, 2]), (Order.MEAN, [1, 0, 2]), (Order.CONTRIBUTION, [2, 0, 1])],
)
def test_orders(order: Order, expected: list[int]) -> None:
    contributions = torch.tensor([0.0, -1.0, 5.0])
    assert order_channels(ACTIVATION, 9, order, contributions) == expected
    assert order_channels(ACTIVATION, 1, order, contributions) == expected[:1]


def test_no_channels_is_refused() -> None:
    with pytest.raises(RequestError, match="at least one"):
        order_channels(ACTIVATION, 0, Order.MEAN)


@pytest.mark.parametrize("channel", [-1, 3])
def test_a_channel_that_is_not_there_is_refused(channel: int) -> None:
    with pytest.raises(RequestError, match="0 to 2"):
        channel_map(ACTIVATION, channel)
