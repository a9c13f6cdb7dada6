"""Idempotency keys: what makes it safe to submit again."""

from hashlib import blake2b

import msgspec

from jobmatch.errors import InvalidInput, KeyReused
from jobmatch.model.request import MatchRequest
from jobmatch.model.task import Task
from jobmatch.model.text import storable

MAX_KEY = 255
MAX_OWNER = 255


def check_owner(owner: str | None) -> None:
    """Refuse an owner whom no store can hold.

    Raises:
        InvalidInput: the name is no text, is too long, or has NUL or lone surrogates in it.
    """
    if owner is not None and not (isinstance(owner, str) and len(owner) <= MAX_OWNER and storable(owner) == owner):
        raise InvalidInput(
            "owner", f"must be a text of at most {MAX_OWNER} characters, with neither NUL nor lone surrogates in it"
        )


def keyed(request: MatchRequest, key: str | None) -> str | None:
    """Return what tells a request apart from others under the same key; None without a key.

    Raises:
        InvalidInput: the key is empty, too long, or has characters that no key needs.
    """
    if key is None:
        return None
    if not (isinstance(key, str) and 1 <= len(key) <= MAX_KEY and key.isprintable()):
        raise InvalidInput("key", f"must be 1 to {MAX_KEY} printable characters")
    return blake2b(msgspec.json.encode(request, order="deterministic"), digest_size=20).hexdigest()


def same(task: Task, stored: tuple[str | None, str | None], asked: tuple[str | None, str]) -> Task:
    """Return the task that was created with a key, if it was with the same request.

    Arguments:
        task: which it was.
        stored: the digest of its request, and the index that it is for; None as the latter for whichever is asked.
        asked: the same of what is asked now.

    Raises:
        KeyReused: it was with another one, or for another index.
    """
    (digest, scope), (wanted, where) = stored, asked
    if digest != wanted or scope not in {None, where}:
        raise KeyReused
    return task
