"""Webhooks and letters: which addresses, methods and headers are taken, mistakes all at once."""

from ipaddress import IPv4Network

import pytest

from homeroom.kernel.errors import Problem
from homeroom.kernel.outbound_addresses import AddressPolicy
from homeroom.scheduling.model.signatures import read_secret
from homeroom.scheduling.model.target_checks import STRICT, TargetGiven, check_target
from homeroom.scheduling.model.target_parts import TargetRules
from homeroom.scheduling.model.targets import NotifierKind, WebhookTarget

WEBHOOK = NotifierKind.WEBHOOK


def taken(given: TargetGiven, rules: TargetRules = STRICT) -> WebhookTarget:
    target, problems = check_target(WEBHOOK, given, rules=rules)
    assert problems == []
    assert isinstance(target, WebhookTarget)
    return target


def refused(given: TargetGiven, rules: TargetRules = STRICT) -> list[str]:
    """The fields that something is wrong with."""
    target, problems = check_target(WEBHOOK, given, rules=rules)
    assert target is None
    return fields(problems)


def fields(problems: list[Problem]) -> list[str]:
    return [problem.field for problem in problems]


def a_webhook(
    url: str = "https://hooks.example/in", rules: TargetRules = STRICT, **said: str
) -> WebhookTarget:
    return taken(TargetGiven(url=url, **said), rules)


class TestWebhookAddresses:
    def test_one_gets_a_secret_and_a_method_if_none_is_given(self) -> None:
        target = a_webhook("HTTPS://Hooks.example.:443/in?key=1")
        assert target.url == "https://hooks.example/in?key=1"
        assert (target.method, target.headers, len(target.secrets)) == ("POST", {}, 1)
        assert len(read_secret(target.secrets[0])) == 32
        assert a_webhook().secrets != a_webhook().secrets

    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://user@hooks.example/",
            "https://hooks.example:22/",
            "http://hooks.example/",
            "file:///etc/passwd",
            "https://hooks.example/" + "x" * 2_048,
            "",
        ],
    )
    def test_case_37_what_is_not_the_public_internet_is_refused(self, url: str) -> None:
        assert refused(TargetGiven(url=url)) == ["target.url"]

    def test_the_operator_may_allow_plain_http_a_network_and_ports(self) -> None:
        policy = AddressPolicy(allow=(IPv4Network("10.0.0.0/8"),), ports=frozenset({443, 8443}))
        rules = TargetRules(allow_http=True, addresses=policy)
        for url in (
            "http://10.1.2.3:9/",
            "https://hooks.example:8443/",
            "http://inside.example:9/",
        ):
            assert a_webhook(url, rules).url == url
        assert refused(TargetGiven(url="http://127.0.0.1/"), rules=rules)

    @pytest.mark.parametrize("method", ["POST", "put", "Patch"])
    def test_a_method_that_brings_something_is_taken(self, method: str) -> None:
        assert a_webhook(method=method).method == method.upper()

    @pytest.mark.parametrize("method", ["GET", "DELETE", "CONNECT", "HEAD", "POST ", "P\nOST"])
    def test_another_method_is_refused(self, method: str) -> None:
        given = TargetGiven(url="https://hooks.example/", method=method)
        assert refused(given) == ["target.method"]

    def test_case_3_everything_wrong_with_one_is_said_at_once(self) -> None:
        given = TargetGiven(
            url="http://10.0.0.1:22/",
            method="GET",
            headers={"Host": "x", "x-a": "b\r\nc"},
            secret="whsec_",
            subject="x",
        )
        assert refused(given) == [
            "target.subject",
            "target.url",
            "target.url",
            "target.headers",
            "target.headers.x-a",
            "target.method",
            "target.secret",
        ]


