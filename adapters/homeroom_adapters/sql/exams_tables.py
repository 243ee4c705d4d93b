"""The tables of exams: the catalogue, and the bank with all that its questions ever said."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

vendors = sa.Table(
    "vendors",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "institution_id",
        sa.Uuid,
        sa.ForeignKey("institutions.id", name="fk_vendors_institution"),
        nullable=False,
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("website", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("institution_id", "name", name="uq_vendors_name"),
    sa.Index("ix_vendors_institution", "institution_id", "id"),
)
"""`sought` is what a search for words looks through, here and below."""

exams = sa.Table(
    "exams",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "vendor_id",
        sa.Uuid,
        sa.ForeignKey("vendors.id", name="fk_exams_vendor"),
        nullable=False,
    ),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outline", sa.Text, nullable=False),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("vendor_id", "code", name="uq_exams_code"),
    sa.Index("ix_exams_institution", "institution_id", "id"),
)

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "exam_id",
        sa.Uuid,
        sa.ForeignKey("exams.id", name="fk_questions_exam"),
        nullable=False,
    ),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    partial(
        "ix_questions_reference",
        *("exam_id", "reference"),
        where="reference IS NOT NULL",
        unique=True,
    ),
    sa.Index(
        "ix_questions_pool",
        *("exam_id", "status", "objective_id", "difficulty", "id", "edition"),
    ),
    sa.Index("ix_questions_exam", "exam_id", "id"),
    sa.Index("ix_questions_institution", "institution_id", "id"),
)
"""What a form is put together from is all in `ix_questions_pool`: the table is not read for it."""

question_editions = sa.Table(
    "question_editions",
    metadata,
    sa.Column(
        "question_id",
        sa.Uuid,
        sa.ForeignKey("questions.id", name="fk_question_editions_question"),
        primary_key=True,
    ),
    sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
)
"""The database lets nobody change these rows, or take them away."""
