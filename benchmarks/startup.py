"""What starting costs: ``python benchmarks/startup.py``.

Whole processes, the two of a pair in turn; the ratio of a pair is within one run. Promised: ``import jobmatch`` at
most 1.5 times
``import attrs, anyio, dogpile.cache``, and ``jobmatch --help`` at most 2.5 times ``python -c 'import click'``.
"""

import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from report import show

ROUNDS = 9
PYTHON = sys.executable
PAIRS = [
    ("import jobmatch", [PYTHON, "-c", "import jobmatch"], [PYTHON, "-c", "import attrs, anyio, dogpile.cache"], 1.5),
    (
        "import MatchEngine",
        [PYTHON, "-c", "from jobmatch import MatchEngine"],
        [PYTHON, "-c", "import attrs, anyio, dogpile.cache"],
        None,
    ),
    ("jobmatch --help", [PYTHON, "-m", "jobmatch", "--help"], [PYTHON, "-c", "import click"], 2.5),
]


def seconds(command: Sequence[str]) -> float:
    """Return the duration of one run."""
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def main() -> None:
    """Print a table and JSON."""
    rows = []
    for name, command, reference, promised in PAIRS:
        seconds(command), seconds(reference)
        pairs = [(seconds(command), seconds(reference)) for _ in range(ROUNDS)]
        rows.append(
            {
                "what": name,
                "median_ms": round(median(a for a, _ in pairs) * 1_000),
                "reference_ms": round(median(b for _, b in pairs) * 1_000),
                "ratio": round(median(a / b for a, b in pairs), 2),
                "promised": promised or "",
            }
        )
    show("startup", rows)


if __name__ == "__main__":
    main()
