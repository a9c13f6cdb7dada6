"""Waiting for an answer that comes in pieces: the socket is watched once, and whoever is cancelled can go on."""

import asyncio
import gc
import os
import socket
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

from jobmatch.backends.postgres.connection import waited

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Ours, and the server's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


def reading(ours: socket.socket, count: int) -> PQGen[bytes]:
    """Read some bytes, one each time there is something to read."""
    got = b""
    while len(got) < count:
        if (yield Wait.R) & Ready.R:
            got += ours.recv(1)
    return got


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sockets that were begun to be watched."""
    begun: list[int] = []
    add: Callable[..., Any] = asyncio.SelectorEventLoop.add_reader

    def adding(loop: asyncio.SelectorEventLoop, descriptor: int, *rest: Any) -> Any:
        begun.append(descriptor)
        return add(loop, descriptor, *rest)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_reader", adding)
    return begun


async def test_a_socket_is_watched_once_for_all_the_pieces_of_an_answer(ends: Ends, watched: list[int]) -> None:
    ours, theirs = ends
    reader = asyncio.ensure_future(waited(reading(ours, 3), ours.fileno()))
    for piece in (b"a", b"b", b"c"):
        await asyncio.sleep(0.01)
        theirs.send(piece)
    assert await reader == b"abc"
    assert watched == [ours.fileno()]
    assert not asyncio.get_running_loop().remove_reader(ours.fileno())  # it is not watched any more


async def test_what_was_waited_for_when_the_caller_was_cancelled_can_be_gone_on_with(ends: Ends) -> None:
    ours, theirs = ends
    gen = reading(ours, 2)
    reader = asyncio.ensure_future(waited(gen, ours.fileno()))
    theirs.send(b"a")
    await asyncio.sleep(0.01)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert not asyncio.get_running_loop().remove_reader(ours.fileno())
    theirs.send(b"b")
    assert await waited(gen, ours.fileno(), Wait.R) == b"ab"


class Interrupted(BaseException):
    """Not an error."""


def failing(error: BaseException) -> PQGen[None]:
    yield Wait.R
    raise error


async def test_whatever_goes_wrong_is_the_callers_to_hear(ends: Ends) -> None:
    ours, theirs = ends
    theirs.send(b"a")
    with pytest.raises(psycopg.DataError, match="odd"):
        await waited(failing(psycopg.DataError("odd")), ours.fileno())
    with pytest.raises(psycopg.OperationalError, match="the connection's socket is closed"):
        await waited(failing(OSError("bad descriptor")), ours.fileno())
    with pytest.raises(Interrupted):
        await waited(failing(Interrupted()), ours.fileno())


async def test_a_socket_that_was_closed_is_let_go_of_before_the_next_one_has_its_number(ends: Ends) -> None:
    """The caller hears of it only after others had their turn, who may connect anew."""
    ours, theirs = ends
    loop, heard, (other, far) = asyncio.get_running_loop(), asyncio.Event(), socket.socketpair()

    def connect() -> None:
        os.dup2(other.fileno(), number)
        loop.add_reader(number, heard.set)

    def closing() -> PQGen[None]:
        yield Wait.R
        ours.close()
        loop.call_soon(connect)
        raise psycopg.OperationalError("gone")

    number = ours.fileno()
    theirs.send(b"a")
    with pytest.raises(psycopg.OperationalError, match="gone"):
        await waited(closing(), number)
    with other, far:
        far.send(b"b")
        await asyncio.wait_for(heard.wait(), 5)
    loop.remove_reader(number)
    os.close(number)


async def test_an_error_keeps_nothing_that_the_caller_had(ends: Ends) -> None:
    class Kept:
        """What the caller has."""

    def odd() -> PQGen[None]:
        yield Wait.R
        raise psycopg.DataError("odd")

    async def calling() -> "weakref.ref[Kept] | None":
        kept = Kept()
        try:
            await waited(odd(), ends[0].fileno())
        except psycopg.DataError:  # `pytest.raises` would keep it
            return weakref.ref(kept)
        return None

    ends[1].send(b"a")
    gc.disable()
    try:
        kept = await calling()
        await asyncio.sleep(0)  # until then the loop has what woke us up in its hands
        assert kept
        assert kept() is None
    finally:
        gc.enable()


async def test_a_silent_socket_is_looked_up_from_again_and_again(ends: Ends) -> None:
    def looking() -> PQGen[list[int]]:
        looks: list[int] = []
        while len(looks) < 3:
            looks.append((yield Wait.R))
        return looks

    assert await waited(looking(), ends[0].fileno()) == [Ready.NONE] * 3


async def test_it_is_watched_for_just_what_is_waited_for(ends: Ends) -> None:
    ours, theirs = ends

    def writing_then_reading() -> PQGen[list[int]]:
        first = yield Wait.RW
        theirs.send(b"a")
        return [first, (yield Wait.R)]

    assert await waited(writing_then_reading(), ours.fileno()) == [Ready.W, Ready.R]
