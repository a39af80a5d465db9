"""Maps and channel scores of an analysis, each computed once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import finalize

import numpy as np
import torch
from torch import Tensor

from rn18demo.core.analysis import Analysis
from rn18demo.core.blocks import BlockParts, Part, lesion_logits, open_blocks
from rn18demo.core.cam import StageGradients, stage_gradients
from rn18demo.core.cam_methods import GRAD_CAM, find_method, package_map
from rn18demo.core.engine import Engine
from rn18demo.core.featuremaps import Order, order_channels
from rn18demo.core.predictions import check_class
from rn18demo.core.stages import LAST, find_stage

K = TypeVar("K")
V = TypeVar("V")
KEPT_GRAPHS = 8
"""Graphs kept for asking further classes; each holds up to 20 MB."""
KEPT_BLOCKS = 8
"""Pictures whose blocks are kept open; each holds some 15 MB."""
KEPT_MAPS = 256
"""Maps of the slower methods kept; each is at most 13 kB."""


@dataclass(frozen=True)
class MapRequest:
    """Which map is wanted.

    Attributes:
        stage: Name of the stage.
        method: Id from `cam_methods.METHODS`.
        class_index: Row of the head.
    """

    stage: str = LAST.name
    method: str = GRAD_CAM
    class_index: int = 0


class _Kept(Generic[K, V]):
    """The values used last, up to a number of them; none longer than the analysis it is about."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[tuple[int, K], V] = OrderedDict()
        # An analysis may end while this very thread holds the lock.
        self._lock = threading.RLock()

    def get(self, analysis: Analysis, what: K, make: Callable[[], V]) -> V:
        key = id(analysis), what
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if not any(number == id(analysis) for number, _ in self._values):
                finalize(analysis, self._forget, id(analysis)).atexit = False
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def _forget(self, number: int) -> None:
        """Called when an analysis has ended, before another one can have its number."""
        with self._lock:
            for key in [key for key in self._values if key[0] == number]:
                del self._values[key]


class Lenses:
    """Answers questions about an analysis without running the whole network again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._graphs: _Kept[str, StageGradients] = _Kept(KEPT_GRAPHS)
        self._blocks: _Kept[None, dict[str, BlockParts]] = _Kept(KEPT_BLOCKS)
        self._lesions: _Kept[None, dict[tuple[str, Part], Tensor]] = _Kept(KEPT_BLOCKS)
        self._maps: _Kept[MapRequest, np.ndarray] = _Kept(KEPT_MAPS)

    def map(
        self,
        analysis: Analysis,
        request: MapRequest,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        """The class activation map.

        Args:
            analysis: Of the picture.
            request: Which map.
            progress: Told the share done, 0 to 1, by methods that take long.
            cancelled: Asked now and then whether to stop.

        Returns:
            (h, w) float32, 0 or more, at the stage's own resolution.

        Raises:
            RequestError: Unknown stage, method or class.
            Cancelled: `cancelled` said so.
        """
        check_class(request.class_index, len(analysis.labels))
        stage, method = find_stage(request.stage), find_method(request.method)
        if method.id == GRAD_CAM and stage is LAST:
            return analysis.class_maps[request.class_index]
        if method.id == GRAD_CAM:
            return self._maps.get(
                analysis,
                request,
                lambda: (
                    self._gradients(analysis, stage.name)
                    .maps([request.class_index])[0]
                    .cpu()
                    .numpy()
                ),
            )
        return self._maps.get(
            analysis,
            request,
            lambda: package_map(
                self._engine.network(analysis.checkpoint),
                self.batch(analysis),
                request.stage,
                request.class_index,
                request.method,
                progress,
                cancelled,
                activation=analysis.activation(request.stage)[None].to(self._engine.device),
            ),
        )

    def blocks(self, analysis: Analysis) -> dict[str, BlockParts]:
        """Both ways of every block, by its name; the one lens with a forward of its own."""
        return self._blocks.get(
            analysis,
            None,
            lambda: open_blocks(self._engine.network(analysis.checkpoint), self.batch(analysis)),
        )

    def lesions(self, analysis: Analysis) -> dict[tuple[str, Part], Tensor]:
        """(C,) logits for each block and the part that is cut there alone."""
        return self._lesions.get(
            analysis,
            None,
            lambda: lesion_logits(self._engine.network(analysis.checkpoint), self.batch(analysis)),
        )

    def batch(self, analysis: Analysis) -> Tensor:
        """(1, 3, 224, 224): the network's input, on its device."""
        square = analysis.checkpoint.transform.normalise(analysis.square)
        return square[None].to(self._engine.device)

    def contributions(self, analysis: Analysis, stage: str, class_index: int) -> Tensor:
        """(K,): what each channel adds to the class's logit, to first order."""
        check_class(class_index, len(analysis.labels))
        if find_stage(stage) is LAST:
            means = analysis.activation(stage).mean((1, 2))
            return analysis.checkpoint.head[class_index] * means
        return self._gradients(analysis, stage).contributions(class_index).cpu()

    def channels(
        self, analysis: Analysis, stage: str, count: int, order: Order, class_index: int
    ) -> list[int]:
        """Indices of the first `count` channels of a stage in an order."""
        contributions = None
        if order is Order.CONTRIBUTION:
            contributions = self.contributions(analysis, stage, class_index)
        return order_channels(analysis.activation(stage), count, order, contributions)

    def _gradients(self, analysis: Analysis, stage: str) -> StageGradients:
        def build() -> StageGradients:
            network = self._engine.network(analysis.checkpoint)
            activation = analysis.activation(stage)[None].to(self._engine.device)
            with torch.enable_grad():
                return stage_gradients(network, stage, activation)

        return self._graphs.get(analysis, stage, build)
