"""Job matching as a part of a Starlette app.

JOBMATCH_TOKENS=a-long-random-secret=ada uvicorn mount_starlette:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from jobmatch import MatchEngine, Settings
from jobmatch.adapters.asgi import bearer_tokens, create_app

settings = Settings.load()
engine = MatchEngine.from_settings(settings)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with engine:  # a mounted app is not told of start and end, so its host opens the engine
        yield


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse("the rest of your app")


app = Starlette(
    routes=[
        Mount("/jobs", create_app(engine, authenticate=bearer_tokens(settings.tokens))),
        Route("/", home),
    ],
    lifespan=lifespan,
)
