"""A host that lends a GPU for a call: stands in for Hugging Face's `spaces` on ZeroGPU.

As there, the wrapped generator runs in another process, and everything goes in and out pickled.
"""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from typing import Any

calls: list[float] = []
"""The seconds that each call asked for."""


def GPU(duration: float) -> Callable[[Any], Any]:  # noqa: N802 - the name is the host's
    def wrap(task: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        where = f"{task.__module__}:{task.__name__}"

        def call(*arguments: Any) -> Iterator[Any]:
            calls.append(duration)
            context = multiprocessing.get_context("spawn")
            results, sender = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(where, pickle.dumps(arguments), sender))
            process.start()
            sender.close()
            try:
                while True:
                    try:
                        yield pickle.loads(results.recv_bytes())
                    except EOFError:
                        return
            finally:
                process.terminate()
                process.join()

        return call

    return wrap


def _serve(where: str, arguments: bytes, sender: Any) -> None:
    import importlib
    import os

    os.environ["SPACES_ZERO_GPU"] = ""  # in the process with the GPU nothing is wrapped again
    module, _, name = where.partition(":")
    for value in getattr(importlib.import_module(module), name)(*pickle.loads(arguments)):
        sender.send_bytes(pickle.dumps(value))
    sender.close()
