"""Convolutions of a ResNet as bf16 matrix products, for training on a CPU.

oneDNN's bf16 convolutions use a CPU's matrix units well on large maps, but on the
small maps of low-resolution training (2 x 2 to 8 x 8) their weight gradients run at a
few per cent of what a plain matrix product reaches on the same core. Each of the three
products of a convolution (output, gradient of the input, gradient of the weight) is
therefore timed once per shape in both forms, and the faster one is used from then on.
Parameters, names and results (up to bf16 rounding) stay those of `nn.Conv2d`.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_TRIALS = 3
_fastest: dict[tuple[Any, ...], int] = {}


class Geometry(NamedTuple):
    """What a square, bias-free, ungrouped convolution needs besides its weight."""

    kernel: int
    stride: int
    padding: int

    def output_side(self, side: int) -> int:
        """Side of the output map, in cells."""
        return (side + 2 * self.padding - self.kernel) // self.stride + 1


def im2col(x: Tensor, geometry: Geometry) -> Tensor:
    """Lay out every patch that a convolution sees as one row.

    Args:
        x: (N, H, W, C), contiguous.
        geometry: The convolution.

    Returns:
        (N * OH * OW, kernel * kernel * C), contiguous; kernel row, kernel column,
        channel from the slowest to the fastest.
    """
    kernel, stride, padding = geometry
    if padding:
        x = F.pad(x, (0, 0, padding, padding, padding, padding))
    n, h, w, c = x.shape
    oh, ow = (h - kernel) // stride + 1, (w - kernel) // stride + 1
    sn, sh, sw, _ = x.stride()
    # A kernel row's columns and channels lie side by side in memory, so each copied
    # run is kernel * C long.
    patches = x.as_strided((n, oh, ow, kernel, kernel * c), (sn, sh * stride, sw * stride, sh, 1))
    return patches.reshape(n * oh * ow, kernel * kernel * c)


def _nhwc(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).contiguous()


def _matrix(weight: Tensor) -> Tensor:
    """(O, C, K, K) -> (O, K * K * C), in im2col's order."""
    return weight.permute(0, 2, 3, 1).reshape(weight.shape[0], -1)


def output_by_gemm(x: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
    """(N, C, H, W), (O, C, K, K) -> (N, O, OH, OW)."""
    rows = im2col(_nhwc(x), geometry) @ _matrix(weight).t()
    oh, ow = geometry.output_side(x.shape[2]), geometry.output_side(x.shape[3])
    return rows.view(x.shape[0], oh, ow, -1).permute(0, 3, 1, 2)


def weight_gradient_by_gemm(x: Tensor, weight: Tensor, grad: Tensor, geometry: Geometry) -> Tensor:
    """(N, C, H, W), (N, O, OH, OW) -> (O, C, K, K)."""
    o, c, kernel, _ = weight.shape
    product = _nhwc(grad).view(-1, o).t() @ im2col(_nhwc(x), geometry)
    return product.view(o, kernel, kernel, c).permute(0, 3, 1, 2)


def input_gradient_by_gemm(x: Tensor, weight: Tensor, grad: Tensor, geometry: Geometry) -> Tensor:
    """(O, C, K, K), (N, O, OH, OW) -> (N, C, H, W)."""
    kernel, stride, padding = geometry
    n, c, h, w = x.shape
    if stride == 1:
        # The gradient is the convolution of `grad` with the kernel turned by 180 degrees.
        turned = weight.flip(2, 3).transpose(0, 1)
        return output_by_gemm(grad, turned, Geometry(kernel, 1, kernel - 1 - padding))
    oh, ow = grad.shape[2:]
    rows = _nhwc(grad).view(-1, grad.shape[1]) @ _matrix(weight)
    patches = rows.view(n, oh, ow, kernel, kernel, c)
    padded = x.new_zeros(n, h + 2 * padding, w + 2 * padding, c)
    for i in range(kernel):
        rows_of_i = slice(i, i + stride * (oh - 1) + 1, stride)
        for j in range(kernel):
            columns_of_j = slice(j, j + stride * (ow - 1) + 1, stride)
            padded[:, rows_of_i, columns_of_j] += patches[:, :, :, i, j]
    inside = padded[:, padding : padding + h, padding : padding + w]
    return inside.permute(0, 3, 1, 2)


def _faster(
    product: str, shape: tuple[int, ...], geometry: Geometry, roads: list[Callable[[], Tensor]]
) -> Tensor:
    """Take the faster of the equivalent `roads`, timing them the first time."""
    key = (product, shape, geometry)
    if key not in _fastest:
        seconds = [min(_seconds(road) for _ in range(_TRIALS)) for road in roads]
        _fastest[key] = seconds.index(min(seconds))
    return roads[_fastest[key]]()


def _seconds(road: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    road()
    return time.perf_counter() - start


class _Convolution(torch.autograd.Function):
    """conv2d in bf16 and channels_last, each product by its faster road."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, geometry: Geometry) -> Tensor:
        x = x.to(torch.bfloat16)
        half = weight.to(torch.bfloat16)
        ctx.save_for_backward(x, half)
        ctx.geometry = geometry
        _, stride, padding = geometry
        return _faster(
            "output",
            (*x.shape, half.shape[0]),
            geometry,
            [
                lambda: F.conv2d(x, half, None, stride, padding),
                lambda: output_by_gemm(x, half, geometry),
            ],
        )

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, None]:
        x, weight = ctx.saved_tensors
        geometry: Geometry = ctx.geometry
        grad = grad.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        shape = (*x.shape, weight.shape[0])

        def onednn(*mask: bool) -> tuple[Tensor, Tensor, Tensor]:
            stride, padding = [geometry.stride] * 2, [geometry.padding] * 2
            return torch.ops.aten.convolution_backward(
                grad, x, weight, None, stride, padding, [1, 1], False, [0, 0], 1, mask
            )

        grad_weight = _faster(
            "weight",
            shape,
            geometry,
            [
                lambda: onednn(False, True, False)[1],
                lambda: weight_gradient_by_gemm(x, weight, grad, geometry),
            ],
        ).float()
        if not ctx.needs_input_grad[0]:
            return None, grad_weight, None
        grad_x = _faster(
            "input",
            shape,
            geometry,
            [
                lambda: onednn(True, False, False)[0],
                lambda: input_gradient_by_gemm(x, weight, grad, geometry),
            ],
        )
        return grad_x, grad_weight, None


class FasterConv2d(nn.Conv2d):
    """A Conv2d with the same parameters that takes the faster road while training."""

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W); in bf16 while training."""
        if not self.training:
            return super().forward(x)
        geometry = Geometry(self.kernel_size[0], self.stride[0], int(self.padding[0]))
        return _Convolution.apply(x, self.weight, geometry)


def use_faster_convolutions(model: nn.Module) -> None:
    """Let every bias-free, square, ungrouped convolution of `model` choose its road.

    Only the class of the modules changes: parameters, names and state dict stay.
    """
    for module in model.modules():
        if type(module) is nn.Conv2d and module.bias is None and module.groups == 1:
            module.__class__ = FasterConv2d
