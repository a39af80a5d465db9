"""An engine on the CPU, one on the GPU, and pictures for both."""

from collections.abc import Iterator

import pytest
import torch
from PIL import Image

from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    return [read_image(example.path) for example in read_examples()]


def fresh() -> Checkpoint:
    """One of its own for each engine: an engine moves the network to its device."""
    return Catalogue().get(STARTER_ID)


@pytest.fixture(scope="module")
def on_cpu() -> tuple[Engine, Checkpoint]:
    return Engine(CPU, "torch"), fresh()


@pytest.fixture(scope="module")
def on_gpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Checkpoint]]:
    engine = Engine(CUDA, memory=tmp_path_factory.mktemp("gpu") / "runtimes.json")
    checkpoint = fresh()
    engine.prepare(checkpoint)
    yield engine, checkpoint
