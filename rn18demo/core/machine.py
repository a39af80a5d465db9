"""What this machine computes with, in words that stay the same from start to start."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

_CPUINFO = Path("/proc/cpuinfo")


@cache
def cpu_name() -> str:
    """The processor's name, as exact as this system tells it."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(_fact(line) for line in lines.splitlines())
    name = facts.get("model name") or platform.machine()
    # Virtual machines often say no more than "AMD EPYC": the numbers tell which.
    numbers = [facts[key] for key in ("cpu family", "model", "stepping") if key in facts]
    return f"{name} ({'/'.join(numbers)})" if numbers else name


def _fact(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def package_version(name: str) -> str:
    """The installed version of a package, "none" without it; does not import it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def fingerprint(device: torch.device) -> str:
    """One line that changes when measurements of speed would.

    Args:
        device: Where is computed.
    """
    if device.type == "cuda":
        unit = f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    else:
        unit = f"{torch.backends.cpu.get_cpu_capability()}"
    return (
        f"{unit}; {cpu_name()}; {torch.get_num_threads()} threads; torch {torch.__version__}; "
        f"openvino {package_version('openvino')}"
    )
