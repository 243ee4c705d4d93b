"""`homeroom keys`: who may use the API; `homeroom secrets`: what a house keeps secrets with."""

import uuid
from datetime import UTC, datetime

import click

from homeroom.kernel.ids import ApiKeyId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import ALSO_CALLED, Role
from homeroom.people.model.keys import ApiKey
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.wire import IssuedKeyAnswer, KeyAnswer, KeysAnswer

_ROLES = click.Choice([*(role.value for role in Role), *ALSO_CALLED], case_sensitive=False)


@click.group(help="Make, list and revoke API keys.")
def keys() -> None: ...


@keys.command(help="Make a key; its secret is shown once.")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=_ROLES, default=("ADMIN",), show_default=True)
@click.option("--expires-at", type=click.DateTime(), help="In UTC.")
@as_json
@with_homeroom
async def create(
    homeroom: Homeroom,
    name: str,
    roles: tuple[str, ...],
    expires_at: datetime | None,
    as_json: bool,
) -> None:
    issued = await homeroom.people.issue_key(
        await operator(homeroom),
        name=name,
        roles=frozenset(map(Role, roles)),
        expires_at=None if expires_at is None else expires_at.replace(tzinfo=UTC),
    )
    rows = [{**_row(issued.key), "secret": issued.secret.text}]
    show_answer(IssuedKeyAnswer.of(issued), rows, as_json=as_json)


@keys.command("list", help="List keys, newest first.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(homeroom: Homeroom, limit: int, cursor: str | None, as_json: bool) -> None:
    request = CursorRequest(read_cursor(cursor), limit)
    page = await homeroom.people.list_keys(await operator(homeroom), request)
    found = [KeyAnswer.of(key) for key in page.items]
    answer = KeysAnswer(data=found, next_cursor=write_cursor(page.next))
    show_answer(answer, [_row(key) for key in page.items], as_json=as_json, empty="No keys yet.")


@keys.command(help="Revoke a key, at once and for good.")
@click.argument("key_id", type=click.UUID)
@with_homeroom
async def revoke(homeroom: Homeroom, key_id: uuid.UUID) -> None:
    await homeroom.people.revoke_key(await operator(homeroom), ApiKeyId(key_id))
    click.echo("Revoked.")


def _row(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "roles": ", ".join(sorted(role.value for role in key.roles)),
        "ends with": key.hint,
        "created": key.created_at,
        "expires": key.expires_at,
        "revoked": key.revoked_at,
    }
