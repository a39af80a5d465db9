"""The end of a run: fit the network to whole pictures at 224.

Random crops show things larger than they are in a whole picture, and batch norm remembers
the statistics of the crops. So the statistics are taken again on whole pictures at 224, and
layer4 and the head are then tuned on nearly whole ones (FixRes, Touvron et al., 1906.06423).
At last the logits are divided by the temperature that makes the probabilities honest.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import update_bn
from torchvision.models import ResNet

from rn18demo.training.calibration import temperature
from rn18demo.training.starter.augmentation import augment, enlarge, normalise
from rn18demo.training.starter.convolution import use_faster_convolutions
from rn18demo.training.starter.data import Pictures
from rn18demo.training.starter.recipe import StarterRecipe

SIDE = 224
SETTLED_ON = 1600
"""Pictures that batch norm's statistics are taken on."""
CROP, SHARPEN = 0.7, 0.5


def settle_batch_norm(network: nn.Module, pictures: Pictures) -> None:
    """Take the statistics of batch norm on whole pictures at 224; weights stay."""

    def batches() -> Iterator[Tensor]:
        order = torch.randperm(len(pictures), generator=Generator().manual_seed(0))[:SETTLED_ON]
        for chosen in order.split(100):
            whole = normalise(enlarge(pictures.pixels[chosen], SIDE))
            yield whole.contiguous(memory_format=torch.channels_last)

    with torch.autocast(pictures.pixels.device.type, torch.bfloat16):
        update_bn(batches(), network)
    network.eval()


def tune_last_stage(
    network: ResNet,
    pictures: Pictures,
    recipe: StarterRecipe,
    minutes: float,
    report: Callable[[str], None] = print,
) -> None:
    """Tune layer4 and the head for some minutes; everything before stays as it is."""
    if pictures.pixels.device.type == "cpu":
        use_faster_convolutions(network)
    recipe = replace(recipe, crop=CROP, sharpen=SHARPEN)
    network.eval()
    network.layer4.train()
    parameters = [*network.layer4.parameters(), *network.fc.parameters()]
    decay, rate = recipe.weight_decay, recipe.finish_rate
    optimizer = torch.optim.SGD(parameters, rate, 0.9, weight_decay=decay, nesterov=True)
    device = pictures.pixels.device
    order = torch.randperm(len(pictures), generator=Generator().manual_seed(recipe.seed))
    start, step = time.monotonic(), 0
    while (share := (time.monotonic() - start) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * share))
        first = step * recipe.batch % (len(order) - recipe.batch)
        chosen = order[first : first + recipe.batch].to(device)
        rng = Generator(device).manual_seed(step)
        inputs = augment(pictures.pixels[chosen], SIDE, recipe.crop, recipe.sharpen, rng)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                x = network.maxpool(network.relu(network.bn1(network.conv1(inputs))))
                x = network.layer3(network.layer2(network.layer1(x)))
            logits = network.fc(torch.flatten(network.avgpool(network.layer4(x)), 1))
        targets = pictures.targets[chosen]
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 20 == 0:
            report(f"tuning {share:.0%}: {step} steps, loss {loss.item():.3f}")
    network.eval()


def calibrate(network: ResNet, held_out: Pictures) -> float:
    """Divide the logits, by way of the head, by the temperature that fits held-out pictures.

    No answer changes by it, only how sure it is (Guo et al., 1706.04599).

    Args:
        network: In eval mode.
        held_out: Pictures that it was not trained on.

    Returns:
        The temperature.
    """
    logits = []
    with torch.inference_mode():
        for pixels in held_out.pixels.split(100):
            whole = normalise(enlarge(pixels, SIDE)).contiguous(memory_format=torch.channels_last)
            logits.append(network(whole).float().cpu())
    found = temperature(torch.cat(logits), held_out.targets.cpu())
    with torch.no_grad():
        network.fc.weight.div_(found)
        network.fc.bias.div_(found)
    return found
