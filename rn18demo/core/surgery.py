"""Cutting parts out of a trained network, and scrambling its weights, without touching it.

An operation is a value. Operating on a checkpoint gives another checkpoint, whose id says what
was done: `starter~layer2.0-x,layer4-scrambled` is the starter without the shortcut of layer2.0
and with the weights of layer4 shuffled. So every lens and endpoint works on it, nobody meets it
who does not ask for it, and going back is asking for `starter`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torchvision.models import ResNet

from rn18demo.core.blocks import BLOCKS, CutBlock, Part, block_modules, cut_of, find_block
from rn18demo.core.cam_methods import lens_copy
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.stages import STAGES, find_stage
from rn18demo.errors import RequestError

MARK = "~"
"""Between the id of a checkpoint and what was done to it."""
SCRAMBLED = "scrambled"
SEED = 18
"""Of the shuffling: the same for everybody, so that a scrambled stage is the same network."""


@dataclass(frozen=True)
class Surgery:
    """What is done to a network.

    Attributes:
        cuts: Name of a block and the part that is cut out of it, in the order of the network.
        scrambled: Names of the stages whose weights are shuffled, in the same order.
    """

    cuts: tuple[tuple[str, Part], ...] = ()
    scrambled: tuple[str, ...] = ()

    @classmethod
    def of(cls, cuts: Mapping[str, Part], scrambled: frozenset[str] = frozenset()) -> "Surgery":
        """Put in order what is to be done.

        Raises:
            RequestError: There is no such block or stage.
        """
        for name in cuts:
            find_block(name)
        for name in scrambled:
            find_stage(name)
        return cls(
            tuple((block.name, cuts[block.name]) for block in BLOCKS if block.name in cuts),
            tuple(stage.name for stage in STAGES if stage.name in scrambled),
        )

    def __bool__(self) -> bool:
        return bool(self.cuts or self.scrambled)

    def __str__(self) -> str:
        cuts = [f"{name}-{part}" for name, part in self.cuts]
        return ",".join(cuts + [f"{name}-{SCRAMBLED}" for name in self.scrambled])


def read_surgery(text: str) -> Surgery:
    """The operation that `str` wrote, in any order.

    Raises:
        RequestError: It names no such operation, or a block twice.
    """
    cuts: dict[str, Part] = {}
    scrambled: set[str] = set()
    for item in filter(None, text.split(",")):
        name, _, what = item.rpartition("-")
        if what == SCRAMBLED:
            scrambled.add(name)
        elif what in set(Part) and name not in cuts:
            cuts[name] = Part(what)
        else:
            raise RequestError(
                f"“{item[:60]}” is no cut. Write layer2.0-{Part.RESIDUAL} (without the residual "
                f"branch), layer2.0-{Part.SHORTCUT} (without the shortcut) or "
                f"layer4-{SCRAMBLED}; one cut for each block."
            )
    return Surgery.of(cuts, frozenset(scrambled))


def describe(surgery: Surgery) -> str:
    """In words, such as "layer2.0 without its shortcut and layer4 with scrambled weights"."""
    without = {Part.RESIDUAL: "its residual branch", Part.SHORTCUT: "its shortcut"}
    parts = [f"{name} without {without[part]}" for name, part in surgery.cuts]
    parts += [f"{name} with scrambled weights" for name in surgery.scrambled]
    *others, last = parts or ["nothing cut"]
    return f"{', '.join(others)} and {last}" if others else last


def split_id(checkpoint_id: str) -> tuple[str, Surgery]:
    """The id of the checkpoint that was operated on, and what was done to it.

    Raises:
        RequestError: What was done cannot be read.
    """
    base, _, text = checkpoint_id.partition(MARK)
    return base, read_surgery(text)


def base_id(checkpoint_id: str) -> str:
    """The id without what was done."""
    return checkpoint_id.partition(MARK)[0]


def operated_id(checkpoint_id: str, surgery: Surgery) -> str:
    """The id of a checkpoint after an operation, which replaces an earlier one."""
    base = base_id(checkpoint_id)
    return f"{base}{MARK}{surgery}" if surgery else base


def operate(checkpoint: Checkpoint, surgery: Surgery) -> Checkpoint:
    """A checkpoint of the same weights without some parts; the original is not changed.

    What is not scrambled shares the memory of the original. The measured accuracy does not hold
    for it, so it has none.
    """
    if not surgery:
        return checkpoint
    return replace(
        checkpoint,
        id=operated_id(checkpoint.id, surgery),
        network=operate_on(checkpoint.network, surgery),
        accuracy=None,
    )


def operate_on(network: ResNet, surgery: Surgery) -> ResNet:
    """The same for a bare network, which is not changed."""
    operated = lens_copy(network)
    cut_blocks(operated, surgery.cuts)
    for name in surgery.scrambled:
        _scramble(operated, name)
    return operated


def cut_blocks(network: ResNet, cuts: tuple[tuple[str, Part], ...]) -> None:
    """Replace blocks of a network by what is left of them, in place."""
    for name, part in cuts:
        block = find_block(name)
        stage = getattr(network, block.stage.name)
        stage[block.number] = CutBlock(stage[block.number], part).train(network.training)


def cuts_of(network: ResNet) -> tuple[tuple[str, Part], ...]:
    """Which parts of a network are cut."""
    found = ((name, cut_of(block)) for name, block in block_modules(network).items())
    return tuple((name, part) for name, part in found if part is not None)


def _scramble(network: ResNet, stage: str) -> None:
    """Shuffle the numbers of each convolution of a stage among themselves.

    The numbers stay the same, only their order is lost, and with it what was learned: the
    sanity check of Adebayo et al., 1810.03292, with the size of the weights kept.
    """
    inside: nn.Module = network.conv1 if stage == STAGES[0].name else getattr(network, stage)
    convolutions = [module for module in inside.modules() if isinstance(module, nn.Conv2d)]
    generator = torch.Generator().manual_seed(SEED)
    for convolution in convolutions:
        weight = convolution.weight
        order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
        shuffled: Tensor = weight.detach().flatten()[order].view_as(weight)
        convolution.weight = nn.Parameter(shuffled, requires_grad=False)
