"""Who takes the processor's time while a page is watched."""

from collections import Counter
from collections.abc import Sequence

from rn18demo.bench.serving import needed

BROWSER = "chrom"
"""Part of the name of each of its processes."""
PARTS = {
    "--type=renderer": "the page",
    "--type=gpu-process": "putting the picture together",
}
"""What a process of the browser does, by an argument that it was started with."""


def part_of(name: str, arguments: Sequence[str]) -> str:
    """What a process does, for people."""
    if BROWSER not in name:
        serves = any("app.py" in one or "guide_app" in one for one in arguments)
        return "the server" if serves else "what drives the browser"
    return next((PARTS[one] for one in arguments if one in PARTS), "the rest of the browser")


def processor_seconds() -> Counter[str]:
    """Seconds that this process's children and theirs have computed so far, by what they do."""
    psutil = needed("psutil")
    seconds: Counter[str] = Counter()
    for child in psutil.Process().children(recursive=True):
        try:
            with child.oneshot():
                used = child.cpu_times()
                part = part_of(child.name(), child.cmdline())
        except psutil.Error:  # it has just ended
            continue
        seconds[part] += used.user + used.system
    return seconds
