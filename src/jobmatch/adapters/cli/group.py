"""A group whose commands are imported on use, and the one place where errors become a line for people."""

import errno
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import click

from jobmatch.errors import InvalidInput, InvalidSettings, JobmatchError, MissingExtra, UnreadableFile

FAILED, WRONG_USE = 1, 2
_BY_SIGNAL = 128
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Interrupted(click.ClickException):
    """The user stopped a command by Ctrl-C; the message says what became of its work, the exit code what stopped it."""

    exit_code = _BY_SIGNAL + signal.SIGINT


class Terminated(Interrupted):
    """SIGTERM stopped it."""

    exit_code = _BY_SIGNAL + signal.SIGTERM


class LazyGroup(click.Group):
    """Knows its commands by name and one line of help; module ``NAME_command`` of *package* holds ``command``.

    Arguments:
        package: where the modules are.
        commands: per name, the line for the list of commands.
    """

    def __init__(self, *args: Any, package: str, commands: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package
        self._lines = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return names in the order in which they are of use."""
        return list(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self._lines:
            return None
        try:
            command: click.Command = import_module(f"{self._package}.{cmd_name}_command").command
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("jobmatch"):
                raise
            return _unavailable(cmd_name, str(error.name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lines.items()))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; help is written before a command is invoked, and can fail as well."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if "--debug" in sys.argv or (message := _message(error)) is None:
                raise
            _give_up_output()
            click.echo(f"Error: {message}", err=True)
            sys.exit(FAILED)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what went wrong is told in one line, unless a traceback is asked for."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (Exception, KeyboardInterrupt) as error:
            if ctx.params.get("debug") or (message := _message(error)) is None:
                raise
            _give_up_output()
            click.echo(f"Error: {message}", err=True)
            ctx.exit(_exit_code(error))


def _unavailable(name: str, package: str) -> click.Command:
    """Return a stand-in for a command that cannot be imported."""

    @click.command(name, add_help_option=False, context_settings={"ignore_unknown_options": True})
    @click.argument("anything", nargs=-1)
    def command(anything: tuple[str, ...]) -> None:
        raise MissingExtra(package, extra="cli")

    return command


def _message(error: BaseException) -> str | None:
    """Return the line for an error that is no fault of ours, None for one that is."""
    error = _inner(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, JobmatchError):
        return " ".join(str(error).split())
    return _system_message(error) if isinstance(error, OSError) else None


def _system_message(error: OSError) -> str | None:
    """Return the line for what the system refused; None for a closed pipe, which click ends without a word."""
    if error.errno == errno.EPIPE or not error.strerror:
        return None
    if error.errno in _FULL:
        return f"cannot write: {error.strerror}"
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _give_up_output() -> None:
    """Discard output that cannot be written, or the interpreter would complain about it once more when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError), open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


def _inner(error: BaseException) -> BaseException:
    """Return the error inside of the groups that task groups wrap it in."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _exit_code(error: BaseException) -> int:
    error = _inner(error)
    if isinstance(error, KeyboardInterrupt):
        return Interrupted.exit_code
    wrong_use = isinstance(error, InvalidInput) and not isinstance(error, InvalidSettings | UnreadableFile)
    return WRONG_USE if wrong_use else FAILED
