"""Pictures that were set aside, shown to the finished network: the plainest test there is."""

from collections.abc import Generator
from dataclasses import dataclass, replace

import torch

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot, ShotPlace
from rn18demo.training.duplicates import related_groups
from rn18demo.training.evaluation import wilson
from rn18demo.training.features import FeatureReader
from rn18demo.training.words import percent


@dataclass(frozen=True)
class HeldOutTest:
    """How the finished network did on pictures of val and test folders.

    Attributes:
        right: How many it named rightly.
        pictures: How many it was asked about.
        independent: How many of these are independent of each other.
        copies: Pictures left out, because nearly the same one is among those it learned from.
    """

    right: int
    pictures: int
    independent: int
    copies: int

    @property
    def accuracy(self) -> float | None:
        """right / pictures, 0 to 1; None if there were none."""
        return self.right / self.pictures if self.pictures else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy, as wide as the independent pictures say."""
        return wilson((self.accuracy or 0) * self.independent, self.independent)

    @property
    def sentence(self) -> str:
        """The result for people."""
        left_out = ""
        if self.copies:
            what = "one was" if self.copies == 1 else f"{self.copies} were"
            left_out = f" ({what} left out: nearly the same is among those it learned from)"
        if not self.pictures:
            return f"The pictures set aside for testing tell nothing{left_out}."
        low, high = map(percent, self.interval)
        return (
            f"Of the pictures set aside for testing, the finished network names {self.right} of "
            f"{self.pictures} rightly{left_out}; the true value is likely between {low} and "
            f"{high}."
        )


def ask_held_out(
    dataset: Dataset, checkpoint: Checkpoint, device: torch.device
) -> Generator[float, None, HeldOutTest | None]:
    """Ask a taught network about the held-out part of its data set.

    Args:
        dataset: What it was taught from.
        checkpoint: What was taught, with the data set's classes; its network is only read.
        device: Where to compute.

    Yields:
        The share done, 0 to 1.

    Returns:
        None where nothing was held out.
    """
    if dataset.held_out is None:
        return None
    asked, copies, independent = _apart(dataset, dataset.held_out)
    labels = {name: index for index, name in enumerate(checkpoint.labels)}
    reader = FeatureReader(checkpoint.network, checkpoint.transform, device)
    fc = checkpoint.network.fc
    weight, bias = fc.weight.detach().float().cpu(), fc.bias.detach().float().cpu()
    right = 0
    for start in range(0, len(asked), reader.batch):
        part = asked[start : start + reader.batch]
        squares = [checkpoint.transform.picture(shot.picture) for _, shot in part]
        answers = (reader(squares) @ weight.T + bias).argmax(1).tolist()
        right += sum(
            labels[name] == answer for (name, _), answer in zip(part, answers, strict=True)
        )
        yield (start + len(part)) / len(asked)
    return HeldOutTest(right, len(asked), independent, copies)


def _apart(dataset: Dataset, held_out: Dataset) -> tuple[list[tuple[str, Shot]], int, int]:
    """Class and picture of those that tell something, how many do not, how many independent."""
    whole, owned = _merged(dataset, held_out)
    groups = [set(group) for group in related_groups(whole)]
    copies: set[ShotPlace] = set()
    for group in groups:
        if any(shot < owned[label] for label, shot in group):
            copies |= {(label, shot) for label, shot in group if shot >= owned[label]}
    places = [
        (label, shot)
        for label, one in enumerate(whole.classes)
        for shot in range(owned[label], len(one.shots))
    ]
    kept = [place for place in places if place not in copies]
    repeated = sum(len(found) - 1 for group in groups if len(found := group & set(kept)) > 1)
    asked = [(whole.classes[label].name, whole.shot((label, shot))) for label, shot in kept]
    return asked, len(places) - len(kept), max(0, len(kept) - repeated)


def _merged(dataset: Dataset, held_out: Dataset) -> tuple[Dataset, list[int]]:
    """One data set of both parts, and how many shots of each class are not held out."""
    aside = {one.name: one.shots for one in held_out.classes}
    classes = tuple(
        ClassShots(one.name, (*one.shots, *aside.get(one.name, ()))) for one in dataset.classes
    )
    return replace(dataset, classes=classes, held_out=None), [
        len(one.shots) for one in dataset.classes
    ]
