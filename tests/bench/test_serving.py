"""Starting the programs under test, and what is said when something is missing."""

import pytest

from rn18demo.bench.pages import difference
from rn18demo.bench.serving import App, guide_app, needed, our_app, serving
from rn18demo.errors import BenchError

COUNTERS = {"now": 1000.0, "answers": 10, "frames": 30, "state": "live", "message": "", "size": ""}


def test_a_program_that_ends_is_reported_with_what_it_printed() -> None:
    broken = App("the broken one", ("-c", "print('no weights here'); raise SystemExit(3)"))
    with pytest.raises(BenchError, match=r"(?s)the broken one .*no weights here"):
        with serving(broken):
            pass


def test_a_missing_package_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(BenchError, match=r"needs rn18missing: pip install -r tests/requirements"):
        needed("rn18missing.part")


def test_both_programs_compute_on_the_same_device() -> None:
    for app in (our_app("cpu"), guide_app("cpu"), guide_app("cpu", "320x240")):
        assert app.arguments[app.arguments.index("--device") + 1] == "cpu"
    assert our_app().name != guide_app().name != guide_app(camera="320x240").name


def test_counters_become_rates() -> None:
    later = COUNTERS | {"now": 3000.0, "answers": 50, "frames": 90, "size": "640 x 480"}
    seen = difference(COUNTERS, later, (12.0, 15.0))
    assert (seen.answers, seen.frames) == (20, 30)
    assert seen.camera == "640 x 480"


def test_a_page_that_stopped_is_no_result() -> None:
    stopped = COUNTERS | {"state": "error", "message": "The camera is gone."}
    with pytest.raises(BenchError, match="The camera is gone"):
        difference(COUNTERS, stopped, ())
