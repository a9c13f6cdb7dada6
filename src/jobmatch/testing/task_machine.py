"""`TaskStoreMachine`: any order of what can be done to tasks, on a store and on a model of it."""

from collections import Counter
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, ExitStack
from functools import partial
from typing import Any

import anyio.from_thread
import attrs
import pytest
from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from jobmatch.errors import KeyReused, TaskNotFound
from jobmatch.model import Claim, TaskError, TaskState
from jobmatch.model.task import WORKER_LOST
from jobmatch.ports import TaskStore
from jobmatch.testing.snapshots import LEASE, REQUEST, result

REQUESTS = {limit: attrs.evolve(REQUEST, limit=limit) for limit in (3, 5)}
ODD = TaskError(code="odd", message="it was odd")
_scopes = st.sampled_from(["", "jobs"])
_owners = st.sampled_from(["ada", "bob"])
#: A lease of no length has run out at once.
_leases = st.sampled_from([0.0, LEASE])


@define
class Expected:
    """What a task should be."""

    owner: str
    limit: int
    scope: str
    key: str | None
    state: TaskState = TaskState.PENDING
    attempts: int = 0
    token: str | None = None
    lease: float = 0.0
    put_off: bool = False
    error: TaskError | None = None
    total: int | None = None

    @property
    def due(self) -> bool:
        """Whether it is pending, and not put off."""
        return self.state is TaskState.PENDING and not self.put_off

    @property
    def lost(self) -> bool:
        """Whether its lease ran out."""
        return self.state is TaskState.PROCESSING and not self.lease

    def become(self, state: TaskState, **values: Any) -> None:
        """Get into another state, which ends what was held or put off."""
        self.state, self.token, self.put_off = state, None, False
        for name, value in values.items():
            setattr(self, name, value)


