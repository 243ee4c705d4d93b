"""Where somebody belongs: as assigned, else where they hold something, else where courses are."""

from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.ids import InstitutionId, NodeId, new_id
from homeroom.kernel.rights import Role
from homeroom.people.model.homes import KINDS, Home, home_of
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom.people.model.places import Place
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
ANA = Identity.given("ana", "Ana", "Reyes")


def place(kind: str, code: str, above: Place | None = None) -> Place:
    node = NodeId(new_id())
    lineage = (node, *(above.lineage if above else ()))
    return Place(id=node, institution_id=HOUSE, kind=kind, code=code, name=code, lineage=lineage)


MAIN = place("CAMPUS", "MAIN")
CCS, CBA = place("DEPARTMENT", "CCS", MAIN), place("DEPARTMENT", "CBA", MAIN)
BSIT, BSA = place("PROGRAM", "BSIT", CCS), place("PROGRAM", "BSA", CBA)
IT1, IT2, A1 = (
    place("COURSE", "IT1", BSIT),
    place("COURSE", "IT2", BSIT),
    place("COURSE", "A1", BSA),
)
EVERY = (MAIN, CCS, CBA, BSIT, BSA, IT1, IT2, A1)
KNOWN = {one.id: one for one in EVERY}


def somebody(*held: HeldRole) -> Person:
    ana = Person.begin(HOUSE, ANA, roles=frozenset(), at=NOON)
    ana.roles = frozenset(held)
    return ana


def codes(home: Home) -> list[str | None]:
    return [home.at[kind].code if kind in home.at else None for kind in KINDS]


def post(role: Role, at: Place, source: RoleSource = RoleSource.MANUAL) -> HeldRole:
    return HeldRole(role, source, at.id)


def test_most_courses_say_where_somebody_belongs() -> None:
    seats = [A1.id, IT1.id, IT2.id]
    assert codes(home_of(somebody(), seats, KNOWN)) == ["MAIN", "CCS", "BSIT"]


def test_what_somebody_heads_says_more_than_courses() -> None:
    home = home_of(somebody(post(Role.DEAN, CBA)), [IT1.id, IT2.id], KNOWN)
    assert codes(home) == ["MAIN", "CBA", None]
    assert home.source("DEPARTMENT") is RoleSource.AUTO


def test_what_was_assigned_says_most() -> None:
    held = somebody(post(Role.DEAN, CBA), post(Role.TEACHER, CCS))
    home = home_of(held, [A1.id], KNOWN)
    assert codes(home) == ["MAIN", "CCS", None]
    assert home.source("DEPARTMENT") is RoleSource.MANUAL
    assert home.source("PROGRAM") is RoleSource.AUTO


def test_a_program_brings_what_it_hangs_below() -> None:
    home = home_of(somebody(post(Role.TEACHER, BSA)), [IT1.id], KNOWN)
    assert codes(home) == ["MAIN", "CBA", "BSA"]
    assert home.assigned == {"PROGRAM"}


def test_what_was_found_out_was_assigned_by_nobody() -> None:
    home = home_of(somebody(post(Role.TEACHER, CCS, RoleSource.AUTO)), [], KNOWN)
    assert (codes(home), home.assigned) == (["MAIN", "CCS", None], frozenset())


def test_nobody_belongs_to_what_is_not_known() -> None:
    held = somebody(post(Role.TEACHER, CCS), HeldRole(Role.DEAN))
    assert codes(home_of(held, [IT1.id], {})) == [None, None, None]


posts = st.builds(
    post,
    st.sampled_from([Role.TEACHER, Role.DEAN, Role.CHAIRPERSON, Role.CAMPUS_HEAD]),
    st.sampled_from(EVERY[:5]),
    st.sampled_from(RoleSource),
)


@given(st.lists(posts, max_size=6), st.lists(st.sampled_from(EVERY[5:]), max_size=6))
def test_what_was_not_assigned_hangs_together(held: list[HeldRole], seats: list[Place]) -> None:
    home = home_of(somebody(*held), [one.id for one in seats], KNOWN)
    assert set(home.at) <= set(KINDS)
    assert all(home.at[kind].kind == kind for kind in home.at)
    if not home.assigned and home.at:
        narrowest = home.at[[kind for kind in KINDS if kind in home.at][-1]]
        assert {one.id for one in home.at.values()} <= set(narrowest.lineage)


@given(st.permutations([IT1, IT2, A1]))
def test_the_order_of_seats_says_nothing(seats: list[Place]) -> None:
    home = home_of(somebody(), [one.id for one in seats], KNOWN)
    assert codes(home) == ["MAIN", "CCS", "BSIT"]
