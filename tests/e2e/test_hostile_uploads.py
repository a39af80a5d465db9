"""Every kind of bad picture through the running app's endpoints, in both ways of sending."""

import base64
import json
from pathlib import Path

import httpx
import psutil
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from rn18demo.ui.launch import MAX_UPLOAD_BYTES
from tests.core.hostile_pictures import CASES, READ, Case

MEMORY_SLACK = 300e6
"""Bytes that the server may hold more after all cases than after the first answer."""


@pytest.fixture(scope="module")
def client(app_url: str) -> Client:
    return Client(app_url, verbose=False)


def classify_data_url(app_url: str, data: bytes, suffix: str) -> tuple[bool, str]:
    """Send a data URL; True with the answer, or False with the sentence."""
    payload = f"data:image/{suffix.lstrip('.')};base64," + base64.b64encode(data).decode()
    body = {"data": [{"url": payload, "meta": {"_type": "gradio.FileData"}}, "starter", 3]}
    with httpx.Client(base_url=app_url, timeout=120, trust_env=False) as http:
        event = http.post("/gradio_api/call/classify", json=body).raise_for_status().json()
        answer = http.get(f"/gradio_api/call/classify/{event['event_id']}").text
    kind, _, rest = answer.partition("\n")
    content = json.loads(rest.partition("data: ")[2].strip())
    if kind == "event: complete":
        return True, content[0]["predictions"][0]["label"]
    return False, str(content)


def check(case: Case, answered: bool, words: str) -> None:
    assert answered == (case.expected == READ), words
    if not answered:
        assert case.expected in words
        assert "Traceback" not in words
        assert "Error" not in words.split(":")[0]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_as_a_data_url(app_url: str, case: Case) -> None:
    check(case, *classify_data_url(app_url, case.make(), case.suffix))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_as_a_file(client: Client, tmp_path: Path, case: Case) -> None:
    file = tmp_path / f"picture{case.suffix}"
    file.write_bytes(case.make())
    try:
        answer = client.predict(handle_file(file), "starter", 3, api_name="/classify")
    except AppError as error:
        check(case, False, str(error))
    except ValueError as error:
        # The client itself is told the size limit and does not send what is over it.
        assert "exceeds the maximum file size" in str(error)
        assert case.expected != READ
    else:
        check(case, True, answer["predictions"][0]["label"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"checkpoint": "nonsense"}, "no checkpoint called"),
        ({"checkpoint": "../../etc/passwd"}, "no checkpoint called"),
        ({"top_k": 0}, "at least one"),
    ],
)
def test_bad_arguments_get_a_sentence(
    client: Client, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(handle_file("assets/examples/cat.jpg"), api_name="/classify", **arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"stage": "layer9"}, "no stage called"),
        ({"method": "magic"}, "no method called"),
        ({"class_index": 200}, "no class 200"),
        ({"class_index": -2}, "no class -2"),
    ],
)
def test_bad_questions_get_a_sentence(
    client: Client, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(
            handle_file("assets/examples/cat.jpg"),
            checkpoint="starter",
            api_name="/explain",
            **arguments,
        )


def test_no_picture_gets_a_sentence(client: Client) -> None:
    with pytest.raises(AppError, match="no picture"):
        client.predict(None, "starter", 5, api_name="/classify")


def test_a_large_upload_is_turned_away_before_it_is_stored(app_url: str) -> None:
    files = {"files": ("picture.jpg", bytes(MAX_UPLOAD_BYTES + 1), "image/jpeg")}
    answer = httpx.post(f"{app_url}/gradio_api/upload", files=files, timeout=60, trust_env=False)
    assert answer.status_code == 413


def test_the_memory_comes_back(client: Client, app_url: str) -> None:
    server = listening_on(int(app_url.rpartition(":")[2]))
    client.predict(handle_file("assets/examples/cat.jpg"), "starter", 3, api_name="/classify")
    before = server.memory_info().rss
    for case in CASES.values():
        classify_data_url(app_url, case.make(), case.suffix)
    assert server.is_running()
    assert server.memory_info().rss - before < MEMORY_SLACK


def listening_on(port: int) -> psutil.Process:
    """The process that serves a port of this machine."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            return psutil.Process(connection.pid)
    raise LookupError(port)
