"""The example photographs that come with the app, each with its author and licence."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from rn18demo.assets import EXAMPLES


@dataclass(frozen=True)
class Example:
    """One photograph that a visitor may pick.

    Attributes:
        path: The JPEG file.
        title: Two or three words.
        alt: What it shows, for people who cannot see it.
        author: Who took it.
        source: Web address where it was published.
        licence: Name of the licence it was published under.
        licence_url: Web address of that licence.
        changes: What was done to it since.
    """

    path: Path
    title: str
    alt: str
    author: str
    source: str
    licence: str
    licence_url: str
    changes: str


def read_examples() -> tuple[Example, ...]:
    """All example photographs, in the order in which the page shows them."""
    entries = json.loads((EXAMPLES / "sources.json").read_text(encoding="utf-8"))
    names = [field.name for field in fields(Example) if field.name != "path"]
    return tuple(
        Example(path=EXAMPLES / entry["file"], **{name: entry[name] for name in names})
        for entry in entries
    )
