"""What a lesson is taught with: every knob, checked once."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Self

from rn18demo.core.stages import LAST, STAGES
from rn18demo.errors import RequestError
from rn18demo.training.augmentation import Augmentation

TRAINED = MappingProxyType(
    {
        "head": 0,
        LAST.name: 1,
        f"{STAGES[-2].name}-{LAST.name[-1]}": 2,
        "all": len(STAGES),
    }
)
"""What may be trained, and how many stages that are, counted from the head."""
MODES = ("automatic", "deeper")
OPTIMIZERS = ("sgd", "adamw")
SCHEDULES = ("constant", "step", "cosine", "one-cycle")
SWITCHES = MappingProxyType(
    {
        "crop": "Cropping",
        "flip": "Mirroring",
        "colour": "Varying the colours",
        "amp": "Mixed precision",
    }
)
"""What is either on or off, and what errors call it."""
MOST_EPOCHS = 100


@dataclass(frozen=True)
class TeachRecipe:
    """All settings of a lesson.

    Attributes:
        mode: "automatic" finds a head for fixed features; "deeper" goes on from that head and
            fine-tunes (LP-FT, 2202.10054).
        trained: Which part "deeper" trains, a key of `TRAINED`.
        backbone_rate: Learning rate of the stages, above 0.
        head_rate: Learning rate of the head, above 0.
        optimizer: Of `OPTIMIZERS`.
        weight_decay: 0 or more.
        schedule: How the learning rates go on from their start, of `SCHEDULES`.
        label_smoothing: Share of the target given to all classes alike, 0 to 0.5.
        crop: Whether replicas show other squares of the picture.
        flip: Whether replicas may be mirrored.
        colour: Whether replicas differ in brightness, contrast and saturation.
        patience: Early stopping: epochs without improvement after which training ends; 0
            never ends it early.
        epochs: Most passes over the pictures, 1 to `MOST_EPOCHS`.
        seed: Of all random numbers; the same seed on the same machine teaches the same.
        amp: Mixed precision where the device computes in it.

    Raises:
        RequestError: A value outside its range.
    """

    mode: Literal["automatic", "deeper"] = "automatic"
    trained: str = LAST.name
    backbone_rate: float = 5e-5
    head_rate: float = 1e-3
    optimizer: Literal["sgd", "adamw"] = "adamw"
    weight_decay: float = 1e-4
    schedule: Literal["constant", "step", "cosine", "one-cycle"] = "cosine"
    label_smoothing: float = 0.1
    crop: bool = False
    flip: bool = True
    colour: bool = False
    patience: int = 3
    epochs: int = 12
    seed: int = 0
    amp: bool = True

    def __post_init__(self) -> None:
        _one_of("mode", self.mode, MODES)
        _one_of("trainable part", self.trained, tuple(TRAINED))
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("schedule", self.schedule, SCHEDULES)
        _between("learning rate of the stages", self.backbone_rate, 1e-8, 1)
        _between("learning rate of the head", self.head_rate, 1e-8, 1)
        _between("weight decay", self.weight_decay, 0, 1)
        _between("label smoothing", self.label_smoothing, 0, 0.5)
        _whole("patience", self.patience, 0, MOST_EPOCHS)
        _whole("number of epochs", self.epochs, 1, MOST_EPOCHS)
        _whole("seed", self.seed, 0, 2**31 - 1)
        for name, words in SWITCHES.items():
            if not isinstance(getattr(self, name), bool):
                raise RequestError(f"{words} is switched on or off: true or false.")

    @classmethod
    def deeper(cls) -> Self:
        """Where to start when fine-tuning deeper: replicas are cropped as well."""
        return cls(mode="deeper", crop=True)

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        """Build from what a project file or a request holds.

        Raises:
            RequestError: An unknown knob, or a value outside its range.
        """
        unknown = sorted(set(settings) - set(cls.__dataclass_fields__))
        if unknown:
            raise RequestError(f"There is no setting called “{str(unknown[0])[:60]}”.")
        return cls(**settings)

    @property
    def augmentation(self) -> Augmentation:
        """What may differ between replicas."""
        return Augmentation(self.crop, self.flip, self.colour)

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages that "deeper" trains, in their order."""
        count = TRAINED[self.trained]
        return tuple(stage.name for stage in STAGES[len(STAGES) - count :])


def _one_of(what: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        names = f"{', '.join(known[:-1])} and {known[-1]}"
        raise RequestError(f"There is no {what} called “{str(value)[:60]}”. Choose one of {names}.")


def _between(what: str, value: object, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]  # nor is nan
        raise RequestError(f"The {what} is a number from {low:g} to {high:g}.")


def _whole(what: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise RequestError(f"The {what} is a whole number from {low} to {high}.")
