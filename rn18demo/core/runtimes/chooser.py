"""Choosing the runtime of a checkpoint: the fastest one that agrees with PyTorch."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.agreement import combine, compare_outputs
from rn18demo.core.background import behind_others
from rn18demo.core.calibration import Measured, Memory, rank
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.machine import fingerprint
from rn18demo.core.runtimes.base import (
    Candidate,
    NotForThisMachine,
    PictureOutputs,
    Runtime,
    joined,
    pixels_of,
)
from rn18demo.core.runtimes.folding import fold
from rn18demo.core.runtimes.table import AUTO, REFERENCE

log = logging.getLogger(__name__)

TRIAL_PICTURES = 3
"""Example photographs on which a runtime must agree before it answers anybody."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A runtime that answers for a checkpoint.

    Attributes:
        id: Of the candidate.
        runtime: Loaded with the checkpoint's weights.
        batch: Pictures worth computing together.
    """

    id: str
    runtime: Runtime
    batch: int


@dataclass(frozen=True, eq=False)
class _Trial:
    """What a checkpoint's candidates are tried with.

    Attributes:
        checkpoint: Whose weights.
        folded: Its network, folded.
        head: (C, 512).
        pictures: (N, side, side, 3) uint8.
        reference: Float32 PyTorch.
        expected: What that makes of each picture.
    """

    checkpoint: Checkpoint
    folded: ResNet
    head: Tensor
    pictures: Tensor
    reference: Runtime
    expected: list[PictureOutputs]

    def batches(self, largest: int) -> Iterator[tuple[Tensor, list[PictureOutputs]]]:
        """The pictures one by one, then over and over in batches of 2, 4, 8 and so on."""
        powers = takewhile(lambda size: size <= largest, (2**power for power in count(1)))
        for numbers in (*([number] for number in range(len(self.pictures))), *map(range, powers)):
            chosen = [number % len(self.pictures) for number in numbers]
            yield self.pictures[chosen], [self.expected[number] for number in chosen]


class Chooser:
    """Chooses for one device. Called by one thread at a time.

    Args:
        device: Where to compute.
        wish: "auto", or the id of the runtime to try first.
        candidates: In the order in which they take over where nothing was measured.
        memory: Of earlier measurements.
        turn: Held during every forward.
    """

    def __init__(
        self,
        device: torch.device,
        wish: str,
        candidates: tuple[Candidate, ...],
        memory: Memory,
        turn: threading.Lock,
    ) -> None:
        self.wish = wish
        self._device, self._memory, self._turn = device, memory, turn
        self._candidates = {
            c.id: c
            for c in candidates
            if c.device == device.type and (not c.by_wish or c.id == wish)
        }
        self._useless: set[str] = set()
        self._failed: set[str] = set()
        self._ranking: tuple[Measured, ...] = ()

    def choose(self, checkpoint: Checkpoint, network: ResNet, reference: Runtime) -> Choice | None:
        """The runtime that answers for a checkpoint from now on.

        Args:
            checkpoint: Whose weights.
            network: Its network, only read.
            reference: The same network in float32 PyTorch.

        Returns:
            None where nothing is better than the reference.
        """
        if self.wish == REFERENCE or not self._candidates:
            return None
        trial = self._trial(checkpoint, network, reference)
        for entry, built in self._in_order(trial):
            runtime = built or self._build(entry.id, trial)
            if runtime is not None and self._agrees(entry.id, runtime, trial):
                return Choice(entry.id, runtime, entry.batch or runtime.batch)
        return None

    def _in_order(self, trial: _Trial) -> Iterator[tuple[Measured, Runtime | None]]:
        """The candidates to try, best first, loaded if they are already."""
        if self.wish != AUTO:
            others = [name for name in self._candidates if name != self.wish]
            yield from ((Measured(name, 0.0), None) for name in [self.wish, *others])
            return
        ranking, built = self._ranked(trial)
        for entry in ranking:
            if entry.id == REFERENCE:
                return
            if entry.id in self._candidates:
                yield entry, built.pop(entry.id, None)

    def _ranked(self, trial: _Trial) -> tuple[tuple[Measured, ...], dict[str, Runtime]]:
        """The order, remembered or measured now, and what was loaded to measure it."""
        machine = fingerprint(self._device)
        if not self._ranking:
            self._ranking = self._memory.read(machine)
        if self._ranking:
            return self._ranking, {}
        built = self._build_all(trial)
        everyone = {**built, REFERENCE: trial.reference}
        ranking = rank(everyone, trial.pictures[:1], self._turn)
        log.info("Measured: %s", ranking)
        if self._candidates.keys() <= built.keys() | self._useless:
            self._ranking = ranking
            self._memory.write(machine, ranking)
        # Otherwise one failed that may only have had no memory at the moment: it is measured anew.
        return ranking, built

    def _trial(self, checkpoint: Checkpoint, network: ResNet, reference: Runtime) -> _Trial:
        examples = read_examples()[:TRIAL_PICTURES]
        transform = checkpoint.transform
        pictures = joined([pixels_of(transform.picture(read_image(e.path))) for e in examples])
        return _Trial(
            checkpoint,
            fold(network),
            checkpoint.head,
            pictures,
            reference,
            [self._run(reference, picture[None])[0] for picture in pictures],
        )

    def _build_all(self, trial: _Trial) -> dict[str, Runtime]:
        built = {name: self._build(name, trial) for name in self._candidates}
        return {name: runtime for name, runtime in built.items() if runtime is not None}

    def _build(self, name: str, trial: _Trial) -> Runtime | None:
        """Load a candidate and run it once; None, with a line in the log, if it does not work.

        What is not for this machine, is not installed, or has failed twice is not tried again.
        """
        if name in self._useless:
            return None
        try:
            build = self._candidates[name].build
            runtime = build(trial.folded, self._device, trial.checkpoint.transform)
            self._run(runtime, trial.pictures[:1])
            return runtime
        except NotForThisMachine as reason:
            log.info("The runtime %s is not used: %s.", name, reason)
            self._useless.add(name)
        except Exception as error:  # a foreign library may fail as it likes
            log.warning("The runtime %s does not work here and is passed over: %r", name, error)
            if name in self._failed or isinstance(error, ImportError):
                self._useless.add(name)
            self._failed.add(name)
        return None

    def _agrees(self, name: str, runtime: Runtime, trial: _Trial) -> bool:
        """Whether it says what the reference says, for single pictures and for every batch."""
        parts = []
        try:
            for batch, expected in trial.batches(runtime.batch):
                pairs = zip(expected, self._run(runtime, batch), strict=True)
                parts += [compare_outputs(*pair, trial.head) for pair in pairs]
        except Exception as error:
            log.warning("The runtime %s fails and is passed over: %r", name, error)
            return False
        verdict = combine(parts)
        if not verdict.holds:
            log.warning(
                "The runtime %s is passed over for %s, since it disagrees with PyTorch: %s.",
                name,
                trial.checkpoint.id,
                verdict,
            )
        return verdict.holds

    def _run(self, runtime: Runtime, pixels: Tensor) -> list[PictureOutputs]:
        with behind_others(self._turn):
            return runtime.run(pixels)
