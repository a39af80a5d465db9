"""The ledger of a logit sums to it."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from torchvision.models import ResNet

from rn18demo.core.analysis import Analysis
from rn18demo.core.blocks import Part
from rn18demo.core.checkpoints import Checkpoint
from rn18demo.core.engine import Engine
from rn18demo.core.ledger import Ledger, in_float32, read_ledger
from rn18demo.core.surgery import Surgery, operate
from rn18demo.core.transform import InputTransform
from rn18demo.errors import RequestError


@pytest.fixture(params=[{}, {"layer4.1": Part.RESIDUAL}], ids=["whole", "cut"])
def analysis(request: pytest.FixtureRequest, network: ResNet, photograph: Image.Image) -> Analysis:
    labels = tuple(f"class {index}" for index in range(network.fc.out_features))
    checkpoint = Checkpoint("tiny", "Tiny", network, labels, InputTransform(), "a test", "")
    checkpoint = operate(checkpoint, Surgery.of(request.param))
    return Engine(torch.device("cpu"), "torch").analyze(checkpoint, photograph)


def test_it_sums_to_the_logit(analysis: Analysis) -> None:
    for index in range(len(analysis.labels)):
        ledger = read_ledger(analysis, index)
        assert ledger.contributions.shape == (512,)
        assert ledger.logit == float(analysis.logits[index])
        assert ledger.total == pytest.approx(ledger.logit, abs=1e-4)
        both = ledger.spoken_for + ledger.spoken_against + ledger.bias
        assert both == pytest.approx(ledger.total, abs=1e-5)


def test_two_classes_compared_sum_to_the_lead(analysis: Analysis) -> None:
    ours, theirs = read_ledger(analysis, 1), read_ledger(analysis, 4)
    lead = ours.against(theirs)
    assert lead.logit == pytest.approx(float(analysis.logits[1] - analysis.logits[4]))
    assert lead.total == pytest.approx(lead.logit, abs=1e-4)


def test_the_strongest_come_first_and_signs_are_kept_apart() -> None:
    ledger = Ledger(torch.tensor([0.5, -2.0, 3.0, 0.0, -0.25]), 0.1, 1.35)
    assert ledger.strongest_for() == ((2, 3.0), (0, 0.5))
    assert ledger.strongest_against() == ((1, -2.0), (4, -0.25))
    assert ledger.strongest_for(1) == ((2, 3.0),)


def test_an_unknown_class_is_refused(analysis: Analysis) -> None:
    with pytest.raises(RequestError, match="no class 7"):
        read_ledger(analysis, 7)


def test_a_coarse_answer_is_computed_again(analysis: Analysis) -> None:
    network = analysis.checkpoint.network
    batch = analysis.checkpoint.transform.normalise(analysis.square)[None]
    assert in_float32(analysis, network, batch) is analysis
    coarse = replace(analysis, logits=analysis.logits + 0.01)
    ledger = read_ledger(in_float32(coarse, network, batch), 1)
    assert ledger.total == pytest.approx(ledger.logit, abs=1e-4)
