"""Numbers as people read them, and what people typed."""

import html


def percent(share: float) -> str:
    """A share of 0 to 1: "64 %", "5.3 %" where a whole number says too little, "below 0.1 %"."""
    if 0 < share < 0.001:
        return "below 0.1 %"
    text = f"{share * 100:.0f}" if share >= 0.0995 else f"{share * 100:.1f}"
    return text.removesuffix(".0") + " %"


def plain(text: str) -> str:
    """Text that people typed, so that it is only text in markdown too."""
    one_line = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"\\{sign}" if sign in "\\`*_[]|#~" else sign for sign in one_line)
