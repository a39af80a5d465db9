"""Names that come with files: what a zip means by its bytes, and what is fit to be shown."""

import struct
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

from rn18demo.training.dataset_limits import MAX_NAME

_JOINERS = "\u200c\u200d"
"""Invisible, but Persian words and many emoji are spelled with them."""
_LEGACY = ("gb2312", "cp932", "big5", "gbk", "cp949", "cp866")
"""Encodings of Windows' own zips outside of western Europe, the strictest first."""


def clean_name(text: str) -> str:
    """A name as plain text: composed, no control or direction characters, single spaces.

    Markup such as `<b>` is text like any other and stays; whoever shows it escapes it.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(" " if c.isspace() else c for c in composed if c.isspace() or _is_text(c))
    return " ".join(kept.split())


def shortened(name: str, limit: int = MAX_NAME) -> str:
    """At most `limit` characters, the end replaced by an ellipsis."""
    return name if len(name) <= limit else name[: limit - 1].rstrip() + "…"


def distinct(names: Iterable[str]) -> list[str]:
    """Cleaned, shortened names; two that became the same are numbered."""
    taken: set[str] = set()
    result = []
    for name in names:
        short = candidate = shortened(name) or "unnamed"
        count = 1
        while candidate in taken:
            count += 1
            ending = f" ({count})"
            candidate = shortened(short, MAX_NAME - len(ending)) + ending
        taken.add(candidate)
        result.append(candidate)
    return result


def decode_names(names: Sequence[bytes]) -> list[str]:
    """File names of a zip that does not say how they are encoded.

    The standard says code page 437. In practice it is UTF-8 from Linux and macOS, and the
    computer's own code page from Windows' Explorer, so all names together are tried: UTF-8,
    437 where it gives letters, then the code pages of East Asia and Russia. Chinese and
    Korean code pages overlap; Chinese is taken, and a class can be renamed.

    Args:
        names: As they stand in the zip. All are taken to be in one encoding.
    """
    for encoding in ("utf-8", "cp437", *_LEGACY):
        try:
            decoded = [name.decode(encoding) for name in names]
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(map(_plausible, decoded)):
            return decoded
    return [name.decode("cp437") for name in names]


def unicode_path(extra: bytes, name: bytes) -> str | None:
    """The name in a zip entry's "Info-ZIP Unicode Path" field (0x7075), if it has a valid one.

    Args:
        extra: All extra fields of the entry.
        name: The entry's ordinary name, whose checksum the field repeats.
    """
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        value, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == 0x7075 and value[:5] == struct.pack("<BL", 1, zlib.crc32(name)):
            try:
                return value[5:].decode("utf-8").partition("\0")[0]
            except UnicodeDecodeError:
                return None
    return None


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs") or character in _JOINERS


def _plausible(name: str) -> bool:
    """Whether all that is not ASCII are letters; halfwidth katakana are a sign of a misreading."""
    return all(c.isalpha() and not "\uff61" <= c <= "\uff9f" for c in name if not c.isascii())
