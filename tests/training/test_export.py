"""What a visitor takes home."""

from pathlib import Path

import pytest
import torch
from torchvision.models import ResNet

from rn18demo.core.checkpoint_files import load_given
from rn18demo.core.weights import sha256
from rn18demo.training.dataset_types import ClassShots, Dataset
from rn18demo.training.export import model_card, safetensors_bytes
from rn18demo.training.lesson import Lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from tests.training.small_lessons import make_base, make_dataset, make_engine


@pytest.fixture
def lesson(network: ResNet, tmp_path: Path) -> Lesson:
    red, green = make_dataset([4, 4]).classes
    named = Dataset((ClassShots("<b>red|*</b>", red.shots), ClassShots("Grün 绿", green.shots)))
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
    assert found.labels == taught.labels == ("<b>red|*</b>", "Grün 绿")
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
    assert "<b>" not in card
    assert "&lt;b&gt;red\\|\\*&lt;/b&gt;" in card
    assert "Grün 绿" in card
    assert lesson.thresholds.sentence in card
    assert '"seed": 0' in card
    rows = [line for line in card.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + 2
