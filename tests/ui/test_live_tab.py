"""How many frames are let in, and by which threads they are opened."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import gradio as gr
import pytest
import torch
from anyio import to_thread

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.lenses import Lenses
from rn18demo.errors import RequestError
from rn18demo.ui.header import build_header
from rn18demo.ui.live_tab import build_live_tab
from rn18demo.ui.session import Backend
from rn18demo.ui.waiting_room import WaitingRoom
from tests.coroutines import run_apart

SECONDS = 20
NO_FRAME = "There is no frame"


def looking(seats: int) -> Callable[[object], Coroutine[Any, Any, dict[str, Any]]]:
    """What a page calls for each frame."""
    engine = Engine(torch.device("cpu"), "torch")
    backend = Backend(Catalogue(), engine, Lenses(engine), "starter")
    with gr.Blocks():
        canvas = build_live_tab(backend, build_header(backend), seats=seats)
    return canvas.look


def test_a_full_room_turns_away_and_is_free_again() -> None:
    room = WaitingRoom(2)
    with room.seat():
        with room.seat(), pytest.raises(RequestError, match="Too many"), room.seat():
            pass
        with pytest.raises(ValueError, match="inside"), room.seat():
            raise ValueError("inside")
        with room.seat():
            pass


def test_a_frame_too_many_gets_a_sentence() -> None:
    answer = run_apart(looking(seats=0)({}))
    assert answer["error"].startswith("Too many cameras")


def test_frames_need_none_of_the_threads_of_those_who_click() -> None:
    look = looking(seats=1)

    async def crowded() -> list[dict[str, Any]]:
        threads = to_thread.current_default_thread_limiter()
        for _ in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(object())
        with anyio.fail_after(SECONDS):
            return [await look({}) for _ in range(3)]

    answers = run_apart(crowded())
    assert all(answer["error"].startswith(NO_FRAME) for answer in answers)
