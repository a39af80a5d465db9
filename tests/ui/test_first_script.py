"""What the page runs before Gradio's own scripts."""

import httpx

from rn18demo.ui.first_script import START, with_script


def test_it_is_put_near_the_top_once() -> None:
    page = b"<head>" + START + b"</head>" + START
    made = with_script(page, "run();")
    assert made == b"<head>" + START + b"<script>\nrun();</script></head>" + START
    assert with_script(b"something else", "run();") == b"something else"


def test_the_page_has_it_before_all_other_scripts(app_url: str) -> None:
    answer = httpx.get(app_url)
    _, found, code = answer.text.partition("<script>")
    assert found and "requestAnimationFrame" in code.partition("</script>")[0]
    assert answer.text.index("<script>") > answer.text.index("charset")
    asked = httpx.head(app_url)
    assert asked.status_code == answer.status_code == httpx.codes.OK
