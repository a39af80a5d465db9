"""Many viewers at once: this app against the guide's, each by its own protocol."""

import asyncio
from collections.abc import Mapping, Sequence

from rn18demo.bench.crowd import Tally, connections, gather_crowd, open_page
from rn18demo.bench.guide_client import GuideClient
from rn18demo.bench.our_client import OurClient
from rn18demo.bench.rows import NO_BOUND, Fact, Row, divide
from rn18demo.bench.serving import Served, guide_app, our_app, serving_all, wait_for_rest
from rn18demo.bench.settings import Settings
from rn18demo.bench.timing import Spread, spread

FULL = (1920, 1080)
"""What a full-HD camera gives when the guide's page asks for 1920 x 1440."""
SMALL = (320, 240)
SMALL_NAME = "320x240"


def rows(settings: Settings) -> list[Row]:
    """Answers a second of all clients together, over both of the guide's camera sizes."""
    ours = our_app(settings.device)
    guide, small = guide_app(settings.device), guide_app(settings.device, SMALL_NAME)
    viewers: dict[str, OurClient | GuideClient] = {
        ours.name: OurClient(settings.fps),
        guide.name: GuideClient(*FULL),
        small.name: GuideClient(*SMALL),
    }
    with serving_all([ours, guide, small]) as served:
        tallies = take_turns(settings, served, viewers)
    number = f"{settings.clients} clients, answers/s"
    failures = sum(len(tally.errors) for tally in tallies[ours.name])
    found = []
    for peer, bound in ((guide, "at least 3"), (small, NO_BOUND)):
        facts = summary(ours.name, tallies[ours.name]) | summary(peer.name, tallies[peer.name])
        facts |= {
            f"kB a frame, {name}": viewers[name].frame_bytes // 1000
            for name in (ours.name, peer.name)
        }
        found.append(
            divide(
                f"{number}: {ours.name} with maps / {peer.name} without",
                bound,
                rate(tallies[ours.name]),
                rate(tallies[peer.name]),
                facts,
                failures,
            )
        )
    return found


def take_turns(
    settings: Settings, served: Mapping[str, Served], viewers: Mapping[str, OurClient | GuideClient]
) -> dict[str, list[Tally]]:
    """What the crowd got from each program, turn by turn."""
    for name, viewer in viewers.items():
        wait_for_rest(served[name])
        if isinstance(viewer, GuideClient):
            asyncio.run(learn(viewer, served[name].url))
    tallies: dict[str, list[Tally]] = {name: [] for name in viewers}
    for _ in range(settings.turns):
        for name, viewer in viewers.items():
            wait_for_rest(served[name])
            crowd = gather_crowd(
                served[name].url, viewer, settings.clients, settings.clients_seconds
            )
            tallies[name].append(asyncio.run(crowd))
    return tallies


async def learn(viewer: GuideClient, url: str) -> None:
    """Let a viewer of the guide's app find out what it answers to each frame."""
    async with connections() as client:
        await viewer.learn(await open_page(client, url))


def rate(tallies: Sequence[Tally]) -> Spread:
    """Answers a second, over the turns."""
    return spread([tally.rate for tally in tallies], "answers/s")


def summary(name: str, tallies: Sequence[Tally]) -> dict[str, Fact]:
    """What else a program's turns showed, over all of them."""
    ages = sorted(age for tally in tallies for age in tally.ages)
    everyone = [number for tally in tallies for number in tally.answers]
    errors = [error for tally in tallies for error in tally.errors]
    merged = Tally(1, tuple(everyone), tuple(ages), tuple(errors))
    facts: dict[str, Fact] = {
        f"age p50, ms, {name}": _whole(merged.age(50)),
        f"age p95, ms, {name}": _whole(merged.age(95)),
        f"answers of one client in a turn, fewest, {name}": min(everyone),
        f"answers of one client in a turn, most, {name}": max(everyone),
        f"answers of unknown age, {name}": sum(everyone) - len(ages),
        f"errors, {name}": len(errors),
    }
    if errors:
        facts[f"first error, {name}"] = errors[0]
    return facts


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
