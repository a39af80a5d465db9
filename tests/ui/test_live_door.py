"""What the running app answers to frames, good and hostile, sent past its page."""

import base64
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image

SECONDS = 60


def jpeg(size: tuple[int, int] = (256, 256)) -> bytes:
    buffer = io.BytesIO()
    read_image(read_examples()[0].path).resize(size).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def look(app_url: str) -> Callable[..., Any]:
    """Send a payload as a page does: `look(payload)`."""
    parts = httpx.get(f"{app_url}/config", timeout=SECONDS).json()["components"]
    (number,) = [part["id"] for part in parts if part["props"].get("elem_id") == "live"]

    def send(payload: Any) -> Any:
        body = {
            "data": payload,
            "component_id": number,
            "fn_name": "look",
            "session_hash": "a",
        }
        answer = httpx.post(f"{app_url}/gradio_api/component_server", json=body, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json()

    return send


def framed(data: bytes, **parts: Any) -> dict[str, Any]:
    return {"frame": base64.b64encode(data).decode()} | parts


def test_a_frame_is_answered(look: Callable[..., Any]) -> None:
    answer = look(framed(jpeg(), checkpoint="starter", pinned=7, strip=[-1] * 5))
    assert answer["checkpoint"] == "starter"
    ranked = [line["probability"] for line in answer["predictions"][:10]]
    assert ranked == sorted(ranked, reverse=True) and 0 < sum(ranked) <= 1.0001
    assert 7 in answer["maps"]["indices"]
    assert len(answer["strip"]) == 5
    assert 0 < answer["milliseconds"]["network"] <= answer["milliseconds"]["server"]


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        "frame",
        {"frame": "not base64!"},
        framed(b""),
        framed(b"%PDF-1.7"),
        framed(jpeg()[:500]),
        framed(jpeg((2000, 64))),
        framed(bytes(300_000)),
        framed(jpeg(), checkpoint="../../etc/passwd"),
        framed(jpeg(), checkpoint="ft-unknown"),
        framed(jpeg(), pinned=10**6),
        framed(jpeg(), strip=[1, 2]),
    ],
    ids=lambda payload: str(payload)[:40],
)
def test_what_cannot_be_answered_gets_a_sentence(look: Callable[..., Any], payload: Any) -> None:
    answer = look(payload)
    assert set(answer) == {"error"}
    assert answer["error"].endswith(".") and len(answer["error"]) < 300
    assert "predictions" in look(framed(jpeg())), "the next frame is not answered any more"


def test_many_visitors_are_answered_at_once(look: Callable[..., Any]) -> None:
    frame = framed(jpeg())
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: look(frame | {"viewer": f"viewer-{n}"}), range(36)))
    first = answers[0]["predictions"][0]
    for answer in answers:
        best = answer["predictions"][0]
        assert best["index"] == first["index"]
        assert best["probability"] == pytest.approx(first["probability"], abs=0.02)
