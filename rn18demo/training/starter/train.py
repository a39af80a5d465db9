"""The training loop of the starter."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.models import ResNet, resnet18
from torchvision.transforms import v2

from rn18demo.training.starter import state
from rn18demo.training.starter.augmentation import augment, enlarge, normalise
from rn18demo.training.starter.convolution import use_faster_convolutions
from rn18demo.training.starter.data import CLASSES, Pictures
from rn18demo.training.starter.recipe import StarterRecipe

AVERAGE_EVERY = 16
SAVE_EVERY_SECONDS = 120
REPORT_EVERY_SECONDS = 30
LOOK_EVERY_SECONDS = 900
LONGEST_STEP_SECONDS = 6
"""What goes beyond was a pause: the run was stopped, or the machine slept."""


def evaluate(model: nn.Module, pictures: Pictures, side: int) -> tuple[float, float]:
    """Share of pictures with the right class first, and among the first five."""
    was_training = model.training
    model.eval()
    hits = torch.zeros(2)
    device = pictures.pixels.device
    try:
        for start in range(0, len(pictures), 200):
            batch = normalise(enlarge(pictures.pixels[start : start + 200], side))
            batch = batch.contiguous(memory_format=torch.channels_last)
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                logits = model(batch)
            five = logits.topk(min(5, logits.shape[1])).indices
            right = five == pictures.targets[start : start + 200, None]
            hits += torch.stack([right[:, 0].sum(), right.any(1).sum()]).cpu()
    finally:
        model.train(was_training)
    first, five = (hits / len(pictures)).tolist()
    return first, five


def _optimizer(model: nn.Module, recipe: StarterRecipe) -> torch.optim.SGD:
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, foreach=True)


def _freeze_early(model: nn.Module, frozen: bool) -> None:
    for name, parameter in model.named_parameters():
        if name.startswith(("conv1", "bn1", "layer1")):
            parameter.requires_grad_(not frozen)


class Batches:
    """Random batches that depend on seed and step alone, so that a resumed run goes on."""

    def __init__(self, pictures: Pictures, recipe: StarterRecipe) -> None:
        self.pictures, self.recipe = pictures, recipe
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)
        self._mixes = [v2.MixUp(num_classes=CLASSES, alpha=0.2), v2.CutMix(num_classes=CLASSES)]

    def at(self, step: int, side: int) -> tuple[Tensor, Tensor]:
        """Pictures (N, 3, side, side) and targets, (N,) or (N, 200) when mixed."""
        recipe, device = self.recipe, self.pictures.pixels.device
        per_epoch = len(self.pictures) // recipe.batch
        epoch, row = divmod(step, per_epoch)
        if epoch != self._epoch:
            rng = Generator().manual_seed(recipe.seed * 1000 + epoch)
            self._order = torch.randperm(len(self.pictures), generator=rng).to(device)
            self._epoch = epoch
        chosen = self._order[row * recipe.batch : (row + 1) * recipe.batch]
        rng = Generator(device).manual_seed(recipe.seed * 1_000_003 + step)
        pixels, targets = self.pictures.pixels[chosen], self.pictures.targets[chosen]
        inputs = augment(pixels, side, recipe.crop, recipe.sharpen, rng)
        if torch.rand((), generator=rng, device=device) < recipe.mix:
            inputs, targets = self._mixes[step % 2](inputs, targets)
        return inputs, targets


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run ends with, both in eval mode.

    Attributes:
        last: The network after the last step.
        average: The moving average of its weights.
        seconds: Training time spent.
    """

    last: ResNet
    average: ResNet
    seconds: float

    def better(self, held_out: Pictures, side: int, report: Callable[[str], None]) -> ResNet:
        """The one that is right on more pictures."""
        candidates = {"last": self.last, "average": self.average}
        scores = {name: evaluate(net, held_out, side)[0] for name, net in candidates.items()}
        report(f"held-out accuracy at {side}: {scores}")
        return candidates[max(scores, key=lambda name: scores[name])]


def train(
    training: Pictures,
    held_out: Pictures,
    recipe: StarterRecipe,
    out: Path,
    report: Callable[[str], None] = print,
    start: Mapping[str, Tensor] | None = None,
) -> Trained:
    """Train, or go on training from `out/last.safetensors`.

    Args:
        training: On the device to train on.
        held_out: Pictures to watch the run with, on the same device.
        recipe: All settings.
        out: Folder for the state of the run.
        report: Called with a line of text now and then.
        start: State dict of the network to begin with, instead of random weights.

    Returns:
        The last and the averaged network.
    """
    device = training.pixels.device
    torch.manual_seed(recipe.seed)
    model = resnet18(num_classes=CLASSES).to(device, memory_format=torch.channels_last)
    if start is not None:
        model.load_state_dict(start)
    if device.type == "cpu":
        use_faster_convolutions(model)
    blend = get_ema_multi_avg_fn(recipe.averaging)
    average = AveragedModel(model, multi_avg_fn=blend, use_buffers=True)
    optimizer = _optimizer(model, recipe)
    progress = state.Progress()
    last = out / "last.safetensors"
    if last.exists():
        progress = state.load(last, model, average, optimizer)
        report(f"going on from step {progress.step}")

    batches = Batches(training, recipe)
    share, clock = 0.0, time.monotonic()
    saved = reported = looked = progress.seconds
    running: list[Tensor] = []
    while True:
        if recipe.minutes is not None:
            share = progress.seconds / (60 * recipe.minutes)
        elif recipe.epochs is not None:
            share = progress.images / (recipe.epochs * len(training))
        if share >= 1:
            break
        phase, rate = recipe.phase_at(share), recipe.rate_at(share)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        _freeze_early(model, phase.frozen)
        inputs, targets = batches.at(progress.step, phase.side)
        with torch.autocast(device.type, torch.bfloat16):
            logits = model(inputs)
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running.append(loss.detach())
        progress.step += 1
        progress.images += len(inputs)
        if progress.step % AVERAGE_EVERY == 0:
            average.update_parameters(model)
        now = time.monotonic()
        progress.seconds += min(now - clock, LONGEST_STEP_SECONDS)
        clock = now

        if progress.seconds - reported > REPORT_EVERY_SECONDS:
            row = {
                "step": progress.step,
                "images": progress.images,
                "seconds": round(progress.seconds),
                "side": phase.side,
                "rate": round(rate, 5),
                "loss": round(torch.stack(running).mean().item(), 4),
            }
            running.clear()
            reported = progress.seconds
            if progress.seconds - looked > LOOK_EVERY_SECONDS:
                looked = progress.seconds
                row["accuracy"] = evaluate(model, held_out, max(phase.side, 128))[0]
            progress.log.append(row)
            report(f"{share:.1%} {row}")
        if progress.seconds - saved > SAVE_EVERY_SECONDS:
            saved = progress.seconds
            state.save(last, model, average, optimizer, progress)
    state.save(last, model, average, optimizer, progress)
    averaged: ResNet = average.module
    return Trained(model.eval(), averaged.eval(), progress.seconds)
