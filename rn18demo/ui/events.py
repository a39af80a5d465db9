"""How the page's own events are registered; endpoints for other programs are in `api`."""

from typing import Any

QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "show_progress_on": [],
    "api_visibility": "private",
}
"""Of an event that other programs cannot call, and whose progress no component shows.

Hiding progress alone is not enough: Gradio 6.31 would still search the page for every component
that was ever an output of any event, at each of the messages that an event sends (Blocks.svelte,
`update_loading_stati_state`). Of the page's 390 components 110 are; a click on an example searched
19,000 times."""
