"""The ``Prefer`` header (RFC 7240): how long a client is ready to wait."""

import re

from starlette.requests import Request

_WAIT = re.compile(r'wait[ \t]*=[ \t]*"?(\d{1,9})"?[ \t]*(?:;|$)', re.IGNORECASE)


def preferred_wait(request: Request) -> int | None:
    """Return the seconds of ``Prefer: wait=N``, None if there is no such preference.

    The first one counts; what is malformed or unknown is ignored, as the RFC asks.
    """
    for preference in ",".join(request.headers.getlist("prefer")).split(","):
        if found := _WAIT.match(preference.strip()):
            return int(found[1])
    return None


def applied(seconds: float) -> dict[str, str]:
    """Return the header that says that a preference to wait was honoured."""
    return {"Preference-Applied": f"wait={int(seconds)}"}
