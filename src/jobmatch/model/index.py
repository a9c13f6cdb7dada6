"""The vector index as its owner sees it: what there is, what a build would cost, how much it finds."""

from collections.abc import Mapping
from datetime import datetime

from attrs import Factory, field, frozen

from jobmatch.model.kinds import Recall
from jobmatch.model.plan import Calibration, Plan

#: Times as many postings as there were when it was measured, or as few, for which a calibration still tells something.
TIMES = 10
#: Times as many from which on the recall is no longer what was measured. Efforts and durations are still better than
#: none: the same effort finds less among more postings, but not all of a sudden.
GROWN = 2


def applies(calibration: Calibration, rows: int) -> bool:
    """Return whether searches can go by what was measured.

    Efforts and durations of six postings tell nothing of three thousand.

    Arguments:
        calibration: measured.
        rows: postings now; −1 if nobody knows.
    """
    return rows < 0 or calibration.rows <= TIMES * rows <= TIMES**2 * calibration.rows


def outgrown(calibration: Calibration, rows: int) -> bool:
    """Return whether there are so many more postings now that no recall can be told.

    Arguments:
        calibration: measured.
        rows: postings now; −1 if nobody knows.
    """
    return rows > GROWN * calibration.rows


@frozen(kw_only=True)
class Band:
    """How much was found of the nearest, among queries whose filters let through about the same share of the postings.

    Arguments:
        share: of the postings that pass, at most, 0 to 1.
        queries: how many there were.
        recall: mean share of the nearest that were found.
        worst: the same of the worst query.
        milliseconds: median duration of a search.
        exact: share of the queries that were answered by comparing everything.
    """

    share: float
    queries: int
    recall: float
    worst: float
    milliseconds: float
    exact: float


@frozen(kw_only=True)
class RecallReport:
    """What the searches of an index were measured to find, against comparing everything.

    Arguments:
        index: `IndexStrategy.describe` of the index.
        k: number of nearest that were looked for.
        wanted: how much the searches were asked to find.
        overall: all queries without filters.
        bands: those with filters, the widest first.
        measured_at: when.
    """

    index: str
    k: int
    wanted: Recall
    overall: Band
    bands: tuple[Band, ...] = ()
    measured_at: datetime

    @property
    def lowest(self) -> float:
        """The lowest mean of all bands."""
        return min(band.recall for band in (self.overall, *self.bands))


@frozen(kw_only=True)
class IndexState:
    """The vector index and what belongs to it, now.

    Arguments:
        index: `IndexStrategy.describe` of the index that serves.
        name: of the index in the database; None if there is none.
        rows: postings, estimated.
        dead_rows: postings replaced or removed whose room is not free yet, estimated.
        table_bytes: size of the postings without indexes.
        index_bytes: size of the vector index.
        supporting_bytes: size of the other indexes.
        bloat: size of the vector index, as a multiple of that of a fresh one, about; None if there is none.
        buffers: bytes in which the database itself keeps tables and indexes; None if it does not tell.
        used: whether the database would use it for a search without filters.
        building: how far a build that is under way has come, 0 to 1; None if there is none.
        broken: indexes that an interrupted build of ours left behind.
        foreign: those that somebody else's left behind: they serve nobody, and we leave them to whoever made them.
        missing: supporting indexes that are not there.
        unprepared: metadata that filters cannot ask for yet: it was not filled in where postings were there before.
        rivals: other indexes over the same vectors: which of them a search uses is up to the database.
        orphaned: indexes by our name that no search can use: of a kind that is not installed any more, or made by
            somebody else over some of the postings only, or by another distance. To build or drop ours removes them.
        calibration: what the index was measured to do; None if nobody has measured.
        outdated: whether searches do not go by that, for there were less than a tenth as many postings then, or more
            than ten times as many.
        recall: the last report; None if there is none.
        advice: for a table of somebody else's, statements for them to run: indexes that filters lack.
        unmapped: for such a table, what it does not tell, so that filters on it are refused.
        unread: for such a table, words of its columns that are not ours, so that no filter finds them, by our name of
            the column; of ``country`` and ``language``, what is no code.
    """

    index: str
    name: str | None = None
    rows: int = 0
    dead_rows: int = 0
    table_bytes: int = 0
    index_bytes: int = 0
    supporting_bytes: int = 0
    bloat: float | None = None
    buffers: int | None = None
    used: bool = False
    building: float | None = None
    broken: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unprepared: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()
    calibration: Calibration | None = None
    recall: RecallReport | None = None
    advice: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    unread: Mapping[str, tuple[str, ...]] = Factory(dict)
    outdated: bool = field(init=False)

    @outdated.default
    def _outdated(self) -> bool:
        return self.calibration is not None and not applies(self.calibration, self.rows)


@frozen(kw_only=True)
class Forecast:
    """What building an index would take.

    Arguments:
        index: `IndexStrategy.describe` of the index.
        rows: postings.
        bytes: of the index on disk, about.
        memory: bytes of working memory with which the build is fast.
        memory_allowed: bytes that it would get.
        seconds: about how long, on this server; None if nobody can tell.
        steps: what would be done, in order, in words; empty if all is there.
        foreign: as in `IndexState`.
        suited: the same of an index that would suit so many postings much better; None if none is known.
    """

    index: str
    rows: int
    bytes: int
    memory: int
    memory_allowed: int
    seconds: float | None = None
    steps: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    suited: str | None = None


@frozen(kw_only=True)
class SearchTrace:
    """How the database carries out a search.

    Arguments:
        statement: the SQL, with placeholders.
        settings: of the database, for this search alone.
        steps: the database's own account of it, a line each; nothing in it was executed.
    """

    statement: str
    settings: Mapping[str, str] = Factory(dict)
    steps: tuple[str, ...] = ()


@frozen(kw_only=True)
class Explained:
    """How a request would be searched.

    Arguments:
        plan: the way that was chosen, and why.
        trace: how the database would go about it.
    """

    plan: Plan
    trace: SearchTrace
