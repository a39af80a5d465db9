"""Fetch the official weights once per machine, and never keep a file that is not them."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import httpx
from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from rn18demo.errors import DownloadError

CONNECT_SECONDS = 3.0
STALL_SECONDS = 10.0
"""A server that sends nothing for so long is given up."""
WHOLE_SECONDS = 1800.0
"""A download that takes longer is given up, however steadily it drips."""
CHUNK_BYTES = 2**18

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and the bytes of the whole file."""


@dataclass(frozen=True)
class Source:
    """A file on a server, known before it is fetched.

    Attributes:
        filename: Its name in the cache; the ending says how it is read.
        url: Where it is.
        sha256: Hex digest of the whole file.
        size: Its length in bytes.
    """

    filename: str
    url: str
    sha256: str
    size: int

    @property
    def host(self) -> str:
        """The server's name."""
        return httpx.URL(self.url).host


_HUB = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
HUB_REPOSITORY = "timm/resnet18.tv_in1k"
HUB_REVISION = "bbd144b3e5565108aad885f145491d11bc6ce807"
HUB_FILENAME = "model.safetensors"

# The same weights twice. The first digest starts with the digits in torchvision's file
# name; the second is the one the Hub keeps for this file in this revision.
OFFICIAL_SOURCES = (
    Source(
        "resnet18-f37072fd.pth",
        "https://download.pytorch.org/models/resnet18-f37072fd.pth",
        "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        46_830_571,
    ),
    Source(
        "resnet18.tv_in1k.safetensors",
        f"{_HUB}/{HUB_REPOSITORY}/resolve/{HUB_REVISION}/{HUB_FILENAME}",
        "694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81",
        46_807_446,
    ),
)


class _Failed(Exception):
    """Why one source did not give its file, as half a sentence."""


def default_cache() -> Path:
    """This machine's folder for fetched weights; RN18DEMO_CACHE overrides it."""
    chosen = os.environ.get("RN18DEMO_CACHE")
    return Path(chosen) if chosen else user_cache_path("rn18demo")


def is_good(path: Path, source: Source) -> bool:
    """Whether a file is there and has the source's length and SHA-256."""
    try:
        if path.stat().st_size != source.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
    except OSError:
        return False


def find_cached(sources: tuple[Source, ...], folder: Path) -> tuple[Path, Source] | None:
    """The first source whose file is in the cache and still good.

    A damaged file is removed, so that it is fetched again.
    """
    for source in sources:
        path = folder / source.filename
        if is_good(path, source):
            return path, source
        if path.exists():
            _remove_damaged(path, source)
    return None


def _remove_damaged(path: Path, source: Source) -> None:
    try:
        with _lock(path).acquire(timeout=CONNECT_SECONDS):
            if not is_good(path, source):  # another process may have replaced it meanwhile
                path.unlink(missing_ok=True)
    except (Timeout, OSError):
        return  # a read-only cache, or one that is being filled: it is not used, that is enough


def _lock(path: Path) -> FileLock:
    return FileLock(path.with_name(path.name + ".lock"))


def fetch_first(
    sources: tuple[Source, ...],
    folder: Path,
    progress: Progress = lambda received, total: None,
    stall_seconds: float = STALL_SECONDS,
) -> tuple[Path, Source]:
    """Fetch the file from the first source that gives it.

    Args:
        sources: Tried in order.
        folder: The cache; made if it is missing.
        progress: Called now and then, from the same thread.
        stall_seconds: How long a server may stay silent.

    Returns:
        The verified file, and the source it came from.

    Raises:
        DownloadError: None of them gave it; the sentence says why, for each.
    """
    reasons: list[str] = []
    for source in sources:
        try:
            return _fetch(source, folder, progress, stall_seconds), source
        except _Failed as error:
            reasons.append(str(error))
    raise DownloadError(
        f"The official ImageNet weights could not be downloaded ({'; '.join(reasons)})."
    )


def _fetch(source: Source, folder: Path, progress: Progress, stall_seconds: float) -> Path:
    path = folder / source.filename
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < source.size:
            raise _Failed(f"the disk has no room for {source.size / 1e6:.0f} MB in {folder}")
        with _lock(path).acquire(timeout=WHOLE_SECONDS):
            if not is_good(path, source):  # another process may just have fetched it
                _into_place(source, path, progress, stall_seconds)
            return path
    except Timeout as error:
        raise _Failed("another copy of this program has been fetching them too long") from error
    except NotImplementedError as error:  # filelock, on a file system without locks
        raise _Failed(f"files in {folder} cannot be locked") from error
    except OSError as error:
        full = error.errno in (ENOSPC, EDQUOT)
        reason = "the disk is full" if full else (error.strerror or type(error).__name__).lower()
        raise _Failed(f"they could not be written to {folder}: {reason}") from error


def _into_place(source: Source, path: Path, progress: Progress, stall_seconds: float) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            digest = _transfer(source, file, progress, stall_seconds)
        if digest != source.sha256:
            raise _Failed(f"what {source.host} sent is not the expected file: its SHA-256 differs")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _transfer(source: Source, file: BinaryIO, progress: Progress, stall_seconds: float) -> str:
    """Write the body to `file` and return its SHA-256."""
    digest, received, started = hashlib.sha256(), 0, monotonic()
    try:
        with (
            _client(stall_seconds) as client,
            client.stream("GET", source.url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _Failed(f"{source.host} answered with error {answer.status_code}")
            progress(0, source.size)
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                received += len(chunk)
                if received > source.size:
                    raise _Failed(f"{source.host} sent more than the expected file")
                if monotonic() - started > WHOLE_SECONDS:
                    raise _Failed(f"{source.host} is too slow")
                digest.update(chunk)
                file.write(chunk)
                progress(received, source.size)
    except httpx.ConnectError as error:
        raise _Failed(f"no connection to {source.host}") from error
    except httpx.TimeoutException as error:
        raise _Failed(f"{source.host} did not answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _Failed(f"the connection to {source.host} broke off") from error
    if received < source.size:
        raise _Failed(f"{source.host} sent only a part of the file")
    return digest.hexdigest()


def _client(stall_seconds: float) -> httpx.Client:
    timeout = httpx.Timeout(stall_seconds, connect=CONNECT_SECONDS)
    plain = {"Accept-Encoding": "identity"}
    try:
        return httpx.Client(timeout=timeout, headers=plain, follow_redirects=True)
    except (ImportError, ValueError) as error:
        raise _Failed("the proxy settings of this machine cannot be used") from error
