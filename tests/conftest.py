"""What many tests share: a small seeded network, a picture, the running app."""

import copy
import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torchvision.models import ResNet, resnet18

from tests.app_server import running_app

CLASSES = 7


@pytest.fixture(scope="session")
def seeded_network() -> ResNet:
    """Do not change it: `network` is a copy of your own."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(18)
        made = resnet18(num_classes=CLASSES)
        made.train()
        for _ in range(3):  # batch norm learns what arrives, as in a trained network
            made(torch.randn(8, 3, 64, 64))
    return made.eval().requires_grad_(False)


@pytest.fixture
def network(seeded_network: ResNet) -> ResNet:
    """A stock ResNet-18 with 7 classes and seeded weights, in eval mode, without gradients."""
    return copy.deepcopy(seeded_network)


@pytest.fixture
def batch() -> Tensor:
    """(1, 3, 96, 96) float32, normalised, seeded; something bright in one corner."""
    picture = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(5))
    picture[:, :, 8:40, 8:40] += 2
    return picture


@pytest.fixture
def photograph() -> Image.Image:
    """An upright RGB picture, 320 wide and 240 high, with edges, colours and a gradient."""
    picture = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 50, 150, 190), fill=(200, 60, 40))
    draw.rectangle((190, 30, 290, 120), fill=(30, 90, 200), outline="white", width=5)
    return picture


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, run as a user runs it, with the starter checkpoint."""
    with running_app(tmp_path_factory.mktemp("cache"), "--checkpoint", "starter") as url:
        yield url


def pytest_configure(config: pytest.Config) -> None:
    """Give processes that run side by side their share of the processors each.

    PyTorch's threads spin while they wait for each other: more of them than processors, and
    everybody waits for those that wait.
    """
    workers = config.getoption("numprocesses", None)
    if workers:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out the tests where they run side by side.

    Those of a browser run in one process, with one app and one browser; else a file's tests stay
    together, which share what they prepare.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByRoom(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "e2e" if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]

    return ByRoom(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that need a GPU out where there is none; they count as deselected."""
    gpu = [item for item in items if item.get_closest_marker("gpu")]
    if gpu and not torch.cuda.is_available():
        config.hook.pytest_deselected(items=gpu)
        items[:] = [item for item in items if item not in gpu]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI set, a skipped test has failed: nothing is left out unseen."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"Not run, which CI does not allow: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for files that skip themselves as a whole."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
    return report
