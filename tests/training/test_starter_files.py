"""Packing, measuring and describing the starter, on a tiny stand-in for Tiny ImageNet."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torchvision.models import resnet18

from rn18demo.core.checkpoint_files import load_safetensors_folder
from rn18demo.core.transform import InputTransform
from rn18demo.errors import CheckpointError, RequestError
from rn18demo.training.starter import corruptions
from rn18demo.training.starter import state as run_state
from rn18demo.training.starter.answers import (
    Answers,
    Measured,
    ask,
    calibration_error,
    photograph_files,
    spread,
    validation_rows,
)
from rn18demo.training.starter.card import model_card
from rn18demo.training.starter.data import Classes, read_classes
from rn18demo.training.starter.measure import confusions, main, variants, write_accuracy
from rn18demo.training.starter.pack import (
    describe,
    read_finished,
    read_progress,
    read_unfinished,
    write_folder,
)

COLOURS = [(220, 30, 30), (30, 200, 30), (30, 30, 220)]
NAMES = ("red thing", "green thing", "blue thing")
WNIDS = ("n01", "n02", "n03")
RECIPE: dict[str, Any] = {
    "phases": [{"until": 0.5, "side": 128}, {"until": 1.0, "side": 224}],
    "epochs": None,
    "minutes": 120,
    "batch": 128,
    "learning_rate": 0.25,
    "warm_up": 0.15,
    "weight_decay": 5e-5,
    "label_smoothing": 0.1,
    "mix": 0.0,
    "crop": 0.35,
    "sharpen": 1.5,
    "averaging": 0.9,
    "seed": 18,
}
CLASSES = Classes(WNIDS, NAMES)


class ByColour(nn.Module):
    """Three logits: how much red, green and blue there is."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(5.0))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, 3)."""
        return self.scale * x.mean((2, 3))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Nine pictures laid out as Tiny ImageNet's validation set; the last one is mislabelled."""
    folder = tmp_path / "tiny"
    images = folder / "val" / "images"
    images.mkdir(parents=True)
    (folder / "wnids.txt").write_text("\n".join(reversed(WNIDS)))
    words = [f"{w}\t{n}, another name" for w, n in zip(WNIDS, NAMES, strict=True)]
    (folder / "words.txt").write_text("\n".join(words))
    lines = []
    for number in range(9):
        Image.new("RGB", (64, 64), COLOURS[number % 3]).save(images / f"val_{number}.JPEG")
        target = 0 if number == 8 else number % 3
        lines.append(f"val_{number}.JPEG\t{WNIDS[target]}\t0\t0\t62\t62")
    (folder / "val" / "val_annotations.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return resnet18(num_classes=3).eval()


@pytest.fixture
def starter(tmp_path: Path, network: nn.Module) -> Path:
    folder = tmp_path / "starter"
    facts = describe(CLASSES, InputTransform(soften=128), RECIPE, "two CPU cores")
    training = {"steps": 10, "pictures_seen": 196_000, "seconds": 7200}
    write_folder(folder, network.state_dict(), facts | {"training": training})
    return folder


# Packing


def test_a_packed_starter_says_what_it_is(starter: Path) -> None:
    checkpoint = load_safetensors_folder(starter)
    assert checkpoint.id == "starter"
    assert checkpoint.labels == NAMES and checkpoint.wnids == WNIDS
    assert checkpoint.note == "A first version: trained for 120 minutes on two CPU cores."
    assert checkpoint.accuracy is None


def test_finished_and_unfinished_runs_are_read(tmp_path: Path, network: nn.Module) -> None:
    average = AveragedModel(network)
    with torch.no_grad():
        dict(average.named_parameters())["module.fc.bias"].add_(1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    progress = run_state.Progress(step=5, images=640, seconds=12.4)
    run_state.save(tmp_path / "last.safetensors", network, average, optimizer, progress)
    save_file(network.state_dict(), tmp_path / "starter.safetensors")
    bias = network.state_dict()["fc.bias"]
    torch.testing.assert_close(read_unfinished(tmp_path)["fc.bias"], bias + 1)
    torch.testing.assert_close(read_finished(tmp_path)["fc.bias"], bias)
    assert read_unfinished(tmp_path).keys() == network.state_dict().keys()
    found = {"steps": 5, "pictures_seen": 640, "seconds": 12, "log": []}
    assert read_progress(tmp_path) == found
    assert read_progress(tmp_path / "nowhere") == {}


def test_weights_that_do_not_fit_fp16_are_not_written(tmp_path: Path, network: nn.Module) -> None:
    state = dict(network.state_dict())
    state["fc.bias"] = torch.full((3,), 1e6)
    with pytest.raises(CheckpointError, match="not numbers"):
        write_folder(tmp_path / "out", state, {})
    assert not (tmp_path / "out").exists()


# Measuring


def test_accuracy_is_counted_through_the_apps_way_of_reading(data: Path, starter: Path) -> None:
    rows = validation_rows(data, load_safetensors_folder(starter))
    done: list[int] = []
    found = ask(ByColour(), rows, InputTransform(), done.append).measured
    assert found.top1 == pytest.approx(8 / 9)
    assert found.top5 == 1.0  # only three classes
    assert found.pictures == 9 and done == [9]


def test_the_classes_keep_their_places_in_the_head(data: Path, tmp_path: Path) -> None:
    """A checkpoint may list the same classes in another order."""
    turned = Classes(WNIDS[::-1], NAMES[::-1])
    folder = tmp_path / "turned"
    facts = describe(turned, InputTransform(), RECIPE, "a CPU")
    write_folder(folder, resnet18(num_classes=3).state_dict(), facts)
    rows = validation_rows(data, load_safetensors_folder(folder))
    assert [target for _, target in rows] == [2, 1, 0, 2, 1, 0, 2, 1, 2]


def test_a_checkpoint_with_other_classes_is_refused(data: Path, tmp_path: Path) -> None:
    facts = describe(Classes(("x", "y", "z"), NAMES), InputTransform(), RECIPE, "a CPU")
    write_folder(tmp_path / "other", resnet18(num_classes=3).state_dict(), facts)
    with pytest.raises(CheckpointError, match="WordNet"):
        validation_rows(data, load_safetensors_folder(tmp_path / "other"))


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0, 1.0], [False, False], 1.0),
        ([0.75, 0.75, 0.75, 0.75], [True, True, True, False], 0.0),
        ([0.9, 0.9, 0.3, 0.3], [True, False, True, False], 0.3),
    ],
)
def test_calibration_error(confidence: list[float], right: list[bool], expected: float) -> None:
    found = calibration_error(torch.tensor(confidence), torch.tensor(right))
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_limit_takes_pictures_from_the_whole_list() -> None:
    rows = [(Path(str(number)), number) for number in range(10)]
    assert [target for _, target in spread(rows, 5)] == [0, 2, 4, 6, 8]
    assert [target for _, target in spread(rows, 3)] == [0, 3, 6]
    assert spread(rows, None) == spread(rows, 50) == rows


