"""Notebooks with pictures in them, and what they show."""

from PIL import Image

from rn18demo.training.dataset_reading import shot_of
from rn18demo.training.dataset_types import Shot
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import new_id


def shot(grey: int = 100, name: str = "a.jpg") -> Shot:
    return shot_of(Image.linear_gradient("L").point(lambda v: v * grey // 255).convert("RGB"), name)


def fill(notebook: Notebook, *counts: int) -> list[list[str]]:
    """Put so many pictures into the first classes; returns their ids."""
    ids = [[new_id() for _ in range(count)] for count in counts]
    for card, new in zip(notebook.classes, ids, strict=False):
        notebook.add_shots(card.id, [(one, shot(50 + 9 * n)) for n, one in enumerate(new)])
    return ids


def shown(notebook: Notebook) -> dict[str, list[str]]:
    return {card.name: [held.id for held in card.shots] for card in notebook.classes}
