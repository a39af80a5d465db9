"""Every word of the page, by key, so that a second language is one more file."""

from rn18demo.ui.text.en import ENGLISH
from rn18demo.ui.text.en_degradation import DEGRADATION_ENGLISH
from rn18demo.ui.text.en_inside import INSIDE_ENGLISH
from rn18demo.ui.text.en_inside_panels import INSIDE_PANELS_ENGLISH
from rn18demo.ui.text.en_learn import LEARN_ENGLISH
from rn18demo.ui.text.en_learn_numbers import CLAIMS_ENGLISH, REFERENCE_ENGLISH
from rn18demo.ui.text.en_lesson import LESSON_ENGLISH

_WORDS = (
    ENGLISH
    | DEGRADATION_ENGLISH
    | INSIDE_ENGLISH
    | LESSON_ENGLISH
    | LEARN_ENGLISH
    | REFERENCE_ENGLISH
    | CLAIMS_ENGLISH
)

_WORDS |= INSIDE_PANELS_ENGLISH


def say(key: str, **values: object) -> str:
    """The sentence of that key, with its gaps filled in."""
    return _WORDS[key].format(**values)
