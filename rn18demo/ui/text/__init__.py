"""Every word of the page, by key, so that a second language is one more file."""

from rn18demo.ui.text.en import ENGLISH


def say(key: str, **values: object) -> str:
    """The sentence of that key, with its gaps filled in."""
    return ENGLISH[key].format(**values)
