"""PyTorch as tutorials run it over the engine, and over each runtime that works here."""

import sys

import torch
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.bench.machine import describe_machine
from rn18demo.bench.rows import NO_BOUND, SINGLE, Row, compare
from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.base import Runtime, pixels_of
from rn18demo.core.runtimes.folding import fold
from rn18demo.core.runtimes.table import CANDIDATES

BATCHES = (1, 8)
EAGER = "torch eager fp32"


def rows(device: str, rounds: int) -> list[Row]:
    """Both sides start from the picture's square and end with numbers on the CPU.

    Torch's side has the batch normalised beforehand and gives logits only; the engine's side
    normalises, waits for its turn, and gives logits and five stages, of which a GPU keeps four
    until somebody reads them.

    Args:
        device: "auto", "cpu" or "cuda".
        rounds: Timed turns of each side.
    """
    engine = Engine(choose_device(device))
    checkpoint = Catalogue().get(STARTER_ID)
    engine.prepare(checkpoint)
    return [
        *(row for size in BATCHES for row in _engine_rows(engine, checkpoint, size, rounds)),
        *(
            _runtime_row(engine, checkpoint, name, runtime, rounds)
            for name, runtime in working_runtimes(engine, checkpoint).items()
        ),
    ]


def working_runtimes(engine: Engine, checkpoint: Checkpoint) -> dict[str, Runtime]:
    """All runtimes that can be loaded here, by id."""
    folded = fold(engine.network(checkpoint))
    found: dict[str, Runtime] = {}
    for candidate in CANDIDATES:
        if candidate.device == engine.device.type:
            try:
                found[candidate.id] = candidate.build(folded, engine.device, checkpoint.transform)
            except Exception as error:  # as in the app, the others go on
                print(f"{candidate.id} does not work here: {error}", file=sys.stderr)
    return found


def _engine_rows(engine: Engine, checkpoint: Checkpoint, size: int, rounds: int) -> list[Row]:
    transform = checkpoint.transform
    pictures = [read_image(example.path) for example in read_examples()[:size]]
    squares = [transform.picture(picture) for picture in pictures]
    network = engine.network(checkpoint)
    batch = torch.stack([transform.normalise(square) for square in squares]).to(engine.device)

    def ours() -> None:
        for future in [engine.submit(checkpoint, square) for square in squares]:
            future.result()

    def theirs() -> None:
        _eager(network, batch)

    words = engine.runtime_name(checkpoint)
    what = f"{EAGER} / the engine ({words}), {size} picture{'s' * (size > 1)}"
    bound = _bound(engine) if size == 1 else NO_BOUND
    return [
        compare(what, bound, rounds, theirs, ours),
        compare(SINGLE, NO_BOUND, rounds, theirs, ours, calls=1),
    ]


def _runtime_row(
    engine: Engine, checkpoint: Checkpoint, name: str, runtime: Runtime, rounds: int
) -> Row:
    square = checkpoint.transform.picture(read_image(read_examples()[0].path))
    batch = checkpoint.transform.normalise(square)[None].to(engine.device)
    pixels, network = pixels_of(square)[None], engine.network(checkpoint)
    return compare(
        f"{EAGER} / {name} alone ({runtime.words}), 1 picture",
        NO_BOUND,
        rounds,
        lambda: _eager(network, batch),
        lambda: runtime.run(pixels),
    )


@torch.inference_mode()
def _eager(network: ResNet, batch: Tensor) -> None:
    network(batch).cpu()


def _bound(engine: Engine) -> str:
    if engine.device.type != "cpu":
        return NO_BOUND
    return "at least 4" if describe_machine().has_amx else "at least 1.8"
