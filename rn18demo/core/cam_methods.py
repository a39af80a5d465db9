"""The ways to make a class activation map, and those that the grad-cam package knows.

Importing this module is cheap: the package, which brings OpenCV, scikit-learn and
matplotlib along, is imported when a map is first asked of it.
"""

import copy
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models import ResNet

from rn18demo.core.predictions import check_class
from rn18demo.core.stages import find_stage, forward_stages
from rn18demo.core.watched import Progress, Stop, Watch
from rn18demo.errors import RequestError

GRAD_CAM = "grad-cam"
N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Method:
    """One way to make a class activation map.

    Attributes:
        id: Its name in requests.
        title: Its name on the page and in the papers.
        words: What it does, for a reader of 15, then in exact terms.
        paper: Where it was published.
        slow: It runs the network once for each channel of the stage.
        uses_class: The map depends on the class; False: it is the same for all.
        comparable: Values are in units of the logit, so that maps of two classes can share
            one scale; False: only the shape of a map means something.
    """

    id: str
    title: str
    words: str
    paper: str
    slow: bool = False
    uses_class: bool = True
    comparable: bool = True

    def runs(self, stage: str) -> int:
        """How often (a part of) the network runs for one map; the time grows with it."""
        return find_stage(stage).channels if self.slow else 1


METHODS: tuple[Method, ...] = (
    Method(
        GRAD_CAM,
        "Grad-CAM",
        "Finds out which feature maps push the score of this class up, and lays these on top "
        "of each other. Exactly: channels weighted by their mean gradient, summed, ReLU.",
        "https://arxiv.org/abs/1610.02391",
    ),
    Method(
        "grad-cam++",
        "Grad-CAM++",
        "Like Grad-CAM, but only places that push the score up have a say, which helps when "
        "the thing is in the picture several times. Exactly: channels weighted by their "
        "positive gradients, balanced by higher derivatives.",
        "https://arxiv.org/abs/1710.11063",
        comparable=False,
    ),
    Method(
        "layer-cam",
        "LayerCAM",
        "Judges every cell of every feature map on its own, so it stays sharp in the early "
        "stages. Exactly: activation times positive gradient, cell by cell, summed.",
        "https://doi.org/10.1109/TIP.2021.3089943",
    ),
    Method(
        "hires-cam",
        "HiResCAM",
        "Shows only places that really count in the score, for and against, before it keeps "
        "the ones for it; at layer4 it equals Grad-CAM. Exactly: activation times gradient, "
        "cell by cell, summed, ReLU.",
        "https://arxiv.org/abs/2011.08891",
    ),
    Method(
        "xgrad-cam",
        "XGrad-CAM",
        "Like Grad-CAM, but listens most to the places where a feature map is active; at "
        "layer4 it equals Grad-CAM. Exactly: channels weighted by their gradients averaged "
        "in proportion to the activation.",
        "https://arxiv.org/abs/2008.02312",
    ),
    Method(
        "eigen-cam",
        "Eigen-CAM",
        "Shows the pattern that most feature maps share. It ignores the class: the map is the "
        "same for all. Exactly: the first principal component of the activations.",
        "https://arxiv.org/abs/2008.00299",
        uses_class=False,
        comparable=False,
    ),
    Method(
        "score-cam",
        "Score-CAM",
        "Shows the network, for each feature map, only what lights that map up, and asks how "
        "much it looks like the class. Slow. Exactly: channels weighted by the softmax of the "
        "logits of the masked pictures; no gradients.",
        "https://arxiv.org/abs/1910.01279",
        slow=True,
        comparable=False,
    ),
    Method(
        "ablation-cam",
        "Ablation-CAM",
        "Switches off one feature map after the other and looks how far the score falls. "
        "Slow in the early stages. Exactly: channels weighted by the relative drop of the "
        "logit without them; no gradients.",
        "https://doi.org/10.1109/WACV45572.2020.9093360",
        slow=True,
        comparable=False,
    ),
)


def find_method(name: str) -> Method:
    """The method of that id.

    Raises:
        RequestError: There is none.
    """
    for method in METHODS:
        if method.id == name:
            return method
    names = ", ".join(method.id for method in METHODS)
    raise RequestError(f"There is no method called “{name}”. The methods are {names}.")


def map_title(stage: str, method: str) -> str:
    """Which map it is, such as "Grad-CAM · Stage 4 (layer4)"; RequestError if there is none."""
    return f"{find_method(method).title} · {find_stage(stage).title}"


def lens_copy(network: N) -> N:
    """A second network on the same numbers, in eval mode and without gradients.

    Modules are copied, parameters and buffers share the memory of the original: it costs
    milliseconds and no memory. Modes, hooks and .grad of the copy are its own, so that
    nothing done to it is seen by the original or by another thread.
    """
    memo: dict[int, object] = {id(buffer): buffer for buffer in network.buffers()}
    for parameter in network.parameters():
        memo[id(parameter)] = nn.Parameter(parameter.detach(), requires_grad=False)
    return copy.deepcopy(network, memo).eval()


def package_map(
    network: ResNet,
    batch: Tensor,
    stage: str,
    class_index: int,
    method: str,
    progress: Progress | None = None,
    cancelled: Stop | None = None,
    *,
    activation: Tensor | None = None,
) -> np.ndarray:
    """The map of one class by a method of the grad-cam package.

    The values are the method's own, neither scaled up in size nor stretched to 0 to 1.
    They are in units of the logit for Grad-CAM, HiResCAM, XGrad-CAM, LayerCAM (the last
    without what speaks against the class) and can be compared between classes; for the
    other methods only the shape of the map means something.

    Args:
        network: In any mode; it is left as found, also after a failure.
        batch: (1, 3, H, W), normalised.
        stage: Name of the stage.
        class_index: Row of the head.
        method: Id from `METHODS`.
        progress: Told the share done, 0 to 1, after every few of the method's runs.
        cancelled: Asked as often whether to stop.
        activation: (1, K, h, w), what `forward_stages` gave for this stage, if it is at
            hand: it saves one forward.

    Returns:
        (h, w) float32, 0 or more, at the stage's own resolution.

    Raises:
        RequestError: Unknown stage, method or class.
        Cancelled: `cancelled` said so.
    """
    runs = find_method(method).runs(find_stage(stage).name)
    check_class(class_index, network.fc.out_features)
    watch = Watch(runs, progress, cancelled)
    from rn18demo.core import package_cams

    with torch.inference_mode(False), torch.no_grad():
        copied = lens_copy(network)
        device = copied.fc.weight.device
        batch = batch.to(device)
        if activation is None:
            activation = forward_stages(copied, batch).activations[stage]
        seen = package_cams.Seen(copied, batch, stage, activation.to(device), class_index)
        return package_cams.compute(method, seen, watch)
