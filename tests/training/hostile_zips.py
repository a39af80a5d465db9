"""Good, odd and hostile zips as bytes, each with what `read_dataset` has to make of it.

`CASES` is the one table.
"""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np
from PIL import Image

from rn18demo.training.dataset_limits import LIMITS, Limits
from tests.core import hostile_pictures

Counts = dict[str, int]
CAT, DOG = 1, 100
"""First seeds of the pictures of two classes."""


@dataclass(frozen=True)
class Case:
    """One zip that somebody may upload.

    Attributes:
        make: Builds the zip's bytes.
        refused: Part of the sentence it is refused with, or nothing.
        classes: Class -> number of shots, in order, if it is read.
        skipped: Path -> part of the reason, for all files that are left out and listed.
        held_out: Class -> number of shots in the val and test folders.
        limits: What the zip may hold.
    """

    name: str
    make: Callable[[], bytes] = field(repr=False)
    refused: str = ""
    classes: Counts = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    held_out: Counts = field(default_factory=dict)
    limits: Limits = LIMITS


def scene(seed: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture unlike that of any other seed: 6 x 6 fields of seeded colours, blended."""
    fields = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(fields).resize(size, Image.Resampling.BICUBIC)


@cache
def photo(seed: int) -> bytes:
    """The same as a small JPEG."""
    return hostile_pictures.encoded(scene(seed), "JPEG", quality=90)


def zipped(
    files: Mapping[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A zip of path -> content."""
    buffer = io.BytesIO()
    listed = list(files.items()) if isinstance(files, Mapping) else files
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in listed:
            if isinstance(name, zipfile.ZipInfo):
                archive.writestr(name, data)
            else:
                archive.writestr(name, data, method)
    return buffer.getvalue()


def pets(prefix: str = "", cats: int = 2, dogs: int = 3) -> dict[str, bytes]:
    """Two classes of readable pictures."""
    files = {f"{prefix}cat/{n}.jpg": photo(CAT + n) for n in range(cats)}
    return files | {f"{prefix}dog/{n}.jpg": photo(DOG + n) for n in range(dogs)}


def pets_and(extra: Mapping[str, bytes]) -> bytes:
    return zipped({**pets(), **extra})


PETS: Counts = {"cat": 2, "dog": 3}


def named_in(encoding: str, *classes: str, flag: int = 0) -> bytes:
    """A zip whose names are in some encoding, and which does not say so.

    Args:
        encoding: Of the names.
        classes: Names of the folders.
        flag: Bits to set in each entry's flags.
    """
    marks = {f"{index:04}": name.encode(encoding) for index, name in enumerate(classes)}
    data = zipped({f"{'x' * (len(raw) - 4)}{m}/1.jpg": photo(int(m)) for m, raw in marks.items()})
    for mark, raw in marks.items():
        data = data.replace(b"x" * (len(raw) - 4) + mark.encode(), raw)
    return with_flags(data, flag)


def with_flags(data: bytes, flag: int) -> bytes:
    """Set bits in the flags of all entries, in both headers."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(mark)
        while start >= 0:
            changed[start + offset] |= flag & 0xFF
            changed[start + offset + 1] |= flag >> 8
            start = changed.find(mark, start + 4)
    return bytes(changed)


def with_unicode_path() -> bytes:
    """Info-ZIP's extra field tells the name; the ordinary name is in a lost encoding."""
    listed: list[tuple[str | zipfile.ZipInfo, bytes]] = list(pets().items())
    raw = b"????/1.jpg"
    said = "猫 é/1.jpg".encode()
    info = zipfile.ZipInfo(raw.decode())
    value = struct.pack("<BL", 1, zlib.crc32(raw)) + said
    info.extra = struct.pack("<HH", 0x7075, len(value)) + value
    return zipped([*listed, (info, photo(7))])


def of_mode(mode: int) -> bytes:
    """A zip with an entry that Unix would make something other than a file."""
    listed: list[tuple[str | zipfile.ZipInfo, bytes]] = list(pets().items())
    info = zipfile.ZipInfo("cat/odd.jpg")
    info.create_system = 3
    info.external_attr = (mode | 0o777) << 16
    return zipped([*listed, (info, b"/etc/passwd")])


def declaring(sizes: int) -> bytes:
    """Every entry declares another unpacked size than it has."""
    data = bytearray(zipped(pets()))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.find(mark)
        while start >= 0:
            struct.pack_into("<L", data, start + offset, sizes)
            start = data.find(mark, start + 4)
    return bytes(data)


def bomb(entries: int, megabytes: int) -> bytes:
    """Entries that each unpack to so many megabytes of nothing; each takes a thousandth."""
    content = bytes(megabytes * 2**20)
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = pack.compress(content) + pack.flush()
    name = b"cat/bomb.jpg"
    facts = (8, 0, 0, zlib.crc32(content), len(packed), len(content), len(name), 0)
    return _of_entries(packed, facts, name, entries)


def many_entries(count: int) -> bytes:
    """A table of contents that names one small file so often."""
    name = b"cat/1.jpg"
    data = photo(1)
    facts = (0, 0, 0, zlib.crc32(data), len(data), len(data), len(name), 0)
    return _of_entries(data, facts, name, count, copies=1)


def _of_entries(
    packed: bytes, facts: tuple[int, ...], name: bytes, entries: int, copies: int | None = None
) -> bytes:
    """A zip of equal entries; with fewer copies than entries, the last ones overlap."""
    copies = copies or entries
    local = struct.pack("<4sHH", b"PK\x03\x04", 20, 0) + struct.pack("<HHHLLLHH", *facts)
    local += name + packed
    entry = struct.pack("<4sHHH", b"PK\x01\x02", 20, 20, 0) + struct.pack("<HHHLLLHH", *facts)
    directory = b"".join(
        entry + struct.pack("<HHHLL", 0, 0, 0, 0, min(n, copies - 1) * len(local)) + name
        for n in range(entries)
    )
    count = min(entries, 0xFFFF)
    sizes = (count, count, len(directory), len(local) * copies, 0)
    return local * copies + directory + struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, *sizes)


