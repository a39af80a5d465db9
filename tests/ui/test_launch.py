"""Opening the page: what is said where it cannot be opened."""

import socket

import gradio as gr
import pytest

from rn18demo.ui.launch import MOST_WAITING, is_free, open_page, page_script


def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not is_free(None, port)
        with gr.Blocks() as page, pytest.raises(SystemExit, match=f"port {port}.*--port"):
            open_page(page, None, port, share=False, https=False)
    assert is_free(None, port)


def test_the_words_of_a_refused_camera_are_in_the_script() -> None:
    assert "WORDS" not in page_script()
    assert "does not lend the camera" in page_script()


def test_events_may_wait_where_a_gpu_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    launched: list[gr.Blocks] = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda page, **how: launched.append(page))
    with gr.Blocks() as page:
        gr.Textbox()
    assert page._queue.max_size == 1, "what Gradio does by itself"
    open_page(page, None, None, share=False, https=False)
    assert launched == [page] and page._queue.max_size == MOST_WAITING
