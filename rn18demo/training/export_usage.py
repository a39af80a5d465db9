"""How a taught checkpoint's files are used by other programs, as a part of its model card."""

import json
import re

from rn18demo.core.checkpoint_types import Checkpoint

WEIGHTS_FILE = "taught-resnet18.safetensors"
"""What the file is called when it is taken home."""

SNIPPET = f"""\
import json

import torch
from PIL import Image, ImageOps
from safetensors import safe_open
from torchvision.models import resnet18
from torchvision.transforms.functional import normalize, to_tensor

with safe_open("{WEIGHTS_FILE}", framework="pt") as file:
    facts = json.loads(file.metadata()["checkpoint"])
    weights = {{name: file.get_tensor(name) for name in file.keys()}}
labels, how = facts["labels"], facts["transform"]
network = resnet18(num_classes=len(labels)).eval()
network.load_state_dict(weights)

# The square in the middle, scaled to the size that the network was taught with.
picture = ImageOps.exif_transpose(Image.open("picture.jpg")).convert("RGB")
side = min(picture.size) * how["crop"] / how["resize"]
left, top = (picture.width - side) / 2, (picture.height - side) / 2
box = (left, top, left + side, top + side)
first, last = how["soften"] or how["crop"], how["crop"]
square = picture.resize((first, first), Image.Resampling.BILINEAR, box)
square = square.resize((last, last), Image.Resampling.BILINEAR)
batch = normalize(to_tensor(square), how["mean"], how["std"])[None]

with torch.inference_mode():
    probabilities = network(batch).softmax(1)[0]
for index in probabilities.argsort(descending=True).tolist()[:3]:
    print(f"{{probabilities[index]:.1%}}  {{labels[index]}}")
"""
"""Needs torch, torchvision, safetensors and Pillow, and nothing of this project."""


def usage(checkpoint: Checkpoint) -> str:
    """Markdown: what the file holds, a program that uses it, and the labels as they are."""
    labels = json.dumps(list(checkpoint.labels), ensure_ascii=False, indent=1)
    return (
        "The weights are those of `torchvision.models.resnet18(num_classes="
        f"{len(checkpoint.labels)})`; the file's metadata entry `checkpoint` holds labels and "
        "transform as JSON. This names a picture (`pip install torch torchvision safetensors "
        f"pillow`):\n\n{fenced(SNIPPET, 'python')}\n\n"
        f"Classes, in the order of the head:\n\n{fenced(labels, 'json')}"
    )


def labels_text(checkpoint: Checkpoint) -> str:
    """One label a line, in the order of the head."""
    return "".join(" ".join(label.splitlines()) + "\n" for label in checkpoint.labels)


def fenced(text: str, language: str) -> str:
    """A block of code in markdown that no backticks inside it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
