"""The contract of `Embedder`."""

import numpy as np

from jobmatch.ports import Embedder


class EmbedderContract:
    """Give a fixture ``embedder``."""

    async def test_gives_one_unit_row_for_each_text(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(["welder, night shift", "nurse", "x" * 50_000])
        assert vectors.shape == (3, embedder.dimensions)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)

    async def test_no_texts_give_no_rows(self, embedder: Embedder) -> None:
        assert (await embedder.embed([])).shape == (0, embedder.dimensions)

    async def test_an_empty_text_gives_a_zero_row(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(["", "nurse"])
        assert not vectors[0].any()
        assert vectors[1].any()

    async def test_is_the_same_each_time_and_in_any_company(self, embedder: Embedder) -> None:
        alone = await embedder.embed(["carpenter"])
        together = await embedder.embed(["a much longer text about something else", "carpenter"])
        assert np.allclose(alone[0], together[1], atol=1e-3)

    async def test_survives_any_script(self, embedder: Embedder) -> None:
        vectors = await embedder.embed(["焊工", "сварщик", "🙂", "\u200b", "Ünïcödé"])
        assert np.isfinite(vectors).all()

    async def test_has_an_identity(self, embedder: Embedder) -> None:
        assert embedder.name.strip()
        assert embedder.dimensions > 0
