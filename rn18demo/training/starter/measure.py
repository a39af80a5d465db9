"""Command line: how often a checkpoint is right; the numbers in the model card come from here."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import load_given
from rn18demo.core.checkpoint_types import Accuracy
from rn18demo.core.transform import InputTransform
from rn18demo.training.starter.answers import (
    Answers,
    Measured,
    ask,
    photograph_files,
    spread,
    validation_rows,
)
from rn18demo.training.starter.card import add_facts

DATASET = "Tiny ImageNet validation"
CONFUSED = 12
"""Commonest mistakes that the card lists."""
HARDEST = 8
"""Classes with the fewest right answers that the card lists."""


def variants(transform: InputTransform) -> list[InputTransform]:
    """Ways of bringing a picture in that are worth comparing."""
    ways = [(resize, soften) for resize in (224, 256) for soften in (None, 96, 112, 128, 160)]
    return [replace(transform, resize=resize, soften=soften) for resize, soften in ways]


def line(name: str, transform: InputTransform, found: Measured) -> str:
    """A row of the table."""
    return (
        f"{name:<12} {transform.resize:>6} {transform.soften or '-':>6} "
        f"{found.top1:>7.2%} {found.top5:>7.2%} {found.calibration_error:>7.4f} {found.pictures:>8}"
    )


def confusions(answers: Answers, labels: Sequence[str]) -> dict[str, Any]:
    """What it takes for what, and the classes that it knows worst, for `checkpoint.json`."""
    pictures = torch.bincount(answers.targets, minlength=len(labels))
    pairs = [
        {"class": labels[right], "answer": labels[said], "times": times, "of": int(pictures[right])}
        for right, said, times in answers.confused(CONFUSED)
    ]
    shares = answers.by_class(len(labels)).nan_to_num(1.0)
    hardest = [
        {"class": labels[index], "right": round(float(shares[index]), 4)}
        for index in shares.argsort(stable=True)[:HARDEST].tolist()
    ]
    return {"pairs": pairs, "hardest": hardest}


def write_accuracy(
    folder: Path, found: Measured, command: str, confused: Mapping[str, Any] | None = None
) -> None:
    """Put what was measured into `checkpoint.json`, and write the model card from it."""
    accuracy = Accuracy(
        round(found.top1, 4),
        round(found.top5, 4),
        found.pictures,
        DATASET,
        round(found.calibration_error, 4),
        command,
    )
    add_facts(folder, {"accuracy": asdict(accuracy), "confused": confused})


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print a table, and write it down if asked to.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.measure")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--checkpoint", type=Path, default=STARTER, help="folder or file")
    parser.add_argument("--limit", type=int, help="measure only so many pictures")
    parser.add_argument("--photos", type=Path, help="sharp photographs, one folder a class")
    parser.add_argument("--compare", action="store_true", help="several ways of bringing in")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", action="store_true", help="write the result to the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(words)
    if arguments.write and (arguments.limit or arguments.compare):
        parser.error("--write goes with the whole set and the checkpoint's own transform")
    if arguments.write and not arguments.checkpoint.is_dir():
        parser.error("--write needs the folder of a checkpoint")

    checkpoint = load_given(arguments.checkpoint)
    network = checkpoint.network.to(arguments.device, memory_format=torch.channels_last)
    sets = {"validation": spread(validation_rows(arguments.data, checkpoint), arguments.limit)}
    if arguments.photos:
        sets["photographs"] = photograph_files(arguments.photos, checkpoint)
    own = checkpoint.transform
    ways: Iterable[InputTransform] = variants(own) if arguments.compare else [own]

    results = []
    if not arguments.json:
        print("pictures     resize soften   top-1   top-5     ECE   number", flush=True)
    for way in ways:
        for name, rows in sets.items():
            answers = ask(network, rows, way)
            found = answers.measured
            results.append({"set": name, "transform": way.as_json()} | asdict(found))
            if not arguments.json:
                print(line(name, way, found), flush=True)
            if arguments.write and name == "validation":
                command = "python -m rn18demo.training.starter.measure --data DIR"
                confused = confusions(answers, checkpoint.labels)
                write_accuracy(arguments.checkpoint, found, command, confused)
    if arguments.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
