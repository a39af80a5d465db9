import base64
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from rn18demo.core.predictions import Prediction
from rn18demo.core.wire import (
    PICTURE_SIDE,
    channels_value,
    decode_maps,
    describe_map,
    encode_maps,
    map_value,
    picture_uri,
    predictions_value,
)

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9))
MAPS = arrays(np.float32, SHAPES, elements=st.floats(0, 1e6, width=32))
SIGNED = arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32))


def peaks(maps: np.ndarray) -> np.ndarray:
    return np.abs(maps).max((1, 2), keepdims=True).astype(np.float64)


@settings(deadline=None)
@given(MAPS)
def test_maps_come_back_exact_to_half_a_step(maps: np.ndarray) -> None:
    packed = json.loads(json.dumps(encode_maps(maps)))
    error = np.abs(decode_maps(packed).astype(np.float64) - maps)
    assert (error <= peaks(maps) * (0.5 / 255 + 1e-6) + 1e-44).all()


@settings(deadline=None)
@given(SIGNED)
def test_signed_maps_come_back(maps: np.ndarray) -> None:
    packed = json.loads(json.dumps(encode_maps(maps, signed=True)))
    error = np.abs(decode_maps(packed).astype(np.float64) - maps)
    assert (error <= peaks(maps) * (0.5 / 127 + 1e-6) + 1e-44).all()


def test_peaks_and_zeros_come_back_unchanged() -> None:
    maps = np.array([[[0, 3.25]], [[0, 0]], [[1e-7, 0]]], np.float32)
    assert np.array_equal(decode_maps(encode_maps(maps)), maps)


@pytest.mark.parametrize(
    ("maps", "options", "words"),
    [
        (np.full((1, 2, 2), np.nan), {}, "finite"),
        (np.full((1, 2, 2), np.inf), {}, "finite"),
        (-np.ones((1, 2, 2)), {}, "signed"),
        (np.ones((2, 2)), {}, r"\(2, 2\)"),
        (np.ones((0, 2, 2)), {}, r"\(0, 2, 2\)"),
        (np.ones((2, 2, 2)), {"indices": [1]}, "1 indices for 2"),
    ],
)
def test_other_maps_are_refused(maps: np.ndarray, options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encode_maps(maps, **options)


def test_a_thousand_maps_are_small() -> None:
    maps = np.random.default_rng(0).random((1000, 7, 7))
    assert len(json.dumps(encode_maps(maps))) < 75_000


def test_a_map_value_is_plain_json() -> None:
    value = map_value(
        None,
        (np.int64(640), 480),  # type: ignore[arg-type]
        np.ones((2, 3, 3)),
        ["cat", "dog"],
        np.int64(7),  # type: ignore[arg-type]
        indices=[7, 9],
        probabilities=np.array([0.25, 0.5]),  # type: ignore[arg-type]
        compare=9,
    )
    again = json.loads(json.dumps(value))
    assert again == value
    assert (again["chosen"], again["compare"], again["maps"]["indices"]) == (7, 9, [7, 9])
    assert again["probabilities"] == [0.25, 0.5]


@pytest.mark.parametrize(
    ("labels", "probabilities", "words"),
    [(["cat"], None, "1 labels for 2"), (["cat", "dog"], [1.0], "1 probabilities for 2")],
)
def test_labels_and_probabilities_belong_to_the_maps(
    labels: list[str], probabilities: list[float] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        map_value(None, (9, 9), np.ones((2, 3, 3)), labels, 0, probabilities=probabilities)


def test_channels_carry_their_indices() -> None:
    value = channels_value("layer1", np.ones((2, 3, 3)), [12, 40], ["12", "40"], chosen=40)
    assert value["maps"]["indices"] == [12, 40]
    assert value["chosen"] == 40
    with pytest.raises(ValueError, match="1 captions for 2"):
        channels_value("layer1", np.ones((2, 3, 3)), [12, 40], ["12"])


def test_the_first_prediction_is_chosen_unless_told() -> None:
    answers = [Prediction(1, "cat", 281, 0.6), Prediction(2, "dog", 5, 0.3)]
    assert predictions_value(answers)["chosen"] == 281
    assert predictions_value(answers, 5)["chosen"] == 5
    assert predictions_value([])["chosen"] is None
    first = json.loads(json.dumps(predictions_value(answers)))["predictions"][0]
    assert first == {"rank": 1, "label": "cat", "index": 281, "probability": 0.6}


@pytest.mark.parametrize(
    ("size", "expected"), [((4000, 3000), (PICTURE_SIDE, 960)), ((30, 20), (30, 20))]
)
def test_a_picture_travels_inside_the_answer(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    original = Image.new("RGB", size, (200, 30, 60))
    head, body = picture_uri(original).split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(body))) as image:
        assert (image.format, image.size) == ("JPEG", expected)
        assert image.getpixel((5, 5)) == pytest.approx((200, 30, 60), abs=4)
    assert original.size == size


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (0, 0, "upper left"),
        (0, 3, "upper middle"),
        (0, 6, "upper right"),
        (3, 0, "left"),
        (3, 3, "middle"),
        (3, 6, "right"),
        (6, 0, "lower left"),
        (6, 3, "lower middle"),
        (6, 6, "lower right"),
    ],
)
def test_a_map_is_described_by_where_it_is_strongest(row: int, column: int, place: str) -> None:
    values = np.full((7, 7), 0.2)
    values[row, column] = 1
    sentence = describe_map(values, "tabby cat")
    assert sentence.startswith(f'The map for "tabby cat" is strongest in the {place} of the pic')
    assert "cover 2 %" in sentence


def test_the_place_is_one_of_the_whole_picture() -> None:
    values = np.zeros((2, 2))
    values[0, 0] = 1
    assert "upper left" in describe_map(values)
    assert "upper middle" in describe_map(values, crop=(0.3, 0.0, 0.7, 1.0))


def test_an_empty_map_is_said_to_be_empty() -> None:
    assert "is empty" in describe_map(np.zeros((7, 7)), "tabby cat")
