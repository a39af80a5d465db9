"""Cutting a network: against networks edited by hand, and always back again."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import ResNet, resnet18

from rn18demo.core.blocks import BLOCKS, Part, residual
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.checkpoints import STARTER_ID, Catalogue
from rn18demo.core.engine import Engine
from rn18demo.core.examples import read_examples
from rn18demo.core.images import read_image
from rn18demo.core.runtimes.folding import fold
from rn18demo.core.stages import STAGES, forward_stages
from rn18demo.core.surgery import (
    Surgery,
    base_id,
    cuts_of,
    describe,
    operate,
    operate_on,
    operated_id,
    read_surgery,
    split_id,
)
from rn18demo.errors import RequestError

CUTS = st.dictionaries(st.sampled_from([block.name for block in BLOCKS]), st.sampled_from(Part))
SCRAMBLED = st.frozensets(st.sampled_from([stage.name for stage in STAGES]))
SURGERIES = st.builds(Surgery.of, CUTS, SCRAMBLED)


def edited_by_hand(network: ResNet, surgery: Surgery) -> ResNet:
    """The same cuts in another way: a silent batch norm, or the shortcut taken off again."""
    edited = copy.deepcopy(network)
    for name, part in surgery.cuts:
        stage, _, number = name.partition(".")
        block = getattr(edited, stage)[int(number)]
        if part is Part.RESIDUAL:
            nn.init.zeros_(block.bn2.weight)
            nn.init.zeros_(block.bn2.bias)
        else:
            block.forward = lambda x, block=block: F.relu(residual(block, x))
    return edited


@pytest.mark.parametrize(
    "text",
    [
        "layer1.0-F",
        "layer1.1-x",
        "layer2.0-F",
        "layer2.0-x",
        "layer1.0-x,layer2.1-F,layer4.0-x",
        ",".join(f"{block.name}-x" for block in BLOCKS),
        ",".join(f"{block.name}-F" for block in BLOCKS),
    ],
)
def test_a_switch_is_what_editing_by_hand_does(network: ResNet, batch: Tensor, text: str) -> None:
    surgery = read_surgery(text)
    with torch.no_grad():
        given_, expected = (
            operate_on(network, surgery)(batch),
            edited_by_hand(network, surgery)(batch),
        )
        whole = network(batch)
    torch.testing.assert_close(given_, expected)
    assert not torch.allclose(given_, whole)


@pytest.mark.parametrize("text", ["layer1.0-x,layer3.0-F", "layer2.1-F", "layer4-scrambled"])
def test_the_engine_computes_what_is_left(catalogue: Catalogue, engine: Engine, text: str) -> None:
    checkpoint = catalogue.get(f"{STARTER_ID}~{text}")
    picture = read_image(read_examples()[0].path)
    engine.prepare(checkpoint)
    analysis = engine.analyze(checkpoint, picture)
    square = checkpoint.transform.normalise(analysis.square)[None]
    with torch.no_grad():
        expected = forward_stages(checkpoint.network, square).logits[0]
    assert (analysis.logits.softmax(0) - expected.softmax(0)).abs().max() < 0.02


def test_folding_keeps_the_cuts(network: ResNet, batch: Tensor) -> None:
    cut = operate_on(network, read_surgery("layer1.0-x,layer3.0-F,layer2-scrambled"))
    folded = fold(cut)
    assert cuts_of(folded) == cuts_of(cut)
    with torch.no_grad():
        torch.testing.assert_close(folded(batch), cut(batch), rtol=1e-4, atol=1e-4)


@given(SURGERIES)
def test_an_id_says_what_was_done(surgery: Surgery) -> None:
    assert read_surgery(str(surgery)) == surgery
    name = operated_id("ft-" + "x" * 32, surgery)
    assert split_id(name) == ("ft-" + "x" * 32, surgery)
    assert base_id(operated_id(name, Surgery())) == base_id(name) == operated_id(name, Surgery())
    assert len(name) < 300
    assert describe(surgery)


@settings(max_examples=15, deadline=None)
@given(st.lists(SURGERIES, max_size=4))
def test_after_any_sequence_the_original_answers_as_before(sequence: list[Surgery]) -> None:
    network, batch = _small()
    with torch.no_grad():
        before = network(batch)
        current = network
        for surgery in sequence:
            current = operate_on(network, surgery)
            current(batch)
        after = operate_on(network, Surgery())(batch)
        assert torch.equal(network(batch), before)
    assert torch.equal(after, before)


def test_restoring_through_the_catalogue_gives_equal_bits(
    catalogue: Catalogue, engine: Engine
) -> None:
    picture = read_image(read_examples()[1].path)
    original = catalogue.get(STARTER_ID)
    engine.prepare(original)  # or a faster runtime might take over in between
    before = engine.analyze(original, picture).logits
    for text in ("layer1.0-x", "layer1.0-x,layer4.1-F", "stem-scrambled,layer3.1-x"):
        cut = catalogue.get(f"{STARTER_ID}~{text}")
        assert not torch.equal(engine.analyze(cut, picture).logits, before)
    assert catalogue.get(base_id(cut.id)) is original
    assert torch.equal(engine.analyze(original, picture).logits, before)


def test_nobody_meets_a_cut_who_did_not_ask(catalogue: Catalogue) -> None:
    cut = catalogue.get(f"{STARTER_ID}~layer2.0-x")
    assert catalogue.get(STARTER_ID).id == catalogue.get("auto").id == STARTER_ID
    assert cuts_of(catalogue.get(STARTER_ID).network) == ()
    assert cut.id not in {entry.id for entry in catalogue.entries()}
    assert cut.accuracy is None
    assert "layer2.0 without its shortcut" in catalogue.why(cut.id)


def test_the_same_cut_is_the_same_network_for_all(catalogue: Catalogue) -> None:
    one = catalogue.get(f"{STARTER_ID}~layer3.0-F,layer1.0-x")
    assert catalogue.get(f"{STARTER_ID}~layer1.0-x,layer3.0-F") is one
    assert catalogue.get("auto~layer1.0-x,layer3.0-F") is one
    original = catalogue.get(STARTER_ID).network
    assert one.network.fc.weight.data_ptr() == original.fc.weight.data_ptr()


def test_a_cut_goes_with_its_original(catalogue: Catalogue, network: ResNet) -> None:
    starter = catalogue.get(STARTER_ID)
    mine = Checkpoint("ft-1", "mine", network, ("a",) * 7, starter.transform, "here", "0")
    catalogue.add(mine)
    first = catalogue.get("ft-1~layer1.0-x")
    catalogue.remove("ft-1")
    with pytest.raises(Exception, match="taught network is not on the server"):
        catalogue.get("ft-1~layer1.0-x")
    other = Checkpoint("ft-1", "mine", network, ("a",) * 7, starter.transform, "here", "0")
    catalogue.add(other)
    assert catalogue.get("ft-1~layer1.0-x") is not first


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_scrambling_loses_only_the_order(network: ResNet, stage: str) -> None:
    scrambled = operate_on(network, Surgery.of({}, frozenset({stage})))
    own = dict(network.named_parameters())
    changed = set()
    for name, value in scrambled.named_parameters():
        if not torch.equal(value, own[name]):
            changed.add(name)
            assert torch.equal(value.flatten().sort().values, own[name].flatten().sort().values)
    expected = {
        name
        for name, value in own.items()
        if value.dim() == 4 and name.startswith("conv1" if stage == "stem" else stage)
    }
    assert changed == expected


def test_no_surgery_is_the_checkpoint_itself(catalogue: Catalogue) -> None:
    starter = catalogue.get(STARTER_ID)
    assert operate(starter, Surgery()) is starter


@pytest.mark.parametrize(
    "text",
    ["layer1.0", "layer1.0-y", "layer9.0-x", "layer9-scrambled", "layer1.0-x,layer1.0-F", "-", "~"],
)
def test_what_is_no_cut_is_said(catalogue: Catalogue, text: str) -> None:
    with pytest.raises(RequestError):
        catalogue.get(f"{STARTER_ID}~{text}")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return Catalogue(tmp_path_factory.mktemp("cache"), sources=(), elsewhere=())


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    memory = tmp_path_factory.mktemp("memory") / "runtimes.json"
    return Engine(torch.device("cpu"), memory=memory)


def _small() -> tuple[ResNet, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return resnet18(num_classes=3).eval().requires_grad_(False), torch.randn(1, 3, 64, 64)
