"""The tables of tiers: what each learner may do, and what they did on which day."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import metadata


def _person(table: str) -> sa.Column[object]:
    """Whose row it is; with them it goes."""
    key = sa.ForeignKey("persons.id", name=f"fk_{table}_person", ondelete="CASCADE")
    return sa.Column("person_id", sa.Uuid, key, primary_key=True)


exam_tiers = sa.Table(
    "exam_tiers",
    metadata,
    _person("exam_tiers"),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("tier", sa.Text),
    sa.Column("zone", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
)

exam_days = sa.Table(
    "exam_days",
    metadata,
    _person("exam_days"),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("answered", sa.Integer, nullable=False),
)
"""How many answers were counted, by the day of whoever gave them."""

exam_tallies = sa.Table(
    "exam_tallies",
    metadata,
    sa.Column("sitting_id", sa.Uuid, primary_key=True),
    sa.Column("question_id", sa.Uuid, primary_key=True),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_exam_tallies_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Index("ix_exam_tallies_person", "person_id"),
)
"""Which answers were: each once, in a sitting of any kind."""
