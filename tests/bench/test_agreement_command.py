"""`python -m rn18demo.bench agreement`: which pictures, which runtimes, which exit status."""

import argparse
import json
from pathlib import Path

import pytest

from rn18demo.bench import agreement
from rn18demo.core.agreement import Agreement
from rn18demo.core.examples import read_examples
from rn18demo.core.runtimes.table import CANDIDATES


def make_dataset(folder: Path, classes: int = 4, each: int = 3) -> Path:
    """The lists of a Tiny ImageNet, without its pictures."""
    wnids = [f"n{number:08}" for number in range(classes)]
    (folder / "val").mkdir()
    (folder / "wnids.txt").write_text("\n".join(reversed(wnids)))
    (folder / "words.txt").write_text("\n".join(f"{wnid}\tthing {wnid}" for wnid in wnids))
    lines = [f"{wnid}_{n}.JPEG\t{wnid}\t0\t0\t1\t1" for n in range(each) for wnid in wnids]
    (folder / "val" / "val_annotations.txt").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(("limit", "expected"), [(0, 0), (1, 1), (4, 4), (5, 5), (100, 12)])
def test_as_many_pictures_as_wanted_of_all_classes(
    tmp_path: Path, limit: int, expected: int
) -> None:
    chosen = agreement.spread(make_dataset(tmp_path), limit)
    assert len(chosen) == len(set(chosen)) == expected
    if limit == 4:
        assert len({path.name.split("_")[0] for path in chosen}) == 4


def test_every_runtime_of_the_cpu_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    one_picture = [read_examples()[0].path]
    found = agreement.compare_runtimes("cpu", one_picture)
    said = capsys.readouterr().out
    for candidate in CANDIDATES:
        if candidate.device == "cpu":
            assert candidate.id in said or any(name.startswith(candidate.id) for name in found)
    assert found
    assert all(row.pictures == 1 for row in found.values())


@pytest.mark.parametrize(("other_answers", "status"), [(0, 0), (1, 1)])
def test_a_runtime_that_disagrees_fails_the_command(
    capsys: pytest.CaptureFixture[str], other_answers: int, status: int
) -> None:
    found = {"one": Agreement(9, 0, 1, 0.001, 0.9999), "two": Agreement(9, other_answers, 0, 0, 1)}
    assert agreement.report(found, as_json=True) == status
    assert json.loads(capsys.readouterr().out)["two"]["holds"] is (status == 0)
    assert agreement.report(found, as_json=False) == status
    assert ("DISAGREES" in capsys.readouterr().out) is (status == 1)


def test_the_options_have_defaults() -> None:
    parser = argparse.ArgumentParser()
    agreement.add_arguments(parser)
    options = parser.parse_args([])
    assert (options.data, options.limit, options.json) == (None, agreement.LIMIT, False)
