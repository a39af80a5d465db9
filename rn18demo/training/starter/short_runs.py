"""Command line: short runs that differ in one setting each, for the choice of a recipe."""

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from rn18demo.core.machine import cpu_name
from rn18demo.training.starter.card import add_facts
from rn18demo.training.starter.data import Pictures, read_classes, read_training
from rn18demo.training.starter.recipe import Phase, StarterRecipe
from rn18demo.training.starter.train import evaluate, train

SIDES = (96, 128, 160)
"""Sizes at which the held-out pictures are asked, in pixels."""
FIRST = StarterRecipe(phases=(Phase(0.5, 64), Phase(1.0, 96)), epochs=1.0, averaging=0.8)
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "the first": {},
    "no label smoothing": {"label_smoothing": 0.0},
    "MixUp or CutMix on 70 % of the batches": {"mix": 0.7},
    "crops from 8 % of the area": {"crop": 0.08},
    "crops from 60 % of the area": {"crop": 0.6},
    "no unsharp mask": {"sharpen": 0.0},
    "one size, 96 px": {"phases": (Phase(1.0, 96),)},
    "sizes 64, 96, 128 px": {"phases": (Phase(0.34, 64), Phase(0.67, 96), Phase(1.0, 128))},
    "half the rate": {"learning_rate": 0.125},
    "ten times the weight decay": {"weight_decay": 5e-4},
}
"""By name, what differs from the first."""


def short_runs(
    training: Pictures, held_out: Pictures, first: StarterRecipe, out: Path
) -> Iterator[dict[str, Any]]:
    """Train by every recipe.

    Args:
        training: On the device to train on.
        held_out: Pictures to judge by, on the same device.
        first: What the others change in one setting.
        out: Folder for the runs; one that is under way goes on, one that is done is not repeated.

    Yields:
        For each run its name, its seconds, and the shares of right answers by size of the last
        and of the averaged weights, 0 to 1.
    """
    for number, (name, changes) in enumerate(CHANGES.items()):
        recipe = replace(first, **changes)
        key = hashlib.sha256(json.dumps(asdict(recipe)).encode()).hexdigest()[:12]
        folder = out / f"{number}-{key}"
        folder.mkdir(parents=True, exist_ok=True)
        done = folder / "result.json"
        if not done.exists():
            trained = train(training, held_out, recipe, folder)
            scores = {
                which: {str(side): evaluate(network, held_out, side)[0] for side in SIDES}
                for which, network in (("last", trained.last), ("average", trained.average))
            }
            row = {"name": name, "seconds": round(trained.seconds)} | scores
            done.write_text(json.dumps(row), encoding="utf-8")
            (folder / "last.safetensors").unlink()
        yield json.loads(done.read_text(encoding="utf-8"))


def main(words: Sequence[str] | None = None) -> None:
    """Train, print each run's result, and write the table down if asked to.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.short_runs")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--epochs", type=float, default=FIRST.epochs, help="length of each")
    parser.add_argument("--write", type=Path, help="folder of the starter whose card gets them")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(words)
    device = torch.device(arguments.device)
    training, held_out = read_training(arguments.data, read_classes(arguments.data))
    first = replace(FIRST, epochs=arguments.epochs)
    runs = []
    for row in short_runs(training.to(device), held_out.to(device), first, arguments.out):
        runs.append(row)
        print(json.dumps(row), flush=True)
    machine = torch.cuda.get_device_name() if device.type == "cuda" else cpu_name()
    found = {"epochs": arguments.epochs, "machine": machine, "sides": SIDES, "runs": runs}
    if arguments.write is not None:
        add_facts(arguments.write, {"short_runs": found})


if __name__ == "__main__":
    main()
