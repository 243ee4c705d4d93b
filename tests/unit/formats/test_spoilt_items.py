"""Items of QTI that say anything at all: no more is told than that they cannot be kept."""

import io
import re
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.exams.ports.formats import Sheet, UnreadableFile
from homeroom_adapters.formats.qti import QTI_21, Qti
from homeroom_testing.exam_sheets import sheets
from homeroom_testing.zips import Member, members_of, zip_of

NOTATION = Qti(QTI_21, (".zip",))
ODD = ("", "1e30", "1e999999999", "-1", "NaN", "inf", "true", "RESPONSE", "0", "1 2 3")


def spoil(text: str, luck: Random) -> str:
    """*text*, with values, elements and names where they do not belong."""
    said = [*re.findall(r'"([^"]*)"', text), *ODD]
    one, other = luck.choices(re.findall(r"<(\w+)", text), k=2)
    match luck.randrange(4):
        case 0:
            odd = lambda found: f'"{luck.choice(said)}"' if luck.random() < 0.1 else found[0]  # noqa: E731
            return re.sub(r'"[^"]*"', odd, text)
        case 1:
            odd = lambda found: f">{luck.choice(said)}<" if luck.random() < 0.3 else found[0]  # noqa: E731
            return re.sub(r">[^<]+<", odd, text)
        case 2:
            return re.sub(rf"(</?){one}\b", rf"\g<1>{other}", text)
        case _:
            return re.sub(rf"(<{one}\b.*?</{one}>)", r"\1\1", text, count=1, flags=re.DOTALL)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sheet=sheets(NOTATION.holds), luck=st.randoms(use_true_random=False))
def test_whatever_an_item_says_what_is_kept_is_sound_and_can_be_written(
    sheet: Sheet, luck: Random
) -> None:
    members = members_of(b"".join(NOTATION.write([sheet])))
    for name, content in members.items():
        spoilt = {**members, name: spoil(content.decode(), luck).encode()}
        file = zip_of(Member.of(*one) for one in spoilt.items())
        try:
            found = list(NOTATION.read(io.BytesIO(file)))
        except UnreadableFile:
            continue
        for one in found:
            assert (one.sheet is None) == bool(one.problems)
            assert one.sheet is None or b"".join(NOTATION.write([one.sheet]))
