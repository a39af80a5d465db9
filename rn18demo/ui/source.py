"""The left column: where a picture comes from, and the five best answers."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import gradio as gr
from gradio.processing_utils import hash_file
from PIL import Image

from rn18demo.core.analysis import Analysis
from rn18demo.core.examples import read_examples
from rn18demo.core.surgery import base_id
from rn18demo.core.wire import predictions_value
from rn18demo.errors import DemoError
from rn18demo.ui.canvas import CHOOSE_JS, EVERY_CLICK
from rn18demo.ui.events import QUIET
from rn18demo.ui.example_gallery import build_examples
from rn18demo.ui.feedback import sentence
from rn18demo.ui.following import choosing, follow, showing
from rn18demo.ui.header import Header
from rn18demo.ui.live_tab import frozen_picture
from rn18demo.ui.picture import Picture, Shown, Upload, open_upload
from rn18demo.ui.prediction_bars import prediction_bars
from rn18demo.ui.session import Backend, Lens, Visit
from rn18demo.ui.text import say
from rn18demo.ui.turns import ASKED_JS, Turns
from rn18demo.ui.uploads import Uploads

SHOWN_BY_BROWSERS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}


def _answers(backend: Backend, analysis: Analysis, chosen: int) -> dict[str, Any]:
    """The five best answers, and the chosen class if it is not among them."""
    top = analysis.top()
    note = backend.unknown(analysis.checkpoint.id, top[0].probability)
    if chosen not in {prediction.index for prediction in top}:
        top = (*top, analysis.prediction(chosen))
    return predictions_value(top, chosen, note)


def class_choices(analysis: Analysis) -> list[tuple[str, int]]:
    """All classes by name, for a search."""
    return sorted((label, index) for index, label in enumerate(analysis.labels))


def class_search(analysis: Analysis, before: Analysis | None) -> Any:
    """An update of the search: all classes, where they are other ones than before.

    New choices, even equal ones, would undo how far a visitor has narrowed them down by typing.
    """
    if before is not None and before.labels == analysis.labels:
        return gr.update(value=None)
    return gr.update(choices=class_choices(analysis), value=None)


def build_source(
    backend: Backend, visit: Visit, header: Header, uploads: Uploads
) -> Callable[[Sequence[Lens], gr.HTML], None]:
    """Build the column.

    Returns:
        A function to call with all lenses and the Live canvas once they are built: it lets a
        picture, an example, a frozen frame or other weights start an analysis, and a click on
        an answer choose a class.
    """
    pictures = read_examples()
    # Gradio keeps files in folders named by content; examples must outlive a visit.
    shipped = {hash_file(example.path) for example in pictures}

    # What each visitor was answered last: the inputs of a handler are read before its turn.
    last: WeakValueDictionary[str, Analysis] = WeakValueDictionary()
    turns = Turns()

    def answer(
        request: gr.Request,
        open_picture: Callable[[], Image.Image],
        checkpoint_id: str | None,
        explained: int | None = None,
        asked: float | None = None,
    ) -> dict[Any, Any]:
        """Analyze what `open_picture` gives; DemoError if it cannot be had.

        The best class is explained unless another one is named. Empty if the visitor has asked
        for something else by then.
        """
        # None: a quick visitor, whose page has not been told yet which weights there are.
        checkpoint = backend.catalogue.get(checkpoint_id or backend.start)
        analysis = backend.engine.analyze(checkpoint, open_picture())
        if asked is not None and turns.outdated(asked):
            return {}
        before = last.get(str(request.session_hash))
        last[str(request.session_hash)] = analysis
        chosen = analysis.top(1)[0].index if explained is None else explained
        return {
            visit.analysis: analysis,
            visit.answered: secrets.token_hex(8),
            visit.chosen: chosen,
            bars: _answers(backend, analysis, chosen),
            said: "",
            search: class_search(analysis, before),
            header.watcher: header.wake(checkpoint_id),
        }

    def forget(request: gr.Request) -> dict[Any, Any]:
        if last.pop(str(request.session_hash), None) is None:
            return {said: gr.skip()}  # it may say why a first picture could not be read
        forgotten = {visit.analysis: None, visit.answered: secrets.token_hex(8), visit.chosen: 0}
        # An earlier answer may have put its picture there after this one was taken away.
        return forgotten | {bars: None, said: "", search: None, picture: None}

    def answer_upload(
        asked: float, upload: Upload | None, checkpoint_id: str | None, request: gr.Request
    ) -> dict[Any, Any]:
        if isinstance(upload, bytes | Shown):  # what was put there with its answers, below
            return {said: gr.skip()}
        if upload is not None and upload.parent.name not in shipped:
            uploads.note(request.session_hash, upload)
        answers: dict[Any, Any] = answer_given(asked, upload, checkpoint_id, request)
        return answers

    @turns.taking_newest
    def answer_given(
        asked: float, upload: Path | None, checkpoint_id: str | None, request: gr.Request
    ) -> dict[Any, Any]:
        if upload is None:
            return forget(request)
        try:
            answers = answer(request, lambda: open_upload(upload), checkpoint_id, asked=asked)
        except DemoError as error:
            # The last good picture comes back beside its answers, which stayed.
            before = last.get(str(request.session_hash))
            return {said: sentence(str(error)), picture: before.image if before else None}
        if not answers:
            return {said: gr.skip()}
        # Also where it is there already: the answers to an earlier one may have come meanwhile.
        shown = upload.suffix.lower() in SHOWN_BY_BROWSERS
        return answers | {picture: Shown(upload) if shown else answers[visit.analysis].image}

    @turns.taking_newest
    def answer_example(
        asked: float, checkpoint_id: str | None, event: gr.SelectData, request: gr.Request
    ) -> dict[Any, Any]:
        path = pictures[event.index].path
        try:
            answers = answer(request, lambda: open_upload(path), checkpoint_id, asked=asked)
        except DemoError as error:
            return {said: sentence(str(error))}
        return answers | {picture: Shown(path)} if answers else {said: gr.skip()}

    @turns.taking_newest
    def answer_frozen(
        asked: float, checkpoint_id: str | None, event: gr.EventData, request: gr.Request
    ) -> dict[Any, Any]:
        """The camera was stopped at a moment: it becomes the picture."""
        try:
            answers = answer(request, lambda: frozen_picture(event), checkpoint_id, asked=asked)
        except DemoError as error:
            return {said: sentence(str(error))}
        return answers | {picture: answers[visit.analysis].image} if answers else {said: gr.skip()}

    @turns.taking
    def answer_again(checkpoint_id: str | None, chosen: int, request: gr.Request) -> dict[Any, Any]:
        """Other weights look at the same picture. After an operation the class stays."""
        before = last.get(str(request.session_hash))
        if before is None:
            return {said: gr.skip()}  # it may tell of a first picture that could not be read
        if before.checkpoint.id == checkpoint_id:
            return {said: ""}
        try:
            same = base_id(before.checkpoint.id) == base_id(checkpoint_id or "")
            return answer(request, lambda: before.image, checkpoint_id, chosen if same else None)
        except DemoError as error:
            return {said: sentence(str(error))}

    def choose(analysis: Analysis | None, chosen: int | None) -> Any:
        """(chosen, bars) for a class index, if there is such a class."""
        if analysis is None or chosen is None or not 0 <= chosen < len(analysis.labels):
            return gr.skip(), gr.skip()
        return chosen, _answers(backend, analysis, chosen)

    def judge(analysis: Analysis | None, chosen: int) -> Any:
        """The bars, after "none of these" was set anew."""
        return gr.skip() if analysis is None else _answers(backend, analysis, chosen)

    def choose_clicked(analysis: Analysis | None, event: gr.SelectData) -> Any:
        return *choose(analysis, event.index), None

    picture = Picture(
        label=say("picture"),
        sources=["upload", "webcam", "clipboard"],
        webcam_options=gr.WebcamOptions(mirror=False),  # it would mirror what is analyzed
        type="filepath",
        image_mode=None,
        height=260,
        buttons=["fullscreen"],
        elem_id="picture",
    )
    said = gr.HTML("", elem_id="said", elem_classes="said-box")
    bars = prediction_bars(elem_id="answers")
    search = gr.Dropdown(
        [],
        label=say("search"),
        info=say("search_help"),
        filterable=True,
        elem_id="search",
    )
    gallery = build_examples(pictures)
    asked = gr.Number(0, visible=False)

    newest: dict[str, Any] = QUIET | {"trigger_mode": "always_last"}
    answering: dict[str, Any] = newest | {
        "outputs": [
            visit.analysis,
            visit.answered,
            visit.chosen,
            bars,
            said,
            search,
            picture,
            header.watcher,
        ],
        "show_progress": "minimal",
        "show_progress_on": [bars],
        "concurrency_limit": None,
    }
    clicked: dict[str, Any] = {"trigger_mode": EVERY_CLICK}
    weights = header.checkpoint

    def connect(lenses: Sequence[Lens], live: gr.HTML) -> None:
        """Let lenses show every new analysis and every newly chosen class."""
        canvases = [lens.canvas for lens in lenses if lens.canvas is not None]
        for canvas in canvases:  # first, so that it waits for no request
            bars.select(None, [bars, canvas], canvas, js=CHOOSE_JS, **newest)
        given = answering | {"js": ASKED_JS}
        picture.change(answer_upload, [asked, picture, weights], **given | clicked)
        gallery.select(answer_example, [asked, weights], **given | clicked)
        weights.change(answer_again, [weights, visit.chosen], **answering)
        live.submit(answer_frozen, [asked, weights], **given | clicked)
        visit.judged.change(judge, [visit.analysis, visit.chosen], bars, **newest)
        picked = bars.select(
            choose_clicked, visit.analysis, [visit.chosen, bars, search], **QUIET | clicked
        )
        typed = search.input(choose, [visit.analysis, search], [visit.chosen, bars], **newest)
        shown = follow(lenses, showing, [visit.answered.change])
        chosen = follow(lenses, choosing, [picked.success, typed.success])
        # A class that was clicked before a canvas was shown, or found by typing.
        repainted = [(lens, lens.repainted) for lens in lenses if lens.repainted is not None]
        late = [*shown, *chosen, *repainted, *((lens, typed) for lens in lenses)]
        for lens, event in late:
            if lens.canvas is not None:
                event.success(None, [bars, lens.canvas], lens.canvas, js=CHOOSE_JS, **newest)

    return connect
