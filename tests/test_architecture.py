"""The rooms and their doors, and what may lie in the repository."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rn18demo"
MAY_IMPORT = {
    "errors": set(),
    "assets": set(),
    "core": {"core", "errors", "assets"},
    "training": {"training", "core", "errors", "assets"},
    "bench": {"bench", "training", "core", "errors", "assets"},
    "ui": {"ui", "training", "core", "errors", "assets"},
}
SPEAKS_GRADIO = {"rn18demo.bench.guide_app"}
"""Outside the ui: the peer that we are measured against is a Gradio app of its own."""
LARGEST_FILE = 10_000_000
"""Bytes; a Hugging Face Space refuses more outside LFS."""
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~$}<-])/(?:home|root|Users|work|mnt|media|srv|data|opt|tmp|var/folders)/[\w.-]+"
    r"|\b[A-Z]:\\Users\\"
)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(module: Path) -> Iterator[str]:
    """Full dotted names of all that a file imports, also inside functions."""
    package = module.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def files() -> list[Path]:
    """What git tracks or would take in."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("module", modules(), ids=dotted)
def test_imports_go_one_way(module: Path) -> None:
    here = room(module)
    for name in imported(module):
        parts = name.split(".")
        if parts[0] == "rn18demo" and here != "__init__" and len(parts) > 1:
            assert parts[1] in MAY_IMPORT[here], f"{dotted(module)} imports {name}"
        if parts[0] in {"gradio", "gradio_client"}:
            allowed = here == "ui" or dotted(module) in SPEAKS_GRADIO
            assert allowed, f"{dotted(module)} imports {name}"
        assert parts[0] != "tests", f"{dotted(module)} imports {name}"


def test_core_and_training_load_no_gradio() -> None:
    quiet = [m for m in modules() if room(m) != "ui" and m.name != "__main__.py"]
    names = [dotted(m) for m in quiet if dotted(m) not in SPEAKS_GRADIO]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "    loaded = sorted(m for m in sys.modules if m.split('.')[0] == 'gradio')\n"
        "    assert not loaded, f'{name} loads {loaded[:3]}'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_file_is_too_large_for_a_space() -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in files()}
    assert not {name: size for name, size in sizes.items() if size > LARGEST_FILE}


def test_no_text_names_a_path_of_one_machine() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in MACHINE_PATH.finditer(text)]
    assert not found
