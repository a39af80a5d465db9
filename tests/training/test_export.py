"""What a visitor takes home."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image
from torchvision.models import ResNet

from rn18demo.core.checkpoint_files import load_given
from rn18demo.core.weights import sha256
from rn18demo.training.dataset_types import ClassShots, Dataset
from rn18demo.training.export import model_card, safetensors_bytes
from rn18demo.training.export_usage import WEIGHTS_FILE, fenced, labels_text
from rn18demo.training.lesson import Lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import make_base, make_dataset, make_engine

RED, GREEN = "<b>red|*</b> ```` \"'`", "Grün 绿 \\ ~~~"
"""What people may call their classes."""


def tokens_of(card: str) -> Iterator[Token]:
    """What a reader of markdown makes of a card, with what is inside of lines."""
    for token in MarkdownIt("commonmark").enable("table").parse(card):
        yield token
        yield from token.children or ()


def block_of(card: str, language: str) -> str:
    """The last block of code of a language."""
    *_, found = [token for token in tokens_of(card) if token.info == language]
    return found.content


@pytest.fixture
def lesson(network: ResNet, tmp_path: Path) -> Lesson:
    red, green = make_dataset([4, 4]).classes
    named = Dataset((ClassShots(RED, red.shots), ClassShots(GREEN, green.shots)))
    engine = make_engine(tmp_path)
    *_, last = teach(named, make_base(network), engine, TeachRecipe(), line=Line())
    assert last.lesson is not None
    return last.lesson


def test_the_file_is_read_back(lesson: Lesson, tmp_path: Path) -> None:
    taught = lesson.checkpoint
    data = safetensors_bytes(taught)
    path = tmp_path / "taught.safetensors"
    path.write_bytes(data)
    found = load_given(path)
    assert found.labels == taught.labels == (RED, GREEN)
    assert found.transform == taught.transform
    assert found.accuracy == taught.accuracy
    assert (found.title, found.note) == (taught.title, taught.note)
    assert found.sha256 == taught.sha256 == sha256(data)
    for name, value in taught.network.state_dict().items():
        assert torch.equal(found.network.state_dict()[name], value), name


def test_the_card_has_the_numbers_and_no_markup_of_the_user(lesson: Lesson) -> None:
    card = model_card(lesson)
    evaluation = lesson.evaluation
    assert evaluation is not None
    assert f"{evaluation.right} of {evaluation.measured} pictures" in card
    assert f"in {evaluation.folds} folds" in card
    assert "&lt;b&gt;red\\|\\*" in card
    markup = [token for token in tokens_of(card) if token.type.startswith("html")]
    assert not markup
    assert "Grün 绿" in card
    assert lesson.thresholds.sentence in card
    assert '"seed": 0' in card
    rows = [line for line in card.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 2


def test_the_card_tells_a_head_that_was_trained_further(lesson: Lesson) -> None:
    assert "trained further" not in model_card(lesson)
    further = model_card(replace(lesson, alone=lesson.evaluation, temperature=1.25))
    assert ", then trained further; logits divided by a temperature of 1.25" in further


def test_the_labels_can_be_copied_from_the_card_as_they_are(lesson: Lesson) -> None:
    assert json.loads(block_of(model_card(lesson), "json")) == [RED, GREEN]
    assert labels_text(lesson.checkpoint) == f"{RED}\n{GREEN}\n"


@pytest.mark.parametrize("text", ["", "`", "```", "a\n````\nb", "~~~\n</code>"])
def test_nothing_inside_ends_a_block_of_code(text: str) -> None:
    (token,) = MarkdownIt("commonmark").parse(fenced(text, "json"))
    assert token.type == "fence"
    assert token.content.rstrip("\n") == text


@pytest.mark.parametrize("soften", [None, 20])
def test_the_program_in_the_card_names_a_picture(
    lesson: Lesson, photograph: Image.Image, tmp_path: Path, soften: int | None
) -> None:
    transform = replace(lesson.checkpoint.transform, soften=soften)
    lesson = replace(lesson, checkpoint=replace(lesson.checkpoint, transform=transform))
    taught = lesson.checkpoint
    (tmp_path / WEIGHTS_FILE).write_bytes(safetensors_bytes(taught))
    photograph.save(tmp_path / "picture.jpg", "PNG")  # the same pixels, whatever it is called
    (tmp_path / "names.py").write_text(block_of(model_card(lesson), "python"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "names.py"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    with torch.inference_mode():
        shares = taught.network(transform.tensor(photograph)[None]).softmax(1)[0]
    expected = [f"{shares[n]:.1%}  {taught.labels[n]}" for n in shares.argsort(descending=True)]
    assert done.stdout.splitlines() == expected
