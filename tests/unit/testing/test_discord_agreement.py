"""Two readings of Discord's rules: whatever scheduling saves, the Discord of tests takes."""

import json
from collections.abc import Sequence

from hypothesis import event, given, settings
from hypothesis import strategies as st

from homeroom.scheduling.model.discord import check_message, message_body
from homeroom.scheduling.model.payloads import Json
from homeroom_testing.discord_rules import Refused, check


def either(odd: bool, good: Sequence[Json], bad: Sequence[Json]) -> st.SearchStrategy[Json]:
    return st.sampled_from([*good, *(bad if odd else ())])


def texts(odd: bool, most: int) -> st.SearchStrategy[Json]:
    """Texts about as long as one may be, and small ones; odd ones are longer, or no texts."""
    lengths = [1, 2, most // 2, most // 2 + 1, most]
    near: st.SearchStrategy[Json] = st.builds(
        lambda letter, length, space: space + letter * length + space,
        st.sampled_from(["a", "é", "學", "😀", " "] if odd else ["a", "é", "學"]),
        st.sampled_from([*lengths, 0, most + 1] if odd else lengths),
        st.sampled_from(["", " ", "\n"]),
    )
    return st.one_of(near, st.sampled_from([None, 5, True, ["x"]])) if odd else near


def some(**parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=parts).map(dict)


def whole(**parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(parts).map(dict)


def lists(odd: bool, item: st.SearchStrategy[Json], most: int) -> st.SearchStrategy[Json]:
    """One, or about as many as there may be, all alike."""
    counts = st.sampled_from([0, 1, 2, most, *([most + 1] if odd else [])])
    return st.builds(lambda one, count: [one] * count, item, counts)


def embeds(odd: bool) -> st.SearchStrategy[Json]:
    part = some if odd else whole
    urls = either(odd, ["https://school.example/a.png"], ["ftp://a.example", "school", None])
    fields = part(
        name=texts(odd, 256), value=texts(odd, 1024), inline=either(odd, [True, False], ["yes"])
    )
    return some(
        title=texts(odd, 256),
        description=texts(odd, 4096),
        url=urls,
        color=either(odd, [0, 16_777_215], [16_777_216, -1, "red"]),
        timestamp=either(odd, ["2026-03-02T12:00:00Z"], ["soon", 5]),
        footer=part(text=texts(odd, 2048), icon_url=urls),
        author=part(name=texts(odd, 256), url=urls),
        image=whole(url=urls),
        fields=lists(odd, fields, 25),
    )


def one_odd(good: Json, odd: Json, pick: int) -> Json:
    """*good*, but for one part of it."""
    assert isinstance(good, dict)
    assert isinstance(odd, dict)
    names = sorted(odd)[pick % len(odd) :][:1] if odd else []
    return {**good, **{name: odd[name] for name in names}}


def nearly(good: st.SearchStrategy[Json], odd: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.one_of(good, odd, st.builds(one_odd, good, odd, st.integers(0, 99)))


def messages(odd: bool) -> st.SearchStrategy[Json]:
    people = either(odd, [["123456789012345678"]], [["ada"], [5]])
    one = nearly(embeds(False), embeds(odd)) if odd else embeds(odd)
    return some(
        content=texts(odd, 2000),
        username=either(odd, ["Ada", "n" * 80], ["n" * 81, "Clyde", "a Discord", "here", "", 5]),
        tts=either(odd, [True], ["no"]),
        flags=either(odd, [0, 4, 4096, 4100], [1, 1 << 15]),
        embeds=st.one_of(st.lists(one, max_size=2).map(list), lists(odd, one, 10)),
        allowed_mentions=st.one_of(
            some(parse=either(odd, [["everyone"], []], [["cats"]]), users=people),
            either(odd, [{"parse": ["users"]}], [{"parse": ["users"], "users": ["1" * 18]}]),
        ),
    )


MESSAGES = nearly(messages(odd=False), messages(odd=True))


def taken(text: str) -> bool:
    try:
        check(json.loads(text), with_components=False)
    except Refused:
        return False
    return True


class TestTheTwoReadings:
    @settings(max_examples=500, deadline=None)
    @given(message=MESSAGES)
    def test_agree_on_whatever_is_saved(self, message: dict[str, Json]) -> None:
        accepted = not check_message(message)
        event("accepted" if accepted else "refused")
        if accepted:
            assert taken(message_body(message))

    @settings(max_examples=500, deadline=None)
    @given(message=MESSAGES)
    def test_agree_on_whatever_is_refused(self, message: dict[str, Json]) -> None:
        if not taken(json.dumps(message)):
            assert check_message(message)
