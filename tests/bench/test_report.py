"""What is printed, for people, for the README and for programs."""

import json
import math

from rn18demo.bench.machine import FLAGS, Machine, describe_machine, read_flags
from rn18demo.bench.report import HEADING, as_json, as_text, readme_line
from rn18demo.bench.rows import NO_BOUND, Row
from rn18demo.bench.timing import Spread

MACHINE = Machine(
    cpu="Example CPU",
    cores=2,
    threads=2,
    flags=("avx2", "avx512_bf16"),
    gpu=None,
    system="Linux x86_64",
    python="3.11.2",
    packages={"torch": "2.14.1", "openvino": "none"},
)
MET = Row(
    "theirs / ours",
    Spread(120, 110, 130),
    Spread(10, 9, 11),
    12,
    "at least 10",
    {"age p50, ms, ours": 41},
)
MISSED = Row("all | some", Spread(3, 3, 3, "s"), Spread(2, 2, 2, "s"), 1.5, "at most 1.2")
FAILED = Row("a / b", Spread(9, 9, 9), Spread(1, 1, 1), 9, "at least 3", failures=2)
FREE = Row("c / d", Spread(0, 0, 0), Spread(0, 0, 0), math.nan, NO_BOUND)


def test_the_readmes_line_has_ratio_bound_verdict_and_both_sides() -> None:
    assert readme_line(MET) == (
        "| theirs / ours | 12.0 | at least 10: met | 120 ms (110 to 130) / 10 ms (9 to 11) |"
    )


def test_a_line_of_the_table_has_as_many_cells_as_its_heading() -> None:
    assert "all \\| some" in readme_line(MISSED)
    for row in (MET, MISSED, FREE):
        cells = readme_line(row).replace("\\|", "").count("|")
        assert cells == HEADING.splitlines()[0].count("|")


def test_the_text_says_all_and_ends_with_the_table() -> None:
    text = as_text(MACHINE, [MET, MISSED, FAILED, FREE])
    assert "Example CPU, 2 cores (avx2, avx512_bf16)" in text.splitlines()[0]
    assert "age p50, ms, ours: 41" in text
    assert "at most 1.2: missed" in text
    assert "2 answers were errors" in text
    assert text.endswith("\n".join([HEADING, *map(readme_line, [MET, MISSED, FAILED, FREE])]))


def test_the_json_is_valid_even_without_a_ratio() -> None:
    read = json.loads(as_json(MACHINE, [MET, FREE]))
    assert read["machine"]["cpu"] == "Example CPU"
    met, free = read["rows"]
    assert met["verdict"] == "met"
    assert met["upper"] == {"median": 120, "low": 110, "high": 130, "unit": "ms"}
    assert met["facts"] == {"age p50, ms, ours": 41}
    assert free["ratio"] is None


def test_flags_are_read_from_linuxs_table() -> None:
    text = (
        "processor\t: 0\nmodel name\t: X\nflags\t\t: fpu amx_bf16 avx2 avx5\n\nflags\t: avx512f\n"
    )
    assert read_flags(text) == ("avx2", "amx_bf16")
    assert read_flags("") == ()


def test_bf16_and_matrix_units_are_told_apart() -> None:
    assert MACHINE.has_bf16
    assert not MACHINE.has_amx


def test_this_machine_can_be_described() -> None:
    machine = describe_machine()
    assert machine.cpu
    assert machine.cores >= 1
    assert machine.packages["torch"] != "none"
    assert set(machine.flags) <= set(FLAGS)
    assert machine.cpu in str(machine)
