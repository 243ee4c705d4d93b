"""Nodes: the places of a school, each below the one that it belongs to."""

import enum
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, NodeId, new_id
from homeroom.published.roster import (
    NodeChanged,
    NodeCreated,
    NodeMoved,
    NodeReopened,
    NodeShut,
)
from homeroom.roster.errors import BadNode, NodeClosed, WrongPlace

_LONGEST_CODE, _LONGEST_NAME, _LONGEST_REFERENCE = 64, 200, 100


class NodeKind(enum.Enum):
    """What a place is, from the widest to the narrowest."""

    CAMPUS = "CAMPUS"
    SEMESTER = "SEMESTER"
    DEPARTMENT = "DEPARTMENT"
    PROGRAM = "PROGRAM"
    COURSE = "COURSE"
    SECTION = "SECTION"

    def fits_below(self, other: "NodeKind") -> bool:
        """Whether one of this kind may stand below one of the *other*; kinds may be skipped."""
        kinds = list(NodeKind)
        return kinds.index(self) > kinds.index(other)


@attrs.frozen(kw_only=True)
class Label:
    """What a place is called: its code among its neighbours, its name, and what it is in the
    learning platform, if it is there."""

    code: str
    name: str
    reference: str | None = None

    @classmethod
    def given(cls, code: str, name: str, reference: str | None = None) -> Self:
        """As somebody wrote it. Raises `BadNode` with all that is wrong."""
        said = cls(
            code=code.strip(), name=name.strip(), reference=(reference or "").strip() or None
        )
        if problems := list(said._wrong()):
            raise BadNode(problems=problems)
        return said

    def _wrong(self) -> Iterable[Problem]:
        limits = {"code": _LONGEST_CODE, "name": _LONGEST_NAME, "reference": _LONGEST_REFERENCE}
        for field, longest in limits.items():
            text = getattr(self, field)
            if text is not None and not (1 <= len(text) <= longest and text.isprintable()):
                yield Problem(field, f"must be 1 to {longest} printable characters")


@attrs.define(kw_only=True)
class Node(Aggregate):
    """A place in the tree of a school.

    What stands below a node is always of a narrower kind, and kinds never change: so nothing ever
    stands below itself.
    """

    id: NodeId
    institution_id: InstitutionId
    kind: NodeKind
    label: Label
    path: tuple[NodeId, ...]
    """From the root of its tree down to itself."""

    is_active: bool = True
    """Whether it is open, as far as it depends on itself."""

    created_at: datetime

    @classmethod
    def create(
        cls,
        institution_id: InstitutionId,
        kind: NodeKind,
        label: Label,
        *,
        below: "Lineage | None",
        at: datetime,
    ) -> Self:
        """A new place; without *below* a root. Raises `WrongPlace`, `NodeClosed`."""
        above = _expect_room(kind, institution_id, below)
        node_id = NodeId(new_id())
        node = cls(
            id=node_id,
            institution_id=institution_id,
            kind=kind,
            label=label,
            path=(*above, node_id),
            created_at=at,
        )
        node._tell(NodeCreated, at)
        return node

    @property
    def parent_id(self) -> NodeId | None:
        return self.path[-2] if len(self.path) > 1 else None

    def relabel(self, label: Label, *, at: datetime) -> None:
        if label != self.label:
            self.label = label
            self._tell(NodeChanged, at)

    def move(self, below: "Lineage | None", *, at: datetime) -> None:
        """It stands *below* another one from now on, or is a root. Raises `WrongPlace`,
        `NodeClosed`. What is below it comes along as soon as it is saved."""
        path = (*_expect_room(self.kind, self.institution_id, below), self.id)
        if path != self.path:
            self.path = path
            self._tell(NodeMoved, at)

    def close(self, *, at: datetime) -> None:
        if self.is_active:
            self.is_active = False
            self._tell(NodeShut, at)

    def reopen(self, *, at: datetime) -> None:
        if not self.is_active:
            self.is_active = True
            self._tell(NodeReopened, at)

    def _tell(self, fact: "type[_NodeFact]", at: datetime) -> None:
        self.record(fact(occurred_at=at, institution_id=self.institution_id, node_id=self.id))


_NodeFact = NodeCreated | NodeChanged | NodeMoved | NodeShut | NodeReopened


@attrs.frozen(kw_only=True)
class Lineage:
    """A node, and all that it stands below, the root first."""

    node: Node
    above: Sequence[Node] = ()

    @property
    def is_open(self) -> bool:
        return self.node.is_active and all(one.is_active for one in self.above)

    def expect_open(self) -> None:
        """Raises `NodeClosed`."""
        if not self.is_open:
            raise NodeClosed


def _expect_room(
    kind: NodeKind, institution_id: InstitutionId, below: Lineage | None
) -> tuple[NodeId, ...]:
    """The path to what it shall stand *below*. Raises `WrongPlace`, `NodeClosed`."""
    if below is None:
        return ()
    if below.node.institution_id != institution_id:
        raise WrongPlace(problems=[Problem("parentId", "belongs to another institution")])
    if not kind.fits_below(below.node.kind):
        wanted = f"a {kind.value} stands below no {below.node.kind.value}"
        raise WrongPlace(problems=[Problem("parentId", wanted)])
    below.expect_open()
    return below.node.path
