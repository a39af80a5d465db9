"""The 256 paths through eight residual blocks, and what the gradient owes to each length.

A block is y = ReLU(F(x) + shortcut(x)), so that a gradient has two ways back through it. Eight
blocks in a row have 2^8 = 256 ways back; one that takes F in k blocks has length k (Veit et al.,
1605.06431). The ReLU after the sum only masks, the same for both ways, so that the gradient is
exactly the sum over all paths. Going backward with one gradient for each length,

    g_k(x) = J_shortcut^T g_k(y) + J_F^T g_(k-1)(y),

splits it by length in one sweep. The last of these, which took F everywhere, is also what would
be left of the gradient if the backward pass were closed to all shortcuts.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ResNet

from rn18demo.core.blocks import BLOCKS, Part, block_modules, cut_of, residual, shortcut
from rn18demo.core.predictions import check_class
from rn18demo.core.stages import STAGES

PLACES: tuple[str, ...] = (STAGES[0].name, *(block.name for block in BLOCKS))
"""Where gradients are taken: the output of the stem and of each block."""


@dataclass(frozen=True, eq=False)
class PathSplit:
    """The gradient of one class's logit for one picture.

    Attributes:
        gradients: (9, K, h, w) float32 on the CPU: by length of path, the part of
            d logit / d stem that came back along paths of that length.
        weights: 9 Euclidean norms of these. Parts may cancel: the norms do not sum to that of
            the whole gradient.
        counts: How many paths of each length are open; 256 in all with nothing cut.
        norms: For each of `PLACES`, the norm of d logit / d output.
        norms_through_f: The same if the backward pass took only F in every block behind.
    """

    gradients: Tensor
    weights: tuple[float, ...]
    counts: tuple[int, ...]
    norms: tuple[float, ...]
    norms_through_f: tuple[float, ...]


def count_paths(network: ResNet) -> tuple[int, ...]:
    """How many paths of each length, 0 to 8, are open: the coefficients of a product.

    A whole block is the factor 1 + t, one without its residual branch 1, one without its
    shortcut t.
    """
    counts = [1] + [0] * len(BLOCKS)
    for block in block_modules(network).values():
        cut = cut_of(block)
        by = [0] * len(counts) if cut is Part.SHORTCUT else counts
        through = [0] * len(counts) if cut is Part.RESIDUAL else [0, *counts[:-1]]
        counts = [a + b for a, b in zip(by, through, strict=True)]
    return tuple(counts)


def split_gradient(network: ResNet, batch: Tensor, class_index: int) -> PathSplit:
    """Split the gradient of a logit at the stem by the length of paths.

    One forward, then one batched backward through each block; no parameter's .grad is touched.

    Args:
        network: A torchvision ResNet-18 in eval mode, also one with cut blocks.
        batch: (1, 3, H, W), normalised.
        class_index: Row of the head.

    Raises:
        RequestError: There is no such class.
    """
    check_class(class_index, network.fc.out_features)
    blocks = list(block_modules(network).values())
    with torch.inference_mode(False), torch.no_grad():
        x = network.maxpool(F.relu(network.bn1(network.conv1(batch))))
        entering = [x]
        for block in blocks:
            entering.append(block(entering[-1]))
        last = entering.pop()
        cells = last.shape[-2] * last.shape[-1]
        row = network.fc.weight[class_index].detach() / cells
        parts = row[None, :, None, None].expand(1, *last.shape[1:]).clone()
        norms, through_f = [float(parts.norm())], [float(parts.norm())]
        for block, x in zip(reversed(blocks), reversed(entering), strict=True):
            parts = _back(block, x, parts)
            norms.append(float(parts.sum(0).norm()))
            through_f.append(float(parts[-1].norm()))
    parts = parts.float().cpu()
    return PathSplit(
        gradients=parts,
        weights=tuple(parts.flatten(1).norm(dim=1).tolist()),
        counts=count_paths(network),
        norms=tuple(reversed(norms)),
        norms_through_f=tuple(reversed(through_f)),
    )


def _back(block: nn.Module, x: Tensor, parts: Tensor) -> Tensor:
    """From the n lengths behind a block, (n, K', h', w'), to the n + 1 before it."""
    cut = cut_of(block)
    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        by = None if cut is Part.SHORTCUT else shortcut(block, leaf)
        through = None if cut is Part.RESIDUAL else residual(block, leaf)
    added = sum(way.detach() for way in (by, through) if way is not None)
    parts = parts * (added > 0)
    before = torch.zeros(len(parts) + 1, *x.shape[1:], dtype=x.dtype, device=x.device)
    if by is not None:
        before[:-1] += parts if by is leaf else _pull(by, leaf, parts)
    if through is not None:
        before[1:] += _pull(through, leaf, parts)
    return before


def _pull(output: Tensor, leaf: Tensor, parts: Tensor) -> Tensor:
    """J^T of n gradients at once: (n, K', h', w') to (n, K, h, w)."""
    (grads,) = torch.autograd.grad(output, leaf, parts[:, None], is_grads_batched=True)
    return grads[:, 0].detach()
