"""What the exams' own rooms look up often: how often questions were put, and who is flagged."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_KINDS = {
    "hidden": "hidden",
    "blurred": "blurred",
    "fullscreen_left": "fullscreenLeft",
    "copied": "copied",
    "pasted": "pasted",
    "printed": "printed",
    "devtools": "devtools",
    "offline": "offline",
}


def upgrade() -> None:
    _create_exposures()
    _create_counts()
    _count_what_is_there()


def downgrade() -> None:
    op.drop_table("sitting_event_counts")
    op.drop_table("question_exposures")
    op.drop_table("exam_exposures")


def _create_exposures() -> None:
    op.create_table(
        "exam_exposures",
        sa.Column("exam_id", sa.Uuid, primary_key=True),
        sa.Column("tests", sa.Integer, nullable=False),
    )
    op.create_table(
        "question_exposures",
        sa.Column("exam_id", sa.Uuid, primary_key=True),
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
    )


def _create_counts() -> None:
    op.create_table(
        "sitting_event_counts",
        sa.Column("sitting_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _KINDS),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["sittings.id"],
            name="fk_sitting_event_counts_sitting",
            ondelete="CASCADE",
        ),
    )
    rows = sa.text("events > 2")
    for name, first in (("house", "institution_id"), ("exam", "exam_id")):
        op.create_index(
            f"ix_sitting_event_counts_{name}",
            "sitting_event_counts",
            [first, "sitting_id"],
            sqlite_where=rows,
            postgresql_where=rows,
        )


def _count_what_is_there() -> None:
    op.execute(
        "INSERT INTO exam_exposures (exam_id, tests)"
        " SELECT exam_id, count(*) FROM exam_adaptive_sittings GROUP BY exam_id"
    )
    op.execute(
        "INSERT INTO question_exposures (exam_id, question_id, times)"
        " SELECT sittings.exam_id, steps.question_id, count(*) FROM exam_adaptive_steps AS steps"
        " JOIN exam_adaptive_sittings AS sittings ON sittings.id = steps.sitting_id"
        " GROUP BY sittings.exam_id, steps.question_id"
    )
    told, sat = sa.table("sitting_events", *map(sa.column, ("sitting_id", "kind"))), _sittings()
    each = [sa.func.sum(sa.case((told.c.kind == kind, 1), else_=0)) for kind in _KINDS.values()]
    its = (sat.c.id, sat.c.institution_id, sat.c.exam_id)
    counted = (
        sa.select(*its, sa.func.count(), *each)
        .join_from(told, sat, sat.c.id == told.c.sitting_id)
        .group_by(*its)
    )
    names = ["sitting_id", "institution_id", "exam_id", "events", *_KINDS]
    counts = sa.table("sitting_event_counts", *map(sa.column, names))
    op.execute(sa.insert(counts).from_select(names, counted))


def _sittings() -> sa.TableClause:
    return sa.table("sittings", *map(sa.column, ("id", "institution_id", "exam_id")))
