"""Each checkpoint with what computes it: PyTorch at once, something faster when it is ready."""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import ReferenceType, WeakKeyDictionary, ref

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.background import long_work, start_background
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.runtimes.base import PictureOutputs, Runtime, joined
from rn18demo.core.runtimes.chooser import Choice, Chooser
from rn18demo.core.runtimes.table import REFERENCE
from rn18demo.core.runtimes.torch_runtime import build_reference

log = logging.getLogger(__name__)

KEPT = 6
"""Checkpoints that are kept ready in a faster runtime; each takes 100 to 200 MB."""
IDLE_SECONDS = 20.0
"""For so long a checkpoint must not have been asked before it makes room for another."""


@dataclass(frozen=True, eq=False)
class Computed:
    """What one forward told about one picture.

    Attributes:
        logits: (C,) float32.
        activations: By stage, (K, h, w) float32; see `PictureOutputs`.
        network_milliseconds: Time of the forward alone, of the whole batch.
        batch: How many pictures were computed together.
    """

    logits: Tensor
    activations: Mapping[str, Tensor]
    network_milliseconds: float
    batch: int


@dataclass(eq=False)
class _Place:
    """How far a checkpoint is.

    Attributes:
        reference: Float32 PyTorch.
        choice: What computes it; the reference if None.
        settled: Whether nothing better is to be expected.
        queued: Whether it waits for a better one.
        used: When it was last asked, by the monotonic clock.
    """

    reference: Runtime
    choice: Choice | None = None
    settled: bool = False
    queued: bool = False
    used: float = 0.0


class Computer:
    """Computes batches on one device, one at a time, and finds better ways meanwhile.

    Args:
        device: Where.
        chooser: Finds the runtime of a checkpoint; it holds the same `turn`.
        turn: Held during every forward. A forward is already spread over all cores: two at
            once only get in each other's way.
    """

    def __init__(self, device: torch.device, chooser: Chooser, turn: threading.Lock) -> None:
        self._device, self._chooser, self._turn = device, chooser, turn
        self._lock = threading.RLock()
        self._preparing = threading.Lock()
        self._networks: WeakKeyDictionary[Checkpoint, ResNet] = WeakKeyDictionary()
        self._places: WeakKeyDictionary[Checkpoint, _Place] = WeakKeyDictionary()
        self._queue: deque[ReferenceType[Checkpoint]] = deque()
        self._thread: threading.Thread | None = None
        self._ending = False

    def network(self, checkpoint: Checkpoint) -> ResNet:
        """The checkpoint's network on the device, in eval mode, without gradients."""
        with self._lock:
            found = self._networks.get(checkpoint)
            if found is None:
                found = checkpoint.network.to(self._device).eval().requires_grad_(False)
                self._networks[checkpoint] = found
            return found

    def runtime(self, checkpoint: Checkpoint) -> Runtime:
        """What computes it now."""
        place = self._place(checkpoint)
        choice = place.choice
        return choice.runtime if choice else place.reference

    def preparing(self, checkpoint: Checkpoint) -> bool:
        """Whether something better is being made for it in the background."""
        return self._place(checkpoint).queued

    def any_thread(self, checkpoint: Checkpoint) -> bool:
        """Whether a caller may compute a picture of it on a thread of its own."""
        return self.runtime(checkpoint).any_thread

    def batch_size(self, checkpoint: Checkpoint) -> int:
        """How many pictures are worth computing together now."""
        place = self._place(checkpoint)
        choice = place.choice
        return choice.batch if choice else place.reference.batch

    def compute(self, checkpoint: Checkpoint, pictures: list[Tensor]) -> list[Computed]:
        """Run the network once.

        Args:
            checkpoint: Whose.
            pictures: N tensors (side, side, 3) uint8, from `pixels_of`.

        Returns:
            N results, in order.
        """
        batch = joined(pictures)
        place = self._place(checkpoint)
        with self._turn:
            outputs, milliseconds = self._run(place, batch)
        place.used = time.monotonic()
        self._want(checkpoint, place)
        return [Computed(o.logits, o.activations, milliseconds, len(batch)) for o in outputs]

    def _run(self, place: _Place, batch: Tensor) -> tuple[list[PictureOutputs], float]:
        choice = place.choice
        if choice is None:
            return _timed(place.reference, batch)
        try:
            return _timed(choice.runtime, batch)
        except Exception as error:  # a foreign library may fail as it likes
            result = _timed(place.reference, batch)  # if this fails too, it was not the runtime
            log.warning("The runtime %s failed, PyTorch takes over: %r", choice.id, error)
            with self._lock:
                place.choice, place.settled = None, True
            return result

    def prepare(self, checkpoint: Checkpoint) -> None:
        """Find the best runtime for a checkpoint and wait until it is ready."""
        place = self._place(checkpoint)
        with long_work(), self._preparing:
            if place.settled:
                return
            choice = None
            try:
                network = self.network(checkpoint)
                choice = self._chooser.choose(checkpoint, network, place.reference)
            except Exception:  # a bug: it surfaces in the log, and visitors are answered
                log.exception("No runtime could be chosen for %s; PyTorch goes on", checkpoint.id)
            with self._lock:
                if choice is not None:
                    self._make_room(idle_for=0)
                place.choice, place.settled = choice, True
                place.used = time.monotonic()

    def _place(self, checkpoint: Checkpoint) -> _Place:
        with self._lock:
            place = self._places.get(checkpoint)
            if place is None:
                network = self.network(checkpoint)
                reference = build_reference(network, self._device, checkpoint.transform)
                place = self._places[checkpoint] = _Place(reference)
            return place

    def _want(self, checkpoint: Checkpoint, place: _Place) -> None:
        """Have a better runtime made in the background, unless that is under way or useless."""
        if self._chooser.wish == REFERENCE:
            return
        with self._lock:
            # Where more checkpoints are in use than are kept, the first ones keep their places:
            # making room for each in turn would load runtimes without end.
            if place.settled or place.queued or not self._make_room(IDLE_SECONDS):
                return
            place.queued = True
            self._queue.append(ref(checkpoint))
            if self._thread is None:
                self._thread = start_background("runtimes", self._work, (), stop=self._end)

    def _make_room(self, idle_for: float) -> bool:
        """Whether one more fits, if need be after unloading those not asked for some time."""
        loaded = [place for place in self._places.values() if place.choice is not None]
        loaded.sort(key=lambda place: place.used, reverse=True)
        latest = time.monotonic() - idle_for
        while len(loaded) >= KEPT and loaded[-1].used <= latest:
            leaving = loaded.pop()
            leaving.choice, leaving.settled = None, False
        return len(loaded) < KEPT

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue or self._ending:
                    self._thread = None
                    return
                checkpoint = self._queue.popleft()()
            if checkpoint is not None:
                self.prepare(checkpoint)
                self._place(checkpoint).queued = False
            del checkpoint

    def _end(self) -> None:
        self._ending = True


def _timed(runtime: Runtime, batch: Tensor) -> tuple[list[PictureOutputs], float]:
    start = time.perf_counter()
    outputs = runtime.run(batch)
    return outputs, (time.perf_counter() - start) * 1000
