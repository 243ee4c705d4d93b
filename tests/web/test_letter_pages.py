"""The pages behind letters' links: looked at they spend nothing, sent they choose a password."""

from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest

from homeroom.kernel.ids import PersonId
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom_entrypoints.web import ticket_pages

pytestmark = pytest.mark.anyio

INVITATIONS = "/api/v1/admin/users/invitations"
PAGE, RESET = "/invitation", "/password-reset"
OWN, OTHER = "plums on a warm roof", "pears on a warm roof"
NOBODY = {"X-API-Key": ""}
ANA = {"email": "ana@school.edu", "firstName": "Ana", "lastName": "Reyes", "roles": ["TEACHER"]}


@attrs.define
class Reader(HTMLParser):
    """What a browser makes of a page: its form, its links, and what loads."""

    fields: dict[str, dict[str, str | None]] = attrs.field(factory=dict)
    loads: list[str] = attrs.field(factory=list)
    links: list[str] = attrs.field(factory=list)
    inline: list[str] = attrs.field(factory=list)
    method: str = ""
    words: str = ""
    _inside: str = ""

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said, self._inside = dict(attrs), tag
        if tag == "input":
            self.fields[said["name"] or ""] = said
        if tag == "form":
            self.method = said["method"] or ""
            assert "action" not in said, "it goes to where it is"
        if tag == "a":
            self.links.append(said["href"] or "")
        self.loads += [one for one in (said.get("src"), tag == "link" and said["href"]) if one]
        self.inline += [name for name in said if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)
        self.words += data


def read(answer: httpx.Response) -> Reader:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    reader = Reader()
    reader.feed(answer.text)
    return reader


async def send(house: Any, page: str, **filled: str) -> httpx.Response:
    answer: httpx.Response = await house.client.post(page, data=filled, headers=NOBODY)
    return answer


async def choose(house: Any, page: str, token: str, password: str = OWN) -> httpx.Response:
    return await send(house, page, token=token, password=password, again=password)


async def invited(house: Any) -> str:
    answer = await house.client.post(INVITATIONS, json=ANA)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def forgot(house: Any, *, ago: timedelta = timedelta(0)) -> str:
    """A token as the letter would have brought it to Ana, who has a password."""
    body = {**ANA, "username": "ana", "password": "a first password"}
    made = (await house.client.post("/api/v1/admin/users", json=body)).json()
    secret, at = TicketSecret.fresh(), house.homeroom.plant.ambient.clock.now() - ago
    async with house.homeroom.plant.storage.start() as unit:
        person = await unit.persons.get(PersonId(UUID(made["id"])), reach=None)
        await unit.tickets.save(Ticket.issue(TicketKind.RESET, person, secret, at=at))
        await unit.commit()
    return secret.text


async def sign_in(house: Any, password: str = OWN) -> int:
    body = {"username": "ana@school.edu", "password": password}
    answer = await house.client.post("/api/v1/auth/login", json=body, headers=NOBODY)
    status: int = answer.status_code
    return status


