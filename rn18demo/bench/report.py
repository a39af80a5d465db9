"""The result as text for a person, as a table for the README, or as JSON for a program."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rn18demo.bench.machine import Machine
from rn18demo.bench.rows import NO_BOUND, Row

HEADING = "| What | Ratio | Bound | Measured |\n|---|---|---|---|"


def as_text(machine: Machine, rows: Sequence[Row]) -> str:
    """Everything, and at the end a line for each row that the README can take as it is."""
    lines = [str(machine), "median (quartiles) of turns, the sides one after another", ""]
    for row in rows:
        lines += [f"{_ratio(row):>8}  {row.what}", f"          {_bound(row)}"]
        lines.append(f"          {row.upper} / {row.lower}")
        if row.failures:
            lines.append(f"          {row.failures} answers were errors")
        lines += [f"          {name}: {value}" for name, value in row.facts.items()]
    lines += ["", HEADING, *(readme_line(row) for row in rows)]
    return "\n".join(lines)


def readme_line(row: Row) -> str:
    """A row of the README's table."""
    what = row.what.replace("|", "\\|")
    return f"| {what} | {_ratio(row)} | {_bound(row)} | {row.upper} / {row.lower} |"


def as_json(machine: Machine, rows: Sequence[Row]) -> str:
    """The same for programs; a ratio that is no finite number is null."""
    found: list[dict[str, Any]] = []
    for row in rows:
        values = asdict(row) | {"verdict": row.verdict, "readme": readme_line(row)}
        values["ratio"] = row.ratio if math.isfinite(row.ratio) else None
        found.append(values)
    return json.dumps({"machine": asdict(machine), "rows": found}, indent=2, allow_nan=False)


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f}" if row.ratio < 10 else f"{row.ratio:.1f}"


def _bound(row: Row) -> str:
    return NO_BOUND if row.bound == NO_BOUND else f"{row.bound}: {row.verdict}"
