"""The peer: a webcam classifier written as the Gradio guide "Streaming inputs" shows it.

`python -m rn18demo.bench.guide_app` runs it. What is the guide's: `gr.Image` with the webcam,
its `stream` event with `time_limit=30, stream_every=0.1, concurrency_limit=30`, a plain
function from picture to result. Where the guide leaves a choice, the one that is better for
the peer is taken:

- it answers with a `gr.Label` of the five best classes and paints no map, which would cost the
  server a picture to draw, encode and send for every frame;
- it takes the frame as PIL, without the detour through an array, and scales it down in one step;
- it runs the same weights in inference mode.

With `--map` it shows what ours does: the map of the best class over the picture, made as tutorials
make it, with the grad-cam package. Its one forward also gives the answer.
"""

import argparse
from collections.abc import Callable

import gradio as gr
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from rn18demo.core.checkpoints import STARTER_ID, Catalogue
from rn18demo.core.engine import DEVICES, choose_device

TIME_LIMIT = 30
STREAM_EVERY = 0.1
CONCURRENCY_LIMIT = 30
BEST = 5

Shares = dict[str, float]
Answer = Shares | tuple[Shares, Image.Image | None]
Classify = Callable[[Image.Image | None], Answer]


class Classifier:
    """The function of the page: plain PyTorch, as tutorials write it."""

    def __init__(self, device: torch.device) -> None:
        checkpoint = Catalogue().get(STARTER_ID)
        self.device = device
        self.labels = checkpoint.labels
        self.transform = checkpoint.transform
        self.network = checkpoint.network.to(device).eval()

    @torch.inference_mode()
    def classify(self, frame: Image.Image | None) -> Shares:
        """The probabilities of the best classes."""
        if frame is None:
            return {}
        batch = self.transform.tensor(frame.convert("RGB"))[None].to(self.device)
        return self.best(self.network(batch)[0])

    def best(self, logits: Tensor) -> Shares:
        """The best classes, from (C,) logits."""
        best = logits.softmax(0).cpu().topk(BEST)
        return {
            self.labels[index]: value
            for value, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        }


class Explainer(Classifier):
    """The same with a map, for one viewer: the package's hooks keep what one forward left there."""

    def __init__(self, device: torch.device) -> None:
        from pytorch_grad_cam import GradCAM

        super().__init__(device)
        self.cam = GradCAM(self.network, [self.network.layer4[-1]])

    def explain(self, frame: Image.Image | None) -> tuple[Shares, Image.Image | None]:
        """The best classes, and the picture that the network received under the first one's map."""
        from pytorch_grad_cam.utils.image import show_cam_on_image

        if frame is None:
            return {}, None
        square = self.transform.picture(frame.convert("RGB"))
        batch = self.transform.normalise(square)[None].to(self.device)
        (heat,) = self.cam(batch.requires_grad_(), None)  # no targets: the best class
        painted = show_cam_on_image(np.asarray(square, np.float32) / 255, heat, use_rgb=True)
        return self.best(self.cam.outputs[0].detach()), Image.fromarray(painted)


def build_guide_app(
    classify: Classify,
    camera: tuple[int, int] | None = None,
    time_limit: int = TIME_LIMIT,
    with_map: bool = False,
) -> gr.Blocks:
    """The page.

    Args:
        classify: The probabilities of the best classes in a frame, by label; with a map, that
            and a picture.
        camera: Width and height to ask of the camera, in pixels; None is Gradio's default,
            1920 x 1440.
        time_limit: Seconds of computing after which a stream ends and the page joins again.
        with_map: Whether there is a picture in the answer.
    """
    options = gr.WebcamOptions()
    if camera is not None:
        width, height = camera
        options = gr.WebcamOptions(constraints={"video": {"width": width, "height": height}})
    with gr.Blocks(title="The guide's app") as demo, gr.Row():
        with gr.Column():
            frame = gr.Image(
                label="Input",
                sources=["webcam"],
                type="pil",
                webcam_options=options,
                elem_id="camera",
            )
        with gr.Column():
            answer: list[gr.Label | gr.Image] = [gr.Label(label="Answer", elem_id="answer")]
            if with_map:
                answer.append(gr.Image(label="Where it looked", elem_id="map"))
        frame.stream(
            classify,
            frame,
            answer,
            time_limit=time_limit,
            stream_every=STREAM_EVERY,
            concurrency_limit=CONCURRENCY_LIMIT,
        )
    return demo


def read_size(text: str) -> tuple[int, int]:
    """`320x240` -> (320, 240); ValueError if it is not of this form."""
    width, _, height = text.partition("x")
    return int(width), int(height)


def main() -> None:
    """Serve it."""
    parser = argparse.ArgumentParser(prog="python -m rn18demo.bench.guide_app")
    parser.add_argument("--port", type=int)
    parser.add_argument("--camera", type=read_size, metavar="WIDTHxHEIGHT")
    parser.add_argument("--map", action="store_true", help="show the grad-cam package's map, too")
    parser.add_argument("--device", default="auto", choices=DEVICES)
    options = parser.parse_args()
    device = choose_device(options.device)
    answer = Explainer(device).explain if options.map else Classifier(device).classify
    demo = build_guide_app(answer, options.camera, with_map=options.map)
    demo.launch(server_port=options.port)


if __name__ == "__main__":
    main()
