"""Grad-CAM: in closed form at layer4, by a partial backward pass elsewhere.

Grad-CAM (Selvaraju et al., 1610.02391) weighs each channel k of a stage with the mean,
over the Z cells of its map, of the gradient of the class's logit, sums, and keeps what is
positive:

    weight_k = 1/Z * sum over cells of d logit_c / d A_k
    map_c    = ReLU(sum over k of weight_k * A_k)

Behind layer4 come only average pooling and a linear layer, so that the gradient there is
fc.weight[c, k] / Z in every cell: the maps of all classes are one small product.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.calm import calm_product
from rn18demo.core.stages import forward_from


def signed_layer4_maps(activation: Tensor, head: Tensor) -> Tensor:
    """Class maps of all classes before the ReLU.

    The cells of a map sum to the class's logit less its bias (Zhou et al., 1512.04150).

    Args:
        activation: (K, h, w), what layer4 put out.
        head: (C, K), the weight of the linear layer.

    Returns:
        (C, h, w), in units of the logit, without a gradient.
    """
    _, height, width = activation.shape
    maps = calm_product(head, activation.flatten(1)) / (height * width)
    return maps.view(-1, height, width)


def layer4_maps(activation: Tensor, head: Tensor) -> Tensor:
    """Grad-CAM of all classes at layer4.

    Args:
        activation: (K, h, w).
        head: (C, K).

    Returns:
        (C, h, w), 0 or more, not scaled.
    """
    return signed_layer4_maps(activation, head).clamp(min=0)


@dataclass(frozen=True)
class StageGradients:
    """The rest of the network behind one stage, ready to be asked for any class.

    The graph from the stage to the logits is built once; each class then costs one
    backward pass through it, and no forward.

    Attributes:
        activation: (1, K, h, w), the leaf that gradients are taken with respect to.
        logits: (1, C), with the graph that leads to them.
    """

    activation: Tensor
    logits: Tensor

    def of(self, classes: list[int]) -> Tensor:
        """Gradients of the logits of some classes, in one batched backward pass.

        Returns:
            (len(classes), K, h, w). No parameter's .grad is touched.
        """
        chosen = self.logits[0, classes]
        if len(classes) == 1:
            grads = torch.autograd.grad(chosen[0], self.activation, retain_graph=True)
            return grads[0].detach()
        directions = torch.eye(len(classes), device=chosen.device, dtype=chosen.dtype)
        (grads_of_all,) = torch.autograd.grad(
            chosen, self.activation, directions, retain_graph=True, is_grads_batched=True
        )
        return grads_of_all[:, 0].detach()

    def maps(self, classes: list[int]) -> Tensor:
        """Grad-CAM of some classes.

        Returns:
            (len(classes), h, w), 0 or more, not scaled.
        """
        weights = self.of(classes).mean((2, 3), keepdim=True)
        return (weights * self.activation.detach()).sum(1).clamp(min=0)

    def contributions(self, index: int) -> Tensor:
        """What each channel adds to a logit, to first order: sum of gradient x activation.

        At layer4 it is exact: weight x mean activation.

        Returns:
            (K,), in units of the logit.
        """
        return (self.of([index])[0] * self.activation.detach()[0]).sum((1, 2))


def stage_gradients(network: ResNet, stage: str, activation: Tensor) -> StageGradients:
    """Build the graph from a stage's activation to the logits.

    Args:
        network: The network, in eval mode; it is not changed.
        stage: Name of the stage.
        activation: (1, K, h, w) from `forward_stages`.
    """
    with torch.inference_mode(False), torch.enable_grad():
        # The clone turns an inference tensor into a leaf that gradients can reach.
        leaf = activation.clone().requires_grad_()
        # Without its own copy an in-place operation would overwrite the leaf.
        return StageGradients(leaf, forward_from(network, stage, leaf))
