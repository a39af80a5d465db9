"""README.md tells the truth: its commands, examples, endpoints and limits."""

import ast
import contextlib
import pkgutil
import re
from pathlib import Path

import pytest
from gradio_client import Client

from rn18demo.core.cam_methods import METHODS
from rn18demo.core.download import HUB_FILENAME, HUB_REPOSITORY, HUB_REVISION
from rn18demo.core.images import READABLE
from rn18demo.core.stages import STAGES
from tests.coroutines import run_apart
from tests.readme import README, blocks, command, quantity, rows, section

ROOT = README.parent
EXAMPLES = blocks(section("Endpoints"), "python")
ENDPOINTS = [cells[0].strip("`") for cells in rows(section("Endpoints"))]
PAGE = "http://127.0.0.1:7860"


def api_name(example: str) -> str:
    found = re.search(r'api_name="/(\w+)"', example)
    assert found, example
    return found[1]


def test_each_endpoint_has_an_example() -> None:
    assert [api_name(example) for example in EXAMPLES] == ENDPOINTS


@pytest.mark.parametrize("example", EXAMPLES, ids=api_name)
def test_an_example_runs_as_it_stands(
    example: str, app_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PAGE in example
    with contextlib.chdir(ROOT):
        exec(compile(example.replace(PAGE, app_url), "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_the_endpoints_are_all_that_is_public(app_url: str) -> None:
    public = Client(app_url, verbose=False).view_api(return_format="dict", print_info=False)
    assert set(public["named_endpoints"]) == {f"/{name}" for name in ENDPOINTS}
    assert not public["unnamed_endpoints"]


def test_arguments_and_defaults_are_the_stated_ones(app_url: str) -> None:
    public = Client(app_url, verbose=False).view_api(return_format="dict", print_info=False)
    for name, arguments, _ in rows(section("Endpoints")):
        stated = {
            argument: ast.literal_eval(default) if default else None
            for argument, default in re.findall(r"`(\w+)(?:=([^`]+))?`", arguments)
        }
        served = {
            parameter["parameter_name"]: parameter.get("parameter_default")
            for parameter in public["named_endpoints"]["/" + name.strip("`")]["parameters"]
        }
        assert served == stated, name


def test_the_endpoints_are_mcp_tools(app_url: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    stated = re.search(rf"{PAGE}(/\S+/)`", section("Endpoints"))
    assert stated

    async def tools() -> set[str]:
        async with (
            streamablehttp_client(app_url + stated[1]) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return {tool.name for tool in (await session.list_tools()).tools}

    assert run_apart(tools()) == set(ENDPOINTS)


@pytest.mark.parametrize("cells", list(rows(section("Limits"))), ids=lambda cells: cells[0])
def test_a_limit_is_the_one_in_the_code(cells: list[str]) -> None:
    _, stated, where = cells
    assert pkgutil.resolve_name(where.strip("`")) == quantity(stated)


def test_the_readable_formats_are_the_stated_ones() -> None:
    assert f"Pictures may be {READABLE}." in section("Limits")


def test_the_stages_and_methods_are_all_there() -> None:
    text = section("Endpoints")
    for name in [*(stage.name for stage in STAGES), *(method.id for method in METHODS)]:
        assert f"`{name}`" in text


def test_the_options_are_those_of_the_command_line() -> None:
    taken = set(re.findall(r'"(--\w+)"', (ROOT / "app.py").read_text(encoding="utf-8")))
    assert {cells[0].strip("`") for cells in rows(section("Options"))} == taken


def test_the_commands_use_files_that_are_there() -> None:
    for title in ("Run it", "Run the tests"):
        for name in re.findall(r"\S+\.(?:txt|py)\b", command(title)):
            assert (ROOT / name).is_file(), name


def test_links_lead_to_files_that_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_a_space_preloads_the_weights_that_the_app_would_fetch() -> None:
    header = README.read_text(encoding="utf-8").split("---")[1]
    assert f"- {HUB_REPOSITORY} {HUB_FILENAME} {HUB_REVISION}\n" in header


def test_a_space_runs_a_gradio_that_the_requirements_allow() -> None:
    header = README.read_text(encoding="utf-8").split("---")[1]
    pinned = re.search(r"^sdk_version: (\S+)$", header, re.MULTILINE)
    assert pinned
    lowest, highest = (6, 31), (7,)
    assert lowest <= tuple(map(int, pinned[1].split("."))) < highest
    required = Path(ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "gradio[mcp]>=6.31,<7\n" in required
