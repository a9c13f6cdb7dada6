"""Deliveries, to a real receiver with TLS."""

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.abc
import anyio.to_thread
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.memory import MemoryDeliveries, MemoryJobIndex, MemoryTaskStore
from jobmatch.backends.webhook import WebhookNotifier, notifier, sending
from jobmatch.callbacks import CallbackNotifier
from jobmatch.engine import MatchEngine
from jobmatch.errors import DatabaseUnavailable, InvalidInput
from jobmatch.model import MatchRequest, Task, TaskState
from jobmatch.settings import Settings
from jobmatch.testing import HashingEmbedder

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUFB" * 8
ENDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Make = Callable[..., WebhookNotifier]


def task(url: str, task_id: str = "00000000-0000-4000-8000-000000000001") -> Task:
    return Task(
        id=task_id,
        owner="ada",
        state=TaskState.COMPLETED,
        created_at=ENDED,
        updated_at=ENDED,
        finished_at=ENDED,
        callback_url=url,
    )


class Watched(MemoryDeliveries):
    """Tells when something became of a delivery, and what."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self.closed: list[bool] = []
        self.ended = anyio.Event()

    async def postpone(self, delivery: Any, *, seconds: float) -> bool:
        self.pauses.append(seconds)
        return await super().postpone(delivery, seconds=0)

    async def close(self, delivery: Any, *, delivered: bool) -> bool:
        self.closed.append(delivered)
        self.ended.set()
        return await super().close(delivery, delivered=delivered)


@pytest.fixture
def kept() -> Watched:
    return Watched()


@pytest.fixture
def make(kept: Watched, tls: ssl.SSLContext) -> Make:
    def notifier(**options: Any) -> WebhookNotifier:
        defaults: dict[str, Any] = {
            "deliveries": kept,
            "secrets": [SECRET],
            "allow_private": True,
            "tls": tls,
            "poll": 0.05,
        }
        return WebhookNotifier(**(defaults | options))

    return notifier


async def deliver(opened: WebhookNotifier, kept: Watched, one: Task) -> None:
    with anyio.fail_after(60):
        async with opened:
            await opened(one)
            await kept.ended.wait()


async def test_a_signed_message_arrives(receiver: Any, make: Make, kept: Watched) -> None:
    await deliver(make(), kept, task(receiver.url("localhost")))
    ((path, headers, content),) = receiver.received
    message = Webhook(SECRET).verify(content, dict(headers))
    assert message == {
        "type": "match.completed",
        "timestamp": "2026-01-02T03:04:05Z",
        "data": {"task_id": task("").id, "status": "completed"},
    }
    assert path == "/hook?key=1"
    assert (headers["content-type"], headers["Host"]) == ("application/json", f"localhost:{receiver.port}")
    assert kept.closed == [True]
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(content, dict(headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content + b" ", dict(headers))


class Surprising(Watched):
    """Fails at first with what nobody foresaw, when deliveries are looked for and when they are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.surprises = ["looking", "closing"]

    async def claim(self, **limits: Any) -> Any:
        self._surprise("looking")
        return await super().claim(**limits)

    async def close(self, delivery: Any, *, delivered: bool) -> bool:
        self._surprise("closing")
        return await super().close(delivery, delivered=delivered)

    def _surprise(self, when: str) -> None:
        if when in self.surprises:
            self.surprises.remove(when)
            raise LookupError("disk full")


async def test_an_error_that_nobody_foresaw_ends_nothing(receiver: Any, make: Make) -> None:
    kept, url = Surprising(), receiver.url("localhost")
    with anyio.fail_after(60):
        async with make(deliveries=kept) as opened:
            for number in (1, 2):
                await opened(task(url, f"00000000-0000-4000-8000-00000000000{number}"))
            await kept.ended.wait()
    assert (kept.surprises, kept.closed) == ([], [True])
    assert len(receiver.received) == 2


async def test_while_a_secret_is_changed_both_verify(receiver: Any, make: Make, kept: Watched) -> None:
    await deliver(make(secrets=[OTHER, SECRET]), kept, task(receiver.url("localhost")))
    ((_, headers, content),) = receiver.received
    for secret in (SECRET, OTHER):
        assert Webhook(secret).verify(content, dict(headers))


