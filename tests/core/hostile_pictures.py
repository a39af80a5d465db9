"""Good, odd and hostile pictures as bytes, each with what `read_image` has to make of it.

`CASES` is the one table: the tests of the reader and those of the endpoints walk through it.
Nearly every good picture shows the same four fields (`FIELDS`: red, green, blue, grey).
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()

Colour = tuple[int, int, int]

SIZE = (64, 48)
FIELDS: tuple[Colour, ...] = ((220, 30, 30), (30, 190, 40), (30, 40, 210), (128, 128, 128))
"""Colours of the four quarters: top left, top right, bottom left, bottom right."""
GREYS: tuple[Colour, ...] = ((0,) * 3, (80,) * 3, (160,) * 3, (255,) * 3)
READ = "read"


@dataclass(frozen=True)
class Case:
    """One file that somebody may upload.

    Attributes:
        make: Builds the file's bytes.
        suffix: The file name's extension, which may lie.
        expected: `READ`, or a part of the sentence it is refused with.
        size: Width and height after reading.
        colours: The four fields' colours after reading.
        tolerance: How far each may be off, 0 to 255.
    """

    name: str
    make: Callable[[], bytes] = field(repr=False)
    suffix: str
    expected: str = READ
    size: tuple[int, int] = SIZE
    colours: tuple[Colour, ...] = FIELDS
    tolerance: int = 8


def four_fields(colours: tuple[Colour, ...] = FIELDS, size: tuple[int, int] = SIZE) -> Image.Image:
    """The RGB test picture."""
    small = Image.new("RGB", (2, 2))
    small.putdata(colours)
    return small.resize(size, Image.Resampling.NEAREST)


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """What Pillow writes."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(**options: object) -> bytes:
    return encoded(four_fields(), "JPEG", quality=95, **options)


def png(**options: object) -> bytes:
    return encoded(four_fields(), "PNG", **options)


def grey_values() -> np.ndarray:
    """(48, 64), values 0 to 255, the fields of `GREYS`."""
    return np.asarray(four_fields(GREYS).convert("L"))


def transparent_corner(mode: str) -> bytes:
    """Bottom right is transparent, over black."""
    picture = four_fields((*FIELDS[:3], (0, 0, 0))).convert("RGBA")
    alpha = four_fields(((255,) * 3, (255,) * 3, (255,) * 3, (0,) * 3)).convert("L")
    picture.putalpha(alpha)
    return encoded(picture.convert(mode), "PNG")


def palette_with_transparency() -> bytes:
    picture = four_fields().quantize(8)
    hidden = picture.getpixel((60, 40))
    return encoded(picture, "PNG", transparency=hidden)


def one_bit() -> bytes:
    picture = four_fields(((0,) * 3, (255,) * 3, (255,) * 3, (0,) * 3))
    return encoded(picture.convert("1"), "PNG")


def grey_16_bit(form: str) -> bytes:
    values = grey_values().astype(np.uint16) * 257
    return encoded(Image.fromarray(values), form)


def rgb_16_bit_png() -> bytes:
    values = np.asarray(four_fields()).astype(">u2") * 257
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png_of_chunks(SIZE, 16, 2, rows)


def animation(form: str) -> bytes:
    frames = [four_fields(colours) for colours in (FIELDS, FIELDS[::-1], GREYS)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def turned(orientation: int, form: str = "JPEG") -> bytes:
    """Looks like the test picture once EXIF's `orientation` is applied."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    picture = four_fields()
    if orientation in undo:
        picture = picture.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if form == "JPEG" else {}
    return encoded(picture, form, exif=exif.tobytes(), **options)


def swapped_primaries_profile() -> bytes:
    """An ICC profile for which red is what the world calls green, and green red."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"swapped primaries\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0public domain\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"gXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    table, body, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", offset + len(body), len(value))
        body += value
    header = struct.pack(">I4s", offset + len(body), b"") + struct.pack(">I", 0x02100000)
    header += b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + xyz(0.9642, 1.0, 0.8249)[8:]
    return header.ljust(128, b"\0") + table + body


def lab_tiff() -> bytes:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    picture = ImageCms.profileToProfile(four_fields(), srgb, lab, outputMode="LAB")
    assert picture is not None
    return encoded(picture, "TIFF")


