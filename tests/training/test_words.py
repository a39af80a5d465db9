"""Numbers as people read them: one rule for sentences and tiles."""

import pytest

from rn18demo.training.words import percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0004, "below 0.1 %"),
        (0.001, "0.1 %"),
        (0.05, "5 %"),
        (0.053, "5.3 %"),
        (0.0996, "10 %"),
        (0.643, "64 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_in_per_cent(share: float, text: str) -> None:
    assert percent(share) == text
