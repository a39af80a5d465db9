"""The machine and the programs that a result was measured with."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from rn18demo.core.machine import cpu_name, package_version

FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile", "amx_bf16", "amx_int8")
"""What decides how fast a CPU is at this network, by Linux's names."""
PACKAGES = ("torch", "torchvision", "gradio", "openvino", "grad-cam", "pillow")
CPU_TABLE = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Machine:
    """Where a result comes from.

    Attributes:
        cpu: Model of the processor.
        cores: Logical ones that this process may use.
        threads: How many PyTorch uses.
        flags: Those of `FLAGS` that the processor has; empty where the system does not tell.
        gpu: Model of the GPU, or None.
        system: Operating system and kind of processor.
        python: Version.
        packages: Version by name, "none" for one that is not installed.
    """

    cpu: str
    cores: int
    threads: int
    flags: tuple[str, ...]
    gpu: str | None
    system: str
    python: str
    packages: dict[str, str]

    @property
    def has_bf16(self) -> bool:
        """Whether the processor multiplies in bf16 by itself."""
        return "amx_bf16" in self.flags or "avx512_bf16" in self.flags

    @property
    def has_amx(self) -> bool:
        """Whether it has bf16 matrix units, which are faster still."""
        return "amx_bf16" in self.flags

    def __str__(self) -> str:
        fast = ", ".join(self.flags) or "flags unknown"
        versions = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        gpu = f"; {self.gpu}" if self.gpu else ""
        return (
            f"{self.cpu}, {self.cores} cores ({fast}){gpu}; {self.system}; "
            f"Python {self.python}, {versions}"
        )


def describe_machine() -> Machine:
    """Look at this one. Loads none of the packages but PyTorch."""
    return Machine(
        cpu=cpu_name(),
        cores=_cores(),
        threads=torch.get_num_threads(),
        flags=read_flags(_text(CPU_TABLE)),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: package_version(name) for name in PACKAGES},
    )


def read_flags(text: str) -> tuple[str, ...]:
    """Those of `FLAGS` that the text of Linux's /proc/cpuinfo names."""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "flags":
            has = set(value.split())
            return tuple(flag for flag in FLAGS if flag in has)
    return ()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # another system
        return ""


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
