"""How benchmarks report: a table for people, then one line of JSON for programs."""

import json
import platform
from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import Any

Row = Mapping[str, Any]


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return median, 95th and 99th percentile."""
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return {"p50_ms": round(median(milliseconds), 3), "p95_ms": round(cuts[94], 3), "p99_ms": round(cuts[98], 3)}


def show(name: str, rows: Sequence[Row]) -> None:
    """Print *rows*, which all have the same columns."""
    columns = list(rows[0])
    widths = [max(len(str(row[c])) for row in [dict.fromkeys(columns, c) | {c: c}, *rows]) for c in columns]
    for row in [{c: c for c in columns}, *rows]:
        print("  ".join(str(row[c]).ljust(width) for c, width in zip(columns, widths, strict=True)).rstrip())
    print(json.dumps({"benchmark": name, "python": platform.python_version(), "rows": list(rows)}))
