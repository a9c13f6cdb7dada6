"""The command line: every command parses, makes one call to the engine and renders; nothing is decided here."""

import sys

from jobmatch.adapters.cli.streams import open_all

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process."""
    open_all()
    try:
        from jobmatch.adapters.cli.root import cli
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("Error: click is not installed; run: pip install 'jobmatch[cli]'")
    cli(prog_name="jobmatch")
