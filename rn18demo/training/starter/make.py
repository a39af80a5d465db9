"""Command line: the whole way to a starter: train, pack, measure, and write the card."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from rn18demo.assets import STARTER
from rn18demo.core.machine import cpu_name
from rn18demo.training.starter import __main__ as training
from rn18demo.training.starter import corruptions, measure, pack


def main(words: Sequence[str] | None = None) -> None:
    """Make a starter; a run that was interrupted goes on where it was.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.make")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--run", type=Path, required=True, help="folder for the run's state")
    parser.add_argument("--out", type=Path, default=STARTER, help="folder of the checkpoint")
    parser.add_argument("--start", type=Path, help="folder of a starter to go on from")
    parser.add_argument("--minutes", type=float, help="of training, instead of the recipe's own")
    parser.add_argument("--machine", help="what it is trained on, in words")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args(words)
    if given.start and given.start.resolve() == given.out.resolve():
        parser.error("--start and --out are one folder: copy the earlier starter elsewhere first")
    cuda = given.device.startswith("cuda")
    machine = given.machine or (torch.cuda.get_device_name() if cuda else cpu_name())
    data, device = ["--data", f"{given.data}"], ["--device", given.device]

    if not (given.run / pack.FINISHED).exists():
        how = ["--out", f"{given.run}", *device]
        how += ["--start", f"{given.start}"] if given.start else []
        how += ["--minutes", f"{given.minutes}"] if given.minutes else []
        training.main([*data, *how])
    packed = ["--run", f"{given.run}", "--out", f"{given.out}", "--resize", "224"]
    earlier = ["--earlier", f"{given.start}"] if given.start else []
    pack.main([*data, *packed, "--machine", machine, *earlier])
    written = ["--checkpoint", f"{given.out}", *device, "--write"]
    measure.main([*data, *written])
    corruptions.main([*data, *written])


if __name__ == "__main__":
    main()
