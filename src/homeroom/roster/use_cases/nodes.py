"""Administrators build the tree of their school; whoever heads a part of it looks at that part."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor, may
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import NodeId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right
from homeroom.roster.errors import NodeNotFound
from homeroom.roster.model import rights
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom.roster.ports.queries import NodeFilter, RosterQueries
from homeroom.roster.ports.repositories import RosterUnit, StartRosterUnit


@attrs.frozen
class CreateNode:
    """An administrator puts a place into the tree: a root, or below another one."""

    right: ClassVar[Right] = rights.CREATE_NODE
    start: StartRosterUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, kind: NodeKind, label: Label, *, parent_id: NodeId | None = None
    ) -> Lineage:
        """Raises `NodeNotFound` for the parent, `WrongPlace`, `NodeClosed`, `NodeExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            below = None
            if parent_id is not None:
                below = await unit.nodes.get(parent_id, reach=actor.institution_id)
            node = Node.create(actor.institution_id, kind, label, below=below, at=now)
            await unit.nodes.save(node)
            await unit.audit.note(entry_of(actor, self.right, about_node(node), at=now, after=node))
            await unit.commit()
        return _under(below, node)


@attrs.frozen
class RelabelNode:
    """An administrator calls a place otherwise. What is not said stays as it is."""

    right: ClassVar[Right] = rights.CHANGE_NODE
    start: StartRosterUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        node_id: NodeId,
        *,
        code: str | None = None,
        name: str | None = None,
        reference: str | None = None,
    ) -> Lineage:
        """An empty *reference* takes it away. Raises `NodeNotFound`, `BadNode`, `NodeExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            found = await unit.nodes.get(node_id, reach=actor.reach)
            before, was = attrs.evolve(found.node), found.node.label
            label = Label.given(
                was.code if code is None else code,
                was.name if name is None else name,
                was.reference if reference is None else reference,
            )
            found.node.relabel(label, at=now)
            await _keep(unit, actor, before, found.node, now)
        return found


@attrs.frozen
class MoveNode:
    """An administrator puts a place, with all that is below it, below another one."""

    right: ClassVar[Right] = rights.CHANGE_NODE
    start: StartRosterUnit
    clock: Clock

    async def __call__(self, actor: Actor, node_id: NodeId, parent_id: NodeId | None) -> Lineage:
        """Without a parent it becomes a root. Raises `NodeNotFound` for either, `WrongPlace`,
        `NodeClosed`, `NodeExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            node = (await unit.nodes.get(node_id, reach=actor.reach)).node
            below = None
            if parent_id is not None:
                below = await unit.nodes.get(parent_id, reach=node.institution_id)
            before = attrs.evolve(node)
            node.move(below, at=now)
            await _keep(unit, actor, before, node, now)
        return _under(below, node)


@attrs.frozen
class CloseNode:
    """An administrator closes a place: nothing and nobody new comes there, or below it."""

    right: ClassVar[Right] = rights.CHANGE_NODE
    start: StartRosterUnit
    clock: Clock

    async def __call__(self, actor: Actor, node_id: NodeId) -> Lineage:
        """Raises `NodeNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            found = await unit.nodes.get(node_id, reach=actor.reach)
            before = attrs.evolve(found.node)
            found.node.close(at=now)
            await _keep(unit, actor, before, found.node, now)
        return found


@attrs.frozen
class ReopenNode:
    """An administrator opens a place again. What was closed below it by itself stays so."""

    right: ClassVar[Right] = rights.CHANGE_NODE
    start: StartRosterUnit
    clock: Clock

    async def __call__(self, actor: Actor, node_id: NodeId) -> Lineage:
        """Raises `NodeNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            found = await unit.nodes.get(node_id, reach=actor.reach)
            before = attrs.evolve(found.node)
            found.node.reopen(at=now)
            await _keep(unit, actor, before, found.node, now)
        return found


@attrs.frozen
class FindNodes:
    """Somebody looks through the tree, newest first: all of it, or what they head."""

    right: ClassVar[Right] = rights.SEE_NODES
    queries: RosterQueries

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        parent_id: NodeId | None = None,
        kind: NodeKind | None = None,
        text: str = "",
        is_active: bool | None = None,
    ) -> CursorPage[Node]:
        actor.require(self.right, at=actor.nodes)
        wanted = NodeFilter(
            reach=actor.reach,
            within=headed_by(actor, self.right),
            parent=parent_id,
            kind=kind,
            text=text,
            is_active=is_active,
        )
        return await self.queries.nodes(wanted, page)


@attrs.frozen
class GetNode:
    """Somebody looks at one place, and at what it stands below."""

    right: ClassVar[Right] = rights.SEE_NODES
    queries: RosterQueries

    async def __call__(self, actor: Actor, node_id: NodeId) -> Lineage:
        """Raises `NodeNotFound`, also for what the actor does not head."""
        actor.require(self.right, at=actor.nodes)
        found = await self.queries.lineage(node_id, reach=actor.reach)
        expect_headed(actor, self.right, found)
        return found


def headed_by(actor: Actor, right: Right) -> frozenset[NodeId] | None:
    """Where alone *actor* has *right*, by what they are there; None is everywhere in reach."""
    if may(actor, right):
        return None
    return frozenset(post.at for post in actor.posts if post.role in right.roles)


def expect_headed(actor: Actor, right: Right, place: Lineage) -> None:
    """Raises `NodeNotFound` for a place of which the actor may not know that it is there."""
    tops = headed_by(actor, right)
    if tops is not None and tops.isdisjoint(place.node.path):
        raise NodeNotFound


def about_node(node: Node) -> Subject:
    return Subject(kind="node", id=node.id, institution_id=node.institution_id)


async def _keep(unit: RosterUnit, actor: Actor, before: Node, node: Node, now: datetime) -> None:
    """Save and note what changed; what did not is neither saved nor noted."""
    if node == before:
        return
    await unit.nodes.save(node)
    done = entry_of(actor, rights.CHANGE_NODE, about_node(node), at=now, before=before, after=node)
    await unit.audit.note(done)
    await unit.commit()


def _under(below: Lineage | None, node: Node) -> Lineage:
    return Lineage(node=node, above=() if below is None else (*below.above, below.node))
