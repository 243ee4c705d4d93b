"""Where a browser goes after it signed in elsewhere: a path of this house, however it is read."""

import pytest

from homeroom.kernel.errors import Invalid
from homeroom.people.model.openid import Errand, checked_path
from homeroom_testing.clock import NOON


class TestPaths:
    @pytest.mark.parametrize(
        "path", ["/", "/courses", "/a/b/", "/a?next=/b#c", "/a#b", "/?x=https://a.example", "/~a@b"]
    )
    def test_of_this_house_are_taken(self, path: str) -> None:
        assert checked_path(path) == path

    @pytest.mark.parametrize(
        "path",
        [
            *("", "courses", "?a", "#a", ".", "//", "//attacker.example", "///attacker.example"),
            *("/\\attacker.example", "\\\\attacker.example", "/a//b", "/..//attacker.example"),
            *("https://attacker.example", "https:attacker.example", "javascript:alert(1)"),
            *("/\t/attacker.example", "/\n/attacker.example", "\t//attacker.example", " /a"),
            *("/%2fattacker.example", "/%5cattacker.example", "/a\r\nSet-Cookie: a=b", "/a?\\"),
            *("/\u2215attacker.example", "/\uff0fattacker.example", "/a\ud800", "/a?b c"),
            f"/{'a' * 512}",
        ],
    )
    def test_that_lead_elsewhere_are_refused(self, path: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_path(path)
        assert [one.field for one in refused.value.problems] == ["returnTo"]
        if path:
            with pytest.raises(Invalid):
                Errand.begin("ticket", return_to=path, at=NOON)
