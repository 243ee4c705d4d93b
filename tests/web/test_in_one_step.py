"""What is read and answered the short way is what the long way would have made of it."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from litestar import Response, get
from litestar.testing import create_test_client

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.web.answers import Answer
from homeroom_entrypoints.web.bodies import read_body
from homeroom_entrypoints.web.wire import (
    AskedAnswer,
    HealthAnswer,
    NewJob,
    NewKey,
    QueuesAnswer,
    Wire,
)

Told = tuple[str, Any]

_times = st.sampled_from(["2026-03-01T08:30:15Z", "2026-03-01T08:30:15", "soon", 7, 7.0, None])
_values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | _times
)
_fields = st.sampled_from(["name", "payload", "runAt", "priority", "dedupeKey", "roles", "x"])
_things = st.recursive(
    _values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_fields, inner, max_size=3),
    max_leaves=5,
)
_good: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=5)},
    optional={"payload": st.dictionaries(_fields, _things, max_size=2), "runAt": _times},
)


def _text(pairs: list[tuple[str, Any]]) -> bytes:
    """An object as it may be written, with a field more than once."""
    told = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    return f"{{{', '.join(told)}}}".encode()


_bodies = (
    _good.map(lambda said: json.dumps(said).encode())
    | st.lists(st.tuples(_fields, _things), max_size=6).map(_text)
    | st.tuples(_good, _fields, _things).map(lambda it: _text([*it[0].items(), (it[1], it[2])]))
    | st.binary(max_size=20)
)


def in_one_step(body: bytes, shape: type[Wire]) -> Told:
    try:
        return "read", read_body(body, shape)
    except Invalid as error:
        return "refused" if error.problems else "no JSON", str(error.__cause__)


def in_two_steps(body: bytes, shape: type[Wire]) -> Told:
    """All of it as JSON first, and only then as a shape."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return "no JSON", str(error)
    try:
        return "read", msgspec.convert(raw, shape, strict=True)
    except msgspec.ValidationError as error:
        return "refused", str(error)


@settings(max_examples=400, deadline=None)
@given(body=_bodies, shape=st.sampled_from([NewJob, NewKey]))
@example(body=b'{"name": 5, "name": "x"}', shape=NewJob)
@example(body=b'{"name": "x", "name": 5}', shape=NewJob)
@example(body=b'{"name": 5, {bad', shape=NewJob)
@example(body=b'{"name": "x", "priority": 5.0}', shape=NewJob)
@example(body=b'{"name": "\xff"}', shape=NewJob)
def test_a_body_is_read_as_if_all_of_it_was_understood_first(
    body: bytes, shape: type[Wire]
) -> None:
    assert in_one_step(body, shape) == in_two_steps(body, shape)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"payload": ' * 100_000])
def test_a_body_too_deep_to_read_is_refused_either_way(content: bytes) -> None:
    with pytest.raises(Invalid, match="nested too deeply"):
        read_body(content, NewJob)


class When(Wire, frozen=True):
    at: datetime
    names: tuple[str, ...]


ANSWERS: list[object] = [
    When(at=datetime(2026, 3, 1, tzinfo=UTC), names=("Ñandú", "")),
    HealthAnswer(status="ok", checks={"storage": "ok"}),
    QueuesAnswer(data=[]),
    {"no": "shape"},
    [1, 2],
]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_is_what_the_framework_would_have_sent(answer: object, status: int) -> None:
    @get("/", status_code=status)
    async def ask() -> object:
        return answer

    told = [create_test_client([ask], response_class=kind).get("/") for kind in (Answer, Response)]
    ours, theirs = told
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    assert ours.headers == theirs.headers


def test_an_answer_with_headers_or_cookies_keeps_them() -> None:
    @get("/")
    async def ask() -> Response[AskedAnswer | None]:
        return Answer(
            None, media_type="application/json", status_code=200, headers={"x-said": "yes"}
        )

    answer = create_test_client([ask]).get("/")
    assert (answer.content, answer.headers["x-said"]) == (b"null", "yes")
