"""How many frames are let in, and by which threads they are opened."""

import base64
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import replace
from io import BytesIO
from typing import Any

import anyio
import gradio as gr
import pytest
import torch
from anyio import to_thread
from PIL import Image
from torch import Tensor

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Computed, Engine
from rn18demo.core.lenses import Lenses
from rn18demo.core.runtimes.left_on_gpu import LeftOnGpu
from rn18demo.core.stages import LAST, STAGES
from rn18demo.errors import RequestError
from rn18demo.ui.header import build_header
from rn18demo.ui.live_tab import build_live_tab
from rn18demo.ui.session import Backend
from rn18demo.ui.waiting_room import WaitingRoom
from tests.coroutines import run_apart

SECONDS = 20
NO_FRAME = "There is no frame"


def looking(
    seats: int, engine: Engine | None = None
) -> Callable[[object], Coroutine[Any, Any, dict[str, Any]]]:
    """What a page calls for each frame."""
    engine = engine or Engine(torch.device("cpu"), "torch")
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


class _OnGpu(LeftOnGpu):
    """Notes which threads bring it."""

    def __init__(self, activations: Mapping[str, Tensor]) -> None:
        names = [stage.name for stage in STAGES[:-1]]
        numbers = torch.cat([activations[name].flatten() for name in names])
        shapes = {name: tuple(activations[name].shape) for name in names}
        super().__init__({LAST.name: activations[LAST.name]}, numbers, shapes)
        self.threads: list[threading.Thread] = []

    def fetch(self) -> None:
        self.threads.append(threading.current_thread())
        super().fetch()


class _GpuEngine(Engine):
    """As on a GPU: four stages are not here yet."""

    given: list[_OnGpu]

    def submit(self, *arguments: Any, **options: Any) -> Future[Computed]:
        computed = super().submit(*arguments, **options).result()
        left = _OnGpu(computed.activations)
        self.given = [left]
        answered: Future[Computed] = Future()
        answered.set_result(replace(computed, activations=left))
        return answered


@pytest.mark.parametrize("strip", [None, [-1] * len(STAGES)])
def test_stages_come_from_a_gpu_only_for_the_strip_and_by_another_thread(
    strip: list[int] | None,
) -> None:
    engine = _GpuEngine(torch.device("cpu"), "torch")
    frame = BytesIO()
    Image.new("RGB", (64, 64), "orange").save(frame, "JPEG")
    payload = {"frame": base64.b64encode(frame.getvalue()).decode(), "strip": strip}

    async def ask() -> tuple[dict[str, Any], threading.Thread]:
        return await looking(1, engine)(payload), threading.current_thread()

    answer, loop = run_apart(ask())
    assert (answer["strip"] is None) == (strip is None) and len(answer["predictions"]) > 5
    (left,) = engine.given
    assert bool(left.threads) == (strip is not None) and loop not in left.threads
