"""Official weights that other programs have fetched already."""

from pathlib import Path

import torch
from huggingface_hub import try_to_load_from_cache

from rn18demo.core.download import (
    HUB_FILENAME,
    HUB_REPOSITORY,
    HUB_REVISION,
    OFFICIAL_SOURCES,
    Source,
    is_good,
)


def other_places() -> tuple[Path, ...]:
    """Where torchvision and huggingface_hub would have left the file."""
    places = [Path(torch.hub.get_dir()) / "checkpoints" / OFFICIAL_SOURCES[0].filename]
    hub = try_to_load_from_cache(HUB_REPOSITORY, HUB_FILENAME, revision=HUB_REVISION)
    if isinstance(hub, str):
        places.append(Path(hub))
    return tuple(places)


def find_elsewhere(
    sources: tuple[Source, ...], places: tuple[Path, ...]
) -> tuple[Path, Source] | None:
    """The first of these files that is one of the sources' files, by SHA-256."""
    for path in places:
        for source in sources:
            if path.suffix == Path(source.filename).suffix and is_good(path, source):
                return path, source
    return None
