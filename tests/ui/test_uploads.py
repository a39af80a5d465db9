"""A visit's files go with the visit."""

from pathlib import Path

from rn18demo.ui.uploads import Uploads


def written(folder: Path, name: str) -> Path:
    file = folder / name
    file.write_bytes(b"x")
    return file


def test_files_go_when_the_visit_ends(tmp_path: Path) -> None:
    uploads, mine, other = Uploads(), written(tmp_path, "a"), written(tmp_path, "b")
    uploads.note("me", mine)
    uploads.note("you", other)
    uploads.forget("me")
    assert not mine.exists()
    assert other.exists()


def test_a_file_that_two_visits_brought_stays_for_the_other(tmp_path: Path) -> None:
    uploads, shared = Uploads(), written(tmp_path, "same")
    uploads.note("me", shared)
    uploads.note("you", shared)
    uploads.forget("me")
    assert shared.exists()
    uploads.forget("you")
    assert not shared.exists()


def test_nothing_to_forget_is_no_error(tmp_path: Path) -> None:
    uploads, gone = Uploads(), written(tmp_path, "gone")
    uploads.note("me", gone)
    uploads.note("me", b"never on the disk")
    uploads.note(None, gone)
    gone.unlink()
    uploads.forget("me")
    uploads.forget("nobody")
    uploads.forget(None)
