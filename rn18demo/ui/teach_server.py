"""What the Teach cards may ask the server: each function answers with JSON, never an exception.

Most answer with the whole view, see `view_of`; pictures are never part of it. The browser
asks for thumbnails by id when it lacks them.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread

from rn18demo.errors import DatasetError, DemoError, PictureError
from rn18demo.training.dataset import make_shot, read_dataset
from rn18demo.training.dataset_layout import Entry, arrange
from rn18demo.training.dataset_limits import KEPT_SIDE, LIMITS, MAX_NAME
from rn18demo.training.dataset_names import clean_name, distinct, shortened
from rn18demo.training.dataset_types import Shot, Skipped
from rn18demo.training.project import is_project, load_project
from rn18demo.training.samples import sample_dataset
from rn18demo.ui import teach_requests as requests
from rn18demo.ui.teach_notebook import Notebook
from rn18demo.ui.teach_projects import Projects
from rn18demo.ui.teach_uploads import hear, reading, uploaded
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

OPENERS = 40
"""Uploaded files that are opened or wait in line; more wait to be let into the line."""

Answer = dict[str, Any]
Payload = dict[str, Any]
Work = Callable[[Notebook, Payload], Answer | None]


def view_of(notebook: Notebook) -> Answer:
    """What the page shows, without the pictures themselves.

    Returns:
        JSON: token, revision, classes [{id, name, shots: [id], held_out: count, held_out_shots:
        [id]}], skipped [{name, reason}], findings [{kind, level, sentence, remedy, shots: [id]}],
        counts and limits. All texts are plain: escape them where they are shown.
    """
    page = notebook.now
    return {
        "token": notebook.token,
        "revision": page.revision,
        "classes": [
            {
                "id": card.id,
                "name": card.name,
                "shots": [held.id for held in card.shots],
                "held_out": len(card.held_out),
                "held_out_shots": [held.id for held in card.held_out],
            }
            for card in page.classes
        ],
        "skipped": [{"name": one.name, "reason": one.reason} for one in page.skipped],
        "findings": [
            {
                "kind": one.kind,
                "level": one.level,
                "sentence": one.sentence,
                "remedy": one.remedy,
                "shots": [page.classes[c].shots[s].id for c, s in one.shots],
            }
            for one in page.findings
        ],
        "counts": {"classes": len(page.classes), "pictures": page.pictures},
        "limits": {"classes": LIMITS.classes, "pictures": LIMITS.pictures, "name": MAX_NAME},
    }


def server_functions(projects: Projects) -> list[Callable[[Any], Answer | Awaitable[Answer]]]:
    """The functions, by whose names the browser calls them."""

    def open(payload: Any) -> Answer:
        """Go on with the notebook of a token, or begin a new one."""
        try:
            token = requests.read_object(payload).get("token")
            notebook = projects.get(token)
            lost = bool(token) and notebook is None
            return view_of(notebook or projects.new()) | {"lost": lost}
        except DemoError as error:
            return {"error": str(error)}

    def start_over(payload: Any) -> Answer:
        """Delete a notebook and begin a new one."""
        try:
            token = requests.read_object(payload).get("token")
            if isinstance(token, str):
                projects.drop(token)
            return view_of(projects.new())
        except DemoError as error:
            return {"error": str(error)}

    def on_notebook(work: Work) -> Callable[[Any], Answer]:
        def call(payload: Any) -> Answer:
            return _answer(projects, payload, work)

        call.__name__ = work.__name__
        call.__doc__ = work.__doc__
        return call

    openers = CapacityLimiter(OPENERS)

    async def add_file(payload: Any) -> Answer:
        """Open a zip or a project that was uploaded; the uploaded file is deleted.

        Whoever waits for it to be read holds none of the threads that answer everybody.
        """
        work = partial(_answer, projects, payload, open_file)
        return await to_thread.run_sync(work, limiter=openers)

    return [open, start_over, add_file, *map(on_notebook, _WORKS)]


def _answer(projects: Projects, payload: Any, work: Work) -> Answer:
    """Do the work and answer with what it returns, or with the view."""
    try:
        asked = requests.read_object(payload)
        notebook = projects.get(asked.get("token"))
        if notebook is None:
            return {"error": WORDS["gone"], "gone": True}
        answer = work(notebook, asked)
        return view_of(notebook) if answer is None else answer
    except DemoError as error:
        return {"error": str(error)}


# ---- one function for each thing that can be asked ---------------------------------------------


def view(notebook: Notebook, asked: Payload) -> None:
    """Look again: the notebook may have been changed elsewhere in the page."""


def add_class(notebook: Notebook, asked: Payload) -> None:
    """Add a class; its name may be left to us."""
    notebook.add_class(requests.read_name(asked) if asked.get("name") is not None else None)


def rename_class(notebook: Notebook, asked: Payload) -> None:
    """Give a class another name."""
    notebook.rename_class(requests.read_id(asked, "cls"), requests.read_name(asked))


def remove_class(notebook: Notebook, asked: Payload) -> None:
    """Remove a class with its pictures."""
    notebook.remove_class(requests.read_id(asked, "cls"))


def remove_shots(notebook: Notebook, asked: Payload) -> None:
    """Remove pictures."""
    notebook.remove_shots(requests.read_ids(asked, "shots"))


def move_shots(notebook: Notebook, asked: Payload) -> None:
    """Move pictures to another class."""
    notebook.move_shots(requests.read_ids(asked, "shots"), requests.read_id(asked, "to"))


def undo(notebook: Notebook, asked: Payload) -> None:
    """Take back the last removal, move, or opened file."""
    notebook.undo()


def forget_skipped(notebook: Notebook, asked: Payload) -> None:
    """Empty the list of files that could not be read."""
    notebook.forget_skipped()


def sample(notebook: Notebook, asked: Payload) -> None:
    """Add the sample set."""
    notebook.join(sample_dataset())


def add_pictures(notebook: Notebook, asked: Payload) -> Answer | None:
    """Add pictures to a class; those that cannot be read are listed.

    Returns:
        None for the view; {"error", "full": true} if there is no room for them.
    """
    card_id = requests.read_id(asked, "cls")
    sent = requests.read_pictures(asked)
    notebook.now.card(card_id)  # before any work is done for it
    shots: list[tuple[str, Shot]] = []
    skipped: list[Skipped] = []
    for one in sent:
        try:
            if one.left_out:
                raise PictureError(WORDS[one.left_out].format(limit=LIMITS.picture_bytes // 2**20))
            shots.append((one.id, replace(make_shot(one.data, one.name), moment=one.moment)))
        except PictureError as error:
            skipped.append(Skipped(shortened(clean_name(one.name)) or "picture", str(error)))
    try:
        notebook.add_shots(card_id, shots, skipped, held_out=asked.get("held_out") is True)
    except DatasetError as error:
        return {"error": str(error), "full": True}
    return None


def open_file(notebook: Notebook, asked: Payload) -> None:
    """See `add_file` above."""
    with uploaded(asked.get("path")) as path, reading(notebook):
        if is_project(path):
            notebook.replace_by(load_project(path))
        else:
            notebook.join(read_dataset(path, on_progress=partial(hear, notebook)))


def arrange_folder(notebook: Notebook, asked: Payload) -> Answer:
    """Tell which file of a dropped folder belongs to which class, and make these classes.

    Files that belong to none are listed, as those of a zip are.

    Returns:
        The view, and folders [{cls, files: [index of the path], held_out}].
    """
    paths = requests.read_paths(asked)
    places = {path: index for index, path in enumerate(paths)}
    layout = arrange([Entry(path, bytes) for path in places])
    if not layout.train:
        raise DatasetError(
            "No folder with pictures was found. Put the pictures of each class into a folder with "
            "the class's name."
        )
    if len(layout.train) > LIMITS.classes:
        raise DatasetError(WORDS["many_classes"].format(limit=LIMITS.classes))
    tested = layout.held_out.items()
    strange = [one for name, files in tested if name not in layout.train for one in files]
    skipped = (*layout.skipped, *(Skipped(one.shown, WORDS["not_in_train"]) for one in strange))
    made = notebook.make_room_for(distinct(layout.train), skipped)
    ids = dict(zip(layout.train, made, strict=True))
    folders = [
        {"cls": ids[name], "files": [places[one.path] for one in files], "held_out": held_out}
        for held_out, part in ((False, layout.train), (True, layout.held_out))
        for name, files in part.items()
        if name in ids
    ]
    return view_of(notebook) | {"folders": folders}


def thumbs(notebook: Notebook, asked: Payload) -> Answer:
    """Small pictures: {"thumbs": {id: data URI}}, without those that are gone."""
    wanted = set(requests.read_ids(asked, "ids", requests.THUMBS_A_CALL))
    held = [one for card in notebook.classes for one in card.all if one.id in wanted]
    start = "data:image/jpeg;base64,"
    return {"thumbs": {o.id: start + base64.b64encode(o.thumbnail()).decode() for o in held}}


def progress(notebook: Notebook, asked: Payload) -> Answer:
    """How far the reading of an uploaded file is: {"reading": [done, total] or null}."""
    return {"reading": notebook.reading}


_WORKS: tuple[Work, ...] = (
    view,
    add_class,
    rename_class,
    remove_class,
    remove_shots,
    move_shots,
    undo,
    forget_skipped,
    sample,
    add_pictures,
    arrange_folder,
    thumbs,
    progress,
)

PAGE_LIMITS: dict[str, float] = {
    "side": KEPT_SIDE,
    "bytes": LIMITS.picture_bytes,
    "thumbs": requests.THUMBS_A_CALL,
    "name": MAX_NAME,
}
"""What the cards need to know before they ask."""
