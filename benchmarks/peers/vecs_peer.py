"""Supabase's ``vecs``, which has no asynchronous methods: every caller is a thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import vecs
from rounds import Order, Vector, answer
from sqlalchemy import text
from vecs.collection import Collection, IndexArgsHNSW, IndexMeasure, IndexMethod

NAME = "peer_vecs"
FILL = "INSERT INTO vecs.peer_vecs (id, vec, metadata) SELECT id, vector::vector, summary::jsonb FROM match_job"


def filled(order: Order) -> Collection:
    """Make its table and its index, with the same postings."""
    client = vecs.create_client(order.url("postgresql+psycopg2"))
    client.delete_collection(NAME)
    collection = client.get_or_create_collection(name=NAME, dimension=order.dimensions)
    with client.Session() as session, session.begin():
        session.execute(text(FILL))
    collection.create_index(
        IndexMeasure.cosine_distance,
        IndexMethod.hnsw,
        IndexArgsHNSW(m=order.m, ef_construction=order.ef_construction),
    )
    with client.Session() as session, session.begin():
        session.execute(text("ANALYZE vecs.peer_vecs"))
    return collection


async def main() -> None:
    """Do as ordered."""
    order = Order.read()
    collection = filled(order)
    threads = ThreadPoolExecutor(max(order.callers))

    def search(vector: Vector) -> list[str]:
        found = collection.query(
            vector, limit=order.k, ef_search=order.ef_search, include_value=True, include_metadata=True
        )
        return [record[0] for record in found]

    async def ask(vector: Vector) -> list[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, search, vector)

    await answer(order, ask)


if __name__ == "__main__":
    asyncio.run(main())
