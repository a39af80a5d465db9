"""Many clients at once, each on its own connections, and what they got to see.

They run in this process and the server in another: neither holds the other's lock.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from rn18demo.errors import BenchError

WARM_UP_SECONDS = 4.0
"""Clients arrive and servers get up to speed before anything is counted."""
PATIENCE_SECONDS = 30.0
"""A request without an answer for so long is an error."""


@dataclass(frozen=True)
class Answer:
    """One result as it reached its client.

    Attributes:
        at: When, in seconds of `time.perf_counter`.
        age: Seconds since its frame was captured; None if it cannot be told which frame it is.
    """

    at: float
    age: float | None


@dataclass
class Notebook:
    """What one client writes down."""

    answers: list[Answer] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)

    def answer(self, captured: float | None) -> None:
        """Note an answer that is here now, to a frame captured then."""
        now = time.perf_counter()
        self.answers.append(Answer(now, None if captured is None else now - captured))

    def error(self, sentence: str) -> None:
        """Note what went wrong just now."""
        self.errors.append((time.perf_counter(), sentence))


@dataclass(frozen=True)
class Tally:
    """What a crowd got in the time that counts.

    Attributes:
        seconds: Length of that time.
        answers: By client, how many.
        ages: Of all answers whose frame is known, in milliseconds, sorted.
        errors: Sentences.
    """

    seconds: float
    answers: tuple[int, ...]
    ages: tuple[float, ...]
    errors: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Answers a second, of all clients together."""
        return sum(self.answers) / self.seconds

    def age(self, percent: float) -> float | None:
        """A percentile of the ages, in milliseconds; None if there are none."""
        if not self.ages:
            return None
        return self.ages[min(len(self.ages) - 1, int(len(self.ages) * percent / 100))]


@dataclass(frozen=True)
class Page:
    """An opened page, as its scripts know it.

    Attributes:
        client: The connections.
        api: Address that the routes begin with.
        config: What the server said about the page.
        session: Its random name.
    """

    client: httpx.AsyncClient
    api: str
    config: dict[str, Any]
    session: str

    def component(self, elem_id: str) -> int:
        """The number of the component with this id in the page.

        Raises:
            BenchError: There is none.
        """
        for component in self.config["components"]:
            if component["props"].get("elem_id") == elem_id:
                return int(component["id"])
        raise BenchError(f"The page has no component #{elem_id}.")


Client = Callable[[Page, Notebook], Awaitable[None]]
"""Behaves as one browser does, until it is cancelled."""


async def open_page(client: httpx.AsyncClient, url: str) -> Page:
    """Ask for what a browser asks for first."""
    answer = await client.get(f"{url}/config")
    answer.raise_for_status()
    config = answer.json()
    return Page(client, f"{url}{config['api_prefix']}", config, secrets.token_hex(8))


def connections() -> httpx.AsyncClient:
    """As many as are wanted, straight to the server."""
    return httpx.AsyncClient(
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        timeout=PATIENCE_SECONDS,
        trust_env=False,
    )


async def gather_crowd(
    url: str,
    client: Client,
    number: int,
    seconds: float,
    warm_up: float = WARM_UP_SECONDS,
) -> Tally:
    """Let clients come, all within the warm-up, and count for a while.

    Args:
        url: The page.
        client: How each of them behaves.
        number: How many come.
        seconds: Time that counts, after the warm-up.
        warm_up: Seconds before it; all have come after a quarter of them.
    """
    notebooks = [Notebook() for _ in range(number)]
    async with connections() as shared:
        first = await open_page(shared, url)
        tasks = []
        begin = time.perf_counter() + warm_up
        for notebook in notebooks:
            page = Page(shared, first.api, first.config, secrets.token_hex(8))
            tasks.append(asyncio.create_task(_behave(client, page, notebook)))
            await asyncio.sleep(warm_up / 4 / number)
        await asyncio.sleep(max(0, begin + seconds - time.perf_counter()))
        end = time.perf_counter()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return count(notebooks, begin, end)


def count(notebooks: Sequence[Notebook], begin: float, end: float) -> Tally:
    """Add up what fell between two times."""
    counted = [[a for a in book.answers if begin <= a.at < end] for book in notebooks]
    ages = [answer.age * 1000 for book in counted for answer in book if answer.age is not None]
    errors = [text for book in notebooks for at, text in book.errors if begin <= at < end]
    return Tally(end - begin, tuple(map(len, counted)), tuple(sorted(ages)), tuple(errors))


async def _behave(client: Client, page: Page, notebook: Notebook) -> None:
    heart = asyncio.create_task(_heartbeat(page))
    try:
        await client(page, notebook)
    except httpx.HTTPError as error:
        notebook.error(f"{type(error).__name__}: {error}")
    finally:
        heart.cancel()


async def _heartbeat(page: Page) -> None:
    """The connection by which Gradio knows that a page is still open, where it wants one."""
    if not page.config.get("connect_heartbeat"):
        return
    address = f"{page.api}/heartbeat/{page.session}"
    with suppress(httpx.HTTPError):
        async with page.client.stream("GET", address, timeout=None) as answer:
            async for _ in answer.aiter_bytes():
                pass
