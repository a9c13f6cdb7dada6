"""The column of vectors that is searched, and how its distances are measured."""

from enum import StrEnum

from attrs import frozen
from psycopg import sql

from jobmatch.errors import Incompatible
from jobmatch.model import Storage

#: Dimensions that pgvector can index, by what the index holds.
LIMITS = {Storage.VECTOR: 2_000, Storage.HALFVEC: 4_000, Storage.BIT: 64_000}


#: Counts the signs that differ.
HAMMING = "<~>"


class Metric(StrEnum):
    """How far apart two vectors are; the value is pgvector's word for it in names of operator classes."""

    COSINE = "cosine"
    L2 = "l2"
    INNER_PRODUCT = "ip"

    @property
    def operator(self) -> str:
        """The operator; the nearer, the less it returns."""
        return {Metric.COSINE: "<=>", Metric.L2: "<->", Metric.INNER_PRODUCT: "<#>"}[self]


@frozen(kw_only=True)
class Target:
    """A column of vectors.

    Arguments:
        table: its name, with the schema before it if that is not the usual one.
        column: its name.
        kind: what the column holds, `Storage.VECTOR` or `Storage.HALFVEC`.
        dimensions: of each vector.
        metric: by which they are compared.
    """

    table: tuple[str, ...]
    column: str
    kind: Storage
    dimensions: int
    metric: Metric = Metric.COSINE

    def check(self, storage: Storage) -> None:
        """Refuse an index that pgvector cannot build.

        Raises:
            Incompatible: the vectors are too long for it, or it cannot compare them as they are compared.
        """
        fit = [name for name, limit in LIMITS.items() if self.dimensions <= limit and self._compares(name)]
        if storage in fit:
            return
        # What the column itself holds is found without a loss.
        best = next((name for name in (self.kind, *fit) if name in fit), None)
        remedy = f"use --storage {best}" if best else "use an embedder with fewer dimensions, or no index"
        if not self._compares(storage):
            raise Incompatible(f"an index over bit compares directions, not {self.metric} distances: {remedy}")
        raise Incompatible(
            f"an index over {storage} takes vectors of {LIMITS[storage]:,} dimensions at most, these have"
            f" {self.dimensions:,}: {remedy}"
        )

    def _compares(self, storage: Storage) -> bool:
        """Whether an index over that hands out the nearest by the metric: signs tell nothing of lengths."""
        return storage is not Storage.BIT or self.metric is Metric.COSINE

    def expression(self, storage: Storage) -> sql.Composable:
        """Return what is indexed: the column, or what becomes of it. A search has to say exactly the same."""
        column = sql.Identifier(self.column)
        if storage is self.kind:
            return column
        if storage is Storage.BIT:
            return sql.SQL("(binary_quantize({})::bit({}))").format(column, sql.Literal(self.dimensions))
        return sql.SQL("({}::{}({}))").format(column, sql.SQL(storage.value), sql.Literal(self.dimensions))

    def operator_class(self, storage: Storage) -> sql.SQL:
        """Return pgvector's operator class."""
        return sql.SQL("bit_hamming_ops" if storage is Storage.BIT else f"{storage}_{self.metric}_ops")
