"""Zips, streamed: nothing is written to disk, and nothing that a zip declares is believed."""

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from rn18demo.errors import DatasetError, EntryError
from rn18demo.training.dataset_limits import LIMITS, Limits
from rn18demo.training.dataset_names import decode_names, unicode_path

_CHUNK = 256 * 2**10
_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1 | 0x40
_UTF8 = 0x800
_OTHER_FORMATS = {b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip", b"BZh": "bzip2"}
_MAKE_ZIP = "Please make a zip: on most computers by a right click on the folder."


@dataclass(frozen=True)
class ArchivedFile:
    """A file in a zip.

    Attributes:
        path: As the zip has it, with its folders, not yet to be trusted.
        info: zipfile's entry.
    """

    path: str
    info: zipfile.ZipInfo


class Archive:
    """An open zip.

    Attributes:
        files: All that is not a folder.
        streamed: Bytes that have been unpacked so far.
    """

    def __init__(self, zipped: zipfile.ZipFile, limits: Limits) -> None:
        self._zipped = zipped
        self._limits = limits
        self.files = _files(zipped)
        self.streamed = 0

    def read(self, file: ArchivedFile, limit: int) -> bytes:
        """Unpack one file into memory.

        Args:
            file: One of `files`.
            limit: Most bytes that it may have. Unpacking stops there.

        Raises:
            EntryError: It is too large, damaged, a link, or packed in a way that cannot be
                unpacked in small steps.
            DatasetError: All files together are larger than the limit.
        """
        parts: list[bytes] = []
        size = 0
        with self._unpacked(file) as stream:
            while part := stream.read(_CHUNK):
                size += len(part)
                self._count(len(part))
                if size > limit:
                    raise EntryError(f"It is larger than {limit // 2**20} MB.")
                parts.append(part)
        return b"".join(parts)

    def start(self, file: ArchivedFile, size: int) -> bytes:
        """Unpack the start of a file, of at most so many bytes.

        Raises:
            EntryError: It is damaged, or is no plain file, see `read`.
            DatasetError: All that was unpacked is larger than the limit.
        """
        with self._unpacked(file) as stream:
            data = stream.read(size)
        self._count(len(data))
        return data

    @contextmanager
    def _unpacked(self, file: ArchivedFile) -> Iterator[IO[bytes]]:
        _refuse_what_is_no_plain_file(file.info)
        try:
            with self._zipped.open(file.info) as stream:
                yield stream
        except DatasetError:
            raise
        except Exception as error:  # zipfile raises nearly anything on hostile bytes
            raise EntryError("It is damaged inside the zip. Please make the zip anew.") from error

    def _count(self, size: int) -> None:
        self.streamed += size
        if self.streamed > self._limits.streamed_bytes:
            raise DatasetError(
                f"This zip unpacks to more than {self._limits.streamed_bytes // 2**20} MB, which "
                "is more than is read. Please make the pictures smaller, or use fewer."
            )


@contextmanager
def open_archive(source: Path | BinaryIO, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open a zip for reading.

    Args:
        source: A file's path, or a stream that can be searched and stays open.
        limits: What it may hold.

    Raises:
        DatasetError: It cannot be opened, is no zip, is damaged, is protected by a password,
            or has more files than the limit.
    """
    with ExitStack() as stack:
        stream = _opened(source, stack)
        _refuse_what_is_no_zip(stream, limits)
        try:
            zipped = stack.enter_context(zipfile.ZipFile(_Guarded(stream, limits)))
        except DatasetError:
            raise
        except Exception as error:  # zipfile raises nearly anything on hostile bytes
            raise DatasetError(
                "This zip is damaged or incomplete. Please make it anew, or fetch it again from "
                "where it came from."
            ) from error
        archive = Archive(zipped, limits)
        if any(file.info.flag_bits & _ENCRYPTED for file in archive.files):
            raise DatasetError(
                "This zip is protected by a password. Please make one without a password."
            )
        yield archive


class _Guarded:
    """A stream whose table of contents is bounded.

    zipfile reads that table with one call and makes an object of each of its entries. How
    large it is, the zip declares; so the call itself is what can be watched.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self._limits.directory_bytes:
            raise self._too_many()
        data = self._stream.read(size)
        directory = data.startswith(_DIRECTORY_ENTRY)
        if directory and data.count(_DIRECTORY_ENTRY) > self._limits.entries:
            raise self._too_many()
        return data

    def _too_many(self) -> DatasetError:
        return DatasetError(
            f"This zip has more than {self._limits.entries} files. Please zip only the folders "
            "with the pictures, and fewer of them."
        )


def _opened(source: Path | BinaryIO, stack: ExitStack) -> BinaryIO:
    if not isinstance(source, Path):
        return source
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            raise DatasetError("This is not a file. Please choose a zip file.")
        return stack.enter_context(source.open("rb"))
    except (OSError, ValueError) as error:
        raise DatasetError("The file could not be opened. Please choose it again.") from error


def _refuse_what_is_no_zip(stream: BinaryIO, limits: Limits) -> None:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(512)
    if size == 0:
        raise DatasetError("This file is empty. Please choose a zip with a folder for each class.")
    if size > limits.zip_bytes:
        raise DatasetError(
            f"This zip is larger than {limits.zip_bytes // 2**20} MB. Please make the pictures "
            "smaller, or use fewer."
        )
    for mark, name in _OTHER_FORMATS.items():
        if start.startswith(mark):
            raise DatasetError(f"This is a {name} file, which is not read. {_MAKE_ZIP}")
    if start[257:262] == b"ustar":
        raise DatasetError(f"This is a tar file, which is not read. {_MAKE_ZIP}")
    if not start.startswith(b"PK"):
        raise DatasetError(f"This is not a zip file. {_MAKE_ZIP}")


def _files(zipped: zipfile.ZipFile) -> tuple[ArchivedFile, ...]:
    infos = [info for info in zipped.infolist() if not info.is_dir()]
    paths: dict[int, str] = {}
    unsaid: dict[int, bytes] = {}
    for index, info in enumerate(infos):
        name = info.orig_filename.partition("\0")[0]
        if info.flag_bits & _UTF8:
            paths[index] = name
            continue
        raw = name.encode("cp437")  # zipfile's guess, undone
        said = unicode_path(info.extra, raw)
        if said is None:
            unsaid[index] = raw
        else:
            paths[index] = said
    paths.update(zip(unsaid, decode_names(list(unsaid.values())), strict=True))
    return tuple(ArchivedFile(paths[index], info) for index, info in enumerate(infos))


def _refuse_what_is_no_plain_file(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise EntryError("It is a link to another file. Please zip the file itself.")
    if kind not in (0, stat.S_IFREG):
        raise EntryError("It is not a plain file.")
    # The other methods can be unpacked only in steps of any size.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise EntryError("It is packed by a method that is not read. Please make an ordinary zip.")
