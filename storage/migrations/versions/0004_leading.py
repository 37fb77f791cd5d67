"""Leading: what leaders are sent unasked, the ideas in it, snoozes, do-not-disturb.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quiet_time",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quiet_time_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_time")),
    )
    op.create_table(
        "leader_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("week", sa.Boolean(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contents", JSON, nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_leader_message_outbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leader_message_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader_message")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_leader_message_person_id_day")),
    )
    op.create_index(op.f("ix_leader_message_outbox_id"), "leader_message", ["outbox_id"])

    op.create_table(
        "unit_rules",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holidays", sa.String(length=12), nullable=True),
        sa.Column("work_starts", sa.Time(), nullable=True),
        sa.Column("work_ends", sa.Time(), nullable=True),
        sa.Column("rungs", JSON, nullable=True),
        sa.Column("nudges", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_rules_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit_rules")),
    )
    op.create_table(
        "idea_snooze",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days IN (1, 3, 7)", name=op.f("ck_idea_snooze_days_known")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_snooze_idea_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idea_snooze_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_snooze")),
    )
    op.create_index(op.f("ix_idea_snooze_idea_id"), "idea_snooze", ["idea_id"])

    op.create_table(
        "not_mine",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_not_mine_idea_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_not_mine_person_id")),
        sa.PrimaryKeyConstraint("idea_id", "person_id", name=op.f("pk_not_mine")),
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rung", sa.String(24), nullable=False),
        sa.Column("clock", sa.String(24), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked", sa.Boolean(), nullable=True),
        sa.CheckConstraint("clock IN ('first', 'decision')", name=op.f("ck_nudge_clock_known")),
        sa.CheckConstraint("rung IN ('daily', 'bold', 'others', 'above')", name=op.f("ck_nudge_rung_known")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_nudge_idea_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_nudge_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
        sa.UniqueConstraint("idea_id", "person_id", "day", name=op.f("uq_nudge_idea_id_person_id_day")),
    )
    op.create_index(op.f("ix_nudge_person_id"), "nudge", ["person_id"])
    op.create_index(
        "ix_nudge_unanswered",
        "nudge",
        ["idea_id"],
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("nudge")
    op.drop_table("not_mine")
    op.drop_table("idea_snooze")
    op.drop_table("unit_rules")
    op.drop_table("leader_message")
    op.drop_table("quiet_time")
