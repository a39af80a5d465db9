"""What is remembered of a visit: its values, and nothing of what its page shows."""

import datetime
import gc
from collections.abc import Iterator

import gradio as gr
import pytest
from gradio.state_holder import SessionState
from gradio_client import Client

from rn18demo.ui.launch import LAUNCH
from rn18demo.ui.memory import LOOK_SECONDS, LeanSession, LeanSessions

SECRET = "A picture that nobody else may see"


@pytest.fixture
def page() -> Iterator[gr.Blocks]:
    """A page that says what it is told, counts, and is served."""

    def tell(said: str, count: int) -> tuple[str, str, int, int]:
        return said.upper(), said, count + 1, count + 1

    with gr.Blocks() as made:
        said, loud, quiet = gr.Textbox(), gr.Textbox(), gr.Textbox()
        count, number = gr.State(0), gr.Number()
        gr.Button().click(tell, [said, count], [loud, quiet, count, number], api_name="tell")
    life = {"lifespan": LAUNCH["app_kwargs"]["lifespan"]}
    made.launch(prevent_thread_lock=True, quiet=True, app_kwargs=life)
    yield made
    made.close()


def sessions(page: gr.Blocks) -> LeanSessions:
    held = page.app.state_holder
    assert isinstance(held, LeanSessions)
    return held


def holders(secret: str) -> list[object]:
    """All in this program that holds a text."""
    found: list[object] = []
    for one in gc.get_objects():
        parts = one.values() if isinstance(one, dict) else one
        if isinstance(one, dict | list | tuple) and any(
            type(part) is str and part == secret for part in parts
        ):
            found.append(one)
    return found


def test_values_are_kept_for_each_visit_and_what_was_shown_is_not(page: gr.Blocks) -> None:
    one, other = (Client(page.local_url, verbose=False) for _ in range(2))
    secret = SECRET.lower()  # a text of its own, which the compiled test does not hold
    assert one.predict(secret, api_name="/tell") == (secret.upper(), secret, 1)
    assert one.predict(secret, api_name="/tell")[2] == 2
    assert other.predict("else", api_name="/tell")[2] == 1
    held = list(sessions(page).session_data.values())
    assert len(held) == 2
    for session in held:
        assert isinstance(session, LeanSession)
        assert list(session.components) == [] and len(session.config_values) == 0
    assert sorted(next(iter(session.state_data.values())) for session in held) == [1, 2]
    del one
    for _ in range(20):  # a thread may have its last call in mind until it has another one
        other.predict("else", api_name="/tell")
        gc.collect()
        if not holders(secret):
            break
    assert holders(secret) == []


def test_gradio_itself_would_keep_it(page: gr.Blocks) -> None:
    """Or there would be no need of all this."""
    session = SessionState(page)
    assert len(session.config_values) == len(page.blocks)
    first = next(iter(session.config_values))
    session._update_value_in_config(first, SECRET)
    assert session.config_values[first]["props"]["value"] == SECRET


def test_a_visit_that_is_over_is_forgotten(page: gr.Blocks) -> None:
    held = sessions(page)
    (state,) = [block for block in page.blocks.values() if isinstance(block, gr.State)]
    for name in ("open", "left", "left just now"):
        assert held[name][state._id] == 0
    for name in ("left", "left just now"):
        held.session_data[name].is_closed = True
    for name in ("open", "left"):
        held.time_last_used[name] -= datetime.timedelta(seconds=3601)
    held.delete_all_expired_state()
    assert list(held.session_data) == ["open", "left just now"]
    assert set(held.time_last_used) == set(held.session_data)


def test_an_idle_server_rests(page: gr.Blocks) -> None:
    assert page._queue.sleep_when_free == LOOK_SECONDS


def test_the_number_of_visits_has_a_limit(page: gr.Blocks) -> None:
    held = sessions(page)
    assert held.capacity == page.state_session_capacity
    held.capacity = 2
    for name in "abc":
        _ = held[name]
    assert list(held.session_data) == ["b", "c"]
