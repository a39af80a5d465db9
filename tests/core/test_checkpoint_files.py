"""The door for checkpoints: what is let in, and what is turned away with a sentence."""

import hashlib
import io
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import load_torch_model
from safetensors.torch import save, save_file
from torch import Tensor
from torchvision.models import ResNet18_Weights, resnet18, resnet34, resnet50

from rn18demo.assets import STARTER
from rn18demo.core.checkpoint_files import (
    CARD,
    imagenet_labels,
    load_given,
    load_official,
    load_safetensors_folder,
)
from rn18demo.core.download import OFFICIAL_SOURCES, Source
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError
from rn18demo.training.starter.pack import write_folder

State = dict[str, Tensor]


def random_state(classes: int, seed: int = 0) -> State:
    torch.manual_seed(seed)
    return resnet18(num_classes=classes).state_dict()


@pytest.fixture(scope="module")
def state() -> State:
    return random_state(3)


@pytest.fixture(scope="module")
def thousand() -> State:
    return random_state(1000)


def pickled(state: State) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def official_source(data: bytes, filename: str) -> Source:
    return Source(filename, "http://x.invalid/f", hashlib.sha256(data).hexdigest(), len(data))


FACTS: dict[str, Any] = {
    "id": "starter",
    "title": "Three things",
    "labels": ["cat", "dog", "Kuh"],
    "wnids": ["n1", "n2", "n3"],
    "transform": InputTransform(resize=232, soften=128).as_json(),
    "source": "a test",
    "accuracy": {"top1": 0.5, "top5": 0.75, "pictures": 10, "dataset": "ten pictures"},
    "note": "A note.",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, state: State) -> Path:
    folder = tmp_path_factory.mktemp("written")
    write_folder(folder, state, FACTS)
    return folder


@pytest.fixture
def folder(tmp_path: Path, written: Path) -> Path:
    return shutil.copytree(written, tmp_path / "mine")


# What is let in


def test_a_folder_comes_back_as_it_was_written(folder: Path, state: State) -> None:
    checkpoint = load_safetensors_folder(folder)
    assert (checkpoint.id, checkpoint.title) == ("starter", "Three things")
    assert checkpoint.labels == ("cat", "dog", "Kuh")
    assert checkpoint.wnids == ("n1", "n2", "n3")
    assert checkpoint.transform == InputTransform(resize=232, soften=128)
    assert checkpoint.accuracy is not None and checkpoint.accuracy.top5 == 0.75
    assert not checkpoint.network.training
    loaded = checkpoint.network.state_dict()
    assert loaded.keys() == state.keys()
    for name, tensor in loaded.items():
        assert tensor.dtype in (torch.float32, torch.int64)
        torch.testing.assert_close(tensor, state[name], atol=1e-3, rtol=1e-3)
    picture = torch.rand(1, 3, 224, 224)
    assert checkpoint.network(picture).shape == (1, 3)


def test_the_shards_are_below_10_mb_and_the_hub_library_reads_them(folder: Path) -> None:
    shards = list(folder.glob("*.safetensors"))
    assert len(shards) > 1
    assert all(path.stat().st_size < 10_000_000 for path in folder.iterdir())
    network = resnet18(num_classes=3)
    load_torch_model(network, folder, strict=True)
    ours = load_safetensors_folder(folder).network.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in network.state_dict().items())


def test_writing_again_leaves_no_old_parts(folder: Path) -> None:
    (folder / "model-00001-of-00009.safetensors").write_bytes(b"old")
    write_folder(folder, random_state(2), {**FACTS, "labels": ["a", "b"], "wnids": []})
    assert load_safetensors_folder(folder).labels == ("a", "b")
    assert not (folder / "model-00001-of-00009.safetensors").exists()


