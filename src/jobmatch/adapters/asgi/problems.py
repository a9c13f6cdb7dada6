"""Errors as ``application/problem+json`` (RFC 9457): one table from error to status.

What the client did wrong is said in our own words, which hold no private text. What went wrong on our side is said in
fixed words, so that no SQL, address or traceback ever leaves.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

import msgspec
from attrs import frozen
from msgspec import UNSET, Struct, UnsetType
from starlette.exceptions import HTTPException
from starlette.requests import Request

from jobmatch import errors
from jobmatch.adapters.asgi.responses import JsonResponse

#: Longest time that a client is told to stay away, seconds.
MAX_RETRY_AFTER = 3_600
_log = logging.getLogger("jobmatch.http")


class FieldError(Struct, frozen=True, kw_only=True):
    """What is wrong with one field.

    ``pointer`` is a JSON pointer into the body, as a URI fragment; a parameter of the query string has the pointer of
    the field of the same name. Of a header there is its name in ``header`` instead.
    """

    detail: str
    pointer: str | UnsetType = UNSET
    header: str | UnsetType = UNSET

    @property
    def name(self) -> str:
        """The name of the field, for people."""
        if self.header is not UNSET:
            return self.header
        return self.pointer[2:] if self.pointer is not UNSET and self.pointer[2:] else "body"


class Problem(Struct, frozen=True, kw_only=True):
    """A problem in the sense of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | UnsetType = UNSET


@frozen
class Kind:
    """A kind of problem.

    Arguments:
        status: HTTP status.
        name: last part of the URN in ``type``.
        detail: what to say; empty to use the error's own words.
        retry_after: seconds after which trying again is worth while; None if it is not.
    """

    status: HTTPStatus
    name: str
    detail: str = ""
    retry_after: float | None = None


MALFORMED = Kind(HTTPStatus.BAD_REQUEST, "malformed")
UNAUTHENTICATED = Kind(HTTPStatus.UNAUTHORIZED, "unauthenticated")
TOO_LARGE = Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large")
UNSUPPORTED = Kind(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type")
INVALID = Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-input")
INTERNAL = Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an unexpected error; it was logged")
UNFIT = Kind(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "unavailable",
    "this service does not fit what it depends on; its log says more",
)
UNAVAILABLE = "something that this service depends on does not answer; try again later"

#: The most specific class of an error's counts.
KINDS: Mapping[type[Exception], Kind] = {
    errors.InvalidInput: INVALID,
    errors.InvalidSettings: INTERNAL,
    errors.KeyReused: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "key-reused"),
    errors.NotFound: Kind(HTTPStatus.NOT_FOUND, "not-found", "there is no such thing here, or it has expired"),
    errors.NotReady: Kind(HTTPStatus.CONFLICT, "not-ready"),
    errors.NotOpen: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the service has not been opened by its host"),
    errors.Stopped: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the service has stopped; its log says why"),
    errors.AlreadyFinal: Kind(HTTPStatus.CONFLICT, "already-final"),
    errors.Overloaded: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded"),
    errors.TimedOut: Kind(HTTPStatus.GATEWAY_TIMEOUT, "timed-out", "the answer took too long", 5),
    errors.Unavailable: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", UNAVAILABLE, 5),
    errors.SchemaOutdated: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the database must be upgraded"),
    errors.Incompatible: UNFIT,
    Exception: INTERNAL,
}


class Refused(Exception):
    """A request that ends here, with a problem for an answer.

    Arguments:
        kind: the kind of problem.
        detail: what to do about it.
        fields: what is wrong where.
        headers: to send along.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        fields: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.fields = fields
        self.headers = dict(headers or {})


def kind_of(error: Exception) -> Kind:
    """Return the kind of problem that an error is."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def pointer(*names: str) -> str:
    """Return the JSON pointer to a field, as a URI fragment."""
    return "#" + "".join("/" + quote(name.replace("~", "~0").replace("/", "~1")) for name in names)


def invalid(fields: Sequence[FieldError]) -> Refused:
    """Return the refusal of a request for its values."""
    return Refused(INVALID, "; ".join(f"{field.name}: {field.detail}" for field in fields), fields=fields)


def retry_after(seconds: float) -> dict[str, str]:
    """Return the header; none for a time that never comes."""
    if not math.isfinite(seconds):
        return {}
    return {"Retry-After": str(max(1, math.ceil(min(seconds, MAX_RETRY_AFTER))))}


async def on_refused(request: Request, error: Exception) -> JsonResponse:
    """Answer a `Refused`."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class
    return _answer(error.kind, error.detail, error.fields, error.headers)


async def on_error(request: Request, error: Exception) -> JsonResponse:
    """Answer any error by the table."""
    kind = kind_of(error)
    if isinstance(error, errors.JobmatchError) and kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _tell(error, kind)
    fields, headers = [], {}
    if isinstance(error, errors.InvalidInput) and kind is INVALID:
        fields = [FieldError(pointer=pointer(*error.field.split(".")), detail=error.reason)]
    wait = error.retry_after if isinstance(error, errors.Overloaded) else kind.retry_after
    if wait is not None:
        headers = retry_after(wait)
    return _answer(kind, kind.detail or str(error), fields, headers)


def _tell(error: errors.JobmatchError, kind: Kind) -> None:
    """Log what the client is not told. Others than our own errors are raised again, and logged by the server."""
    level = logging.ERROR if kind in (INTERNAL, UNFIT) else logging.WARNING
    _log.log(level, "%s: %s", type(error).__name__, error)


async def on_http(request: Request, error: Exception) -> JsonResponse:
    """Answer what Starlette, or an authentication hook, refused."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    status, phrase = error.status_code, _phrase(error.status_code)
    problem = Problem(type="about:blank", title=phrase, status=status, detail=_as_text(error.detail) or phrase)
    return _respond(problem, error.headers)


def _phrase(status: int) -> str:
    """Return the title of a status; of one that is in no list, that of its class (RFC 9110, 15)."""
    known = {one.value: one.phrase for one in HTTPStatus}
    return known.get(status) or known.get(status // 100 * 100, "Problem")


def _as_text(detail: object) -> str:
    """Return what a hook says, which may be anything that its own framework would send as JSON."""
    if isinstance(detail, str):
        return detail
    try:
        return msgspec.json.encode(detail).decode() if detail is not None else ""
    except (TypeError, ValueError):
        return ""


def _answer(kind: Kind, detail: str, fields: Sequence[FieldError], headers: Mapping[str, str]) -> JsonResponse:
    problem = Problem(
        type=f"urn:jobmatch:problem:{kind.name}",
        title=kind.status.phrase,
        status=kind.status,
        detail=detail,
        errors=list(fields) or UNSET,
    )
    return _respond(problem, headers)


def _respond(problem: Problem, headers: Mapping[str, str] | None) -> JsonResponse:
    return JsonResponse(problem, status_code=problem.status, headers=headers, media_type="application/problem+json")
