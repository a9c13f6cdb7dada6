"""`WebhookNotifier`: calls back until it is heard, or for most of a day."""

import logging
import random
import ssl
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import anyio

from jobmatch.backends.webhook.addresses import leads_inside
from jobmatch.backends.webhook.sending import TIMEOUT, Outcome, Sender
from jobmatch.callbacks import Deliveries, Delivery
from jobmatch.cancelling import unless_asked
from jobmatch.errors import InvalidInput
from jobmatch.model import Task

#: Seconds from each attempt to the next; up to a fifth is added, so that those who failed together part.
SCHEDULE = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800)
JITTER = 0.2
#: Attempts that are made at once, and seconds between two looks for what is due.
CONCURRENCY, POLL = 4, 5.0
#: Seconds after which an attempt whose process was killed is made again.
LEASE = 4 * TIMEOUT
#: Seconds that closing waits for what became of an attempt to be noted.
LAST_WORD = 2.0
_log = logging.getLogger("jobmatch.webhooks")


class WebhookNotifier:
    """Calls the URL that a task names, with a signature. Open it with ``async with``; what is owed goes out meanwhile.

    At least once: a receiver tells repetitions by the header ``webhook-id``. What is left when it closes, or its
    process is killed, goes out by whichever opens next on the same deliveries.

    Arguments:
        deliveries: keeps what is owed; opened and closed with this.
        secrets: ``whsec_…``, one or several, to sign with.
        allow_http: whether URLs without TLS are called.
        allow_private: whether addresses that are not public are called.
        tls: instead of the certificates that the system trusts.
        schedule: seconds from each attempt to the next; after the last it is given up.
        poll: seconds between two looks for what is due.
    """

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        secrets: Sequence[str],
        allow_http: bool = False,
        allow_private: bool = False,
        tls: ssl.SSLContext | None = None,
        schedule: Sequence[float] = SCHEDULE,
        poll: float = POLL,
    ) -> None:
        self._deliveries = deliveries
        self._allow_http = allow_http
        self._allow_private = allow_private
        self._schedule = schedule
        self._poll = poll
        self._new_sender = partial(Sender, secrets=secrets, allow_private=allow_private, tls=tls)
        self._news = anyio.Event()
        self._stack = AsyncExitStack()

    def check(self, url: str) -> None:
        """See `CallbackNotifier.check`. A name is looked up only when it is called, for it may lead elsewhere then."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._allow_http:
            raise InvalidInput("callback_url", "must begin with https://")
        if leads_inside(parts.hostname or "") and not self._allow_private:
            raise InvalidInput("callback_url", "must lead to a public address")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._deliveries)
            sender = self._new_sender()
            stack.push_async_callback(sender.aclose)
            group = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(group.cancel_scope.cancel)
            for _ in range(CONCURRENCY):
                group.start_soon(self._deliver, sender)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def __call__(self, task: Task) -> None:
        """Owe the task's URL a call, and make it soon."""
        if task.callback_url is not None:
            await self._deliveries.put(task)
            self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    async def _deliver(self, sender: Sender) -> None:
        """Make calls that are due, one after the other, until cancelled."""
        while True:
            news = self._news
            if delivery := await self._next():
                await self._attempt(sender, delivery)
                continue
            with anyio.move_on_after(self._poll * random.uniform(0.8, 1.2)):  # noqa: S311
                await news.wait()

    async def _next(self) -> Delivery | None:
        try:
            with unless_asked("the deliveries"):
                return next(iter(await self._deliveries.claim(limit=1, lease=LEASE)), None)
        except Exception as error:  # whatever it is, it must not end what the application does
            _log.warning("callbacks are not looked for now: %s", type(error).__name__)
            return None

    async def _attempt(self, sender: Sender, delivery: Delivery) -> None:
        try:
            outcome, word = await _sent(sender, delivery)
        except anyio.get_cancelled_exc_class():
            await _at_last(delivery, partial(self._deliveries.postpone, delivery, seconds=0))
            raise
        _log.info("callback of task %s, attempt %d: %s", delivery.task_id, delivery.attempts, word)
        note = self._noted(delivery, outcome, word)
        try:
            with _noting(delivery):
                await note()
        except anyio.get_cancelled_exc_class():
            await _at_last(delivery, note)  # if it was noted before, nothing is held any more, and nothing changes
            raise

    def _noted(self, delivery: Delivery, outcome: Outcome, word: str) -> Callable[[], Awaitable[bool]]:
        """Return what notes how an attempt ended."""
        if outcome is Outcome.FAILED and delivery.attempts <= len(self._schedule):
            pause = self._schedule[delivery.attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311
            return partial(self._deliveries.postpone, delivery, seconds=pause)
        if outcome is not Outcome.DELIVERED:
            _log.warning("callback of task %s given up: %s", delivery.task_id, word)
        return partial(self._deliveries.close, delivery, delivered=outcome is Outcome.DELIVERED)


async def _at_last(delivery: Delivery, note: Callable[[], Awaitable[bool]]) -> None:
    """Note something although everything is being closed, which waits for it a little."""
    with anyio.move_on_after(LAST_WORD, shield=True), _noting(delivery):
        await note()


async def _sent(sender: Sender, delivery: Delivery) -> tuple[Outcome, str]:
    """Try once, whatever comes of it: one delivery must not end the others, nor what the application does."""
    try:
        with unless_asked("the callback"):
            return await sender.send(delivery)
    except Exception as error:
        # Its text may quote the URL.
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("callback of task %s: unforeseen %s\n%s", delivery.task_id, type(error).__name__, where)
        return Outcome.FAILED, type(error).__name__


@contextmanager
def _noting(delivery: Delivery) -> Iterator[None]:
    """Pass over what goes wrong in noting how an attempt ended: it is due again when its lease has run out."""
    try:
        with unless_asked("the deliveries"):
            yield
    except Exception as error:
        _log.warning("callback of task %s: not noted: %s", delivery.task_id, type(error).__name__)
