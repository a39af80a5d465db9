"""Numbers as people read them, and what people typed."""

import html


def percent(share: float) -> str:
    """A share of 0 to 1: "64 %", or "0.4 %" where a whole number would say nothing."""
    if 0 < share < 0.01:
        return f"{share * 100:.1f} %" if share >= 0.001 else "less than 0.1 %"
    return f"{share * 100:.0f} %"


def plain(text: str) -> str:
    """Text that people typed, so that it is only text in markdown too."""
    one_line = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{sign}" if sign in "\\`*_[]|#~" else sign for sign in one_line)