def claiming_directory(size: int) -> bytes:
    """A small file that says its table of contents has `size` bytes."""
    body = b"PK\x03\x04" + bytes(200)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(body), 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return body + record + locator + end


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in pets().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def damaged_entry() -> bytes:
    """One picture's bytes were changed after its checksum was taken."""
    data = zipped(pets(), zipfile.ZIP_STORED)
    start = data.index(photo(CAT))
    return data[: start + 300] + bytes([data[start + 300] ^ 0xFF]) + data[start + 301 :]


def packed_by(method: int) -> bytes:
    """A zip with an entry that is packed by another method than all others."""
    listed: list[tuple[str | zipfile.ZipInfo, bytes]] = list(pets().items())
    odd = zipfile.ZipInfo("cat/odd.jpg")
    odd.compress_type = method
    return zipped([*listed, (odd, photo(9))])


SMALL = Limits(entries=40, pictures=4, classes=3, streamed_bytes=10_000)
CLUTTER = {
    "__MACOSX/cat/._1.jpg": b"\0\5\x16\7",
    ".DS_Store": b"Bud1",
    "cat/.DS_Store": b"Bud1",
    "cat/.hidden.jpg": photo(3),
    "dog/Thumbs.db": b"\xd0\xcf",
    "dog/desktop.ini": b"[x]",
    "dog/Icon\r": b"",
}
HTML = "<img src=x onerror=alert(1)>"
SPLITS = {
    **pets("train/"),
    **{f"val/{name}": photo(200 + n) for n, name in enumerate(("cat/a.jpg", "dog/b.jpg"))},
}
_TABLE = [
    Case("a folder for each class", partial(zipped, pets()), classes=PETS),
    Case("stored", partial(zipped, pets(), zipfile.ZIP_STORED), classes=PETS),
    Case("a picture each", partial(zipped, pets("", 1, 1)), classes={"cat": 1, "dog": 1}),
    Case("in one folder", partial(zipped, pets("my pets/")), classes=PETS),
    Case("in two folders", partial(zipped, pets("a/b/")), classes=PETS),
    Case(
        "in one folder with a note",
        lambda: zipped(pets("a/") | {"a/readme.txt": b"hello", "top.txt": b"hello"}),
        classes=PETS,
        skipped={"a/readme.txt": "not in the folder", "top.txt": "not in the folder"},
    ),
    Case("from the current folder", partial(zipped, pets("./")), classes=PETS),
    Case(
        "backslashes",
        lambda: zipped({k.replace("/", "\\"): v for k, v in pets().items()}),
        classes=PETS,
    ),
    Case(
        "folders in a class",
        lambda: pets_and({"cat/at home/9.jpg": photo(9)}),
        classes={"cat": 3, "dog": 3},
    ),
    Case("system files", lambda: pets_and(CLUTTER), classes=PETS),
    Case("system files in a folder", lambda: zipped(pets("a/") | CLUTTER), classes=PETS),
    Case("empty folders", lambda: pets_and({"bird/": b"", "cat/more/": b""}), classes=PETS),
    Case("train and val", partial(zipped, SPLITS), classes=PETS, held_out={"cat": 1, "dog": 1}),
    Case(
        "Train, validation and test in a folder",
        lambda: zipped(
            {f"d/{k.replace('train', 'Train')}": v for k, v in pets("train/").items()}
            | {"d/validation/dog/1.jpg": photo(50), "d/test/dog/1.jpg": photo(51)}
            | {"d/labels/all.csv": b"1,2"}
        ),
        classes=PETS,
        held_out={"dog": 2},
        skipped={"d/labels/all.csv": "not in the train"},
    ),
    Case(
        "a class of val only",
        lambda: zipped(SPLITS | {"val/bird/1.jpg": photo(5), "val/odd.jpg": photo(6)}),
        classes=PETS,
        held_out={"cat": 1, "dog": 1},
        skipped={"val/odd.jpg": "not in the folder", "val/bird/1.jpg": "not in the train"},
    ),
    Case("train only", partial(zipped, pets("train/")), classes=PETS),
    Case(
        "classes called train and test",
        lambda: zipped({"train/1.jpg": photo(1), "test/1.jpg": photo(2)}),
        classes={"test": 1, "train": 1},
    ),
    Case(
        "numbers in order",
        lambda: zipped({f"class {n}/1.jpg": photo(n) for n in (10, 9, 1)}),
        classes={"class 1": 1, "class 9": 1, "class 10": 1},
    ),
    Case(
        "upper and lower case",
        lambda: zipped({"Cat/1.jpg": photo(1), "cat/1.jpg": photo(2)}),
        classes={"Cat": 1, "cat": 1},
    ),
    Case(
        "any script",
        lambda: zipped({f"{n}/1.jpg": photo(ord(n[0])) for n in ("قط", "猫", "кот", "🐈‍⬛")}),
        classes={"кот": 1, "قط": 1, "猫": 1, "🐈‍⬛": 1},
    ),
    Case(
        "html",
        lambda: pets_and({f"{HTML}/<b>.jpg": photo(9)}),
        classes={HTML: 1, **PETS},
    ),
    Case(
        "names that become the same",
        lambda: pets_and({"cat\u202e/5.jpg": photo(5), " c\u200bat\x07 /6.jpg": photo(6)}),
        classes={"cat": 4, "dog": 3},
    ),
    Case(
        "a name of nothing",
        lambda: pets_and({"\u200b/5.jpg": photo(5)}),
        classes={"unnamed": 1, **PETS},
    ),
    Case(
        "long names",
        lambda: pets_and({"z" * 5000 + "a/1.jpg": photo(5), "z" * 5000 + "b/1.jpg": photo(6)}),
        classes={**PETS, "z" * 79 + "…": 1, "z" * 75 + "… (2)": 1},
    ),
    Case(
        "two spellings of é",
        lambda: pets_and({"caf\u00e9/1.jpg": photo(5), "cafe\u0301/1.jpg": photo(6)}),
        classes={"café": 2, **PETS},
    ),
    Case(
        "utf-8 unsaid", partial(named_in, "utf-8", "Äpfel", "猫猫"), classes={"Äpfel": 1, "猫猫": 1}
    ),
    Case("cp437", partial(named_in, "cp437", "Äpfel", "señor"), classes={"señor": 1, "Äpfel": 1}),
    Case(
        "gbk",
        partial(named_in, "gbk", "苹果苹果", "香蕉香蕉"),
        classes={"苹果苹果": 1, "香蕉香蕉": 1},
    ),
    Case(
        "shift-jis",
        partial(named_in, "cp932", "りんご", "バナナ"),
        classes={"りんご": 1, "バナナ": 1},
    ),
    Case(
        "big5",
        partial(named_in, "big5", "蘋果蘋果", "鳳梨鳳梨"),
        classes={"蘋果蘋果": 1, "鳳梨鳳梨": 1},
    ),
    Case("cp866", partial(named_in, "cp866", "кошка", "собака"), classes={"кошка": 1, "собака": 1}),
    Case("unicode path field", with_unicode_path, classes={**PETS, "猫 é": 1}),
    Case(
        "false utf-8",
        partial(named_in, "latin-1", "Äpfel", "señor", flag=0x800),
        "damaged or incomp",
    ),
    Case(
        "path traversal",
        lambda: pets_and({"../../cat/evil.jpg": photo(9), "cat/../../evil.jpg": photo(8)}),
        classes=PETS,
        skipped={"../../cat/evil.jpg": "points outside", "cat/../../evil.jpg": "points outside"},
    ),
    Case(
        "absolute paths",
        lambda: pets_and({"/cat/evil.jpg": photo(9), "C:\\cat\\evil.jpg": photo(8)}),
        classes=PETS,
        skipped={"/cat/evil.jpg": "points outside", "C:\\cat\\evil.jpg": "points outside"},
    ),
    Case(
        "symlink", partial(of_mode, stat.S_IFLNK), classes=PETS, skipped={"cat/odd.jpg": "a link"}
    ),
    Case(
        "device",
        partial(of_mode, stat.S_IFCHR),
        classes=PETS,
        skipped={"cat/odd.jpg": "plain file"},
    ),
    Case("encrypted", lambda: with_flags(zipped(pets()), 1), "protected by a password"),
    Case(
        "nested zip",
        lambda: pets_and({"cat/more.zip": zipped(pets()), "dog/no suffix": zipped(pets())}),
        classes=PETS,
        skipped={"cat/more.zip": "archive inside", "dog/no suffix": "archive inside"},
    ),
    Case("zip of a zip", lambda: zipped({"pets.zip": zipped(pets())}), "No folder with pictures"),
    Case(
        "not pictures",
        lambda: pets_and(
            {
                "cat/notes.txt": b"meow",
                "cat/page.html": b"<!doctype html><script>alert(1)</script>",
                "dog/paper.pdf": b"%PDF-1.7",
                "dog/empty.jpg": b"",
                "dog/zeros.jpg": bytes(4000),
                "dog/cut.jpg": photo(8)[:300],
                "dog/strip.png": hostile_pictures.encoded(Image.new("L", (8, 900)), "PNG"),
            }
        ),
        classes=PETS,
        skipped={
            "cat/notes.txt": "not a picture",
            "cat/page.html": "not a picture",
            "dog/cut.jpg": "damaged",
            "dog/empty.jpg": "empty",
            "dog/paper.pdf": "PDF",
            "dog/strip.png": "a strip",
            "dog/zeros.jpg": "nothing but zeros",
        },
    ),
    Case(
        "a picture of 40 MB",
        lambda: pets_and({"cat/large.jpg": photo(8) + bytes(40 * 2**20)}),
        classes=PETS,
        skipped={"cat/large.jpg": "larger than 25 MB"},
    ),
    Case(
        "a picture of too many pixels",
        lambda: pets_and({"cat/bomb.png": hostile_pictures.png_bomb()}),
        classes=PETS,
        skipped={"cat/bomb.png": "12000 x 12000"},
    ),
    Case(
        "a damaged entry", damaged_entry, classes={"cat": 1, "dog": 3}, skipped={"cat/0.jpg": "dam"}
    ),
    *(
        Case(
            f"method {method}",
            partial(packed_by, method),
            classes=PETS,
            skipped={"cat/odd.jpg": "packed by a method"},
        )
        for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    ),
    Case(
        "declares 10 bytes",
        partial(declaring, 10),
        "None of the files",
    ),
    Case("declares 4 GB", partial(declaring, 0xFFFF_FFF0), classes=PETS),
    Case(
        "a bomb",
        partial(bomb, 60, 24),
        "unpacks to more than 64 MB",
        limits=Limits(streamed_bytes=2**26),
    ),
    Case("a bomb in one entry", partial(bomb, 1, 60), "None of the files"),
    Case("100,000 entries", partial(many_entries, 100_000), "more than 20000 files"),
    Case("a table of 3 GB that is not there", partial(claiming_directory, 3 * 2**30), "damaged"),
    Case("a long table", partial(zipped, pets()), "more than", limits=Limits(directory_bytes=99)),
    Case("entries at the limit", partial(many_entries, 40), "more than 4 pictures", limits=SMALL),
    Case("entries above it", partial(many_entries, 41), "more than 40 files", limits=SMALL),
    Case(
        "pictures without a suffix",
        lambda: zipped({k.removesuffix(".jpg"): v for k, v in pets().items()}),
        "more than 4 pictures",
        limits=Limits(pictures=4),
    ),
    Case(
        "too many classes",
        lambda: zipped({f"{n}/1.jpg": photo(n) for n in range(4)}),
        "4 folders, but at most 3",
        limits=SMALL,
    ),
    Case(
        "pictures that take too long",
        partial(zipped, pets()),
        "takes too long",
        limits=Limits(seconds=0.0),
    ),
    Case(
        "too large a zip", partial(zipped, pets()), "larger than 0 MB", limits=Limits(zip_bytes=999)
    ),
    Case("one class only", lambda: zipped({"cat/1.jpg": photo(1)}), "only one class, “cat”"),
    Case(
        "one class readable",
        lambda: zipped({"cat/1.jpg": photo(1), "dog/1.jpg": b"woof"}),
        "those of “dog” cannot",
    ),
    Case("no class", lambda: zipped({"1.jpg": photo(1), "2.jpg": photo(2)}), "No folder with pic"),
    Case("nothing", lambda: zipped({}), "no pictures in this zip"),
    Case("system files only", lambda: zipped(CLUTTER | {"cat/.hidden.jpg": b""}), "no pictures in"),
    Case("nothing readable", lambda: zipped({"a/1.jpg": b"x", "b/1.jpg": b"y"}), "None of the"),
    Case("a saved project", lambda: pets_and({"rn18demo-project.json": b"{}"}), "saved project"),
    Case("empty file", bytes, "This file is empty"),
    Case("a picture", lambda: photo(1), "not a zip"),
    Case("text", lambda: b"PS: this is no zip", "not a zip"),
    Case("tar", tar, "a tar file"),
    Case("rar", lambda: b"Rar!\x1a\x07\x01\0" + bytes(99), "a RAR file"),
    Case("7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(99), "a 7z file"),
    Case("gzip", lambda: b"\x1f\x8b\x08" + bytes(99), "a gzip file"),
    Case("signature only", lambda: b"PK\x03\x04", "damaged or incomplete"),
    Case("cut off", lambda: zipped(pets())[:-200], "damaged or incomplete"),
    Case("zeros after the signature", lambda: b"PK\x03\x04" + bytes(5000), "damaged or incomplete"),
]
CASES = {case.name: case for case in _TABLE}
