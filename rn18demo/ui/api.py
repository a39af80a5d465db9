"""The public endpoints: names, arguments and shapes are a promise to other programs."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component
from PIL import Image

from rn18demo.core.analysis import Analysis
from rn18demo.core.cam_methods import GRAD_CAM
from rn18demo.core.featuremaps import Order, describe_channels
from rn18demo.core.lenses import MapRequest
from rn18demo.core.overlay import channel_grid, grey, overlay
from rn18demo.core.stages import LAST, STAGES, find_stage
from rn18demo.ui.api_teach import CALLERS_AT_ONCE, teaching_endpoint
from rn18demo.ui.arguments import WholeNumber, whole
from rn18demo.ui.feedback import as_api_errors
from rn18demo.ui.picture import Picture, Upload, open_upload
from rn18demo.ui.session import Backend

ENDPOINTS = ("classify", "explain", "feature_maps", "list_checkpoints", "fine_tune")
LARGEST_ANSWER = 1600
"""Longer side of an overlay sent back, in pixels."""


def build_api(backend: Backend) -> None:
    """Register the endpoints on the page that is being built; nothing of it is visible."""

    def analyze(image: Upload | None, checkpoint: str) -> Analysis:
        wanted = backend.start if checkpoint == "auto" else checkpoint
        return backend.engine.analyze(backend.catalogue.get(wanted), open_upload(image))

    def classify(
        image: Upload | None, checkpoint: str = "auto", top_k: float = 5
    ) -> dict[str, Any]:
        """Name what is in a picture.

        Args:
            image: The picture: a file or a data URL.
            checkpoint: Id from list_checkpoints, or "auto".
            top_k: How many of the most probable classes to return.
        """
        with as_api_errors():
            asked = whole("top_k", top_k)
            analysis = analyze(image, checkpoint)
            return {
                "checkpoint": analysis.checkpoint.id,
                "device": analysis.device,
                "milliseconds": round(analysis.milliseconds, 2),
                "predictions": [vars(prediction) for prediction in analysis.top(asked)],
            }

    def explain(
        image: Upload | None,
        class_index: float = -1,
        stage: str = LAST.name,
        method: str = GRAD_CAM,
        checkpoint: str = "auto",
    ) -> tuple[Image.Image, Image.Image, dict[str, Any]]:
        """Show where the network looked for a class.

        Args:
            image: The picture: a file or a data URL.
            class_index: The class to explain; -1 is the most probable one.
            stage: stem, layer1, layer2, layer3 or layer4.
            method: grad-cam, grad-cam++, layer-cam, hires-cam, xgrad-cam, eigen-cam,
                score-cam or ablation-cam.
            checkpoint: Id from list_checkpoints, or "auto".
        """
        with as_api_errors():
            index = whole("class_index", class_index)
            analysis = analyze(image, checkpoint)
            chosen = analysis.top(1)[0] if index == -1 else analysis.prediction(index)
            found = backend.lenses.map(analysis, MapRequest(stage, method, chosen.index))
            small = analysis.image.copy()
            small.thumbnail((LARGEST_ANSWER, LARGEST_ANSWER))
            facts = {
                "checkpoint": analysis.checkpoint.id,
                "class_index": chosen.index,
                "label": chosen.label,
                "probability": chosen.probability,
                "stage": stage,
                "method": method,
            }
            return overlay(small, found, analysis.crop_box), grey(found), facts

    def feature_maps(
        image: Upload | None,
        stage: str = STAGES[1].name,
        channels: float = 16,
        checkpoint: str = "auto",
    ) -> tuple[Image.Image, dict[str, Any]]:
        """Show what the most active channels of a stage made of a picture.

        Args:
            image: The picture: a file or a data URL.
            stage: stem, layer1, layer2, layer3 or layer4.
            channels: How many channels, most active first.
            checkpoint: Id from list_checkpoints, or "auto".
        """
        with as_api_errors():
            found, count = find_stage(stage), whole("channels", channels)
            analysis = analyze(image, checkpoint)
            activation = analysis.activation(stage)
            best = backend.lenses.channels(analysis, stage, count, Order.MEAN, 0)
            numbers = [vars(channel) for channel in describe_channels(activation, best)]
            facts = {"stage": found.name, "shape": list(activation.shape), "channels": numbers}
            return channel_grid(activation[best].numpy()), facts

    def list_checkpoints(request: gr.Request) -> list[dict[str, Any]]:
        """List the weights that can answer, with their measured accuracy."""
        own = [
            {
                "id": checkpoint.id,
                "title": checkpoint.title,
                "classes": len(checkpoint.labels),
                "available": True,
                "reason": "Taught in this session.",
                "accuracy": vars(checkpoint.accuracy) if checkpoint.accuracy else None,
            }
            for checkpoint in backend.taught.of(request.session_hash or "")
        ]
        return own + [
            {
                "id": entry.id,
                "title": entry.title,
                "classes": entry.classes,
                "available": entry.available,
                "reason": entry.reason,
                "accuracy": vars(entry.accuracy) if entry.accuracy else None,
            }
            for entry in backend.catalogue.entries()
        ]

    with gr.Row(visible=False):
        image = Picture(label="image", type="filepath", image_mode=None)
        checkpoint = gr.Textbox("auto", label="checkpoint")
        top_k = WholeNumber(5, "top_k")
        class_index = WholeNumber(-1, "class_index")
        cam_stage = gr.Textbox(LAST.name, label="stage")
        method = gr.Textbox(GRAD_CAM, label="method")
        maps_stage = gr.Textbox(STAGES[1].name, label="stage")
        channels = WholeNumber(16, "channels")
        facts = gr.JSON(label="facts")
        overlaid = gr.Image(format="png", label="overlay")
        map_picture = gr.Image(format="png", label="map")
        grid = gr.Image(format="png", label="grid")
        teaching = teaching_endpoint(backend, checkpoint)
        button = gr.Button()
    endpoints: tuple[tuple[Callable[..., Any], list[Component], list[Component]], ...] = (
        (classify, [image, checkpoint, top_k], [facts]),
        (
            explain,
            [image, class_index, cam_stage, method, checkpoint],
            [overlaid, map_picture, facts],
        ),
        (feature_maps, [image, maps_stage, channels, checkpoint], [grid, facts]),
        (list_checkpoints, [], [facts]),
        teaching,
    )
    for function, inputs, outputs in endpoints:
        button.click(
            function,
            inputs,
            outputs,
            api_name=function.__name__,
            api_visibility="public",
            concurrency_limit=CALLERS_AT_ONCE if function is teaching[0] else None,
        )
