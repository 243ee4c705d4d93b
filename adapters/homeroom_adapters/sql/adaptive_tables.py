"""The tables of adaptive tests: the sittings, their steps, and what is known of questions."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

exam_adaptive_sittings = sa.Table(
    "exam_adaptive_sittings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "exam_id",
        sa.Uuid,
        sa.ForeignKey("exams.id", name="fk_exam_adaptive_sittings_exam"),
        nullable=False,
    ),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_exam_adaptive_sittings_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("terms", sa.Text, nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("stop", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    partial(
        "ix_exam_adaptive_sittings_open",
        *("person_id", "exam_id"),
        where="stop IS NULL",
        unique=True,
    ),
    sa.Index("ix_exam_adaptive_sittings_person", "person_id", "id"),
    sa.Index("ix_exam_adaptive_sittings_exam", "exam_id", "id"),
)
"""Of those that are not over, a person has one at most of each exam."""

exam_adaptive_steps = sa.Table(
    "exam_adaptive_steps",
    metadata,
    sa.Column(
        "sitting_id",
        sa.Uuid,
        sa.ForeignKey(
            "exam_adaptive_sittings.id", name="fk_exam_adaptive_steps_sitting", ondelete="CASCADE"
        ),
        primary_key=True,
    ),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("question_id", sa.Uuid, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("credit", sa.Text),
    sa.Column("at", Instant),
    sa.UniqueConstraint("sitting_id", "question_id", name="uq_exam_adaptive_steps_question"),
)
"""`shown` is the curve by which a step counts, and in what order its choices stood."""

question_curves = sa.Table(
    "question_curves",
    metadata,
    sa.Column("question_id", sa.Uuid, primary_key=True),
    sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    sa.Column("a", sa.Double, nullable=False),
    sa.Column("b", sa.Double, nullable=False),
    sa.Column("c", sa.Double, nullable=False),
    sa.Column("d", sa.Double, nullable=False),
    sa.Column("a_error", sa.Double),
    sa.Column("b_error", sa.Double),
    sa.Column("answers", sa.Integer),
    sa.Column("at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["question_id", "edition"],
        ["question_editions.question_id", "question_editions.edition"],
        name="fk_question_curves_edition",
    ),
    sa.Index("ix_question_curves_exam", "exam_id"),
)

exam_exposures = sa.Table(
    "exam_exposures",
    metadata,
    sa.Column("exam_id", sa.Uuid, primary_key=True),
    sa.Column("tests", sa.Integer, nullable=False),
)
"""How many adaptive sittings of an exam were begun, those included that are gone."""

question_exposures = sa.Table(
    "question_exposures",
    metadata,
    sa.Column("exam_id", sa.Uuid, primary_key=True),
    sa.Column("question_id", sa.Uuid, primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
)
"""How often each question was put in them."""
