"""Where services are looked for, and what may be said about them."""

import socket

import pytest

from homeroom_testing.services import (
    Found,
    Missing,
    Services,
    UnknownService,
    find_rabbitmq,
    without_password,
)


def test_a_password_is_never_printed() -> None:
    assert without_password("amqp://ada:s3cret@host:5672/v") == "amqp://ada@host:5672/v"
    assert "s3cret" not in str(Found("postgresql://ada:s3cret@host/db"))


def test_a_service_at_its_variable_is_found_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"amqp://guest:guest@127.0.0.1:{listener.getsockname()[1]}/"
        assert find_rabbitmq({"HOMEROOM_TEST_RABBITMQ_URL": url}) == Found(url)


def test_a_missing_service_says_where_it_was_looked_for_and_what_to_do() -> None:
    answer = find_rabbitmq({"HOMEROOM_TEST_RABBITMQ_URL": "amqp://127.0.0.1:1/"})
    assert isinstance(answer, Missing)
    assert "127.0.0.1:1" in answer.why
    assert "HOMEROOM_TEST_RABBITMQ_URL" in answer.cure


def test_a_service_nobody_knows_is_an_error_and_not_a_skip() -> None:
    with pytest.raises(UnknownService, match="posgres"):
        Services({}).look_for("posgres")
