"""LlamaIndex's `PGVectorStore`, with its own asynchronous methods over asyncpg, on half vectors as ours."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.vector_stores.postgres import PGVectorStore
from rounds import Order, Vector, answer
from sqlalchemy import create_engine, text

POSTINGS = "SELECT id, summary, vector::real[] FROM match_job"
BATCH = 2_000


def nodes(order: Order) -> Iterator[list[TextNode]]:
    """Yield the postings in batches."""
    engine = create_engine(order.url("postgresql+psycopg2"))
    with engine.connect().execution_options(stream_results=True) as connection:
        for rows in connection.execute(text(POSTINGS)).partitions(BATCH):
            yield [_node(job_id, summary, vector) for job_id, summary, vector in rows]


def _node(job_id: str, summary: dict[str, Any], vector: Vector) -> TextNode:
    return TextNode(id_=job_id, text=summary["title"], metadata={"summary": json.dumps(summary)}, embedding=vector)


def opened(order: Order, index: dict[str, Any] | None = None) -> PGVectorStore:
    """Return the store; it creates what is not there yet when it is first used."""
    return PGVectorStore.from_params(
        connection_string=order.url("postgresql+psycopg2"),
        async_connection_string=order.url("postgresql+asyncpg"),
        table_name="peer_llamaindex",
        embed_dim=order.dimensions,
        use_halfvec=True,
        hnsw_kwargs=index,
        create_engine_kwargs={"pool_size": order.connections, "max_overflow": 0},
    )


def filled(order: Order) -> PGVectorStore:
    """Make its table, with the same postings, and then its index."""
    bare = opened(order)
    bare.clear()
    for batch in nodes(order):
        bare.add(batch)
    indexed = opened(
        order,
        {
            "hnsw_m": order.m,
            "hnsw_ef_construction": order.ef_construction,
            "hnsw_ef_search": order.ef_search,
            "hnsw_dist_method": "halfvec_cosine_ops",
        },
    )
    indexed.get_nodes(node_ids=["none"])  # builds the index
    with create_engine(order.url("postgresql+psycopg2")).begin() as connection:
        connection.execute(text("ANALYZE data_peer_llamaindex"))
    return indexed


async def main() -> None:
    """Do as ordered."""
    order = Order.read()
    store = filled(order)

    async def ask(vector: Vector) -> list[str]:
        found = await store.aquery(VectorStoreQuery(query_embedding=vector, similarity_top_k=order.k))
        return list(found.ids or ())

    await answer(order, ask)


if __name__ == "__main__":
    asyncio.run(main())