def test_the_shipped_starter_is_sound() -> None:
    checkpoint = load_safetensors_folder(STARTER)
    assert checkpoint.id == "starter"
    assert len(checkpoint.labels) == len(set(checkpoint.labels)) == 200
    assert len(checkpoint.wnids) == 200 and all(w.startswith("n") for w in checkpoint.wnids)
    assert checkpoint.network.fc.out_features == 200
    assert all(path.stat().st_size < 10_000_000 for path in STARTER.iterdir())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_plain_file_gets_numbered_classes(tmp_path: Path, state: State, dtype: Any) -> None:
    path = tmp_path / "plain.safetensors"
    save_file({n: t.to(dtype) if t.is_floating_point() else t for n, t in state.items()}, path)
    checkpoint = load_given(path)
    assert checkpoint.id == "given"
    assert checkpoint.labels == ("class 0", "class 1", "class 2")
    assert checkpoint.transform == InputTransform()
    assert checkpoint.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert checkpoint.network.fc.weight.dtype == torch.float32


def test_a_file_may_describe_itself(tmp_path: Path, state: State) -> None:
    path = tmp_path / "told.safetensors"
    save_file(state, path, metadata={"checkpoint": json.dumps(FACTS)})
    checkpoint = load_given(path)
    assert (checkpoint.id, checkpoint.title) == ("given", "Three things")
    assert checkpoint.labels == ("cat", "dog", "Kuh")


def test_a_given_folder_is_read(folder: Path) -> None:
    assert load_given(folder).id == "given"


def test_a_thousand_classes_get_imagenets_names(tmp_path: Path, thousand: State) -> None:
    path = tmp_path / "thousand.safetensors"
    counters = {n: t for n, t in thousand.items() if not n.endswith("num_batches_tracked")}
    save_file(counters, path)  # as old files are
    labels = load_given(path).labels
    assert labels == imagenet_labels() and labels[281] == "tabby"


@pytest.mark.parametrize("filename", ["official.pth", "official.safetensors"])
def test_the_official_file_is_known_by_its_hash(
    tmp_path: Path, thousand: State, filename: str
) -> None:
    data = pickled(thousand) if filename.endswith("pth") else save(thousand)
    path = tmp_path / "renamed.bin"
    path.write_bytes(data)
    source = official_source(data, filename)
    for checkpoint in (load_official(path, source), load_given(path, (source,))):
        assert checkpoint.id == "imagenet1k-v1"
        assert checkpoint.accuracy is not None and checkpoint.accuracy.top1 == 0.69758
        assert torch.equal(checkpoint.network.fc.weight, thousand["fc.weight"])


def test_the_official_digest_agrees_with_torchvisions_file_name() -> None:
    url = ResNet18_Weights.IMAGENET1K_V1.url
    assert OFFICIAL_SOURCES[0].url == url
    assert url.endswith(f"resnet18-{OFFICIAL_SOURCES[0].sha256[:8]}.pth")


# What is turned away


