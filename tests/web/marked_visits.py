"""What happens in a marked house to those who come by other ways than with a password alone."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl, urlsplit

import attrs
from marked_house import API, AUTH, TASKS, USERS, MarkedHouse

from homeroom_adapters.memory.courier import MemoryCourier
from homeroom_testing.canaries import PERSONAL, Kind
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.liars import lying, say
from homeroom_testing.moodle import Member, Moodle
from homeroom_testing.openid import ANA, Provider, Told

NOBODY = {"X-API-Key": ""}
TOKENS = {"token": Kind.TOKEN, "refreshToken": Kind.TOKEN}
INVITATIONS = f"{USERS}/invitations"
ONE = "from homeroom_entrypoints.cli.main import main; main()"
SEVERAL = """
import json, sys
from click.testing import CliRunner
from homeroom_entrypoints.cli.main import main
for words in json.loads(sys.argv[1]):
    ran = CliRunner().invoke(main, words)
    print(json.dumps([ran.stdout, ran.stderr]))
"""
"""A program that gives commands one after another, and tells what each said."""

SAID, COMPLAINED = "what a command said", "what a command said of its troubles"
WORKER = "what a worker said"


@attrs.frozen
class Command:
    """What is asked of `homeroom`, and what it tells, once or of persons."""

    words: Sequence[str]
    tells: Mapping[str, Kind] = attrs.field(factory=dict[str, Kind])
    may: Collection[Kind | str] = ()


@attrs.define
class Visits:
    """A marked house, and the other houses that its people sign in with."""

    house: MarkedHouse
    provider: Provider
    moodle: Moodle
    child: str = ""
    """Somebody's id."""

    async def happen(self) -> None:
        """All of it, once."""
        await self._people_are_invited()
        await self._browsers_come()
        await self._google_is_asked()
        await self._moodle_is_asked()
        await self._ages_are_asked_for()
        await self._commands_are_given()
        await self._a_worker_sends()

    async def _people_are_invited(self) -> None:
        house, mark = self.house, self.house.canaries
        email, own = mark.email("an invited"), mark.password("an invited's")
        who = {"firstName": mark.name("an invited first"), "lastName": mark.name("an invited last")}
        body = {**who, "email": email, "roles": ["TEACHER"]}
        accept, forgot = f"{AUTH}/invitations/accept", f"{AUTH}/password/forgot"
        async with house.working():
            made = await house.ask("POST", INVITATIONS, json=body)
            first = await self._letter(1)
            await house.ask("POST", f"{INVITATIONS}/{made['invitation']['id']}/send")
            second = await self._letter(2)
            await house.ask("GET", INVITATIONS)
            for token in (first, [second], second * 9, second, second):
                said = {"token": token, "password": own}
                await house.ask("POST", accept, json=said, headers=NOBODY)
            await house.ask("POST", forgot, json={"username": email}, headers=NOBODY)
            third = await self._letter(3)
        reset = f"{AUTH}/password/reset"
        for password in (own[:4], f"{own}!", own):
            said = {"token": third, "newPassword": password}
            await house.ask("POST", reset, json=said, headers=NOBODY)
        await house.ask("GET", f"{reset}?token={third}", headers=NOBODY)

    async def _letter(self, number: int) -> str:
        """The ticket in the letter with this *number*, once it came."""
        courier = self.house.homeroom.plant.courier
        assert isinstance(courier, MemoryCourier)
        async with asyncio.timeout(20):
            while len(courier.letters) < number:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
        ticket = courier.letters[number - 1].text.partition("#token=")[2].split()[0]
        return self.house.canaries.take_up(Kind.TICKET, "a letter's", ticket)

    async def _browsers_come(self) -> None:
        house, mark = self.house, self.house.canaries
        name, password = mark.name("a browser's user name"), mark.password("a browser's")
        who = {"firstName": mark.name("a browser's first"), "lastName": mark.name("another")}
        body = {**who, "username": name, "password": password}
        await house.ask("POST", USERS, json=body)
        login = {"username": name, "password": password, "cookies": True}
        told = await house.ask(
            "POST", f"{AUTH}/login", json=login, headers=NOBODY, tells={"csrfToken": Kind.CSRF}
        )
        cookies = "; ".join(f"{one}={value}" for one, value in house.laid.items())
        here = {**NOBODY, "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
        for headers in (here, {**here, "X-CSRF-Token": told["csrfToken"] + "x"}):
            await house.ask("POST", f"{AUTH}/password", json={}, headers=headers)
        ours = {**here, "X-CSRF-Token": told["csrfToken"]}
        await house.ask("GET", f"{AUTH}/me", headers=ours)
        tells = {"csrfToken": Kind.CSRF}
        await house.ask("GET", f"{AUTH}/csrf-token", headers=ours, tells=tells)
        await house.ask("POST", f"{AUTH}/refresh", headers=ours, tells=tells)
        await house.ask("POST", f"{AUTH}/logout", headers=ours)

    async def _google_is_asked(self) -> None:
        house, mark, provider = self.house, self.house.canaries, self.provider

        def forge(told: Told) -> str:
            return mark.take_up(Kind.TOKEN, "an ID", told.honest)

        provider.forge = forge
        first, last = mark.name("Google's first"), mark.name("Google's last")
        email = mark.take_up(Kind.EMAIL, "Google's", f"{mark.name('its own').lower()}@school.edu")
        provider.account = attrs.evolve(ANA, email=email, given_name=first, family_name=last)
        for fails in (False, True):
            await house.ask("GET", f"{AUTH}/google", headers=NOBODY)
            ticket = "; ".join(f"{one}={value}" for one, value in house.laid.items())
            asked = dict(parse_qsl(urlsplit(house.sent_to).query))
            given = provider.consent(house.sent_to, provider.account)
            code = mark.take_up(Kind.CODE, "Google's", given)
            brought = {"code": code, "state": asked["state"]}
            headers = {**NOBODY, "Cookie": ticket}
            if fails:
                provider.saying = {"/token": say(500, body=code.encode())}
            tells = {} if fails else TOKENS
            for shown in (tells, {}):
                path = f"{AUTH}/google/callback"
                await house.ask("GET", path, params=brought, headers=headers, tells=shown)
        for one in provider.received:
            for verifier in parse_qs(one.body.decode()).get("code_verifier", ()):
                mark.take_up(Kind.CODE, "a verifier, a", verifier)

    async def _moodle_is_asked(self) -> None:
        house, mark, moodle = self.house, self.house.canaries, self.moodle
        name = mark.name("a member's user name").lower()
        member = Member(
            name=name,
            password=mark.password("a member's"),
            first_name=mark.name("a member's first"),
            last_name=mark.name("a member's last"),
            email=mark.email("a member's"),
            roles={2: "student"},
        )
        mark.take_up(Kind.TOKEN, "the Moodle's", moodle.enrol(member).token)
        login = {"username": name, "password": member.password}
        await house.ask("POST", f"{AUTH}/login", json=login, headers=NOBODY, tells=TOKENS)
        wrong = {**login, "password": mark.password("a member's wrong")}
        await house.ask("POST", f"{AUTH}/login", json=wrong, headers=NOBODY)
        moodle.say(then=500)
        await house.ask("POST", f"{AUTH}/login", json=login, headers=NOBODY)

    async def _ages_are_asked_for(self) -> None:
        house = self.house
        listed = await house.ask("GET", USERS)
        self.child = listed["data"][0]["id"]
        path = f"{USERS}/{self.child}/consents/check"
        born = house.canaries.birth_date("a child's")
        for said in (born, f"{born}T", [born]):
            await house.ask("POST", path, json={"kind": "parental", "birthDate": said})

    async def _commands_are_given(self) -> None:
        mark = self.house.canaries
        who = ["--first-name", mark.name("a command's"), "--last-name", mark.name("a command's")]
        name, email = mark.name("a command's user name"), mark.email("a command's")
        create, invite = ["people", "create", name, *who], ["people", "invite", email, *who]
        check = ["consents", "check", self.child, "--kind", "parental"]
        await self.commands(
            Command([*create, "--json"], tells={"password": Kind.PASSWORD}, may=PERSONAL),
            Command([*invite, "--json"], tells={"token": Kind.TICKET}, may=PERSONAL),
            Command(["keys", "create", "desk", "--json"], tells={"secret": Kind.KEY}),
            Command(["people", "list"], may=PERSONAL),
            Command([*check, "--born", mark.birth_date("a command's")]),
            *map(Command, (["keys", "list"], ["jobs", "list"], ["audit", "list"], ["doctor"])),
        )

    async def commands(self, *given: "Command") -> None:
        """Hold what each of them said, of which some is secret, and shown once."""
        process = await self._start(SEVERAL, json.dumps([one.words for one in given]))
        lines, troubles = await asyncio.wait_for(process.communicate(), 100)
        self.house.seen.hold(COMPLAINED, troubles)
        told = [json.loads(line) for line in lines.splitlines()]
        for one, (said, complained) in zip(given, told, strict=True):
            shown = [
                self.house.canaries.take_up(kind, f"a command's {name}", json.loads(said)[name])
                for name, kind in one.tells.items()
            ]
            self.house.seen.hold(SAID, said, may=[*one.may, *shown])
            self.house.seen.hold(COMPLAINED, complained)

    async def _start(self, program: str, *words: str) -> asyncio.subprocess.Process:
        ours = {
            **FAST_VARIABLES,
            "HOMEROOM_DATA_DIR": str(self.house.file.parent),
            "HOMEROOM_LOG__LEVEL": "debug",
            "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
            "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true",
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, *words),
            env={**os.environ, **ours},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _a_worker_sends(self) -> None:
        """A worker of its own sends what is secret to somebody who is rude about it."""
        house, mark = self.house, self.house.canaries
        header = mark.secret("a worker's header's")
        echo = say(500, {"X-Back": header}, body=header.encode())
        async with lying({}, otherwise=echo) as liar:
            url = mark.address("a worker's", liar.url("").rstrip("/"))
            target = {"url": url, "headers": {"x-token": header}}
            body = {"name": "Bell", "schedule": "0 0 1 1 *", "notifier": "webhook", "maxRetry": 0}
            made = await house.ask("POST", TASKS, json={**body, "payload": {}, "target": target})
            run = await house.ask("POST", f"{TASKS}/{made['id']}/run")
            process = await self._start(ONE, "worker")
            try:
                async with asyncio.timeout(60):
                    while run["status"] not in {"SUCCESS", "FAILED"}:
                        await asyncio.sleep(0.1)
                        run = await house.ask("GET", f"{API}/executions/{run['id']}")
            finally:
                process.send_signal(signal.SIGTERM)
                said = await asyncio.wait_for(process.communicate(), 30)
        for text in said:
            house.seen.hold(WORKER, text)
