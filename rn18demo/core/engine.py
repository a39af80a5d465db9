"""Where a picture is computed."""

import threading
import time
from weakref import WeakKeyDictionary

import torch
from PIL import Image
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.stages import forward_stages
from rn18demo.errors import RequestError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(wish: str = "auto") -> torch.device:
    """The device to compute on.

    Args:
        wish: "auto" takes the GPU when there is one.

    Raises:
        RequestError: "cuda" without a GPU, or an unknown word.
    """
    if wish not in DEVICES:
        raise RequestError(f"There is no device “{wish}”; choose one of {', '.join(DEVICES)}.")
    has_gpu = torch.cuda.is_available()
    if wish == "cuda" and not has_gpu:
        raise RequestError("PyTorch finds no CUDA GPU here; start with --device cpu or auto.")
    return torch.device("cuda" if has_gpu and wish != "cpu" else "cpu")


class Engine:
    """Runs checkpoints on one device, one batch at a time.

    Attributes:
        device: Where.
    """

    def __init__(self, device: torch.device | None = None) -> None:
        self.device = device or choose_device()
        self._networks: WeakKeyDictionary[Checkpoint, ResNet] = WeakKeyDictionary()
        # PyTorch already spreads one forward over all cores: two at once only get in
        # each other's way.
        self._turn = threading.Lock()

    @property
    def device_name(self) -> str:
        """For the page: "CPU", or the name of the GPU."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return "CPU"

    def network(self, checkpoint: Checkpoint) -> ResNet:
        """The checkpoint's network on this device, in eval mode, without gradients."""
        with self._turn:
            return self._network(checkpoint)

    def _network(self, checkpoint: Checkpoint) -> ResNet:
        found = self._networks.get(checkpoint)
        if found is None:
            found = checkpoint.network.to(self.device).eval().requires_grad_(False)
            self._networks[checkpoint] = found
        return found

    def analyze(self, checkpoint: Checkpoint, image: Image.Image) -> Analysis:
        """Bring a picture in, run the network once, and keep all that it says.

        Args:
            checkpoint: Whose answer is wanted.
            image: RGB, from `read_image`.
        """
        start = time.perf_counter()
        square = checkpoint.transform.picture(image)
        batch = checkpoint.transform.normalise(square)[None]
        with self._turn, torch.inference_mode():
            network = self._network(checkpoint)
            begin = time.perf_counter()
            outputs = forward_stages(network, batch.to(self.device))
            # Copying to the CPU waits for the GPU, so the time is the forward's own.
            logits = outputs.logits[0].float().cpu()
            network_seconds = time.perf_counter() - begin
            activations = {name: a[0].float().cpu() for name, a in outputs.activations.items()}
        return Analysis(
            checkpoint=checkpoint,
            image=image,
            square=square,
            logits=logits,
            activations=activations,
            network_milliseconds=network_seconds * 1000,
            milliseconds=(time.perf_counter() - start) * 1000,
            device=self.device_name,
        )
