"""Where and how a picture is computed: the one door to the network for every lens."""

import logging
import os
import threading
import time
from collections.abc import Hashable
from concurrent.futures import Future
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.batching import Batcher
from rn18demo.core.calibration import Memory
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.computing import Computed, Computer
from rn18demo.core.download import default_cache
from rn18demo.core.runtimes.base import Candidate, Runtime, pixels_of
from rn18demo.core.runtimes.chooser import Chooser
from rn18demo.core.runtimes.table import AUTO, CANDIDATES, RUNTIMES, choose_runtime
from rn18demo.errors import RequestError

__all__ = ["DEVICES", "RUNTIMES", "Computed", "Engine", "choose_device"]

log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda")
MEMORY_FILE = "runtimes.json"
"""In the app's cache folder: which runtime was fastest on this machine."""


def gpu_is_lent() -> bool:
    """Whether the host lends a GPU only for the length of a call (ZeroGPU of Hugging Face).

    The program itself then has none, although PyTorch is made to say so.
    """
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in {"1", "t", "true"}


def choose_device(wish: str = "auto") -> torch.device:
    """The device to compute on.

    Args:
        wish: "auto" takes the GPU when there is one.

    Raises:
        RequestError: "cuda" without a GPU that computes, or an unknown word.
    """
    if wish not in DEVICES:
        raise RequestError(f"There is no device “{wish}”; choose one of {', '.join(DEVICES)}.")
    if wish == "cpu" or (wish == "auto" and gpu_is_lent()):
        return torch.device("cpu")
    trouble = _gpu_trouble()
    if trouble and wish == "cuda":
        raise RequestError(f"{trouble} Start with --device cpu or auto.")
    if trouble and torch.cuda.is_available():
        log.warning("%s The CPU computes instead.", trouble)
    return torch.device("cpu" if trouble else "cuda")


def _gpu_trouble() -> str:
    """Why nothing can be computed on a GPU here, or nothing."""
    if gpu_is_lent() or not torch.cuda.is_available():
        return "PyTorch finds no CUDA GPU here."
    try:
        (torch.zeros(1, device="cuda") + 1).item()
    except RuntimeError as error:  # such as a card that this PyTorch was not built for
        return f"PyTorch cannot compute on this GPU ({str(error).splitlines()[0]})."
    return ""


class Engine:
    """Runs checkpoints on one device, for everybody who asks.

    A checkpoint is answered by PyTorch at first. Meanwhile the fastest runtime of this machine
    that agrees with PyTorch is loaded in the background, and takes over when it is ready.
    Requests that arrive together are computed together.

    Args:
        device: Where; chosen if None.
        runtime: One of RUNTIMES. "auto" asks the environment variable RN18DEMO_RUNTIME, and
            takes what is fastest here if that is not set.
        memory: File that remembers what is fastest here; in the app's cache folder if None.
        candidates: The runtimes that there are.

    Raises:
        RequestError: There is no such runtime, or not for this device.

    Attributes:
        device: Where.
    """

    def __init__(
        self,
        device: torch.device | None = None,
        runtime: str = AUTO,
        memory: Path | None = None,
        candidates: tuple[Candidate, ...] = CANDIDATES,
    ) -> None:
        self.device = device or choose_device()
        if self.device.type == "cuda":
            # Convolutions in float32 as on a CPU, not with the 10 bits of TF32: the reference that
            # half precision is held to must be exact, and nothing fast here computes in float32.
            torch.backends.cudnn.allow_tf32 = False
        wish = choose_runtime(runtime, self.device, candidates)
        kept = Memory(memory or default_cache() / MEMORY_FILE)
        turn = threading.Lock()
        chooser = Chooser(self.device, wish, candidates, kept, turn)
        self._computer = Computer(self.device, chooser, turn)
        self._batcher: Batcher[Checkpoint, Tensor, Computed] = Batcher(
            self._computer.compute, self._computer.batch_size
        )

    @property
    def device_name(self) -> str:
        """For the page: "CPU", or the name of the GPU."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return "CPU"

    def runtime(self, checkpoint: Checkpoint) -> Runtime:
        """What computes this checkpoint now, for measurements; requests go through `submit`."""
        return self._computer.runtime(checkpoint)

    def runtime_name(self, checkpoint: Checkpoint) -> str:
        """For the page: what computes this checkpoint now, such as "OpenVINO, bf16"."""
        return self.runtime(checkpoint).words

    def preparing(self, checkpoint: Checkpoint) -> bool:
        """Whether a faster runtime of this checkpoint is being made in the background."""
        return self._computer.preparing(checkpoint)

    def network(self, checkpoint: Checkpoint) -> ResNet:
        """The checkpoint's float32 network on this device, in eval mode, without gradients."""
        return self._computer.network(checkpoint)

    def prepare(self, checkpoint: Checkpoint) -> None:
        """Load the fastest runtime for a checkpoint and wait until it is ready.

        Nobody needs to call it: the first request has the same done in the background.
        """
        self._computer.prepare(checkpoint)

    def submit(
        self,
        checkpoint: Checkpoint,
        square: Image.Image,
        client: Hashable | None = None,
        here: bool = False,
    ) -> Future[Computed]:
        """Ask for one forward; the answer comes when its turn does.

        Args:
            checkpoint: Whose answer is wanted.
            square: What its `transform.picture` made.
            client: Who asks. A later request of the same client replaces one that still waits,
                whose future is then cancelled. Each request of None is its own client.
            here: Whether the calling thread has nothing better to do than to compute it. It does
                so where nobody waits and the runtime is as fast there; the future is then done.

        Returns:
            Cancelled while it waits, it is never computed.

        Raises:
            ValueError: The picture is not the square that the checkpoint wants.
        """
        side = checkpoint.transform.crop
        if square.size != (side, side):
            raise ValueError(f"expected {side} x {side} pixels, not {square.size}")
        here = here and self._computer.any_thread(checkpoint)
        return self._batcher.submit(checkpoint, pixels_of(square), client, here)

    def analyze(self, checkpoint: Checkpoint, image: Image.Image) -> Analysis:
        """Bring a picture in, run the network once, and keep all that it says.

        Args:
            checkpoint: Whose answer is wanted.
            image: RGB, from `read_image`.
        """
        start = time.perf_counter()
        square = checkpoint.transform.picture(image)
        computed = self.submit(checkpoint, square, here=True).result()
        return Analysis(
            checkpoint=checkpoint,
            image=image,
            square=square,
            logits=computed.logits,
            activations=computed.activations,
            network_milliseconds=computed.network_milliseconds,
            milliseconds=(time.perf_counter() - start) * 1000,
            device=self.device_name,
        )
