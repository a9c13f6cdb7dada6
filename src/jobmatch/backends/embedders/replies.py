"""What a service that speaks the ``/embeddings`` protocol replies: vectors, codes of errors, and when to come back."""

import base64
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    import httpx

    from jobmatch.ports import Vectors

#: The longest pause, in seconds, that a service can ask for.
LONGEST_PAUSE = 60.0
_CODE = re.compile(r"[A-Za-z][\w.-]{0,59}")


class _Item(msgspec.Struct):
    index: int
    embedding: list[float] | str


class _Reply(msgspec.Struct):
    data: list[_Item]


def parse(content: bytes, count: int) -> "Vectors":
    """Return the vectors of a reply in the order of the texts, shape (count, any).

    Raises:
        ValueError: it is no such reply.
    """
    reply = msgspec.json.decode(content, type=_Reply)
    if sorted(item.index for item in reply.data) != list(range(count)):
        raise ValueError("not one embedding for each text")
    vectors: Vectors = np.stack([_floats(item.embedding) for item in sorted(reply.data, key=lambda item: item.index)])
    if not np.isfinite(vectors).all():
        raise ValueError("not finite")
    return vectors


def _floats(embedding: list[float] | str) -> "Vectors":
    """Return one embedding; some services send base64 whatever they are asked for."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    return np.asarray(embedding, dtype=np.float32)


def codes(content: bytes) -> list[str]:
    """Return the code of an error document, if it looks like one."""
    try:
        code = msgspec.json.decode(content)["error"]["code"]
    except (ValueError, LookupError, TypeError):
        return []
    return [code] if isinstance(code, str) and _CODE.fullmatch(code) else []


def retry_after(response: "httpx.Response") -> float | None:
    """Return the seconds that a Retry-After header asks for, whether as a number or as a date."""
    value = response.headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value)
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else None


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
