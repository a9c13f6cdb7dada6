"""Telling what somebody did with a posting, and not being shown it again."""

from typing import Any

import httpx
import pytest

ASK = {
    "keywords": ["python"],
    "filters": {"exclude_interactions": ["applied", "dismissed"], "cool_down_days": 30},
    "limit": 100,
    "wait": True,
}


async def shown(client: httpx.AsyncClient) -> set[str]:
    """Return the ids of the jobs that a match shows."""
    response = await client.post("/match", json=ASK)
    assert response.status_code == 200, response.text
    return {job["id"] for job in response.json()["result"]}


async def test_what_was_dealt_with_is_not_shown_again_to_its_owner(
    client: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    before = await shown(client)
    one, two, three = sorted(before)[:3]
    response = await client.post("/interactions", json={"job_ids": [one, two], "kind": "dismissed"})
    assert (response.status_code, response.content) == (204, b"")
    assert (await client.post("/interactions", json={"job_ids": three, "kind": "saved"})).status_code == 204
    assert before - await shown(client) == {one, two}
    assert await shown(bob) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"job_ids": ["a"], "kind": "loved"}, "#/kind"),
        ({"job_ids": ["a"]}, "#"),
        ({}, "#"),
        ({"job_ids": 5, "kind": "saved"}, "#/job_ids"),
        ({"job_ids": ["a"], "kind": "saved", "who": "me"}, "#/who"),
        ({"job_ids": "\0", "kind": "saved"}, "#/job_ids"),
        ({"job_ids": ["a", "b\0"], "kind": "saved"}, "#/job_ids/1"),
        ({"job_ids": [""], "kind": "saved"}, "#/job_ids/0"),
        ({"job_ids": [str(n) for n in range(10_001)], "kind": "saved"}, "#/job_ids"),
    ],
)
async def test_says_what_is_wrong(client: httpx.AsyncClient, body: dict[str, Any], pointer: str) -> None:
    response = await client.post("/interactions", json=body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_an_empty_body_says_what_is_missing(client: httpx.AsyncClient) -> None:
    response = await client.post("/interactions")
    assert response.status_code == 422
    assert "job_ids" in response.json()["detail"]


async def test_nobody_we_know_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/interactions", json=ASK, headers={"Authorization": ""})
    assert response.status_code == 401


async def test_flat_conditions_narrow_in_the_query_string(client: httpx.AsyncClient) -> None:
    parameters = {"keywords": "python", "workplace": "hybrid,onsite", "companies": "Example GmbH", "salary_min": "7e4"}
    response = await client.get("/match/legacy", params=parameters)
    assert response.status_code == 200, response.text
    assert [job["id"] for job in response.json()] == ["job-full"]


async def test_metadata_that_are_not_allowed_are_refused_before_there_is_a_task(client: httpx.AsyncClient) -> None:
    bad = {"keywords": ["x"], "filters": {"metadata": {"x": {"min": 1, "max": "a"}}}}
    response = await client.post("/match", json=bad)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/filters/metadata"
