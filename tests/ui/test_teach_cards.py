"""What the Teach cards are answered, to good and to hostile requests."""

import base64
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from rn18demo.training.dataset_limits import LIMITS
from rn18demo.training.project import save_project
from rn18demo.training.samples import SAMPLES, sample_dataset
from rn18demo.ui.canvas import CANVAS_ASSETS, TEXTS
from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_requests import PICTURES_A_CALL, THUMBS_A_CALL
from rn18demo.ui.teach_server import server_functions
from rn18demo.ui.text.en_teach import TEACH_ENGLISH, TEACH_MESSAGES
from tests.coroutines import answer_of

EVIL = "<img src=x onerror=alert(1)>"
Ask = Callable[..., Any]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def jpeg(size: tuple[int, int] = (64, 48), grey: int = 128) -> bytes:
    buffer = io.BytesIO()
    picture = Image.linear_gradient("L").resize(size).point(lambda v: v * grey // 255)
    picture.convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def picture(data: bytes | None = None, name: str = "a.jpg", **more: Any) -> dict[str, Any]:
    return {"name": name, "data": encoded(jpeg() if data is None else data)} | more


@pytest.fixture
def ask(projects: Projects) -> Ask:
    """Ask as a page does: `ask("add_class", token=token)`."""
    functions = {function.__name__: function for function in server_functions(projects)}

    def send(which: str, /, **payload: Any) -> Any:
        return answer_of(functions[which], payload)

    return send


@pytest.fixture
def view(ask: Ask) -> dict[str, Any]:
    """A new notebook."""
    return ask("open", token=None)


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gradio's folder for uploads."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


def names(view: dict[str, Any]) -> dict[str, int]:
    return {one["name"]: len(one["shots"]) for one in view["classes"]}


def test_a_new_page_gets_an_empty_notebook_and_a_reloaded_one_its_own(ask: Ask) -> None:
    view = ask("open", token=None)
    assert not view["lost"] and names(view) == {"Class 1": 0, "Class 2": 0}
    again = ask("open", token=view["token"])
    assert again == view
    other = ask("open", token="unknown")
    assert other["lost"] and other["token"] not in (view["token"], "unknown")


def test_pictures_are_added_shown_small_moved_and_removed(ask: Ask, view: dict[str, Any]) -> None:
    token = view["token"]
    first, second = (one["id"] for one in view["classes"])
    chosen = "0123456789abcdef"
    sent = [picture(id=chosen, name="cup.jpg"), picture(jpeg((512, 300), 60))]
    view = ask("add_pictures", token=token, cls=first, pictures=sent)
    ids = view["classes"][0]["shots"]
    assert len(ids) == 2 and ids[0] == chosen
    assert not any("data:" in str(value) for value in view.values())
    small = ask("thumbs", token=token, ids=[*ids, "f" * 16])["thumbs"]
    assert set(small) == set(ids)
    data = base64.b64decode(small[ids[1]].removeprefix("data:image/jpeg;base64,"))
    assert max(Image.open(io.BytesIO(data)).size) == 96 and len(data) < 10_000
    view = ask("move_shots", token=token, shots=[chosen], to=second)
    assert [one["shots"] for one in view["classes"]] == [[ids[1]], [chosen]]
    view = ask("remove_shots", token=token, shots=[chosen])
    assert names(view) == {"Class 1": 1, "Class 2": 0}
    assert names(ask("undo", token=token)) == {"Class 1": 1, "Class 2": 1}


def test_what_is_no_picture_is_listed_and_the_others_are_kept(
    ask: Ask, view: dict[str, Any]
) -> None:
    cls = view["classes"][0]["id"]
    sent = [picture(), picture(b"%PDF-1.7", "doc.pdf"), picture(b"", EVIL), picture(bytes(9), "z")]
    view = ask("add_pictures", token=view["token"], cls=cls, pictures=sent)
    assert view["counts"]["pictures"] == 1
    assert [one["name"] for one in view["skipped"]] == ["doc.pdf", EVIL, "z"]
    assert "PDF" in view["skipped"][0]["reason"]
    assert ask("forget_skipped", token=view["token"])["skipped"] == []


def test_pictures_of_a_held_button_keep_their_second(
    ask: Ask, view: dict[str, Any], projects: Projects
) -> None:
    cls = view["classes"][0]["id"]
    sent = [picture(moment="0f-0"), picture(jpeg((90, 80), 5), moment="0f-1"), picture()]
    ask("add_pictures", token=view["token"], cls=cls, pictures=sent)
    notebook = projects.get(view["token"])
    assert notebook is not None
    shots = notebook.now.dataset.classes[0].shots
    assert [shot.moment for shot in shots] == ["0f-0", "0f-1", ""]


def test_findings_name_their_pictures_by_id(ask: Ask, view: dict[str, Any]) -> None:
    token, (first, second) = view["token"], [one["id"] for one in view["classes"]]
    ask("add_pictures", token=token, cls=first, pictures=[picture()])
    view = ask("add_pictures", token=token, cls=second, pictures=[picture()])
    (same,) = [one for one in view["findings"] if one["kind"] == "two-classes"]
    assert same["shots"] == [one["shots"][0] for one in view["classes"]]
    assert same["level"] == "warning" and same["remedy"].endswith(".")


def test_the_sample_set_is_there_at_once(ask: Ask, view: dict[str, Any]) -> None:
    view = ask("sample", token=view["token"])
    assert names(view) == {"bird": 12, "flower": 12, "fruit": 12}
    assert view["findings"] == []
    assert names(ask("sample", token=view["token"])) == names(view)


def test_one_visitor_cannot_touch_what_another_collects(ask: Ask) -> None:
    mine, yours = ask("open", token=None), ask("open", token=None)
    cls = mine["classes"][0]["id"]
    mine = ask("add_pictures", token=mine["token"], cls=cls, pictures=[picture()])
    shot = mine["classes"][0]["shots"][0]
    assert ask("thumbs", token=yours["token"], ids=[shot]) == {"thumbs": {}}
    assert "error" in ask("rename_class", token=yours["token"], cls=cls, name="mine now")
    ask("remove_shots", token=yours["token"], shots=[shot])
    assert ask("open", token=mine["token"])["classes"] == mine["classes"]


def test_starting_over_deletes(ask: Ask, view: dict[str, Any]) -> None:
    token = view["token"]
    ask("sample", token=token)
    fresh = ask("start_over", token=token)
    assert fresh["token"] != token and fresh["counts"]["pictures"] == 0
    assert ask("sample", token=token) == {"error": TEACH_MESSAGES["gone"], "gone": True}


def test_a_folder_is_arranged_by_the_rules_of_the_zip(ask: Ask, view: dict[str, Any]) -> None:
    paths = ["all/cup/2.jpg", "all/cup/10.jpg", "all/pen/a.jpg", "all/.hidden", "all/pen/Thumbs.db"]
    answer = ask("arrange_folder", token=view["token"], paths=paths)
    assert names(answer) == {"cup": 0, "pen": 0}
    ids = {one["name"]: one["id"] for one in answer["classes"]}
    assert answer["folders"] == [
        {"cls": ids["cup"], "files": [0, 1], "held_out": False},
        {"cls": ids["pen"], "files": [2], "held_out": False},
    ]
    splits = [f"{part}/{cls}/{n}.jpg" for part in ("train", "val") for cls in "ab" for n in "12"]
    answer = ask("arrange_folder", token=view["token"], paths=splits)
    assert [one["held_out"] for one in answer["folders"]] == [False, False, True, True]
    cls = answer["folders"][2]["cls"]
    view = ask("add_pictures", token=view["token"], cls=cls, pictures=[picture()], held_out=True)
    assert [one["held_out"] for one in view["classes"]] == [0, 0, 1, 0]
    for nothing in ([], ["loose.jpg"], ["../../a/b.jpg"]):
        assert "No folder" in ask("arrange_folder", token=view["token"], paths=nothing)["error"]


# ---- files -------------------------------------------------------------------------------------


def make_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as zipped:
        for cls in ("bird", "fruit"):
            for number, file in enumerate(sorted((SAMPLES / cls).iterdir())[:3]):
                zipped.write(file, f"{cls}/{number}.jpg")
        zipped.writestr("bird/notes.txt", "no picture")
    return path


def test_a_zip_fills_everything_and_is_deleted(
    ask: Ask, view: dict[str, Any], uploads: Path
) -> None:
    path = make_zip(uploads / "a.zip")
    view = ask("add_file", token=view["token"], path=str(path))
    assert names(view) == {"bird": 3, "fruit": 3}
    assert [one["name"] for one in view["skipped"]] == ["bird/notes.txt"]
    assert not path.exists()
    assert ask("progress", token=view["token"]) == {"reading": None}


def test_a_bad_zip_leaves_everything_as_it_was(
    ask: Ask, view: dict[str, Any], uploads: Path
) -> None:
    before = ask("sample", token=view["token"])
    for data in (b"", b"PK\x03\x04 broken", b"Rar!....", bytes(1000)):
        (uploads / "bad.zip").write_bytes(data)
        answer = ask("add_file", token=view["token"], path=str(uploads / "bad.zip"))
        assert set(answer) == {"error"} and answer["error"].endswith(".")
        assert not (uploads / "bad.zip").exists()
    assert ask("open", token=view["token"])["classes"] == before["classes"]


def test_a_project_replaces_and_can_be_taken_back(
    ask: Ask, view: dict[str, Any], uploads: Path, projects: Projects
) -> None:
    saved = ask("sample", token=view["token"])
    notebook = projects.get(view["token"])
    assert notebook is not None
    save_project(uploads / "p.zip", notebook.project())
    fresh = ask("start_over", token=view["token"])
    cls = fresh["classes"][0]["id"]
    fresh = ask("add_pictures", token=fresh["token"], cls=cls, pictures=[picture()])
    answer = ask("add_file", token=fresh["token"], path=str(uploads / "p.zip"))
    assert answer["classes"] == saved["classes"]
    assert ask("undo", token=fresh["token"])["classes"] == fresh["classes"]


def test_only_uploads_are_opened(
    ask: Ask, view: dict[str, Any], uploads: Path, tmp_path: Path
) -> None:
    outside = make_zip(tmp_path / "outside.zip")
    (uploads / "link.zip").symlink_to(outside)
    for path in (
        str(outside),
        str(uploads / ".." / "outside.zip"),
        str(uploads / "link.zip"),
        str(uploads),
        str(uploads / "missing.zip"),
        "a\0b",
        "x" * 10_000,
        "",
        7,
        None,
    ):
        assert ask("add_file", token=view["token"], path=path) == {
            "error": TEACH_MESSAGES["not_uploaded"]
        }
    assert outside.exists()


def test_what_is_no_archive_stays_for_others(ask: Ask, uploads: Path, view: dict[str, Any]) -> None:
    """The page's own examples lie there, and everybody knows their addresses."""
    tile = uploads / "image.jpeg"
    tile.write_bytes(b"anything")
    assert "error" in ask("add_file", token=view["token"], path=str(tile))
    assert tile.exists()


def test_two_visitors_may_upload_the_same_file(ask: Ask, uploads: Path) -> None:
    """Gradio keeps one copy of the two."""
    path = make_zip(uploads / "same.zip")
    copy = shutil.copy(path, uploads.parent / "copy.zip")
    for _ in range(2):
        shutil.copy(copy, path)
        view = ask("add_file", token=ask("open", token=None)["token"], path=str(path))
        assert names(view) == {"bird": 3, "fruit": 3}


# ---- hostile requests --------------------------------------------------------------------------

SIX_MB = encoded(bytes(6 * 2**20))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("add_class", {"name": 7}),
        ("add_class", {"name": "x" * 10_000}),
        ("rename_class", {"cls": "0" * 16, "name": "a"}),
        ("rename_class", {"cls": "../..", "name": "a"}),
        ("rename_class", {}),
        ("remove_class", {"cls": ["a"]}),
        ("remove_shots", {"shots": "abc"}),
        ("remove_shots", {"shots": [1, 2]}),
        ("remove_shots", {"shots": ["0" * 16] * (LIMITS.pictures + 1)}),
        ("move_shots", {"shots": [], "to": "0" * 16}),
        ("thumbs", {"ids": ["0" * 16] * (THUMBS_A_CALL + 1)}),
        ("thumbs", {}),
        ("undo", {}),
        ("arrange_folder", {"paths": "a/b.jpg"}),
        ("arrange_folder", {"paths": [1]}),
        ("arrange_folder", {"paths": ["a"] * (LIMITS.entries + 1)}),
        ("arrange_folder", {"paths": ["x" * 5000]}),
        ("arrange_folder", {"paths": [f"c{n}/a.jpg" for n in range(LIMITS.classes + 1)]}),
        ("add_pictures", {"pictures": [picture()]}),
        ("add_pictures", {"cls": "0" * 16, "pictures": [picture()]}),
        ("add_pictures", {"cls": "HERE", "pictures": None}),
        ("add_pictures", {"cls": "HERE", "pictures": ["a"]}),
        ("add_pictures", {"cls": "HERE", "pictures": [{"name": "a"}]}),
        ("add_pictures", {"cls": "HERE", "pictures": [{"name": 3, "data": ""}]}),
        ("add_pictures", {"cls": "HERE", "pictures": [{"name": "a", "data": "no base64!"}]}),
        ("add_pictures", {"cls": "HERE", "pictures": [picture(id="../x")]}),
        ("add_pictures", {"cls": "HERE", "pictures": [picture(moment=7)]}),
        ("add_pictures", {"cls": "HERE", "pictures": [picture(moment="m" * 41)]}),
        ("add_pictures", {"cls": "HERE", "pictures": [picture()] * (PICTURES_A_CALL + 1)}),
        ("add_pictures", {"cls": "HERE", "pictures": [{"name": "a", "data": SIX_MB}] * 8}),
        ("add_pictures", {"cls": "HERE", "pictures": [{"name": "a", "data": SIX_MB * 5}]}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value)[:40],
)
def test_hostile_requests_get_a_sentence_and_change_nothing(
    ask: Ask, view: dict[str, Any], name: str, payload: dict[str, Any]
) -> None:
    if payload.get("cls") == "HERE":
        payload = payload | {"cls": view["classes"][0]["id"]}
    answer = ask(name, token=view["token"], **payload)
    assert set(answer) == {"error"}
    assert answer["error"].endswith(".") and len(answer["error"]) < 300
    assert ask("open", token=view["token"]) == view


