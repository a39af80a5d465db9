"""The real download code against a real server on this machine."""

import hashlib
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rn18demo.core.download import Source, fetch_first, find_cached, is_good
from rn18demo.errors import DownloadError
from tests.serving import Manner, Serving, serve

BODY = bytes(range(256)) * 4000  # 1 MB: several chunks
DIGEST = hashlib.sha256(BODY).hexdigest()
NAME = "weights.safetensors"


def source_of(serving: Serving, name: str = NAME) -> Source:
    return Source(name, serving.url, DIGEST, len(BODY))


def leftovers(folder: Path) -> set[str]:
    """Everything in the cache but lock files."""
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process of its own that imports the download code."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_good_file_arrives_with_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    with serve(BODY) as server:
        path, source = fetch_first(
            (source_of(server),), tmp_path / "cache", lambda done, total: seen.append((done, total))
        )
    assert path.read_bytes() == BODY
    assert is_good(path, source)
    assert seen[0] == (0, len(BODY)) and seen[-1] == (len(BODY), len(BODY))
    assert seen == sorted(seen) and len(seen) > 2
    assert leftovers(tmp_path / "cache") == {NAME}


def test_a_redirect_is_followed(tmp_path: Path) -> None:
    with serve(BODY, "redirect") as server:
        path, _ = fetch_first((source_of(server),), tmp_path)
        assert server.requests == ["/weights", "/moved"]
    assert path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("truncated", "broke off"),
        ("wrong", "not the expected file"),
        ("longer", "more than the expected file"),
        ("stalling", "did not answer in time"),
        ("error", "error 500"),
    ],
)
def test_a_bad_answer_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, manner: Manner, words: str
) -> None:
    with serve(BODY, manner) as server:
        start = time.monotonic()
        with pytest.raises(DownloadError, match=words):
            fetch_first((source_of(server),), tmp_path, stall_seconds=1)
        assert time.monotonic() - start < 10
    assert leftovers(tmp_path) == set()


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/weights"
        with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1"):
            fetch_first((Source(NAME, url, DIGEST, len(BODY)),), tmp_path)
    assert leftovers(tmp_path) == set()


def test_an_unknown_host_is_no_connection(tmp_path: Path) -> None:
    nowhere = Source(NAME, "http://weights.invalid/weights", DIGEST, len(BODY))
    with pytest.raises(DownloadError, match=r"no connection to weights\.invalid"):
        fetch_first((nowhere,), tmp_path)


def test_the_second_source_is_tried(tmp_path: Path) -> None:
    with serve(BODY, "error") as first, serve(BODY) as second:
        sources = (source_of(first, "first.safetensors"), source_of(second))
        path, source = fetch_first(sources, tmp_path)
    assert source == sources[1] and path.name == NAME
    assert leftovers(tmp_path) == {NAME}


def test_both_reasons_are_told(tmp_path: Path) -> None:
    with serve(BODY, "error") as first, serve(BODY, "wrong") as second:
        with pytest.raises(DownloadError) as caught:
            fetch_first((source_of(first), source_of(second)), tmp_path)
    assert "error 500" in str(caught.value) and "SHA-256" in str(caught.value)


def test_a_good_file_is_kept_and_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(BODY)
    with serve(BODY, "wrong") as server:
        path, _ = fetch_first((source_of(server),), tmp_path)
        assert server.requests == []
    assert path.read_bytes() == BODY


def test_a_damaged_file_is_found_removed_and_fetched_again(tmp_path: Path) -> None:
    damaged = bytearray(BODY)
    damaged[1000] ^= 1
    (tmp_path / NAME).write_bytes(damaged)
    with serve(BODY) as server:
        sources = (source_of(server),)
        assert find_cached(sources, tmp_path) is None
        assert leftovers(tmp_path) == set()
        fetch_first(sources, tmp_path)
        assert find_cached(sources, tmp_path) == (tmp_path / NAME, sources[0])


def test_no_room_on_the_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with serve(BODY) as server:
        huge = Source(NAME, server.url, DIGEST, 10**18)
        with pytest.raises(DownloadError, match="no room"):
            fetch_first((huge,), tmp_path)
        assert server.requests == []


WRITE_LIMITED = """
    import resource, sys
    from pathlib import Path
    from rn18demo.core.download import Source, fetch_first
    from rn18demo.errors import DownloadError
    url, digest, size, folder = sys.argv[1:]
    source = Source("weights.safetensors", url, digest, int(size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        fetch_first((source,), Path(folder))
    except DownloadError as error:
        print(error)
"""


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """The operating system refuses to write on, as it does when a disk fills up."""
    with serve(BODY) as server:
        process = run_python(WRITE_LIMITED, server.url, DIGEST, len(BODY), tmp_path)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "could not be written" in said and "Traceback" not in said
    assert leftovers(tmp_path) == set()


FETCH = """
    import sys
    from pathlib import Path
    from rn18demo.core.download import Source, fetch_first
    url, digest, size, folder = sys.argv[1:]
    source = Source("weights.safetensors", url, digest, int(size))
    print("asking", flush=True)
    path, _ = fetch_first((source,), Path(folder))
    print(path.stat().st_size)
"""


def start_fetching(server: Serving, folder: Path) -> subprocess.Popen[str]:
    """A process that is about to fetch."""
    process = run_python(FETCH, server.url, DIGEST, len(BODY), folder)
    assert process.stdout is not None and process.stdout.readline() == "asking\n"
    return process


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that another process or thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_two_processes_fetch_once_and_both_have_it(tmp_path: Path) -> None:
    with serve(BODY, "slow") as server:
        processes = [start_fetching(server, tmp_path) for _ in range(2)]
        wait_until(lambda: len(server.requests) > 0)
        time.sleep(0.5)  # time for the other one to ask too, if it would
        server.release.set()
        said = [process.communicate(timeout=60)[0] for process in processes]
        assert [text.strip() for text in said] == [str(len(BODY))] * 2
        assert server.requests == ["/weights"]
    assert (tmp_path / NAME).read_bytes() == BODY
    assert leftovers(tmp_path) == {NAME}


def test_a_process_killed_while_fetching_does_no_harm(tmp_path: Path) -> None:
    with serve(BODY, "slow") as server:
        process = start_fetching(server, tmp_path)
        wait_until(lambda: len(server.requests) > 0)
        process.kill()
        process.communicate()
        server.manner = "good"
        path, _ = fetch_first((source_of(server),), tmp_path)
    assert path.read_bytes() == BODY
    assert leftovers(tmp_path) == {NAME}


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with serve(BODY) as server, pytest.raises(DownloadError, match="could not be written"):
        fetch_first((source_of(server),), tmp_path / "file" / "cache")
