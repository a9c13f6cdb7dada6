"""Job matching as a part of a FastAPI app, with the app's own way of telling who is asking.

uvicorn mount_fastapi:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request

from jobmatch import MatchEngine
from jobmatch.adapters.asgi import create_app

SESSIONS = {"session-1": "ada"}  # stands for wherever your app keeps them
engine = MatchEngine.from_settings()


async def authenticate(request: Request) -> str | None:
    """Return the owner of the tasks that this request starts and may see; None is answered with 401."""
    return SESSIONS.get(request.cookies.get("session", ""))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine:
        yield


app = FastAPI(lifespan=lifespan)
app.mount("/jobs", create_app(engine, authenticate=authenticate))


@app.get("/")
async def home() -> dict[str, int]:
    return {"postings": await engine.count()}
