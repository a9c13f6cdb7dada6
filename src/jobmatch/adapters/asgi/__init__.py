"""The ASGI adapter: `create_app` turns a `MatchEngine` into a web application.

Mounted at ``/jobs``, or served alone with ``prefix="/jobs"``, it answers ``POST /jobs/match``,
``GET /jobs/match/status/{task_id}`` and what else ``/jobs/openapi.json`` lists.
"""

from importlib.util import find_spec

from jobmatch.errors import MissingExtra

if find_spec("starlette") is None:
    raise MissingExtra("starlette", extra="asgi")

from jobmatch.adapters.asgi.app import create_app
from jobmatch.adapters.asgi.auth import Authenticate, bearer_tokens

__all__ = ["Authenticate", "bearer_tokens", "create_app"]
