"""The search among all classes."""

from types import SimpleNamespace
from typing import Any, cast

from rn18demo.core.analysis import Analysis
from rn18demo.ui.source import class_search


def answer_with(*labels: str) -> Analysis:
    return cast(Analysis, SimpleNamespace(labels=labels))


def test_classes_are_sent_where_they_are_other_ones() -> None:
    pets, more = answer_with("dog", "cat"), answer_with("dog", "cat", "bee")
    alike: dict[str, Any] = class_search(answer_with("dog", "cat"), pets)
    assert alike["value"] is None and "choices" not in alike
    for before in (None, more):
        assert class_search(pets, before)["choices"] == [("cat", 1), ("dog", 0)]
    assert class_search(more, pets)["choices"] == [("bee", 2), ("cat", 1), ("dog", 0)]
