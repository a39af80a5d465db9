"""Notebooks and where they are kept: changes, undo, disk, time, and many visitors at once."""

import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from rn18demo.errors import DatasetError, RequestError
from rn18demo.training.dataset_limits import LIMITS, MAX_NAME
from rn18demo.training.dataset_reading import shot_of
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot, Skipped
from rn18demo.training.project import Project, load_project, save_project
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_page import new_id
from rn18demo.ui.teach_projects import IDLE_SECONDS, MAX_TOKEN, Projects
from rn18demo.ui.teach_steps import MAX_SKIPPED
from tests.app_server import ROOT

HOUR = 3600.0


class Clock:
    """The time, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keep(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Projects]]:
    """Start keeping in one folder; again for a server that was started again."""
    made: list[Projects] = []

    def start(most: int = 8, **options: float) -> Projects:
        options = {"save_after": HOUR} | options
        made.append(Projects(tmp_path / "kept", HOUR, most, clock=clock, **options))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for projects in made:
        projects.close()


# ---- a notebook --------------------------------------------------------------------------------


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


# ---- where they are kept -----------------------------------------------------------------------


def test_nobody_gets_a_notebook_without_its_token(keep: Callable[..., Projects]) -> None:
    projects = keep()
    first, second = projects.new(), projects.new()
    assert first.token != second.token and len(first.token) >= 40
    assert projects.get(first.token) is first
    for other in (
        None,
        "",
        7,
        first.token[:-1],
        "x" * (MAX_TOKEN + 1),
        "../" + first.token,
        "\ud800",
    ):
        assert projects.get(other) is None


def test_a_server_that_was_killed_finds_them_again(keep: Callable[..., Projects]) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 2, 1)
    projects.save_all()
    again = keep().get(notebook.token)
    assert again is not None and again is not notebook
    assert shown(again) == shown(notebook)
    assert again.token == notebook.token


def test_a_program_that_ends_saves_what_was_just_collected(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from rn18demo.ui.teach_projects import Projects;"
        f"notebook = Projects(Path({str(tmp_path)!r}), save_after=3600).new();"
        "notebook.add_class('cup'); print(notebook.token)"
    )
    token = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    projects = Projects(tmp_path)
    notebook = projects.get(token)
    assert notebook is not None and "cup" in [card.name for card in notebook.classes]
    projects.close()


def test_the_files_do_not_tell_the_token(keep: Callable[..., Projects], tmp_path: Path) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 1)
    projects.save_all()
    (file,) = (tmp_path / "kept").iterdir()
    assert notebook.token not in file.name
    assert notebook.token.encode() not in file.read_bytes()
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_a_change_is_saved_by_itself(keep: Callable[..., Projects], tmp_path: Path) -> None:
    notebook = keep(save_after=0.05).new()
    fill(notebook, 1)
    deadline = time.monotonic() + 30
    while not list((tmp_path / "kept").glob("*.rn18")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (file,) = (tmp_path / "kept").glob("*.rn18")
    assert load_project(file).dataset.classes[0].name == "Class 1"


def test_what_is_dropped_is_gone_also_from_disk(
    keep: Callable[..., Projects], tmp_path: Path
) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 1)
    projects.save_all()
    projects.drop(notebook.token)
    assert projects.get(notebook.token) is None
    fill(notebook, 1)  # somebody still holds it
    projects.save_all()
    assert list((tmp_path / "kept").iterdir()) == []


def test_what_nobody_uses_goes_after_an_hour(
    keep: Callable[..., Projects], clock: Clock, tmp_path: Path
) -> None:
    projects = keep()
    old, used, busy = projects.new(), projects.new(), projects.new()
    for notebook in (old, used, busy):
        fill(notebook, 1)
    projects.save_all()
    with busy.hold():
        clock.ahead = 0.9 * HOUR
        assert projects.get(used.token) is used
        clock.ahead = 1.1 * HOUR
        projects.sweep()
        assert projects.get(old.token) is None
        assert projects.get(used.token) is used
        assert projects.get(busy.token) is busy
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_old_files_of_an_earlier_server_go(
    keep: Callable[..., Projects], clock: Clock, tmp_path: Path
) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 1)
    projects.save_all()
    (tmp_path / "kept" / "half.part").write_bytes(b"half")
    clock.ahead = 1.1 * HOUR
    later = keep()
    assert later.get(notebook.token) is None
    later.sweep()
    assert list((tmp_path / "kept").iterdir()) == []


def test_the_longest_unused_makes_room_and_comes_back(
    keep: Callable[..., Projects], clock: Clock
) -> None:
    projects = keep(most=2)
    first, second = projects.new(), projects.new()
    fill(first, 1)
    fill(second, 1)
    projects.save_all()
    with pytest.raises(DatasetError, match="Too many people"):
        projects.new()
    clock.ahead = 2 * IDLE_SECONDS
    projects.get(second.token)
    projects.new()
    assert len(projects) == 2
    assert projects.get(second.token) is second
    clock.ahead = 4 * IDLE_SECONDS
    back = projects.get(first.token)
    assert back is not None and shown(back) == shown(first)


def test_what_is_not_saved_or_in_use_is_never_put_away(
    keep: Callable[..., Projects], clock: Clock
) -> None:
    projects = keep(most=1)
    notebook = projects.new()
    fill(notebook, 1)
    clock.ahead = 2 * IDLE_SECONDS
    with pytest.raises(DatasetError):
        projects.new()
    projects.save_all()
    with notebook.hold(), pytest.raises(DatasetError):
        projects.new()
    projects.new()


def test_empty_pages_make_way_at_once_and_come_back(
    keep: Callable[..., Projects], clock: Clock
) -> None:
    projects = keep(most=3)
    full = projects.new()
    fill(full, 1)
    empty = [projects.new() for _ in range(5)]
    assert len(projects) == 3 and projects.get(full.token) is full
    assert all(projects.get(one.token) is one for one in empty)
    fill(empty[0], 1)  # somebody still holds it, while it is asleep or not
    fill(empty[1], 1)
    projects.save_all()
    assert keep().get(empty[0].token) is not None, "it is saved"
    with pytest.raises(DatasetError, match="Too many people"):
        [fill(projects.new(), 1) for _ in range(3)]
    projects.drop(empty[4].token)
    assert projects.get(empty[4].token) is None
    clock.ahead = 1.1 * HOUR
    projects.sweep()
    assert projects._asleep == {} and projects.get(empty[3].token) is None


def test_what_undo_would_bring_back_is_not_put_to_sleep(keep: Callable[..., Projects]) -> None:
    projects = keep(most=1)
    notebook = projects.new()
    (ids,) = fill(notebook, 2)
    notebook.remove_shots(ids)
    projects.save_all()
    with pytest.raises(DatasetError, match="Too many people"):
        projects.new()


def test_a_network_is_written_when_it_is_another_one(
    keep: Callable[..., Projects], tmp_path: Path
) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 1)

    def networks() -> dict[str, int]:
        return {p.name: p.stat().st_mtime_ns for p in (tmp_path / "kept").glob("*.network")}

    def save(checkpoint: bytes | None = None) -> dict[str, int]:
        if checkpoint is not None:
            notebook.keep({}, checkpoint)
        notebook.rename_class(notebook.classes[0].id, f"cup {notebook.revision}")
        projects.save_all()
        again = keep().get(notebook.token)
        assert again is not None and shown(again) == shown(notebook)
        assert again.now.checkpoint == notebook.now.checkpoint
        assert again.now.settings == notebook.now.settings
        return networks()

    assert save() == {}
    first = save(b"weights")
    assert len(first) == 1 and save() == first, "not written again"
    second = save(b"other weights")
    assert len(second) == 1 and second.keys() != first.keys()
    (file,) = (tmp_path / "kept").glob("*.rn18")
    assert b"other weights" not in file.read_bytes()
    assert notebook.project().checkpoint == b"other weights", "but a file to download has it"
    projects.drop(notebook.token)
    assert list((tmp_path / "kept").iterdir()) == []


def test_one_that_cannot_be_saved_keeps_nobody_else_from_it(
    keep: Callable[..., Projects], caplog: pytest.LogCaptureFixture
) -> None:
    projects = keep(save_after=0.05)
    broken, good = projects.new(), projects.new()
    broken.project = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    broken.add_class()
    deadline = time.monotonic() + 30
    while "not saved" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "ZeroDivisionError" in caplog.text
    fill(good, 1)
    while keep().get(good.token) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert keep().get(good.token) is not None


def test_pictures_of_all_visitors_together_are_limited(keep: Callable[..., Projects]) -> None:
    projects = keep(pictures=5)
    first, second = projects.new(), projects.new()
    fill(first, 4)
    with pytest.raises(DatasetError, match="cannot keep more pictures"):
        fill(second, 2)
    fill(second, 1)


def test_a_damaged_file_is_no_notebook(keep: Callable[..., Projects], tmp_path: Path) -> None:
    projects = keep()
    notebook = projects.new()
    fill(notebook, 1)
    projects.save_all()
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:200])
    assert keep().get(notebook.token) is None


def test_a_folder_that_cannot_be_written_loses_nothing_in_memory(clock: Clock) -> None:
    projects = Projects(Path("/proc/nowhere"), HOUR, 1, clock=clock)
    notebook = projects.new()
    fill(notebook, 1)
    projects.save_all()
    clock.ahead = 2 * IDLE_SECONDS
    assert projects.get(notebook.token) is notebook
    with pytest.raises(DatasetError):
        projects.new()
    projects.close()
