"""A network in which every batch norm has become part of the convolution before it.

In eval mode a batch norm only scales and shifts each channel, and so does the convolution
before it if its weights are scaled and it has a bias. One pass over the activations less
after each of the 20 convolutions, the same function up to rounding.
"""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models import ResNet, resnet18

from rn18demo.core.surgery import cut_blocks, cuts_of


def fold(network: ResNet) -> ResNet:
    """Copy a network and fold its batch norms.

    Args:
        network: In eval mode, float32, on any device; it is only read.

    Returns:
        On the CPU, in eval mode, float32, without hooks or gradients; it shares no memory with
        `network`. Its batch norms are `Identity`, so that `forward_stages` runs it as well.
    """
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        copy = resnet18(num_classes=network.fc.out_features)
    state = {
        key: value.detach().to("cpu", copy=True) for key, value in network.state_dict().items()
    }
    copy.load_state_dict(state, assign=True)
    copy.requires_grad_(False).eval()
    cut_blocks(copy, cuts_of(network))
    copy.conv1, copy.bn1 = _fused(copy.conv1, copy.bn1)
    for stage in (copy.layer1, copy.layer2, copy.layer3, copy.layer4):
        for block in stage:
            block.conv1, block.bn1 = _fused(block.conv1, block.bn1)
            block.conv2, block.bn2 = _fused(block.conv2, block.bn2)
            if block.downsample is not None:
                block.downsample = nn.Sequential(*_fused(*block.downsample))
    return copy


def _fused(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[nn.Conv2d, nn.Identity]:
    # In float64, so that the only rounding is the one of the result.
    fused = fuse_conv_bn_eval(convolution.double(), norm.double())
    return fused.float().requires_grad_(False), nn.Identity()
