"""What the Teach cards are answered about pictures that are not taken, or not trained on."""

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rn18demo.training.dataset import read_dataset
from rn18demo.training.dataset_limits import LIMITS
from rn18demo.training.dataset_types import Skipped
from rn18demo.training.samples import SAMPLES
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_server import server_functions
from rn18demo.ui.text.en_teach import TEACH_MESSAGES
from tests.coroutines import answer_of

Ask = Callable[..., Any]


def asking(projects: Projects) -> Ask:
    """Ask as a page does: `ask("add_class", token=token)`."""
    functions = {function.__name__: function for function in server_functions(projects)}
    return lambda which, /, **payload: answer_of(functions[which], payload)


def picture(grey: int = 128, **more: Any) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("L", (64, 48), grey).save(buffer, "JPEG")
    return {"name": "a.jpg", "data": base64.b64encode(buffer.getvalue()).decode()} | more


@pytest.fixture
def ask(projects: Projects) -> Ask:
    return asking(projects)


@pytest.fixture
def view(ask: Ask) -> dict[str, Any]:
    """A notebook whose first class has a picture to learn from and two for testing."""
    view = ask("open", token=None)
    cls = view["classes"][0]["id"]
    ask("add_pictures", token=view["token"], cls=cls, pictures=[picture()])
    tested = [picture(50), picture(200)]
    return ask("add_pictures", token=view["token"], cls=cls, pictures=tested, held_out=True)


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("too_large", f"larger than {LIMITS.picture_bytes // 2**20} MB"),
        ("unreadable", "browser could not open it"),
        ("refused", "server could not take it"),
    ],
)
def test_what_the_browser_left_out_is_listed_with_the_rest(
    ask: Ask, view: dict[str, Any], why: str, words: str
) -> None:
    cls = view["classes"][0]["id"]
    sent = [picture(), {"name": "big\n.heic", "data": "", "left_out": why}]
    after = ask("add_pictures", token=view["token"], cls=cls, pictures=sent)
    assert after["counts"]["pictures"] == view["counts"]["pictures"] + 1
    (listed,) = after["skipped"]
    assert listed["name"] == "big .heic" and words in listed["reason"]
    for lie in ("gone", 7, None, "no_room"):
        answer = ask("add_pictures", token=view["token"], cls=cls, pictures=[picture(left_out=lie)])
        assert set(answer) == {"error"}


def test_a_refusal_says_whether_there_is_no_room(tmp_path: Path) -> None:
    projects = Projects(tmp_path / "small", pictures=1)
    ask = asking(projects)
    view = ask("open", token=None)
    cls = view["classes"][0]["id"]
    full = ask("add_pictures", token=view["token"], cls=cls, pictures=[picture(), picture()])
    assert full == {"error": TEACH_MESSAGES["no_room"], "full": True}
    gone = ask("add_pictures", token=view["token"], cls="0" * 16, pictures=[picture()])
    assert gone == {"error": TEACH_MESSAGES["no_class"]}
    projects.close()


def test_a_folder_lists_what_a_zip_lists(ask: Ask, tmp_path: Path) -> None:
    photograph = next((SAMPLES / "bird").iterdir()).read_bytes()
    paths = [f"all/{part}/{cls}/1.jpg" for part in ("train", "val") for cls in ("cup", "pen")]
    paths += ["all/val/fork/1.jpg", "all/val/fork/2.jpg", "all/other/x.jpg", "all/notes.txt"]
    paths += ["loose.jpg", "all/train/loose.jpg", "../out.jpg", "all/.hidden", "all/Thumbs.db"]
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for one in paths:
            zipped.writestr(one, photograph)
    token = ask("open", token=None)["token"]
    answer = ask("arrange_folder", token=token, paths=paths)
    listed = [Skipped(**one) for one in answer["skipped"]]
    reasons = {one.name: one.reason for one in listed}
    assert reasons["all/val/fork/2.jpg"] == TEACH_MESSAGES["not_in_train"]
    assert "train, val or test" in reasons["all/other/x.jpg"]
    assert listed == list(read_dataset(path).skipped)
    assert sum(len(one["files"]) for one in answer["folders"]) == 4


def test_pictures_for_testing_are_seen_removed_and_brought_back(
    ask: Ask, view: dict[str, Any]
) -> None:
    token, (cls, _) = view["token"], view["classes"]
    (learned,), tested = cls["shots"], cls["held_out_shots"]
    assert len(tested) == cls["held_out"] == 2
    assert set(ask("thumbs", token=token, ids=[learned, *tested])["thumbs"]) == {learned, *tested}
    after = ask("remove_shots", token=token, shots=[learned, tested[0]])
    assert after["classes"][0]["shots"] == []
    assert after["classes"][0]["held_out_shots"] == [tested[1]]
    assert ask("undo", token=token)["classes"] == view["classes"]


def test_pictures_for_testing_are_moved_and_stay_for_testing(
    ask: Ask, view: dict[str, Any]
) -> None:
    token, (first, second) = view["token"], view["classes"]
    moved = [first["shots"][0], first["held_out_shots"][0]]
    ask("move_shots", token=token, shots=[*moved, "f" * 16], to=second["id"])
    ask("move_shots", token=token, shots=moved[:1], to=second["id"])
    cards = ask("view", token=token)["classes"]
    assert [one["shots"] for one in cards] == [[], moved[:1]]
    assert [one["held_out_shots"] for one in cards] == [first["held_out_shots"][1:], moved[1:]]
