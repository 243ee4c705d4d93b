"""`homeroom exams vendors`: who sets exams."""

import uuid

import click

from homeroom.exams.model.catalogue import Vendor
from homeroom.kernel.ids import VendorId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.running import as_json, cursor, operator, show_answer, with_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.catalogue_wire import VendorAnswer, VendorsAnswer
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor

_vendor = click.argument("vendor_id", metavar="VENDOR", type=click.UUID)


@click.group(help="Keep the vendors, whose exams these are.")
def vendors() -> None: ...


@vendors.command("list", help="List vendors, newest first.")
@click.option("--search", default="", help="Somewhere in a name.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@cursor
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom, search: str, limit: int, cursor: str | None, as_json: bool
) -> None:
    page = CursorRequest(read_cursor(cursor), limit)
    found = await homeroom.exams.find_vendors(await operator(homeroom), page, text=search)
    rows = [VendorAnswer.of(one) for one in found.items]
    answer = VendorsAnswer(data=rows, next_cursor=write_cursor(found.next))
    shown = [_row(one) for one in found.items]
    show_answer(answer, shown, as_json=as_json, empty="There are no such vendors.")


@vendors.command(help="Take up a vendor; its name is its alone.")
@click.argument("name")
@click.option("--website", default="", help="An https address.")
@as_json
@with_homeroom
async def begin(homeroom: Homeroom, name: str, website: str, as_json: bool) -> None:
    _show(await homeroom.exams.begin_vendor(await operator(homeroom), name, website), as_json)


@vendors.command(help="Call a vendor otherwise; what is not said stays as it is.")
@_vendor
@click.option("--name")
@click.option("--website", help="An https address.")
@as_json
@with_homeroom
async def rename(
    homeroom: Homeroom,
    vendor_id: uuid.UUID,
    name: str | None,
    website: str | None,
    as_json: bool,
) -> None:
    rename, actor = homeroom.exams.rename_vendor, await operator(homeroom)
    _show(await rename(actor, VendorId(vendor_id), name=name, website=website), as_json)


@vendors.command(help="Take away a vendor that has no exams.")
@_vendor
@with_homeroom
async def remove(homeroom: Homeroom, vendor_id: uuid.UUID) -> None:
    await homeroom.exams.remove_vendor(await operator(homeroom), VendorId(vendor_id))
    click.echo("Removed.")


def _show(vendor: Vendor, as_json: bool) -> None:
    show_answer(VendorAnswer.of(vendor), [_row(vendor)], as_json=as_json)


def _row(vendor: Vendor) -> dict[str, object]:
    return {"id": vendor.id, "name": vendor.name, "website": vendor.website or None}
