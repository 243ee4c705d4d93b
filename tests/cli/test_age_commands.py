"""`homeroom people born`, `age` and `attest`: what is known of somebody's age."""

import json
from collections.abc import Callable

from click.testing import Result

Ran = Callable[..., Result]
NAMES = ("--first-name", "Ana", "--last-name", "Reyes")


def test_a_birth_date_is_said_shown_and_forgotten_again(ran: Ran) -> None:
    made = ran("people", "create", "ana", *NAMES, "--born", "2014-05-17", "--json")
    assert made.exit_code == 0, made.output
    ana = json.loads(made.stdout)["person"]["id"]
    assert "2014-05-17" not in made.stdout + ran("people", "list").stdout
    assert "2014-05-17" in ran("people", "age", ana).stdout
    check = ran("consents", "check", ana, "--kind", "email", "--json")
    assert json.loads(check.stdout)["ageBand"] == "child"
    forgotten = json.loads(ran("people", "born", ana, "--json").stdout)
    assert forgotten == {"birthDate": None, "attestation": None}
    attested = ran("people", "attest", ana, "--evidence", "saw her card", "--json")
    assert json.loads(attested.stdout)["attestedBy"] is None
    told = json.loads(ran("people", "age", ana, "--json").stdout)
    assert told["attestation"]["evidence"] == "saw her card"
    refused = ran("people", "born", ana, "1066-10-14")
    assert refused.exit_code == 2
    assert "130 years" in refused.output
