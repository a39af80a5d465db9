"""Single pictures in a row (p50, p95) and as many as fit at once, on the CPU or on a GPU.

The peer is PyTorch as tutorials use it, float32 and eager, on the same device in the same run.
"""

import time
from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torchvision.models import ResNet

from rn18demo.bench.analysis import Bench, prepare
from rn18demo.bench.rows import NO_BOUND, Fact, Row, divide
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import spread
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.base import Normalise, joined, pixels_of
from rn18demo.core.transform import InputTransform
from rn18demo.training.features import FeatureReader

SINGLES_IN_A_TURN = 20
"""Pictures that one side answers in a row before the other has its turn."""
TOGETHER = {"cpu": (8, 32), "cuda": (16, 64, 256)}
"""Sizes of the batches, by device."""
TOP = 5


def rows(settings: Settings) -> list[Row]:
    """Both sides start from decoded pictures and end with numbers on the CPU."""
    bench = prepare(settings)
    # As PyTorch has it where nobody says otherwise, which speeds up the peer on newer GPUs.
    torch.backends.cudnn.allow_tf32 = True
    sizes = TOGETHER[bench.engine.device.type]
    return [
        single_row(bench, settings.rounds),
        *(engine_row(bench, settings.rounds, size) for size in sizes),
        *(feature_row(bench, settings.rounds, size) for size in sizes),
    ]


def single_row(bench: Bench, rounds: int) -> Row:
    """One picture after another: what a visitor waits for."""
    network = bench.engine.network(bench.checkpoint)
    transform, device = bench.checkpoint.transform, bench.engine.device

    @torch.inference_mode()
    def theirs() -> None:
        batch = transform.tensor(bench.image)[None].to(device)
        network(batch).softmax(1).topk(TOP).indices.cpu()

    times = calls_in_turns({"theirs": theirs, "ours": bench.everything}, rounds, SINGLES_IN_A_TURN)
    return divide(
        f"torch eager fp32, top-5 alone / analyze() with all maps and five stages "
        f"({words(bench)}), 1 picture",
        NO_BOUND,
        spread(times["theirs"]),
        spread(times["ours"]),
        percentiles("torch eager", times["theirs"]) | percentiles("analyze", times["ours"]),
    )


def engine_row(bench: Bench, rounds: int, size: int) -> Row:
    """Many pictures at once with all that the lenses need; the peer gives logits alone."""
    pixels = joined(squares(bench, size))
    runtime = bench.engine.runtime(bench.checkpoint)
    network = bench.engine.network(bench.checkpoint)
    peer = eager(network, bench.checkpoint.transform, bench.engine.device)
    times = calls_in_turns(
        {"theirs": lambda: peer(pixels), "ours": lambda: runtime.run(pixels)}, rounds, 1
    )
    # A GPU keeps the others until somebody reads them; most answers need only these.
    given = "last stage, the others left there" if bench.on_gpu else "five stages"
    what = f"engine ({words(bench)}), logits and {given} / torch eager fp32, logits alone"
    return rate_row(what, size, times)


def feature_row(bench: Bench, rounds: int, size: int) -> Row:
    """Many pictures at once with what a lesson needs of each: 512 numbers."""
    pictures = [bench.checkpoint.transform.picture(image) for image in photographs(size)]
    network = bench.engine.network(bench.checkpoint)
    reader = FeatureReader(network, bench.checkpoint.transform, bench.engine.device)
    peer = eager(network, bench.checkpoint.transform, bench.engine.device)
    times = calls_in_turns(
        {
            "theirs": lambda: peer(joined([pixels_of(picture) for picture in pictures])),
            "ours": lambda: reader(pictures),
        },
        rounds,
        1,
    )
    return rate_row("features for Teach / torch eager fp32, logits", size, times)


def rate_row(what: str, size: int, times: dict[str, list[float]]) -> Row:
    """Pictures a second of both sides; the second one of `what` is theirs."""
    ours, theirs = ([size * 1000 / ms for ms in times[name]] for name in ("ours", "theirs"))
    return divide(
        f"{what}, {size} pictures at once",
        NO_BOUND,
        spread(ours, "pictures/s"),
        spread(theirs, "pictures/s"),
    )


def eager(
    network: ResNet, transform: InputTransform, device: torch.device
) -> Callable[[torch.Tensor], object]:
    """PyTorch as tutorials use it, from (N, side, side, 3) uint8 on the CPU to logits there."""
    normalise = Normalise(transform, device)

    @torch.inference_mode()
    def run(pixels: torch.Tensor) -> torch.Tensor:
        return network(normalise(pixels.to(device))).cpu()

    return run


def squares(bench: Bench, size: int) -> list[torch.Tensor]:
    """As many of the engine's inputs, (side, side, 3) uint8."""
    transform = bench.checkpoint.transform
    return [pixels_of(transform.picture(image)) for image in photographs(size)]


def photographs(size: int) -> list[Image.Image]:
    """The example photographs, over and over."""
    found = [read_image(example.path) for example in read_examples()]
    return [found[number % len(found)] for number in range(size)]


def calls_in_turns(
    sides: dict[str, Callable[[], object]], rounds: int, calls: int
) -> dict[str, list[float]]:
    """Milliseconds of every call; each side has a turn to warm up, which does not count."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            for _ in range(calls):
                start = time.perf_counter()
                run()
                if number:
                    times[name].append((time.perf_counter() - start) * 1000)
    return times


def percentiles(name: str, times: Sequence[float]) -> dict[str, Fact]:
    """The middle of the times, and what one in twenty takes longer than."""
    ordered = sorted(times)
    return {
        f"{name} p{percent}, ms": round(ordered[int(len(ordered) * percent / 100)], 3)
        for percent in (50, 95)
    }


def words(bench: Bench) -> str:
    """What computes."""
    return f"{bench.engine.device_name}: {bench.engine.runtime_name(bench.checkpoint)}"
