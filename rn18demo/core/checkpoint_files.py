"""The one door for checkpoints: folders and files -> Checkpoint.

A checkpoint in its own form is a folder:

    checkpoint.json                     title, labels, transform, accuracy, hashes ...
    model-00001-of-0000n.safetensors    the weights, in parts below 10 MB
    model.safetensors.index.json        which tensor is in which part (huggingface_hub's)
"""

import json
import math
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from torchvision.models import ResNet18_Weights

from rn18demo.core import weights
from rn18demo.core.checkpoint_types import Accuracy, Checkpoint
from rn18demo.core.download import OFFICIAL_SOURCES, Source
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError

CARD = "checkpoint.json"
OFFICIAL_ID = "imagenet1k-v1"
OFFICIAL_TITLE = "Official ImageNet weights (1,000 classes)"
MAX_CARD_BYTES = 8 * 2**20
_SHARD = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")


@cache
def imagenet_labels() -> tuple[str, ...]:
    """torchvision's names of the 1,000 ImageNet classes."""
    return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])


def official_accuracy() -> Accuracy:
    """As torchvision publishes it."""
    return Accuracy(0.69758, 0.89078, 50_000, "ImageNet-1k validation", None, "torchvision's page")


def load_official(path: Path, source: Source) -> Checkpoint:
    """Read the official weights from a file, after comparing its SHA-256.

    Raises:
        CheckpointError: It is not that file, or not a ResNet-18.
    """
    return _official(weights.read_bytes(path), path.name, source)


def _official(data: bytes, name: str, source: Source) -> Checkpoint:
    if weights.sha256(data) != source.sha256:
        raise CheckpointError(f"{name} is not the official file: its SHA-256 differs.")
    if source.filename.endswith(".safetensors"):
        state, _ = weights.read_safetensors(data, name)
    else:
        state = weights.read_official_pickle(data, source.sha256)
    network = weights.build_network(state, name)
    classes = network.fc.out_features
    known = classes == len(imagenet_labels())
    return Checkpoint(
        id=OFFICIAL_ID,
        title=OFFICIAL_TITLE,
        network=network,
        labels=_labels(None, classes, name),
        transform=InputTransform(),
        source=source.url,
        sha256=source.sha256,
        accuracy=official_accuracy() if known else None,
        note="Trained by the torchvision team on 1.28 million photographs.",
    )


def load_safetensors_folder(folder: Path) -> Checkpoint:
    """Read a checkpoint in its own form; every file's SHA-256 is compared.

    Raises:
        CheckpointError: A file is missing, damaged or not what `checkpoint.json` says.
    """
    facts = read_card(folder)
    hashes = facts.get("sha256s")
    if not isinstance(hashes, dict) or not hashes:
        raise CheckpointError(f"{CARD} in {folder.name} lists no files.")
    parts: list[bytes] = []
    state = {}
    for name in sorted(hashes):
        if not _SHARD.fullmatch(name):
            raise CheckpointError(f"{CARD} in {folder.name} lists {name!r}, which is no weights.")
        data = weights.read_bytes(folder / name)
        if weights.sha256(data) != hashes[name]:
            raise CheckpointError(
                f"{name} in {folder.name} is damaged: its SHA-256 differs. Fetch the folder again."
            )
        parts.append(data)
        state.update(weights.read_safetensors(data, name)[0])
    network = weights.build_network(state, folder.name)
    digest = weights.sha256(b"".join(parts))
    return _from_facts(facts, network, digest, folder.name, source=folder.name)


def load_given(path: Path, sources: tuple[Source, ...] = OFFICIAL_SOURCES) -> Checkpoint:
    """Read what a user points to.

    Args:
        path: A folder in the form above; a .safetensors file with a ResNet-18, where a
            metadata entry `checkpoint` may hold what `checkpoint.json` would; or the
            official file, recognised by its SHA-256.
        sources: Which files count as official.

    Returns:
        With the id `given`, or `imagenet1k-v1` if it is the official file.

    Raises:
        CheckpointError: It is none of these.
    """
    if path.is_dir():
        return replace(load_safetensors_folder(path), id="given")
    data = weights.read_bytes(path)
    for source in sources:
        if weights.sha256(data) == source.sha256:
            return _official(data, path.name, source)
    return read_safetensors_checkpoint(data, path.name)


