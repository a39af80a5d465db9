"""The engine: answers at once, gets faster, and falls back without anybody noticing."""

import copy
import gc
import json
import logging
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core import computing
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine, choose_device
from rn18demo.core.runtimes.base import Candidate, PictureOutputs
from rn18demo.core.runtimes.table import REFERENCE, VARIABLE
from rn18demo.core.runtimes.torch_runtime import TorchRuntime
from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError

CPU = torch.device("cpu")
LONG = 120.0
SQUARE = Image.effect_noise((224, 224), 90).convert("RGB")


class Fake(TorchRuntime):
    """A runtime that is right, unless told otherwise, and counts."""

    def __init__(self, name: str, network: ResNet, transform: InputTransform) -> None:
        super().__init__(network, transform, CPU, batch=4)
        self.words = name
        self.sizes: list[int] = []
        self.threads: list[threading.Thread] = []
        self.wrong_by = 0.0
        self.broken = False
        self.gate: threading.Event | None = None
        self.busy = threading.Event()

    def run(self, pixels: Tensor) -> list[PictureOutputs]:
        self.sizes.append(len(pixels))
        self.threads.append(threading.current_thread())
        self.busy.set()
        if self.gate is not None:
            assert self.gate.wait(LONG)
        if self.broken:
            raise RuntimeError("out of order")
        ramp = torch.arange(7.0)
        return [
            PictureOutputs(o.logits + self.wrong_by * ramp, o.activations)
            for o in super().run(pixels)
        ]


class Shop:
    """Builds fakes and remembers them."""

    def __init__(self) -> None:
        self.built: list[Fake] = []

    def candidate(self, name: str, change: Callable[[Fake], None] = lambda fake: None) -> Candidate:
        def build(network: ResNet, device: torch.device, transform: InputTransform) -> Fake:
            fake = Fake(name, network, transform)
            change(fake)
            self.built.append(fake)
            return fake

        return Candidate(name, "cpu", build)

    def last(self) -> Fake:
        return self.built[-1]


def missing(network: ResNet, device: torch.device, transform: InputTransform) -> Fake:
    raise ModuleNotFoundError("No module named 'magic'")


def disagree(fake: Fake) -> None:
    fake.wrong_by = 0.5


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture(autouse=True)
def no_wish_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def make_checkpoint(network: ResNet, name: str = "tiny") -> Checkpoint:
    labels = tuple(f"class {index}" for index in range(network.fc.out_features))
    return Checkpoint(name, name.title(), network, labels, InputTransform(), "a test", "")


@pytest.fixture
def checkpoint(network: ResNet) -> Checkpoint:
    return make_checkpoint(network)


def make_engine(folder: Path, *candidates: Candidate, runtime: str | None = None) -> Engine:
    """An engine that tries its candidates in order, without measuring, unless told otherwise."""
    wish = candidates[0].id if runtime is None else runtime
    return Engine(CPU, wish, folder / "runtimes.json", candidates)


