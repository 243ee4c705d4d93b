"""The same exam in FastAPI and pydantic, written as their documentation shows it.

A token is looked up once in five seconds, a sitting is its person's alone, and its questions are
kept in memory as models. An answer is checked against the sitting and the question and kept in
SQLite by SQLAlchemy, in one transaction.

python delivery_twin.py serve DIRECTORY PORT
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asgi_driver
import delivery_sheet
import sqlalchemy as sa
import uvloop
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

TOKEN, ANA = "a-token-that-counts", UUID(int=2)
metadata = sa.MetaData()
sittings = sa.Table(
    "sittings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("person_id", sa.Uuid, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("ends_at", sa.DateTime, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
)
contents = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
)
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("sitting_id", sa.Uuid, sa.ForeignKey("sittings.id"), primary_key=True),
    sa.Column("question_id", sa.Uuid, sa.ForeignKey("questions.id"), primary_key=True),
    sa.Column("answer", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
)


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Choice(Shape):
    id: str
    text: str


class Question(Shape):
    objective_id: UUID
    id: UUID
    type: str
    text: str
    media_url: str | None
    premises: list[Choice]
    answers: list[Choice]


class Paper(Shape):
    test_id: UUID
    questions: list[Question]


class Given(Shape):
    answer: list[str] | str


class Kept(Shape):
    saved_at: datetime
    answered_count: int
    expires_at: datetime


bearer = HTTPBearer()


async def person(shown: Annotated[HTTPAuthorizationCredentials, Security(bearer)]) -> UUID:
    if shown.credentials != TOKEN:
        raise HTTPException(401)
    return ANA


Person = Annotated[UUID, Depends(person)]


def application(engine: AsyncEngine) -> FastAPI:
    app, paper = FastAPI(), Paper.model_validate(delivery_sheet.paper())
    owners = {delivery_sheet.TEST: ANA}

    @app.get("/api/v1/tests/{test_id}/questions", response_model=Paper)
    async def show(test_id: UUID, who: Person) -> Paper:
        if owners.get(test_id) != who:
            raise HTTPException(404)
        return paper

    @app.put("/api/v1/tests/{test_id}/answers/{question_id}", response_model=Kept)
    async def keep(test_id: UUID, question_id: UUID, given: Given, who: Person) -> Kept:
        async with engine.begin() as connection:
            return await kept(connection, test_id, question_id, given, who)

    return app


async def kept(
    connection: AsyncConnection, test_id: UUID, question_id: UUID, given: Given, who: UUID
) -> Kept:
    now = datetime.now(UTC).replace(tzinfo=None)
    its = sa.select(sittings).where(sittings.c.id == test_id, sittings.c.person_id == who)
    sitting = (await connection.execute(its)).one_or_none()
    content = (
        await connection.execute(sa.select(contents.c.content).where(contents.c.id == question_id))
    ).scalar_one_or_none()
    if sitting is None or content is None:
        raise HTTPException(404)
    if sitting.status != "active" or sitting.ends_at < now:
        raise HTTPException(409)
    said = [given.answer] if isinstance(given.answer, str) else given.answer
    if not {one["id"] for one in content["answers"]}.issuperset(said):
        raise HTTPException(400)
    row = {"sitting_id": test_id, "question_id": question_id, "answer": said, "at": now}
    new = insert(answers).values(row)
    keys = [answers.c.sitting_id, answers.c.question_id]
    changed = {"answer": new.excluded.answer, "at": new.excluded.at}
    await connection.execute(new.on_conflict_do_update(index_elements=keys, set_=changed))
    counted = sa.select(sa.func.count()).where(answers.c.sitting_id == test_id)
    count = (await connection.execute(counted)).scalar_one()
    of_this = sa.update(sittings).where(sittings.c.id == test_id)
    await connection.execute(of_this.values(answered=count))
    return Kept(saved_at=now, answered_count=count, expires_at=sitting.ends_at)


@asynccontextmanager
async def opened(directory: str) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{Path(directory) / 'twin.sqlite3'}"
    engine = create_async_engine(url)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _wal(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")

    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        ends = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=2)
        row = {"id": delivery_sheet.TEST, "person_id": ANA, "status": "active", "answered": 0}
        await connection.execute(sa.insert(sittings).values(ends_at=ends, **row))
        rows = [{"id": UUID(one["id"]), "content": one} for one in delivery_sheet.questions()]
        await connection.execute(sa.insert(contents), rows)
    yield engine
    await engine.dispose()


async def main(directory: str, port: int) -> None:
    async with opened(directory) as engine:
        told = {
            "path": delivery_sheet.PATH,
            "header": f"authorization: Bearer {TOKEN}",
            "answers": f"/api/v1/tests/{delivery_sheet.TEST}/answers",
            "questions": [
                [one["id"], one["answers"][0]["id"]] for one in delivery_sheet.questions()
            ],
        }
        print(json.dumps(told), flush=True)
        await asgi_driver.answering(application(engine), port)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[2], int(sys.argv[3])))
