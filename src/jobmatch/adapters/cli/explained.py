"""How a request would be searched, for people."""

from collections.abc import Iterator, Sequence

from jobmatch.model import Explained, Method, Plan


def explained_lines(explained: Explained) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield lines under their headings; those without lines are left out."""
    trace = explained.trace
    settings = [f"{name} = {value}" for name, value in trace.settings.items()]
    parts = {
        "plan": list(_plan_lines(explained.plan)),
        "settings": settings,
        "statement": trace.statement.splitlines(),
        "steps": trace.steps,
    }
    yield from ((name, lines) for name, lines in parts.items() if lines)


def _plan_lines(plan: Plan) -> Iterator[str]:
    yield f"{plan.method}: {plan.reason}" if plan.reason else str(plan.method)
    effort = f", effort {plan.effort:,}" if plan.effort else ""
    visits = f", gives up after {plan.visits:,} visits" if plan.visits else ""
    yield f"fetches {plan.fetch:,} of about {plan.estimate:,} that pass{effort}{visits}"
    if plan.method is Method.EXACT:
        yield "compares each of them, so it finds the nearest for certain"
    elif plan.recall is not None:
        yield f"finds {plan.recall:.3f} of the nearest, as measured"
    if plan.milliseconds is not None:
        yield f"takes about {plan.milliseconds:.1f} ms"
