"""Who is asking: the authentication hook, and the one that is built in."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from inspect import isawaitable

from starlette.requests import Request
from starlette.responses import Response

from jobmatch.adapters.asgi.problems import INTERNAL, UNAUTHENTICATED, Refused
from jobmatch.errors import InvalidInput
from jobmatch.model.keys import check_owner

#: Returns who sent a request: the owner of the tasks that it starts and may see, a text such as ``str(user.id)``. None
#: for nobody we know. It may be async; one that is not must not wait for anything, for it is called in the event loop.
Authenticate = Callable[[Request], Awaitable[str | None] | str | None]
#: What a route does once it is known who asks.
Handler = Callable[[Request, str], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger("jobmatch.http")
#: Owner of everything when nobody has to say who they are.
ANONYMOUS = "anonymous"


def bearer_tokens(tokens: Mapping[str, str]) -> Authenticate:
    """Return a hook that knows its callers by ``Authorization: Bearer <token>``.

    Arguments:
        tokens: token → owner; at least one.

    Raises:
        InvalidInput: it is no mapping of texts, or names nobody, or somebody by a text that no owner can have.
    """
    if not isinstance(tokens, Mapping) or not tokens or not all(_names(*pair) for pair in tokens.items()):
        raise InvalidInput("tokens", "must be a mapping that names an owner for each token, and hold at least one")
    for owner in tokens.values():
        check_owner(owner)
    known = [(_digest(token.encode()), owner) for token, owner in tokens.items()]

    async def authenticate(request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return _owner(known, _digest(token.strip().encode("latin-1")))

    return authenticate


def _names(*texts: object) -> bool:
    return all(isinstance(text, str) and text.strip() for text in texts)


def _digest(token: bytes) -> bytes:
    return sha256(token).digest()


def _owner(known: list[tuple[bytes, str]], given: bytes) -> str | None:
    """Compare with every digest, each in constant time, so that timing tells nothing."""
    found = None
    for digest, owner in known:
        if compare_digest(digest, given):
            found = owner
    return found


def hook(authenticate: Authenticate | None, *, allow_anonymous: bool) -> Authenticate:
    """Return the hook to use.

    Raises:
        InvalidInput: nobody decided who may use the app, two decisions contradict each other, or it is no function.
    """
    if authenticate is None and not allow_anonymous:
        raise InvalidInput(
            "authenticate",
            "is missing: give create_app a hook such as bearer_tokens({token: owner}), "
            "or allow_anonymous=True where everybody who can connect may see everything",
        )
    if authenticate is not None and allow_anonymous:
        raise InvalidInput("allow_anonymous", "contradicts authenticate: give one of them")
    if authenticate is not None and not callable(authenticate):
        raise InvalidInput("authenticate", "must be a function from a request to its owner, as bearer_tokens makes one")
    return authenticate or _anybody


async def _anybody(request: Request) -> str | None:
    return ANONYMOUS


def guarded(handler: Handler, *, authenticate: Authenticate, challenge: str) -> Endpoint:
    """Return an endpoint that finds out who asks before *handler* sees the request."""

    async def endpoint(request: Request) -> Response:
        told = authenticate(request)
        owner = await told if isawaitable(told) else told
        if owner is None or owner == "":
            raise Refused(
                UNAUTHENTICATED,
                "send the credentials that this service gave you, e.g. Authorization: Bearer <token>",
                headers={"WWW-Authenticate": challenge},
            )
        _see_that_it_is_one(owner, authenticate)
        return await handler(request, owner)

    return endpoint


def _see_that_it_is_one(owner: str, authenticate: Authenticate) -> None:
    """Refuse what can be no owner: no caller can help it, so none is told more than that something is wrong here."""
    try:
        check_owner(owner)
    except InvalidInput as error:
        hook = f"{getattr(authenticate, '__module__', '')}.{getattr(authenticate, '__qualname__', type(authenticate))}"
        _log.error("the hook %s returned, as the owner, a value of type %s: %s", hook, type(owner).__name__, error)
        raise Refused(INTERNAL, INTERNAL.detail) from None
