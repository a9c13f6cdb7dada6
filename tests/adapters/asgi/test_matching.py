"""Starting a match, asking for it, cancelling it."""

import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

KEYWORDS = {"keywords": ["python", "machine learning"]}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


async def finished(client: httpx.AsyncClient, body: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """Match and wait; return the document."""
    response = await client.post("/match", json=body | {"wait": True}, params=parameters)
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


async def test_starts_a_task_and_says_where_it_is(held_client: httpx.AsyncClient) -> None:
    response = await held_client.post("/match", json=KEYWORDS)
    assert response.status_code == 202
    body = response.json()
    assert body.keys() == {"task_id", "status", "created_at"}
    assert body["status"] == "pending"
    assert RFC3339.fullmatch(body["created_at"])
    assert response.headers["location"] == f"/match/status/{body['task_id']}"
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/json"


async def test_an_unfinished_task_has_no_result_yet(held_client: httpx.AsyncClient) -> None:
    started = await held_client.post("/match", json=KEYWORDS)
    for question in ({}, {"format": "list"}, {"limit": 3}):
        response = await held_client.get(started.headers["location"], params=question)
        assert response.status_code == 200
        assert response.json().keys() == {"task_id", "status", "result", "created_at", "updated_at"}
        assert response.json()["result"] is None
        assert response.headers["retry-after"] == "1"
        assert response.headers["cache-control"] == "no-store"


async def test_a_finished_task_has_the_ranked_list(held_client: httpx.AsyncClient, held: Any) -> None:
    started = await held_client.post("/match", json=KEYWORDS)
    await held.let_go()
    response = await held_client.get(started.headers["location"])
    document = response.json()
    assert document["status"] == "completed"
    assert "error" not in document
    assert "retry-after" not in response.headers
    assert [job["rank"] for job in document["result"]] == list(range(1, 26))
    assert document["total"] == 25
    assert document["next_cursor"] is None
    assert document["diagnostics"]["complete"] is True
    assert RFC3339.fullmatch(document["updated_at"])


async def test_each_job_says_what_it_is_and_why(client: httpx.AsyncClient) -> None:
    body = {"profile": {"text": "I teach machines with pgvector", "skills": ["python"]}, "filters": {"city": "Köln"}}
    (job,) = [job for job in (await finished(client, body))["result"] if job["id"] == "job-full"]
    assert job["place"] == "Bonn, DE; Köln, DE; Jena, DE and 1 more"
    assert len(job["places"]) == 4
    assert job["pay"] == {"minimum": 60_000, "maximum": 80_000, "currency": "EUR", "period": "year"}
    assert job["posted_at"] == "2026-01-02T03:04:05Z"
    assert (job["workplace"], job["employment_type"], job["level"]) == ("hybrid", "full_time", "senior")
    assert 0 <= job["score"] <= 1
    assert {"name", "score", "weight", "found", "missing"} == job["explanation"][0].keys()
    assert "description" not in job


async def test_a_job_that_says_little_has_nulls(client: httpx.AsyncClient) -> None:
    job = (await finished(client, {"keywords": "welder", "limit": 1}))["result"][0]
    assert {job[name] for name in ("company", "employment_type", "level", "pay", "posted_at", "url")} == {None}


async def test_a_key_makes_it_safe_to_start_again(held_client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "once"}
    first = await held_client.post("/match", json=KEYWORDS, headers=key)
    again = await held_client.post("/match", json=KEYWORDS, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    other = await held_client.post("/match", json={"keywords": "something else"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "urn:jobmatch:problem:key-reused")


@pytest.mark.parametrize(
    ("parameters", "headers"), [({"wait": "true"}, {}), ({}, {"Prefer": "respond-async, wait=20"})]
)
async def test_waits_for_who_asks_for_it(
    client: httpx.AsyncClient, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    response = await client.post("/match", json=KEYWORDS, params=parameters, headers=headers)
    assert response.status_code == 200
    assert response.json()["status"] == "completed"
    assert response.headers.get("preference-applied") == ("wait=20" if headers else None)
    assert response.headers["location"].endswith(response.json()["task_id"])


async def test_gives_up_waiting_but_not_the_task(held_client: httpx.AsyncClient, held: Any) -> None:
    response = await held_client.post("/match", json=KEYWORDS, headers={"Prefer": "wait=1"})
    assert response.status_code == 202
    assert "preference-applied" not in response.headers
    await held.let_go()
    later = await held_client.get(response.headers["location"], headers={"Prefer": "wait=1"})
    assert later.json()["status"] == "completed"
    assert later.headers["preference-applied"] == "wait=1"


async def test_an_answer_that_was_waited_for_holds_all_that_was_asked_for(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS | {"limit": 33})
    assert len(document["result"]) == 33


async def test_pages_join_up(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS | {"limit": 40})
    pages, cursor = [], None
    while True:
        parameters = {"limit": 15} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(f"/match/status/{document['task_id']}", params=parameters)).json()
        pages.append([job["id"] for job in page["result"]])
        if (cursor := page["next_cursor"]) is None:
            break
    assert [len(page) for page in pages] == [15, 15, 10]
    assert [job_id for page in pages for job_id in page] == [job["id"] for job in document["result"]]


async def test_the_bare_list_is_whole(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS | {"limit": 40})
    response = await client.get(f"/match/status/{document['task_id']}", params={"format": "list"})
    assert response.json() == document["result"]
    assert "link" not in response.headers
    assert "preference-applied" not in response.headers


async def test_the_bare_list_can_be_waited_for_too(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS)
    path = f"/match/status/{document['task_id']}?format=list&limit=20"
    response = await client.get(path, headers={"Prefer": "wait=7"})
    assert response.headers["preference-applied"] == "wait=7"
    assert "next" in response.links


async def test_a_page_of_the_bare_list_links_to_the_next(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS)
    path = f"/match/status/{document['task_id']}"
    first = await client.get(path, params={"format": "list", "limit": 20})
    second = await client.get(first.links["next"]["url"])
    assert first.json() + second.json() == document["result"]


async def test_who_has_the_answer_already_is_told_so(held_client: httpx.AsyncClient, held: Any) -> None:
    path = (await held_client.post("/match", json=KEYWORDS)).headers["location"]
    waiting = (await held_client.get(path)).headers["etag"]
    same = await held_client.get(path, headers={"If-None-Match": waiting})
    assert (same.status_code, same.content, same.headers["retry-after"]) == (304, b"", "1")
    assert (same.headers["etag"], same.headers["cache-control"]) == (waiting, "no-store")
    assert "content-type" not in same.headers
    await held.let_go()
    done = await held_client.get(path, headers={"If-None-Match": waiting})
    assert done.status_code == 200
    for known in (done.headers["etag"], f'"other", W/{done.headers["etag"]}', "*"):
        assert (await held_client.get(path, headers={"If-None-Match": known})).status_code == 304
    tagged = {"If-None-Match": done.headers["etag"]}
    for question in ({"format": "list"}, {"limit": 3}):
        assert (await held_client.get(path, params=question, headers=tagged)).status_code == 200
    stranger = await held_client.get(path, headers=tagged | {"Authorization": "Bearer token-bob"})
    assert stranger.status_code == 404


async def test_a_page_that_is_known_links_to_the_next_all_the_same(client: httpx.AsyncClient) -> None:
    path = (await client.post("/match?wait=true", json=KEYWORDS)).headers["location"]
    first = await client.get(path, params={"format": "list", "limit": 10})
    again = await client.get(first.url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["link"]) == (304, first.headers["link"])


async def test_somebody_elses_task_is_not_there(client: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS)
    foreign = await bob.get(f"/match/status/{document['task_id']}")
    unknown = await bob.get("/match/status/00000000-0000-4000-8000-00000000ffff")
    strange = await bob.get("/match/status/%00x")
    assert foreign.status_code == unknown.status_code == strange.status_code == 404
    assert foreign.content == unknown.content == strange.content
    assert (await bob.delete(f"/match/status/{document['task_id']}")).content == unknown.content


async def test_cancels_once(held_client: httpx.AsyncClient, held: Any) -> None:
    path = (await held_client.post("/match", json=KEYWORDS)).headers["location"]
    stopped = await held_client.delete(path)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "cancelled")
    again = await held_client.delete(path)
    assert (again.status_code, again.json()["type"]) == (409, "urn:jobmatch:problem:already-final")
    assert again.headers["content-type"] == "application/problem+json"
    await held.let_go()
    assert (await held_client.get(path)).json()["status"] == "cancelled"


async def test_a_completed_task_cannot_be_cancelled(client: httpx.AsyncClient) -> None:
    document = await finished(client, KEYWORDS)
    response = await client.delete(f"/match/status/{document['task_id']}")
    assert (response.status_code, response.json()["detail"]) == (409, "the task is completed already")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_old_way_answers_at_once_and_says_that_it_is_old(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/match/legacy", params={"keywords": "python,nurse", "limit": 7})
    assert response.status_code == 200
    assert [job["rank"] for job in response.json()] == [1, 2, 3, 4, 5, 6, 7]
    since = re.fullmatch(r"@(\d+)", response.headers["deprecation"])
    assert since
    until = datetime.strptime(response.headers["sunset"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert datetime.fromtimestamp(int(since[1]), UTC) < until
    assert response.links["successor-version"]["url"] == "/match"


async def test_the_old_way_reads_a_body_too(client: httpx.AsyncClient) -> None:
    response = await client.post("/match/legacy", json=KEYWORDS | {"country": "DE"})
    assert {place["country"] for job in response.json() for place in job["places"]} == {"DE"}


async def test_health(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready"):
        response = await client.get(path, headers={"Authorization": ""})
        assert (response.status_code, response.json()) == (200, {"status": "ok"})
