"""LangChain's `PGVectorStore`, searched by vector with its own asynchronous methods over asyncpg."""

import asyncio

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_postgres.v2.async_vectorstore import AsyncPGVectorStore
from langchain_postgres.v2.engine import Column, PGEngine
from langchain_postgres.v2.indexes import HNSWIndex, HNSWQueryOptions
from rounds import Order, Vector, answer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TABLE = "peer_langchain"
FILL = """
INSERT INTO peer_langchain (langchain_id, content, embedding, langchain_metadata)
SELECT id, summary ->> 'title', vector::vector, summary FROM match_job
"""


async def filled(order: Order, engine: AsyncEngine) -> AsyncPGVectorStore:
    """Make its table and its index, with the same postings."""
    pool = PGEngine.from_engine(engine)
    await pool.ainit_vectorstore_table(
        TABLE, order.dimensions, id_column=Column("langchain_id", "TEXT", nullable=False), overwrite_existing=True
    )
    async with engine.begin() as connection:
        await connection.execute(text(FILL))
    store = await AsyncPGVectorStore.create(
        pool,
        DeterministicFakeEmbedding(size=order.dimensions),  # never asked: the vectors are given
        TABLE,
        index_query_options=HNSWQueryOptions(ef_search=order.ef_search),
    )
    await store.aapply_vector_index(HNSWIndex(m=order.m, ef_construction=order.ef_construction))
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE peer_langchain"))
    return store


async def main() -> None:
    """Do as ordered."""
    order = Order.read()
    engine = create_async_engine(order.url("postgresql+asyncpg"), pool_size=order.connections, max_overflow=0)
    store = await filled(order, engine)

    async def ask(vector: Vector) -> list[str]:
        found = await store.asimilarity_search_with_score_by_vector(vector, k=order.k)
        return [str(document.id) for document, _ in found]

    await answer(order, ask)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