def read_safetensors_checkpoint(data: bytes, name: str) -> Checkpoint:
    """A checkpoint from the bytes of one .safetensors file.

    Args:
        data: The file; a metadata entry `checkpoint` may hold what `checkpoint.json` would.
        name: Of the file, for messages.

    Returns:
        With the id `given`.

    Raises:
        CheckpointError: It is none.
    """
    state, metadata = weights.read_safetensors(data, name)
    network = weights.build_network(state, name)
    facts = _parse(metadata.get("checkpoint", "{}"), name)
    return replace(_from_facts(facts, network, weights.sha256(data), name, source=name), id="given")


def read_card(folder: Path) -> dict[str, Any]:
    """What `checkpoint.json` says, unchecked but for being a JSON object.

    Raises:
        CheckpointError: It is missing or not a JSON object.
    """
    data = weights.read_bytes(folder / CARD, MAX_CARD_BYTES)
    return _parse(data, f"{CARD} in {folder.name}")


def _parse(text: str | bytes, name: str) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{name} is not valid JSON.") from error
    if not isinstance(facts, dict):
        raise CheckpointError(f"{name} does not describe a checkpoint.")
    return facts


def _from_facts(
    facts: dict[str, Any], network: Any, digest: str, name: str, source: str
) -> Checkpoint:
    classes = network.fc.out_features
    wnids = facts.get("wnids") or ()
    try:
        return Checkpoint(
            id=_text(facts.get("id"), "given", 100),
            title=_text(facts.get("title"), name, 200),
            network=network,
            labels=_labels(facts.get("labels"), classes, name),
            transform=_transform(facts.get("transform") or {}),
            source=_text(facts.get("source"), source, 1000),
            sha256=digest,
            accuracy=_accuracy(facts.get("accuracy")),
            note=_text(facts.get("note"), "", 2000),
            wnids=tuple(str(wnid) for wnid in wnids) if len(wnids) == classes else (),
        )
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"The description of {name} cannot be used: {error}.") from error


def _text(value: object, default: str, limit: int) -> str:
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError("a text is missing or far too long")
    return value


def _accuracy(values: dict[str, Any] | None) -> Accuracy | None:
    if values is None:
        return None
    accuracy = Accuracy(**values)
    if not 0 <= accuracy.top1 <= accuracy.top5 <= 1:
        raise ValueError("its accuracy is not a share between 0 and 1")
    return accuracy


def _labels(labels: object, classes: int, name: str) -> tuple[str, ...]:
    if labels is None:
        if classes == len(imagenet_labels()):
            return imagenet_labels()
        return tuple(f"class {index}" for index in range(classes))
    if not isinstance(labels, list) or len(labels) != classes:
        raise CheckpointError(
            f"{name} has {classes} classes, but its list of names does not have as many."
        )
    return tuple(_text(label, "", 200) for label in labels)


def _transform(values: dict[str, Any]) -> InputTransform:
    transform = InputTransform.from_json(values)
    sides = (transform.crop, transform.resize, transform.soften or transform.crop)
    if any(not isinstance(side, int) or not 32 <= side <= 1024 for side in sides):
        raise ValueError("its transform has a side below 32 or above 1024 pixels")
    if transform.resize < transform.crop:
        raise ValueError("its transform cuts out more than it resizes to")
    if len(transform.mean) != 3 or len(transform.std) != 3:
        raise ValueError("its transform needs three means and three spreads")
    if not all(math.isfinite(v) for v in transform.mean + transform.std) or min(transform.std) <= 0:
        raise ValueError("its transform has means or spreads that are not usable numbers")
    return transform
