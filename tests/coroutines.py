"""Coroutines in tests whose own thread may have a loop already: Playwright's, for the browser."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

R = TypeVar("R")


def run_apart(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run it to its end on a thread and a loop of its own."""
    with ThreadPoolExecutor(1) as own_thread:
        return own_thread.submit(asyncio.run, coroutine).result()


def answer_of(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function answers, at once or when it is awaited."""
    if inspect.iscoroutinefunction(function):
        return run_apart(function(*arguments))
    return function(*arguments)