async def test_a_failure_is_tried_again_with_the_same_id(receiver: Any, make: Make, kept: Watched) -> None:
    receiver.statuses = [500, 429, 200]
    await deliver(make(), kept, task(receiver.url("localhost")))
    ids = {headers["webhook-id"] for _, headers, _ in receiver.received}
    assert (len(receiver.received), len(ids), kept.closed) == (3, 1, [True])
    for seconds, planned in zip(kept.pauses, notifier.SCHEDULE[:2], strict=True):
        assert planned <= seconds <= planned * (1 + notifier.JITTER)


async def test_after_the_last_attempt_it_is_given_up(receiver: Any, make: Make, kept: Watched) -> None:
    receiver.statuses = [503]
    await deliver(make(schedule=(1, 2)), kept, task(receiver.url("localhost")))
    assert (len(receiver.received), kept.closed) == (3, [False])


async def test_whoever_is_gone_is_not_asked_again(receiver: Any, make: Make, kept: Watched) -> None:
    receiver.statuses = [410]
    await deliver(make(), kept, task(receiver.url("localhost")))
    assert (len(receiver.received), kept.closed) == (1, [False])


async def test_a_redirect_is_not_followed(receiver: Any, make: Make, kept: Watched) -> None:
    receiver.statuses = [307]
    receiver.headers["Location"] = receiver.url("localhost")
    await deliver(make(schedule=()), kept, task(receiver.url("localhost")))
    assert (len(receiver.received), kept.closed) == (1, [False])


async def test_a_name_that_leads_inside_is_refused_when_it_is_called(receiver: Any, make: Make, kept: Watched) -> None:
    await deliver(make(allow_private=False), kept, task(receiver.url("localhost")))
    assert (receiver.received, kept.closed, kept.pauses) == ([], [False], [])


