"""A refusal of an endpoint on a page that calls it: no markup of anybody's is executed."""

from collections.abc import Callable, Iterator

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from rn18demo.errors import DemoError
from rn18demo.ui.feedback import as_api_errors

MARKUP = "<img src=x onerror=\"document.title='broken'\">"


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a page with a button that is refused, and one whose error is shown."""

    def refuse() -> str:
        with as_api_errors():
            raise DemoError(MARKUP)

    def fail() -> str:
        raise gr.Error("to be seen", print_exception=False)

    with gr.Blocks(title="whole") as demo:
        said = gr.Textbox(elem_id="said")
        gr.Button("Ask").click(refuse, None, said)
        gr.Button("Fail").click(fail, None, said)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()


def test_its_words_are_not_shown_as_html(refusing: str, open_page: Callable[..., Page]) -> None:
    page = open_page(refusing)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#said")).to_contain_text("Error")
    page.get_by_role("button", name="Fail").click()  # a message comes a moment after its error
    expect(page.get_by_test_id("toast-text")).to_have_text("to be seen")
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(page).to_have_title("whole")
