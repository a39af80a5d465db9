"""`python -m rn18demo.bench`: what its words mean."""

import pytest

from rn18demo.bench.__main__ import COMMANDS, read_options, read_settings
from rn18demo.bench.settings import Settings


def test_no_command_means_everything() -> None:
    options = read_options([])
    assert options.command == "all"
    assert not options.json
    assert read_settings(options) == Settings()


def test_options_alone_belong_to_everything() -> None:
    options = read_options(["--json", "--rounds", "5"])
    assert options.command == "all"
    assert options.json
    assert read_settings(options).rounds == 5


@pytest.mark.parametrize("command", [*COMMANDS, "all"])
def test_each_command_takes_the_same_options(command: str) -> None:
    given = ["--device", "cpu", "--turns", "2", "--seconds", "4", "--clients", "7", "--json"]
    options = read_options([command, *given, "--fps", "60"])
    settings = read_settings(options)
    assert options.command == command
    assert settings == Settings(
        device="cpu", turns=2, live_seconds=4, clients_seconds=4, clients=7, fps=60
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["everything"],
        ["live", "--turns", "0"],
        ["live", "--turns", "many"],
        ["live", "--seconds", "0"],
        ["live", "--seconds", "-3"],
        ["clients", "--clients", "-1"],
        ["maps", "--device", "toaster"],
    ],
)
def test_other_words_are_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(arguments)
    assert ended.value.code == 2
    assert "usage: python -m rn18demo.bench" in capsys.readouterr().err


def test_the_agreement_has_options_of_its_own() -> None:
    assert read_options(["agreement"]).command == "agreement"
