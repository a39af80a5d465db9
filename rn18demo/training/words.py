"""Numbers as people read them."""


def percent(share: float) -> str:
    """A share of 0 to 1: "64 %", or "0.4 %" where a whole number would say nothing."""
    if 0 < share < 0.01:
        return f"{share * 100:.1f} %" if share >= 0.001 else "less than 0.1 %"
    return f"{share * 100:.0f} %"