def png_of_chunks(
    size: tuple[int, int],
    depth: int,
    colour_type: int,
    rows: bytes,
    extra: tuple[tuple[bytes, bytes], ...] = (),
) -> bytes:
    """A PNG written by hand; `rows` is compressed here, `extra` chunks come before it."""
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def png_bomb() -> bytes:
    """12,000 x 12,000 black pixels in about 17 KB."""
    side = 12_000
    return png_of_chunks((side, side), 1, 0, bytes(1 + side // 8) * side)


def png_with(name: bytes, prefix: bytes) -> bytes:
    """A small picture with a compressed chunk that unfolds to 64 MB."""
    inner = prefix + zlib.compress(bytes(64 * 2**20))
    return png_of_chunks((16, 16), 8, 0, bytes(17 * 16), ((name, inner),))


def jpeg_claiming(width: int, height: int, progressive: bool) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(jpeg(progressive=progressive))
    start = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_claiming(width: int, height: int) -> bytes:
    data = bytearray(encoded(four_fields(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp_claiming(width: int, height: int) -> bytes:
    data = bytearray(encoded(four_fields(), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    """An animation with small frames on a canvas that claims another size."""
    data = bytearray(animation("WEBP"))
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def tiff_of_tags(width: int, height: int, strip_bytes: int) -> bytes:
    """A TIFF header for 8-bit grey in one strip of `strip_bytes`, with next to no data."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
    tags += [(273, 4, 200), (277, 3, 1), (278, 4, height), (279, 4, strip_bytes)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return (b"II*\0" + struct.pack("<I", 8) + directory).ljust(200, b"\0") + bytes(64)


def noise(form: str) -> bytes:
    """A valid file that is long enough to be cut anywhere."""
    values = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return encoded(Image.fromarray(values), form)


def truncated(form: str) -> bytes:
    """The first part of a file, as an interrupted copy leaves it."""
    data = noise(form)
    return data[: int(len(data) * 0.6)]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
WHITE_CORNER = (*FIELDS[:3], (255, 255, 255))
BLACK_WHITE: tuple[Colour, ...] = ((0,) * 3, (255,) * 3, (255,) * 3, (0,) * 3)
FORMATS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
    "heic": "HEIF",
    "avif": "AVIF",
}

_TABLE = [
    Case("jpeg", jpeg, ".jpg"),
    Case("jpeg progressive", lambda: jpeg(progressive=True), ".jpg"),
    Case("png", png, ".png"),
    Case("webp", lambda: encoded(four_fields(), "WEBP", quality=95), ".webp", tolerance=14),
    Case("gif", lambda: encoded(four_fields(), "GIF"), ".gif"),
    Case("bmp", lambda: encoded(four_fields(), "BMP"), ".bmp"),
    Case("tiff", lambda: encoded(four_fields(), "TIFF"), ".tiff"),
    Case("tiff lzw", lambda: encoded(four_fields(), "TIFF", compression="tiff_lzw"), ".tif"),
    Case("heic", lambda: encoded(four_fields(), "HEIF", quality=95), ".heic", tolerance=14),
    Case("avif", lambda: encoded(four_fields(), "AVIF", quality=95), ".avif", tolerance=14),
    Case("mpo", lambda: animation("MPO"), ".mpo", tolerance=16),
    Case("wrong extension", png, ".jpg"),
    Case("jpeg with 2 kB behind it", lambda: jpeg() + b"rest" * 500, ".jpg"),
    Case("animated gif", lambda: animation("GIF"), ".gif"),
    Case("animated png", lambda: animation("PNG"), ".png"),
    Case("animated webp", lambda: animation("WEBP"), ".webp", tolerance=20),
    Case("rgba", lambda: transparent_corner("RGBA"), ".png", colours=WHITE_CORNER),
    Case(
        "grey with alpha",
        lambda: transparent_corner("LA"),
        ".png",
        colours=((87,) * 3, (125,) * 3, (56,) * 3, (255,) * 3),
    ),
    Case("palette", lambda: encoded(four_fields().quantize(8), "PNG"), ".png"),
    Case("palette, transparent", palette_with_transparency, ".png", colours=WHITE_CORNER),
    Case("1 bit", one_bit, ".png", colours=BLACK_WHITE),
    Case("grey", lambda: encoded(Image.fromarray(grey_values()), "PNG"), ".png", colours=GREYS),
    Case("16-bit grey png", lambda: grey_16_bit("PNG"), ".png", colours=GREYS),
    Case("16-bit grey tiff", lambda: grey_16_bit("TIFF"), ".tif", colours=GREYS),
    Case("16-bit rgb png", rgb_16_bit_png, ".png"),
    Case(
        "float tiff",
        lambda: encoded(Image.fromarray(grey_values().astype(np.float32) / 255), "TIFF"),
        ".tif",
        colours=GREYS,
    ),
    Case(
        "32-bit integer tiff",
        lambda: encoded(Image.fromarray(grey_values().astype(np.int32) * 9000 - 500), "TIFF"),
        ".tif",
        colours=GREYS,
    ),
    Case(
        "cmyk jpeg",
        lambda: encoded(four_fields().convert("CMYK"), "JPEG", quality=95),
        ".jpg",
        tolerance=16,
    ),
    Case("cmyk tiff", lambda: encoded(four_fields().convert("CMYK"), "TIFF"), ".tif"),
    Case("lab tiff", lab_tiff, ".tif", tolerance=12),
    Case(
        "colour profile",
        lambda: png(icc_profile=swapped_primaries_profile()),
        ".png",
        colours=((30, 220, 30), (190, 30, 40), (40, 30, 210), (128, 128, 128)),
        tolerance=20,
    ),
    Case("broken colour profile", lambda: png(icc_profile=b"not a profile" * 20), ".png"),
    Case("8 x 8", lambda: encoded(four_fields(size=(8, 8)), "PNG"), ".png", size=(8, 8)),
    Case(
        "large",
        lambda: encoded(four_fields(size=(4096, 1024)), "PNG"),
        ".png",
        size=(2000, 500),
    ),
    *(Case(f"exif {n}", partial(turned, n), ".jpg", tolerance=16) for n in range(1, 9)),
    *(
        Case(f"exif 6 {form}", partial(turned, 6, form), suffix, tolerance=16)
        for form, suffix in (("PNG", ".png"), ("TIFF", ".tif"), ("WEBP", ".webp"))
    ),
    Case("empty", bytes, ".jpg", "empty"),
    Case("zero bytes", lambda: bytes(5000), ".png", "nothing but zeros"),
    Case("text", lambda: b"Dear reader, this is no picture.\n" * 9, ".jpg", "not a picture"),
    Case("web page", lambda: b"<!doctype html><p>404 not found</p>", ".png", "not a picture"),
    Case("icon", lambda: encoded(four_fields(), "ICO"), ".ico", "not a picture"),
    Case("photoshop", lambda: b"8BPS\0\x01" + bytes(200), ".psd", "not a picture"),
    Case("postscript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n", ".eps", "not a picture"),
    Case("svg", lambda: SVG, ".svg", "SVG"),
    Case("svg with header", lambda: b'<?xml version="1.0"?>\n' + SVG, ".png", "SVG"),
    Case("pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" * 20, ".pdf", "This is a PDF"),
    Case("png signature, then text", lambda: png()[:8] + b"nothing" * 50, ".png", "damaged"),
    *(
        Case(f"truncated {name}", partial(truncated, form), f".{name}", "damaged")
        for name, form in FORMATS.items()
    ),
    Case("jpeg header only", lambda: jpeg()[:200], ".jpg", "damaged"),
    Case("1 x 1", lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), ".png", "too few"),
    Case("1 x 5000", lambda: encoded(Image.new("RGB", (1, 5000)), "PNG"), ".png", "too few"),
    Case("10 x 5000", lambda: encoded(Image.new("RGB", (10, 5000)), "PNG"), ".png", "a strip"),
    Case("png bomb", png_bomb, ".png", "12000 x 12000"),
    Case("png text bomb", lambda: png_with(b"zTXt", b"a\0\0"), ".png", "damaged"),
    Case("png profile bomb", lambda: png_with(b"iCCP", b"a\0\0"), ".png", "damaged"),
    Case("jpeg bomb", lambda: jpeg_claiming(60_000, 60_000, False), ".jpg", "60000 x 60000"),
    Case("progressive bomb", lambda: jpeg_claiming(9_000, 9_000, True), ".jpg", "9000 x 9000"),
    Case("gif bomb", lambda: gif_claiming(60_000, 60_000), ".gif", "60000 x 60000"),
    Case("bmp bomb", lambda: bmp_claiming(40_000, 40_000), ".bmp", "40000 x 40000"),
    Case("webp bomb", lambda: webp_claiming(16_000, 16_000), ".webp", "16000 x 16000"),
    Case("tiff bomb", lambda: tiff_of_tags(60_000, 60_000, 64), ".tif", "60000 x 60000"),
    Case("tiff, huge strip", lambda: tiff_of_tags(5000, 5000, 2**31), ".tif", "damaged"),
    Case("60 MB", lambda: jpeg() + bytes(60 * 2**20), ".jpg", "larger than 25 MB"),
]
CASES = {case.name: case for case in _TABLE}
