"""Command line: train the starter and write it as a checkpoint."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from rn18demo.core.checkpoint_files import load_safetensors_folder
from rn18demo.training.starter.data import read_classes, read_training
from rn18demo.training.starter.finish import SIDE, calibrate, settle_batch_norm, tune_last_stage
from rn18demo.training.starter.pack import FINISHED
from rn18demo.training.starter.recipe import CPU, CPU_AGAIN, GPU
from rn18demo.training.starter.train import evaluate, train


def main(words: Sequence[str] | None = None) -> None:
    """Train, or go on training, and leave `starter.safetensors` and its facts in --out.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run's state")
    parser.add_argument("--minutes", type=float, help="length, instead of the recipe's own")
    parser.add_argument("--epochs", type=float, help="length, instead of the recipe's own")
    parser.add_argument("--start", type=Path, help="folder of a starter to go on from")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(words)
    arguments.out.mkdir(parents=True, exist_ok=True)

    device = torch.device(arguments.device)
    recipe, start = GPU if device.type == "cuda" else CPU, None
    if arguments.start is not None:
        checkpoint = load_safetensors_folder(arguments.start)
        start = checkpoint.network.state_dict()
        recipe = replace(CPU_AGAIN, start=checkpoint.sha256)
    if arguments.minutes is not None:
        recipe = replace(recipe, minutes=arguments.minutes, epochs=None)
    elif arguments.epochs is not None:
        recipe = replace(recipe, epochs=arguments.epochs, minutes=None)

    classes = read_classes(arguments.data)
    training, held_out = read_training(arguments.data, classes)
    print(f"{len(training)} pictures to train on, {len(held_out)} held out", flush=True)
    training, held_out = training.to(device), held_out.to(device)

    def report(line: str) -> None:
        print(line, flush=True)

    trained = train(training, held_out, recipe, arguments.out, report, start)
    model = trained.better(held_out, recipe.phases[-1].side, report)
    settle_batch_norm(model, training)
    tune_last_stage(model, training, recipe, recipe.finish_minutes, report)
    report(f"held-out accuracy after tuning: {evaluate(model, held_out, SIDE)}")
    report(f"temperature: {calibrate(model, held_out):.3f}")
    weights = {n: t.detach().cpu().contiguous() for n, t in model.state_dict().items()}
    (arguments.out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2))
    partial = arguments.out / (FINISHED + ".partial")
    save_file(weights, partial)
    os.replace(partial, arguments.out / FINISHED)  # the last thing: now the run is finished


if __name__ == "__main__":
    main()
