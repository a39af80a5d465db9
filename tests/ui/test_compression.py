"""The page and its scripts are made and packed once, and browsers keep the scripts."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from rn18demo.ui import compression
from rn18demo.ui.compression import FOREVER, KeptAnswers
from tests.coroutines import run_apart

CODE = "let one = 1;\n" * 100
Client = Callable[..., Any]


@pytest.fixture
def asked() -> list[str]:
    """What was asked of the server behind."""
    return []


@pytest.fixture
def get(asked: list[str]) -> Client:
    def answer(request: Request) -> Response:
        asked.append(request.url.path)
        if "missing" in request.url.path:
            return PlainTextResponse("nothing", status_code=404)
        way = request.headers["accept-encoding"]
        return PlainTextResponse(f"{CODE}// {way}", headers={"etag": '"1"'})

    app = Starlette(routes=[Route("/{rest:path}", answer)])
    client = TestClient(KeptAnswers(app))
    return lambda path, **headers: client.get(path, headers={"accept-encoding": ""} | headers)


def test_a_script_is_asked_for_once(get: Client, asked: list[str]) -> None:
    first, second = get("/assets/a.js"), get("/assets/a.js")
    assert asked == ["/assets/a.js"]
    assert first.text == second.text == f"{CODE}// "
    assert first.headers == second.headers
    assert first.headers["cache-control"] == FOREVER
    assert int(first.headers["content-length"]) == len(first.content)


def test_each_packing_is_kept_on_its_own(get: Client, asked: list[str]) -> None:
    ways = ["gzip, deflate, br, zstd", "gzip", "gzip;q=1", "identity", "br"]
    texts = [get("/assets/a.js", **{"accept-encoding": way}).text for way in ways]
    assert len(asked) == 3
    assert texts[0] == texts[4] and texts[1] == texts[2]
    assert len(set(texts)) == 3


@pytest.mark.parametrize("path", ["/theme.css", "/gradio_api/file=a.js", "/a/assets/a.js"])
def test_nothing_else_is_kept(get: Client, asked: list[str], path: str) -> None:
    for _ in range(2):
        assert "cache-control" not in get(path).headers
    assert len(asked) == 2


@pytest.mark.parametrize("header", ["range", "if-none-match", "if-modified-since"])
def test_whoever_wants_a_part_or_has_it_is_answered_by_the_server(
    get: Client, asked: list[str], header: str
) -> None:
    get("/assets/a.js")
    get("/assets/a.js", **{header: "x"})
    assert len(asked) == 2


@pytest.mark.parametrize("path", ["/assets/%2E/a.js", "/assets/b/%2E%2E/a.js", "/assets//a.js"])
def test_other_names_of_a_script_take_no_memory(get: Client, asked: list[str], path: str) -> None:
    for _ in range(2):
        assert "cache-control" not in get(path).headers
    assert len(asked) == 2


def test_what_is_missing_may_come_later(get: Client, asked: list[str]) -> None:
    for _ in range(2):
        answer = get("/assets/missing.js")
        assert (answer.status_code, answer.text) == (404, "nothing")
        assert "cache-control" not in answer.headers
    assert len(asked) == 2


def test_memory_has_a_limit(get: Client, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "KEPT_BYTES", 2 * len(CODE))
    for name in ("a", "b", "a", "b"):
        assert get(f"/assets/{name}.js").text.startswith(CODE)
    assert asked == ["/assets/a.js", "/assets/b.js", "/assets/b.js"]


@pytest.mark.parametrize("path", ["/", "/config"])
def test_the_page_is_made_once_for_an_address(get: Client, asked: list[str], path: str) -> None:
    first, second = get(path), get(path)
    assert asked == [path]
    assert first.text == second.text and "cache-control" not in first.headers
    others: list[dict[str, str]] = [
        {"host": "192.168.1.7:7860"},
        {"x-forwarded-host": "a.hf.space"},
        {"x-forwarded-host": "a.hf.space", "x-forwarded-proto": "https"},
        {"x-gradio-server": "https://elsewhere.example"},
    ]
    for _ in range(2):
        for headers in others:
            get(path, **headers)
    assert len(asked) == 1 + len(others)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/?__theme=dark", {}),
        ("/config?deep_link=x", {}),
        ("/", {"cookie": "a=b"}),
        ("/", {"authorization": "Bearer x"}),
    ],
)
def test_a_page_for_one_visitor_is_not_kept(
    get: Client, asked: list[str], path: str, headers: dict[str, str]
) -> None:
    get("/")
    for _ in range(2):
        get(path, **headers)
    assert len(asked) == 3


def test_who_unpacks_no_gzip_gets_no_gzip(get: Client, asked: list[str]) -> None:
    texts = [get("/", **{"accept-encoding": way}).text for way in ("br, gzip", "br", "gzip", "br")]
    assert len(asked) == 2
    assert texts[0] == texts[2] and texts[1] == texts[3] and texts[0] != texts[1]


def test_thirty_who_come_at_once_wait_for_one_page() -> None:
    made: list[str] = []

    async def answer(request: Request) -> Response:
        made.append(request.url.path)
        await asyncio.sleep(0.05)
        return PlainTextResponse("page")

    async def come() -> list[httpx.Response]:
        transport = httpx.ASGITransport(KeptAnswers(Starlette(routes=[Route("/", answer)])))
        async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
            return await asyncio.gather(*[client.get("/") for _ in range(30)])

    assert {one.text for one in run_apart(come())} == {"page"}
    assert len(made) == 1


def test_only_so_many_addresses_are_remembered(get: Client, asked: list[str]) -> None:
    hosts = [f"10.0.0.{number}" for number in range(compression.KEPT_PAGES + 1)]
    for host in (*hosts, hosts[-1], hosts[0]):
        get("/", host=host)
    assert len(asked) == len(hosts) + 1


def test_the_app_gives_its_page_this_way(app_url: str) -> None:
    headers = {"host": "class.example:7860"}
    first, second = (httpx.get(app_url, headers=headers) for _ in range(2))
    assert first.content == second.content and "class.example:7860" in first.text
    assert "class.example" not in httpx.get(app_url).text


def test_the_app_gives_its_scripts_this_way(app_url: str) -> None:
    page = httpx.get(app_url).text
    script = page.partition('src="./assets/')[2].partition('"')[0]
    answers = [httpx.get(f"{app_url}/assets/{script}") for _ in range(2)]
    assert [one.headers["cache-control"] for one in answers] == [FOREVER] * 2
    assert answers[0].content == answers[1].content and len(answers[0].content) > 10_000

    def from_page(origin: str) -> tuple[dict[str, str], int]:
        headers = {"Origin": origin, "Accept-Encoding": "br"}
        with httpx.stream("GET", answers[0].url, headers=headers) as answer:
            size = sum(map(len, answer.iter_raw()))
        return {name: value for name, value in answer.headers.items() if name != "date"}, size

    first, other = from_page(app_url), from_page("http://localhost:1")
    for _ in range(5):  # what stands before it adds to each answer, and not to what is kept
        assert from_page(app_url) == first
        assert from_page("http://localhost:1") == other
    assert first[0]["content-encoding"] == "br"
    assert int(first[0]["content-length"]) == first[1] < len(answers[0].content)
