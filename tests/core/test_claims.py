"""Measuring networks: what is counted, what is timed, and how it stops."""

import pytest
import torch
from torch import nn
from torchvision import models

from rn18demo.core.articles import FIGURES, TORCHVISION, Quantity, figures
from rn18demo.core.claims import (
    CANDIDATES,
    WARM_UPS,
    Candidate,
    LiveBytes,
    count,
    measure,
    resnet50_v1,
    seeded,
)
from rn18demo.errors import Cancelled

PUBLISHED = {
    "resnet18": models.ResNet18_Weights.IMAGENET1K_V1,
    "mobilenet_v2": models.MobileNet_V2_Weights.IMAGENET1K_V1,
    "resnet34": models.ResNet34_Weights.IMAGENET1K_V1,
    "resnet50": models.ResNet50_Weights.IMAGENET1K_V1,
    "vgg16": models.VGG16_Weights.IMAGENET1K_V1,
}
BY_ID = {candidate.id: candidate for candidate in CANDIDATES}


def small() -> nn.Module:
    """Two convolutions and a linear layer, whose numbers can be added up by hand."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=4, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 2, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2, 5),
    )


SMALL = Candidate("small", "Small", small)


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_are_those_that_torchvision_publishes(name: str) -> None:
    found, meta = count(BY_ID[name]), PUBLISHED[name].meta
    assert found.parameters == meta["num_params"]
    assert found.macs / 1e9 == pytest.approx(meta["_ops"], abs=0.0006)
    # The file holds the same tensors and little else; its MB are 2**20 bytes.
    assert found.bytes / 2**20 == pytest.approx(meta["_file_size"], rel=0.005)


def test_a_small_network_is_counted_by_hand() -> None:
    found, cells = count(SMALL), 56 * 56
    assert found.parameters == 3 * 4 * 9 + 8 + (4 * 2 + 2) + (2 * 5 + 5)
    assert found.macs == cells * (3 * 4 * 9) + cells * (4 * 2) + 2 * 5
    # Worst at the batch norm: picture, what enters and what leaves it.
    assert found.peak_bytes == pytest.approx(
        found.bytes + 4 * (3 * 224 * 224 + 2 * 4 * cells), rel=0.001
    )


def test_v1_has_the_weights_of_v15_and_less_work() -> None:
    old, new = count(BY_ID["resnet50_v1"]), count(BY_ID["resnet50"])
    assert old.parameters == new.parameters
    assert old.macs / 1e9 == pytest.approx(3.8, abs=0.1)  # He et al., table 1
    assert old.macs < new.macs


def test_v1_moves_the_stride_and_nothing_else() -> None:
    with torch.device("meta"):
        old, new = resnet50_v1(), models.resnet50()
        out = old(torch.empty(2, 3, 64, 64))
    assert out.shape == (2, 1000)
    assert list(old.state_dict()) == list(new.state_dict())
    for name, module in old.named_modules():
        if isinstance(module, models.resnet.Bottleneck):
            twin = new.get_submodule(name)
            assert module.conv1.stride == twin.conv2.stride
            assert module.conv2.stride == (1, 1)


def test_memory_that_is_freed_no_longer_counts() -> None:
    with LiveBytes([], 0) as live:
        for _ in range(5):
            torch.zeros(1000)
    assert live.peak <= 2 * 4000


def test_views_count_once() -> None:
    with LiveBytes([], 100) as live:
        made = torch.zeros(1000)
        views = made.view(10, 100), made[5:], made.view(10, 100).t()
    assert live.peak == 4100
    assert len(views) == 3


def test_the_meta_device_counts_what_a_real_forward_needs() -> None:
    network, picture = seeded(small, torch.device("cpu")), torch.zeros(1, 3, 224, 224)
    weights = [*network.parameters(), *network.buffers()]
    before = sum(t.numel() * t.element_size() for t in [*weights, picture])
    with torch.no_grad(), LiveBytes([*weights, picture], before) as live:
        network(picture)
    # A real batch norm hands out two empty tensors more.
    assert live.peak == pytest.approx(count(SMALL).peak_bytes, rel=0.001)


def test_random_weights_are_always_the_same_and_leave_finite_answers() -> None:
    first, second = (seeded(models.resnet18, torch.device("cpu")) for _ in range(2))
    weights = [network.get_parameter("fc.weight") for network in (first, second)]
    assert torch.equal(*weights)
    assert not first.training
    with torch.no_grad():
        assert first(torch.randn(1, 3, 64, 64)).isfinite().all()


def test_times_are_positive_and_in_order() -> None:
    shares: list[float] = []
    (found,) = measure((SMALL,), repeats=3, progress=shares.append)
    assert found.fastest is not None
    assert found.milliseconds is not None
    assert found.slowest is not None
    assert 0 < found.fastest <= found.milliseconds <= found.slowest
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) == 1 + WARM_UPS + 3


def test_it_stops_when_asked() -> None:
    asked: list[float] = []
    with pytest.raises(Cancelled):
        measure((SMALL,), repeats=50, progress=asked.append, cancelled=lambda: len(asked) > 3)
    assert len(asked) == 4


def test_the_global_seed_is_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    measure((SMALL,), repeats=1)
    assert torch.equal(torch.rand(2), expected)


def test_every_figure_is_of_a_network_that_is_measured_and_has_a_source() -> None:
    keys = [(figure.candidate, figure.quantity) for figure in FIGURES]
    assert len(set(keys)) == len(keys)
    for figure in FIGURES:
        assert figure.candidate in BY_ID
        assert figure.source.url.startswith("http")


@pytest.mark.parametrize("quantity", [Quantity.PARAMETERS, Quantity.MACS, Quantity.BYTES])
def test_what_is_written_of_counts_is_near_ours(quantity: Quantity) -> None:
    for name, figure in figures(quantity).items():
        ours = quantity.of(count(BY_ID[name]))
        assert figure.value == pytest.approx(ours, rel=0.07), figure


def test_what_torchvision_says_is_in_the_installed_package() -> None:
    weights = {"resnet34": models.ResNet34_Weights, "vgg16": models.VGG16_Weights}
    keys = {Quantity.PARAMETERS: "num_params", Quantity.MACS: "_ops", Quantity.BYTES: "_file_size"}
    scales = {Quantity.PARAMETERS: 1e-6, Quantity.MACS: 1, Quantity.BYTES: 1}
    cited = [figure for figure in FIGURES if figure.source is TORCHVISION]
    assert cited
    for figure in cited:
        said = weights[figure.candidate].IMAGENET1K_V1.meta[keys[figure.quantity]]
        assert figure.value == pytest.approx(said * scales[figure.quantity])
