"""What README.md states in a form that programs can read. Run it with `python3 tests/readme.py`.

Needs only the standard library: .ci/run asks it for the test command before anything is installed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
UNITS = {"KiB": 2**10, "MiB": 2**20, "megapixels": 10**6}
"""Everything else counts as it stands."""


def section(title: str) -> str:
    """The text under a heading, up to the next heading of the same or a higher rank.

    Raises:
        LookupError: There is no such heading.
    """
    text = README.read_text(encoding="utf-8")
    heading = re.search(rf"^(#{{2,}}) {re.escape(title)}\n", text, re.MULTILINE)
    if not heading:
        raise LookupError(f"README.md has no part headed '{title}'.")
    rest = text[heading.end() :]
    return re.split(rf"^#{{2,{len(heading[1])}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def command(title: str) -> str:
    """The first shell command under a heading."""
    return blocks(section(title), "sh")[0].strip()


def rows(text: str) -> Iterator[list[str]]:
    """The cells of the tables' lines, without their headings."""
    for line in re.findall(r"^\|(.+)\|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if "---" not in cells[0] and cells[0] not in {"Name", "What", "Id", "Option"}:
            yield cells


def quantity(text: str) -> float:
    """`128 MiB` -> 134217728."""
    number, _, unit = text.partition(" ")
    return float(number.replace(",", "")) * UNITS.get(unit, 1)


if __name__ == "__main__":
    print(command("Run the tests"))
