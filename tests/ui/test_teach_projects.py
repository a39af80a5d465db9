"""Where notebooks are kept: disk, time, and many visitors at once."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rn18demo.errors import DatasetError
from rn18demo.training.project import load_project
from rn18demo.ui.teach_projects import IDLE_SECONDS, MAX_TOKEN, Projects
from tests.app_server import ROOT
from tests.ui.filled_notebooks import fill, shown

HOUR = 3600.0


class Clock:
    """The time, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


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