def test_payloads_of_another_kind_and_tokens_of_nobody(projects: Projects) -> None:
    for function in server_functions(projects):
        payloads: tuple[Any, ...] = (None, [], "token", 7)
        for payload in payloads:
            assert set(answer_of(function, payload)) == {"error"}
        if function.__name__ not in ("open", "start_over"):
            tokens: tuple[Any, ...] = (None, "", 7, "x" * 1000, {}, "unknown")
            for token in tokens:
                assert answer_of(function, {"token": token})["gone"]


# ---- the component -----------------------------------------------------------------------------


def test_the_component_and_what_it_tells_the_page(projects: Projects) -> None:
    with gr.Blocks() as demo:
        cards = build_teach_cards(projects)
        heard = gr.Textbox()
        cards.changed(lambda token: token, cards.token, heard)
    events = [event for fn in demo.fns.values() for _, event in fn.targets]
    assert events.count("submit") == 1 and "download" in events
    assert not any(fn.api_visibility == "public" for fn in list(demo.fns.values())[:-1])
    used = set(
        re.findall(r"\btexts\.(\w+)", f"{cards.canvas.html_template}{cards.canvas.js_on_load}")
    )
    assert used <= TEXTS.keys()


def test_every_word_of_the_catalogue_is_used() -> None:
    files = [*CANVAS_ASSETS.glob("teach_*.*")]
    every = "".join(path.read_text(encoding="utf-8") for path in files)
    assert set(re.findall(r"\btexts\.(teach\w*)", every)) == TEACH_ENGLISH.keys()


def test_samples_are_shared_and_not_copied() -> None:
    assert sample_dataset() is sample_dataset()