def test_pytorch_answers_until_the_faster_runtime_is_ready(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    building, finish = threading.Event(), threading.Event()

    def build(network: ResNet, device: torch.device, transform: InputTransform) -> Fake:
        building.set()
        assert finish.wait(LONG)
        return Fake("faster", network, transform)

    engine = make_engine(tmp_path, Candidate("faster", "cpu", build))
    first = engine.submit(checkpoint, SQUARE).result(LONG)
    assert building.wait(LONG), "the first request starts it"
    assert engine.runtime_name(checkpoint) == "PyTorch, fp32"
    meanwhile = engine.submit(checkpoint, SQUARE).result(LONG)
    finish.set()
    engine.prepare(checkpoint)
    assert engine.runtime_name(checkpoint) == "faster"
    later = engine.submit(checkpoint, SQUARE).result(LONG)
    assert torch.equal(first.logits, meanwhile.logits)
    assert torch.allclose(first.logits, later.logits, atol=1e-3)


@pytest.mark.parametrize("anywhere", [True, False])
def test_only_a_runtime_that_suits_every_thread_is_called_by_the_visitors_own(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop, anywhere: bool
) -> None:
    def settle(fake: Fake) -> None:
        fake.any_thread = anywhere

    engine = make_engine(tmp_path, shop.candidate("fast", settle))
    engine.prepare(checkpoint)
    before = len(shop.last().threads)
    engine.analyze(checkpoint, SQUARE)
    (thread,) = shop.last().threads[before:]
    assert (thread is threading.current_thread()) == anywhere


def test_requests_that_arrive_together_are_one_forward(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    fake = shop.last()
    fake.sizes.clear()
    fake.busy.clear()
    fake.gate = threading.Event()
    first = engine.submit(checkpoint, SQUARE)
    assert fake.busy.wait(LONG)
    others = [engine.submit(checkpoint, SQUARE, client=name) for name in ("ann", "bob", "cem")]
    replaced = others[0]
    others[0] = engine.submit(checkpoint, SQUARE, client="ann")
    fake.gate.set()
    results = [future.result(LONG) for future in (first, *others)]
    assert fake.sizes == [1, 3]
    assert [result.batch for result in results] == [1, 3, 3, 3]
    with pytest.raises(CancelledError):
        replaced.result(LONG)
    for result in results[1:]:
        assert torch.allclose(result.logits, results[0].logits, atol=1e-4)
        assert {value.ndim for value in result.activations.values()} == {3}


@pytest.mark.parametrize("first", [Candidate("missing", "cpu", missing), None])
def test_a_runtime_that_is_missing_or_wrong_is_passed_over(
    tmp_path: Path,
    checkpoint: Checkpoint,
    shop: Shop,
    caplog: pytest.LogCaptureFixture,
    first: Candidate | None,
) -> None:
    poor = first or shop.candidate("wrong", disagree)
    engine = make_engine(tmp_path, poor, shop.candidate("next"))
    with caplog.at_level(logging.WARNING):
        engine.prepare(checkpoint)
    assert engine.runtime_name(checkpoint) == "next"
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert poor.id in lines[0]
    assert "passed over" in lines[0]


def test_without_any_good_runtime_pytorch_goes_on(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    engine = make_engine(tmp_path, shop.candidate("wrong", disagree))
    engine.prepare(checkpoint)
    assert engine.runtime_name(checkpoint) == "PyTorch, fp32"
    assert engine.submit(checkpoint, SQUARE).result(LONG).batch == 1


def test_a_runtime_that_fails_later_costs_nobody_an_answer(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    fake = shop.last()
    before = engine.submit(checkpoint, SQUARE).result(LONG)
    fake.broken = True
    with caplog.at_level(logging.WARNING):
        after = engine.submit(checkpoint, SQUARE).result(LONG)
    assert torch.allclose(before.logits, after.logits, atol=1e-3)
    assert engine.runtime_name(checkpoint) == "PyTorch, fp32"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    runs = len(fake.sizes)
    engine.submit(checkpoint, SQUARE).result(LONG)
    assert len(fake.sizes) == runs, "it is not tried again"


def test_a_picture_of_another_size_is_the_callers_mistake(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    with pytest.raises(ValueError, match="224"):
        engine.submit(checkpoint, Image.new("RGB", (224, 200)))
    assert engine.runtime_name(checkpoint) == "fake"


def test_the_fastest_is_measured_once_and_remembered(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    candidates = shop.candidate("one"), shop.candidate("two")
    make_engine(tmp_path, *candidates, runtime="auto").prepare(checkpoint)
    measured = json.loads((tmp_path / "runtimes.json").read_text())
    ((machine, ranking),) = measured["machines"].items()
    assert {entry["id"] for entry in ranking} == {"one", "two", REFERENCE}

    # What the file says is believed: the order in it decides.
    for names in (["two", "one", REFERENCE], ["one", "two"], [REFERENCE, "one"]):
        measured["machines"][machine] = [{"id": name, "milliseconds": 1} for name in names]
        (tmp_path / "runtimes.json").write_text(json.dumps(measured))
        engine = make_engine(tmp_path, *candidates, runtime="auto")
        engine.prepare(checkpoint)
        wanted = "PyTorch, fp32" if names[0] == REFERENCE else names[0]
        assert engine.runtime_name(checkpoint) == wanted


def test_one_failure_is_not_for_ever(
    tmp_path: Path, checkpoint: Checkpoint, network: ResNet, shop: Shop
) -> None:
    troubles = [RuntimeError("out of memory")]

    def trip(fake: Fake) -> None:
        if troubles:
            raise troubles.pop()

    flaky = shop.candidate("flaky", trip)
    engine = make_engine(tmp_path, flaky, runtime="auto")
    engine.prepare(checkpoint)
    assert engine.runtime_name(checkpoint) == "PyTorch, fp32"
    assert not (tmp_path / "runtimes.json").exists(), "the next start tries it again"
    second = make_checkpoint(network, "second")
    engine.prepare(second)
    entries = json.loads((tmp_path / "runtimes.json").read_text())["machines"].values()
    assert {entry["id"] for ranking in entries for entry in ranking} == {"flaky", REFERENCE}


def test_two_failures_are(
    tmp_path: Path, checkpoint: Checkpoint, network: ResNet, shop: Shop
) -> None:
    tries: list[Fake] = []

    def fail(fake: Fake) -> None:
        tries.append(fake)
        raise RuntimeError("no such instruction")

    engine = make_engine(tmp_path, shop.candidate("broken", fail), runtime="auto")
    for name in ("first", "second", "third"):
        engine.prepare(make_checkpoint(network, name))
    assert len(tries) == 2
    assert (tmp_path / "runtimes.json").exists()


@pytest.mark.parametrize("computes", [True, False])
def test_a_gpu_that_pytorch_cannot_compute_on_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, computes: bool
) -> None:
    def zeros(*shape: int, device: str) -> Tensor:
        assert device == "cuda"
        if not computes:
            raise RuntimeError("CUDA error: no kernel image is available\nmore lines")
        return torch.ones(*shape)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "zeros", zeros)
    if computes:
        assert choose_device("auto").type == choose_device("cuda").type == "cuda"
        return
    assert choose_device("auto").type == "cpu"
    assert "no kernel image is available). The CPU" in caplog.text
    with pytest.raises(RequestError, match="no kernel image"):
        choose_device("cuda")
    assert choose_device("cpu").type == "cpu"


def test_a_damaged_memory_is_measured_again(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    (tmp_path / "runtimes.json").write_text('{"format": 1, "machines": {')
    engine = make_engine(tmp_path, shop.candidate("one"), runtime="auto")
    engine.prepare(checkpoint)
    assert json.loads((tmp_path / "runtimes.json").read_text())["machines"]


def test_the_environment_decides_and_the_caller_decides_over_it(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = shop.candidate("one"), shop.candidate("two")
    monkeypatch.setenv(VARIABLE, "two")
    for wish, wanted in (("auto", "two"), ("one", "one"), (REFERENCE, "PyTorch, fp32")):
        engine = make_engine(tmp_path, *candidates, runtime=wish)
        engine.prepare(checkpoint)
        assert engine.runtime_name(checkpoint) == wanted
    assert not (tmp_path / "runtimes.json").exists(), "nothing had to be measured"
    monkeypatch.setenv(VARIABLE, "three")
    with pytest.raises(RequestError, match="three"):
        make_engine(tmp_path, *candidates, runtime="auto")


def test_a_fine_tuned_checkpoint_answers_at_once_with_its_own_weights(
    tmp_path: Path, checkpoint: Checkpoint, shop: Shop
) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    network = copy.deepcopy(checkpoint.network)
    network.fc.bias += torch.arange(7.0)
    tuned = make_checkpoint(network, "ft-1")
    old = engine.submit(checkpoint, SQUARE).result(LONG).logits
    for name in ("PyTorch, fp32", "fake"):
        assert engine.runtime_name(tuned) == name
        new = engine.submit(tuned, SQUARE).result(LONG).logits
        assert torch.allclose(new - old, torch.arange(7.0), atol=1e-3)
        engine.prepare(tuned)


def test_only_a_handful_is_kept_loaded(tmp_path: Path, checkpoint: Checkpoint, shop: Shop) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    many = [make_checkpoint(checkpoint.network, f"ft-{n}") for n in range(computing.KEPT + 1)]
    for one in many:
        engine.prepare(one)
    names = [engine.runtime_name(one) for one in many]
    assert names == ["PyTorch, fp32"] + ["fake"] * computing.KEPT
    assert engine.submit(many[0], SQUARE).result(LONG).batch == 1
    assert engine.runtime_name(many[0]) == "PyTorch, fp32", "the others are in use"


def test_the_network_is_left_as_found(tmp_path: Path, checkpoint: Checkpoint, shop: Shop) -> None:
    network = checkpoint.network
    before = {name: value.clone() for name, value in network.state_dict().items()}
    engine = make_engine(tmp_path, shop.candidate("fake"), runtime="auto")
    engine.analyze(checkpoint, SQUARE)
    engine.prepare(checkpoint)
    engine.analyze(checkpoint, SQUARE)
    shop.last().broken = True
    engine.analyze(checkpoint, SQUARE)
    assert engine.network(checkpoint) is network
    assert not network.training
    for name, value in network.state_dict().items():
        assert value.dtype == before[name].dtype
        assert value.is_contiguous()
        assert torch.equal(value, before[name])
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in network.modules())


def test_an_analysis_holds_what_the_forward_told(
    tmp_path: Path, checkpoint: Checkpoint, photograph: Image.Image, shop: Shop
) -> None:
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    analysis = engine.analyze(checkpoint, photograph)
    with torch.inference_mode():
        wanted = checkpoint.network(checkpoint.transform.tensor(photograph)[None])[0]
    assert torch.allclose(analysis.logits, wanted, atol=1e-3)
    assert analysis.square.size == (224, 224)
    assert 0 < analysis.network_milliseconds < analysis.milliseconds
    assert analysis.device == "CPU"


def test_openvino_is_ready_for_a_checkpoint_of_ones_own(
    tmp_path: Path, checkpoint: Checkpoint, photograph: Image.Image
) -> None:
    """The real thing, as far as weights of a test can tell: in float32, on every CPU."""
    engine = Engine(CPU, "openvino-fp32", tmp_path / "runtimes.json")
    engine.prepare(checkpoint)
    assert engine.runtime_name(checkpoint) == "OpenVINO, fp32"
    analysis = engine.analyze(checkpoint, photograph)
    with torch.inference_mode():
        wanted = checkpoint.network(checkpoint.transform.tensor(photograph)[None])[0]
    assert torch.allclose(analysis.logits, wanted, atol=1e-3)


def test_engines_and_checkpoints_can_be_forgotten(
    tmp_path: Path, network: ResNet, shop: Shop
) -> None:
    checkpoint = make_checkpoint(network)
    engine = make_engine(tmp_path, shop.candidate("fake"))
    engine.prepare(checkpoint)
    engine.submit(checkpoint, SQUARE).result(LONG)
    forgotten = weakref.ref(checkpoint)
    del checkpoint
    gc.collect()
    engine.submit(make_checkpoint(network, "another"), SQUARE).result(LONG)
    gc.collect()
    assert forgotten() is None
    thread = engine._batcher._thread
    assert thread is not None
    gone = weakref.ref(engine)
    del engine
    gc.collect()
    assert gone() is None
    thread.join(LONG)
    assert not thread.is_alive()


def test_a_program_may_end_while_the_fastest_is_looked_for(tmp_path: Path) -> None:
    program = (
        "import sys, torch\n"
        "from pathlib import Path\n"
        "from PIL import Image\n"
        "from torchvision.models import resnet18\n"
        "from rn18demo.core.checkpoints import Checkpoint\n"
        "from rn18demo.core.engine import Engine\n"
        "from rn18demo.core.transform import InputTransform\n"
        "network = resnet18(num_classes=2).eval()\n"
        "one = Checkpoint('one', 'One', network, ('a', 'b'), InputTransform(), '', '')\n"
        "engine = Engine(torch.device('cpu'), memory=Path(sys.argv[1]) / 'runtimes.json')\n"
        "engine.analyze(one, Image.new('RGB', (224, 224)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        env={name: value for name, value in os.environ.items() if name != VARIABLE},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "runtimes.json").exists(), "it was not waited for"