async def test_the_address_that_was_checked_is_the_one_connected_to(
    receiver: Any, make: Make, kept: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads outside when it is checked and inside when it is looked up again."""
    asked: list[Any] = []

    def look_up(host: Any, port: Any, *arguments: Any, **options: Any) -> list[Any]:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    await deliver(make(), kept, task(receiver.url("localhost")))
    assert len(receiver.received) == 1
    assert [host for host in asked if host in {"localhost", b"localhost"}] == asked[:1]


async def test_a_certificate_for_another_name_is_not_accepted(receiver: Any, make: Make, kept: Watched) -> None:
    await deliver(make(schedule=()), kept, task(receiver.url("127.0.0.1")))
    assert (receiver.received, kept.closed) == ([], [False])


async def test_a_certificate_of_an_unknown_authority_is_not_accepted(receiver: Any, make: Make, kept: Watched) -> None:
    await deliver(make(schedule=(), tls=None), kept, task(receiver.url("localhost")))
    assert (receiver.received, kept.closed) == ([], [False])


def assert_foreseen(caplog: pytest.LogCaptureFixture) -> None:
    """That a callback was given up is told, and no more: what strangers do is no error of ours."""
    assert f"callback of task {task('').id} given up" in caplog.text
    assert all(record.levelno < logging.ERROR for record in caplog.records)


@pytest.mark.parametrize("url", ["https://does-not-exist.invalid/", "https://localhost:1/", "http://localhost:1/"])
async def test_nobody_there(make: Make, kept: Watched, url: str, caplog: pytest.LogCaptureFixture) -> None:
    await deliver(make(schedule=()), kept, task(url))
    assert kept.closed == [False]
    assert_foreseen(caplog)


async def test_a_slow_receiver_is_not_waited_for(
    receiver: Any, make: Make, kept: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert sending.TIMEOUT == 15
    monkeypatch.setattr(sending.Sender.__init__, "__kwdefaults__", {"timeout": 0.3})
    receiver.delay = 20
    await deliver(make(schedule=()), kept, task(receiver.url("localhost")))
    assert kept.closed == [False]
    assert_foreseen(caplog)


async def test_an_endless_answer_is_not_read(make: Make, kept: Watched, caplog: pytest.LogCaptureFixture) -> None:
    sent = 0

    async def pour(stream: anyio.abc.SocketStream) -> None:
        nonlocal sent
        async with stream:
            await stream.receive()
            try:
                await stream.send(b"HTTP/1.1 200 OK\r\n")
                for _ in range(1_000):
                    await stream.send(b"x: " + b"y" * 10_000 + b"\r\n")
                    sent += 10_000
            except anyio.BrokenResourceError:
                pass

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, pour)
        port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610
        await deliver(make(schedule=()), kept, task(f"http://127.0.0.1:{port}/"))
        group.cancel_scope.cancel()
    assert kept.closed == [False]
    assert sent < 5_000_000
    assert_foreseen(caplog)


async def test_closing_hands_back_what_is_under_way(receiver: Any, make: Make) -> None:
    deliveries = MemoryDeliveries()
    receiver.delay = 20
    async with make(deliveries=deliveries) as opened:
        await opened(task(receiver.url("localhost")))
        with anyio.fail_after(60):
            await anyio.to_thread.run_sync(receiver.arrived.wait)
    (delivery,) = await deliveries.claim(limit=1, lease=60)
    assert delivery.attempts == 2


class Down(MemoryDeliveries):
    """Takes nothing back."""

    async def postpone(self, delivery: Any, *, seconds: float) -> bool:
        raise DatabaseUnavailable("it is stopping, too")


async def test_closing_while_the_store_is_down_is_no_error(
    receiver: Any, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.delay = 20
    async with make(deliveries=Down()) as opened:
        await opened(task(receiver.url("localhost")))
        with anyio.fail_after(60):
            await anyio.to_thread.run_sync(receiver.arrived.wait)
    assert f"callback of task {task('').id}: not noted: DatabaseUnavailable" in caplog.text


async def test_an_attempt_that_ends_as_nobody_foresaw_has_failed(
    receiver: Any, make: Make, kept: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Rogue(sending.Sender):
        async def send(self, delivery: Any) -> Any:
            if delivery.attempts == 1:
                raise LookupError(delivery.url)
            return await super().send(delivery)

    monkeypatch.setattr(notifier, "Sender", Rogue)
    await deliver(make(), kept, task(receiver.url("localhost")))
    assert (len(receiver.received), len(kept.pauses), kept.closed) == (1, 1, [True])
    assert f"callback of task {task('').id}: unforeseen LookupError" in caplog.text
    assert "key=1" not in caplog.text


class Astray(Watched):
    """Awaits, the first times that it is asked, what somebody else has cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.left = notifier.CONCURRENCY

    async def claim(self, *, limit: int, lease: float) -> Any:
        if self.left:
            self.left -= 1
            shared = asyncio.ensure_future(asyncio.sleep(3_600))
            shared.cancel()
            await shared
        return await super().claim(limit=limit, lease=lease)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_somebody_else_cancelled_ends_no_delivery(receiver: Any, make: Make) -> None:
    kept = Astray()
    with anyio.fail_after(60):
        async with make(deliveries=kept, poll=0.01) as opened:
            await opened(task(receiver.url("localhost")))
            await kept.ended.wait()
    assert (len(receiver.received), kept.left) == (1, 0)


async def test_a_call_is_made_at_once_and_then_nothing_is_looked_for(receiver: Any, make: Make, kept: Watched) -> None:
    with anyio.fail_after(60):
        async with make(poll=600) as opened:
            await anyio.wait_all_tasks_blocked()  # each has looked in vain
            await opened(task(receiver.url("localhost")))
            await kept.ended.wait()
            await anyio.wait_all_tasks_blocked()
    assert len(receiver.received) == 1


async def test_what_is_left_goes_out_by_the_next(receiver: Any, make: Make, kept: Watched) -> None:
    await kept.put(task(receiver.url("localhost")))
    with anyio.fail_after(60):
        async with make():
            await kept.ended.wait()
    assert len(receiver.received) == 1


async def test_nothing_of_the_url_is_logged(
    receiver: Any, make: Make, kept: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobmatch")
    receiver.statuses = [500, 200]
    await deliver(make(), kept, task(receiver.url("localhost")))
    assert f"callback of task {task('').id}" in caplog.text
    assert "key=1" not in caplog.text


def engine_with(*notifiers: Any) -> MatchEngine:
    return MatchEngine(
        jobs=MemoryJobIndex(),
        tasks=MemoryTaskStore(),
        runner=LocalTaskRunner(),
        embedder=HashingEmbedder(),
        notifiers=notifiers,
    )


async def test_an_engine_calls_back(receiver: Any, make: Make, kept: Watched) -> None:
    request = MatchRequest(keywords="welder", callback_url=receiver.url("localhost"))
    with anyio.fail_after(60):
        async with engine_with(make()) as engine:
            submitted = await engine.submit(request, owner="ada")
            await kept.ended.wait()
    ((_, headers, content),) = receiver.received
    assert json.loads(content)["data"] == {"task_id": submitted.id, "status": "completed"}
    assert Webhook(SECRET).verify(content, dict(headers))


async def test_an_engine_that_calls_nobody_says_so_at_once() -> None:
    async def any_callable(task: Task) -> None: ...

    async with engine_with(any_callable) as engine:
        with pytest.raises(InvalidInput, match="nobody here calls back"):
            await engine.submit(MatchRequest(keywords="x", callback_url="https://example.org/"), owner="ada")
        assert await engine.list(owner=None) == ([], None)


async def test_a_url_that_is_not_allowed_is_refused_at_once(make: Make) -> None:
    assert isinstance(make(), CallbackNotifier)
    async with engine_with(make(allow_private=False)) as engine:
        for url in ("http://example.org/", "https://127.0.0.1/"):
            with pytest.raises(InvalidInput, match=r"^callback_url: must "):
                await engine.submit(MatchRequest(keywords="x", callback_url=url), owner="ada")
        assert await engine.list(owner=None) == ([], None)


async def test_a_match_in_place_has_nobody_to_call(make: Make) -> None:
    async with engine_with(make()) as engine:
        with pytest.raises(InvalidInput, match="goes with a task"):
            await engine.match(MatchRequest(keywords="x", callback_url="https://example.org/"))


async def test_settings_make_an_engine_that_calls_back() -> None:
    environment = {"JOBMATCH_BACKEND": "memory", "JOBMATCH_WEBHOOK_SECRET": SECRET}
    async with MatchEngine.from_settings(Settings.from_environ(environment)) as engine:
        with pytest.raises(InvalidInput, match="public address"):
            await engine.submit(MatchRequest(keywords="x", callback_url="https://localhost/"), owner="ada")
        assert await engine.submit(MatchRequest(keywords="x", callback_url="https://example.invalid/"), owner="ada")


class Slow(Watched):
    """Does not answer for ever when it is first told what became of a delivery."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = anyio.Event()

    async def _once(self) -> None:
        if not self.asked.is_set():
            self.asked.set()
            await anyio.sleep_forever()

    async def postpone(self, delivery: Any, *, seconds: float) -> bool:
        await self._once()
        return await super().postpone(delivery, seconds=seconds)

    async def close(self, delivery: Any, *, delivered: bool) -> bool:
        await self._once()
        return await super().close(delivery, delivered=delivered)


@pytest.mark.parametrize(("status", "closed", "pauses"), [(204, [True], 0), (500, [], 1)])
async def test_what_became_of_a_callback_is_noted_even_when_it_closes_meanwhile(
    receiver: Any, make: Make, status: int, closed: list[bool], pauses: int
) -> None:
    receiver.statuses = [status]
    kept = Slow()
    with anyio.fail_after(60):
        async with make(deliveries=kept) as opened:
            await opened(task(receiver.url("localhost")))
            await kept.asked.wait()
    assert (kept.closed, len(kept.pauses)) == (closed, pauses)
    assert all(pause >= 5 for pause in kept.pauses)
