"""A notebook: what one visitor collects, changed one step at a time.

All that is collected at a moment is one frozen `Page`. A step writes a new page; whoever reads
the old one, such as a training that runs, is not disturbed.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rn18demo.errors import RequestError
from rn18demo.training.dataset_types import Dataset, Shot, Skipped
from rn18demo.training.project import Project
from rn18demo.ui import teach_steps as steps
from rn18demo.ui.teach_page import Card, Page, new_id, page_of_project
from rn18demo.ui.teach_running import Running
from rn18demo.ui.text.en_teach import TEACH_MESSAGES as WORDS

PICTURE_BYTES = 800_000
"""A picture takes up to so much."""


def _anything(count: int) -> None:
    """Room for any number of pictures."""


class Notebook:
    """One visitor's classes and pictures; safe to use from several threads.

    Attributes:
        token: Whoever has it, has the notebook.
        now: All that is collected at this moment.
        running: The lesson that is under way or was the last one, kept here by whoever teaches.
        training: Whether a lesson is under way, or was when the server stopped.
        dropped: Whether its visitor has thrown it away.
        not_restored: Why what was learned, and saved with the project, is not shown; else nothing.
        reading: Files read and files there are, of a zip that is being read.
        lock: Held while the page changes.
    """

    def __init__(
        self,
        token: str,
        page: Page | None = None,
        on_change: Callable[["Notebook"], None] | None = None,
        room: Callable[[int], None] = _anything,
    ) -> None:
        """Make one.

        Args:
            token: See the attribute.
            page: What it begins with; else some empty classes.
            on_change: Called after each change.
            room: Called with the number of pictures that are about to be added; raises a
                DatasetError if the server cannot keep them.
        """
        self.token = token
        self.lock = threading.RLock()
        self.running: Running | None = None
        self.training = False
        self.dropped = False
        self.not_restored = ""
        self._lessons: dict[str, Any] = {}
        self._lent: dict[str, tuple[Path, ...]] = {}
        self.reading: tuple[int, int] | None = None
        self.now = page or steps.first_page()
        self._on_change = on_change
        self._room = room
        self._before: Page | None = None
        self._holders = 0

    @property
    def owner(self) -> str:
        """Who owns what is taught from the project that is open now."""
        return f"{self.token}:{self.now.origin}"

    @property
    def lesson(self) -> Any | None:
        """What was learned from the project that is open now; None before."""
        return self._lessons.get(self.now.origin)

    @lesson.setter
    def lesson(self, lesson: Any) -> None:
        self._lessons[self.now.origin] = lesson

    @property
    def classes(self) -> tuple[Card, ...]:
        """The classes, in the order of the head's outputs."""
        return self.now.classes

    @property
    def revision(self) -> int:
        """Grows with each change."""
        return self.now.revision

    @property
    def held(self) -> bool:
        """Whether somebody works on it, see `hold`."""
        return self._holders > 0

    @property
    def blank(self) -> bool:
        """Whether nothing would be lost with it, not even what `undo` brings back."""
        return self.now.empty and self._before is None and not self._lessons

    @property
    def size(self) -> int:
        """What it takes in memory, counted in pictures, with what `undo` and the lessons hold."""
        pages = [self.now, *([self._before] if self._before is not None else ())]
        shots = {shot for page in pages for shot in page.ids}
        for lesson in self._lessons.values():
            shots.update(*lesson.ids)
        files = {id(page.checkpoint): len(page.checkpoint) for page in pages if page.checkpoint}
        return len(shots) + sum(files.values()) // PICTURE_BYTES

    def dataset(self) -> Dataset:
        """What is collected, frozen."""
        return self.now.dataset

    def project(self) -> Project:
        """All that a project file keeps."""
        return self.now.project()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Inside it, the notebook is in use, however long nobody asks for it."""
        with self.lock:
            self._holders += 1
        try:
            yield
        finally:
            with self.lock:
                self._holders -= 1

    def drop(self) -> None:
        """Its visitor throws it away: nothing is learned from it any more, and nothing kept.

        Nor is what was made from it to be fetched.
        """
        with self.lock:
            self.dropped = True
            if self.running is not None:
                self.running.drop()
            kinds = tuple(self._lent)
        for kind in kinds:
            self.lend(kind, ())

    # ---- steps ----------------------------------------------------------------------------

    def add_class(self, name: str | None = None) -> Card:
        """Add an empty class; without a name it is numbered.

        Raises:
            RequestError: The name is empty.
            DatasetError: There are too many.
        """
        return self._step(lambda page: steps.with_class(page, name)).classes[-1]

    def rename_class(self, card_id: str, name: str) -> None:
        """Give a class another name.

        Raises:
            RequestError: The name is empty, or there is no such class.
        """
        self._step(lambda page: steps.renamed(page, card_id, name))

    def remove_class(self, card_id: str) -> None:
        """Remove a class with its pictures; `undo` brings it back.

        Raises:
            RequestError: There is no such class.
        """
        self._step(lambda page: steps.without_class(page, card_id), undoable=True)

    def add_shots(
        self,
        card_id: str,
        shots: Sequence[tuple[str, Shot]],
        skipped: Sequence[Skipped] = (),
        held_out: bool = False,
    ) -> None:
        """Add pictures to a class.

        Args:
            card_id: The class.
            shots: New ids with their shots. An id that is there already is passed over, so
                that pictures sent twice are kept once.
            skipped: What could not be read.
            held_out: They are kept for testing, not trained on.

        Raises:
            RequestError: There is no such class.
            DatasetError: There are too many pictures.
        """
        self._room(len(shots))
        self._step(lambda page: steps.with_shots(page, card_id, shots, skipped, held_out))

    def remove_shots(self, ids: Sequence[str]) -> None:
        """Remove pictures, wherever they are; `undo` brings them back."""
        self._step(lambda page: steps.without_shots(page, set(ids)), undoable=True)

    def move_shots(self, ids: Sequence[str], card_id: str) -> None:
        """Move pictures to another class; `undo` moves them back.

        Raises:
            RequestError: There is no such class.
        """
        self._step(lambda page: steps.with_moved(page, ids, card_id), undoable=True)

    def forget_skipped(self) -> None:
        """Empty the list of files that could not be read."""
        self._step(lambda page: replace(page, skipped=()))

    def make_room_for(self, names: Sequence[str], skipped: Sequence[Skipped] = ()) -> list[str]:
        """Find the classes of these names, and add those that are missing.

        Args:
            names: Of the classes.
            skipped: Files that belong to none of them.

        Returns:
            Their ids, in the order of the names.

        Raises:
            DatasetError: There are too many classes.
        """
        page = self._step(lambda page: steps.with_skipped(steps.with_classes(page, names), skipped))
        ids = {card.name: card.id for card in reversed(page.classes)}
        return [ids[name] for name in names]

    def join(self, dataset: Dataset) -> None:
        """Add a whole dataset: classes of the same name are joined; `undo` takes it back.

        Raises:
            DatasetError: There are too many classes or pictures.
        """
        parts = (dataset, dataset.held_out or Dataset(()))
        self._room(sum(len(one.shots) for part in parts for one in part.classes))
        self._step(lambda page: steps.joined(page, dataset), undoable=True)

    def replace_by(self, project: Project) -> None:
        """Go on with a saved project instead; `undo` brings back what was here.

        Raises:
            DatasetError: The server cannot keep so many pictures.
        """
        # Of its own origin: what was learned from the project before is not about this one.
        page = replace(page_of_project(project), origin=new_id())
        self._room(page.pictures)
        self._step(lambda _: page, undoable=True)

    def keep(self, settings: dict[str, Any], checkpoint: bytes) -> None:
        """Remember what was taught. It is no step of the visitor's: `undo` does not see it.

        Args:
            settings: Whatever JSON can hold, beside the settings that are there.
            checkpoint: What was taught, as a safetensors file.
        """
        with self.lock:
            settings = self.now.settings | settings
            self.now = replace(self.now, settings=settings, checkpoint=checkpoint)
        self._tell()

    def note(self, settings: dict[str, Any]) -> None:
        """Remember settings of the page, beside those that are there; no step either."""
        with self.lock:
            self.now = replace(self.now, settings=self.now.settings | settings)
        self._tell()

    def lend(self, kind: str, paths: Sequence[Path]) -> None:
        """Remember files that were made from it to be fetched.

        Those of the same kind that were made before are deleted, and all when it is thrown away.
        """
        with self.lock:
            before, self._lent[kind] = self._lent.get(kind, ()), tuple(paths)
            useless = set(before) - set(paths)
            if self.dropped:
                useless |= set(paths)
        for path in useless:
            path.unlink(missing_ok=True)

    def mark_training(self, under_way: bool) -> None:
        """Remember whether a lesson is under way, so that a restarted server knows of it."""
        self.training = under_way
        self._tell()

    def undo(self) -> None:
        """Take back the last step, if it was one that removes, moves or joins.

        What was learned from the project since then is still known.

        Raises:
            RequestError: It was not, or something else was changed since.
        """
        with self.lock:
            before, now = self._before, self.now
            if before is None:
                raise RequestError(WORDS["nothing_to_undo"])
            if before.origin == now.origin:
                before = replace(before, settings=now.settings, checkpoint=now.checkpoint)
            self._step(lambda _: before)

    def _step(self, step: Callable[[Page], Page], undoable: bool = False) -> Page:
        with self.lock:
            before = self.now
            after = step(before)
            if after is before:  # a click that came twice: `undo` is still about the first
                return before
            after = replace(after, revision=before.revision + 1)
            steps.check_limits(after, before)
            self.now = after
            self._before = before if undoable else None
            reachable = {after.origin, before.origin} if undoable else {after.origin}
            self._lessons = {o: one for o, one in self._lessons.items() if o in reachable}
        self._tell()
        return after

    def _tell(self) -> None:
        if self._on_change is not None:
            self._on_change(self)


def new_token() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(32)
