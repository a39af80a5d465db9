"""The endpoint that teaches: what it begins with, what it keeps, and how many it serves."""

import gc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from torchvision.models import ResNet

from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.lenses import Lenses
from rn18demo.training.dataset_types import Dataset
from rn18demo.training.line import LESSONS_AT_ONCE
from rn18demo.training.samples import SAMPLES
from rn18demo.ui import teach_uploads
from rn18demo.ui.api import build_api
from rn18demo.ui.session import Backend
from tests.training.small_lessons import make_base, make_engine

FineTune = Callable[..., Iterator[dict[str, Any]]]


@pytest.fixture
def backend(network: ResNet, tmp_path: Path) -> Backend:
    engine = make_engine(tmp_path)
    made = Backend(Catalogue(cache=tmp_path), engine, Lenses(engine), start="base")
    made.catalogue.add(make_base(network))
    return made


@pytest.fixture
def endpoints(backend: Backend) -> dict[str, Any]:
    with gr.Blocks() as demo:
        build_api(backend)
    return {str(fn.api_name): fn for fn in demo.fns.values()}


@pytest.fixture
def endpoint(endpoints: dict[str, Any]) -> Any:
    return endpoints["fine_tune"]


@pytest.fixture
def zipped(tmp_path: Path) -> str:
    path = tmp_path / "dataset.zip"
    with zipfile.ZipFile(path, "w") as file:
        for label in ("bird", "fruit"):
            for picture in sorted((SAMPLES / label).iterdir())[:2]:
                file.write(picture, f"sent {label}/{picture.name}")
    return str(path)


def test_a_taught_network_is_no_base_and_its_pictures_are_not_kept(
    backend: Backend, endpoint: Any, zipped: str
) -> None:
    *_, first = endpoint.fn(zipped)
    *_, second = endpoint.fn(zipped, checkpoint=first["checkpoint"])
    assert first["checkpoint"] != second["checkpoint"] != "base"
    for news in (first, second):
        assert backend.catalogue.get(news["checkpoint"]).source.endswith("“Base”")
    assert (first["accuracy"], first["shots"]) == (second["accuracy"], [2, 2])
    with pytest.raises(gr.Error, match="not on the server any more"):
        list(endpoint.fn(zipped, checkpoint="ft-forgotten"))
    gc.collect()
    kept = [one for one in gc.get_objects() if type(one) is Dataset]
    assert not any(one.classes and one.classes[0].name == "sent bird" for one in kept)


def test_what_was_taught_answers_at_every_endpoint(endpoints: dict[str, Any], zipped: str) -> None:
    visitor, other = (SimpleNamespace(session_hash=name) for name in ("visitor", "other"))
    *_, news = endpoints["fine_tune"].fn(zipped, request=visitor)
    taught, picture = news["checkpoint"], min((SAMPLES / "bird").iterdir())
    answer = endpoints["classify"].fn(picture, taught)
    assert answer["checkpoint"] == taught
    assert {one["label"] for one in answer["predictions"]} == {"sent bird", "sent fruit"}
    *_, explained = endpoints["explain"].fn(picture, class_index=1, checkpoint=taught)
    assert (explained["checkpoint"], explained["label"]) == (taught, "sent fruit")
    _, maps = endpoints["feature_maps"].fn(picture, channels=4, checkpoint=taught)
    assert len(maps["channels"]) == 4
    for name in ("explain", "feature_maps"):
        with pytest.raises(gr.Error):
            endpoints[name].fn(picture, checkpoint="ft-forgotten")
    own, *_ = endpoints["list_checkpoints"].fn(visitor)
    assert (own["id"], own["reason"]) == (taught, "Taught in this session.")
    assert (own["classes"], own["accuracy"]["top1"]) == (2, news["accuracy"])
    listed = endpoints["list_checkpoints"].fn(other)
    assert taught not in {one["id"] for one in listed}


def test_few_are_served_at_a_time(endpoint: Any) -> None:
    assert endpoint.concurrency_limit == LESSONS_AT_ONCE


def test_it_reads_behind_the_door_of_the_page(
    endpoint: Any, zipped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teach_uploads, "READERS_WAIT_SECONDS", 0.01)
    with teach_uploads.reader(), teach_uploads.reader():
        with pytest.raises(gr.Error, match="Other files are being read"):
            list(endpoint.fn(zipped))
