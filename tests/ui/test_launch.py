"""Opening the page: what is said where it cannot be opened."""

import socket

import gradio as gr
import pytest

from rn18demo.ui.launch import is_free, open_page, page_script


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
