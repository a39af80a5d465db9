"""The film that cameras show, and the decoders that read its frames."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rn18demo.bench.decode import decoders
from rn18demo.bench.film import CAMERA_FRAMES, FRAMES, film, write_camera_film


def test_the_films_frames_are_different_jpegs_of_the_wanted_size() -> None:
    frames = film(64, 48)
    assert len(set(frames)) == len(frames) == FRAMES
    for frame in frames:
        opened = Image.open(BytesIO(frame))
        assert (opened.format, opened.size) == ("JPEG", (64, 48))


def test_the_cameras_film_has_the_layout_of_y4m(tmp_path: Path) -> None:
    path = tmp_path / "film.y4m"
    write_camera_film(path, 64, 48, fps=25)
    header, rest = path.read_bytes().split(b"\n", 1)
    assert header == b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420jpeg"
    frame = len(b"FRAME\n") + 64 * 48 * 3 // 2
    assert len(rest) == CAMERA_FRAMES * frame
    assert all(rest[n * frame :].startswith(b"FRAME\n") for n in range(CAMERA_FRAMES))


@pytest.mark.parametrize("size", [(256, 256), (1200, 900)])
def test_all_decoders_see_the_same_picture(size: tuple[int, int]) -> None:
    data = film(*size)[3]
    pictures = {}
    for name, decode in decoders(torch.device("cpu")).items():
        decoded = decode(data)
        if isinstance(decoded, torch.Tensor):
            decoded = decoded.permute(1, 2, 0).numpy()
        pictures[name] = np.asarray(decoded).astype(int)
    reference = pictures.pop("PIL")
    assert reference.shape == (224, 224, 3)
    for name, picture in pictures.items():
        assert np.abs(picture - reference).mean() < 4, name