def test_photographs_are_found_by_id_and_by_name(tmp_path: Path, starter: Path) -> None:
    photos = tmp_path / "photos"
    for folder, file in (("n02", "a.jpg"), ("Red_Thing", "b.PNG"), ("blue thing", "notes.txt")):
        (photos / folder).mkdir(parents=True)
        (photos / folder / file).touch()
    checkpoint = load_safetensors_folder(starter)
    found = {(path.name, target) for path, target in photograph_files(photos, checkpoint)}
    assert found == {("a.jpg", 1), ("b.PNG", 0)}
    (photos / "unicorn").mkdir()
    with pytest.raises(RequestError, match="'unicorn' is no class"):
        photograph_files(photos, checkpoint)


def test_the_ways_compared_differ_and_keep_the_rest() -> None:
    own = InputTransform(std=(0.2, 0.2, 0.2))
    ways = variants(own)
    assert len(set(ways)) == len(ways) == 10
    assert all(way.std == own.std and way.crop == 224 for way in ways)


def test_what_is_measured_is_written_down(starter: Path) -> None:
    before = load_safetensors_folder(starter)
    write_accuracy(starter, Measured(0.41234, 0.6789, 0.0321, 10_000), "do it again")
    after = load_safetensors_folder(starter)
    assert after.sha256 == before.sha256 and after.labels == before.labels
    assert after.accuracy is not None
    assert (after.accuracy.top1, after.accuracy.top5) == (0.4123, 0.6789)
    assert after.accuracy.calibration_error == 0.0321
    assert "| 41.23% | 67.89% | 10,000 | 0.032 |" in (starter / "README.md").read_text()


def test_the_command_measures_and_writes(
    data: Path, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "--checkpoint", str(starter), "--device", "cpu", "--write"])
    assert "validation      256    128" in capsys.readouterr().out
    card = json.loads((starter / "checkpoint.json").read_text())
    assert card["accuracy"]["pictures"] == 9
    wrong = sum(pair["times"] for pair in card["confused"]["pairs"])
    assert wrong == round(9 * (1 - card["accuracy"]["top1"]))
    assert "## What it takes for what" in (starter / "README.md").read_text()


