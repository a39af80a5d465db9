"""The catalogue: what `auto` means, what is fetched, and what the page is told."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from torchvision.models import resnet18

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.checkpoints import Catalogue
from rn18demo.core.download import Source, default_cache
from rn18demo.core.elsewhere import other_places
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError
from rn18demo.training.starter.pack import write_folder
from tests.serving import Manner, serve

NAME = "official.pth"


@pytest.fixture(scope="module")
def official() -> bytes:
    """What stands for the official file: random weights, 1,000 classes, 47 MB."""
    torch.manual_seed(1)
    buffer = io.BytesIO()
    torch.save(resnet18(num_classes=1000).state_dict(), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("starter")
    facts = {
        "id": "starter",
        "title": "Starter",
        "labels": ["a", "b", "c"],
        "transform": InputTransform().as_json(),
    }
    write_folder(folder, resnet18(num_classes=3).state_dict(), facts)
    return folder


def source_of(body: bytes, url: str = "http://127.0.0.1:9/f") -> Source:
    return Source(NAME, url, sha256(body).hexdigest(), len(body))


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def status(catalogue: Catalogue) -> str:
    """Read anew each time: another thread changes it."""
    return catalogue.fetch_state.status


def finished(catalogue: Catalogue) -> bool:
    return status(catalogue) in ("ready", "failed")


def build(
    cache: Path, source: Source, starter: Path, given: Path | None = None, stall_seconds: float = 1
) -> Catalogue:
    return Catalogue(cache, (source,), starter, given, elsewhere=(), stall_seconds=stall_seconds)


def test_without_the_official_weights_auto_is_the_starter(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    catalogue = build(tmp_path, source_of(official), starter)
    assert catalogue.resolve("auto") == "starter"
    assert catalogue.get() is catalogue.get("starter")
    assert catalogue.get().labels == ("a", "b", "c")
    assert "not on this machine" in catalogue.why("auto")
    with pytest.raises(CheckpointError, match="not on this machine"):
        catalogue.get("imagenet1k-v1")
    rows = {entry.id: entry for entry in catalogue.entries()}
    assert [entry.id for entry in catalogue.entries()] == ["imagenet1k-v1", "starter"]
    assert rows["starter"].available and rows["starter"].classes == 3
    assert not rows["imagenet1k-v1"].available and rows["imagenet1k-v1"].classes == 1000
    assert rows["imagenet1k-v1"].reason == "Not on this machine."


def test_the_official_weights_are_offered_when_they_have_arrived(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    with serve(official, "slow") as server:
        source = source_of(official, server.url)
        catalogue = build(tmp_path, source, starter, stall_seconds=20)
        assert status(catalogue) == "idle"
        catalogue.start_background_fetch()
        assert status(catalogue) == "fetching", "it waited for a server that holds back the end"
        wait_until(lambda: catalogue.fetch_state.received > 0)
        state = catalogue.fetch_state
        assert state.status == "fetching" and state.total == len(official)
        assert "of 47 MB" in state.sentence
        assert catalogue.resolve("auto") == "starter"
        assert "Until they are here, the starter, which knows 3 classes" in catalogue.why()
        catalogue.start_background_fetch()  # asked twice, fetched once
        server.release.set()
        wait_until(lambda: finished(catalogue))
        assert server.requests == ["/weights"]
    assert status(catalogue) == "ready"
    assert catalogue.resolve("auto") == "imagenet1k-v1"
    checkpoint = catalogue.get()
    assert checkpoint.id == "imagenet1k-v1" and checkpoint.labels[1] == "goldfish"
    assert "Official" in catalogue.why("auto")
    assert "you can switch" in catalogue.why("starter")
    assert catalogue.entries()[0].available

    again = build(tmp_path, source, starter)  # the next start, without a server
    assert again.resolve("auto") == "imagenet1k-v1"


@pytest.mark.parametrize("manner", ["error", "truncated", "wrong", "stalling"])
def test_a_fetch_that_fails_says_why_the_starter_answers(
    tmp_path: Path, official: bytes, starter: Path, manner: Manner
) -> None:
    with serve(official, manner) as server:
        catalogue = build(tmp_path, source_of(official, server.url), starter)
        catalogue.start_background_fetch()
        wait_until(lambda: finished(catalogue))
    assert status(catalogue) == "failed"
    said = catalogue.why("auto")
    assert said.startswith("The official ImageNet weights could not be downloaded (")
    assert said.endswith("), so the starter, which knows 3 classes, answers.")
    assert "127.0.0.1" in said
    assert catalogue.get("auto").id == "starter"
    with pytest.raises(CheckpointError, match="could not be downloaded"):
        catalogue.get("imagenet1k-v1")


def test_it_can_be_tried_again_after_a_failure(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    with serve(official, "error") as server:
        catalogue = build(tmp_path, source_of(official, server.url), starter)
        for manner, expected in (("error", "failed"), ("good", "ready")):
            server.manner = manner  # type: ignore[assignment]
            catalogue.start_background_fetch()
            wait_until(lambda: finished(catalogue))
            assert status(catalogue) == expected


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, official: bytes, starter: Path) -> None:
    damaged = bytearray(official)
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / NAME).write_bytes(damaged)
    with serve(official) as server:
        catalogue = build(tmp_path, source_of(official, server.url), starter)
        assert catalogue.resolve("auto") == "starter"
        catalogue.start_background_fetch()
        wait_until(lambda: finished(catalogue))
    assert catalogue.get("auto").id == "imagenet1k-v1"
    assert (tmp_path / NAME).read_bytes() == official


def test_a_file_damaged_after_it_was_verified_is_not_used(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    (tmp_path / NAME).write_bytes(official)
    catalogue = build(tmp_path, source_of(official), starter)
    assert catalogue.resolve("auto") == "imagenet1k-v1"
    (tmp_path / NAME).write_bytes(official[:-1] + b"x")
    assert catalogue.get("auto").id == "starter"
    assert catalogue.resolve("auto") == "starter"


def test_another_programs_file_is_verified_used_and_left_alone(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    good, bad = tmp_path / "good.pth", tmp_path / "bad.pth"
    good.write_bytes(official)
    bad.write_bytes(official[:-1] + b"x")
    source, cache = source_of(official), tmp_path / "cache"
    with_bad = Catalogue(cache, (source,), starter, elsewhere=(bad,))
    assert with_bad.resolve("auto") == "starter"
    with_both = Catalogue(cache, (source,), starter, elsewhere=(bad, good))
    assert with_both.get("auto").id == "imagenet1k-v1"
    assert bad.exists() and good.exists() and not cache.exists()


def test_a_checkpoint_is_loaded_once_however_many_ask(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    catalogue = build(tmp_path, source_of(official), starter)
    found: list[Checkpoint] = []
    threads = [threading.Thread(target=lambda: found.append(catalogue.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(map(id, found))) == 1


def test_what_the_user_points_to_is_what_auto_means(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    catalogue = build(tmp_path, source_of(official), starter, given=starter)
    assert catalogue.resolve("auto") == "given"
    assert [entry.id for entry in catalogue.entries()] == ["given", "imagenet1k-v1", "starter"]
    assert catalogue.get("given") is catalogue.get("auto")


def test_the_official_file_given_by_hand_is_the_official_checkpoint(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    path = tmp_path / "somewhere.bin"
    path.write_bytes(official)
    catalogue = build(tmp_path / "cache", source_of(official), starter, given=path)
    assert catalogue.get("imagenet1k-v1") is catalogue.get("auto")
    assert catalogue.resolve("auto") == "imagenet1k-v1"
    rows = catalogue.entries()
    assert [entry.id for entry in rows] == ["imagenet1k-v1", "starter"]
    assert rows[0].available


def test_a_bad_given_file_is_a_sentence(tmp_path: Path, official: bytes, starter: Path) -> None:
    catalogue = build(tmp_path, source_of(official), starter, given=tmp_path / "nothing")
    with pytest.raises(CheckpointError, match="cannot be read"):
        catalogue.get("auto")
    entry = catalogue.entries()[0]
    assert not entry.available and "cannot be read" in entry.reason


def test_a_missing_starter_is_a_sentence(tmp_path: Path, official: bytes) -> None:
    catalogue = build(tmp_path, source_of(official), tmp_path / "nothing")
    with pytest.raises(CheckpointError, match=r"checkpoint\.json cannot be read"):
        catalogue.get("starter")
    entry = catalogue.entries()[1]
    assert not entry.available and "cannot be read" in entry.reason


def test_an_added_checkpoint_answers_but_is_not_listed(
    tmp_path: Path, official: bytes, starter: Path
) -> None:
    catalogue = build(tmp_path, source_of(official), starter)
    catalogue.add(replace(catalogue.get("starter"), id="ft-secret"))
    assert catalogue.get("ft-secret").id == "ft-secret"
    assert "ft-secret" not in {entry.id for entry in catalogue.entries()}
    catalogue.remove("ft-secret")
    catalogue.remove("ft-secret")
    with pytest.raises(CheckpointError, match="not on the server any more"):
        catalogue.get("ft-secret")


def test_the_cache_folder_can_be_chosen() -> None:
    code = "from rn18demo.core.download import default_cache; print(default_cache())"
    chosen = {**os.environ, "RN18DEMO_CACHE": "/somewhere/else"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=chosen, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == str(Path("/somewhere/else"))
    assert default_cache().is_absolute()


def test_torchs_own_cache_is_looked_into() -> None:
    expected = Path(torch.hub.get_dir()) / "checkpoints" / "resnet18-f37072fd.pth"
    assert expected in other_places()
