"""What is known of an index, for people."""

from collections.abc import Iterator

from rich.table import Table

from jobmatch.adapters.cli.index_options import BELONGS
from jobmatch.adapters.cli.output import table
from jobmatch.model import Calibration, IndexState, IndexStrategy, RecallReport
from jobmatch.model.index import outgrown

_MEGABYTE = 2**20
#: Questions below which a few postings that were not found make a band look poor.
FEW = 50
#: Why no search uses an index that has our name.
_USELESS = "no search can use it, for its kind is gone, or it is by another distance, or over some postings only"
#: What to do about words that nobody can ask for.
_TRANSLATE = "count as unknown; translate by values of JobTable"
_REMEDIES = dict.fromkeys(
    ("country", "language"), "are no codes, so no filter finds them; translate by case in JobTable"
)


def status_lines(state: IndexState) -> Iterator[tuple[str, str]]:
    """Yield what there is, with its name."""
    used = "used by the database" if state.used else "not used by the database for a plain search"
    yield "index", f"{state.index} ({state.name}, {used})" if state.name else "none: every search compares all"
    yield "postings", f"{state.rows:,}, {state.dead_rows:,} dead"
    sizes = (state.table_bytes, state.index_bytes, state.supporting_bytes)
    table_size, index_size, supporting = (f"{size / _MEGABYTE:,.1f} MB" for size in sizes)
    yield "sizes", f"table {table_size}, vector index {index_size}, supporting indexes {supporting}"
    if state.bloat is not None:
        yield "bloat", f"{state.bloat:.2f} times the size of a fresh index"
    if state.buffers is not None and state.buffers < state.index_bytes:
        yield (
            "memory",
            f"{state.buffers / _MEGABYTE:,.0f} MB, less than the vector index takes: raise shared_buffers",
        )
    if state.building is not None:
        yield "building", f"{state.building:.0%}"
    for name, found in (("broken", state.broken), ("missing", state.missing)):
        if found:
            yield name, f"{', '.join(found)}: run jobmatch index create"
    if state.unprepared:
        yield "metadata", f"{', '.join(state.unprepared)} cannot be asked for yet: run jobmatch index create"
    yield from (("foreign", abandoned(name)) for name in state.foreign)
    for name in state.rivals:
        yield "rival", f"{name}: the database may use it instead of {state.name}; drop one of the two"
    for name in state.orphaned:
        yield "orphaned", f"{name}: {_USELESS}; jobmatch index create or drop removes it"
    yield from (("advice", f"{statement};") for statement in state.advice)
    if state.unmapped:
        yield "not mapped", f"{', '.join(state.unmapped)}: filters on it are refused"
    for name, words in state.unread.items():
        yield "not read", f"{name}: {', '.join(map(repr, words))} {_REMEDIES.get(name, _TRANSLATE)}"
    yield from _measured(state)


def abandoned(name: str) -> str:
    """Return what to do about an index that somebody else has left unfinished."""
    return f"{name}: unfinished, and not of jobmatch's making, which leaves it alone: whoever made it may drop it"


def _measured(state: IndexState) -> Iterator[tuple[str, str]]:
    if found := state.recall:
        yield (
            "recall",
            f"{found.overall.recall:.3f}, lowest {found.lowest:.3f}, @{found.k}, {found.measured_at:%Y-%m-%d}",
        )
    else:
        yield "recall", "not measured: run jobmatch index recall"
    yield "tuned", _tuned(state)


def _tuned(state: IndexState) -> str:
    if (found := state.calibration) is None:
        return "no: run jobmatch index tune"
    if state.outdated:
        return (
            f"{found.measured_at:%Y-%m-%d}, over {found.rows:,} postings: searches do not go by it any more; run"
            " jobmatch index tune again"
        )
    if outgrown(found, state.rows):
        return (
            f"{found.measured_at:%Y-%m-%d}, over {found.rows:,} postings: with more than twice as many nobody knows"
            " what searches find; run jobmatch index tune again"
        )
    return f"{found.measured_at:%Y-%m-%d}"


def recall_table(report: RecallReport) -> Table:
    """Return a table of the bands, the widest first."""
    made = table("pass", "questions", "recall", "worst", "ms", "exact", right=("pass", "questions", "recall", "worst"))
    for band in (report.overall, *report.bands):
        share = "all" if band is report.overall else f"≤ {100 * band.share:g} %"
        found = (f"{band.recall:.3f}", f"{band.worst:.2f}", f"{band.milliseconds:.1f}", f"{band.exact:.0%}")
        made.add_row(share, f"{band.queries:,}", *found)
    return made


def rungs_table(calibration: Calibration, target: float) -> Table:
    """Return a table of the efforts; the one that searches take from now on is marked."""
    reached, taken = calibration.reaching(target), calibration.taken(target)
    figures = ("effort", "recall", "worst", "repeated", "ms")
    made = table(*figures, "", right=figures)
    for rung in calibration.rungs:
        mark = f"← reaches {target:g}" if rung is reached else "← searches take it" if rung is taken else ""
        found = f"{rung.recall:.3f}", f"{rung.worst:.2f}", f"{rung.repeated:.0%}"
        made.add_row(str(rung.effort), *found, f"{rung.milliseconds:.2f}", mark)
    return made


def divided(astray: float) -> str:
    """Return what it means that an index is divided."""
    return f"of questions for two things at once {astray:.0%} would find too little, were they not asked from aside too"


def advice(calibration: Calibration, target: float, better: IndexStrategy | None) -> str:
    """Return what to do about an index that does not reach the target."""
    best = max((rung.recall for rung in calibration.rungs), default=0.0)
    remedy = f"build a better one: {command_for(better)}" if better else "there is no better one that is known here"
    return f"no effort reaches {target:g}, the best finds {best:.3f}; {remedy}"


def shortfall(report: RecallReport, least: float, calibration: Calibration | None, better: IndexStrategy | None) -> str:
    """Return what to do about searches that find less than *least* somewhere."""
    band = min((report.overall, *report.bands), key=lambda band: band.recall)
    told = f"the lowest recall is {band.recall:.3f}, less than {least:g}"
    if calibration is None:
        return f"{told}: run jobmatch index tune"
    few = f"that is of {band.queries:,} questions, ask more: --count 1000, or --requests with those of your users"
    built = f"build a better one: {command_for(better)}" if better else ""
    remedies = "; or ".join(remedy for remedy in (few if band.queries < FEW else "", built) if remedy)
    return f"{told}, though the index was tuned; {remedies or 'there is no better one that is known here'}"


def command_for(strategy: IndexStrategy) -> str:
    """Return the command that builds an index; how to do it in Python if the command has no options for it."""
    built = strategy.built()
    if any(BELONGS.get(name) != strategy.name for name in built if name != "storage"):
        return f"in Python, engine.index.create() with {strategy.describe()}"
    flags = (f"--{name.replace('_', '-')} {value}" for name, value in built.items())
    return " ".join(("jobmatch index create --type", strategy.name, *flags))
