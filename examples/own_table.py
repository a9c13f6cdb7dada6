"""Search a table that is there already, with your names and types.

python examples/own_table.py
"""

# --8<-- [start:imports]
import asyncio

import psycopg
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text

from jobmatch import Filters, MatchEngine, MatchRequest, Profile
from jobmatch.backends.embedders.wordllama import WordLlamaEmbedder
from jobmatch.backends.local import LocalTaskRunner
from jobmatch.backends.postgres.database import Database
from jobmatch.backends.postgres.mapped import JobTable, TableJobIndex
from jobmatch.backends.postgres.task_store import PostgresTaskStore
from jobmatch.model import Hnsw
from jobmatch.settings import Settings

# --8<-- [end:imports]

POSTINGS = [(1, "Night nurse", 1, 1, False), (2, "Welder, MIG and TIG", 2, 2, False), (3, "Nurse", 2, 2, True)]

# --8<-- [start:table]
tables = MetaData()
companies = Table("Companies", tables, Column("Id", Integer, primary_key=True), Column("Name", Text))
locations = Table(
    "Locations", tables, Column("Id", Integer, primary_key=True), Column("City", Text), Column("Country", Text)
)
jobs = Table(
    "Jobs",
    tables,
    Column("Id", Integer, primary_key=True),
    Column("Name", Text),
    Column("CompanyId", Integer),
    Column("LocationId", Integer),
    Column("FromHome", Boolean),
    Column("Embedding", HALFVEC(256)),
)
JOBS = JobTable(
    jobs.outerjoin(companies, companies.c.Id == jobs.c.CompanyId).outerjoin(
        locations, locations.c.Id == jobs.c.LocationId
    ),
    columns={
        "id": jobs.c.Id,
        "title": jobs.c.Name,
        "vector": jobs.c.Embedding,
        "company": companies.c.Name,
        "city": locations.c.City,
        "country": locations.c.Country,
        "workplace": jobs.c.FromHome,
    },
    values={"workplace": {True: "remote", False: "onsite"}},
    where=jobs.c.Name.is_not(None),
)
# --8<-- [end:table]


async def fill(database: Database, embedder: WordLlamaEmbedder) -> None:
    """Make the tables that you have already."""
    vectors = await embedder.embed([title for _, title, *_ in POSTINGS])
    with psycopg.connect(await database.url()) as connection:
        connection.execute('CREATE TABLE "Companies" ("Id" int PRIMARY KEY, "Name" text)')
        connection.execute('CREATE TABLE "Locations" ("Id" int PRIMARY KEY, "City" text, "Country" text)')
        connection.execute(
            'CREATE TABLE "Jobs" ("Id" int PRIMARY KEY, "Name" text, "CompanyId" int, "LocationId" int,'
            ' "FromHome" bool, "Embedding" halfvec(256))'
        )
        connection.execute("""INSERT INTO "Companies" VALUES (1, 'Acme'), (2, 'O''Brien & Söhne')""")
        connection.execute("""INSERT INTO "Locations" VALUES (1, 'Boston', 'US'), (2, 'Köln', 'DE')""")
        with connection.cursor() as cursor:
            rows = [(*row, str(vector.tolist())) for row, vector in zip(POSTINGS, vectors, strict=True)]
            cursor.executemany('INSERT INTO "Jobs" VALUES (%s, %s, %s, %s, %s, %s)', rows)


async def main() -> None:
    database, embedder = Database(Settings.load()), WordLlamaEmbedder()
    async with database:
        await fill(database, embedder)
        # --8<-- [start:use]
        print("cannot be asked for:", ", ".join(JOBS.missing))
        engine = MatchEngine(
            jobs=TableJobIndex(database, JOBS),
            tasks=PostgresTaskStore(database),
            runner=LocalTaskRunner(),
            embedder=embedder,
        )
        async with engine:
            await engine.index.create(Hnsw())
            request = MatchRequest(profile=Profile(text="nurse"), filters=Filters(city="koln"))
            for match in (await engine.match(request)).matches:
                print(f"{match.rank}. {match.job.title}, {match.job.company}")
        # --8<-- [end:use]


if __name__ == "__main__":
    asyncio.run(main())
