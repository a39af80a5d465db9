"""What the Teach cards send: checked here, because nothing that a browser sends is trusted."""

import base64
import binascii
from typing import Any, NamedTuple

from rn18demo.core.images import MAX_BYTES
from rn18demo.errors import PictureError, RequestError
from rn18demo.training.dataset_limits import LIMITS, MAX_NAME
from rn18demo.training.dataset_types import is_moment
from rn18demo.ui.teach_page import is_id, new_id

PICTURES_A_CALL = 16
"""Pictures that may be sent together; the page sends up to 12."""
CALL_BYTES = 40 * 2**20
"""Most bytes of the pictures that are sent together; the page's own have about 40 kB each."""
THUMBS_A_CALL = 64
LEFT_OUT = ("too_large", "unreadable", "refused")
MAX_PATH = 1_000
"""Longest path of a file in a dropped folder, in characters."""


class SentPicture(NamedTuple):
    """An encoded picture.

    Attributes:
        id: Of the shot that it becomes; the browser may choose it, so that a picture sent
            again after a broken connection is not kept twice.
        name: For people.
        data: The file.
        moment: See `Shot`.
        left_out: Why the browser did not send its file, one of `LEFT_OUT`; else nothing.
    """

    id: str
    name: str
    data: bytes
    moment: str = ""
    left_out: str = ""


def read_object(payload: object) -> dict[str, Any]:
    """A JSON object.

    Raises:
        RequestError: It is something else.
    """
    if not isinstance(payload, dict):
        raise RequestError("The cards are asked with a JSON object.")
    return payload


def read_id(payload: dict[str, Any], key: str) -> str:
    """The id of a class.

    Raises:
        RequestError: It is none.
    """
    value = payload.get(key)
    if not is_id(value):
        raise RequestError(f"“{key}” is not the id of a class.")
    return str(value)


def read_ids(payload: dict[str, Any], key: str, most: int = LIMITS.pictures) -> list[str]:
    """Ids of pictures.

    Raises:
        RequestError: They are none, or too many.
    """
    value = payload.get(key)
    if not isinstance(value, list) or len(value) > most or not all(map(is_id, value)):
        raise RequestError(f"“{key}” is not a list of at most {most} ids of pictures.")
    return value


def read_name(payload: dict[str, Any], key: str = "name") -> str:
    """A name for people, not cleaned yet.

    Raises:
        RequestError: It is no text, or too long.
    """
    return _text(payload.get(key), key, 4 * MAX_NAME)


def read_paths(payload: dict[str, Any], key: str = "paths") -> list[str]:
    """Paths of the files in a folder.

    Raises:
        RequestError: They are none, or too many.
    """
    value = payload.get(key)
    if not isinstance(value, list):
        raise RequestError(f"“{key}” is not a list of paths.")
    if len(value) > LIMITS.entries:
        raise RequestError(
            f"This folder has more than {LIMITS.entries} files. Please take only the folders "
            "with the pictures, and fewer of them."
        )
    return [_text(path, key, MAX_PATH) for path in value]


def read_pictures(payload: dict[str, Any], key: str = "pictures") -> list[SentPicture]:
    """Pictures as base64.

    Raises:
        RequestError: They are no pictures, or too many.
        PictureError: They are too large.
    """
    value = payload.get(key)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise RequestError(f"“{key}” is not a list of pictures.")
    if len(value) > PICTURES_A_CALL:
        raise RequestError(f"At most {PICTURES_A_CALL} pictures are sent together.")
    sizes = [len(one["data"]) for one in value if isinstance(one.get("data"), str)]
    if len(sizes) != len(value):
        raise RequestError("A picture is sent as base64.")
    if any(size > MAX_BYTES * 4 / 3 + 4 for size in sizes):
        raise PictureError(f"A picture may have {MAX_BYTES // 2**20} MB at most.")
    if sum(sizes) > CALL_BYTES * 4 / 3:
        raise PictureError("These pictures are too large to be sent together.")
    return [_picture(one) for one in value]


def _picture(sent: dict[str, Any]) -> SentPicture:
    name = _text(sent.get("name"), "name", MAX_PATH)
    chosen = sent.get("id")
    if chosen is not None and not is_id(chosen):
        raise RequestError("The id of a picture is not one.")
    try:
        data = base64.b64decode(sent["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError("A picture is sent as base64.") from error
    moment = sent.get("moment", "")
    if not is_moment(moment):
        raise RequestError("The moment of a picture is named by a short text.")
    left_out = sent.get("left_out", "")
    if left_out not in ("", *LEFT_OUT):
        raise RequestError("Why a picture was left out is said by one of a few words.")
    return SentPicture(chosen or new_id(), name, data, moment, left_out)


def _text(value: object, key: str, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise RequestError(f"“{key}” is not a text of at most {limit} characters.")
    # Half of a surrogate pair cannot be stored.
    return value.encode("utf-8", "replace").decode("utf-8")
