"""Features of pictures and replicas: right, computed once, and grouped with their duplicates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.models import ResNet

from rn18demo.core.checkpoint_types import Checkpoint
from rn18demo.core.stages import LAST, forward_stages
from rn18demo.training.augmentation import Augmentation
from rn18demo.training.dataset_types import ClassShots, Dataset, Shot
from rn18demo.training.features import (
    MOST_SEEDED,
    FeatureMemory,
    FeatureReader,
    build_table,
    compute_features,
    feature_key,
    replica_count,
)
from rn18demo.training.tail import Tail, TailInputs
from tests.training.small_lessons import make_base, make_dataset

FLIP = Augmentation(crop=False, flip=True, colour=False)
CROP = replace(FLIP, crop=True)
CPU = torch.device("cpu")


@pytest.fixture
def base(network: ResNet) -> Checkpoint:
    return make_base(network)


def _same(reader: FeatureReader) -> FeatureReader:
    return reader


def shots_of(dataset: Dataset) -> list[Shot]:
    return [shot for one in dataset.classes for shot in one.shots]


class CountingReader(FeatureReader):
    """Counts the squares that it is given."""

    seen = 0

    def __call__(self, squares: Sequence[Image.Image]) -> Tensor:
        self.seen += len(squares)
        return super().__call__(squares)


def test_features_are_the_pooled_last_stage(base: Checkpoint) -> None:
    shots = shots_of(make_dataset([3, 3]))
    squares = [base.transform.picture(shot.picture) for shot in shots]
    batch = torch.stack([base.transform.tensor(shot.picture) for shot in shots])
    with torch.inference_mode():
        expected = forward_stages(base.network, batch).activations[LAST.name].mean((2, 3))
    ours = FeatureReader(base.network, base.transform, CPU)(squares)
    assert ours.shape == (6, 512)
    assert float((ours - expected).norm() / expected.norm()) < 0.02  # bf16 where it is native


def test_features_are_computed_once(base: Checkpoint) -> None:
    dataset = make_dataset([4, 4])
    memory = FeatureMemory()
    reader = CountingReader(base.network, base.transform, CPU)
    shares = list(compute_features(shots_of(dataset), base, lambda: reader, FLIP, memory=memory))
    assert reader.seen == 16
    assert shares[-1] == 1
    assert shares == sorted(shares)
    # The last picture now belongs to the other class, and one is new.
    first, second = dataset.classes
    new = shots_of(make_dataset([5]))[-1]
    changed = Dataset(
        (
            replace(first, shots=(*first.shots, second.shots[-1], new)),
            replace(second, shots=second.shots[:-1]),
        )
    )
    list(compute_features(shots_of(changed), base, lambda: reader, FLIP, memory=memory))
    assert reader.seen == 18
    list(compute_features(shots_of(changed), base, lambda: reader, FLIP, seed=7, memory=memory))
    assert reader.seen == 18  # neither pictures nor mirrors depend on the seed
    table = build_table(changed, base, FLIP, 0, memory)
    assert table.labels.tolist() == ([0] * 6 + [1] * 3) * 2


def test_of_many_seeds_the_newest_are_remembered(base: Checkpoint) -> None:
    """Pictures of the sample set live as long as the program, whoever teaches with them."""
    (shot,) = shots_of(make_dataset([1]))
    memory = FeatureMemory()
    for seed in range(100):
        memory.put(shot, base, feature_key(CROP, seed, 0), torch.zeros(1))
        memory.put(shot, base, feature_key(CROP, seed, 2), torch.full((1,), float(seed)))
        assert memory.get(shot, base, feature_key(CROP, 0, 2)) is not None  # used, so it stays
    known = [memory.get(shot, base, feature_key(CROP, seed, 2)) is not None for seed in range(100)]
    assert sum(known) == MOST_SEEDED
    assert known[0] and all(known[-MOST_SEEDED + 1 :])
    assert memory.get(shot, base, feature_key(CROP, 0, 0)) is not None


def test_a_reader_is_not_made_without_need(base: Checkpoint) -> None:
    shots = shots_of(make_dataset([2, 2]))
    memory = FeatureMemory()
    reader = FeatureReader(base.network, base.transform, CPU)
    list(compute_features(shots, base, lambda: reader, FLIP, memory=memory))

    def must_not() -> FeatureReader:
        raise AssertionError("all features are known")

    assert list(compute_features(shots, base, must_not, FLIP, memory=memory)) == []


def test_another_checkpoint_has_features_of_its_own(base: Checkpoint, network: ResNet) -> None:
    with torch.no_grad():
        network.layer4[1].conv2.weight.mul_(2)
    other = make_base(network)
    shots = shots_of(make_dataset([2, 2]))
    memory = FeatureMemory()
    for checkpoint in (base, other):
        reader = FeatureReader(checkpoint.network, checkpoint.transform, CPU)
        list(compute_features(shots, checkpoint, partial(_same, reader), FLIP, memory=memory))
    tables = [
        build_table(make_dataset_of(shots), checkpoint, FLIP, 0, memory)
        for checkpoint in (base, other)
    ]
    assert not torch.allclose(tables[0].features, tables[1].features)


def make_dataset_of(shots: Sequence[Shot]) -> Dataset:
    half = len(shots) // 2
    return Dataset((ClassShots("a", tuple(shots[:half])), ClassShots("b", tuple(shots[half:]))))


def test_duplicates_and_replicas_share_a_group(base: Checkpoint) -> None:
    dataset = make_dataset([3, 3])
    copied = replace(dataset.classes[0].shots[1])  # the same picture, in the other class
    dataset = Dataset(
        (
            dataset.classes[0],
            replace(dataset.classes[1], shots=(*dataset.classes[1].shots, copied)),
        )
    )
    memory = FeatureMemory()
    reader = FeatureReader(base.network, base.transform, CPU)
    list(compute_features(shots_of(dataset), base, lambda: reader, FLIP, memory=memory))
    table = build_table(dataset, base, FLIP, 0, memory)
    assert len(table) == 14
    assert table.original.tolist() == [True] * 7 + [False] * 7
    assert torch.equal(table.groups[:7], table.groups[7:])
    assert table.groups[1] == table.groups[6]
    assert len(table.groups.unique()) == 6
    assert float(table.weights.sum()) == pytest.approx(7)
    of_class = [float(table.weights[table.labels == label].sum()) for label in (0, 1)]
    assert of_class == pytest.approx([3.5, 3.5])


@pytest.mark.parametrize(
    ("pictures", "augmentation", "count"),
    [
        (10, Augmentation(False, False, False), 1),
        (10, FLIP, 2),
        (10, Augmentation(True, True, True), 4),
        (900, Augmentation(True, True, True), 2),
        (2000, Augmentation(True, True, True), 1),
        (5000, FLIP, 1),
    ],
)
def test_many_pictures_need_no_replicas(
    pictures: int, augmentation: Augmentation, count: int
) -> None:
    assert replica_count(pictures, augmentation) == count


@pytest.fixture(params=[(), ("layer4",), ("layer3", "layer4"), "all"], ids=str)
def stages(request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    names = ("stem", "layer1", "layer2", "layer3", "layer4")
    yield names if request.param == "all" else request.param


def test_a_tail_with_its_frozen_part_is_the_network(
    base: Checkpoint, stages: tuple[str, ...]
) -> None:
    shots = shots_of(make_dataset([2, 2]))
    tail = Tail(base.network, 2, stages, CPU, amp=False)
    inputs = TailInputs(tail, shots, base.transform, FLIP, 0)
    list(inputs.prepare())
    batch = torch.stack([base.transform.tensor(shot.picture) for shot in shots])
    with torch.inference_mode():
        expected = tail.network(batch)
        ours = tail(inputs([(0, 0), (1, 0), (2, 0), (3, 0)]))
    assert torch.allclose(ours, expected, atol=1e-4)
    trained = {name for name, p in tail.network.named_parameters() if p.requires_grad}
    allowed = ("conv1", "bn1") if "stem" in stages else ()
    assert all(name.startswith(("fc.", *stages, *allowed)) for name in trained)
    assert len(trained) == len(tail.head) + len(tail.backbone)
    for stage in stages[1:] if "stem" in stages else stages:
        assert any(name.startswith(stage) for name in trained)
