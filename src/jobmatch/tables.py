"""Tables that a part of jobmatch brings along, beside those of the backend in whose database they are."""

from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class TablesStatus:
    """How some tables stand.

    Arguments:
        name: what they are for.
        revision: of the tables; None before the first upgrade.
        head: the revision that the installed release needs.
        current: whether nothing has to be done.
    """

    name: str
    revision: str | None
    head: str
    current: bool


class Tables(Protocol):
    """Creates and inspects them. The entry point ``tables.NAME`` makes those of the runner NAME, and goes with it."""

    async def upgrade(self) -> None:
        """Bring them to the installed release; two at once are safe."""

    async def status(self) -> TablesStatus:
        """Tell how they stand."""
