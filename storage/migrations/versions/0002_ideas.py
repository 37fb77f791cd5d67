"""Ideas: proposals, their history, support, messages, and the way back to unnamed senders.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _known(column: str, words: str) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words.split())})"


def upgrade() -> None:
    op.create_table(
        "channel_check",
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("channel_id", sa.String(length=24), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_check")),
    )
    op.create_index(op.f("ix_channel_check_channel_id"), "channel_check", ["channel_id"])

    op.create_table(
        "idea_term",
        sa.Column("stem", sa.String(length=64), nullable=False),
        sa.Column("ideas", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stem", name=op.f("pk_idea_term")),
    )
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.CheckConstraint("delegate_id <> person_id", name=op.f("ck_delegation_not_to_oneself")),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_delegation_ends_after_start")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_delegate_id"), "delegation", ["delegate_id"])
    op.create_index(op.f("ix_delegation_person_id"), "delegation", ["person_id"])

    op.create_table(
        "idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("answering_unit_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("above", sa.Boolean(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("from_patient", sa.Boolean(), nullable=False),
        sa.Column("own_control", sa.Boolean(), nullable=False),
        sa.Column("wants_to_lead", sa.Boolean(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=True),
        sa.Column("update_by", sa.Date(), nullable=True),
        sa.Column("first_words_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.Column("implemented_on", sa.Date(), nullable=True),
        sa.Column("implemented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unverified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("adopted_from_id", sa.Integer(), nullable=True),
        sa.Column("details_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            _known(
                "state",
                "new acknowledged accepted planned testing implemented verified disputed "
                "not_now declined tried merged withdrawn",
            ),
            name=op.f("ck_idea_state_known"),
        ),
        sa.CheckConstraint(
            "NOT (anonymous AND submitter_id IS NOT NULL)", name=op.f("ck_idea_anonymous_unlinked")
        ),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_idea_not_into_itself")),
        sa.ForeignKeyConstraint(["adopted_from_id"], ["idea.id"], name=op.f("fk_idea_adopted_from_id")),
        sa.ForeignKeyConstraint(["answering_unit_id"], ["unit.id"], name=op.f("fk_idea_answering_unit_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_idea_assignee_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_idea_measure_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["idea.id"], name=op.f("fk_idea_merged_into_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_idea_owner_id")),
        sa.ForeignKeyConstraint(["submitter_id"], ["person.id"], name=op.f("fk_idea_submitter_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_idea_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea")),
    )
    op.create_index(op.f("ix_idea_adopted_from_id"), "idea", ["adopted_from_id"])
    op.create_index("ix_idea_answering_unit_state", "idea", ["answering_unit_id", "state"])
    op.create_index(op.f("ix_idea_handed_in_at"), "idea", ["handed_in_at"])
    op.create_index(op.f("ix_idea_look_again_on"), "idea", ["look_again_on"])
    op.create_index(op.f("ix_idea_measure_id"), "idea", ["measure_id"])
    op.create_index(op.f("ix_idea_merged_into_id"), "idea", ["merged_into_id"])
    op.create_index(op.f("ix_idea_submitter_id"), "idea", ["submitter_id"])
    op.create_index(op.f("ix_idea_unit_id"), "idea", ["unit_id"])
    op.create_index(
        "ix_idea_waits_for_confirmation",
        "idea",
        ["implemented_at"],
        sqlite_where=sa.text("state = 'implemented'"),
        postgresql_where=sa.text("state = 'implemented'"),
    )

    op.create_table(
        "hidden_act",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("appears_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.CheckConstraint(
            _known("act", "hand_in answer add_detail withdraw verify dispute"),
            name=op.f("ck_hidden_act_act_known"),
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_hidden_act_idea_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_hidden_act")),
    )
    op.create_index(op.f("ix_hidden_act_appears_on"), "hidden_act", ["appears_on"])

    op.create_table(
        "hidden_news",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_hidden_news_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_hidden_news")),
    )
    op.create_table(
        "idea_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("part", sa.String(24), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.CheckConstraint(
            _known(
                "kind",
                "handed_in started acknowledged accepted planned test_started test_adopted "
                "test_adapted test_abandoned put_off declined came_back reopened implemented "
                "verified disputed reminded unverified merged withdrawn asked answered noted "
                "detail_added assigned moved took_in approval_asked approved sent_back "
                "details_removed shared adopted",
            ),
            name=op.f("ck_idea_event_kind_known"),
        ),
        sa.CheckConstraint(
            _known("part", "submitter leader approver owner colleague rounds"),
            name=op.f("ck_idea_event_part_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_idea_event_actor_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_event_idea_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_event")),
        sa.UniqueConstraint("idea_id", "seq", name=op.f("uq_idea_event_idea_id_seq")),
    )
    op.create_index(op.f("ix_idea_event_actor_id"), "idea_event", ["actor_id"])
    op.create_index(op.f("ix_idea_event_at"), "idea_event", ["at"])

    op.create_table(
        "idea_message",
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            _known("kind", "card thread receipt direct shared"),
            name=op.f("ck_idea_message_kind_known"),
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_message_idea_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_idea_message_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_idea_message")),
    )
    op.create_index(op.f("ix_idea_message_idea_id"), "idea_message", ["idea_id"])

    op.create_table(
        "idea_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("source_file_id", sa.String(length=24), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_picture_idea_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_idea_picture_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_picture")),
    )
    op.create_index(op.f("ix_idea_picture_idea_id"), "idea_picture", ["idea_id"])

    op.create_table(
        "idea_support",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_support_idea_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idea_support_person_id")),
        sa.PrimaryKeyConstraint("idea_id", "person_id", name=op.f("pk_idea_support")),
    )
    op.create_index(op.f("ix_idea_support_person_id"), "idea_support", ["person_id"])

    op.create_table(
        "reply_handle",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_reply_handle_idea_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_reply_handle")),
    )
    op.create_index(op.f("ix_reply_handle_idea_id"), "reply_handle", ["idea_id"])


def downgrade() -> None:
    op.drop_table("reply_handle")
    op.drop_table("idea_support")
    op.drop_table("idea_picture")
    op.drop_table("idea_message")
    op.drop_table("idea_event")
    op.drop_table("hidden_news")
    op.drop_table("hidden_act")
    op.drop_table("idea")
    op.drop_table("delegation")
    op.drop_table("idea_term")
    op.drop_table("channel_check")
