"""Command line: accuracy on corrupted pictures: sharpened, compressed, noisy, blurred, dark.

The kinds are some of those of Hendrycks & Dietterich (1903.12261), at strengths of our own.

No labelled sharp photographs of the starter's classes may be shipped or fetched, so
validation pictures are enlarged and changed in ways that are known to the number. They never
gain the detail of a photograph, but edges and noise that 64-pixel pictures do not have.
"""

import argparse
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageFilter
from torch import nn

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import load_given
from rn18demo.core.transform import InputTransform
from rn18demo.training.starter.answers import Change, Rows, ask, spread, validation_rows
from rn18demo.training.starter.card import add_facts

SIDE = 256
"""The short side that pictures are enlarged to first, in pixels."""
SHARPER, MUCH_SHARPER = 150, 400
"""Strength of the unsharp mask, in percent, with a radius of 2 pixels."""
JPEG_QUALITY = 20
NOISE = 20
"""Standard deviation of the noise, in levels of 0 to 255."""
BLUR = 3.0
"""Standard deviation of the blur, in pixels."""
LIGHT = 0.4
"""What is left of the light in the dark ones."""
SOFTENINGS = (None, 64, 96, 128)
"""Sides that a picture is brought down to before it enters; None leaves it."""


def enlarge(picture: Image.Image) -> Image.Image:
    """Bring the short side to 256 pixels (Lanczos)."""
    scale = SIDE / min(picture.size)
    width, height = (round(side * scale) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def sharpen(picture: Image.Image, percent: int = SHARPER) -> Image.Image:
    """Enlarge, then lay an unsharp mask over it."""
    return enlarge(picture).filter(ImageFilter.UnsharpMask(2, percent, 0))


def sharpen_much(picture: Image.Image) -> Image.Image:
    """The same, so strongly that edges have halos."""
    return sharpen(picture, MUCH_SHARPER)


def compress(picture: Image.Image) -> Image.Image:
    """Enlarge, then save as a poor JPEG."""
    file = io.BytesIO()
    enlarge(picture).save(file, "JPEG", quality=JPEG_QUALITY)
    with Image.open(file) as poor:
        return poor.convert("RGB")


def add_noise(picture: Image.Image) -> Image.Image:
    """Enlarge, then add the same noise to every picture."""
    pixels = np.asarray(enlarge(picture)).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, NOISE, pixels.shape)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


def blur(picture: Image.Image) -> Image.Image:
    """Enlarge, then blur."""
    return enlarge(picture).filter(ImageFilter.GaussianBlur(BLUR))


def darken(picture: Image.Image) -> Image.Image:
    """Take most of the light away."""
    return ImageEnhance.Brightness(picture).enhance(LIGHT)


CORRUPTIONS: Mapping[str, Change | None] = {
    "as they are (64 px)": None,
    f"enlarged to {SIDE} px": enlarge,
    f"enlarged, sharpened by {SHARPER} %": sharpen,
    f"enlarged, sharpened by {MUCH_SHARPER} %": sharpen_much,
    f"enlarged, JPEG of quality {JPEG_QUALITY}": compress,
    f"enlarged, noise of {NOISE} levels": add_noise,
    f"enlarged, blurred by {BLUR:g} px": blur,
    f"with {100 * LIGHT:.0f} % of the light": darken,
}
"""By what is done, in words."""


def corrupted_accuracy(
    network: nn.Module, rows: Rows, transform: InputTransform
) -> Iterator[dict[str, Any]]:
    """Accuracy on changed pictures, by how they are softened as they enter.

    Args:
        network: In eval mode; on the device to compute on.
        rows: At least one picture.
        transform: How a picture enters but for the softening.

    Yields:
        For each change: its name, and the share of right first answers by softening.
    """
    for name, change in CORRUPTIONS.items():
        top1 = {}
        for soften in SOFTENINGS:
            found = ask(network, rows, replace(transform, soften=soften), change=change).measured
            top1[str(soften)] = round(found.top1, 4)
        yield {"pictures": name, "number": len(rows), "top1": top1}


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write it down if asked to.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.corruptions")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--checkpoint", type=Path, default=STARTER, help="folder or file")
    parser.add_argument("--limit", type=int, default=1000, help="pictures of the validation set")
    parser.add_argument("--write", action="store_true", help="write the result to the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(words)
    if arguments.write and not arguments.checkpoint.is_dir():
        parser.error("--write needs the folder of a checkpoint")
    checkpoint = load_given(arguments.checkpoint)
    network = checkpoint.network.to(arguments.device, memory_format=torch.channels_last)
    rows = spread(validation_rows(arguments.data, checkpoint), arguments.limit)
    table = []
    print(f"{'softened to':<36}" + "".join(f"{soften or '-':>8}" for soften in SOFTENINGS))
    for row in corrupted_accuracy(network, rows, checkpoint.transform):
        table.append(row)
        shares = "".join(f"{share:>8.1%}" for share in row["top1"].values())
        print(f"{row['pictures']:<36}{shares}", flush=True)
    if arguments.write:
        add_facts(arguments.checkpoint, {"corruptions": table})


if __name__ == "__main__":
    main()
