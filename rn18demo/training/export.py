"""A taught checkpoint as files to take home: safetensors, and a model card with the numbers."""

import json
from dataclasses import asdict
from typing import Any

from safetensors.torch import save

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.training.evaluation import Evaluation
from rn18demo.training.export_usage import fenced, usage
from rn18demo.training.lesson import Lesson, chosen_words
from rn18demo.training.words import percent, plain


def checkpoint_facts(checkpoint: Checkpoint) -> dict[str, Any]:
    """What `checkpoint.json` would say: everything but the weights and their hash."""
    return {
        "id": checkpoint.id,
        "title": checkpoint.title,
        "labels": list(checkpoint.labels),
        "transform": checkpoint.transform.as_json(),
        "source": checkpoint.source,
        "accuracy": asdict(checkpoint.accuracy) if checkpoint.accuracy else None,
        "note": checkpoint.note,
    }


def safetensors_bytes(checkpoint: Checkpoint) -> bytes:
    """One file with weights, labels and transform, as `checkpoint_files.load_given` reads it.

    The same checkpoint always makes the same bytes.
    """
    state = {name: value.contiguous() for name, value in checkpoint.network.state_dict().items()}
    facts = json.dumps(checkpoint_facts(checkpoint), ensure_ascii=False, sort_keys=True)
    return save(state, metadata={"checkpoint": facts})


def model_card(lesson: Lesson) -> str:
    """Markdown: what it is, from what it was taught, how good it is, and how to use it."""
    checkpoint = lesson.checkpoint
    parts = [
        f"# {plain(checkpoint.title)}",
        "A torchvision ResNet-18 with a plain linear head, taught with a user's own pictures. "
        f"{plain(checkpoint.source)}.",
        "## How good it is",
        plain(lesson.evaluation.sentence) if lesson.evaluation else "This was not measured.",
    ]
    if lesson.evaluation and lesson.evaluation.answers:
        parts += [_numbers(lesson.evaluation), _class_table(lesson.evaluation)]
    if lesson.tested:
        parts.append(lesson.tested.sentence)
    if lesson.comparison:
        parts.append(lesson.comparison.sentence)
    if caveat := chosen_words(lesson.alone):
        parts.append(caveat)
    parts += [
        "Pictures of other people, places and cameras than those it was taught with may be named "
        "less reliably.",
        "## None of these",
        lesson.thresholds.sentence,
        "## How it was made",
        _recipe(lesson),
        "## Using it",
        usage(checkpoint),
    ]
    return "\n\n".join(parts) + "\n"


def _numbers(evaluation: Evaluation) -> str:
    low, high = evaluation.interval
    return (
        f"- Accuracy: {percent(evaluation.accuracy or 0)}, 95 % interval (Wilson) "
        f"{percent(low)} to {percent(high)}\n"
        f"- Measured by cross-validation in {evaluation.folds} folds on {evaluation.measured} "
        f"pictures, of which {evaluation.independent} are independent\n"
        f"- Mean probability of its answers: {percent(evaluation.confidence or 0)}"
    )


def _class_table(evaluation: Evaluation) -> str:
    lines = ["| Class | Pictures | Right | 95 % interval |", "|---|---|---|---|"]
    for row in evaluation.per_class:
        low, high = row.interval
        ends = f"{percent(low)} to {percent(high)}" if row.pictures else "not measured"
        lines.append(f"| {plain(row.name)} | {row.pictures} | {row.right} | {ends} |")
    return "\n".join(lines)


def _recipe(lesson: Lesson) -> str:
    far = ", ".join(f"{stage} {percent(change)}" for stage, change in lesson.moved.items())
    settings = json.dumps(asdict(lesson.recipe), indent=1)
    further = ", then trained further" if lesson.fine_tuned else ""
    return (
        f"Head: {lesson.candidate}{further}; logits divided by a temperature of "
        f"{lesson.temperature:.3g}. Change of the weights by stage: {far}. "
        f"It took {lesson.seconds:.1f} s.\n\n"
        f"{fenced(settings, 'json')}"
    )