def test_the_commonest_mistakes_and_the_hardest_classes() -> None:
    said = [0, 1, 1, 1, 2, 2, 0, 0]
    answers = Answers(
        torch.tensor([0, 0, 0, 1, 2, 2, 2, 2]), torch.tensor(said)[:, None], torch.ones(8)
    )
    assert answers.confused(5) == [(0, 1, 2), (2, 0, 2)]
    found = confusions(answers, NAMES)
    assert found["pairs"][0] == {"class": NAMES[0], "answer": NAMES[1], "times": 2, "of": 3}
    shares = {one["class"]: one["right"] for one in found["hardest"]}
    assert shares == {NAMES[0]: 0.3333, NAMES[2]: 0.5, NAMES[1]: 1.0}


def test_pictures_are_changed_in_known_ways(data: Path) -> None:
    with Image.open(data / "val" / "images" / "val_0.JPEG") as picture:
        for name, change in corruptions.CORRUPTIONS.items():
            changed = picture if change is None else change(picture)
            assert changed.mode == "RGB"
            assert min(changed.size) == (256 if "enlarged" in name else 64), name
        grey = Image.new("RGB", (64, 64), (120, 120, 120))
        spread_now = (
            torch.tensor(list(corruptions.add_noise(grey).get_flattened_data()))
            .double()
            .std()
            .item()
        )
        assert spread_now == pytest.approx(corruptions.NOISE, rel=0.02)
        assert corruptions.darken(grey).getpixel((5, 5)) == (48, 48, 48)


def test_accuracy_on_corrupted_pictures_is_measured_and_written(
    data: Path, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(data), "--checkpoint", str(starter), "--device", "cpu", "--write"]
    corruptions.main([*words, "--limit", "3"])
    rows = json.loads((starter / "checkpoint.json").read_text())["corruptions"]
    assert [row["pictures"] for row in rows] == list(corruptions.CORRUPTIONS)
    assert all(list(row["top1"]) == ["None", "64", "96", "128"] for row in rows)
    assert capsys.readouterr().out.count("enlarged") == 6
    assert "| softened to 96 |" in (starter / "README.md").read_text()


def test_the_command_compares_and_prints_json(
    data: Path, starter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "photos"
    (photos / "n02").mkdir(parents=True)
    Image.new("RGB", (300, 200), COLOURS[1]).save(photos / "n02" / "a.jpg")
    words = ["--data", str(data), "--checkpoint", str(starter), "--device", "cpu"]
    main([*words, "--limit", "2", "--photos", str(photos), "--compare", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["set"] for row in rows] == ["validation", "photographs"] * 10
    assert [row["pictures"] for row in rows[:2]] == [2, 1]
    assert len({json.dumps(row["transform"]) for row in rows}) == 10


@pytest.mark.parametrize("other", [("--limit", "3"), ("--compare",)])
def test_a_part_of_the_set_is_not_written_down(
    data: Path, starter: Path, other: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(data), "--checkpoint", str(starter), "--write", *other])
    assert "--write goes with the whole set" in capsys.readouterr().err
    assert not (starter / "README.md").exists()


# Describing


def facts(**changes: Any) -> dict[str, Any]:
    plain = describe(CLASSES, InputTransform(soften=128), RECIPE, "two CPU cores")
    training = {"steps": 10, "pictures_seen": 196_000, "seconds": 7200}
    return plain | {"training": training} | changes


def test_the_card_has_the_numbers_of_the_run() -> None:
    card = model_card(facts())
    for words in (
        "license: apache-2.0",
        "A first version: trained for 120 minutes on two CPU cores.",
        "2.0 passes",
        "128, 224 pixels",
        "brought down to 128 pixels",
        "Seed 18",
        "not been measured",
        "none of them is in this repository",
    ):
        assert words in card, words
    assert "MixUp" not in card and "{" not in card


def test_the_card_follows_the_facts() -> None:
    mixed = {**RECIPE, "mix": 0.7, "minutes": None, "epochs": 90}
    described = describe(CLASSES, InputTransform(), mixed, "one GPU")
    card = model_card({**facts(), **described})
    assert "Trained for 90 passes over its pictures on one GPU." in card
    assert "MixUp or CutMix on 70%" in card and "brought down" not in card
    unfinished = describe(CLASSES, InputTransform(), None, "a CPU")
    assert "An unfinished run" in model_card({**facts(), **unfinished})


def test_classes_are_read_in_the_heads_order(data: Path) -> None:
    assert read_classes(data) == CLASSES
