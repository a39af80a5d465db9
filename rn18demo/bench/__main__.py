"""Command line: measure and print ratios, with the bound that the design sets for each."""

import argparse
import sys
from collections.abc import Callable, Sequence

from rn18demo.bench import (
    agreement,
    analysis,
    clients,
    decode,
    engine,
    few_shot,
    live,
    start,
    throughput,
    visit,
)
from rn18demo.bench.machine import describe_machine
from rn18demo.bench.report import as_json, as_text
from rn18demo.bench.rows import Row
from rn18demo.bench.settings import Settings
from rn18demo.core.engine import DEVICES
from rn18demo.errors import DemoError

Measure = Callable[[Settings], list[Row]]


def engine_rows(settings: Settings) -> list[Row]:
    """PyTorch as tutorials use it over the engine."""
    return engine.rows(settings.device, settings.rounds)


COMMANDS: dict[str, tuple[Measure, str]] = {
    "analyze": (analysis.analyze_rows, "the analysis of a picture over a bare forward"),
    "maps": (analysis.map_rows, "the grad-cam package's map over ours"),
    "engine": (engine_rows, "torch eager over the engine"),
    "throughput": (throughput.rows, "torch eager over single pictures and large batches of ours"),
    "decode": (decode.rows, "other JPEG decoders over ours"),
    "start": (start.rows, "start-up time and memory over the bare imports"),
    "visit": (visit.rows, "what a visit costs the network, over the Gradio guide's page"),
    "live": (live.rows, "live answers in a real browser over the Gradio guide's app"),
    "clients": (clients.rows, "many clients at once over the Gradio guide's app"),
}
ALL = "all"
APART = {
    "agreement": (agreement, "how far the engine's runtimes agree with PyTorch, on many pictures"),
    "few-shot": (few_shot, "what is learned from few pictures, and how fast"),
}
"""Commands with options and a data set of their own, which `all` leaves out."""


def build_parser() -> argparse.ArgumentParser:
    """One subcommand for each part, and `all` of them, which is what no subcommand means."""
    parser = argparse.ArgumentParser(prog="python -m rn18demo.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    normal = Settings()
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--device", default=normal.device, choices=DEVICES)
    shared.add_argument(
        "--rounds", type=positive, default=normal.rounds, help="timed turns of a call"
    )
    shared.add_argument(
        "--turns", type=positive, default=normal.turns, help="turns of each program"
    )
    shared.add_argument(
        "--seconds",
        type=positive_number,
        help="length of a turn of live and of clients "
        f"(default: {normal.live_seconds:g} and {normal.clients_seconds:g})",
    )
    shared.add_argument("--clients", type=positive, default=normal.clients, help="how many")
    shared.add_argument("--fps", type=positive, default=normal.fps, help="of the camera")
    shared.add_argument("--json", action="store_true", help="print JSON")
    words = {ALL: "every comparison below"} | {name: help for name, (_, help) in COMMANDS.items()}
    for name, text in words.items():
        commands.add_parser(name, parents=[shared], help=text, description=text)
    for name, (module, text) in APART.items():
        module.add_arguments(commands.add_parser(name, help=text, description=text))
    return parser


def positive(text: str) -> int:
    """A whole number, 1 or more; ValueError for others."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def positive_number(text: str) -> float:
    """A finite number above 0; ValueError for others."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in {"-h", "--help"}):
        arguments = [ALL, *arguments]
    return build_parser().parse_args(arguments)


def read_settings(options: argparse.Namespace) -> Settings:
    """What the options of a measurement say."""
    normal = Settings()
    return Settings(
        device=options.device,
        rounds=options.rounds,
        turns=options.turns,
        live_seconds=options.seconds or normal.live_seconds,
        clients_seconds=options.seconds or normal.clients_seconds,
        clients=options.clients,
        fps=options.fps,
    )


def measure(command: str, settings: Settings) -> list[Row]:
    """The rows of one subcommand, or of all."""
    chosen = list(COMMANDS) if command == ALL else [command]
    found = []
    for name in chosen:
        print(f"measuring: {COMMANDS[name][1]} …", file=sys.stderr, flush=True)
        found += COMMANDS[name][0](settings)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something that is needed is missing."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    try:
        if options.command in APART:
            return int(APART[options.command][0].run(options))
        rows = measure(options.command, read_settings(options))
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    print((as_json if options.json else as_text)(describe_machine(), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
