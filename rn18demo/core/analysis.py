"""Everything that one forward told us about one picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image
from torch import Tensor

from rn18demo.core.cam import layer4_maps
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.predictions import Prediction, prediction_of, top_k
from rn18demo.core.stages import LAST, find_stage

WHOLE = (0.0, 0.0, 1.0, 1.0)
"""The crop box of a picture of which nothing is cut off."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """The result of one forward; every lens reads from it.

    Attributes:
        checkpoint: Whose answer it is.
        image: The picture as it came through the door.
        square: The exact picture that the network received.
        logits: (C,) float32.
        activations: By stage, (K, h, w) float32; see `PictureOutputs`.
        network_milliseconds: Time of the forward alone.
        milliseconds: Time of everything, from the picture to this result.
        device: Where it was computed, in words.
    """

    checkpoint: Checkpoint
    image: Image.Image
    square: Image.Image
    logits: Tensor
    activations: Mapping[str, Tensor]
    network_milliseconds: float
    milliseconds: float
    device: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the C classes."""
        return self.checkpoint.labels

    @property
    def crop_box(self) -> tuple[float, float, float, float]:
        """The part of the picture that the network saw, in shares 0 to 1."""
        return self.checkpoint.transform.crop_box(*self.image.size)

    @property
    def cropped(self) -> bool:
        """Whether a border of the picture was cut off."""
        return self.crop_box != WHOLE

    def top(self, k: int = 5) -> tuple[Prediction, ...]:
        """The k most probable classes."""
        return top_k(self.logits, self.labels, k)

    def prediction(self, index: int) -> Prediction:
        """One class; RequestError if there is none of that index."""
        return prediction_of(self.logits, self.labels, index)

    def activation(self, stage: str) -> Tensor:
        """(K, h, w) of a stage; RequestError if there is none of that name."""
        return self.activations[find_stage(stage).name]

    @cached_property
    def class_maps(self) -> np.ndarray:
        """Grad-CAM of all classes at layer4, (C, 7, 7) float32, 0 or more."""
        return layer4_maps(self.activations[LAST.name], self.checkpoint.head).numpy()
