"""What a lesson taught, in words."""

from dataclasses import replace
from pathlib import Path

import pytest
from torchvision.models import ResNet

from rn18demo.training.lesson import Lesson
from rn18demo.training.line import Line
from rn18demo.training.recipe import TeachRecipe
from rn18demo.training.teach import teach
from rn18demo.ui.lesson_words import learned_words
from rn18demo.ui.text import say
from tests.training.small_lessons import make_base, make_dataset, make_engine


@pytest.fixture
def lesson(network: ResNet, tmp_path: Path) -> Lesson:
    dataset, engine = make_dataset([3, 3]), make_engine(tmp_path)
    *_, last = teach(dataset, make_base(network), engine, TeachRecipe(), line=Line())
    assert last.lesson is not None
    return last.lesson


def test_a_head_that_was_trained_further_is_told_so(lesson: Lesson) -> None:
    assert "trained further" not in learned_words(lesson, held=False)
    deeper = replace(lesson, alone=lesson.evaluation, temperature=1.25)
    words = learned_words(deeper, held=False)
    assert f"found by {lesson.candidate}, then trained further." in words
    assert "divided by 1.25" in words


def test_results_out_of_a_saved_project_are_called_so(lesson: Lesson) -> None:
    assert say("result_saved") not in learned_words(lesson, held=False)
    assert say("result_saved") in learned_words(lesson, held=False, restored=True)
