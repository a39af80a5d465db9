"""Large pictures are decoded a few at a time, wherever they come from; small ones never wait."""

import threading
from contextlib import ExitStack

import pytest
from PIL import Image

from rn18demo.core.images import DECODERS, SMALL_PIXELS
from rn18demo.errors import PictureError
from rn18demo.training.dataset import make_shot
from tests.core.hostile_pictures import encoded

PATIENCE = 30.0
"""Seconds, on a machine that is busy."""


def reading(data: bytes) -> tuple[threading.Thread, threading.Event]:
    read = threading.Event()

    def work() -> None:
        make_shot(data, "picture")
        read.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, read


def test_a_large_picture_waits_for_a_place_and_a_small_one_does_not() -> None:
    large = Image.new("RGB", (2500, 2000), "teal")
    assert large.width * large.height > SMALL_PIXELS
    with ExitStack() as stack:
        while DECODERS.acquire(blocking=False):
            stack.callback(DECODERS.release)
        waiting, read = reading(encoded(large, "PNG"))
        small, read_small = reading(encoded(large.resize((1600, 1200)), "PNG"))
        assert read_small.wait(PATIENCE)
        assert not read.wait(0.3)
    assert read.wait(PATIENCE)
    for thread in (waiting, small):
        thread.join(PATIENCE)


def test_what_cannot_be_decoded_gives_its_place_back() -> None:
    whole = encoded(Image.effect_noise((2500, 2000), 60), "PNG")
    with pytest.raises(PictureError):
        make_shot(whole[: len(whole) // 2], "half")
    with ExitStack() as stack:
        places = 0
        while DECODERS.acquire(blocking=False):
            stack.callback(DECODERS.release)
            places += 1
    assert places == 2