class Bomb:
    """Unpickled, it would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def without(state: State, key: str) -> State:
    return {name: tensor for name, tensor in state.items() if name != key}


def changed(state: State, key: str, value: Tensor) -> State:
    return {**state, key: value}


def test_a_pickle_with_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "it-ran"
    for number, data in enumerate([pickle.dumps(Bomb(trap)), pickled({"a": Bomb(trap)})]):  # type: ignore[dict-item]
        path = tmp_path / f"{number}.pth"
        path.write_bytes(data)
        with pytest.raises(CheckpointError, match="pickle"):
            load_given(path)
    assert not trap.exists()


def test_a_plain_pickle_of_weights_is_refused_too(tmp_path: Path, state: State) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(pickled(state))
    with pytest.raises(CheckpointError, match="pickle"):
        load_given(path)


def test_a_hash_that_fits_a_trap_still_runs_no_code(tmp_path: Path) -> None:
    trap = tmp_path / "it-ran"
    data = pickled({"a": Bomb(trap)})  # type: ignore[dict-item]
    (tmp_path / "official.pth").write_bytes(data)
    with pytest.raises(pickle.UnpicklingError):
        load_official(tmp_path / "official.pth", official_source(data, "official.pth"))
    assert not trap.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a safetensors file"),
        (b"hello", "not a safetensors file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a safetensors file"),
        ((2**63).to_bytes(8, "little") + b"{}", "not a safetensors file"),
        ((8 * 2**20).to_bytes(8, "little") + b"{" + bytes(9 * 2**20), "not a safetensors file"),
        ((10).to_bytes(8, "little") + b"{" * 10, "not a safetensors file"),
        ((100_000).to_bytes(8, "little") + b"[" * 100_000, "not a safetensors file"),
        ((2).to_bytes(8, "little") + b"{}", "not a ResNet-18"),
        (save({"x": torch.zeros(2)}), "not a ResNet-18"),
        (save({"fc.weight": torch.zeros(0, 512)}), "not a ResNet-18"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "file.safetensors"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=words):
        load_given(path)


@pytest.mark.parametrize("builder", [resnet34, resnet50])
def test_other_networks_are_refused(tmp_path: Path, builder: Any) -> None:
    path = tmp_path / "other.safetensors"
    half = {n: t.half() for n, t in builder(num_classes=3).state_dict().items()}
    save_file(half, path)
    with pytest.raises(CheckpointError, match="is not a ResNet-18"):
        load_given(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: without(s, "layer1.0.conv1.weight"), "is missing"),
        (lambda s: changed(s, "extra", torch.zeros(1)), "does not have"),
        (lambda s: changed(s, "conv1.weight", torch.zeros(64, 3, 3, 3)), "has shape"),
        (lambda s: changed(s, "fc.bias", torch.full((3,), torch.nan)), "not numbers"),
        (lambda s: changed(s, "fc.bias", torch.full((3,), torch.inf)), "not numbers"),
        (lambda s: changed(s, "fc.bias", torch.zeros(3, dtype=torch.int32)), "int32"),
        (lambda s: changed(s, "bn1.running_var", -torch.ones(64)), "negative variance"),
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, state: State, change: Any, words: str) -> None:
    path = tmp_path / "damaged.safetensors"
    save_file(change(state), path)
    with pytest.raises(CheckpointError, match=words):
        load_given(path)


def test_a_missing_file_and_one_that_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_given(tmp_path / "nothing.safetensors")
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.truncate(2**30)  # sparse: takes no room
    with pytest.raises(CheckpointError, match="larger than"):
        load_given(tmp_path / "large.safetensors")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ["cat"]}, "3 classes"),
        ({"labels": ["cat", "dog", 5]}, "cannot be used"),
        ({"labels": "cat"}, "3 classes"),
        ({"title": 5}, "cannot be used"),
        ({"transform": {"resize": 10**9}}, "cannot be used"),
        ({"transform": {"resize": "256"}}, "cannot be used"),
        ({"transform": {"resize": 100, "crop": 224}}, "cannot be used"),
        ({"transform": {"std": [0, 1, 1]}}, "cannot be used"),
        ({"transform": {"mean": ["a", "b", "c"]}}, "cannot be used"),
        ({"transform": {"colour": "red"}}, "cannot be used"),
        ({"accuracy": {"top1": 5}}, "cannot be used"),
        ({"accuracy": {**FACTS["accuracy"], "top1": 3.0}}, "cannot be used"),
        ({"wnids": 5}, "cannot be used"),
        ({"sha256s": {}}, "lists no files"),
        ({"sha256s": ["model.safetensors"]}, "lists no files"),
        ({"sha256s": {"../mine/model-00001-of-00003.safetensors": "0"}}, "is no weights"),
        ({"sha256s": {"model.safetensors": "0"}}, "cannot be read"),
    ],
)
def test_a_description_that_lies_is_refused(
    folder: Path, change: dict[str, Any], words: str
) -> None:
    facts = json.loads((folder / CARD).read_text()) | change
    (folder / CARD).write_text(json.dumps(facts))
    with pytest.raises(CheckpointError, match=words):
        load_safetensors_folder(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_a_description_that_is_no_json_object_is_refused(folder: Path, text: str) -> None:
    (folder / CARD).write_text(text)
    with pytest.raises(CheckpointError, match=CARD):
        load_safetensors_folder(folder)


def test_one_changed_byte_is_noticed(folder: Path) -> None:
    path = sorted(folder.glob("*.safetensors"))[0]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256 differs"):
        load_safetensors_folder(folder)


def test_a_missing_part_is_noticed(folder: Path) -> None:
    sorted(folder.glob("*.safetensors"))[0].unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_safetensors_folder(folder)
