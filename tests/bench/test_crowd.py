"""Counting what many clients got."""

import pytest

from rn18demo.bench.clients import rate, summary
from rn18demo.bench.crowd import Answer, Notebook, Page, Tally, connections, count, open_page
from rn18demo.bench.our_client import OurClient
from rn18demo.errors import BenchError
from tests.coroutines import run_apart


def test_only_what_fell_into_the_time_counts() -> None:
    first = Notebook([Answer(0.9, 0.1), Answer(1.0, 0.2), Answer(2.9, None)], [(0.5, "early")])
    second = Notebook([Answer(2.0, 0.1), Answer(3.0, 0.1)], [(1.5, "counted")])
    tally = count([first, second, Notebook()], 1.0, 3.0)
    assert tally == Tally(2.0, (2, 1, 0), (100.0, 200.0), ("counted",))
    assert tally.rate == 1.5


@pytest.mark.parametrize(("percent", "age"), [(0, 1.0), (50, 51.0), (95, 96.0), (100, 100.0)])
def test_percentiles_of_the_age(percent: float, age: float) -> None:
    assert Tally(1, (100,), tuple(map(float, range(1, 101))), ()).age(percent) == age


def test_no_answers_have_no_age() -> None:
    assert Tally(1, (0,), (), ()).age(50) is None


def test_a_summary_is_over_all_turns() -> None:
    turns = [Tally(2, (4, 6), (10.0, 30.0), ()), Tally(2, (1, 9), (20.0,), ("late",))]
    assert rate(turns).median == 5
    facts = summary("ours", turns)
    assert facts["age p50, ms, ours"] == 20
    assert facts["answers of one client in a turn, fewest, ours"] == 1
    assert facts["answers of one client in a turn, most, ours"] == 9
    assert facts["answers of unknown age, ours"] == 17
    assert facts["errors, ours"] == 1
    assert facts["first error, ours"] == "late"


def test_a_page_without_the_component_says_so() -> None:
    config = {"components": [{"id": 4, "props": {"elem_id": "other"}}, {"id": 5, "props": {}}]}
    page = Page(connections(), "http://127.0.0.1:1", config, "session")
    assert page.component("other") == 4
    with pytest.raises(BenchError, match="#live"):
        page.component("live")


def test_the_app_answers_our_client(app_url: str) -> None:
    async def ask() -> dict[str, object]:
        async with connections() as client:
            return await OurClient(fps=30).ask(await open_page(client, app_url), 0)

    answer = run_apart(ask())
    parts = {"checkpoint", "crop", "predictions", "maps", "milliseconds", "strip", "unknown"}
    parts |= {"names_always"}
    assert set(answer) == parts
