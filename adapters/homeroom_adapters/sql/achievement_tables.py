"""The tables of what learners earned: cause by cause, summed up, and who is shown."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

SHOWN = "listed"
"""Which sums boards are made of; in the words of the indexes, which SQLite takes for no other."""


def _person(table: str) -> sa.Column[object]:
    """Whose row it is; with them it goes."""
    whose = sa.ForeignKey("persons.id", name=f"fk_{table}_person", ondelete="CASCADE")
    return sa.Column("person_id", sa.Uuid, whose, primary_key=True)


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


exam_achievers = sa.Table(
    "exam_achievers",
    metadata,
    _person("exam_achievers"),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    *_counts("points", "answered", "correct", "seconds"),
    *_counts("in_a_row", "best_in_a_row", "best_streak", "tests"),
    sa.Column("daily_goal", sa.Integer),
    sa.Column("weekly_goal", sa.Integer),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("alias", sa.Text, nullable=False),
)
"""Whoever books anything holds the row of the person."""

exam_awards = sa.Table(
    "exam_awards",
    metadata,
    _person("exam_awards"),
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    *_counts("points", "answered", "correct", "seconds", "streak"),
    sa.Column("exam_id", sa.Uuid),
    sa.Column("sitting_id", sa.Uuid),
    sa.Column("question_id", sa.Uuid),
    sa.Index("ix_exam_awards_newest", "person_id", "cause", "at"),
    sa.Index("ix_exam_awards_sitting", "person_id", "sitting_id"),
    sa.Index("ix_exam_awards_question", "person_id", "question_id"),
)
"""The key is what keeps a cause from paying twice."""

exam_sums = sa.Table(
    "exam_sums",
    metadata,
    _person("exam_sums"),
    sa.Column("exam_id", sa.Uuid, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("begins_on", sa.Date, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("listed", sa.Boolean, nullable=False),
    *_counts("points", "answered", "correct", "seconds", "streak"),
    sa.Column("accuracy", sa.Integer),
    *(
        partial(
            f"ix_exam_sums_{measure}",
            *("institution_id", "exam_id", "period", "begins_on", measure, "person_id"),
            where=SHOWN,
        )
        for measure in ("points", "accuracy", "streak", "answered")
    ),
)
"""By exam, and under an id of nothing but zeros of all exams; a day counts of all of them only."""
