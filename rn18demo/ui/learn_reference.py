"""The reference and the list of mistakes: counted from the model, or with their source."""

import html
from collections.abc import Iterable, Sequence

import gradio as gr

from rn18demo.core.claims import CANDIDATES, count
from rn18demo.core.reference import PAPER_ERRORS, architecture
from rn18demo.core.stages import STAGES
from rn18demo.ui.learn_facts import learn_facts
from rn18demo.ui.text import say
from rn18demo.ui.text.en_glossary import GLOSSARY_ENGLISH

MISTAKES = 11
NUMERIC = "number"


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], css: str = "", last: str = ""
) -> str:
    """An HTML table whose first column heads the lines; it scrolls by itself where narrow.

    Args:
        caption: Its name.
        head: Of the columns.
        rows: Escaped here.
        css: Classes.
        last: A class of the last line.
    """
    lines = list(rows)
    heads = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in head)
    body = ""
    for place, (first, *rest) in enumerate(lines, 1):
        cells = "".join(
            f"<td data-head='{html.escape(name, quote=True)}'>{html.escape(value)}</td>"
            for name, value in zip(head[1:], rest, strict=True)
        )
        mark = f" class='{last}'" if last and place == len(lines) else ""
        body += f"<tr{mark}><th scope='row'>{html.escape(first)}</th>{cells}</tr>"
    return (
        f"<div class='learn-scroll'><table class='learn-table {css}'>"
        f"<caption>{html.escape(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def architecture_table() -> str:
    """Every layer with its shape, weights and work."""
    network = architecture()
    head = ("layer", "shape", "parameters", "share", "macs", "field")
    rows = [
        (
            layer.name,
            layer.shape,
            f"{layer.parameters:,}",
            f"{100 * layer.parameters / network.parameters:.1f} %",
            f"{layer.macs / 1e6:,.1f}",
            f"{layer.receptive_field}" if layer.receptive_field else say("field_all"),
        )
        for layer in network.layers
    ]
    total = (say("total"), "", f"{network.parameters:,}", "100 %", f"{network.macs / 1e6:,.1f}", "")
    columns = [say(f"col_{name}") for name in head]
    return table(say("architecture_table"), columns, [*rows, total], NUMERIC, "total")


def paper_table() -> str:
    """He et al.'s errors with and without shortcuts."""
    columns = [say(f"col_{name}") for name in ("depth", "plain", "residual", "gain")]
    rows = [
        (f"{e.depth}", f"{e.plain:.2f}", f"{e.residual:.2f}", f"{e.plain - e.residual:.2f}")
        for e in PAPER_ERRORS
    ]
    return table(say("paper_numbers"), columns, rows, NUMERIC)


def versions_words() -> str:
    """v1 and v1.5 of ResNet-50, counted."""
    by_id = {candidate.id: candidate for candidate in CANDIDATES}
    old, new = count(by_id["resnet50_v1"]), count(by_id["resnet50"])
    return say(
        "versions_words",
        parameters=f"{new.parameters:,}",
        v1=f"{old.macs / 1e9:.2f}",
        v15=f"{new.macs / 1e9:.2f}",
        more=f"{100 * (new.macs / old.macs - 1):.1f} %",
    )


def build_reference() -> None:
    """Build the page of numbers."""
    facts = learn_facts()
    gr.Markdown(say("reference_intro", **facts), elem_classes="help")
    gr.HTML(architecture_table(), elem_id="architecture-table", apply_default_css=False)
    stages = "\n".join(f"- **{stage.title}**: {stage.words}" for stage in STAGES)
    gr.Markdown(stages, elem_classes="help")
    gr.Markdown(f"### {say('counts')}\n{say('counts_list', **facts)}")
    gr.HTML(paper_table(), elem_id="paper-table", apply_default_css=False)
    gr.Markdown(say("paper_words"), elem_classes="help")
    gr.Markdown(f"### {say('versions')}\n{versions_words()}")


def build_words() -> None:
    """Build the list of words."""
    terms = sorted(GLOSSARY_ENGLISH.values(), key=lambda term: term[0].lower())
    items = "".join(
        f"<dt>{html.escape(word)}</dt><dd>{html.escape(meaning)}</dd>" for word, meaning in terms
    )
    gr.Markdown(say("words_intro"), elem_classes="help")
    gr.HTML(f"<dl class='words'>{items}</dl>", elem_id="words", apply_default_css=False)


def mistakes_table() -> str:
    """What circulates, what is right, and where to see it."""
    facts = learn_facts()
    rows = [
        [say(f"{part}_{number}", **facts) for part in ("wrong", "right", "shown")]
        for number in range(1, MISTAKES + 1)
    ]
    head = [say(f"mistake_{part}") for part in ("wrong", "right", "shown")]
    return table(say("mistakes"), head, rows, "mistakes")


def build_mistakes() -> None:
    """Build the list of mistakes."""
    gr.Markdown(say("mistakes_intro"), elem_classes="help")
    gr.HTML(mistakes_table(), elem_id="mistakes", apply_default_css=False)
