"""The architecture diagram with its switches, and the four maps of a block.

See `rn18demo.ui.canvas` for how values reach such components. The diagram sends `select` with
index: name of a block, and `submit` with surgery: what the switches say, as `read_surgery`
reads it.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np
from torch import nn

from rn18demo.core.blocks import BLOCKS, Block, BlockParts, Part, block_modules
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.stages import STAGES
from rn18demo.core.surgery import Surgery
from rn18demo.core.wire import encode_maps
from rn18demo.ui.canvas import PAINT, painted
from rn18demo.ui.text import say


def architecture(*, elem_id: str | None = None) -> gr.HTML:
    """The diagram; give it an `architecture_value`."""
    return painted("architecture", ("architecture.js",), None, elem_id=elem_id)


def block_parts(*, elem_id: str | None = None) -> gr.HTML:
    """The four maps; give it a `parts_value`."""
    return painted("block_parts", (PAINT, "block_parts.js"), None, elem_id=elem_id)


def parameters(*modules: nn.Module) -> int:
    """How many numbers were learned in modules."""
    return sum(p.numel() for module in modules for p in module.parameters())


def architecture_value(
    checkpoint: Checkpoint, surgery: Surgery, chosen: str, shares: Mapping[str, float]
) -> dict[str, Any]:
    """What the diagram shows, read from the network itself.

    Args:
        checkpoint: The network, cut or not.
        surgery: What is cut in it.
        chosen: Name of the block that is open.
        shares: By block, the share of F(x) in what is added, 0 to 1; empty without a picture.
    """
    network = checkpoint.network
    modules = block_modules(network)

    def column(name: str, title: str, shape: str, words: str, count: int) -> dict[str, Any]:
        blocks = [
            {
                "name": block.name,
                "projects": block.projects,
                "parameters": parameters(modules[block.name]),
                "share": shares.get(block.name),
            }
            for block in BLOCKS
            if block.stage.name == name
        ]
        return {
            "name": name,
            "title": title,
            "shape": shape,
            "words": words,
            "parameters": count,
            "blocks": blocks,
        }

    stem, *stages = STAGES
    first = parameters(network.conv1, network.bn1)
    columns = [column(stem.name, say("arch_stem"), stem.shape, say("arch_stem_words"), first)]
    columns += [column(s.name, s.title, s.shape, "", 0) for s in stages]
    classes = f"{len(checkpoint.labels):,}"
    head = say("arch_head"), classes, say("arch_head_words"), parameters(network.fc)
    columns.append(column("", *head))
    return {"stages": columns, "chosen": chosen, "surgery": str(surgery)}


def strongest_channel(parts: BlockParts) -> int:
    """The channel in which F(x) is largest, by its norm."""
    return int(parts.residual.flatten(1).norm(dim=1).argmax())


def parts_value(parts: BlockParts, channel: int) -> dict[str, Any]:
    """What the four tiles show of a channel."""
    four = (parts.shortcut, parts.residual, parts.sum, parts.output)
    maps = np.stack([tensor[channel].numpy() for tensor in four])
    names = ("part_shortcut", "part_residual", "part_sum", "part_output")
    off = {None: None, Part.SHORTCUT: 0, Part.RESIDUAL: 1}[parts.cut]
    return {
        "maps": encode_maps(maps, signed=True),
        "captions": [say(name) for name in names],
        "off": off,
    }


def block_words(block: Block, parts: BlockParts, checkpoint: Checkpoint) -> str:
    """A block in words and numbers."""
    residual, shortcut = float(parts.residual.norm()), float(parts.shortcut.norm())
    return say(
        "block_words",
        name=block.name,
        shape_in=block.shape_in,
        shape=block.stage.shape,
        parameters=f"{parameters(block_modules(checkpoint.network)[block.name]):,}",
        kind=say("kind_projection" if block.projects else "kind_identity"),
        ratio=f"{residual / shortcut:.2f} times" if shortcut else "infinitely many times",
        residual=residual,
        shortcut=shortcut,
        cut=say(f"block_cut_{parts.cut}") if parts.cut else "",
    )
