"""`OpenAIEmbedder`: any service that speaks the ``/embeddings`` protocol of OpenAI, far away or on this machine."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import msgspec
import numpy as np
import stamina

from jobmatch.backends.embedders.replies import codes, parse, retry_after
from jobmatch.errors import EmbedderUnavailable, Incompatible, InvalidSettings, MissingExtra

if TYPE_CHECKING:
    import httpx

    from jobmatch.plugins import Backends
    from jobmatch.ports import Vectors

#: Characters of one text that are sent: within the 8,191 tokens of the usual models in nearly every script.
TEXT_CHARACTERS = 8_000
#: Texts, and characters of them all, in one request.
BATCH_TEXTS, BATCH_CHARACTERS = 96, 200_000
#: Attempts at one request, and seconds until the last of them starts.
ATTEMPTS, PATIENCE = 5, 60.0
_BUSY = frozenset({408, 409, 425, 429})


class _Later(Exception):
    """The service cannot answer now.

    Arguments:
        reason: for people.
        pause: seconds that the service asks to wait; None if it does not say.
    """

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class OpenAIEmbedder:
    """Vectors from a service that takes ``POST {url}/embeddings``.

    Open it with ``async with`` to keep connections between calls; a call outside of that opens its own. A text of more
    than `TEXT_CHARACTERS` is cut there. What fails for a while is tried again, with growing pauses or those that the
    service asks for.

    Arguments:
        url: base of the service, e.g. ``http://localhost:11434/v1``.
        model: name of the model, as the service knows it.
        dimensions: length of a vector; less than the model's own where the model can shorten.
        key: sent as bearer token; None to send none.
        timeout: seconds that one request may take.

    Raises:
        InvalidSettings: the address or the key cannot be one.
        MissingExtra: httpx is not installed.
    """

    def __init__(self, *, url: str, model: str, dimensions: int, key: str | None = None, timeout: float = 30.0) -> None:
        if find_spec("httpx") is None:
            raise MissingExtra("httpx", extra="openai")
        self.name = f"openai:{model}:{dimensions}"
        self.dimensions = dimensions
        self._endpoint, self._address = _endpoint(url)
        self._model = model
        self._key = _checked(key)
        self._timeout = timeout
        self._shortened = False
        self._client: httpx.AsyncClient | None = None
        self._users = 0

    async def __aenter__(self) -> Self:
        self._users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._users -= 1
        if self._users == 0 and self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def embed(self, texts: Sequence[str]) -> "Vectors":
        """See `Embedder.embed`.

        Raises:
            InvalidSettings: the service refuses the key, the model or the request.
            Incompatible: the model's vectors have another length.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        short = [text[:TEXT_CHARACTERS].strip() for text in texts]
        async with self:
            for rows in _batches(short):
                vectors[rows] = await self._vectors([short[row] for row in rows])
        return vectors

    async def _vectors(self, texts: Sequence[str]) -> "Vectors":
        shortened = self._shortened  # as this one is asked: others may learn meanwhile that they have to
        vectors = await self._request(texts, shortened=shortened)
        if vectors.shape[1] != self.dimensions and not shortened:
            vectors = await self._shorten(texts, full=vectors.shape[1])
        if vectors.shape[1] != self.dimensions:
            raise self._misfit(vectors.shape[1])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Vectors = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return scaled

    async def _shorten(self, texts: Sequence[str], *, full: int) -> "Vectors":
        """Ask again, for the dimensions wanted. Many services refuse that field, so it is sent only when needed."""
        try:
            vectors = await self._request(texts, shortened=True)
        except InvalidSettings:
            raise self._misfit(full) from None
        self._shortened = True
        return vectors

    def _misfit(self, dimensions: int) -> Incompatible:
        return Incompatible(
            f"the model {self._model} gives vectors of {dimensions} dimensions, not {self.dimensions}: "
            f"set JOBMATCH_EMBEDDER_DIMENSIONS={dimensions}"
        )

    async def _request(self, texts: Sequence[str], *, shortened: bool) -> "Vectors":
        fields = {"dimensions": self.dimensions} if shortened else {}
        body = msgspec.json.encode({"model": self._model, "input": texts, "encoding_format": "float", **fields})
        try:
            async for attempt in stamina.retry_context(on=_pause, attempts=ATTEMPTS, timeout=PATIENCE):
                with attempt:
                    return await self._post(body, count=len(texts))
        except _Later as later:
            raise EmbedderUnavailable(f"{later}; try again later, or check JOBMATCH_EMBEDDER_URL") from None
        raise AssertionError("retrying ends with an answer or an error")

    async def _post(self, body: bytes, *, count: int) -> "Vectors":
        import httpx

        try:
            response = await self._connected().post(self._endpoint, content=body)
        except httpx.HTTPError as error:
            # The text of such an error can quote a header, and one of them holds the key.
            raise _Later(f"{self._address} does not answer ({type(error).__name__})") from None
        if response.status_code != 200:
            raise self._refusal(response)
        try:
            return parse(response.content, count)
        except ValueError:
            raise InvalidSettings(
                "JOBMATCH_EMBEDDER_URL", f"{self._address} does not answer as an embeddings service does"
            ) from None

    def _connected(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            headers = {"Content-Type": "application/json"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            self._client = httpx.AsyncClient(headers=headers, timeout=self._timeout)
        return self._client

    def _refusal(self, response: "httpx.Response") -> Exception:
        """Return the error for an answer other than 200. The service's own words may quote a text: only codes pass."""
        status = response.status_code
        told = " ".join([str(status), *codes(response.content)])
        if status in _BUSY or status >= 500:
            return _Later(f"{self._address} is not able to answer now ({told})", retry_after(response))
        if status in {401, 403}:
            return InvalidSettings("JOBMATCH_EMBEDDER_KEY", f"{self._address} refuses it ({told})")
        if status == 404 or status < 400:
            return InvalidSettings(
                "JOBMATCH_EMBEDDER_URL",
                f"{self._address} knows no such path, or no model {self._model!r} ({told}); "
                "check JOBMATCH_EMBEDDER_URL and JOBMATCH_EMBEDDER_MODEL",
            )
        return InvalidSettings(
            "JOBMATCH_EMBEDDER_MODEL",
            f"{self._address} refuses the request ({told}); check that {self._model!r} is a model for embeddings",
        )


def _endpoint(url: str) -> tuple[str, str]:
    """Return the address to post to, and the same without credentials, to be shown."""
    problem = InvalidSettings("JOBMATCH_EMBEDDER_URL", "must be an address such as https://host/v1")
    try:
        parts = urlsplit(url.rstrip("/") + "/embeddings")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise problem
    except ValueError:
        raise problem from None
    return parts.geturl(), f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _checked(key: str | None) -> str | None:
    """Return the key as it can stand in a header. The value is not repeated, it is a secret."""
    key = (key or "").strip()
    if not (key.isascii() and (key.isprintable() or not key)):
        raise InvalidSettings("JOBMATCH_EMBEDDER_KEY", "has characters that no key has: copy it again")
    return key or None


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the numbers of the texts that are not empty, in batches that fit into one request."""
    batch: list[int] = []
    characters = 0
    for row, text in enumerate(texts):
        if not text:
            continue
        if batch and (len(batch) == BATCH_TEXTS or characters + len(text) > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(row)
        characters += len(text)
    if batch:
        yield batch


def _pause(error: Exception) -> bool | float:
    """Tell whether to try again, and after how many seconds if the service said so."""
    if not isinstance(error, _Later):
        return False
    return True if error.pause is None else error.pause


def from_backends(backends: "Backends") -> OpenAIEmbedder:
    """Make the embedder as the settings say."""
    settings = backends.settings
    return OpenAIEmbedder(
        url=settings.embedder_url,
        model=settings.embedder_model,
        dimensions=settings.embedder_dimensions,
        key=settings.embedder_key,
    )
