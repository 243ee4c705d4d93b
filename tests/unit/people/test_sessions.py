"""Sessions: each token goes on once, and a copy ends what it was copied from."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from homeroom.kernel.ids import InstitutionId, PersonId, new_id
from homeroom.people.errors import BadRefreshToken, RefreshTokenReused
from homeroom.people.model.sessions import LASTS, Device, EndedBy, RefreshSecret, Session
from homeroom.published.people import SessionBegan, SessionEnded
from homeroom_testing.clock import NOON


def begun(secret: RefreshSecret) -> Session:
    who, house = PersonId(new_id()), InstitutionId(new_id())
    return Session.begin(who, house, secret, device=Device(browser="Firefox"), at=NOON)


class TestSecrets:
    def test_its_text_reads_back(self) -> None:
        fresh = RefreshSecret.fresh()
        assert RefreshSecret.read(fresh.text) == fresh

    def test_neither_its_proof_nor_its_digest_shows_in_what_is_printed(self) -> None:
        fresh = RefreshSecret.fresh()
        printed = repr(fresh) + repr(begun(fresh))
        assert fresh.proof not in printed
        assert fresh.digest not in printed

    @given(st.text(max_size=80) | st.text(max_size=80).map("hrs_".__add__))
    def test_anything_else_is_refused_in_one_way(self, text: str) -> None:
        with pytest.raises(BadRefreshToken) as refused:
            RefreshSecret.read(text)
        assert refused.value.message == BadRefreshToken().message

    def test_one_that_differs_in_the_last_character_proves_nothing(self) -> None:
        secret = RefreshSecret.fresh()
        session, last = begun(secret), "A" if secret.proof[-1] != "A" else "B"
        forged = RefreshSecret(secret.token_id, secret.proof[:-1] + last)
        with pytest.raises(BadRefreshToken):
            session.go_on(forged, secret.digest, RefreshSecret.fresh(), at=NOON)
        assert session.ended_at is None
        assert session.token_id == secret.token_id


class TestEnds:
    def test_it_ends_once_and_keeps_the_first_reason(self) -> None:
        session = begun(RefreshSecret.fresh())
        session.end(EndedBy.SIGN_OUT, at=NOON)
        session.end(EndedBy.REUSE, at=NOON + timedelta(hours=1))
        assert (session.ended_at, session.ended_by) == (NOON, EndedBy.SIGN_OUT)
        assert [type(one) for one in session.release_events()] == [SessionBegan, SessionEnded]

    def test_one_that_nobody_refreshes_has_ended_to_the_instant(self) -> None:
        session = begun(RefreshSecret.fresh())
        assert not session.has_ended(at=NOON + LASTS - timedelta.resolution)
        assert session.has_ended(at=NOON + LASTS)


class SessionMachine(RuleBasedStateMachine):
    """An owner and a thief hold tokens of one session, and show them in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        first = RefreshSecret.fresh()
        self.session, self.issued = begun(first), [first]

    @property
    def lives(self) -> bool:
        return not self.session.has_ended(at=self.now)

    @rule(data=st.data())
    def show(self, data: st.DataObject) -> None:
        shown = data.draw(st.sampled_from(range(len(self.issued))))
        newest, lived = shown == len(self.issued) - 1, self.lives
        following = RefreshSecret.fresh()
        try:
            kept = self.issued[shown].digest
            self.session.go_on(self.issued[shown], kept, following, at=self.now)
        except RefreshTokenReused:
            assert (lived, newest) == (True, False)
            assert self.session.ended_by is EndedBy.REUSE
        except BadRefreshToken:
            assert not lived
        else:
            assert (lived, newest) == (True, True)
            self.issued.append(following)

    @rule(days=st.sampled_from([1, 29, 30, 31]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.lives)
    @rule(why=st.sampled_from(EndedBy))
    def end(self, why: EndedBy) -> None:
        self.session.end(why, at=self.now)
        assert not self.lives

    @invariant()
    def only_the_newest_counts(self) -> None:
        assert self.session.token_id == self.issued[-1].token_id
        assert self.session.digest == self.issued[-1].digest


TestSessionMachine = SessionMachine.TestCase
