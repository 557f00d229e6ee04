"""Create the whole schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0100"
down_revision = None
branch_labels = None
depends_on = None

# docs/decisions/0039: for each table of branches and their customers an empty one of the same form, in a schema of its own.
_TEST_MODE = """
CREATE SCHEMA test_mode;
CREATE TABLE test_mode.branch_copies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    source_id uuid NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    branch_id uuid NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    UNIQUE (source_id, branch_id)
);
CREATE VIEW test_mode.source_branches AS SELECT source_id, id AS branch_id FROM test_mode.branch_copies;
DO $$
DECLARE
    house name := current_schema();
    path text := current_setting('search_path');
    copied name[];
    one name;
    rule record;
BEGIN
    SELECT array_agg(DISTINCT table_name::name) INTO copied FROM information_schema.columns
    WHERE table_schema = house AND table_name <> 'source_branches'
    AND (column_name = 'branch_id' OR table_name IN ('people', 'suppressions', 'told_wishes'));
    FOREACH one IN ARRAY copied LOOP
        EXECUTE format('CREATE TABLE test_mode.%I (LIKE %I.%I INCLUDING ALL)', one, house, one);
    END LOOP;
    -- What pointed at a branch points at its copy, what pointed at a table that was copied points at the copy: names are looked up there first.
    FOR rule IN
        SELECT relname AS owner, conname AS name, pg_get_constraintdef(pg_constraint.oid) AS said
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE contype = 'f' AND relname = ANY(copied) AND relnamespace = to_regnamespace(house)
    LOOP
        PERFORM set_config('search_path', 'test_mode,' || path, true);
        EXECUTE format(
            'ALTER TABLE test_mode.%I ADD CONSTRAINT %I %s',
            rule.owner, rule.name, replace(rule.said, 'REFERENCES branches(', 'REFERENCES branch_copies(')
        );
        PERFORM set_config('search_path', path, true);
    END LOOP;
    -- A branch as a test source sees it: the real one as it is now, without its token at the platform, and under an id of the source's own where it
    -- may speak for it. The others stand there too: that one exists but is not the source's is an answer of its own.
    EXECUTE (
        SELECT format(
            'CREATE VIEW test_mode.branches AS SELECT %s FROM %I.branches LEFT JOIN test_mode.branch_copies ON branch_copies.branch_id = branches.id'
            ' AND branch_copies.source_id = nullif(current_setting(''reviews.test_source'', true), '''')::uuid',
            string_agg(CASE
                WHEN attname = 'id' THEN 'coalesce(branch_copies.id, branches.id) AS id'
                WHEN attname = 'platform_token' THEN 'NULL::bytea AS platform_token'
                ELSE format('branches.%I', attname) END, ', ' ORDER BY attnum),
            house)
        FROM pg_attribute WHERE attrelid = format('%I.branches', house)::regclass AND attnum > 0 AND NOT attisdropped
    );
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "branches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("identity", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("platform_location", sa.String(), nullable=True),
        sa.Column("platform_tenant", sa.String(), nullable=False),
        sa.Column("platform_token", sa.LargeBinary(), nullable=True),
        sa.Column("letter_words", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branches")),
        sa.UniqueConstraint("slug", name=op.f("uq_branches_slug")),
    )
    op.create_table(
        "channel_halts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_by", sa.String(), nullable=True),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probes", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("channel IN ('platform', 'mail')", name=op.f("ck_channel_halts_channel")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_channel_halts_branch_id_branches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_halts")),
        sa.UniqueConstraint("channel", "branch_id", name=op.f("uq_channel_halts_channel_branch_id"), postgresql_nulls_not_distinct=True),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restricted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("address_key", name=op.f("uq_people_address_key")),
    )
    op.create_table(
        "platform_paces",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_platform_paces")),
    )
    op.create_table(
        "rate_counters",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "key", "window_start", name=op.f("pk_rate_counters")),
    )
    op.create_index("ix_rate_counters_window", "rate_counters", ["window_start"], unique=False)
    op.create_table(
        "service_faults",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "process", name=op.f("pk_service_faults")),
    )
    op.create_table(
        "service_presence",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_presence")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), server_default="api", nullable=False),
        sa.Column("all_branches", sa.Boolean(), nullable=False),
        sa.Column("test", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("inbound_digest", sa.LargeBinary(), nullable=True),
        sa.Column("silent_after_hours", sa.Integer(), nullable=True),
        sa.Column("skew_seconds", sa.Integer(), nullable=True),
        sa.Column("skew_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('api', 'file', 'mail', 'desk')", name=op.f("ck_sources_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("inbound_digest", name=op.f("uq_sources_inbound_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_sources_name")),
    )
    op.create_table(
        "suppressions",
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_suppressions")),
    )
    op.create_index("ix_suppressions_at", "suppressions", ["at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("setup_digest", sa.LargeBinary(), nullable=True),
        sa.Column("setup_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('manager', 'office')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "alerts",
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
        sa.CheckConstraint("state IN ('waiting', 'claimed', 'sent', 'refused', 'unknown', 'over', 'dead')", name=op.f("ck_alerts_state")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_alerts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("user_id", "kind", "subject", "since", name=op.f("uq_alerts_user_id_kind_subject_since")),
    )
    op.create_index("ix_alerts_due", "alerts", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "ix_alerts_lasting", "alerts", ["subject"], unique=False, postgresql_where=sa.text("kind = 'unknown_waiting' AND state <> 'over'")
    )
    op.create_index("ix_alerts_leased", "alerts", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_table(
        "audit",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_audit_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "position", name=op.f("pk_audit")),
    )
    op.create_table(
        "branch_profiles",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("trait", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_branch_profiles_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "trait", "value", name=op.f("pk_branch_profiles")),
    )
    op.create_table(
        "claims",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("form_digest", sa.LargeBinary(), nullable=False),
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("document_number", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'proof_needed', 'checking', 'judged', 'approved', 'refused', 'published')", name=op.f("ck_claims_state")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_claims_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_claims")),
    )
    op.create_index("ix_claims_address", "claims", ["branch_id", "address_key"], unique=False)
    op.create_index("ix_claims_state", "claims", ["branch_id", "state"], unique=False)
    op.create_index("ix_claims_token", "claims", ["token_digest"], unique=False)
    op.create_index("uq_claims_same_form", "claims", ["branch_id", "form_digest"], unique=True, postgresql_where=sa.text("state <> 'refused'"))
    op.create_index("ix_claims_confirmed", "claims", ["confirmed_at"], unique=False)
    op.create_index("ix_claims_judged", "claims", ["branch_id", "judged_at", "id"], unique=False, postgresql_where=sa.text("state = 'judged'"))
    op.create_index("ix_claims_unconfirmed", "claims", ["submitted_at"], unique=False, postgresql_where=sa.text("state = 'unconfirmed'"))
    op.create_table(
        "duties",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_duties_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "name", name=op.f("pk_duties")),
    )
    op.create_index("ix_duties_due", "duties", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_duties_leased", "duties", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_table(
        "imports",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sample", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
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
    op.create_index(
        "ix_imports_kept", "imports", ["created_at"], unique=False, postgresql_where=sa.text("storage_key IS NOT NULL OR refused_key IS NOT NULL")
    )
    op.create_table(
        "inbound_mails",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=True),
        sa.Column("customer_digest", sa.LargeBinary(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
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
        sa.UniqueConstraint("branch_id", "source_id", "digest", name=op.f("uq_inbound_mails_branch_id_source_id_digest")),
    )
    op.create_index("ix_inbound_mails_content", "inbound_mails", ["branch_id", "content_digest"], unique=False)
    op.create_index("ix_inbound_mails_due", "inbound_mails", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_inbound_mails_leased", "inbound_mails", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_index(
        "ix_inbound_mails_review",
        "inbound_mails",
        ["branch_id", "received_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('unrecognised', 'dead')"),
    )
    op.create_index(
        "ix_inbound_mails_kept",
        "inbound_mails",
        ["settled_at"],
        unique=False,
        postgresql_where=sa.text("storage_key IS NOT NULL OR fields <> '{}' OR subject <> ''"),
    )
    op.create_table(
        "jobs",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("customer_name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("house_number", sa.String(), nullable=True),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("credited", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("credit_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_jobs_branch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_jobs_person_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("branch_id", "identity", name=op.f("uq_jobs_branch_id_identity")),
    )
    op.create_index(
        "ix_jobs_credit_asked",
        "jobs",
        ["branch_id", "credit_asked_at"],
        unique=False,
        postgresql_where=sa.text("credit_asked_at IS NOT NULL"),
    )
    op.create_index("ix_jobs_number", "jobs", ["branch_id", "number_key"], unique=False)
    op.create_index("ix_jobs_completed", "jobs", ["branch_id", "completed_at"], unique=False)
    op.create_index("ix_jobs_person", "jobs", ["person_id"], unique=False)
    op.create_index("ix_jobs_spelled", "jobs", ["branch_id", sa.literal_column("regexp_replace(lower(number), '[^a-z0-9]', '', 'g')")], unique=False)
    op.create_index("ix_jobs_created", "jobs", ["created_at"], unique=False, postgresql_using="brin")
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
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replanned_to", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_rule_versions_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "version", name=op.f("pk_rule_versions")),
    )
    op.create_index("ix_rule_versions_new", "rule_versions", ["since", "branch_id"], unique=False, postgresql_where=sa.text("replanned_at IS NULL"))
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"], unique=False)
    op.create_table(
        "source_branches",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_source_branches_branch_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_branches_source_id")),
        sa.PrimaryKeyConstraint("source_id", "branch_id", name=op.f("pk_source_branches")),
    )
    op.create_table(
        "told_wishes",
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("waits_for", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('counts', 'waits', 'declined', 'withdrawn')", name=op.f("ck_told_wishes_state")),
        sa.CheckConstraint("(state = 'waits') = (waits_for IS NOT NULL)", name=op.f("ck_told_wishes_waits_for_something")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_told_wishes_source_id")),
        sa.PrimaryKeyConstraint("address_key", "source_id", name=op.f("pk_told_wishes")),
    )
    op.create_index("ix_told_wishes_source", "told_wishes", ["source_id", "told_at"], unique=False)
    op.create_index("ix_told_wishes_waiting", "told_wishes", ["told_at"], unique=False, postgresql_where=sa.text("state = 'waits'"))
    op.create_table(
        "source_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_keys_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_source_keys_digest")),
    )
    op.create_table(
        "told_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("taken", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refusals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_told_lines_branch_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_told_lines_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_lines")),
    )
    op.create_index("ix_told_lines_at", "told_lines", ["at"], unique=False, postgresql_using="brin")
    op.create_index("ix_told_lines_branch", "told_lines", ["branch_id", "at"], unique=False)
    op.create_table(
        "user_branches",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_user_branches_branch_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_branches_user_id")),
        sa.PrimaryKeyConstraint("user_id", "branch_id", name=op.f("pk_user_branches")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("types", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        "bases",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("trigger_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('customer', 'consent')", name=op.f("ck_bases_kind")),
        sa.ForeignKeyConstraint(["branch_id", "job_id"], ["jobs.branch_id", "jobs.id"], name=op.f("fk_bases_branch_id_job_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_bases_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_bases")),
        sa.UniqueConstraint("branch_id", "trigger_id", name=op.f("uq_bases_branch_id_trigger_id")),
    )
    op.create_table(
        "claim_contents",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("headline", sa.String(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("recommends", sa.Boolean(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 10", name=op.f("ck_claim_contents_rating")),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_claim_contents_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("branch_id", "claim_id", name=op.f("pk_claim_contents")),
    )
    op.create_table(
        "claim_mails",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_claim_mails_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_claim_mails_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_claim_mails")),
        sa.UniqueConstraint("branch_id", "claim_id", "kind", "round", name=op.f("uq_claim_mails_branch_id_claim_id_kind_round")),
    )
    op.create_index("ix_claim_mails_due", "claim_mails", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_claim_mails_leased", "claim_mails", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_index("ix_claim_mails_unknown", "claim_mails", ["branch_id"], unique=False, postgresql_where=sa.text("state = 'unknown'"))
    op.create_table(
        "open_cases",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "job_id"], ["jobs.branch_id", "jobs.id"], name=op.f("fk_open_cases_branch_id_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_open_cases_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_open_cases")),
        sa.UniqueConstraint("branch_id", "job_id", name=op.f("uq_open_cases_branch_id_job_id")),
    )
    op.create_table(
        "proofs",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("picture_hash", sa.String(), nullable=True),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("page_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("redacted_keys", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("traits", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("shred_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shredded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_proofs_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_proofs_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("branch_id", "claim_id", "sha256", name=op.f("uq_proofs_branch_id_claim_id_sha256")),
        sa.UniqueConstraint("branch_id", "storage_key", name=op.f("uq_proofs_branch_id_storage_key")),
    )
    op.create_index("ix_proofs_due", "proofs", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_proofs_leased", "proofs", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_index("ix_proofs_parts", "proofs", ["parts"], unique=False, postgresql_using="gin", postgresql_ops={"parts": "jsonb_path_ops"})
    op.create_index("ix_proofs_sha256", "proofs", ["sha256"], unique=False)
    op.create_index("ix_proofs_kept", "proofs", ["shred_after"], unique=False, postgresql_where=sa.text("shredded_at IS NULL"))
    op.create_index("ix_proofs_dead", "proofs", ["branch_id", "claim_id"], unique=False, postgresql_where=sa.text("state = 'dead'"))
    op.create_table(
        "publications",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_publications_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_publications_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_publications")),
        sa.UniqueConstraint("branch_id", "claim_id", name=op.f("uq_publications_branch_id_claim_id")),
    )
    op.create_index("ix_publications_due", "publications", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_publications_leased", "publications", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_index("ix_publications_published", "publications", ["published_at"], unique=False)
    op.create_index(
        "ix_publications_invited", "publications", ["branch_id"], unique=False, postgresql_where=sa.text("state = 'sent' AND published_at IS NULL")
    )
    op.create_table(
        "receipts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_receipts_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_receipts_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("branch_id", "claim_id", name=op.f("uq_receipts_branch_id_claim_id")),
    )
    op.create_index("ix_receipts_number", "receipts", ["number"], unique=False)
    op.create_table(
        "triggers",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("source_job_id", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id", "job_id"], ["jobs.branch_id", "jobs.id"], name=op.f("fk_triggers_branch_id_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_triggers_branch_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_triggers_source_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_triggers")),
        sa.UniqueConstraint("branch_id", "source_id", "event_id", name=op.f("uq_triggers_branch_id_source_id_event_id")),
    )
    op.create_index("ix_triggers_event", "triggers", ["source_id", "event_id"], unique=False)
    op.create_index("ix_triggers_job", "triggers", ["branch_id", "job_id"], unique=False)
    op.create_index(
        "ix_triggers_source_job",
        "triggers",
        ["branch_id", "source_id", "source_job_id"],
        unique=False,
        postgresql_where=sa.text("source_job_id IS NOT NULL"),
    )
    op.create_index("ix_triggers_received", "triggers", ["received_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "webhook_deliveries",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        "invitations",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("send_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'reviewed', 'held', 'cancelled', 'expired', 'refused', 'unknown', 'skipped', 'dead')",
            name=op.f("ck_invitations_state"),
        ),
        sa.CheckConstraint(
            "state IN ('skipped', 'cancelled') OR (basis_id IS NOT NULL AND person_id IS NOT NULL)", name=op.f("ck_invitations_no_mail_without_basis")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'reviewed', 'unknown') OR marked_at IS NOT NULL", name=op.f("ck_invitations_nothing_leaves_unmarked")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "basis_id"], ["bases.branch_id", "bases.id"], name=op.f("fk_invitations_branch_id_basis_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "job_id"], ["jobs.branch_id", "jobs.id"], name=op.f("fk_invitations_branch_id_job_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_invitations_branch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invitations_person_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("branch_id", "job_id", name=op.f("uq_invitations_branch_id_job_id")),
        sa.UniqueConstraint("branch_id", "reference", name=op.f("uq_invitations_branch_id_reference")),
    )
    op.create_index("ix_invitations_due", "invitations", ["due_at"], unique=False, postgresql_where=sa.text("state = 'planned'"))
    op.create_index("ix_invitations_leased", "invitations", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
    op.create_index("ix_invitations_left", "invitations", ["channel", "marked_at"], unique=False, postgresql_where=sa.text("marked_at IS NOT NULL"))
    op.create_index(
        "ix_invitations_mailed",
        "invitations",
        ["branch_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent' AND channel = 'mail'"),
    )
    op.create_index("ix_invitations_person", "invitations", ["person_id"], unique=False)
    op.create_index(
        "ix_invitations_turn", "invitations", ["branch_id", "channel", "due_at"], unique=False, postgresql_where=sa.text("state = 'planned'")
    )
    op.create_index(
        "ix_invitations_stuck",
        "invitations",
        ["branch_id", "state", "marked_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('unknown', 'dead')"),
    )
    op.create_table(
        "verdicts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("proof_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("mail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("strengths", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('accept', 'refer', 'reject')", name=op.f("ck_verdicts_outcome")),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_verdicts_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "proof_id"], ["proofs.branch_id", "proofs.id"], name=op.f("fk_verdicts_branch_id_proof_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_verdicts_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_verdicts")),
    )
    op.create_index("ix_verdicts_claim", "verdicts", ["branch_id", "claim_id"], unique=False)
    op.create_index(
        "ix_verdicts_dated",
        "verdicts",
        ["branch_id", sa.literal_column("(fields #>> '{date,value}')"), sa.literal_column("(fields #>> '{total,value}')")],
        unique=False,
    )
    op.create_index(
        "ix_verdicts_spelled",
        "verdicts",
        ["branch_id", sa.literal_column("regexp_replace(lower(fields #>> '{number,value}'), '[^a-z0-9]', '', 'g')")],
        unique=False,
    )
    op.create_table(
        "decisions",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("verdict_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choice = 'approve' OR reason IS NOT NULL", name=op.f("ck_decisions_no_refusal_without_reason")),
        sa.CheckConstraint("choice IN ('approve', 'refuse', 'ask')", name=op.f("ck_decisions_choice")),
        sa.ForeignKeyConstraint(
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_decisions_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "verdict_id"], ["verdicts.branch_id", "verdicts.id"], name=op.f("fk_decisions_branch_id_verdict_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_decisions_branch_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_decisions_user_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("branch_id", "claim_id", "round", name=op.f("uq_decisions_branch_id_claim_id_round")),
    )
    op.create_index("ix_decisions_decided", "decisions", ["decided_at"], unique=False)
    op.create_table(
        "findings",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("verdict_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "verdict_id"], ["verdicts.branch_id", "verdicts.id"], name=op.f("fk_findings_branch_id_verdict_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_findings_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_findings")),
        sa.UniqueConstraint("branch_id", "verdict_id", "position", name=op.f("uq_findings_branch_id_verdict_id_position")),
    )
    op.create_table(
        "invitation_events",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_by", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id", "invitation_id"],
            ["invitations.branch_id", "invitations.id"],
            name=op.f("fk_invitation_events_branch_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_invitation_events_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_invitation_events")),
    )
    op.create_index("ix_invitation_events_at", "invitation_events", ["at"], unique=False, postgresql_using="brin")
    op.create_index("ix_invitation_events_invitation", "invitation_events", ["branch_id", "invitation_id"], unique=False)
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
    op.create_index("ix_reminders_unknown", "reminders", ["branch_id"], unique=False, postgresql_where=sa.text("state = 'unknown'"))
    op.create_table(
        "reviews",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=True),
        sa.Column("rating", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("headline", sa.String(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=True),
        sa.Column("recommends", sa.Boolean(), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id", "invitation_id"],
            ["invitations.branch_id", "invitations.id"],
            name=op.f("fk_reviews_branch_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_reviews_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("branch_id", "tenant", "review_id", name=op.f("uq_reviews_branch_id_tenant_review_id")),
    )
    op.create_index("ix_reviews_reference", "reviews", ["branch_id", "reference"], unique=False)
    # Last, when all tables stand: it makes a copy of each.
    op.execute(_TEST_MODE)


def downgrade() -> None:
    op.execute("DROP SCHEMA test_mode CASCADE")
    op.drop_index("ix_reviews_reference", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("ix_reminders_leased", table_name="reminders", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_reminders_due", table_name="reminders", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_reminders_unknown", table_name="reminders")
    op.drop_table("reminders")
    op.drop_index("ix_mail_events_invitation", table_name="mail_events")
    op.drop_table("mail_events")
    op.drop_index("ix_invitation_events_invitation", table_name="invitation_events")
    op.drop_index("ix_invitation_events_at", table_name="invitation_events", postgresql_using="brin")
    op.drop_table("invitation_events")
    op.drop_table("findings")
    op.drop_index("ix_decisions_decided", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_verdicts_spelled", table_name="verdicts")
    op.drop_index("ix_verdicts_dated", table_name="verdicts")
    op.drop_index("ix_verdicts_claim", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_index("ix_invitations_turn", table_name="invitations", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_invitations_person", table_name="invitations")
    op.drop_index("ix_invitations_mailed", table_name="invitations", postgresql_where=sa.text("state = 'sent' AND channel = 'mail'"))
    op.drop_index("ix_invitations_left", table_name="invitations", postgresql_where=sa.text("marked_at IS NOT NULL"))
    op.drop_index("ix_invitations_leased", table_name="invitations", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_invitations_due", table_name="invitations", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_invitations_stuck", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_webhook_deliveries_leased", table_name="webhook_deliveries", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("webhook_deliveries")
    op.drop_index("ix_triggers_received", table_name="triggers", postgresql_using="brin")
    op.drop_index("ix_triggers_source_job", table_name="triggers", postgresql_where=sa.text("source_job_id IS NOT NULL"))
    op.drop_index("ix_triggers_job", table_name="triggers")
    op.drop_index("ix_triggers_event", table_name="triggers")
    op.drop_table("triggers")
    op.drop_index("ix_receipts_number", table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("ix_publications_leased", table_name="publications", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_publications_due", table_name="publications", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_publications_published", table_name="publications")
    op.drop_index("ix_publications_invited", table_name="publications")
    op.drop_table("publications")
    op.drop_index("ix_proofs_sha256", table_name="proofs")
    op.drop_index("ix_proofs_parts", table_name="proofs", postgresql_using="gin", postgresql_ops={"parts": "jsonb_path_ops"})
    op.drop_index("ix_proofs_leased", table_name="proofs", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_proofs_due", table_name="proofs", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_proofs_kept", table_name="proofs")
    op.drop_index("ix_proofs_dead", table_name="proofs")
    op.drop_table("proofs")
    op.drop_table("open_cases")
    op.drop_index("ix_claim_mails_leased", table_name="claim_mails", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_claim_mails_due", table_name="claim_mails", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_claim_mails_unknown", table_name="claim_mails")
    op.drop_table("claim_mails")
    op.drop_table("claim_contents")
    op.drop_table("bases")
    op.drop_table("webhook_endpoints")
    op.drop_table("user_branches")
    op.drop_index("ix_told_lines_branch", table_name="told_lines")
    op.drop_index("ix_told_lines_at", table_name="told_lines", postgresql_using="brin")
    op.drop_table("told_lines")
    op.drop_table("source_keys")
    op.drop_index("ix_told_wishes_waiting", table_name="told_wishes", postgresql_where=sa.text("state = 'waits'"))
    op.drop_index("ix_told_wishes_source", table_name="told_wishes")
    op.drop_table("told_wishes")
    op.drop_table("source_branches")
    op.drop_index("ix_sessions_expires", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_rule_versions_new", table_name="rule_versions")
    op.drop_table("rule_versions")
    op.drop_table("platform_figures")
    op.drop_table("mail_patterns")
    op.drop_index("ix_jobs_spelled", table_name="jobs")
    op.drop_index("ix_jobs_person", table_name="jobs")
    op.drop_index("ix_jobs_completed", table_name="jobs")
    op.drop_index("ix_jobs_created", table_name="jobs")
    op.drop_index("ix_jobs_number", table_name="jobs")
    op.drop_index("ix_jobs_credit_asked", table_name="jobs", postgresql_where=sa.text("credit_asked_at IS NOT NULL"))
    op.drop_table("jobs")
    op.drop_index("ix_inbound_mails_leased", table_name="inbound_mails", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_inbound_mails_content", table_name="inbound_mails")
    op.drop_index("ix_inbound_mails_due", table_name="inbound_mails", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_inbound_mails_review", table_name="inbound_mails")
    op.drop_index("ix_inbound_mails_kept", table_name="inbound_mails")
    op.drop_table("inbound_mails")
    op.drop_index("ix_imports_leased", table_name="imports", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_imports_due", table_name="imports", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("ix_imports_kept", table_name="imports")
    op.drop_table("imports")
    op.drop_index("ix_duties_leased", table_name="duties", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_duties_due", table_name="duties", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("duties")
    op.drop_index("uq_claims_same_form", table_name="claims", postgresql_where=sa.text("state <> 'refused'"))
    op.drop_index("ix_claims_token", table_name="claims")
    op.drop_index("ix_claims_state", table_name="claims")
    op.drop_index("ix_claims_address", table_name="claims")
    op.drop_index("ix_claims_confirmed", table_name="claims")
    op.drop_index("ix_claims_unconfirmed", table_name="claims")
    op.drop_index("ix_claims_judged", table_name="claims")
    op.drop_table("claims")
    op.drop_table("branch_profiles")
    op.drop_table("audit")
    op.drop_index("ix_alerts_leased", table_name="alerts", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_alerts_lasting", table_name="alerts", postgresql_where=sa.text("kind = 'unknown_waiting' AND state <> 'over'"))
    op.drop_index("ix_alerts_due", table_name="alerts", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("alerts")
    op.drop_table("users")
    op.drop_index("ix_suppressions_at", table_name="suppressions")
    op.drop_table("suppressions")
    op.drop_table("sources")
    op.drop_table("service_presence")
    op.drop_table("service_faults")
    op.drop_index("ix_rate_counters_window", table_name="rate_counters")
    op.drop_table("rate_counters")
    op.drop_table("platform_paces")
    op.drop_table("people")
    op.drop_table("channel_halts")
    op.drop_table("branches")
