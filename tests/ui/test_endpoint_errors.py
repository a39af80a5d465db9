"""What a program gets from an endpoint that refuses: a plain sentence, and nothing rounded."""

import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from rn18demo.errors import DemoError, RequestError
from rn18demo.ui.arguments import whole
from rn18demo.ui.feedback import as_api_errors

CAT = handle_file("assets/examples/cat.jpg")
MARKUP = "<img src=x onerror=\"document.title='broken'\"> & 'so on'"


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    return Client(app_url, verbose=False)


@pytest.fixture
def dataset(tmp_path: Path) -> Any:
    """Two classes of one picture."""
    path = tmp_path / "dataset.zip"
    with zipfile.ZipFile(path, "w") as file:
        for label, name in (("animal", "bison"), ("food", "espresso")):
            file.write(f"assets/examples/{name}.jpg", f"{label}/{name}.jpg")
    return handle_file(path)


def refusal(client: Client, *arguments: Any, api_name: str, **named: Any) -> str:
    with pytest.raises(AppError) as caught:
        client.predict(*arguments, api_name=api_name, **named)
    return str(caught.value)


def test_a_sentence_arrives_as_it_was_written(client: Client, tmp_path: Path) -> None:
    said = refusal(client, CAT, "<b>'x'</b>", api_name="/classify")
    assert said.startswith("There is no checkpoint called '<b>'x'</b>'. ")
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/notes.txt", "nothing")
    assert "&" not in refusal(client, handle_file(path), api_name="/fine_tune")


def test_a_page_is_told_to_show_nothing() -> None:
    with pytest.raises(gr.Error) as caught, as_api_errors():
        raise DemoError(MARKUP)
    assert caught.value.message == MARKUP
    assert caught.value.visible is False


def test_an_unknown_checkpoint_is_told_what_answers(client: Client) -> None:
    said = refusal(client, CAT, "nonsense", api_name="/classify")
    assert "auto, imagenet1k-v1 and starter" in said
    assert "the id that fine_tune answered with" in said
    assert "ft-" not in said


@pytest.mark.parametrize(
    ("api_name", "argument"),
    [("classify", "top_k"), ("explain", "class_index"), ("feature_maps", "channels")],
)
@pytest.mark.parametrize("value", [2.7, None, "2"])
def test_a_number_is_not_rounded(client: Client, api_name: str, argument: str, value: Any) -> None:
    said = refusal(client, CAT, api_name=f"/{api_name}", **{argument: value})
    assert said == f"{argument} is a whole number, and {value} is not."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"epochs": 2.7}, "epochs is a whole number, and 2.7 is not."),
        ({"epochs": 0}, "The number of epochs is a whole number from 1 to 100."),
        ({"mirror": "no"}, "Mirroring is switched on or off: true or false."),
        ({"seed": 0.5}, "seed is a whole number, and 0.5 is not."),
        ({"mode": "magic"}, "There is no mode called “magic”. Choose one of automatic and deeper."),
        (
            {"trained": "layer9"},
            "There is no trainable part called “layer9”. "
            "Choose one of head, layer4, layer3-4 and all.",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(
    client: Client, dataset: Any, arguments: dict[str, Any], sentence: str
) -> None:
    assert refusal(client, dataset, api_name="/fine_tune", **arguments) == sentence


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), (-1, -1)])
def test_whole_numbers_are_taken(value: object, number: int) -> None:
    assert whole("top_k", value) == number


@pytest.mark.parametrize("value", [True, float("inf"), float("nan")])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(RequestError, match="top_k"):
        whole("top_k", value)
