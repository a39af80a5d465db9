"""The peer works as the guide's app does, and its clients speak its protocol."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
import pytest
import torch
from PIL import Image, ImageChops, ImageStat

from rn18demo.bench.clients import learn
from rn18demo.bench.crowd import Notebook, connections, gather_crowd, open_page
from rn18demo.bench.film import FRAMES
from rn18demo.bench.guide_app import (
    TIME_LIMIT,
    Classifier,
    Explainer,
    build_guide_app,
    read_size,
)
from rn18demo.bench.guide_client import GuideClient
from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from tests.coroutines import run_apart


def brightness(frame: Image.Image | None) -> dict[str, float]:
    """Quick, and different for each frame."""
    assert frame is not None
    return dict(zip("rgb", (value / 1000 for value in ImageStat.Stat(frame).mean), strict=True))


@contextmanager
def running_guide(time_limit: int = TIME_LIMIT) -> Iterator[str]:
    """The guide's app on a free port, with something quicker than a network behind it."""
    demo = build_guide_app(brightness, (320, 240), time_limit)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    try:
        yield url.rstrip("/")
    finally:
        demo.close(verbose=False)


def test_the_peer_answers_as_the_reference_does() -> None:
    picture = read_image(read_examples()[0].path)
    checkpoint = Catalogue().get("starter")
    expected = Engine(torch.device("cpu"), runtime="torch").analyze(checkpoint, picture).top(5)
    found = Classifier(torch.device("cpu")).classify(picture)
    assert list(found) == [prediction.label for prediction in expected]
    for prediction in expected:
        assert found[prediction.label] == pytest.approx(prediction.probability, abs=1e-4)


def test_with_a_map_the_peer_gives_the_same_answer_and_paints_the_networks_square() -> None:
    picture = read_image(read_examples()[0].path)
    device = torch.device("cpu")
    shares, painted = Explainer(device).explain(picture)
    expected = Classifier(device).classify(picture)
    assert list(shares) == list(expected)
    assert list(shares.values()) == pytest.approx(list(expected.values()), abs=1e-4)
    assert painted is not None and painted.size == (224, 224)
    square = Catalogue().get("starter").transform.picture(picture)
    assert ImageChops.difference(painted, square).getbbox()


def test_no_frame_has_no_answer() -> None:
    assert Classifier(torch.device("cpu")).classify(None) == {}
    assert Explainer(torch.device("cpu")).explain(None) == ({}, None)


def test_the_map_is_a_second_output() -> None:
    (event,) = build_guide_app(brightness, with_map=True).fns.values()
    assert [type(output) for output in event.outputs] == [gr.Label, gr.Image]


def camera_of(demo: gr.Blocks) -> gr.Image:
    (camera,) = [block for block in demo.blocks.values() if isinstance(block, gr.Image)]
    return camera


def test_the_page_is_built_as_the_guide_says() -> None:
    demo = build_guide_app(brightness)
    camera = camera_of(demo)
    (event,) = demo.fns.values()
    assert event.targets == [(camera._id, "stream")]
    assert event.connection == "stream"
    assert (event.time_limit, event.stream_every, event.concurrency_limit) == (30, 0.1, 30)
    assert camera.sources == ["webcam"]
    assert camera.streaming
    assert camera.webcam_options.constraints is None  # Gradio's own: 1920 x 1440


def test_the_camera_can_be_made_small() -> None:
    camera = camera_of(build_guide_app(brightness, read_size("320x240")))
    assert camera.webcam_options.constraints == {"video": {"width": 320, "height": 240}}


@pytest.mark.parametrize("text", ["", "320", "axb", "320x"])
def test_another_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_size(text)


def test_a_client_gets_answers_and_knows_their_frames() -> None:
    viewer = GuideClient(160, 120)
    with running_guide() as url:
        run_apart(learn(viewer, url))
        tally = run_apart(gather_crowd(url, viewer, number=2, seconds=4, warm_up=1))
    assert not tally.errors
    assert all(tally.answers)
    assert len(tally.ages) == sum(tally.answers)  # every answer was recognised
    assert all(0 < age < 100 * FRAMES for age in tally.ages)


def test_a_client_joins_again_after_the_time_limit() -> None:
    with running_guide(time_limit=0) as url:  # one answer a stream
        viewer, notebook = GuideClient(160, 120), Notebook()

        async def watch() -> None:
            async with connections() as client:
                page = await open_page(client, url)
                watching = asyncio.create_task(viewer(page, notebook))
                while len(notebook.answers) < 3 and not notebook.errors:
                    await asyncio.sleep(0.05)
                watching.cancel()

        run_apart(asyncio.wait_for(watch(), 60))
    assert not notebook.errors
