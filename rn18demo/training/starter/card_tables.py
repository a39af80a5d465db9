"""The tables of the starter's model card: each a chapter in Markdown, or nothing.

Each takes what `checkpoint.json` holds.
"""

from collections.abc import Sequence
from typing import Any

CURVE_ROWS = 12
"""Rows of the table of a run's course."""


def _section(title: str, words: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A chapter with a table; nothing without rows."""
    if not rows:
        return ""
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]
    return f"## {title}\n\n{words}\n\n" + "\n".join(lines) + "\n\n"


def curve_table(facts: dict[str, Any]) -> str:
    """Loss and accuracy as the last run went on."""
    log = (facts.get("training") or {}).get("log") or []
    chosen = log[:: max(1, -(-len(log) // CURVE_ROWS))]
    chosen += [row for row in log if "accuracy" in row and row not in chosen]
    rows = [
        (
            f"{row['images']:,}",
            f"{row['side']}",
            f"{row['rate']:.3g}",
            f"{row['loss']:.2f}",
            f"{row['accuracy']:.1%}" if "accuracy" in row else "",
        )
        for row in sorted(chosen, key=lambda row: row["step"])
    ]
    head = ("pictures seen", "side (px)", "rate", "training loss", "right on held-out pictures")
    words = (
        "The last run. The loss is of random crops with smoothed labels, so it does not come near "
        "0."
    )
    return _section("The course of the run", words, head, rows)


def short_runs_table(facts: dict[str, Any]) -> str:
    """Recipes compared by short runs."""
    found = facts.get("short_runs") or {}
    sides = [str(side) for side in found.get("sides", [])]
    rows = [
        (
            run["name"],
            *(f"{run['last'][side]:.1%} / {run['average'][side]:.1%}" for side in sides),
            f"{run['seconds'] / 60:.1f}",
        )
        for run in found.get("runs", [])
    ]
    words = (
        f"Each differs from the first in one setting; from random weights, "
        f"{found.get('epochs', 0):g} passes over the pictures, one seed, on "
        f"{found.get('machine', '')}. Share of the 2,000 held-out pictures answered rightly, at "
        "several sizes: last weights / their moving average. One such share is uncertain by "
        "about 2 points, and what wins a short run need not win a long one."
    )
    head = ("run", *(f"at {side} px" for side in sides), "minutes")
    return _section("Short runs", words, head, rows)


def confused_table(facts: dict[str, Any]) -> str:
    """The commonest mistakes."""
    found = facts.get("confused") or {}
    rows = [
        (pair["class"], pair["answer"], f"{pair['times']} of {pair['of']}")
        for pair in found.get("pairs", [])
    ]
    hardest = ", ".join(f"{one['class']} ({one['right']:.0%})" for one in found.get("hardest", []))
    words = (
        f"On the validation pictures. The classes that it names rightly least often: {hardest}. "
        "The commonest mistakes:"
    )
    head = ("what it was", "what it said", "how often")
    return _section("What it takes for what", words, head, rows)


def corruptions_table(facts: dict[str, Any]) -> str:
    """Accuracy on changed pictures."""
    table = facts.get("corruptions") or []
    ways = list(table[0]["top1"]) if table else []
    rows = [(row["pictures"], *(f"{row['top1'][way]:.1%}" for way in ways)) for row in table]
    number = table[0]["number"] if table else 0
    words = (
        f"Share of {number:,} validation pictures answered rightly, changed in known ways, and "
        "entering as they are or first brought down to fewer pixels (“softened”). They are no "
        "sharp photographs: no change adds detail that 64 pixels do not hold, and a camera's noise "
        "is mostly gone once its picture was scaled down. `python -m rn18demo.bench few-shot "
        "--data DIR --soften N` asks of photographs whether softening helps to learn new classes."
    )
    head = ("pictures", *("as they are" if way == "None" else f"softened to {way}" for way in ways))
    return _section("Corrupted pictures", words, head, rows)
