"""Sources of three kinds, reminders, what mail servers tell later, the platform's figures, versions of rules, sealed histories."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_DIGESTS = """
UPDATE invitation_events SET digest = sha256(convert_to(concat_ws('|',
    invitation_id, (extract(epoch FROM at) * 1000000)::bigint, state, coalesce(reason, ''),
    coalesce(((extract(epoch FROM due_at) * 1000000)::bigint)::text, ''), actor), 'UTF8'))
"""


def upgrade() -> None:
    op.create_table(
        "platform_paces",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_platform_paces")),
    )
    op.create_table(
        "imports",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=True),
        sa.Column("mapping", _JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", _JSON, server_default="{}", nullable=False),
        sa.Column("refused_key", sa.String(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'waiting', 'claimed', 'done', 'dead')", name=op.f("ck_imports_state")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_imports_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_due", "imports", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_imports_leased", "imports", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_table(
        "inbound_mails",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", _JSON, server_default="{}", nullable=False),
        sa.Column("trigger_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'claimed', 'told', 'unrecognised', 'dismissed', 'dead')", name=op.f("ck_inbound_mails_state")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_inbound_mails_branch_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_inbound_mails_source_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_inbound_mails")),
        sa.UniqueConstraint("branch_id", "digest", name=op.f("uq_inbound_mails_branch_id_digest")),
    )
    op.create_index("ix_inbound_mails_due", "inbound_mails", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_inbound_mails_leased", "inbound_mails", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_table(
        "mail_patterns",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("tells", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("taught_by", sa.String(), nullable=False),
        sa.Column("taught_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_mail_patterns_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_mail_patterns")),
        sa.UniqueConstraint("branch_id", "sender", "subject", name=op.f("uq_mail_patterns_branch_id_sender_subject")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'over', 'dead')", name=op.f("ck_notices_state")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("user_id", "kind", "subject", "since", name=op.f("uq_notices_user_id_kind_subject_since")),
    )
    op.create_index("ix_notices_due", "notices", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_notices_leased", "notices", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_table(
        "platform_figures",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("average", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("recommended", sa.Integer(), nullable=True),
        sa.Column("year_average", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("year_reviews", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_platform_figures_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "day", name=op.f("pk_platform_figures")),
    )
    op.create_table(
        "rule_versions",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", _JSON, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replanned_to", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_rule_versions_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "version", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("types", _JSON, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_before", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_webhook_endpoints_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("source_id", "url", name=op.f("uq_webhook_endpoints_source_id_url")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("payload", _JSON, nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'claimed', 'delivered', 'dead')", name=op.f("ck_webhook_deliveries_state")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_webhook_deliveries_branch_id")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("branch_id", "endpoint_id", "type", "subject", name=op.f("uq_webhook_deliveries_branch_id_endpoint_id_type_subject")),
    )
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_webhook_deliveries_leased", "webhook_deliveries", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'")
    )
    op.create_table(
        "mail_events",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "invitation_id"],
            ["invitations.branch_id", "invitations.id"],
            name=op.f("fk_mail_events_branch_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_mail_events_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_mail_events")),
        sa.UniqueConstraint("branch_id", "provider", "event_id", name=op.f("uq_mail_events_branch_id_provider_event_id")),
    )
    op.create_index("ix_mail_events_invitation", "mail_events", ["branch_id", "invitation_id"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("send_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'skipped', 'expired', 'dead')", name=op.f("ck_reminders_state")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "invitation_id"],
            ["invitations.branch_id", "invitations.id"],
            name=op.f("fk_reminders_branch_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_reminders_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("branch_id", "invitation_id", name=op.f("uq_reminders_branch_id_invitation_id")),
    )
    op.create_index("ix_reminders_due", "reminders", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_reminders_leased", "reminders", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.add_column("branches", sa.Column("letter_words", _JSON, server_default="{}", nullable=False))
    op.create_index("ix_claims_address", "claims", ["branch_id", "address_key"], unique=False)
    op.add_column("invitation_events", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invitation_events", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.execute(_DIGESTS)
    op.alter_column("invitation_events", "digest", nullable=False)
    op.create_index("ix_invitation_events_at", "invitation_events", ["at"], unique=False, postgresql_using="brin")
    op.add_column("invitations", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_invitations_left", "invitations", ["channel", "marked_at"], unique=False, postgresql_where=sa.text("marked_at IS NOT NULL"))
    op.create_index(
        "ix_invitations_mailed",
        "invitations",
        ["branch_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent' AND channel = 'mail'"),
    )
    op.create_index(
        "ix_invitations_turn", "invitations", ["branch_id", "channel", "due_at"], unique=False, postgresql_where=sa.text("state = 'planned'")
    )
    op.add_column("people", sa.Column("restricted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sources", sa.Column("kind", sa.String(), server_default="api", nullable=False))
    op.add_column("sources", sa.Column("inbound_digest", sa.LargeBinary(), nullable=True))
    op.add_column("sources", sa.Column("silent_after_hours", sa.Integer(), nullable=True))
    op.add_column("sources", sa.Column("skew_seconds", sa.Integer(), nullable=True))
    op.add_column("sources", sa.Column("skew_at", sa.DateTime(timezone=True), nullable=True))
    op.create_unique_constraint(op.f("uq_sources_inbound_digest"), "sources", ["inbound_digest"])
    op.create_index("ix_triggers_received", "triggers", ["received_at"], unique=False, postgresql_using="brin")
    # ### end Alembic commands ###
    op.execute("INSERT INTO rule_versions (branch_id, version, rules, since) SELECT id, rules_version, rules, created_at FROM branches")
    op.create_check_constraint(op.f("ck_sources_kind"), "sources", "kind IN ('api', 'file', 'mail')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_sources_kind"), "sources", type_="check")
    op.drop_index("ix_triggers_received", table_name="triggers", postgresql_using="brin")
    op.drop_constraint(op.f("uq_sources_inbound_digest"), "sources", type_="unique")
    op.drop_column("sources", "skew_at")
    op.drop_column("sources", "skew_seconds")
    op.drop_column("sources", "silent_after_hours")
    op.drop_column("sources", "inbound_digest")
    op.drop_column("sources", "kind")
    op.drop_column("people", "restricted_at")
    op.drop_index("ix_invitations_turn", table_name="invitations", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_invitations_mailed", table_name="invitations", postgresql_where=sa.text("state = 'sent' AND channel = 'mail'"))
    op.drop_index("ix_invitations_left", table_name="invitations", postgresql_where=sa.text("marked_at IS NOT NULL"))
    op.drop_column("invitations", "tries")
    op.drop_index("ix_invitation_events_at", table_name="invitation_events", postgresql_using="brin")
    op.drop_column("invitation_events", "digest")
    op.drop_column("invitation_events", "due_at")
    op.drop_index("ix_claims_address", table_name="claims")
    op.drop_column("branches", "letter_words")
    op.drop_index("ix_reminders_leased", table_name="reminders", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_reminders_due", table_name="reminders", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("reminders")
    op.drop_index("ix_mail_events_invitation", table_name="mail_events")
    op.drop_table("mail_events")
    op.drop_index("ix_webhook_deliveries_leased", table_name="webhook_deliveries", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
    op.drop_table("rule_versions")
    op.drop_table("platform_figures")
    op.drop_index("ix_notices_leased", table_name="notices", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_notices_due", table_name="notices", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("notices")
    op.drop_table("mail_patterns")
    op.drop_index("ix_inbound_mails_leased", table_name="inbound_mails", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_inbound_mails_due", table_name="inbound_mails", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("inbound_mails")
    op.drop_index("ix_imports_leased", table_name="imports", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_imports_due", table_name="imports", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("imports")
    op.drop_table("platform_paces")
    # ### end Alembic commands ###
