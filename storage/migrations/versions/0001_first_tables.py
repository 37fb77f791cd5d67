"""The first tables: people, measures, observations, digests, the outbox.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinician",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinician")),
        sa.UniqueConstraint("code", name=op.f("uq_clinician_code")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("imported_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=100), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.CheckConstraint(
            "state IN ('loading', 'live', 'undone')", name=op.f("ck_import_batch_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index(op.f("ix_import_batch_state"), "import_batch", ["state"], unique=False)

    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint("key", name=op.f("uq_measure_key")),
    )
    op.create_table(
        "peer_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("blinding", sa.String(24), nullable=False),
        sa.CheckConstraint("blinding IN ('blinded', 'unblinded')", name=op.f("ck_peer_group_blinding_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_group")),
        sa.UniqueConstraint("name", name=op.f("uq_peer_group_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("profession", sa.String(length=100), nullable=False),
        sa.Column("grade", sa.String(length=100), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "seen_key",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_seen_key")),
    )
    op.create_index(op.f("ix_seen_key_seen_at"), "seen_key", ["seen_at"], unique=False)

    op.create_table(
        "site_fact",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("value", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_fact")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_absence_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
        sa.UniqueConstraint("person_id", "starts", name=op.f("uq_absence_person_id_starts")),
    )
    op.create_table(
        "batch_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_batch_change_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_change")),
    )
    op.create_index(op.f("ix_batch_change_batch_id"), "batch_change", ["batch_id"], unique=False)
    op.create_index("ix_batch_change_entity", "batch_change", ["entity", "entity_id"], unique=False)

    op.create_table(
        "clinician_binding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_clinician_binding_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["clinician_id"], ["clinician.id"], name=op.f("fk_clinician_binding_clinician_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_clinician_binding_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinician_binding")),
        sa.UniqueConstraint("clinician_id", "starts", name=op.f("uq_clinician_binding_clinician_id_starts")),
    )
    op.create_index(
        "uq_clinician_binding_current_code",
        "clinician_binding",
        ["clinician_id"],
        unique=True,
        sqlite_where=sa.text("ends = '9999-12-31'"),
        postgresql_where=sa.text("ends = '9999-12-31'"),
    )
    op.create_index(
        "uq_clinician_binding_current_person",
        "clinician_binding",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ends = '9999-12-31'"),
        postgresql_where=sa.text("ends = '9999-12-31'"),
    )

    op.create_table(
        "digest_preference",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.String(24), nullable=True),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("frequency", sa.String(24), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("welcomed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_zone", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "frequency IN ('when_new', 'every_week')", name=op.f("ck_digest_preference_frequency_known")
        ),
        sa.CheckConstraint(
            "weekday IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')",
            name=op.f("ck_digest_preference_weekday_known"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_preference_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_digest_preference")),
    )
    op.create_index(op.f("ix_digest_preference_next_due"), "digest_preference", ["next_due"], unique=False)

    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looker", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index(op.f("ix_look_person_id"), "look", ["person_id"], unique=False)

    op.create_table(
        "measure_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=1000), nullable=False),
        sa.Column("numerator", sa.String(length=300), nullable=False),
        sa.Column("denominator", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("direction", sa.String(24), nullable=False),
        sa.Column("mode", sa.String(24), nullable=False),
        sa.Column("domain", sa.String(24), nullable=False),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("min_denominator", sa.Float(), nullable=False),
        sa.Column("per", sa.Float(), nullable=False),
        sa.Column("action", sa.String(length=1000), nullable=False),
        sa.Column("counts", sa.String(24), nullable=False),
        sa.Column("attribution", sa.String(length=1000), nullable=False),
        sa.Column("exclusions", sa.String(length=1000), nullable=False),
        sa.Column("source", sa.String(length=1000), nullable=False),
        sa.Column("adjusted_for", sa.String(length=1000), nullable=False),
        sa.Column("settles_after", sa.Integer(), nullable=False),
        sa.Column("min_change", sa.Float(), nullable=True),
        sa.Column("changed", sa.Date(), nullable=True),
        sa.Column("goal", sa.Float(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reviewed", sa.Date(), nullable=True),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.CheckConstraint("counts IN ('events', 'panel')", name=op.f("ck_measure_version_counts_known")),
        sa.CheckConstraint(
            "direction IN ('higher', 'lower', 'neutral')", name=op.f("ck_measure_version_direction_known")
        ),
        sa.CheckConstraint(
            "domain IN ('process', 'outcome', 'experience', 'resource')",
            name=op.f("ck_measure_version_domain_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('proportion', 'rate', 'mean', 'ratio')", name=op.f("ck_measure_version_kind_known")
        ),
        sa.CheckConstraint(
            "mode IN ('repetitive', 'constrained', 'unconstrained')",
            name=op.f("ck_measure_version_mode_known"),
        ),
        sa.CheckConstraint("period IN ('week', 'month')", name=op.f("ck_measure_version_period_known")),
        sa.CheckConstraint(
            "min_denominator >= 0", name=op.f("ck_measure_version_min_denominator_not_negative")
        ),
        sa.CheckConstraint("per > 0", name=op.f("ck_measure_version_per_positive")),
        sa.CheckConstraint("settles_after >= 0", name=op.f("ck_measure_version_settles_after_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_measure_version_batch_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_measure_version_measure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_version")),
        sa.UniqueConstraint("measure_id", "batch_id", name=op.f("uq_measure_version_measure_id_batch_id")),
    )
    op.create_index(op.f("ix_measure_version_batch_id"), "measure_version", ["batch_id"], unique=False)

    op.create_table(
        "observation",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("clinician_id", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("numerator", sa.Float(), nullable=False),
        sa.Column("denominator", sa.Float(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=True),
        sa.Column("squares", sa.Float(), nullable=True),
        sa.CheckConstraint("denominator >= 0", name=op.f("ck_observation_denominator_not_negative")),
        sa.CheckConstraint("expected >= 0", name=op.f("ck_observation_expected_not_negative")),
        sa.CheckConstraint("numerator >= 0", name=op.f("ck_observation_numerator_not_negative")),
        sa.CheckConstraint("squares >= 0", name=op.f("ck_observation_squares_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_observation_batch_id")),
        sa.ForeignKeyConstraint(["clinician_id"], ["clinician.id"], name=op.f("fk_observation_clinician_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_observation_measure_id")),
        sa.PrimaryKeyConstraint(
            "measure_id", "clinician_id", "period_start", "batch_id", name=op.f("pk_observation")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_observation_batch_id", "observation", ["batch_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("op", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=24), nullable=True),
        sa.Column("recipient_id", sa.Integer(), nullable=True),
        sa.Column("conversation", sa.String(length=300), nullable=True),
        sa.Column("thread_ts", sa.String(length=32), nullable=True),
        sa.Column("depends_on", sa.Integer(), nullable=True),
        sa.Column("coalesce_key", sa.String(length=64), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guard", JSON, nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slack_channel", sa.String(length=24), nullable=True),
        sa.Column("slack_ts", sa.String(length=32), nullable=True),
        sa.Column("file_id", sa.String(length=24), nullable=True),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("op IN ('post', 'update', 'respond', 'publish')", name=op.f("ck_outbox_op_known")),
        sa.CheckConstraint(
            "state IN ('waiting', 'leased', 'sent', 'failed', 'cancelled', 'expired')",
            name=op.f("ck_outbox_state_known"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_not_negative")),
        sa.CheckConstraint("depends_on <> id", name=op.f("ck_outbox_not_own_dependency")),
        sa.ForeignKeyConstraint(["depends_on"], ["outbox.id"], name=op.f("fk_outbox_depends_on")),
        sa.ForeignKeyConstraint(["recipient_id"], ["person.id"], name=op.f("fk_outbox_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sa.UniqueConstraint("kind", "lane", "period", name=op.f("uq_outbox_kind_lane_period")),
    )
    op.create_index(op.f("ix_outbox_depends_on"), "outbox", ["depends_on"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["priority", "not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'leased')"),
        postgresql_where=sa.text("state IN ('waiting', 'leased')"),
    )
    op.create_index(
        "ix_outbox_lane_open",
        "outbox",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'leased')"),
        postgresql_where=sa.text("state IN ('waiting', 'leased')"),
    )
    op.create_index(
        "uq_outbox_coalesce_key_waiting",
        "outbox",
        ["coalesce_key"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "slack_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(length=24), nullable=False),
        sa.Column("user_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("dm_channel", sa.String(length=24), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_slack_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_account")),
        sa.UniqueConstraint("team_id", "person_id", name=op.f("uq_slack_account_team_id_person_id")),
        sa.UniqueConstraint("team_id", "user_id", name=op.f("uq_slack_account_team_id_user_id")),
    )
    op.create_index(op.f("ix_slack_account_person_id"), "slack_account", ["person_id"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=100), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_unit_not_own_parent")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_unit_deputy_id")),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_unit_leader_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_unit_manager_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("name", name=op.f("uq_unit_name")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)

    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column("message_type", sa.String(length=24), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("message", JSON, nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'quiet', 'held', 'skipped', 'failed')",
            name=op.f("ck_digest_state_known"),
        ),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_digest_measure_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_digest_outbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("person_id", "week", name=op.f("uq_digest_person_id_week")),
    )
    op.create_index(op.f("ix_digest_week"), "digest", ["week"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("peer_group_id", sa.Integer(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_membership_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["peer_group_id"], ["peer_group.id"], name=op.f("fk_membership_peer_group_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_membership_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id", "unit_id", "starts", name=op.f("uq_membership_person_id_unit_id_starts")
        ),
    )
    op.create_index(op.f("ix_membership_peer_group_id"), "membership", ["peer_group_id"], unique=False)
    op.create_index(op.f("ix_membership_unit_id"), "membership", ["unit_id"], unique=False)

    op.create_table(
        "outbox_picture",
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("alt_text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_picture_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox_picture")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "role IN ('analyst', 'administrator', 'coach', 'approver')", name=op.f("ck_role_grant_role_known")
        ),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_role_grant_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_role_grant_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index("ix_role_grant_person_role", "role_grant", ["person_id", "role"], unique=False)


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first tables. Restore a backup instead.")
