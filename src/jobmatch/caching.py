"""`ResultCache`: finished answers in a dogpile region, made awaitable.

dogpile is synchronous: a region in memory is called directly, one behind a network in a thread with a limiter of its
own and a short deadline. A cache that fails costs `DEADLINE` once, then it is left alone for `COOL_DOWN`; wherever it
is, it never fails a request.
"""

import logging
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
import attrs
import msgspec
from cachetools import TTLCache
from dogpile.cache import CacheRegion, make_region
from dogpile.cache.api import NO_VALUE, CantDeserializeException

from jobmatch.errors import InvalidSettings, MissingExtra
from jobmatch.model import MatchRequest, Result

#: Seconds that a networked cache may take, and for which it is skipped after it failed.
DEADLINE, COOL_DOWN = 0.25, 5.0
#: Answers held in memory.
ENTRIES = 10_000
#: Part of each key. Raise it by one with every change after which the same question gets another answer: in ranking,
#: planning, the composing or reading of texts, or what a `Result` says. Otherwise a release goes on with what an older
#: one has answered, out of a cache that both use.
EDITION = 1
_log = logging.getLogger("jobmatch.cache")


class ResultCache:
    """Finished answers, by owner, request and the jobs that were searched.

    Arguments:
        region: where they are kept, perhaps beside those of other engines; its expiration time is the time to live.
        networked: whether the region does I/O and so must be called in a thread.
        disconnect: closes the connections that the region holds; it may still be used, and then makes others.
    """

    def __init__(
        self, region: CacheRegion, *, networked: bool = False, disconnect: Callable[[], None] | None = None
    ) -> None:
        self._region = region
        self._networked = networked
        self._disconnect = disconnect
        self._limiter: anyio.CapacityLimiter | None = None
        self._skip_until = 0.0
        self._clears = 0
        self._flights: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def get_or_compute(self, key: str, compute: Callable[[], Awaitable[Result]]) -> tuple[Result, bool]:
        """Return the answer under *key* and whether it was cached.

        Those who ask for the same key at once, in this process, compute it once.
        """
        if (cached := await self._get(key)) is not None:
            return cached, True
        flight = self._flights.setdefault(key, anyio.Lock())
        async with flight:
            if (cached := await self._get(key)) is not None:
                return cached, True
            clears = self._clears
            result = await compute()
            if clears == self._clears:  # else it may have been computed from jobs that have changed since
                await self._call(self._region.set, key, result)
            return result, False

    async def _get(self, key: str) -> Result | None:
        value = await self._call(self._region.get, key)
        return value if isinstance(value, Result) else None

    async def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if monotonic() < self._skip_until:
            return NO_VALUE
        try:
            return await self._call_in_thread(function, *arguments) if self._networked else function(*arguments)
        except Exception as error:  # whatever ails the cache, the answer can be computed
            _log.warning("cache skipped for %.0f s: %s", COOL_DOWN, type(error).__name__)
            self._skip_until = monotonic() + COOL_DOWN
            return NO_VALUE

    async def _call_in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self._limiter = self._limiter or anyio.CapacityLimiter(8)
        with anyio.fail_after(DEADLINE):
            return await anyio.to_thread.run_sync(function, *arguments, limiter=self._limiter, abandon_on_cancel=True)

    async def clear(self) -> None:
        """Forget everything cached so far, for this process: the jobs have changed."""
        self._clears += 1
        self._region.invalidate(hard=True)  # type: ignore[no-untyped-call]

    def disconnect(self) -> None:
        """Close what connections there are. Whoever asks again is answered as before."""
        if self._disconnect is not None:
            self._disconnect()


def cache_key(request: MatchRequest, owner: str | None, embedder: str, jobs: str) -> str:
    """Return the key of an answer: a digest, so that no text of a résumé gets into a cache's key space.

    Arguments:
        request: the question.
        owner: whose it is.
        embedder: the name of the one that it is asked with.
        jobs: the identity of the index that it is asked of.
    """
    question = attrs.evolve(request, callback_url=None) if request.callback_url else request
    named = msgspec.json.encode((EDITION, owner, embedder, question, jobs), order="deterministic")
    return blake2b(named, digest_size=20).hexdigest()


def cache_from_url(url: str, ttl: float, *, space: str = "") -> ResultCache | None:
    """Make the cache that ``JOBMATCH_CACHE_URL`` names.

    Arguments:
        url: ``memory://``, ``redis://host:port/database`` or ``none://``.
        ttl: seconds that an answer is kept; 0 means no cache.
        space: tells apart the databases whose answers share one cache.

    Raises:
        InvalidSettings: another scheme.
        MissingExtra: the client of that cache is not installed.
    """
    scheme = urlsplit(url).scheme
    if scheme == "none" or not ttl:
        return None
    if scheme == "memory":
        return ResultCache(memory_region(ttl))
    if scheme in {"redis", "rediss"}:
        region = redis_region(url, ttl, space)
        return ResultCache(region, networked=True, disconnect=region.backend.writer_client.close)
    raise InvalidSettings("JOBMATCH_CACHE_URL", "must start with memory://, redis:// or none://")


def memory_region(ttl: float) -> CacheRegion:
    """Make a region in this process that forgets the oldest answers beyond `ENTRIES`."""
    entries: TTLCache[str, Any] = TTLCache(maxsize=ENTRIES, ttl=ttl)
    return make_region().configure("dogpile.cache.memory", expiration_time=ttl, arguments={"cache_dict": entries})


def redis_region(url: str, ttl: float, space: str) -> CacheRegion:
    """Make a region in Redis. JSON, for a pickle from a shared cache would be code from strangers."""
    try:
        import redis  # noqa: F401
    except ImportError:
        raise MissingExtra("redis", extra="redis") from None
    region = make_region(
        key_mangler=lambda key: f"jobmatch:{space}:{key}",
        serializer=msgspec.json.encode,
        deserializer=_result,
    )
    arguments = {
        "url": url,
        "redis_expiration_time": max(int(ttl), 1),
        "socket_timeout": DEADLINE,
        "connection_kwargs": {"socket_connect_timeout": DEADLINE},
    }
    return region.configure("dogpile.cache.redis", expiration_time=ttl, arguments=arguments)


_decoder = msgspec.json.Decoder(Result)


def _result(stored: bytes) -> Result:
    """Read a stored answer; one of another release, which reads differently, is as good as none."""
    try:
        return _decoder.decode(stored)
    except msgspec.MsgspecError as error:
        raise CantDeserializeException from error
