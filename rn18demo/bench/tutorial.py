"""The peer of the few-shot comparison: PyTorch's "Transfer Learning for Computer Vision Tutorial".

Written from its page (pytorch.org/tutorials/beginner/transfer_learning_tutorial.html), section
"Finetuning the ConvNet": all layers train, batch norm included, with SGD 0.001, momentum 0.9, a
tenth of the rate after every 7 epochs, 25 epochs, batches of 4. Its evaluation after every epoch
is left out of its time, and pictures are decoded before the clock starts.
"""

import copy
import random
from collections.abc import Sequence

import torch
from PIL import Image
from torch import nn
from torchvision.models import ResNet
from torchvision.transforms import v2

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.transform import InputTransform
from rn18demo.training.features import FeatureReader

EPOCHS, BATCH = 25, 4
SIDE, RESIZE = 224, 256


def train_tutorial(
    base: Checkpoint,
    network: ResNet,
    pictures: Sequence[Image.Image],
    labels: Sequence[int],
    device: torch.device,
    seed: int,
    epochs: int = EPOCHS,
) -> ResNet:
    """Fine-tune a copy of a network as the tutorial does.

    Args:
        base: Whose means and spreads normalise the pictures.
        network: Of the base; it is only read.
        pictures: RGB.
        labels: Of each picture, 0 to C - 1.
        device: Where to train.
        seed: Of all random numbers.
        epochs: The tutorial's 25; fewer to try things out.

    Returns:
        In eval mode.
    """
    augment = v2.Compose(
        [
            v2.RandomResizedCrop(SIDE),
            v2.RandomHorizontalFlip(),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(base.transform.mean, base.transform.std),
        ]
    )
    with torch.random.fork_rng(), torch.enable_grad():
        torch.manual_seed(seed)
        chance = random.Random(seed)
        model = copy.deepcopy(network).requires_grad_().train()
        model.fc = nn.Linear(model.fc.in_features, max(labels) + 1)
        model.to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.1)
        criterion = nn.CrossEntropyLoss()
        order = list(range(len(pictures)))
        for _ in range(epochs):
            chance.shuffle(order)
            for start in range(0, len(order), BATCH):
                part = order[start : start + BATCH]
                batch = torch.stack([augment(pictures[number]) for number in part]).to(device)
                wanted = torch.tensor([labels[number] for number in part], device=device)
                optimizer.zero_grad()
                loss = criterion(model(batch), wanted)
                loss.backward()
                optimizer.step()
            scheduler.step()
    return model.eval()


@torch.inference_mode()
def best_accuracy(
    model: ResNet,
    base: Checkpoint,
    pictures: Sequence[Image.Image],
    labels: Sequence[int],
    device: torch.device,
    own_only: bool = False,
) -> float:
    """Share named rightly, 0 to 1.

    By the better of the tutorial's transform and the base's own, or by the latter only.
    """
    own = base.transform
    theirs = InputTransform(RESIZE, SIDE, None, own.mean, own.std)
    wanted = torch.tensor(labels)
    shares = []
    for transform in {own} if own_only else {theirs, own}:
        reader = FeatureReader(model, transform, device)
        squares = [transform.picture(picture) for picture in pictures]
        batches = [squares[n : n + reader.batch] for n in range(0, len(squares), reader.batch)]
        features = torch.cat([reader(batch) for batch in batches]).to(device)
        shares.append(float((model.fc(features).argmax(1).cpu() == wanted).double().mean()))
    return max(shares)