class TaskStoreMachine(RuleBasedStateMachine):
    """Give `opened`; run it with ``run_state_machine_as_test``."""

    tasks: Bundle[str] = Bundle("tasks")
    claims: Bundle[Claim] = Bundle("claims")

    def opened(self) -> AbstractAsyncContextManager[TaskStore]:
        """Return a context that opens an empty store."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[str, Expected] = {}
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal())
        self.store = self._stack.enter_context(self._portal.wrap_async_context_manager(self.opened()))

    def teardown(self) -> None:
        """Close the store."""
        self._stack.close()

    def call(self, method: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the store and wait for it."""

        async def wait(act: partial[Awaitable[Any]]) -> Any:
            return await act()

        return self._portal.call(wait, partial(method, *args, **kwargs))

    def held(self, claim: Claim) -> Expected | None:
        """Return the task of a claim that is not stale."""
        task = self.expected.get(claim.task_id)
        return task if task and task.token == claim.token else None

    @rule(
        target=tasks,
        owner=_owners,
        limit=st.sampled_from(sorted(REQUESTS)),
        key=st.sampled_from([None, "k", "l"]),
        scope=_scopes,
    )
    def submit(self, owner: str, limit: int, key: str | None, scope: str) -> Any:
        """A new task, or the one that has the key."""
        create = partial(self.call, self.store.create, REQUESTS[limit], owner=owner, key=key, scope=scope)
        for task_id, task in self.expected.items():
            if key is not None and (task.owner, task.key) == (owner, key):
                if (task.limit, task.scope) == (limit, scope):
                    assert create().id == task_id
                else:
                    with pytest.raises(KeyReused):
                        create()
                return multiple()
        task_id = create().id
        self.expected[task_id] = Expected(owner=owner, limit=limit, scope=scope, key=key)
        return task_id

    @rule(target=claims, task_id=tasks, lease=_leases, attempts=st.integers(1, 4), lost=st.booleans(), scope=_scopes)
    def claim(self, task_id: str, lease: float, attempts: int, lost: bool, scope: str) -> Any:
        """Take it up, if that can be."""
        found = self.call(self.store.claim, task_id, lease=lease, attempts=attempts, lost=lost, scope=scope)
        task = self.expected.get(task_id)
        if task is None or task.scope != scope or not (task.due or (lost and task.lost)):
            assert found is None
            return multiple()
        if task.attempts >= attempts:
            task.become(TaskState.FAILED, error=WORKER_LOST)
            assert (found.state, found.error) == (TaskState.FAILED, WORKER_LOST)
            return multiple()
        task.become(TaskState.PROCESSING, attempts=task.attempts + 1, lease=lease)
        task.token = found.token
        assert (found.attempts, found.owner, found.request) == (task.attempts, task.owner, REQUESTS[task.limit])
        return found

    @rule(claim=claims, lease=_leases)
    def heartbeat(self, claim: Claim, lease: float) -> None:
        """A sign of life, or with no lease its end."""
        task = self.held(claim)
        assert self.call(self.store.heartbeat, claim, lease=lease) == bool(task)
        if task:
            task.lease = lease

    @rule(claim=claims, total=st.integers(0, 3))
    def finish(self, claim: Claim, total: int) -> None:
        """A result."""
        task = self.held(claim)
        assert self.call(self.store.finish, claim, result(total)) == bool(task)
        if task:
            task.become(TaskState.COMPLETED, total=total, error=None)

    @rule(claim=claims, retry_in=st.sampled_from([None, 0.0, LEASE]))
    def fail(self, claim: Claim, retry_in: float | None) -> None:
        """No result, for good or for now."""
        task = self.held(claim)
        assert self.call(self.store.fail, claim, ODD, retry_in=retry_in) == bool(task)
        if task:
            task.become(TaskState.FAILED if retry_in is None else TaskState.PENDING, error=ODD)
            task.put_off = bool(retry_in)

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        """Hand it back."""
        task = self.held(claim)
        assert self.call(self.store.release, claim) == bool(task)
        if task:
            task.become(TaskState.PENDING, attempts=task.attempts - 1)

    @rule(task_id=tasks, owner=st.none() | _owners)
    def cancel(self, task_id: str, owner: str | None) -> None:
        """Cancel what has not ended."""
        if (task := self._changed(self.store.cancel, task_id, owner)) and not task.state.final:
            task.become(TaskState.CANCELLED)

    @rule(task_id=tasks)
    def withdraw(self, task_id: str) -> None:
        """Remove what nobody has begun."""
        task = self.expected.get(task_id)
        untouched = task is not None and task.state is TaskState.PENDING and not task.attempts
        assert self.call(self.store.withdraw, task_id) == untouched
        if untouched:
            del self.expected[task_id]

    @rule(task_id=tasks, owner=st.none() | _owners)
    def retry(self, task_id: str, owner: str | None) -> None:
        """Start again what ended without a result."""
        task = self._changed(self.store.retry, task_id, owner)
        if task and task.state in {TaskState.FAILED, TaskState.CANCELLED}:
            task.become(TaskState.PENDING, attempts=0, error=None)

    def _changed(self, method: Any, task_id: str, owner: str | None) -> Expected | None:
        task = self.expected.get(task_id)
        if task is None or owner not in {None, task.owner}:
            with pytest.raises(TaskNotFound):
                self.call(method, task_id, owner=owner)
            return None
        self.call(method, task_id, owner=owner)
        return task

    @rule()
    def purge(self) -> None:
        """Remove all that has ended."""
        ended = [task_id for task_id, task in self.expected.items() if task.state.final]
        assert self.call(self.store.purge, age=0) == len(ended)
        for task_id in ended:
            del self.expected[task_id]

    @invariant()
    def every_task_is_as_expected(self) -> None:
        """State, attempts, error and result."""
        listed, _ = self.call(self.store.list, owner=None, limit=1_000)
        assert [task.id for task in listed] == list(self.expected)[::-1]
        for task in listed:
            expected = self.expected[task.id]
            seen = (task.owner, task.state, task.attempts, task.error, task.total)
            assert seen == (expected.owner, expected.state, expected.attempts, expected.error, expected.total)
            assert (task.finished_at is not None) == expected.state.final

    @invariant()
    def what_can_be_taken_up_is_found(self) -> None:
        """Oldest first; and all are counted."""
        tasks = self.expected.items()
        for scope in ("", "jobs"):
            ours = [(task_id, task) for task_id, task in tasks if task.scope == scope]
            due, lost = (list(self.call(look, limit=1_000, scope=scope)) for look in (self.store.due, self.store.lost))
            assert due == [task_id for task_id, task in ours if task.due]
            assert lost == [task_id for task_id, task in ours if task.lost]
        assert dict(self.call(self.store.counts)) == Counter(task.state for _, task in tasks)
