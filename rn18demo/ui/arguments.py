"""Numbers that programs send to the public endpoints."""

import gradio as gr

from rn18demo.errors import RequestError


class WholeNumber(gr.Number):
    """A gr.Number that says it wants whole numbers, and does not round what it gets.

    The stock component would make 3 of 2.7 before a handler could refuse it.
    """

    def __init__(self, value: int, label: str) -> None:
        super().__init__(value, precision=0, label=label)

    def get_block_name(self) -> str:
        """The browser's part is the stock one."""
        return "number"

    def preprocess(self, payload: float | None) -> float | None:
        """What was sent, whatever it is."""
        return payload


def whole(name: str, value: object) -> int:
    """A whole number; a program may write 3 as 3.0.

    Args:
        name: Of the argument.
        value: As it was sent.

    Raises:
        RequestError: It is none.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise RequestError(f"{name} is a whole number, and {str(value)[:60]} is not.")
