"""How the starter is trained: a recipe for a GPU and two for two CPU cores."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A stretch of training at one resolution.

    Attributes:
        until: Share of the whole run at which it ends, 0 to 1.
        side: Height and width of the pictures that the network gets, in pixels.
        frozen: Whether stem and layer1 stay as they are (their gradients cost the most
            at a large side, and late in a run they hardly move).
    """

    until: float
    side: int
    frozen: bool = False


@dataclass(frozen=True)
class StarterRecipe:
    """Every number that shapes a run.

    Attributes:
        phases: Progressive resolution; the last phase runs at 224.
        epochs: Length in passes over the data, or None if `minutes` sets it.
        minutes: Length in minutes of training time. The schedule then follows the
            clock, so that a run on a busy machine still ends annealed.
        batch: Pictures a step.
        learning_rate: Peak rate of SGD with Nesterov momentum 0.9.
        warm_up: Share of the run in which the rate rises linearly.
        weight_decay: On all weights that are matrices or kernels.
        label_smoothing: Share of the target spread over all classes.
        mix: Share of the batches that MixUp or CutMix blends (both 1710.09412 and
            1905.04899), one or the other at random.
        crop: Smallest area of a random resized crop.
        sharpen: Largest strength of the unsharp mask.
        averaging: Decay of the weights' moving average, applied every 16 steps.
        finish_minutes: Length of the last tuning, on nearly whole pictures at 224. A GPU sees
            all of them in a fraction of a minute; many times over, they would be learned by heart.
        finish_rate: Its learning rate at the start; small batches need a smaller one.
        seed: Of the initial weights, the order and the augmentation.
        start: SHA-256 of the network that the run goes on from, or None if it begins
            with random weights.
    """

    phases: tuple[Phase, ...]
    epochs: float | None = None
    minutes: float | None = None
    batch: int = 128
    learning_rate: float = 0.25
    warm_up: float = 0.15
    weight_decay: float = 5e-5
    label_smoothing: float = 0.1
    mix: float = 0.0
    crop: float = 0.35
    sharpen: float = 1.5
    averaging: float = 0.9
    finish_minutes: float = 3.6
    finish_rate: float = 0.01
    seed: int = 18
    start: str | None = None

    def phase_at(self, progress: float) -> Phase:
        """The phase at a share of the run, 0 to 1."""
        for phase in self.phases:
            if progress < phase.until:
                return phase
        return self.phases[-1]

    def rate_at(self, progress: float) -> float:
        """Learning rate: linear warm-up, then a half cosine to zero (1608.03983)."""
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        rest = (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * min(rest, 1.0)))


GPU = StarterRecipe(
    phases=(Phase(0.35, 128), Phase(0.7, 160), Phase(0.9, 192), Phase(1.0, 224)),
    epochs=90,
    batch=512,
    learning_rate=1.0,
    warm_up=0.06,
    mix=0.7,
    crop=0.25,
    averaging=0.98,
    finish_minutes=0.3,
)
CPU = StarterRecipe(
    phases=(
        Phase(0.15, 64),
        Phase(0.45, 96),
        Phase(0.76, 128),
        Phase(0.90, 160),
        Phase(1.0, 224, frozen=True),
    ),
    minutes=120,
)
CPU_AGAIN = StarterRecipe(
    phases=(Phase(0.25, 96), Phase(0.65, 128), Phase(0.9, 160), Phase(1.0, 192)),
    minutes=100,
    learning_rate=0.2,
    warm_up=0.05,
    seed=19,
)
"""A warm restart (1608.03983) from a starter that is there. It stops at 192: random crops
enlarge what they show by about a sixth, so that size is right for whole pictures at 224
(1906.06423), which the finish then sees."""
