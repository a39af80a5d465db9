"""The Chromium that the tests drive: find one, or install one (`python -m tests.browser`)."""

import os
import platform
import shutil
import subprocess
import sys


def find_chromium() -> str | None:
    """Chromium's path: what CHROMIUM names, or the one on the PATH. None means playwright's own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def install() -> None:
    """Make sure that there is one: Debian's package where we may install it, else playwright's.

    Raises:
        subprocess.CalledProcessError: It could not be fetched.
    """
    if find_chromium():
        return
    if _may_use_apt():
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *step], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _may_use_apt() -> bool:
    """Whether this is root on Debian; Ubuntu's package is only a pointer to a snap."""
    if sys.platform != "linux" or os.getuid() != 0:
        return False
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


if __name__ == "__main__":
    install()
