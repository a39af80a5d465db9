"""Does a map tell the truth about the network? ROAD, beside two maps that know nothing.

ROAD ("remove and debias", Rong et al., 2202.00449) takes the pixels away that a map calls
most relevant, fills the holes from their neighbours, so that the hole itself is no clue,
and looks at the confidence that is left; then the same with the least relevant pixels. It
favours smooth maps, and pictures show their subject in the middle: so the same is done
with random maps, as coarse as the map in question, and with a blob in the centre.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rn18demo.core.cam_methods import lens_copy
from rn18demo.core.predictions import check_class
from rn18demo.core.watched import Progress, Stop, Watch
from rn18demo.errors import RequestError

PERCENTILES = (20, 40, 60, 80)
"""Shares of the pixels that are taken away, in percent."""
RANDOM_MAPS = 3
"""Their mean is shown: a single one beats a good map now and then."""
GAUSSIAN_WIDTH = 0.25
"""Standard deviation of the centred blob, as a share of the picture's side."""
NOISE = 0.01
"""Spread of the noise laid over filled pixels, in normalised units, as in the paper's code."""
MARGIN = 0.02
"""A difference of scores below this is called no difference."""
LOW_CONFIDENCE = 0.1
"""Where the network is less sure than this, there is hardly anything to lose."""

