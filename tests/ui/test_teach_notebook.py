"""Notebooks: what can be changed, what is taken back, and many hands at one."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rn18demo.errors import DatasetError, RequestError
from rn18demo.training.dataset_limits import LIMITS, MAX_NAME
from rn18demo.training.dataset_types import ClassShots, Dataset, Skipped
from rn18demo.training.project import Project, load_project, save_project
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import new_id
from rn18demo.ui.teach_steps import MAX_SKIPPED
from tests.ui.filled_notebooks import fill, shot, shown


def test_a_new_notebook_has_two_empty_classes_and_says_so() -> None:
    notebook = Notebook("t")
    assert shown(notebook) == {"Class 1": [], "Class 2": []}
    assert [finding.kind for finding in notebook.now.findings] == ["no-pictures"]


def test_every_change_counts_and_leaves_older_pages_as_they_were() -> None:
    notebook = Notebook("t")
    before, revision = notebook.now, notebook.revision
    (ids,) = fill(notebook, 2)
    assert notebook.revision == revision + 1
    assert before.pictures == 0 and notebook.now.pictures == 2
    assert [one.name for one in notebook.dataset().classes] == ["Class 1", "Class 2"]
    assert shown(notebook)["Class 1"] == ids


def test_pictures_sent_twice_are_kept_once() -> None:
    notebook = Notebook("t")
    (ids,) = fill(notebook, 3)
    notebook.add_shots(notebook.classes[1].id, [(one, shot()) for one in ids])
    assert notebook.now.pictures == 3


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  cup \n of\ttea ", "cup of tea"),
        ("杯子", "杯子"),
        ("כּוֹס", "כּוֹס"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("x" * 200, "x" * (MAX_NAME - 1) + "…"),
        ("cup\u202egnp", "cupgnp"),
    ],
)
def test_classes_are_named_in_any_script(name: str, kept: str) -> None:
    notebook = Notebook("t")
    notebook.rename_class(notebook.classes[0].id, name)
    assert notebook.classes[0].name == unicodedata.normalize("NFC", kept)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u202e"])
def test_a_class_needs_a_name(name: str) -> None:
    notebook = Notebook("t")
    revision = notebook.revision
    with pytest.raises(RequestError, match="needs a name"):
        notebook.rename_class(notebook.classes[0].id, name)
    assert notebook.revision == revision


@pytest.mark.parametrize("step", ["remove_class", "remove_shots", "move_shots", "join", "project"])
def test_what_removes_or_adds_much_can_be_taken_back(step: str, tmp_path: Path) -> None:
    notebook = Notebook("t")
    ids = fill(notebook, 3, 2)
    before = shown(notebook)
    if step == "remove_class":
        notebook.remove_class(notebook.classes[0].id)
    elif step == "remove_shots":
        notebook.remove_shots([ids[0][1], ids[1][0]])
    elif step == "move_shots":
        notebook.move_shots(ids[0][:2], notebook.classes[1].id)
        assert shown(notebook) == {"Class 1": ids[0][2:], "Class 2": ids[1] + ids[0][:2]}
    elif step == "join":
        notebook.join(Dataset((ClassShots("Class 1", (shot(),)), ClassShots("new", (shot(),)))))
        assert [len(one) for one in shown(notebook).values()] == [4, 2, 1]
    else:
        notebook.replace_by(Project(Dataset((ClassShots("other", (shot(),)),))))
        assert list(shown(notebook)) == ["other"]
    assert shown(notebook) != before
    revision = notebook.revision
    notebook.undo()
    assert shown(notebook) == before
    assert notebook.revision > revision
    with pytest.raises(RequestError, match="nothing to undo"):
        notebook.undo()


@pytest.mark.parametrize("step", ["remove_shots", "move_shots", "join"])
def test_a_click_that_comes_twice_can_still_be_taken_back(step: str) -> None:
    notebook = Notebook("t")
    ids = fill(notebook, 3, 2)
    more = Dataset((ClassShots("Class 1", (shot(90),)), ClassShots("new", (shot(120),))))
    before = shown(notebook)
    take = {
        "remove_shots": lambda: notebook.remove_shots([ids[0][1]]),
        "move_shots": lambda: notebook.move_shots(ids[0][:2], notebook.classes[1].id),
        "join": lambda: notebook.join(more),
    }[step]
    take()
    changed, revision = shown(notebook), notebook.revision
    assert changed != before
    take()
    assert shown(notebook) == changed and notebook.revision == revision
    notebook.undo()
    assert shown(notebook) == before


def test_a_later_change_is_not_lost_by_undo() -> None:
    notebook = Notebook("t")
    ids = fill(notebook, 2)
    notebook.remove_shots(ids[0][:1])
    notebook.add_class("later")
    with pytest.raises(RequestError):
        notebook.undo()
    assert "later" in shown(notebook)


def test_what_a_training_remembers_is_no_step_that_undo_sees() -> None:
    notebook = Notebook("t")
    fill(notebook, 2, 1)
    before = shown(notebook)
    notebook.remove_class(notebook.classes[0].id)
    revision = notebook.revision
    notebook.mark_training(True)
    notebook.keep({"recipe": 1}, b"weights")
    notebook.mark_training(False)
    assert notebook.revision == revision, "the cards go on offering it"
    notebook.undo()
    assert shown(notebook) == before
    assert notebook.now.settings == {"recipe": 1} and notebook.now.checkpoint == b"weights"


def test_a_project_that_was_opened_leaves_nothing_when_it_is_taken_back() -> None:
    notebook = Notebook("t")
    fill(notebook, 2, 1)
    notebook.keep({"recipe": 1}, b"weights")
    notebook.replace_by(
        Project(Dataset((ClassShots("other", (shot(),)),)), {"recipe": 2}, b"others")
    )
    notebook.keep({"recipe": 3}, b"learned from the other")
    notebook.undo()
    assert notebook.now.settings == {"recipe": 1} and notebook.now.checkpoint == b"weights"


def test_empty_classes_that_nobody_named_make_way() -> None:
    notebook = Notebook("t")
    notebook.rename_class(notebook.classes[0].id, "mine")
    notebook.join(Dataset((ClassShots("cup", (shot(),)), ClassShots("pen", (shot(90),)))))
    assert list(shown(notebook)) == ["mine", "cup", "pen"]


def test_the_same_dataset_joined_twice_is_there_once() -> None:
    notebook = Notebook("t")
    dataset = Dataset((ClassShots("cup", (shot(),)), ClassShots("pen", (shot(90),))))
    notebook.join(dataset)
    notebook.join(dataset)
    assert notebook.now.pictures == 2


def test_pictures_for_testing_stay_with_their_class() -> None:
    notebook = Notebook("t")
    cup, pen = ClassShots("cup", (shot(),)), ClassShots("pen", (shot(90),))
    notebook.join(Dataset((cup, pen), (), Dataset((ClassShots("pen", (shot(30),)),))))
    notebook.rename_class(notebook.classes[1].id, "pencil")
    held_out = notebook.dataset().held_out
    assert held_out is not None
    assert [(one.name, len(one.shots)) for one in held_out.classes] == [("pencil", 1)]
    notebook.remove_class(notebook.classes[1].id)
    assert notebook.dataset().held_out is None


def test_limits_are_said_and_nothing_is_lost() -> None:
    notebook = Notebook("t")
    one = shot()
    card = notebook.classes[0].id
    notebook.add_shots(card, [(new_id(), one) for _ in range(LIMITS.pictures)])
    with pytest.raises(DatasetError, match=str(LIMITS.pictures)):
        notebook.add_shots(card, [(new_id(), one)])
    assert notebook.now.pictures == LIMITS.pictures
    for _ in range(LIMITS.classes - 2):
        notebook.add_class()
    with pytest.raises(DatasetError, match=str(LIMITS.classes)):
        notebook.add_class()


def test_the_list_of_unreadable_files_does_not_grow_for_ever() -> None:
    notebook = Notebook("t")
    for number in range(MAX_SKIPPED + 5):
        notebook.add_shots(notebook.classes[0].id, [], [Skipped(f"{number}.txt", "No picture.")])
    assert len(notebook.now.skipped) == MAX_SKIPPED
    assert notebook.now.skipped[-1].name == f"{MAX_SKIPPED + 4}.txt"
    notebook.forget_skipped()
    assert notebook.now.skipped == ()


def test_ids_outlive_saving_and_a_file_that_lies_about_them_gets_new_ones(tmp_path: Path) -> None:
    notebook = Notebook("t")
    fill(notebook, 2, 1)
    notebook.keep({"stage": "head"}, b"weights")
    save_project(tmp_path / "p", notebook.project())
    loaded = load_project(tmp_path / "p")
    again = Notebook("u")
    again.replace_by(loaded)
    assert shown(again) == shown(notebook)
    assert [card.id for card in again.classes] == [card.id for card in notebook.classes]
    assert again.now.settings == {"stage": "head"} and again.now.checkpoint == b"weights"
    for lie in ([], [["x", []]], 7, [["../../etc", ["a"] * 2, []], ["b", ["a"], []]]):
        again.replace_by(Project(loaded.dataset, {"ids": lie}))
        every = {one for ids in shown(again).values() for one in ids}
        assert len(every) == 3 and all(len(one) == 16 for one in every)


def test_many_hands_at_one_notebook_lose_nothing() -> None:
    notebook = Notebook("t")
    one = shot()
    card = notebook.classes[0].id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: notebook.add_shots(card, [(new_id(), one)]), range(200)))
    assert notebook.now.pictures == 200
    assert notebook.revision == 200
