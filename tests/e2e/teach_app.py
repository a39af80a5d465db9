"""A small page with the Teach cards alone, which says what it hears of them."""

from pathlib import Path

import gradio as gr

from rn18demo.ui.teach_cards import build_teach_cards
from rn18demo.ui.teach_projects import Projects

AS_WIDE_AS_THE_APP = "width: 1000px; max-width: calc(100vw - 120px)"
"""Gradio's page is as wide as its widest part."""


def build(projects: Projects) -> gr.Blocks:
    """The page; `heard` counts classes and pictures, `drop first` changes them from Python."""

    def hear(token: str) -> str:
        notebook = projects.get(token)
        if notebook is None:
            return "nothing"
        return " ".join(f"{card.name}:{len(card.shots)}" for card in notebook.classes)

    def drop_first(token: str) -> dict[str, int]:
        notebook = projects.get(token)
        assert notebook is not None
        notebook.remove_shots([notebook.classes[0].shots[0].id])
        return {"revision": notebook.revision}

    with gr.Blocks() as demo:
        gr.HTML(f"<hr style='{AS_WIDE_AS_THE_APP}'>")
        cards = build_teach_cards(projects)
        heard = gr.Textbox(label="heard", elem_id="heard")
        cards.changed(hear, cards.token, heard, show_progress="hidden")
        gr.Button("drop first").click(drop_first, cards.token, cards.canvas)
    return demo


def projects_in(folder: Path) -> Projects:
    """Kept as the app keeps them, but saved at once."""
    return Projects(folder, save_after=0.1)
