"""The model card of the starter, written from what `checkpoint.json` says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rn18demo.core.checkpoint_files import read_card
from rn18demo.training.starter.card_tables import (
    confused_table,
    corruptions_table,
    curve_table,
    short_runs_table,
)
from rn18demo.training.starter.pack import write_card

TEMPLATE = """\
---
license: apache-2.0
library_name: pytorch
pipeline_tag: image-classification
tags: [resnet-18, tiny-imagenet, image-classification]
---
# {title}

A stock torchvision ResNet-18 with a plain `Linear(512, {classes})` head, trained from
scratch by this project. It lets the program answer on a machine that cannot download the
official ImageNet weights. {note}

## How good it is

{accuracy}

## How a picture enters

The short side is scaled to {resize} pixels and a square of {crop} x {crop} is cut from the
centre.{soften}
Colours are normalised with ImageNet's mean and spread. The network gets
{crop} x {crop}, so its stages have ResNet-18's usual sizes (56, 28, 14 and 7).

## How it was trained

{training}

{curve}{short_runs}{confused}{corruptions}## What it cannot do

- It knows {classes} classes, a selection of ImageNet's 1,000. Whatever is in a picture, it
  answers with one of these, also with one that is plainly wrong.
- It learned from pictures of 64 x 64 pixels. Fine texture, small things and writing are
  lost on it. The numbers above are for such pictures, not for sharp photographs.
- It is no replacement for ImageNet weights: those know five times as many classes and
  have seen thirteen times as many, larger pictures.
- ImageNet's pictures came from searches on the web around 2009, and show things mostly as
  they look in North America and Europe (Shankar et al., 2017, 1711.08536). Expect it to
  do worse elsewhere.
- Its percentages are not certainty. {calibration}
- It is for learning and demonstration, not for decisions about people or safety.

## Files

`model-*.safetensors` hold the weights in fp16, `model.safetensors.index.json` says which
tensor is where, `checkpoint.json` has the class names with their WordNet ids, the
transform, the recipe and the SHA-256 of every part. `huggingface_hub.load_torch_model`
reads the folder into `torchvision.models.resnet18(num_classes={classes})`.

## Licence and data

The weights are under Apache-2.0, like the program. They were made from Tiny ImageNet
(Stanford CS231n), a selection of ImageNet (Deng et al., 2009; Russakovsky et al., 2015).
Those pictures belong to their photographers and come for research and teaching under
ImageNet's terms of access; none of them is in this repository. If you plan to use the
weights commercially, consider what those terms mean for you.
"""

UNMEASURED = "It has not been measured yet."
UNFINISHED = "The run that these weights come from was not finished."


def _accuracy(facts: dict[str, Any]) -> str:
    accuracy = facts.get("accuracy")
    if not accuracy:
        return UNMEASURED
    return (
        "| top-1 | top-5 | pictures | calibration error (15 bins) |\n|---|---|---|---|\n"
        f"| {accuracy['top1']:.2%} | {accuracy['top5']:.2%} "
        f"| {accuracy['pictures']:,} | {accuracy['calibration_error']:.3f} |\n\n"
        f"Measured on {accuracy['dataset']} with the fp16 files in this folder, through the\n"
        "program's own way of reading a picture. None of these pictures was used in training.\n"
        f"To repeat it:\n\n    {accuracy['method']}"
    )


def _training(facts: dict[str, Any]) -> str:
    recipe = facts.get("recipe")
    if not recipe:
        return UNFINISHED
    run = facts.get("training") or {}
    lines = [
        "- Data: Tiny ImageNet's 100,000 training pictures of 64 x 64 pixels, less 2,000 that",
        "  were kept aside to watch the run.",
    ]
    if run:
        passes = run["pictures_seen"] / 98_000
        lines += [
            f"- Length: {run['steps']:,} steps, {run['pictures_seen']:,} pictures seen "
            f"({passes:.1f} passes), {run['seconds'] / 60:.0f} minutes",
            f"  on {facts['trained_on']}.",
        ]
    earlier = facts.get("earlier") or {}
    while before := earlier.get("training"):
        lines += [
            f"- It went on from an earlier starter: {before['pictures_seen']:,} pictures, "
            f"{before['seconds'] / 60:.0f} minutes on {earlier['trained_on']}",
            "  (its recipe is in `checkpoint.json`), with the rate raised again (a warm restart).",
        ]
        earlier = earlier.get("earlier") or {}
    sides = ", ".join(str(phase["side"]) for phase in recipe["phases"])
    lines += [
        f"- Resolution in steps: {sides} pixels.",
        f"- SGD with Nesterov momentum 0.9, batch {recipe['batch']}, peak rate "
        f"{recipe['learning_rate']:g} after a warm-up of {recipe['warm_up']:.0%},",
        f"  then a half cosine to zero; weight decay {recipe['weight_decay']:g}; "
        f"label smoothing {recipe['label_smoothing']:g}.",
        f"- Random crops from {recipe['crop']:.0%} of the area, flips, light, contrast, and "
        f"an unsharp mask of varied strength" + (";" if recipe["mix"] else "."),
    ]
    if recipe["mix"]:
        lines.append(f"  MixUp or CutMix on {recipe['mix']:.0%} of the batches.")
    if recipe.get("finish_minutes"):
        lines += [
            "- At the end batch norm's statistics were taken again on whole pictures at 224, and",
            f"  layer4 and the head tuned for {recipe['finish_minutes']:g} minutes on nearly whole "
            "ones (FixRes, 1906.06423).",
        ]
    lines += [
        "- The logits were divided by the temperature that fits the 2,000 pictures kept aside",
        "  (1706.04599); that changes no answer, only how sure it is.",
    ]
    lines += [
        "- bf16 arithmetic; the better of the last weights and their moving average.",
        f"- Seed {recipe['seed']}. `python -m rn18demo.training.starter --data DIR --out DIR` "
        "trains another; a run that follows the clock never repeats to the digit.",
    ]
    return "\n".join(lines)


def _calibration(facts: dict[str, Any]) -> str:
    accuracy = facts.get("accuracy")
    if not accuracy:
        return "They have not been compared with how often it is right."
    return (
        f"On the pictures above they are off by {accuracy['calibration_error']:.1%} on average; "
        "on others,\n  perhaps by much more."
    )


def model_card(facts: dict[str, Any]) -> str:
    """The text of the card.

    Args:
        facts: What `checkpoint.json` holds.
    """
    transform = facts["transform"]
    soften = transform["soften"]
    softened = (
        f" The square is brought down to {soften} pixels and up\n"
        "again: sharp photographs then look more like the small pictures it learned from. That\n"
        "helped an earlier network of this kind; on this one it has not been measured."
    )
    return TEMPLATE.format(
        title=facts["title"],
        classes=len(facts["labels"]),
        note=facts["note"],
        accuracy=_accuracy(facts),
        resize=transform["resize"],
        crop=transform["crop"],
        soften=softened if soften else "",
        training=_training(facts),
        curve=curve_table(facts),
        short_runs=short_runs_table(facts),
        confused=confused_table(facts),
        corruptions=corruptions_table(facts),
        calibration=_calibration(facts),
    )


def write_model_card(folder: Path, facts: dict[str, Any]) -> None:
    """Write `README.md` beside the weights."""
    (folder / "README.md").write_text(model_card(facts), encoding="utf-8")


def add_facts(folder: Path, more: Mapping[str, Any]) -> None:
    """Put facts into `checkpoint.json`, and write the model card anew."""
    facts = read_card(folder) | dict(more)
    write_card(folder, facts)
    write_model_card(folder, facts)
