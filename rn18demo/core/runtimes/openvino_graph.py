"""ResNet-18 as an OpenVINO model, written down operation by operation.

OpenVINO's own converter is not used: the module that holds it reports its import to a web
address as soon as it is loaded, and forks the process to do so. `load_openvino` keeps it out.
"""

import sys
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from torch import nn
from torchvision.models import ResNet

from rn18demo.core.blocks import Part, cut_of
from rn18demo.core.stages import STAGES
from rn18demo.core.transform import InputTransform

LOGITS = "logits"
_CONVERTER = "openvino.tools.ovc"


@cache
def load_openvino() -> Any:
    """The openvino package, imported without its converter, which would report home.

    Raises:
        ImportError: It is not installed, or its library cannot be loaded.
    """
    if _CONVERTER in sys.modules:  # somebody else loaded it: nothing is left to keep out
        return import_module("openvino")
    sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # Python's way to say: absent
    try:
        return import_module("openvino")
    finally:
        del sys.modules[_CONVERTER]


def build_graph(folded: ResNet, transform: InputTransform, stages: bool = True) -> Any:
    """An `openvino.Model` of a network.

    Args:
        folded: From `fold`.
        transform: Side of the input in pixels, and how colours are normalised.
        stages: Whether the activations are among the outputs.

    Returns:
        Input (N, side, side, 3) uint8, where N is left open: measured no slower at N = 1 than
        a model for one picture only. Outputs, float32: the activations of STAGES in order,
        named after them, (N, K, h, w), then `logits`, (N, C).
    """
    ov = load_openvino()
    ops = ov.opset13
    source = ops.parameter([-1, transform.crop, transform.crop, 3], np.uint8, name="pixels")
    x = ops.relu(_convolution(ops, _normalised(ops, source, transform), folded.conv1))
    pool = folded.maxpool
    x = ops.max_pool(
        x,
        strides=[pool.stride] * 2,
        dilations=[1, 1],
        pads_begin=[pool.padding] * 2,
        pads_end=[pool.padding] * 2,
        kernel_shape=[pool.kernel_size] * 2,
    ).output(0)
    outputs = {STAGES[0].name: x}
    for stage in STAGES[1:]:
        for block in getattr(folded, stage.name):
            x = _block(ops, x, block)
        outputs[stage.name] = x
    pooled = ops.reduce_mean(x, np.array([2, 3]), keep_dims=False)
    head = ops.constant(folded.fc.weight.numpy())
    bias = ops.constant(folded.fc.bias.numpy()[None])
    outputs[LOGITS] = ops.add(ops.matmul(pooled, head, False, True), bias)
    if not stages:
        outputs = {LOGITS: outputs[LOGITS]}
    results = [ops.result(value, name=name) for name, value in outputs.items()]
    for result, name in zip(results, outputs, strict=True):
        result.output(0).set_names({name})
    return ov.Model(results, [source], "ResNet-18")


def _normalised(ops: Any, source: Any, transform: InputTransform) -> Any:
    mean, std = (
        np.array(v, np.float32)[None, :, None, None] for v in (transform.mean, transform.std)
    )
    upright = ops.transpose(ops.convert(source, "f32"), np.array([0, 3, 1, 2]))
    return ops.add(ops.multiply(upright, 1 / (255 * std)), -mean / std)


def _block(ops: Any, x: Any, block: Any) -> Any:
    cut = cut_of(block)
    if cut is Part.SHORTCUT:
        return ops.relu(_branch(ops, x, block))
    shortcut = x if block.downsample is None else _convolution(ops, x, block.downsample[0])
    if cut is Part.RESIDUAL:
        return ops.relu(shortcut)
    return ops.relu(ops.add(_branch(ops, x, block), shortcut))


def _branch(ops: Any, x: Any, block: Any) -> Any:
    inner = ops.relu(_convolution(ops, x, block.conv1))
    return _convolution(ops, inner, block.conv2)


def _convolution(ops: Any, x: Any, module: nn.Conv2d) -> Any:
    padding = list(module.padding)
    made = ops.convolution(
        x,
        ops.constant(module.weight.numpy()),
        strides=list(module.stride),
        pads_begin=padding,
        pads_end=padding,
        dilations=list(module.dilation),
    )
    bias = module.bias
    assert bias is not None  # folding gave each convolution one
    return ops.add(made, ops.constant(bias.numpy()[None, :, None, None]))
