"""The map canvas: numbers from the server, painted by the browser over a picture.

How the three painting components (this one, `channel_grid`, `prediction_bars`) work. Each is
a `gr.HTML` made of a template, a style and a script from `assets/canvas`. The template has no
part that depends on the value, so its elements live as long as the component; the script runs
once, when the component is mounted, and then watches `value`.

- Python updates it by returning a value as an output: `return map_value(...)`, or None for the
  empty state. Such events are `QUIET`: Gradio's overlay would dim the canvas.
- The browser alone changes the class: `bars.select(None, [bars, canvas], canvas, js=CHOOSE_JS)`
  runs no Python and sends no request. The value returned by `js` becomes the canvas's value, so
  it also reaches a canvas in a tab that was never opened. The event's data are not handed to
  `js`; the index is read from the bars' own value, which is set before the event is sent.
- Python learns what was clicked from `def f(event: gr.SelectData)`: `event.index` is the class
  (or channel) index, `event.value` the label (or caption). An event may have both kinds of
  listener; the one with `js` answers at once.
- Give events whose data Python reads `trigger_mode=EVERY_CLICK`.
- Do not list a canvas among the `inputs` of a Python handler: its whole value would go up again.

They are functions and no subclasses, because Gradio writes a .pyi file beside the source of
every subclass of a component.
"""

import html
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Literal

import gradio as gr

from rn18demo.assets import ASSETS
from rn18demo.ui.text.en_canvas import CANVAS_ENGLISH
from rn18demo.ui.text.en_inside import ARCHITECTURE_ENGLISH
from rn18demo.ui.text.en_inside_panels import PAINTED_PANELS_ENGLISH
from rn18demo.ui.text.en_lesson import CONFUSION_ENGLISH
from rn18demo.ui.text.en_live import LIVE_ENGLISH
from rn18demo.ui.text.en_teach import TEACH_ENGLISH

CANVAS_ASSETS = ASSETS / "canvas"
TEXTS = CANVAS_ENGLISH | LIVE_ENGLISH | CONFUSION_ENGLISH | TEACH_ENGLISH | ARCHITECTURE_ENGLISH
TEXTS |= PAINTED_PANELS_ENGLISH

WORDS, PAINT = "words.js", "paint.js"
"""What all scripts need, and what those need that paint maps."""
_SAID = re.compile(r"\b(?:texts|TEXTS)\.(\w+)")
_COMMENTS = re.compile(r"^ *//.*\n", re.MULTILINE)

EVERY_CLICK: Literal["multiple"] = "multiple"
"""Trigger mode of an event whose data are read. With "once", Gradio drops a click that comes
while the one before is being answered; with "always_last" it sends the data of the first again.
Such events are answered one at a time (Gradio's usual limit, or see `turns`), so the last has the
last word."""
CHOOSE_JS = """(bars, map) => {
  if (!bars || !map || !map.maps) return map;
  const { indices, count } = map.maps;
  const has = indices ? indices.includes(bars.chosen) : bars.chosen < count;
  return has ? { ...map, chosen: bars.chosen } : map;
}"""
"""`js` of an event with inputs (bars, canvas) and output canvas: shows the map of the class
chosen in the bars if the canvas has it, and otherwise leaves the canvas as it is."""


@cache
def script(*names: str) -> str:
    """Files of `assets/canvas` as one script, with the constants that they need before them.

    Each of the page's 17 components has a script of its own, and all of them travel: lines of
    comments stay here, and so do texts that nobody says.
    """
    code = "\n".join((CANVAS_ASSETS / name).read_text(encoding="utf-8") for name in names)
    code = _COMMENTS.sub("", code)
    constants: dict[str, Any] = {
        "TEXTS": {name: TEXTS[name] for name in sorted(set(_SAID.findall(code)))}
    }
    if PAINT in names:
        colours = (CANVAS_ASSETS / "colour_maps.json").read_text(encoding="utf-8")
        constants["COLOUR_MAPS"] = json.loads(colours)
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    return "\n".join([*lines, code])


@cache
def template(name: str) -> str:
    """A file of `assets/canvas` with its texts filled in, safe inside HTML and templates."""

    def text(match: re.Match[str]) -> str:
        return html.escape(TEXTS[match[1]]).replace("{", "&#123;")

    file = (CANVAS_ASSETS / f"{name}.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{texts\.(\w+)\}\}", text, file)


def painted(
    name: str,
    scripts: tuple[str, ...],
    value: dict[str, Any] | None,
    *,
    styles: tuple[str, ...] = (),
    memory: str = "",
    elem_id: str | None = None,
    limits: dict[str, float] | None = None,
    view: str = "over",
    server_functions: Sequence[Callable[..., Any]] = (),
) -> gr.HTML:
    """A component made of files in `assets/canvas`.

    Texts are part of the template and the script, not props: an update that reaches the
    component in a tab that was never opened would drop those.

    Args:
        name: Of its .html and .css.
        scripts: Its script, in parts; words.js comes before them.
        value: What it shows at first.
        styles: Style sheets that it shares with others; its own comes after them.
        memory: Reaches the script as the constant MEMORY.
        elem_id: Id of the element in the page.
        limits: Reaches the script as the constant LIMITS.
        view: Reaches the script as the constant VIEW.
        server_functions: What the script may call as `server.<name>(payload)`.
    """
    constants = {"MEMORY": memory, "LIMITS": limits or {}, "VIEW": view}
    lines = [f"const {key} = {json.dumps(constant)};" for key, constant in constants.items()]
    sheets = [CANVAS_ASSETS / sheet for sheet in (*styles, f"{name}.css")]
    return gr.HTML(
        value=value,
        html_template=template(name),
        css_template="\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets),
        js_on_load="\n".join([*lines, script(WORDS, *scripts)]),
        apply_default_css=False,
        elem_id=elem_id,
        server_functions=list(server_functions),
    )


def map_canvas(
    value: dict[str, Any] | None = None,
    *,
    memory: str = "map",
    view: str = "over",
    elem_id: str | None = None,
) -> gr.HTML:
    """A canvas that paints maps over a picture, with a toolbar of its own.

    Args:
        value: From `rn18demo.core.wire.map_value`; None shows a placeholder.
        memory: The visitor's opacity, colours and view are remembered under this name;
            canvases of one name share them.
        view: How it is looked at before the visitor chooses: over, split, raw or side.
        elem_id: Id of the element in the page.
    """
    scripts = (PAINT, "map_scene.js", "map_draw.js", "map_controls.js")
    return painted(
        "map_canvas",
        scripts,
        value,
        styles=("toolbar.css",),
        memory=memory,
        elem_id=elem_id,
        view=view,
    )
