"""A project comes back as it was saved; a damaged or hostile one is refused."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.models import ResNet

from rn18demo.core.checkpoint_files import read_safetensors_checkpoint
from rn18demo.errors import CheckpointError, DatasetError
from rn18demo.training.dataset import make_shot
from rn18demo.training.dataset_limits import LIMITS, Limits
from rn18demo.training.dataset_types import MANIFEST, ClassShots, Dataset, Shot
from rn18demo.training.export import safetensors_bytes
from rn18demo.training.project import CHECKPOINT, Project, is_project, load_project, save_project
from rn18demo.ui.teach_steps import MAX_SKIPPED
from tests.core.hostile_pictures import encoded
from tests.training import hostile_zips as hostile
from tests.training.small_lessons import make_base

SETTINGS = {"mode": "automatic", "epochs": 5, "schedule": None, "名": [1.5, True]}
SMALL = Limits(pictures=4, classes=3, streamed_bytes=2**22, checkpoint_bytes=2**20)
TIGHT = Limits(streamed_bytes=2**22, entries=100, pictures=20, checkpoint_bytes=2**20)


def shots(*seeds: int) -> tuple[Shot, ...]:
    return tuple(
        make_shot(encoded(hostile.scene(seed, (700, 500)), "PNG"), f"{seed} é.png")
        for seed in seeds
    )


@pytest.fixture(scope="module")
def project() -> Project:
    first, second = shots(1, 2)
    classes = (
        ClassShots("<b>猫</b>", (first, replace(second, moment="0f-1"))),
        ClassShots("dog/../..", shots(3)),
        ClassShots("empty", ()),
    )
    held_out = Dataset((ClassShots("<b>猫</b>", shots(4)),))
    return Project(Dataset(classes, (), held_out), SETTINGS, b"weights \0 of a kind")


@pytest.fixture
def saved(project: Project, tmp_path: Path) -> Path:
    path = tmp_path / "my project.zip"
    save_project(path, project)
    return path


def all_shots(project: Project) -> list[Shot]:
    held_out = project.dataset.held_out
    classes = project.dataset.classes + (held_out.classes if held_out else ())
    return [shot for one in classes for shot in one.shots]


def names(dataset: Dataset | None) -> list[tuple[str, list[str]]]:
    classes = dataset.classes if dataset else ()
    return [(one.name, [shot.name for shot in one.shots]) for one in classes]


def test_everything_comes_back(project: Project, saved: Path) -> None:
    loaded = load_project(saved)
    assert names(loaded.dataset) == names(project.dataset)
    assert names(loaded.dataset.held_out) == names(project.dataset.held_out)
    assert loaded.settings == SETTINGS
    assert loaded.checkpoint == project.checkpoint
    assert loaded.dataset.skipped == ()
    for before, after in zip(all_shots(project), all_shots(loaded), strict=True):
        assert before.picture.size == after.picture.size
        assert before.moment == after.moment
        change = np.asarray(before.picture).astype(int) - np.asarray(after.picture)
        assert np.abs(change).mean() < 1.5


def test_saving_again_loses_nothing(saved: Path, tmp_path: Path) -> None:
    first = load_project(saved)
    again = tmp_path / "again.zip"
    for _ in range(3):
        save_project(again, load_project(again if again.exists() else saved))
    assert again.read_bytes() == saved.read_bytes()
    for before, after in zip(all_shots(first), all_shots(load_project(again)), strict=True):
        np.testing.assert_array_equal(np.asarray(before.picture), np.asarray(after.picture))


def test_collecting_goes_on(saved: Path) -> None:
    loaded = load_project(saved)
    more = ClassShots("empty", shots(7))
    save_project(saved, Project(Dataset((*loaded.dataset.classes[:2], more))))
    again = load_project(saved)
    assert names(again.dataset)[2] == ("empty", ["7 é.png"])
    assert again.checkpoint is None
    assert again.settings == {}
    assert again.dataset.held_out is None


def test_projects_are_told_from_other_files(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    other.write_bytes(hostile.zipped(hostile.pets()))
    assert is_project(saved)
    assert not is_project(other)
    assert not is_project(tmp_path / "missing.zip")


def test_failed_save_leaves_the_old_file(project: Project, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(TypeError):
        save_project(saved, Project(project.dataset, {"bad": object()}))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_what_cannot_be_saved_says_so(project: Project, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="could not be saved"):
        save_project(tmp_path / "no such folder" / "x.zip", project)
    many = ClassShots("many", project.dataset.classes[0].shots * 1001)
    with pytest.raises(DatasetError, match="can hold 2000 pictures"):
        save_project(tmp_path / "x.zip", Project(Dataset((many,))))
    with pytest.raises(DatasetError, match="too large"):
        save_project(tmp_path / "x.zip", Project(project.dataset, {}, bytes(2**27 + 1)))
    assert list(tmp_path.iterdir()) == []


def manifest(**changes: Any) -> dict[str, Any]:
    listed = [{"name": "cat", "shots": [{"file": "p/1.jpg", "name": "one"}]}]
    return {"version": 1, "settings": {}, "classes": listed} | changes


def packed(facts: object, **files: bytes) -> bytes:
    text = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    return hostile.zipped({MANIFEST: text, "p/1.jpg": hostile.photo(1), **files})


def with_shots(*files: Any) -> dict[str, Any]:
    return manifest(classes=[{"name": "a", "shots": [{"file": f, "name": "n"} for f in files]}])


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "not a zip"),
    "empty": (bytes, "empty"),
    "a dataset": (lambda: hostile.zipped(hostile.pets()), "not a saved project"),
    "encrypted": (lambda: hostile.with_flags(packed(manifest()), 1), "password"),
    "not JSON": (lambda: packed(b"{"), "damaged"),
    "not text": (lambda: packed(b"\xff\xfe\xfa"), "damaged"),
    "deep": (lambda: packed(b"[" * 200_000), "damaged"),
    "a list": (lambda: packed([1]), "damaged"),
    "no version": (lambda: packed({"classes": []}), "damaged"),
    "newer": (lambda: packed(manifest(version=2)), "newer version"),
    "no classes": (lambda: packed({"version": 1}), "damaged"),
    "classes of text": (lambda: packed(manifest(classes=["cat"])), "damaged"),
    "no name": (lambda: packed(manifest(classes=[{"shots": []}])), "damaged"),
    "no shots": (lambda: packed(manifest(classes=[{"name": "cat"}])), "damaged"),
    "file is a number": (lambda: packed(with_shots(1)), "damaged"),
    "settings are a list": (lambda: packed(manifest(settings=[])), "damaged"),
    "held out is a number": (lambda: packed(manifest(held_out=3)), "damaged"),
    "too many classes": (
        lambda: packed(manifest(classes=[{"name": "a", "shots": []}] * 4)),
        "more than 3 classes",
    ),
    "too many pictures": (lambda: packed(with_shots(*["p/1.jpg"] * 5)), "more than 4 pictures"),
    "long manifest": (lambda: packed(b" " * (2**22 + 1)), "larger than 4 MB"),
    "streams without end": (
        lambda: packed(with_shots(*["p/0"] * 99), **{"p/0": bytes(2**21)}),
        "unpacks to more than 4 MB",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=list(REFUSED))
def test_hostile_projects_are_refused(make: Callable[[], bytes], sentence: str) -> None:
    limits = Limits() if sentence == "larger than 4 MB" else SMALL
    with pytest.raises(DatasetError, match=sentence) as refused:
        load_project(io.BytesIO(make()), limits)
    assert str(refused.value).endswith(".")


@pytest.fixture(scope="module")
def network_file(seeded_network: ResNet) -> bytes:
    return safetensors_bytes(make_base(seeded_network))


def with_checkpoint(data: bytes, limits: Limits = LIMITS) -> bytes | None:
    """What is kept of a checkpoint; it is not packed, which would take long."""
    files = {MANIFEST: json.dumps(manifest()).encode(), CHECKPOINT: data}
    zipped = hostile.zipped(files, zipfile.ZIP_STORED)
    return load_project(io.BytesIO(zipped), limits).checkpoint


def test_a_network_comes_back_whole(network_file: bytes) -> None:
    assert with_checkpoint(network_file) == network_file


def zeros_behind(table: dict[str, Any]) -> bytes:
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text + bytes(2**24)


ZEROS = {"dtype": "F32", "shape": [2**22], "data_offsets": [0, 2**24]}


@pytest.mark.parametrize(
    "make",
    [
        lambda network: bytes(2**24),
        lambda network: b"\xff" * 2**20,
        lambda network: zeros_behind({}),
        lambda network: zeros_behind({"x": ZEROS}),
        lambda network: zeros_behind({"fc.bias": ZEROS}),
        lambda network: zeros_behind({"fc.bias": ZEROS | {"shape": [3]}}),
        lambda network: zeros_behind({"fc.bias": [[]]}),
        lambda network: network + bytes(2**24),
        lambda network: network[:-1],
        lambda network: network.replace(b"conv1.weight", b"conv9.weight"),
        lambda network: network.replace(b'"F32"', b'"F64"', 1),
    ],
)
def test_what_is_no_network_takes_no_room(
    network_file: bytes, make: Callable[[bytes], bytes]
) -> None:
    """Its pictures are used; whoever wants the network is told that it is none."""
    kept = with_checkpoint(make(network_file))
    assert kept is not None and len(kept) <= 1024
    with pytest.raises(CheckpointError, match="is not a safetensors file, or it is damaged"):
        read_safetensors_checkpoint(kept, "The network")


def test_a_small_file_does_not_become_a_large_checkpoint() -> None:
    data = packed(manifest(), **{CHECKPOINT: zeros_behind({"x": ZEROS})})
    assert len(data) < 2**16
    assert len(load_project(io.BytesIO(data)).checkpoint or b"") <= 1024


def test_a_network_of_more_classes_than_a_project_has_is_none(network_file: bytes) -> None:
    assert with_checkpoint(network_file, Limits(classes=6)) == network_file[:1024]  # it has 7


def test_of_very_many_missing_pictures_some_are_listed() -> None:
    loaded = load_project(io.BytesIO(packed(with_shots(*(f"p/{n}" for n in range(20_000))))))
    listed = loaded.dataset.skipped
    assert len(listed) == LIMITS.skipped == MAX_SKIPPED
    assert all("missing" in one.reason for one in listed)


def test_pictures_that_are_missing_or_unreadable_are_listed() -> None:
    facts = with_shots("p/1.jpg", "../../etc/passwd", "p/bad.jpg", MANIFEST)
    loaded = load_project(io.BytesIO(packed(facts, **{"p/bad.jpg": b"meow"})))
    assert len(loaded.dataset.classes[0].shots) == 1
    reasons = [skipped.reason for skipped in loaded.dataset.skipped]
    assert ["missing" in reasons[0], "not a picture" in reasons[1]] == [True, True]
    assert len(reasons) == 3


def test_names_are_cleaned_and_kept_apart() -> None:
    listed: list[dict[str, Any]] = [
        {"name": name, "shots": []} for name in ("a\u202e", "a", "\ud800", "")
    ]
    loaded = load_project(io.BytesIO(packed(manifest(classes=listed))))
    assert [one.name for one in loaded.dataset.classes] == ["a", "a (2)", "unnamed", "unnamed (2)"]


def test_pictures_of_other_sizes_or_formats_are_not_kept_as_they_are() -> None:
    large = encoded(hostile.scene(1, (1600, 900)), "JPEG")
    other = encoded(hostile.scene(2), "WEBP")
    loaded = load_project(io.BytesIO(packed(with_shots("p/1.jpg", "l", "o"), l=large, o=other)))
    kept, scaled, webp = loaded.dataset.classes[0].shots
    assert kept.stored == hostile.photo(1)
    assert (scaled.stored, webp.stored) == (b"", b"")
    assert scaled.picture.size == (512, 288)


@settings(max_examples=150, deadline=None)
@given(
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), max_size=12),
)
def test_cut_and_flipped_projects_are_read_or_refused(
    share: float, flips: list[tuple[float, int]]
) -> None:
    data = packed(manifest(held_out=manifest()["classes"]), **{CHECKPOINT: b"weights"})
    damaged = bytearray(data if flips else data[: int(share * len(data))])
    for place, bit in flips:
        damaged[-1 - int(place**2 * (len(damaged) - 1))] ^= 1 << bit
    try:
        loaded = load_project(io.BytesIO(bytes(damaged)), TIGHT)
    except DatasetError as error:
        assert str(error).endswith(".")
    else:
        assert isinstance(loaded.settings, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(JSON, JSON, JSON, JSON)
def test_any_manifest_is_read_or_refused(
    classes: Any, shots: Any, held_out: Any, rest: Any
) -> None:
    listed = [{"name": "a", "shots": shots}] if isinstance(shots, list) else classes
    facts = manifest(classes=listed, held_out=held_out, settings=rest)
    try:
        load_project(io.BytesIO(packed(facts)), TIGHT)
    except DatasetError as error:
        assert str(error).endswith(".")
