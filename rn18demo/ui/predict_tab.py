"""The Predict lens: numbers behind the answer."""

import html
from typing import Any

import gradio as gr

from rn18demo.core.analysis import Analysis
from rn18demo.core.predictions import entropy_share
from rn18demo.core.transform import InputTransform
from rn18demo.training.words import percent
from rn18demo.ui.picture import Picture
from rn18demo.ui.session import Lens, Visit
from rn18demo.ui.text import say

FIVE = 5
"""With so few classes all of them are among the best five, and a top-5 accuracy says nothing."""


def describe_transform(transform: InputTransform, cropped: bool) -> str:
    """How a picture enters, in a sentence; `cropped` says whether its border is cut off."""
    how = say("input_crop" if cropped else "input_square", resize=transform.resize)
    if transform.soften:
        how += say("input_soften", soften=transform.soften)
    return say("input_help", side=transform.crop, how=how)


def facts_table(analysis: Analysis) -> str:
    """What answered and how long it took, as an HTML table."""
    rest = analysis.milliseconds - analysis.network_milliseconds
    rows = [
        (say("fact_checkpoint"), analysis.checkpoint.title, ""),
        (say("fact_device"), analysis.device, ""),
        (say("fact_network"), say("milliseconds", value=analysis.network_milliseconds), ""),
        (say("fact_rest"), say("milliseconds", value=rest), say("fact_rest_help")),
        (
            say("fact_undecided"),
            percent(entropy_share(analysis.logits)),
            say("fact_undecided_help"),
        ),
    ]
    accuracy = analysis.checkpoint.accuracy
    if accuracy is not None:
        words = say(
            "accuracy" if len(analysis.labels) > FIVE else "accuracy_first",
            top1=f"{100 * accuracy.top1:.1f} %",
            top5=f"{100 * accuracy.top5:.1f} %",
            pictures=f"{accuracy.pictures:,}",
        )
        rows.append((say("fact_accuracy"), words, accuracy.dataset))
    cells = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}"
        f"<small>{html.escape(help_)}</small></td></tr>"
        for name, value, help_ in rows
    )
    return f"<table class='facts'><caption>{html.escape(say('facts'))}</caption>{cells}</table>"


def class_sentence(analysis: Analysis, index: int) -> str:
    """What the network thinks of one class."""
    found = analysis.prediction(index)
    return say(
        "search_result",
        label=found.label,
        rank=found.rank,
        classes=f"{len(analysis.labels):,}",
        probability=percent(found.probability),
    )


def build_predict_tab(visit: Visit) -> Lens:
    """Build the tab."""

    def choose(analysis: Analysis | None, chosen: int) -> Any:
        if analysis is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        return gr.skip(), gr.skip(), gr.skip(), class_sentence(analysis, chosen)

    def show(analysis: Analysis | None, chosen: int) -> Any:
        if analysis is None:
            return None, "", "", say("predict_empty")
        how = describe_transform(analysis.checkpoint.transform, analysis.cropped)
        return analysis.square, how, facts_table(analysis), class_sentence(analysis, chosen)

    gr.Markdown(say("predict_intro"), elem_classes="intro")
    with gr.Row():
        with gr.Column(min_width=240, scale=2):
            result = gr.Markdown(say("predict_empty"), elem_id="chosen-class")
            facts = gr.HTML(elem_id="facts", apply_default_css=False)
        with gr.Column(min_width=224, scale=1):
            square = Picture(
                label=say("input"),
                type="filepath",
                interactive=False,
                height=290,
                buttons=["download", "fullscreen"],
                elem_id="network-input",
            )
            how = gr.Markdown(elem_classes="help")
    inputs = [visit.analysis, visit.chosen]
    return Lens(show, choose, inputs, [square, how, facts, result], behind=show)