class TestLookingAt:
    @pytest.mark.parametrize("page", [PAGE, RESET])
    async def test_a_page_is_a_form_that_goes_to_where_it_is(self, house: Any, page: str) -> None:
        answer = await house.client.get(page, headers=NOBODY)
        form = read(answer)
        assert (answer.status_code, form.method) == (200, "post")
        assert list(form.fields) == ["token", "password", "again"]
        for name in ("password", "again"):
            field = form.fields[name]
            assert (field["type"], field["autocomplete"]) == ("password", "new-password")

    @pytest.mark.parametrize("page", [PAGE, RESET])
    async def test_nothing_of_it_leaves_and_nothing_foreign_comes(
        self, house: Any, page: str
    ) -> None:
        answer = await house.client.get(page, headers=NOBODY)
        policy = dict(
            one.strip().split(" ", 1)
            for one in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["base-uri"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert {policy[one] for one in ("script-src", "style-src", "form-action")} == {"'self'"}
        assert answer.headers.get_list("content-security-policy") == [ticket_pages.CSP]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        reader = read(answer)
        assert reader.inline == []
        assert all(one.startswith("/pages/") for one in reader.loads)
        for one in reader.loads:
            assert (await house.client.get(one)).status_code == 200, one

    async def test_scanners_spend_nothing(self, house: Any) -> None:
        token = await invited(house)
        for query in ("", f"?token={token}"):
            for _ in range(3):
                answer = await house.client.get(f"{PAGE}{query}", headers=NOBODY)
                assert answer.status_code == 200
                assert token not in answer.text
            await house.client.head(f"{PAGE}{query}", headers=NOBODY)
        assert (await choose(house, PAGE, token)).status_code == 200

    async def test_its_script_takes_the_token_out_of_the_address(self) -> None:
        script = (Path(ticket_pages.__file__).parent / "pages" / "ticket.js").read_text()
        assert "history.replaceState" in script
        assert "fetch" not in script


class TestChoosing:
    async def test_who_was_invited_chooses_a_password_and_is_told_where_to_go(
        self, house: Any
    ) -> None:
        answer = await choose(house, PAGE, await invited(house))
        assert answer.status_code == 200, answer.text
        page = read(answer)
        assert "ana@school.edu" in page.words
        assert page.links == []
        assert await sign_in(house) == 200

    async def test_who_forgot_theirs_chooses_another(self, house: Any) -> None:
        answer = await choose(house, RESET, await forgot(house))
        assert (answer.status_code, read(answer).fields) == (200, {})
        assert (await sign_in(house), await sign_in(house, "a first password")) == (200, 401)

    async def test_without_scripts_the_whole_link_says_it(self, house: Any) -> None:
        link = f" https://school.example/invitation#token={await invited(house)}\r\n"
        assert (await choose(house, PAGE, link)).status_code == 200

    async def test_a_link_that_counts_no_more_has_a_page_of_its_own(self, house: Any) -> None:
        token = await invited(house)
        assert (await choose(house, PAGE, token)).status_code == 200
        for page, one in ((PAGE, token), (RESET, token), (PAGE, "hr_ticket_x")):
            answer = await choose(house, page, one, OTHER)
            told = read(answer)
            assert (answer.status_code, told.fields) == (401, {}), one
            assert "does not count" in told.words
            way = "send you another" if page == PAGE else "you forgot your password"
            assert way in told.words
            assert answer.headers["www-authenticate"] == "Bearer"
        assert await sign_in(house, OTHER) == 401

    async def test_one_kind_of_link_is_not_another(self, house: Any) -> None:
        token = await forgot(house)
        assert (await choose(house, PAGE, token)).status_code == 401
        assert (await choose(house, RESET, token)).status_code == 200

    async def test_a_link_that_is_was_taken_back_counts_no_more(self, house: Any) -> None:
        token = await invited(house)
        [listed] = (await house.client.get(INVITATIONS)).json()["data"]
        await house.client.delete(f"{INVITATIONS}/{listed['id']}")
        assert (await choose(house, PAGE, token)).status_code == 401

    async def test_a_link_that_is_too_old_counts_no_more(self, house: Any) -> None:
        old = await forgot(house, ago=timedelta(hours=2))
        assert (await choose(house, RESET, old)).status_code == 401
        assert await sign_in(house) == 401

    @pytest.mark.parametrize(
        ("password", "again", "why"),
        [
            ("short", "short", "The password"),
            ("password1234", "password1234", "choose another"),
            (OWN, OTHER, "write the same twice"),
            ("ana@school.edu", "ana@school.edu", "name of theirs"),
            ("x" * 2_000, "x" * 2_000, "characters"),
        ],
        ids=["short", "known", "two ways", "name", "long"],
    )
    async def test_a_password_that_is_refused_costs_no_link(
        self, house: Any, password: str, again: str, why: str
    ) -> None:
        token = await invited(house)
        answer = await send(house, PAGE, token=token, password=password, again=again)
        page = read(answer)
        assert answer.status_code == 400
        assert why in page.words
        hidden = page.fields["token"]
        assert (hidden["type"], hidden["value"]) == ("hidden", token)
        assert password not in answer.text or password == "ana@school.edu"
        assert answer.headers["cache-control"] == "no-store"
        assert (await choose(house, PAGE, token)).status_code == 200

    async def test_what_is_written_back_is_no_markup(self, house: Any) -> None:
        strange = '"><script>alert(1)</script>'
        answer = await send(house, PAGE, token=strange, password=OWN, again=OTHER)
        assert answer.status_code == 400
        assert read(answer).fields["token"]["value"] == strange
        assert read(answer).inline == []

    @pytest.mark.parametrize(
        "body", [b"", b"\xff", b"token=a&token=b", b"&".join([b"a=1"] * 50), b"{}"], ids=repr
    )
    async def test_what_is_no_form_is_refused_on_a_page(self, house: Any, body: bytes) -> None:
        answer = await house.client.post(PAGE, content=body, headers=NOBODY)
        page = read(answer)
        assert (answer.status_code, list(page.fields)) == (400, ["token", "password", "again"])
        assert "The link is missing" in page.words

    async def test_a_form_that_is_too_large_is_refused_on_a_page(self, house: Any) -> None:
        answer = await choose(house, PAGE, "x" * 10_000_000)
        assert (answer.status_code, "too large" in read(answer).words) == (413, True)

    async def test_what_is_sent_is_in_no_log_and_no_number(
        self, house: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        token = await invited(house)
        await choose(house, PAGE, token, "short")
        await choose(house, PAGE, token)
        await choose(house, PAGE, token)
        told = (await house.client.get("/metrics")).text
        assert 'route="/invitation"' in told
        logged = caplog.text + "".join(capsys.readouterr()) + told
        assert token not in logged
        assert OWN not in logged


class TestRates:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "3"}

    async def test_who_asks_too_often_is_told_on_a_page(self, house: Any) -> None:
        statuses = [(await choose(house, PAGE, "x")).status_code for _ in range(3)]
        answer = await choose(house, PAGE, "x")
        assert (statuses, answer.status_code) == ([401] * 3, 429)
        assert int(answer.headers["retry-after"]) > 0
        assert "too often" in read(answer).words


class TestSignInUrl:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_PEOPLE__SIGN_IN_URL": "https://app.school.example/sign-in"}

    async def test_whoever_is_done_is_led_there(self, house: Any) -> None:
        page = read(await choose(house, PAGE, await invited(house)))
        assert page.links == ["https://app.school.example/sign-in"]


class TestBehindAPrefix:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_WEB__ROOT_PATH": "/school"}

    async def test_style_and_script_are_asked_for_behind_it(self, house: Any) -> None:
        loads = read(await house.client.get(PAGE, headers=NOBODY)).loads
        assert sorted(loads) == ["/school/pages/ticket.css", "/school/pages/ticket.js"]
