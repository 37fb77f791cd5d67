"""The digest in depth: cases and narratives, answers to figures, what is set aside or shared, names.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _known(column: str, words: str) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words.split())})"


def upgrade() -> None:
    op.create_table(
        "case_row",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("case_ref", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.CheckConstraint("weight > 0 AND weight <= 1", name=op.f("ck_case_row_weight_is_a_part")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_case_row_batch_id")),
        sa.ForeignKeyConstraint(["clinician_id"], ["clinician.id"], name=op.f("fk_case_row_clinician_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_case_row_measure_id")),
        sa.PrimaryKeyConstraint(
            "measure_id", "clinician_id", "day", "case_ref", "batch_id", name=op.f("pk_case_row")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_row_batch_id", "case_row", ["batch_id"])

    op.create_table(
        "name_consent",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("peer_group_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leaders", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["peer_group_id"], ["peer_group.id"], name=op.f("fk_name_consent_peer_group_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_name_consent_person_id")),
        sa.PrimaryKeyConstraint("person_id", "peer_group_id", name=op.f("pk_name_consent")),
    )
    op.create_table(
        "narrative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_narrative_batch_id")),
        sa.ForeignKeyConstraint(["clinician_id"], ["clinician.id"], name=op.f("fk_narrative_clinician_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_narrative_measure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_narrative")),
        sa.UniqueConstraint(
            "measure_id",
            "clinician_id",
            "day",
            "text_hash",
            "batch_id",
            name=op.f("uq_narrative_measure_id_clinician_id_day_text_hash_batch_id"),
        ),
    )
    op.create_index("ix_narrative_batch_id", "narrative", ["batch_id"])
    op.create_index(op.f("ix_narrative_clinician_id"), "narrative", ["clinician_id"])

    op.create_table(
        "digest_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_digest_share_digest_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_share_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_digest_share_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_share")),
    )
    op.create_index(op.f("ix_digest_share_person_id"), "digest_share", ["person_id"])
    op.create_index(op.f("ix_digest_share_unit_id"), "digest_share", ["unit_id"])
    op.create_index(
        "uq_digest_share",
        "digest_share",
        ["digest_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )

    op.create_table(
        "figure_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shown_to_group", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("seconded_by", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            _known("kind", "warranted data_wrong not_my_patient wrong_group"),
            name=op.f("ck_figure_answer_kind_known"),
        ),
        sa.CheckConstraint(
            _known("state", "open agreed not_agreed withdrawn"), name=op.f("ck_figure_answer_state_known")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_figure_answer_answered_by")),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_figure_answer_digest_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_figure_answer_measure_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_figure_answer_person_id")),
        sa.ForeignKeyConstraint(["seconded_by"], ["person.id"], name=op.f("fk_figure_answer_seconded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_answer")),
    )
    op.create_index("ix_figure_answer_measure", "figure_answer", ["measure_id", "state"])
    op.create_index(op.f("ix_figure_answer_person_id"), "figure_answer", ["person_id"])

    op.create_table(
        "set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("case_ref", sa.String(length=64), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=False),
        sa.Column("denominator", sa.Float(), nullable=False),
        sa.CheckConstraint("denominator >= 0", name=op.f("ck_set_aside_denominator_not_negative")),
        sa.CheckConstraint("numerator >= 0", name=op.f("ck_set_aside_numerator_not_negative")),
        sa.ForeignKeyConstraint(["answer_id"], ["figure_answer.id"], name=op.f("fk_set_aside_answer_id")),
        sa.ForeignKeyConstraint(["clinician_id"], ["clinician.id"], name=op.f("fk_set_aside_clinician_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_set_aside_measure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
        sa.UniqueConstraint(
            "answer_id", "period_start", "case_ref", name=op.f("uq_set_aside_answer_id_period_start_case_ref")
        ),
    )
    op.create_index("ix_set_aside_figure", "set_aside", ["measure_id", "clinician_id", "period_start"])


def downgrade() -> None:
    op.drop_table("set_aside")
    op.drop_table("figure_answer")
    op.drop_table("digest_share")
    op.drop_table("narrative")
    op.drop_table("name_consent")
    op.drop_table("case_row")
