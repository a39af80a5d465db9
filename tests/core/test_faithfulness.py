"""ROAD on networks whose reasons are known."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics.road import ROADLeastRelevantFirst, ROADMostRelevantFirst
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from torch import Tensor, nn

from rn18demo.core.faithfulness import Curve, Faithfulness, faithfulness, gaussian_map, sentences
from rn18demo.errors import Cancelled, RequestError

SIDE = 48
CORNER = (slice(4, 16), slice(4, 16))


class CornerNetwork(nn.Module):
    """Class 0 is as likely as the upper left corner is bright; nothing else counts."""

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 2) logits."""
        brightness = pictures[:, :, CORNER[0], CORNER[1]].mean((1, 2, 3))
        return torch.stack([3 * brightness, torch.zeros_like(brightness)], 1)


@pytest.fixture
def picture() -> Tensor:
    """(1, 3, SIDE, SIDE): noise, and light in the corner that the network looks at."""
    noise = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    pixels = 0.2 * noise
    pixels[:, :, CORNER[0], CORNER[1]] += 1.5
    return pixels


@pytest.fixture
def truth() -> np.ndarray:
    """(SIDE, SIDE): 1 in the corner, 0 elsewhere."""
    pixels = np.zeros((SIDE, SIDE), np.float32)
    pixels[CORNER] = 1
    return pixels


def test_the_true_map_beats_chance_and_the_middle(picture: Tensor, truth: np.ndarray) -> None:
    result = faithfulness(CornerNetwork(), picture, 0, truth)
    assert result.confidence > 0.95
    # The corner is 6 % of the picture: gone at once, or never, however much is taken.
    assert max(result.map.most) < 0.7
    assert min(result.map.least) > 0.95
    assert result.map.score > result.random.score + 0.1
    assert result.map.score > result.gaussian.score + 0.1
    assert "knows more" in sentences(result)[1]


def test_the_opposite_of_the_truth_scores_the_opposite(picture: Tensor, truth: np.ndarray) -> None:
    right = faithfulness(CornerNetwork(), picture, 0, truth)
    wrong = faithfulness(CornerNetwork(), picture, 0, 1 - truth)
    assert wrong.map.score == pytest.approx(-right.map.score, abs=0.05)
    assert "no better" in sentences(wrong)[1]


def test_every_curve_has_a_value_for_each_share(picture: Tensor, truth: np.ndarray) -> None:
    result = faithfulness(CornerNetwork(), picture, 1, truth, percentiles=(10, 50, 90))
    assert result.percentiles == (10, 50, 90)
    for curve in (result.map, result.random, result.gaussian):
        assert len(curve.most) == len(curve.least) == 3
        assert all(0 <= value <= 1 for value in curve.most + curve.least)


def test_the_curve_is_the_packages_own(picture: Tensor) -> None:
    """For a map without ties, up to the noise and to one pixel at the edge of the hole."""
    ramp = np.linspace(1, 0, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    ours = faithfulness(CornerNetwork(), picture, 0, ramp).map
    target, network = [ClassifierOutputSoftmaxTarget(0)], CornerNetwork()
    for index, share in enumerate((20, 40, 60, 80)):
        for metric, value in (
            (ROADMostRelevantFirst, ours.most[index]),
            (ROADLeastRelevantFirst, ours.least[index]),
        ):
            # The package names the share that is kept.
            theirs = metric(100 - share)(picture, ramp[None], target, network, return_diff=False)
            assert value == pytest.approx(float(theirs[0]), abs=0.03)


def test_a_coarse_map_and_its_enlargement_agree(picture: Tensor) -> None:
    coarse = np.random.default_rng(0).random((6, 6)).astype(np.float32)
    fine = nn.functional.interpolate(torch.from_numpy(coarse)[None, None], SIDE, mode="bilinear")
    first = faithfulness(CornerNetwork(), picture, 0, coarse)
    second = faithfulness(CornerNetwork(), picture, 0, 7 * fine[0, 0].numpy())
    assert first.map.score == pytest.approx(second.map.score, abs=0.01)


def test_the_seed_decides_everything_and_torch_is_left_alone(
    picture: Tensor, truth: np.ndarray
) -> None:
    state = torch.get_rng_state()
    results = [faithfulness(CornerNetwork(), picture, 0, truth, seed=s) for s in (4, 4, 5)]
    assert results[0] == results[1] != results[2]
    assert torch.equal(state, torch.get_rng_state())


def test_the_network_is_left_as_found(picture: Tensor, truth: np.ndarray) -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), CornerNetwork()).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    faithfulness(network, picture, 0, truth)
    assert all(torch.equal(before[name], now) for name, now in network.state_dict().items())
    assert network.training and network[0].training


def test_progress_rises_to_1(picture: Tensor, truth: np.ndarray) -> None:
    shares = list[float]()
    faithfulness(CornerNetwork(), picture, 0, truth, progress=shares.append)
    assert shares == sorted(set(shares))
    assert len(shares) == 40
    assert shares[-1] == 1


def test_cancel_stops_after_the_current_filling(picture: Tensor, truth: np.ndarray) -> None:
    shares = list[float]()
    with pytest.raises(Cancelled):
        faithfulness(
            CornerNetwork(),
            picture,
            0,
            truth,
            progress=shares.append,
            cancelled=lambda: len(shares) == 3,
        )
    assert len(shares) == 3


@pytest.mark.parametrize("map", [np.zeros((7, 7)), np.full((7, 7), 2.0), np.full((7, 7), np.nan)])
def test_a_map_that_says_nothing_is_refused(picture: Tensor, map: np.ndarray) -> None:
    with pytest.raises(RequestError, match="empty"):
        faithfulness(CornerNetwork(), picture, 0, map)


def test_unknown_classes_and_shares_are_refused(picture: Tensor, truth: np.ndarray) -> None:
    with pytest.raises(RequestError, match="no class 2"):
        faithfulness(CornerNetwork(), picture, 2, truth)
    with pytest.raises(RequestError, match="between 0 and 100"):
        faithfulness(CornerNetwork(), picture, 0, truth, percentiles=(20, 100))


def test_the_blob_is_round_and_in_the_middle() -> None:
    blob = gaussian_map(224, 224)
    assert blob.shape == (224, 224)
    np.testing.assert_allclose(blob, blob.T)
    np.testing.assert_allclose(blob, blob[::-1, ::-1])
    assert blob[112, 112] == blob.max() > 0.99
    assert blob[0, 0] < 0.05


def curve(score: float) -> Curve:
    return Curve((0.5 - score,), (0.5 + score,))


@pytest.mark.parametrize(
    ("own", "chance", "middle", "confidence", "expected"),
    [
        (0.3, 0.0, 0.1, 0.9, "knows more about this answer than chance and than the middle"),
        (0.1, 0.0, 0.2, 0.9, "better than random maps but not than a plain blob"),
        (0.1, 0.2, 0.0, 0.9, "better than a plain blob in the middle but not than random maps"),
        (0.1, 0.1, 0.2, 0.9, "no better than either"),
        (0.11, 0.1, 0.1, 0.9, "no better than either"),
        (0.3, 0.0, 0.1, 0.04, "only 4.0 %"),
    ],
)
def test_the_second_sentence_is_honest(
    own: float, chance: float, middle: float, confidence: float, expected: str
) -> None:
    result = Faithfulness((50,), confidence, curve(own), curve(chance), curve(middle))
    first, second = sentences(result)
    assert first.startswith("ROAD takes away")
    assert expected in second
    assert f"{own:+.2f}" in second and second.endswith(".")
