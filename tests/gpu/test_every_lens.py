"""What a visitor gets from a GPU is what the CPU says: `pytest -m gpu` on a machine with one.

Needs what core needs, but no gradio: PyTorch and torchvision, and for reading pictures and finding
folders pillow-heif and platformdirs. To leave out the tests that need the rest as well:
`pytest -m gpu tests/gpu tests/core/test_runtimes.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rn18demo.core.agreement import combine, compare_outputs
from rn18demo.core.analysis import Analysis
from rn18demo.core.blocks import BLOCKS
from rn18demo.core.cam_methods import GRAD_CAM
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.ledger import in_float32, read_ledger
from rn18demo.core.lenses import Lenses, MapRequest
from rn18demo.core.live import LiveRequest, live_value
from rn18demo.core.runtimes.base import PictureOutputs, joined, pixels_of
from rn18demo.core.stages import STAGES
from rn18demo.core.surgery import operate, read_surgery
from tests.gpu.conftest import CPU, CUDA, fresh

pytestmark = pytest.mark.gpu
CLOSE = 0.995
"""Correlation of maps from half-precision activations with those of float32."""
AT_ONCE = 12


def outputs(analysis: Analysis) -> PictureOutputs:
    return PictureOutputs(analysis.logits, analysis.activations)


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_the_fast_runtime_is_taken(on_gpu: tuple[Engine, Checkpoint]) -> None:
    engine, checkpoint = on_gpu
    assert engine.runtime_name(checkpoint) == "PyTorch, fp16, CUDA graph"
    assert engine.device_name == torch.cuda.get_device_name()


def test_analyses_agree(
    on_cpu: tuple[Engine, Checkpoint],
    on_gpu: tuple[Engine, Checkpoint],
    pictures: list[Image.Image],
) -> None:
    head = fresh().head
    verdict = combine(
        compare_outputs(
            outputs(on_cpu[0].analyze(on_cpu[1], picture)),
            outputs(on_gpu[0].analyze(on_gpu[1], picture)),
            head,
        )
        for picture in pictures
    )
    assert verdict.holds, verdict


def test_many_threads_get_their_own_answers(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    engine, checkpoint = on_gpu
    alone = [engine.analyze(checkpoint, picture).top(1)[0] for picture in pictures]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(5):
            found = list(pool.map(lambda p: engine.analyze(checkpoint, p).top(1)[0], pictures))
            assert [one.index for one in found] == [one.index for one in alone]
            gaps = [abs(a.probability - b.probability) for a, b in zip(found, alone, strict=True)]
            assert max(gaps) < 0.01


def test_batches_give_what_single_pictures_give(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    engine, checkpoint = on_gpu
    runtime = engine.runtime(checkpoint)
    batch = joined([pixels_of(checkpoint.transform.picture(picture)) for picture in pictures])
    singles = [runtime.run(one[None])[0] for one in batch]
    for size in (2, 3, 8, len(batch), 2 * runtime.batch + 1):
        several = batch.repeat(3, 1, 1, 1)[:size]
        together = runtime.run(several)
        assert len(together) == size
        verdict = combine(
            compare_outputs(singles[number % len(singles)], one, checkpoint.head)
            for number, one in enumerate(together)
        )
        assert verdict.holds, (size, verdict)
        for number, one in enumerate(together):
            for name, values in singles[number % len(singles)].activations.items():
                assert correlation(values.numpy(), one.activations[name].numpy()) > CLOSE


def test_stages_that_nobody_reads_stay_on_the_gpu(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    engine, checkpoint = on_gpu
    before = torch.cuda.memory_allocated()
    analyses = [engine.analyze(checkpoint, picture) for picture in pictures]
    left = torch.cuda.memory_allocated() - before
    assert left >= 1_000_000 * len(analyses)
    assert all(one.class_maps.shape[1:] == (7, 7) for one in analyses)
    assert torch.cuda.memory_allocated() - before == left
    assert {one.activation("stem").device.type for one in analyses} == {"cpu"}
    assert torch.cuda.memory_allocated() - before < left / 10


def test_an_answer_is_not_overwritten_by_the_next(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    engine, checkpoint = on_gpu
    first = engine.analyze(checkpoint, pictures[0])
    engine.analyze(checkpoint, pictures[1])
    again = engine.analyze(checkpoint, pictures[0])
    for name, value in again.activations.items():  # none of `first` was read before
        assert torch.equal(first.activations[name], value)


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_maps_of_every_stage_agree(
    stage: str,
    on_cpu: tuple[Engine, Checkpoint],
    on_gpu: tuple[Engine, Checkpoint],
    pictures: list[Image.Image],
) -> None:
    maps = []
    top = on_cpu[0].analyze(on_cpu[1], pictures[0]).top(1)[0].index
    for engine, checkpoint in (on_cpu, on_gpu):
        analysis = engine.analyze(checkpoint, pictures[0])
        maps.append(Lenses(engine).map(analysis, MapRequest(stage, GRAD_CAM, top)))
    assert correlation(*maps) > CLOSE


def test_live_numbers_agree(
    on_cpu: tuple[Engine, Checkpoint],
    on_gpu: tuple[Engine, Checkpoint],
    pictures: list[Image.Image],
) -> None:
    tops = []
    for engine, checkpoint in (on_cpu, on_gpu):
        square = checkpoint.transform.picture(pictures[2])
        computed = engine.submit(checkpoint, square, "viewer", here=True).result()
        request = LiveRequest(b"", strip=(-1,) * len(STAGES))
        value = live_value(checkpoint, square.size, computed.logits, computed.activations, request)
        tops.append(value["predictions"][0]["index"])
        assert len(value["strip"]) == len(STAGES)
    assert tops[0] == tops[1]


def test_blocks_open_and_the_ledger_adds_up(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    engine, checkpoint = on_gpu
    lenses = Lenses(engine)
    analysis = engine.analyze(checkpoint, pictures[0])
    blocks = lenses.blocks(analysis)
    assert list(blocks) == [block.name for block in BLOCKS]
    for parts in blocks.values():
        assert torch.equal(parts.shortcut + parts.residual, parts.sum)
    assert len(lenses.lesions(analysis)) == 2 * len(BLOCKS)
    exact = in_float32(analysis, engine.network(checkpoint), lenses.batch(analysis))
    ledger = read_ledger(exact, exact.top(1)[0].index)
    assert ledger.total == pytest.approx(ledger.logit, abs=1e-3)


def test_a_cut_network_runs_on_the_fast_runtime(
    on_gpu: tuple[Engine, Checkpoint], pictures: list[Image.Image]
) -> None:
    surgery = read_surgery("layer2.1-F,layer4-scrambled")
    engine, checkpoint = on_gpu
    cut = operate(checkpoint, surgery)
    engine.prepare(cut)
    reference = Engine(CPU, "torch").analyze(operate(fresh(), surgery), pictures[0])
    found = engine.analyze(cut, pictures[0])
    head = fresh().head
    assert compare_outputs(outputs(reference), outputs(found), head).largest_gap < 0.02
    whole = engine.analyze(checkpoint, pictures[0])
    assert not torch.allclose(whole.logits, found.logits, atol=0.5)


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    memory = tmp_path / "runtimes.json"
    for _ in range(2):
        engine, checkpoint = Engine(CUDA, memory=memory), fresh()
        engine.prepare(checkpoint)
        assert "CUDA graph" in engine.runtime_name(checkpoint)
    assert "cuda-fp16" in memory.read_text()
