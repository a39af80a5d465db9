"""What a visit costs the network, as the benchmark counts it."""

from playwright.sync_api import Browser

from rn18demo.bench.visit import click_example, visit
from rn18demo.core.examples import read_examples


def test_bytes_are_counted_as_they_travel(app_url: str, browser: Browser) -> None:
    first, after = visit(browser, app_url, click_example)
    assert first.requests > 20
    assert 200 < first.kilobytes < 1200  # 3,400 before the page was packed
    photograph = read_examples()[1].path.stat().st_size / 1000
    assert photograph < after.kilobytes < 1000
