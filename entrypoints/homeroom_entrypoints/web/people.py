"""API keys over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import ApiKeyId
from homeroom.kernel.page import CursorRequest
from homeroom.people.model import rights
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.wire import IssuedKeyAnswer, KeyAnswer, KeysAnswer, NewKey


class KeyController(Controller):
    """Keys act for an institution until they are revoked or expire."""

    path = "/keys"
    tags = ("people",)

    @post(
        summary="Make a key; its secret is shown once",
        opt=asks(rights.ISSUE_KEY, rights.ISSUE_SUPER_ADMIN_KEY),
    )
    async def issue(
        self,
        data: JSONBody[NewKey],
        request: ApiRequest,
        homeroom: House,
    ) -> IssuedKeyAnswer:
        issued = await homeroom.people.issue_key(
            request.user, name=data.name, roles=frozenset(data.roles), expires_at=data.expires_at
        )
        return IssuedKeyAnswer.of(issued)

    @get(summary="Look through keys, newest first", opt=asks(rights.SEE_KEYS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> KeysAnswer:
        page = await homeroom.people.list_keys(
            request.user, CursorRequest(read_cursor(cursor), limit)
        )
        return KeysAnswer(
            data=[KeyAnswer.of(key) for key in page.items], next_cursor=write_cursor(page.next)
        )

    @delete(
        "/{key_id:uuid}",
        summary="Revoke a key, at once and for good",
        opt=asks(rights.REVOKE_KEY, rights.REVOKE_SUPER_ADMIN_KEY),
    )
    async def revoke(
        self,
        key_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        await homeroom.people.revoke_key(request.user, ApiKeyId(key_id))
        doorkeeper.forget_everyone()
