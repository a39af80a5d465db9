"""Networks with cut parts: one for all who cut the same, made while others are answered."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from torchvision.models import ResNet

from rn18demo.core import operated
from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.operated import OperatedNetworks
from rn18demo.core.surgery import Surgery, operate, read_surgery
from rn18demo.core.transform import InputTransform

LONG = 60.0


def whole(network: ResNet, name: str = "starter") -> Checkpoint:
    labels = tuple(f"class {index}" for index in range(network.fc.out_features))
    return Checkpoint(name, name, network, labels, InputTransform(), "a test", "")


@pytest.mark.parametrize("words", ["layer1.0-x", "layer4-scrambled"])
def test_all_who_cut_the_same_get_the_same(network: ResNet, words: str) -> None:
    networks, base, surgery = OperatedNetworks(), whole(network), read_surgery(words)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: networks.get(base, surgery), range(16)))
    assert len(set(map(id, found))) == 1
    assert networks.get(whole(network), surgery) is not found[0], "the weights were loaded anew"


def test_nobody_waits_for_what_another_cuts(
    network: ResNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, finish = threading.Event(), threading.Event()

    def slowly(base: Checkpoint, surgery: Surgery) -> Checkpoint:
        if surgery.scrambled:
            begun.set()
            assert finish.wait(LONG)
        return operate(base, surgery)

    monkeypatch.setattr(operated, "operate", slowly)
    networks, base = OperatedNetworks(), whole(network)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(networks.get, base, read_surgery("layer4-scrambled"))
        assert begun.wait(LONG)
        assert networks.get(base, read_surgery("layer1.0-F")).id == "starter~layer1.0-F"
        assert not slow.done()
        finish.set()
        assert slow.result(LONG).id == "starter~layer4-scrambled"


def test_a_class_that_cuts_thirty_parts_has_each_made_once(network: ResNet) -> None:
    networks, base = OperatedNetworks(scrambled=2), whole(network)
    blocks = [f"layer{stage}.{number}" for stage in (1, 2, 3, 4) for number in (0, 1)]
    cuts = [read_surgery(f"{block}-{part}") for block in blocks for part in ("F", "x")]
    cuts += [read_surgery(f"layer1.0-F,{block}-x") for block in blocks[1:]]
    cuts += [read_surgery(f"layer1.1-F,{block}-x") for block in blocks[2:]]
    first = [networks.get(base, surgery) for surgery in cuts]
    for stage in (1, 2, 3, 4):  # of those that take memory, only the last ones are kept
        networks.get(base, read_surgery(f"layer{stage}-scrambled"))
    assert [networks.get(base, surgery) for surgery in cuts] == first
    scrambled = [networks.get(base, read_surgery(f"layer{n}-scrambled")) for n in (3, 4)]
    again = [networks.get(base, read_surgery(f"layer{n}-scrambled")) for n in (3, 4)]
    assert scrambled == again


def test_what_was_made_from_a_forgotten_checkpoint_goes(network: ResNet) -> None:
    networks, surgery = OperatedNetworks(), read_surgery("layer3.1-x")
    mine, other = whole(network, "ft-mine"), whole(network, "ft-other")
    before = networks.get(mine, surgery), networks.get(other, surgery)
    networks.forget("ft-mine")
    assert networks.get(mine, surgery) is not before[0]
    assert networks.get(other, surgery) is before[1]
