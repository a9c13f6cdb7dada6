"""The standard streams, which whoever starts a process may have closed (``2>&-``)."""

import os
import sys


def open_all() -> None:
    """Have all three there; what is written to one that was closed goes nowhere, and from it nothing comes.

    Otherwise the next file or connection that is opened would get its number, and what is printed be sent there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # in this order, for the lowest number that is free is taken
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, for as long as the process lives
