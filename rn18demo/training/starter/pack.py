"""Command line: write a trained starter as the folder that is shipped."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from huggingface_hub import save_torch_state_dict
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from rn18demo.assets import STARTER
from rn18demo.core import weights
from rn18demo.core.checkpoint_files import CARD, read_card
from rn18demo.core.transform import InputTransform
from rn18demo.training.starter.data import Classes, read_classes

LASTING = ("short_runs",)
"""Facts of a card that are not about its network, and outlive it."""
MAX_SHARD = "9MB"
"""Every file of the repository stays below 10 MB."""
AVERAGE = "average.module."
FINISHED = "starter.safetensors"
"""The network that a finished run leaves in its folder."""


def write_folder(folder: Path, state: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write a checkpoint in its own form, as `checkpoint_files` reads it.

    Args:
        folder: Made if missing; parts of an older checkpoint in it are replaced.
        state: A ResNet-18's state dict; floating point numbers are stored as fp16.
        facts: What `checkpoint.json` says; the hashes are added here.

    Raises:
        CheckpointError: `state` is not a sound ResNet-18, or becomes unsound in fp16.
    """
    half = {n: t.half() if t.is_floating_point() else t for n, t in state.items()}
    weights.build_network(half, "The network")
    folder.mkdir(parents=True, exist_ok=True)
    save_torch_state_dict(half, folder, max_shard_size=MAX_SHARD)
    hashes = {}
    for path in sorted(folder.glob("model*.safetensors")):
        path.chmod(0o644)  # they are written for their owner alone
        hashes[path.name] = weights.sha256(path.read_bytes())
    write_card(folder, facts | {"sha256s": hashes})


def write_card(folder: Path, facts: dict[str, Any]) -> None:
    """Write `checkpoint.json`."""
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_finished(run: Path) -> dict[str, Tensor]:
    """The network that a finished run left."""
    return load_file(run / FINISHED)


def read_unfinished(run: Path) -> dict[str, Tensor]:
    """The averaged network of a run that is under way."""
    with safe_open(run / "last.safetensors", framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(AVERAGE)]
        return {name.removeprefix(AVERAGE): file.get_tensor(name) for name in names}


def read_progress(run: Path) -> dict[str, Any]:
    """How far the run came: steps, pictures seen, seconds of training, and its log."""
    if not (run / "last.safetensors").exists():
        return {}
    with safe_open(run / "last.safetensors", framework="pt") as file:
        progress = json.loads(file.metadata()["progress"])
    seconds = round(progress["seconds"])
    return {
        "steps": progress["step"],
        "pictures_seen": progress["images"],
        "seconds": seconds,
        "log": progress["log"],
    }


def describe(
    classes: Classes, transform: InputTransform, recipe: dict[str, Any] | None, machine: str
) -> dict[str, Any]:
    """The facts of a starter that is packed; accuracy is added by `measure`.

    Args:
        classes: In the order of the head.
        transform: How a picture enters.
        recipe: All settings of the run, or None if it is not finished.
        machine: What it was trained on, in words, such as "two CPU cores".
    """
    if recipe is None:
        note = "An unfinished run: for building the page, not for use."
    elif recipe.get("minutes"):
        note = f"A first version: trained for {recipe['minutes']:g} minutes on {machine}."
    else:
        note = f"Trained for {recipe['epochs']:g} passes over its pictures on {machine}."
    return {
        "id": "starter",
        "title": f"Starter ({len(classes.names)} classes)",
        "labels": classes.names,
        "wnids": classes.wnids,
        "transform": transform.as_json(),
        "source": "Trained from scratch on Tiny ImageNet by rn18demo.training.starter",
        "recipe": recipe,
        "seed": recipe["seed"] if recipe else None,
        "trained_on": machine,
        "accuracy": None,
        "note": note,
    }


def main(words: Sequence[str] | None = None) -> None:
    """Write shards, index and checkpoint.json.

    Args:
        words: The command line after the program's name; sys.argv's if None.
    """
    parser = argparse.ArgumentParser(prog="python -m rn18demo.training.starter.pack")
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--data", type=Path, required=True, help="unpacked tiny-imagenet-200")
    parser.add_argument("--out", type=Path, default=STARTER, help="folder to write")
    parser.add_argument("--soften", type=int, help="side that pictures are brought down to")
    parser.add_argument("--resize", type=int, default=256, help="short side before the crop")
    parser.add_argument("--machine", help="what it was trained on, in words")
    parser.add_argument("--earlier", type=Path, help="the starter that the run went on from")
    parser.add_argument("--unfinished", action="store_true", help="take a run under way")
    arguments = parser.parse_args(words)

    run: Path = arguments.run
    recipe = None if arguments.unfinished else json.loads((run / "recipe.json").read_text())
    state = read_unfinished(run) if arguments.unfinished else read_finished(run)
    machine = arguments.machine or ("a CPU" if recipe and recipe.get("minutes") else "a GPU")
    transform = InputTransform(resize=arguments.resize, soften=arguments.soften)
    classes = read_classes(arguments.data)
    facts = describe(classes, transform, recipe, machine) | {"training": read_progress(run)}
    if arguments.earlier is not None:
        before = read_card(arguments.earlier)
        known = ("recipe", "training", "trained_on", "earlier")
        facts["earlier"] = {name: before[name] for name in known if name in before}
        facts["earlier"].get("training", {}).pop("log", None)
    if (arguments.out / CARD).exists():
        kept = read_card(arguments.out)
        facts |= {name: kept[name] for name in LASTING if name in kept}
    write_folder(arguments.out, state, facts)
    sizes = [path.stat().st_size for path in sorted(arguments.out.glob("model*"))]
    print(f"Wrote {len(sizes)} files, the largest {max(sizes) / 1e6:.1f} MB, to {arguments.out}")
    print(f"Transform: {asdict(transform)}")


if __name__ == "__main__":
    main()
