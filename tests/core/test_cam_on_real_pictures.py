"""The shipped weights on the shipped photographs, against the grad-cam package."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from rn18demo.core.checkpoints import Catalogue, Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.examples import Example, read_examples
from rn18demo.core.images import read_image
from rn18demo.core.lenses import Lenses, MapRequest
from rn18demo.core.stages import STAGES

PICTURES = read_examples()[:4]
TOLERANCE = {"layer4": 1e-5} | {stage.name: 1e-4 for stage in STAGES[:-1]}
"""Largest difference, as a share of the map's peak."""


@pytest.fixture(scope="module")
def starter() -> Checkpoint:
    return Catalogue().get("starter")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(torch.device("cpu"), "torch")


def packages_map(checkpoint: Checkpoint, batch: torch.Tensor, stage: str, index: int) -> np.ndarray:
    """(h, w), after its ReLU, at the stage's own size."""
    network = checkpoint.network
    layer = network.maxpool if stage == "stem" else getattr(network, stage)
    with GradCAM(model=network, target_layers=[layer]) as cam:
        cam(batch.clone().requires_grad_(), targets=[ClassifierOutputTarget(index)])
        activation = cam.activations_and_grads.activations[0].numpy()
        gradient = cam.activations_and_grads.gradients[0].numpy()
        raw = cam.get_cam_image(batch, layer, [ClassifierOutputTarget(index)], activation, gradient)
    return np.maximum(raw[0], 0)


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.path.stem)
def test_grad_cam_equals_the_packages(
    starter: Checkpoint, engine: Engine, picture: Example, stage: str
) -> None:
    lenses = Lenses(engine)
    analysis = engine.analyze(starter, read_image(picture.path))
    for index in (analysis.top(1)[0].index, 7):
        ours = lenses.map(analysis, MapRequest(stage, "grad-cam", index))
        theirs = packages_map(starter, lenses.batch(analysis), stage, index)
        peak = max(theirs.max(), 1e-6)
        np.testing.assert_allclose(ours / peak, theirs / peak, atol=TOLERANCE[stage])
