"""What is asked of the grad-cam package. Import it late: it takes seconds and 170 MB.

The formulas are the package's own; activations and gradients are handed to them, so that
no hook is ever set. Three methods replace one step of theirs, each for the reason given.
"""

from dataclasses import dataclass

import numpy as np
import torch
from pytorch_grad_cam import (
    AblationCAM,
    EigenCAM,
    GradCAM,
    GradCAMPlusPlus,
    HiResCAM,
    LayerCAM,
    ScoreCAM,
    XGradCAM,
)
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ResNet

from rn18demo.core.cam import stage_gradients
from rn18demo.core.stages import forward_from
from rn18demo.core.watched import Watch

AT_ONCE = 8
"""Channels tried in one batch: on a CPU more gain nothing and delay a cancel."""
SMALLEST = 1e-12
"""In place of a logit of exactly 0, which nothing can be relative to."""


@dataclass(frozen=True)
class Seen:
    """What a map is made from.

    Attributes:
        network: In eval mode, without gradients; the package may do with it as it likes.
        batch: (1, 3, H, W), normalised.
        stage: Name of the stage.
        activation: (1, K, h, w), what the stage put out.
        class_index: Row of the head.
    """

    network: ResNet
    batch: Tensor
    stage: str
    activation: Tensor
    class_index: int

    def logits_without(self, channels: Tensor) -> Tensor:
        """(n,) logits of the class, each with one of n channels of the stage set to 0."""
        cut = self.activation.repeat(len(channels), 1, 1, 1)
        cut[torch.arange(len(channels)), channels] = 0
        return forward_from(self.network, self.stage, cut)[:, self.class_index]


class WatchedScoreCAM(ScoreCAM):
    """Score-CAM, a few channels at a time.

    The package lays all masks over the picture before it starts (0.4 GB at layer4),
    prints a bar and cannot be stopped. The weights are the same.
    """

    def __init__(self, seen: Seen, watch: Watch) -> None:
        super().__init__(seen.network, target_layers=[])
        self.seen, self.watch = seen, watch

    def get_cam_weights(self, *_: object) -> np.ndarray:
        """(1, K): softmax of the logits of the masked pictures."""
        batch = self.seen.batch
        scores = []
        for maps in self.seen.activation.split(AT_ONCE, dim=1):
            masks = F.interpolate(maps, batch.shape[-2:], mode="bilinear", align_corners=True)
            low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
            masks = (masks - low) / (high - low + 1e-8)
            logits = self.seen.network(batch * masks.transpose(0, 1))
            scores.append(logits[:, self.seen.class_index])
            self.watch.step(maps.shape[1])
        return torch.cat(scores).softmax(0)[None].cpu().numpy()


class WatchedAblationCAM(AblationCAM):
    """Ablation-CAM that runs only the part of the network behind the stage.

    The package runs all of it for every channel, prints a bar, cannot be stopped, shares
    one ablation layer between all its users, and where no cell is exactly 0 it sets
    channels to -10,000,000 instead of 0. It also divides by the logit as it is: below 0
    that turns the map into its opposite, so the size of the logit is taken here. For
    logits above 0 the weights are the same.
    """

    def __init__(self, seen: Seen, watch: Watch) -> None:
        super().__init__(seen.network, target_layers=[])
        self.seen, self.watch = seen, watch

    def get_cam_weights(self, *_: object) -> np.ndarray:
        """(1, K): drop of the logit without each channel, relative to its size."""
        logits = forward_from(self.seen.network, self.seen.stage, self.seen.activation)
        logit = logits[0, self.seen.class_index]
        scores = []
        channels = torch.arange(self.seen.activation.shape[1], device=logit.device)
        for some in channels.split(AT_ONCE):
            scores.append(self.seen.logits_without(some))
            self.watch.step(len(some))
        drops = (logit - torch.cat(scores)) / logit.abs().clamp(min=SMALLEST)
        return drops[None].cpu().numpy()


class OrientedEigenCAM(EigenCAM):
    """Eigen-CAM with a sign that means something, and a smaller decomposition.

    A principal component has no sign of its own: the package takes the one that the
    linear algebra library happens to return, so object and background may be swapped.
    Here it points to where the stage is more active, as in the paper, whose activations
    are not centred. The package also computes all 3,136 x 3,136 left vectors at the first
    stages, which takes 70 times as long, and uses none of them.
    """

    def get_cam_image(self, *args: object) -> np.ndarray:
        """(1, h, w): the centred activations along their first principal direction."""
        activation = np.asarray(args[3])[0]
        cells = activation.reshape(len(activation), -1).T
        centred = cells - cells.mean(axis=0)
        directions = np.linalg.svd(centred, full_matrices=False)[2]
        along = centred @ directions[0]
        if along @ cells.sum(axis=1) < 0:
            along = -along
        return along.reshape(1, *activation.shape[1:])


CAMS: dict[str, type[BaseCAM]] = {
    "grad-cam": GradCAM,
    "grad-cam++": GradCAMPlusPlus,
    "layer-cam": LayerCAM,
    "hires-cam": HiResCAM,
    "xgrad-cam": XGradCAM,
    "eigen-cam": OrientedEigenCAM,
    "score-cam": WatchedScoreCAM,
    "ablation-cam": WatchedAblationCAM,
}


def compute(method: str, seen: Seen, watch: Watch) -> np.ndarray:
    """The map of a method, (h, w) float32, 0 or more.

    Args:
        method: A key of `CAMS`.
        seen: What the map is made from.
        watch: Its steps are the method's runs.
    """
    kind = CAMS[method]
    if issubclass(kind, WatchedScoreCAM | WatchedAblationCAM):
        return _positive(kind(seen, watch), seen, None)
    # No target layers, hence no hooks and nothing that a `with` would have to take away;
    # the package's own `with` also swallows every IndexError.
    cam = kind(seen.network, target_layers=[])
    gradient = None
    if cam.uses_gradients:
        with torch.enable_grad():
            graph = stage_gradients(seen.network, seen.stage, seen.activation)
            gradient = graph.of([seen.class_index])
    result = _positive(cam, seen, gradient)
    watch.step()
    return result


def _positive(cam: BaseCAM, seen: Seen, gradient: Tensor | None) -> np.ndarray:
    """Ask the package for the map before it scales it, and keep what is above 0."""
    target = ClassifierOutputTarget(seen.class_index)
    raw = cam.get_cam_image(
        seen.batch,
        nn.Identity(),
        [target],
        seen.activation.detach().cpu().numpy(),
        None if gradient is None else gradient.cpu().numpy(),
        False,
    )
    return np.maximum(raw[0], 0).astype(np.float32)
