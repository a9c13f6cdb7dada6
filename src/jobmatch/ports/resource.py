"""What every backend with a lifetime has in common."""

from abc import ABC
from types import TracebackType
from typing import Self


class Resource(ABC):  # noqa: B024
    """Something with a lifetime. The constructor does no I/O."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
