"""What a lesson taught, in words and a table."""

import html

from rn18demo.core.checkpoints import Checkpoint
from rn18demo.training.evaluation import Evaluation
from rn18demo.training.lesson import Lesson
from rn18demo.training.words import percent
from rn18demo.ui.text import say


def class_table(evaluation: Evaluation) -> str:
    """Class by class, as an HTML table."""
    heads = ("class_name", "class_pictures", "class_right", "class_answered", "class_interval")
    rows = []
    for row in evaluation.per_class:
        low, high = (percent(end) for end in row.interval)
        numbers = (row.pictures, row.right, row.answered, f"{low} – {high}")
        # Names may run from right to left; the column still begins at one edge.
        cells = (f"<bdi>{html.escape(row.name)}</bdi>", *map(str, numbers))
        rows.append("".join(f"<td>{cell}</td>" for cell in cells))
    head = "".join(f"<th scope='col'>{html.escape(say(name))}</th>" for name in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        "<div class='learn-scroll'><table class='classes'>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def learned_words(lesson: Lesson, held: bool, restored: bool = False) -> str:
    """The result in words, as HTML: names of classes are whatever a visitor typed.

    Args:
        lesson: The result.
        held: Whether some pictures were taken by holding the button.
        restored: Whether it came back with a saved project.
    """
    amp = ""
    if lesson.amp is not None:
        amp = say(
            "result_amp",
            with_=lesson.amp.milliseconds,
            without=lesson.amp.milliseconds_without,
            mb=lesson.amp.megabytes,
            mb_without=lesson.amp.megabytes_without,
        )
    temperature = readable_temperature(lesson.temperature)
    head = say(
        "result_head",
        candidate=lesson.candidate,
        further=say("result_head_further") if lesson.fine_tuned else "",
        temperature=temperature,
        amp=amp,
    )
    measured = lesson.evaluation is not None and lesson.evaluation.answers
    limits = say("result_limits_held" if held else "result_limits") if measured else ""
    origin = f"<p>{html.escape(say('result_saved'))}</p>" if restored else ""
    return (
        f"<p class='result'>{html.escape(lesson.sentence)}</p>{origin}"
        f"<p>{html.escape(limits)}</p><p>{html.escape(say('use_now'))}</p>"
        f"<p class='help'>{html.escape(head)}</p>"
    )


def restored_words(checkpoint: Checkpoint, missing: str = "") -> str:
    """What is still known of a network that came back with its project, as HTML.

    Args:
        checkpoint: The network.
        missing: Why the rest, which was saved as well, is not shown.
    """
    note = checkpoint.note
    result = html.escape(say("result_note", note=note) if note else say("result_unmeasured"))
    lines = [say("result_missing", why=missing)] if missing else []
    lines += [say("result_restored"), say("use_now")]
    return f"<p class='result'>{result}</p>" + "".join(f"<p>{html.escape(x)}</p>" for x in lines)


def readable_temperature(temperature: float) -> str:
    """A temperature in two digits or so, never with an exponent: heads differ widely in scale."""
    if temperature < 0.01:
        return say("temperature_tiny")
    return f"{temperature:,.0f}" if temperature >= 10 else f"{temperature:.2f}"


def threshold_words(lesson: Lesson, share: float) -> str:
    """What "none of these" below a share does, as measured."""
    row = max(
        (row for row in lesson.thresholds.rows if row.probability <= share + 1e-9),
        key=lambda row: row.probability,
    )
    if row.own_rejected is None:
        return say("threshold_unknown")
    own, stands = percent(row.own_rejected), percent(share)
    before = say("threshold_before") if lesson.alone is not None else ""
    if row.foreign_accepted is None:
        return say("threshold_own", probability=stands, own=own) + before
    foreign = percent(row.foreign_accepted)
    return say("threshold_words", probability=stands, own=own, foreign=foreign) + before


def suggestion_words(lesson: Lesson) -> str:
    """Where "none of these" might stand, with what it would do as measured."""
    measured = lesson.thresholds.suggested is not None and lesson.alone is not None
    return lesson.thresholds.sentence + (say("threshold_before") if measured else "")
