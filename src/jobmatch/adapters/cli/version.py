"""Which release is installed."""

from importlib.metadata import version


def installed() -> str:
    """Return the version of jobmatch."""
    return version("jobmatch")
