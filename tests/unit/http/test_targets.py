"""URLs: read once, strictly, and never quoted."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.kernel.outbound_targets import read_target

READABLE = {
    "http://campus.example": ("http", "campus.example", 80, "/"),
    "HTTPS://Campus.Example./a%2Fb?c=d": ("https", "campus.example", 443, "/a%2Fb?c=d"),
    "https://campus.example:8443?x=/../": ("https", "campus.example", 8443, "/?x=/../"),
    "https://xn--kln-sna.example/": ("https", "xn--kln-sna.example", 443, "/"),
    "http://8.8.8.8/": ("http", "8.8.8.8", 80, "/"),
    "http://8.8.8.8./": ("http", "8.8.8.8", 80, "/"),
    "http://[2606:4700:0::1111]:80/": ("http", "2606:4700::1111", 80, "/"),
    "http://_dmarc.a-b.example/": ("http", "_dmarc.a-b.example", 80, "/"),
    "http://1e.1a/": ("http", "1e.1a", 80, "/"),
}

UNREADABLE = [
    *("", "http", "http:", "http://", "http:///path", "//campus.example/", "campus.example"),
    *("ftp://campus.example/", "file:///etc/passwd", "gopher://a.example/", "unix:///run/x"),
    *("http://a.example/#part", "http://a.example\\@b.example/", "http://a.example/\\b"),
    *("http://user@a.example/", "http://user:word@a.example/", "http://a.example@127.0.0.1/"),
    *("http://a.example:/", "http://a.example:0/", "http://a.example:65536/"),
    *("http://a.example:99999999/", "http://a.example:8o/", "http://a.example:80:80/"),
    *("http://a..example/", "http://.a.example/", "http://a.example../", "http://-a.example/"),
    *("http://a-.example/", f"http://{'a' * 64}.example/", f"http://{'a.' * 127}example/"),
    *("http://127.1/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/"),
    *("http://127.0.0.1.1/", "http://127.0.0.01/", "http://256.0.0.1/", "http://a.0x1/"),
    *("http://[::1/", "http://::1/", "http://[fe80::1%25eth0]/", "http://[127.0.0.1]/"),
    *("http://[v1.x]/", "http://[]/", "http://[::1]x/", "http://%31%32%37.0.0.1/"),
    *(
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://a.example/é",
        "http://\u24d4x.example/",
    ),
    *(
        "http://a.example/ b",
        " http://a.example/",
        "http://a.example/\r\nX: y",
        "http://a\t.example/",
    ),
    f"http://a.example/{'x' * 9000}",
]


class TestReadingAUrl:
    @pytest.mark.parametrize("url", READABLE)
    def test_a_plain_one_says_where_to_go(self, url: str) -> None:
        target = read_target(url)
        assert (target.scheme, target.host, target.port, target.path) == READABLE[url]

    @pytest.mark.parametrize("url", UNREADABLE)
    def test_a_doubtful_one_is_refused(self, url: str) -> None:
        with pytest.raises(UrlRefused):
            read_target(url)

    @given(
        st.text(max_size=60) | st.text("htps:/@[]%.0127xaf#?\\", max_size=40).map("http://".__add__)
    )
    def test_any_text_is_refused_or_reads_back_the_same(self, text: str) -> None:
        with suppress(UrlRefused):
            target = read_target(text)
            assert read_target(target.origin + target.path) == target

    @pytest.mark.parametrize("url", UNREADABLE)
    def test_a_refusal_never_quotes_it(self, url: str) -> None:
        with pytest.raises(UrlRefused) as refused:
            read_target(f"{url}&token=hush")
        assert "hush" not in refused.value.message

    def test_neither_its_text_nor_a_message_shows_the_path(self) -> None:
        assert "hush" not in repr(read_target("https://campus.example/hooks/hush?token=hush"))

    def test_the_origin_has_brackets_and_an_unusual_port(self) -> None:
        assert read_target("https://[2606::1]:8443/x").origin == "https://[2606::1]:8443"