Imputer = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From a picture (3, H, W) and the pixels removed (H, W) to the values (3, n) to fill in."""


@dataclass(frozen=True)
class Curve:
    """What is left of the confidence when a map decides what is taken away.

    Attributes:
        most: Softmax probability of the class, 0 to 1, without the most relevant pixels,
            one value for each share. A good map makes it fall early.
        least: The same without the least relevant pixels. A good map keeps it high.
    """

    most: tuple[float, ...]
    least: tuple[float, ...]

    @property
    def score(self) -> float:
        """ROAD combined, -0.5 to 0.5: half the mean of least - most. Higher is better."""
        return float(np.mean(np.subtract(self.least, self.most)) / 2)


@dataclass(frozen=True)
class Faithfulness:
    """The three curves of a check.

    Attributes:
        percentiles: Shares of the pixels taken away, in percent.
        confidence: Softmax probability of the class for the whole picture, 0 to 1.
        map: Curve of the map in question.
        random: Mean curve of random maps that are as coarse.
        gaussian: Curve of a blob in the centre.
    """

    percentiles: tuple[int, ...]
    confidence: float
    map: Curve
    random: Curve
    gaussian: Curve


def faithfulness(
    network: nn.Module,
    batch: Tensor,
    class_index: int,
    map: np.ndarray,
    seed: int = 0,
    percentiles: tuple[int, ...] = PERCENTILES,
    progress: Progress | None = None,
    cancelled: Stop | None = None,
) -> Faithfulness:
    """Check a map with ROAD, beside random maps and a centred blob.

    Filling in the holes takes most of the time: ten sparse linear systems for each share.

    Args:
        network: Gives (N, C) logits; it is left as found.
        batch: (1, 3, H, W), normalised.
        class_index: The class that the map explains.
        map: (h, w), of any size and scale; it is brought to H x W.
        seed: Of the random maps, the noise, and the order of pixels that a map does not
            distinguish.
        percentiles: Shares of the pixels to take away, in percent, above 0 and below 100.
        progress: Told the share done, 0 to 1.
        cancelled: Asked after each filling whether to stop.

    Raises:
        RequestError: The map says nothing (all cells are equal or some are not numbers),
            or there is no such class.
        Cancelled: `cancelled` said so.
    """
    if not np.isfinite(map).all() or np.ptp(map) == 0:
        raise RequestError("This map is empty, so there is nothing to check; try another class.")
    if not all(0 < share < 100 for share in percentiles):
        raise RequestError("The shares of pixels to take away must lie between 0 and 100 percent.")
    maps = [map, gaussian_map(*batch.shape[-2:])]
    random = np.random.default_rng(seed)
    maps += [random.random(map.shape) for _ in range(RANDOM_MAPS)]
    watch = Watch(2 * len(percentiles) * len(maps), progress, cancelled)
    with torch.inference_mode(False), torch.no_grad():
        road = _Road(lens_copy(network), batch, class_index, percentiles, random, watch)
        of_map, of_blob, *of_random = [road.curve(each) for each in maps]
        confidence = road.confidence(batch)[0]
    return Faithfulness(percentiles, confidence, of_map, _mean(of_random), of_blob)


def gaussian_map(height: int, width: int) -> np.ndarray:
    """(height, width): a round blob in the centre, 1 at its peak."""
    down = (np.arange(height) + 0.5) / height - 0.5
    across = (np.arange(width) + 0.5) / width - 0.5
    distance = down[:, None] ** 2 + across[None] ** 2
    return np.exp(-distance / (2 * GAUSSIAN_WIDTH**2))


def sentences(result: Faithfulness) -> tuple[str, str]:
    """What was done, and what came out, for the page."""
    done = (
        "ROAD takes away what a map calls most important, fills the holes from what is around "
        "them and watches the network's confidence in the class fall; then it takes away the "
        "least important parts, which should hardly matter."
    )
    own, chance, middle = result.map.score, result.random.score, result.gaussian.score
    beats = {
        "random maps": own > chance + MARGIN,
        "a plain blob in the middle": own > middle + MARGIN,
    }
    won = [name for name, better in beats.items() if better]
    lost = [name for name, better in beats.items() if not better]
    if result.confidence < LOW_CONFIDENCE:
        verdict = (
            f"the network gives this class only {100 * result.confidence:.1f} %, so there is "
            "little to lose and the numbers say little"
        )
    elif not lost:
        verdict = "it knows more about this answer than chance and than the middle of the picture"
    elif not won:
        verdict = "it does no better than either, so do not trust it here"
    else:
        verdict = f"it does better than {won[0]} but not than {lost[0]}, so trust it with care"
    scores = f"This map scores {own:+.2f}, random maps {chance:+.2f}, a plain blob in the middle "
    rule = f"higher is better, and a lead of {MARGIN} or less counts as none"
    return done, f"{scores}{middle:+.2f} ({rule}): {verdict}."


class _Road:
    """Takes pixels away and asks the network."""

    def __init__(
        self,
        network: nn.Module,
        batch: Tensor,
        class_index: int,
        percentiles: tuple[int, ...],
        random: np.random.Generator,
        watch: Watch,
    ) -> None:
        self._fill = _load_imputer()
        self._network, self._batch, self._class = network, batch, class_index
        self._percentiles, self._random, self._watch = percentiles, random, watch
        check_class(class_index, network(batch).shape[1])

    def confidence(self, pictures: Tensor) -> list[float]:
        """Softmax probability of the class for each picture of (N, 3, H, W)."""
        values: list[float] = self._network(pictures).softmax(1)[:, self._class].tolist()
        return values

    def curve(self, map: np.ndarray) -> Curve:
        """Take pixels away in the order of a map (h, w)."""
        ranks = self._ranks(map)
        most = [self._without(ranks >= 1 - share / 100) for share in self._percentiles]
        least = [self._without(ranks < share / 100) for share in self._percentiles]
        left = self.confidence(torch.stack(most + least).to(self._batch.device))
        return Curve(tuple(left[: len(most)]), tuple(left[len(most) :]))

    def _ranks(self, map: np.ndarray) -> np.ndarray:
        """(H, W): the share of pixels that are less relevant, 0 to below 1.

        A map after its ReLU has whole areas of zeros. The package's thresholds would take
        all of these pixels or none; here they come in random order, and every share is met
        exactly.
        """
        size = self._batch.shape[-2:]
        small = torch.from_numpy(np.ascontiguousarray(map, dtype=np.float32))[None, None]
        large = F.interpolate(small, size, mode="bilinear").numpy().ravel()
        order = np.lexsort((self._random.random(large.size), large))
        ranks = np.empty(large.size)
        ranks[order] = np.arange(large.size) / large.size
        return ranks.reshape(size)

    def _without(self, removed: np.ndarray) -> Tensor:
        """(3, H, W) on the CPU: the picture with the removed pixels filled in."""
        picture = self._batch[0].cpu().numpy().copy()
        values = self._fill(picture, removed)
        picture[:, removed] = values + self._random.normal(0, NOISE, values.shape)
        self._watch.step()
        return torch.from_numpy(picture)


def _load_imputer() -> Imputer:
    """The package's system of equations: each removed pixel is the mean of its neighbours.

    Imported late, because the package brings OpenCV, scikit-learn and matplotlib along. Its
    own `__call__` draws noise from torch's global state, which other threads use too.
    """
    from pytorch_grad_cam.metrics.road import NoisyLinearImputer, neighbors_weights
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    # Who is whose neighbour is mutual, and no pixel outweighs its own equation: solved so, it
    # takes two thirds of the time (docs.scipy.org, splu, and SuperLU's guide, section 2.4).
    mutual = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}}

    def fill(picture: np.ndarray, removed: np.ndarray) -> np.ndarray:
        kept = (~removed).astype(np.float32)
        system, right = NoisyLinearImputer.setup_sparse_system(kept, picture, neighbors_weights)
        values: np.ndarray = splu(csc_matrix(system), diag_pivot_thresh=0.0, **mutual).solve(right)
        return values.T

    return fill


def _mean(curves: list[Curve]) -> Curve:
    most = np.mean([curve.most for curve in curves], axis=0)
    least = np.mean([curve.least for curve in curves], axis=0)
    return Curve(tuple(most.tolist()), tuple(least.tolist()))
