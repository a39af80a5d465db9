"""A camera's frame: what is let in, and the numbers that go back."""

import base64
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet, resnet18

from rn18demo.core.cam import layer4_maps
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.images import read_image
from rn18demo.core.live import (
    BEST,
    MAX_FRAME_BYTES,
    MAX_FRAME_SIDE,
    LiveRequest,
    live_value,
    open_frame,
    read_request,
)
from rn18demo.core.stages import STAGES, forward_stages
from rn18demo.core.transform import InputTransform
from rn18demo.core.wire import decode_maps
from rn18demo.errors import DemoError, PictureError, RequestError

CLASSES = 7


def encoded(size: tuple[int, int] = (256, 256), form: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, form)
    return buffer.getvalue()


def payload(**parts: Any) -> dict[str, Any]:
    return {"frame": base64.b64encode(encoded()).decode()} | parts


@pytest.fixture
def checkpoint(network: ResNet) -> Checkpoint:
    labels = tuple("abcdefg")
    return Checkpoint("seeded", "Seeded", network, labels, InputTransform(), "here", "0" * 64)


def test_a_request_is_read() -> None:
    asked = read_request(payload(checkpoint="starter", pinned=3, strip=[-1, 0, 1, 2, 511]))
    assert asked == LiveRequest(asked.frame, "starter", 3, (-1, 0, 1, 2, 511))
    assert open_frame(asked.frame).size == (256, 256)


def test_only_the_frame_is_needed() -> None:
    asked = read_request(payload())
    assert (asked.checkpoint, asked.pinned, asked.strip) == (None, None, None)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "frame",
        {},
        {"frame": None},
        {"frame": 5},
        {"frame": "data:image/jpeg;base64,AAAA"},
        {"frame": "äöü"},
        {"frame": "A" * (MAX_FRAME_BYTES * 4 // 3 + 8)},
        payload(checkpoint=3),
        payload(checkpoint="x" * 301),
        payload(viewer=3),
        payload(viewer="x" * 301),
        payload(pinned="1"),
        payload(pinned=1.5),
        payload(pinned=True),
        payload(pinned=-2),
        payload(pinned=2**40),
        payload(strip="all"),
        payload(strip=[]),
        payload(strip=[0] * 4),
        payload(strip=[0] * 6),
        payload(strip=[0, 0, 0, 0, None]),
    ],
    ids=repr,
)
def test_what_is_no_request_is_refused(sent: object) -> None:
    with pytest.raises((RequestError, PictureError)):
        read_request(sent)


@pytest.mark.parametrize(
    "frame", [b"", b"no picture", encoded()[:200], encoded((MAX_FRAME_SIDE + 1, 64))], ids=len
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(DemoError):
        open_frame(frame)


def test_a_frame_is_a_jpeg() -> None:
    with pytest.raises(PictureError, match="JPEG"):
        open_frame(encoded(form="PNG"))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_too_large_a_frame_is_refused_before_it_is_decoded(form: str) -> None:
    buffer = io.BytesIO()
    Image.new("L", (7000, 7000)).save(buffer, form)
    frame = buffer.getvalue()[:4096]  # its header: what would be decoded is not even there
    with pytest.raises(PictureError, match="7000 x 7000"):
        read_image(frame, longest=MAX_FRAME_SIDE)
    with pytest.raises(PictureError, match=r"JPEG|7000 x 7000"):
        open_frame(frame)


def answer(checkpoint: Checkpoint, **parts: Any) -> tuple[dict[str, Any], Any]:
    batch = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(4))
    with torch.inference_mode():
        outputs = forward_stages(checkpoint.network, batch)
    activations = {name: a[0] for name, a in outputs.activations.items()}
    request = LiveRequest(b"", **parts)
    return live_value(checkpoint, (256, 256), outputs.logits[0], activations, request), outputs


def test_the_best_classes_come_with_their_maps(checkpoint: Checkpoint) -> None:
    value, outputs = answer(checkpoint)
    ranked = outputs.logits[0].argsort(descending=True).tolist()
    assert [p["index"] for p in value["predictions"]] == ranked[:BEST]
    maps = layer4_maps(outputs.activations["layer4"][0], checkpoint.network.fc.weight).numpy()
    sent = decode_maps(value["maps"])
    for index, found in zip(value["maps"]["indices"], sent, strict=True):
        np.testing.assert_allclose(found, maps[index], atol=maps[index].max() / 500 + 1e-6)
    assert value["crop"] == [0.0625, 0.0625, 0.9375, 0.9375]
    assert value["strip"] is None


def test_a_pinned_class_is_answered_even_if_it_is_not_among_the_best(
    checkpoint: Checkpoint,
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        network = resnet18(num_classes=BEST + 4).eval()
    many = replace(checkpoint, network=network, labels=tuple("abcdefghijklmn"))
    value, outputs = answer(many)
    last = int(outputs.logits[0].argmin())
    assert last not in value["maps"]["indices"]
    value, _ = answer(many, pinned=last)
    assert value["predictions"][-1]["index"] == last
    assert value["predictions"][-1]["rank"] == BEST + 4
    assert value["maps"]["indices"][-1] == last and value["maps"]["count"] == BEST + 1


def test_an_unknown_pinned_class_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(RequestError):
        answer(checkpoint, pinned=CLASSES)


def test_the_strip_shows_the_strongest_channel_of_each_stage(checkpoint: Checkpoint) -> None:
    value, outputs = answer(checkpoint, strip=(-1,) * 5)
    for stage, tile in zip(STAGES, value["strip"], strict=True):
        means = outputs.activations[stage.name][0].mean((1, 2))
        assert tile["channel"] == int(means.argmax())
        assert tile["maps"]["rows"] == min(stage.side, 28)
        shown = decode_maps(tile["maps"])[0]
        assert shown.mean() == pytest.approx(float(means.max()), rel=0.02)


def test_a_channel_stays_in_the_strip_while_it_is_strong(checkpoint: Checkpoint) -> None:
    _, outputs = answer(checkpoint)
    means = outputs.activations["layer4"][0].mean((1, 2))
    best, second, *_ = means.argsort(descending=True).tolist()
    weakest = int(means.argmin())
    assert means[second] >= 0.8 * means[best], "the example does not show what it should"
    for shown, expected in ((second, second), (weakest, best), (10**6, best)):
        value, _ = answer(checkpoint, strip=(-1, -1, -1, -1, shown))
        assert value["strip"][-1]["channel"] == expected
