"""Charts and the words beside them: units, and what is not there."""

import pytest
import torch

from rn18demo.core.articles import Figure, Quantity, Source
from rn18demo.core.blocks import BLOCKS, Part
from rn18demo.core.transform import InputTransform
from rn18demo.training.selection import Candidate, Score
from rn18demo.training.training_run import CurvePoint
from rn18demo.ui.claims_charts import remark
from rn18demo.ui.inside_charts import lesions_chart
from rn18demo.ui.lesson_charts import curves_chart, scores_chart
from rn18demo.ui.lesson_words import readable_temperature
from rn18demo.ui.predict_tab import describe_transform
from rn18demo.ui.text import say


def test_curves_are_in_per_cent_and_skip_what_was_not_measured() -> None:
    points = [
        CurvePoint("a run", 0, None, None, 1.2, 0.25),
        CurvePoint("a run", 1, 0.9, 0.5, None, None),
    ]
    figure = curves_chart(points)
    lines = {(line.name, line.xaxis): list(line.y) for line in figure.data}
    assert lines[say("curve_training"), "x2"] == [None, 50.0]
    assert lines[say("curve_held_out"), "x2"] == [25.0, None]
    assert lines[say("curve_training"), "x"] == [None, 0.9]


def test_curves_show_the_last_run_that_got_beyond_its_start() -> None:
    points = [
        CurvePoint("watching", 0, None, None, 1.2, 0.25),
        CurvePoint("watching", 1, 0.9, 0.5, 1.0, 0.5),
        CurvePoint("for no epochs", 0, None, None),
    ]
    assert [list(line.x) for line in curves_chart(points).data] == [[0, 1]] * 4
    assert [list(line.x) for line in curves_chart(points[2:]).data] == [[0]] * 4


def test_curves_show_the_newest_run_with_both_lines_and_name_it() -> None:
    points = [
        CurvePoint("trial 1", 1, 0.9, 0.5, 1.0, 0.5),
        CurvePoint("trial 2", 1, 0.8, 0.5, 0.9, 0.5),
        CurvePoint("measured", 1, 0.7, 0.6),
    ]
    figure = curves_chart(points)
    assert "trial 2" in figure.layout.title.text
    assert {line.name for line in figure.data if line.showlegend} == {
        say("curve_training"),
        say("curve_held_out"),
    }
    alone = curves_chart(points[2:])
    assert [line.name for line in alone.data if line.showlegend] == [say("curve_training")]


def test_scores_are_in_per_cent() -> None:
    candidate = Candidate("ridge", 1.0)
    (bars,) = scores_chart([Score(candidate, 0.75, 0.6)], candidate).data
    assert list(bars.x) == [75.0]


def test_scores_say_why_the_orange_bar_need_not_be_the_longest() -> None:
    ridge, centroid = Candidate("ridge", 1.0), Candidate("centroid")
    scores = [Score(ridge, 0.75, 0.6), Score(centroid, 0.8, 0.5)]
    assert "Orange is taken" in scores_chart(scores, ridge).layout.title.text
    assert "Orange" not in scores_chart(scores).layout.title.text
    assert max(scores_chart(scores).layout.xaxis.tickvals) == 100


@pytest.mark.parametrize(
    ("temperature", "words"),
    [(5.9e3, "5,900"), (0.53, "0.53"), (1.0, "1.00"), (1e-5, say("temperature_tiny"))],
)
def test_a_temperature_has_no_exponent(temperature: float, words: str) -> None:
    assert readable_temperature(temperature) == words


def test_what_is_left_is_in_per_cent() -> None:
    sure = torch.tensor([0.0, 0.0])
    lesions = {(block.name, part): sure for block in BLOCKS for part in Part}
    figure = lesions_chart(lesions, 1, 0.9)
    assert all(list(bars.y) == pytest.approx([50.0] * 8) for bars in figure.data)
    assert figure.layout.shapes[0].y0 == pytest.approx(90)


@pytest.mark.parametrize(
    ("ours", "own_remark", "expected"),
    [
        (100.4, "", "remark_same"),
        (104.0, "", "remark_near"),
        (130.0, "", None),
        (100.0, "remark_v1", "remark_v1"),
        (None, "", None),
    ],
)
def test_why_a_written_number_differs(
    ours: float | None, own_remark: str, expected: str | None
) -> None:
    figure = Figure("resnet18", Quantity.MACS, 100.0, Source("somebody", "https://x"), own_remark)
    assert remark(figure, ours) == (say(expected) if expected else "")


def test_only_a_picture_that_is_not_square_is_cut() -> None:
    assert "cut out" in describe_transform(InputTransform(resize=224), cropped=True)
    assert "whole square" in describe_transform(InputTransform(resize=224), cropped=False)
