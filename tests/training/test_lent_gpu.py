"""Fine-tuning on a host that lends its GPU for one call: its package, with a scheduler of ours."""

import sys
from dataclasses import replace
from typing import Any

import pytest

from rn18demo.training import lent_gpu
from rn18demo.training.dataset_types import ClassShots, Dataset
from rn18demo.training.lent_gpu import (
    BEGINNING_SECONDS,
    LONGEST_SECONDS,
    lesson_in_one_call,
    seconds_to_ask_for,
)
from rn18demo.training.recipe import TeachRecipe
from tests.training.lent_host.scheduler import SPENT, VISITOR, Scheduler, run_there
from tests.training.small_lessons import make_base, make_dataset

There = tuple[dict[str, Any], Scheduler]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> There:
    """What became of each of `program.SCENES`."""
    if sys.platform != "linux":
        pytest.skip("the host's package runs on Linux only")
    return run_there(tmp_path_factory.mktemp("host"), "--without-gpu")


def test_fine_tuning_is_one_call_and_comes_back_whole(there: There) -> None:
    found = there[0]["deeper"]
    assert there[0]["device"] == "cpu"
    assert found["phases"][0] == "waiting" and found["phases"][-1] == "done"
    assert "fine-tuning" in found["phases"]
    assert found["labels"] == ["red", "green"] and found["outputs"] == 2
    assert found["measured"] == 8 and found["compared"] and not found["trouble"]


def test_what_takes_seconds_does_not_wait_for_a_gpu(there: There) -> None:
    found, scheduler = there
    assert found["automatic"]["phases"][-1] == "done"
    lent = [name for name in found if name not in ("device", "automatic", "left")]
    assert len(scheduler.asked("/schedule")) == len(lent)


def test_the_host_hears_whose_call_it_is_and_for_how_long(there: There) -> None:
    asked = there[1].asked("/schedule")
    assert [one["token"] for one in asked].count(SPENT) == 1
    assert {one["token"] for one in asked} == {SPENT, VISITOR}
    assert {int(one["durationSeconds"]) for one in asked} == {BEGINNING_SECONDS}  # 8 pictures


def test_every_gpu_that_was_lent_is_given_back(there: There) -> None:
    lent = len(there[1].asked("/schedule")) - 1
    assert len(there[1].asked("/allow")) == len(there[1].asked("/release")) == lent


def test_a_stopped_call_says_that_nothing_was_kept(there: There) -> None:
    found = there[0]["stopped"]
    assert found["stopped"] and found["phases"] == ["waiting", "features"]
    assert "nothing of it could be kept" in found["trouble"]


def test_who_leaves_before_there_is_a_gpu_asks_for_none(there: There) -> None:
    assert there[0]["left"]["stopped"] and there[0]["left"]["phases"] == ["waiting"]


def test_the_hosts_refusal_is_passed_on_with_a_way_out(there: There) -> None:
    trouble = there[0]["spent"]["trouble"]
    assert "exceeded your ZeroGPU quota (25s requested vs. 10s left)" in trouble
    assert trouble.endswith("Automatic mode needs no GPU.") and not there[0]["spent"]["stopped"]


def test_a_bug_over_there_is_told_without_its_inside(there: There) -> None:
    trouble = there[0]["bug"]["trouble"]
    assert "RuntimeError" in trouble and "Automatic mode" in trouble and "layer4" not in trouble


@pytest.mark.parametrize(
    ("pictures", "epochs", "seconds"),
    [(2, 1, BEGINNING_SECONDS), (200, 12, 45), (2000, 50, LONGEST_SECONDS)],
)
def test_no_more_time_is_asked_for_than_is_needed(
    network: Any, pictures: int, epochs: int, seconds: int
) -> None:
    shots = make_dataset([1]).classes[0].shots * (pictures // 2)
    dataset = Dataset((ClassShots("one", shots), ClassShots("other", shots)))
    recipe = TeachRecipe(mode="deeper", epochs=epochs)
    assert seconds_to_ask_for(dataset, make_base(network), recipe) == seconds


def test_pictures_that_are_set_aside_take_time_too(network: Any) -> None:
    recipe, base = TeachRecipe(mode="deeper"), make_base(network)
    shots = make_dataset([1]).classes[0].shots * 50
    one = Dataset((ClassShots("one", shots), ClassShots("other", shots)))
    more = seconds_to_ask_for(replace(one, held_out=one), base, recipe)
    assert more > seconds_to_ask_for(one, base, recipe)


def test_what_is_no_word_of_the_hosts_stays_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Any:
        yield from ()
        raise TypeError("a mistake of ours")

    monkeypatch.setattr(lent_gpu, "_lent_lesson", broken)
    nothing: Any = None
    with pytest.raises(TypeError, match="of ours"):
        list(lent_gpu.lent_reports(nothing, nothing, nothing, lambda: False))


@pytest.mark.parametrize("mode", ["automatic", "deeper"])
def test_the_lesson_of_a_call_is_the_usual_one(network: Any, mode: str) -> None:
    recipe = TeachRecipe.from_settings({"mode": mode, "epochs": 1})
    *others, last = lesson_in_one_call(make_dataset([3, 3]), make_base(network), recipe)
    assert last.lesson is not None and all(report.lesson is None for report in others)
