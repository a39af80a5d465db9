"""Every runtime gives what PyTorch gives: the shipped weights on the shipped photographs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import ResNet

from rn18demo.core.agreement import Agreement, combine, compare_outputs
from rn18demo.core.checkpoints import STARTER_ID, Catalogue, Checkpoint
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.base import (
    Normalise,
    NotForThisMachine,
    PictureOutputs,
    Runtime,
    joined,
    pixels_of,
)
from rn18demo.core.runtimes.cuda_runtime import CudaRuntime
from rn18demo.core.runtimes.folding import fold
from rn18demo.core.runtimes.openvino_runtime import OpenvinoRuntime
from rn18demo.core.runtimes.table import CANDIDATES, choose_runtime
from rn18demo.core.runtimes.torch_runtime import build_bf16, build_reference, has_native_bf16
from rn18demo.core.stages import STAGES, forward_stages
from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
ON_CPU = [candidate for candidate in CANDIDATES if candidate.device == "cpu"]
EXACT = {"openvino-fp32", "torch-channels-last"}


@pytest.fixture(scope="module")
def starter() -> Checkpoint:
    return Catalogue().get(STARTER_ID)


@pytest.fixture(scope="module")
def folded(starter: Checkpoint) -> ResNet:
    return fold(starter.network)


@pytest.fixture(scope="module")
def pixels(starter: Checkpoint) -> Tensor:
    """(N, 224, 224, 3) uint8: all example photographs."""
    squares = [starter.transform.picture(read_image(one.path)) for one in read_examples()]
    return joined([pixels_of(square) for square in squares])


@pytest.fixture(scope="module")
def expected(starter: Checkpoint, pixels: Tensor) -> list[PictureOutputs]:
    reference = build_reference(starter.network, CPU, starter.transform)
    return [reference.run(one[None])[0] for one in pixels]


def agreement(
    starter: Checkpoint, expected: list[PictureOutputs], given: list[PictureOutputs]
) -> Agreement:
    head = starter.network.fc.weight.detach().cpu()
    pairs = zip(expected, given, strict=True)
    return combine(compare_outputs(one, other, head) for one, other in pairs)


@pytest.mark.parametrize("name", [candidate.id for candidate in ON_CPU])
def test_single_pictures_and_batches_agree_with_pytorch(
    name: str,
    starter: Checkpoint,
    folded: ResNet,
    pixels: Tensor,
    expected: list[PictureOutputs],
) -> None:
    if name == "torch-bf16" and not has_native_bf16():
        with pytest.raises(NotForThisMachine):
            build_bf16(folded, CPU, starter.transform)
        return
    candidate = next(one for one in ON_CPU if one.id == name)
    runtime: Runtime = candidate.build(folded, CPU, starter.transform)
    singles = [runtime.run(one[None])[0] for one in pixels]
    verdict = agreement(starter, expected, singles)
    assert verdict.pictures == len(read_examples())
    assert verdict.holds, verdict
    together = agreement(starter, expected, runtime.run(pixels))
    assert together.holds, together
    if name in EXACT:
        assert verdict.largest_gap < 1e-4
        assert verdict.near_ties == 0
    for stage in STAGES:
        one = singles[0].activations[stage.name]
        assert one.dtype == torch.float32
        assert one.shape == (stage.channels, stage.side, stage.side)
        gap = (one - expected[0].activations[stage.name]).abs().max()
        assert gap <= 0.03 * expected[0].activations[stage.name].max(), stage.name


def test_results_are_not_overwritten_by_the_next_run(
    starter: Checkpoint, folded: ResNet, pixels: Tensor
) -> None:
    runtime = OpenvinoRuntime(folded, starter.transform)
    first = runtime.run(pixels[:1])[0]
    before = {name: value.clone() for name, value in first.activations.items()}
    logits = first.logits.clone()
    second = runtime.run(pixels[1:2])[0]
    assert torch.equal(first.logits, logits)
    assert all(torch.equal(first.activations[name], before[name]) for name in before)
    assert not torch.equal(first.logits, second.logits)


def test_pictures_of_a_batch_share_no_memory(
    starter: Checkpoint, folded: ResNet, pixels: Tensor
) -> None:
    one, two = OpenvinoRuntime(folded, starter.transform).run(pixels[:2])
    for name, value in one.activations.items():
        assert value.untyped_storage().nbytes() == value.numel() * 4
        assert (
            value.untyped_storage().data_ptr() != two.activations[name].untyped_storage().data_ptr()
        )


def test_another_side_and_other_colours(network: ResNet) -> None:
    transform = InputTransform(resize=100, crop=96, mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
    picture = Image.effect_noise((96, 96), 80).convert("RGB")
    runtime = OpenvinoRuntime(fold(network), transform, "f32")
    with torch.inference_mode():
        wanted = forward_stages(network, transform.normalise(picture)[None])
    given = runtime.run(pixels_of(picture)[None])[0]
    assert torch.allclose(given.logits, wanted.logits[0], atol=1e-3)
    assert given.activations["layer4"].shape == wanted.activations["layer4"][0].shape


def test_only_logits_may_be_asked_for(
    starter: Checkpoint, folded: ResNet, pixels: Tensor, expected: list[PictureOutputs]
) -> None:
    given = OpenvinoRuntime(folded, starter.transform, "f32", stages=False).run(pixels[:1])[0]
    assert given.activations == {}
    assert torch.allclose(given.logits, expected[0].logits, atol=1e-3)


def test_openvino_says_its_precision(starter: Checkpoint, folded: ResNet) -> None:
    assert OpenvinoRuntime(folded, starter.transform, "f32").words == "OpenVINO, fp32"
    usual = OpenvinoRuntime(folded, starter.transform).words
    assert usual in {"OpenVINO, bf16", "OpenVINO, fp16", "OpenVINO, fp32"}
    if has_native_bf16():
        assert usual == "OpenVINO, bf16"


def test_folding_changes_the_form_and_not_the_function(network: ResNet, batch: Tensor) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    folded = fold(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    assert not folded.training
    with torch.inference_mode():
        wanted, given = forward_stages(network, batch), forward_stages(folded, batch)
    assert torch.allclose(wanted.logits, given.logits, atol=1e-4)
    for stage in STAGES:
        assert torch.allclose(
            wanted.activations[stage.name], given.activations[stage.name], atol=1e-4
        )
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    folded.fc.weight.zero_()
    assert bool(network.fc.weight.any())


def test_normalising_is_the_transforms_to_the_bit(starter: Checkpoint, pixels: Tensor) -> None:
    normalise = Normalise(starter.transform, CPU)
    wanted = torch.stack(
        [starter.transform.tensor(read_image(one.path)) for one in read_examples()]
    )
    assert torch.equal(normalise(pixels), wanted)
    assert pixels.dtype == torch.uint8


def run_python(program: str, **variables: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_engine_starts_without_loading_openvino() -> None:
    run_python(
        "import sys, torch\n"
        "from rn18demo.core.engine import Engine\n"
        "Engine(torch.device('cpu'))\n"
        "assert 'openvino' not in sys.modules\n"
    )


def test_openvino_is_loaded_without_what_reports_home(tmp_path: Path) -> None:
    run_python(
        "import sys\n"
        "from rn18demo.core.runtimes.openvino_graph import load_openvino\n"
        "load_openvino()\n"
        "assert 'openvino' in sys.modules\n"
        "bad = [n for n in sys.modules if 'telemetry' in n or n.startswith('openvino.tools')]\n"
        "assert not bad, bad\n",
        HOME=str(tmp_path),
    )
    assert not list(tmp_path.rglob("*")), "an identity for the reports was made"


@pytest.mark.parametrize(
    ("wish", "device", "words"),
    [("magic", "cpu", "magic"), ("cuda-fp16", "cpu", "--device cuda"), ("openvino", "cuda", "cpu")],
)
def test_a_wish_that_cannot_be_met_is_refused(wish: str, device: str, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        choose_runtime(wish, torch.device(device))


@pytest.mark.gpu
def test_the_gpu_agrees_with_pytorch(
    starter: Checkpoint, folded: ResNet, pixels: Tensor, expected: list[PictureOutputs]
) -> None:
    runtime = CudaRuntime(folded, torch.device("cuda"), starter.transform)
    singles = [runtime.run(one[None])[0] for one in pixels]
    verdict = agreement(starter, expected, singles)
    assert verdict.holds, verdict
    together = agreement(starter, expected, runtime.run(pixels))
    assert together.holds, together
    again = runtime.run(pixels[:1])[0]
    assert torch.equal(again.logits, singles[0].logits), "a replay is a replay"