class TestWebhookHeaders:
    def told(self, headers: dict[str, str]) -> list[str]:
        given = TargetGiven(url="https://hooks.example/", headers=headers)
        return refused(given)

    def test_a_credential_and_headers_of_ones_own_are_sent(self) -> None:
        headers = {"X-Key": "k" * 1_024, "Authorization": "Bearer of news"}
        target = taken(TargetGiven(url="https://hooks.example/", headers=headers))
        assert target.headers == {"authorization": "Bearer of news", "x-key": "k" * 1_024}

    @pytest.mark.parametrize(
        "name",
        [
            *("host", "content-type", "content-length", "transfer-encoding", "connection"),
            *("cookie", "user-agent", "webhook-id", "webhook-signature", "proxy-authorization"),
            *("x", "x-", "x y", "x-\u00e9", "x-a:", "", "authorization\n"),
        ],
    )
    def test_another_header_is_refused_and_its_name_is_not_repeated(self, name: str) -> None:
        assert self.told({name: "v"}) == ["target.headers"]

    @pytest.mark.parametrize(
        "name", ["X-Forwarded-For", "x-real-ip", "x-trace-id", "X-HTTP-Method-Override"]
    )
    def test_a_header_that_speaks_for_us_or_for_the_method_is_refused(self, name: str) -> None:
        assert self.told({name: "v"}) == [f"target.headers.{name.lower()}"]

    @pytest.mark.parametrize("value", ["", " ", " a", "a ", "a\r\nb: c", "a\nb", "é", "a" * 1_025])
    def test_a_value_of_another_shape_is_refused(self, value: str) -> None:
        assert self.told({"x-a": value}) == ["target.headers.x-a"]

    def test_the_same_header_twice_is_refused(self) -> None:
        assert self.told({"x-a": "1", "X-A": "2"}) == ["target.headers.x-a"]

    def test_twenty_headers_are_taken_and_no_more(self) -> None:
        many = {f"x-{number}": "v" for number in range(20)}
        assert taken(TargetGiven(url="https://hooks.example/", headers=many))
        assert self.told(many | {"x-20": "v"}) == ["target.headers"]

    def test_a_credential_is_never_sent_in_the_clear(self) -> None:
        given = TargetGiven(url="http://hooks.example/", headers={"Authorization": "Basic x"})
        problems = refused(given, rules=TargetRules(allow_http=True))
        assert problems == ["target.headers.authorization"]


class TestEmailAddresses:
    def letter(self, *to: str, subject: str = "News") -> list[str]:
        return fields(check_target(NotifierKind.EMAIL, TargetGiven(to=to, subject=subject))[1])

    @pytest.mark.parametrize(
        "address",
        ["a@b.example", "first.last+tag@mail.school.example", "o'neil@xn--kln-sna.example"],
    )
    def test_a_bare_address_is_taken(self, address: str) -> None:
        assert self.letter(address) == []

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b",
            "a@b..example",
            "a@-b.example",
            ".a@b.example",
            "a..b@b.example",
            "A <a@b.example>",
            "a@b.example, c@b.example",
            "a@b.example\r\nBcc: c@b.example",
            "a@b.example\n",
            " a@b.example",
            "a b@b.example",
            '"a b"@b.example',
            "a@b@c.example",
            "a@[127.0.0.1]",
            "a@10.0.0.1",
            "é@b.example",
            "a@é.example",
            "a" * 65 + "@b.example",
            "a@" + "b." * 126 + "example",
        ],
    )
    def test_anything_more_or_less_is_refused(self, address: str) -> None:
        assert self.letter("ok@b.example", address) == ["target.to[1]"]

    def test_one_to_twenty_are_written_to_each_once(self) -> None:
        many = [f"a{number}@b.example" for number in range(20)]
        assert self.letter(*many) == []
        assert self.letter(*many, "one@more.example") == ["target.to"]
        assert self.letter() == ["target.to"]
        assert self.letter("a@b.example", "A@B.example") == ["target.to[1]"]

    @pytest.mark.parametrize("subject", ["N", "x" * 200, "{{task.name}} is done", "👩‍🏫 Ñandú"])
    def test_a_line_of_words_is_a_subject(self, subject: str) -> None:
        assert self.letter("a@b.example", subject=subject) == []

    @pytest.mark.parametrize(
        "subject", ["", " ", "x" * 201, "a\nBcc: b", "a\rb", "a\0", "a\u2028b", "\ud800"]
    )
    def test_nothing_else_is(self, subject: str) -> None:
        assert self.letter("a@b.example", subject=subject) == ["target.subject"]

    def test_an_unknown_variable_in_a_subject_is_refused(self) -> None:
        assert self.letter("a@b.example", subject="{{x}}") == ["target.subject"]
