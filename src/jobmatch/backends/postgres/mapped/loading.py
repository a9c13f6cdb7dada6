"""Finding the `JobTable` that a setting names, as servers find an application: ``package.module:attribute``."""

import os
import sys
from functools import reduce
from importlib import import_module
from types import ModuleType

from jobmatch.backends.postgres.mapped.job_table import JobTable
from jobmatch.errors import InvalidSettings

VARIABLE = "JOBMATCH_JOB_TABLE"


def load(name: str) -> JobTable:
    """Import a table, from what is installed or from the current folder.

    Arguments:
        name: ``package.module:attribute``.

    Raises:
        InvalidSettings: there is no such module or attribute, importing it fails, or it is no `JobTable`.
    """
    module, _, attribute = name.partition(":")
    holder = _imported(module)
    try:
        found = reduce(getattr, attribute.split("."), holder)
    except AttributeError:
        raise InvalidSettings(VARIABLE, f"the module {module} has no {attribute}; {_there(holder)}") from None
    if not isinstance(found, JobTable):
        kind = type(found).__name__
        raise InvalidSettings(
            VARIABLE, f"{name} is a {kind}, not a JobTable: wrap it, as in JobTable(table, columns=…)"
        )
    return found


def _imported(module: str) -> ModuleType:
    # A script that is installed does not look there by itself, where a developer's own code is.
    if (here := os.getcwd()) not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise InvalidSettings(
                VARIABLE, f"there is no module {error.name!r}, neither installed nor in {here}; set PYTHONPATH"
            ) from None
        raise _failed(module, error) from error
    except Exception as error:  # whatever somebody's code raises
        raise _failed(module, error) from error


def _failed(module: str, error: Exception) -> InvalidSettings:
    return InvalidSettings(VARIABLE, f"importing {module} failed: {type(error).__name__}: {error}")


def _there(holder: ModuleType) -> str:
    names = [name for name, value in vars(holder).items() if isinstance(value, JobTable)]
    return f"it has {' and '.join(names)}" if names else "it has no JobTable"
