"""The Chromium that measurements and tests drive, and the camera that it is given."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rn18demo.bench.serving import needed
from rn18demo.errors import BenchError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE_MS = 60_000
"""Before a missing element is an error; a busy machine is slow."""


def find_chromium() -> str | None:
    """Chromium's path: what CHROMIUM names, or the one on the PATH. None means playwright's own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def camera_flags(film: Path | None = None) -> list[str]:
    """Chromium's test camera, which nobody is asked about.

    Args:
        film: A Y4M or MJPEG file that it plays over and over; its own test picture if None.
    """
    flags = [
        "--no-sandbox",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    return flags if film is None else [*flags, f"--use-file-for-fake-video-capture={film}"]


@contextmanager
def chromium(film: Path | None = None) -> Iterator["Browser"]:
    """A browser with a camera, until the block ends.

    Args:
        film: What the camera shows; the browser's own test picture if None.

    Raises:
        BenchError: playwright or the browser is missing.
    """
    playwright = needed("playwright.sync_api")
    with playwright.sync_playwright() as started:
        try:
            browser = started.chromium.launch(
                executable_path=find_chromium(), args=camera_flags(film)
            )
        except playwright.Error as error:
            raise BenchError(
                "Chromium did not start. Install it with python -m tests.browser, or let the "
                f"variable CHROMIUM name one. {error}"
            ) from error
        yield browser
        browser.close()
