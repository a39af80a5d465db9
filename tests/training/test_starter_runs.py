"""Whole runs of the starter's commands, on a stand-in for Tiny ImageNet with three classes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rn18demo.core.checkpoint_files import load_safetensors_folder
from rn18demo.training.starter import __main__ as training
from rn18demo.training.starter import make, short_runs, train
from rn18demo.training.starter.data import HELD_OUT_PER_CLASS, read_classes, read_training
from rn18demo.training.starter.recipe import CPU, Phase

WNIDS = ("n01", "n02", "n03")
SMALL = replace(CPU, batch=4, phases=(Phase(1.0, 32),), minutes=None, epochs=6.0)
SMALL = replace(SMALL, learning_rate=0.002, finish_rate=1e-4)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five pictures a class to train on, ten held out, two to validate, of colour and noise."""
    monkeypatch.setattr(train, "CLASSES", len(WNIDS))
    folder, random = tmp_path / "tiny", np.random.default_rng(0)

    def save(path: Path, label: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 90, (64, 64, 3))
        pixels[..., label] += 150
        Image.fromarray(pixels.astype(np.uint8)).save(path)

    lines = []
    for label, wnid in enumerate(WNIDS):
        for number in range(HELD_OUT_PER_CLASS + 5):
            save(folder / "train" / wnid / "images" / f"{wnid}_{number:02}.JPEG", label)
        for number in range(2):
            save(folder / "val" / "images" / f"{wnid}_{number}.JPEG", label)
            lines.append(f"{wnid}_{number}.JPEG\t{wnid}\t0\t0\t62\t62")
    (folder / "val" / "val_annotations.txt").write_text("\n".join(lines))
    (folder / "wnids.txt").write_text("\n".join(WNIDS))
    (folder / "words.txt").write_text("\n".join(f"{w}\tthing {w}" for w in WNIDS))
    return folder


def test_one_command_trains_packs_measures_and_writes_the_card(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CPU", replace(SMALL, finish_minutes=0.01))
    run, out = tmp_path / "run", tmp_path / "starter"
    words = ["--data", str(data), "--run", str(run), "--out", str(out), "--device", "cpu"]
    make.main([*words, "--machine", "a test"])
    checkpoint = load_safetensors_folder(out)
    assert checkpoint.labels == tuple(f"thing {wnid}" for wnid in WNIDS)
    assert checkpoint.accuracy is not None and checkpoint.accuracy.pictures == 6
    card = (out / "README.md").read_text()
    assert "6 passes over its pictures on a test" in card
    assert "## Corrupted pictures" in card

    before = (run / "starter.safetensors").read_bytes()
    make.main([*words, "--machine", "the same run"])  # goes on after the training
    assert (run / "starter.safetensors").read_bytes() == before
    assert "on the same run" in (out / "README.md").read_text()


def test_short_runs_are_compared_and_not_repeated(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"the first": {}, "mixed": {"mix": 1.0, "label_smoothing": 0.0}}
    monkeypatch.setattr(short_runs, "CHANGES", first)
    training_set, held_out = read_training(data, read_classes(data))
    rows = list(short_runs.short_runs(training_set, held_out, SMALL, tmp_path / "runs"))
    assert [row["name"] for row in rows] == list(first)
    for row in rows:
        assert set(row["last"]) == set(row["average"]) == {str(s) for s in short_runs.SIDES}
        assert all(0 <= share <= 1 for share in row["last"].values())
    monkeypatch.setattr(short_runs, "train", None)  # nothing is trained again
    again = list(short_runs.short_runs(training_set, held_out, SMALL, tmp_path / "runs"))
    assert json.dumps(again) == json.dumps(rows)
