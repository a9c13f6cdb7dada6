"""`Embedder`: texts to unit vectors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    #: Embeddings: float32, shape (dimensions,) for one, (n, dimensions) for many; unit length.
    Vector = npt.NDArray[np.float32]
    Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Texts to unit vectors.

    Attributes:
        name: identity of the model and of everything that shapes its vectors; two embedders of one name give the same
            vectors.
        dimensions: length of a vector.
    """

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """Embed *texts*.

        Arguments:
            texts: any number, each of any length; an empty text gives a zero vector.

        Returns:
            float32, shape (len(texts), dimensions); every row has length 1, or 0 for a text without meaning. Whoever
            gives another shape, or what is not finite, is refused with `Incompatible` before anything is stored.

        Raises:
            EmbedderUnavailable: the model does not answer now; trying again may help.
        """
        ...
