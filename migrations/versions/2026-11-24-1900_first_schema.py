"""Create the tables of both flows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


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
        sa.Column("platform_halted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branches")),
        sa.UniqueConstraint("slug", name=op.f("uq_branches_slug")),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("address_key", name=op.f("uq_people_address_key")),
    )
    op.create_table(
        "rate_counters",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "key", "window_start", name=op.f("pk_rate_counters")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("all_branches", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
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
    op.create_index("ix_claims_state", "claims", ["branch_id", "state"], unique=False)
    op.create_index("ix_claims_token", "claims", ["token_digest"], unique=False)
    op.create_index("uq_claims_same_form", "claims", ["branch_id", "form_digest"], unique=True, postgresql_where=sa.text("state <> 'refused'"))
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
        "jobs",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("customer_name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("house_number", sa.String(), nullable=True),
        sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_jobs_branch_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_jobs_person_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("branch_id", "number_key", name=op.f("uq_jobs_branch_id_number_key")),
    )
    op.create_index("ix_jobs_person", "jobs", ["person_id"], unique=False)
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
    op.create_table(
        "source_branches",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_source_branches_branch_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_branches_source_id")),
        sa.PrimaryKeyConstraint("source_id", "branch_id", name=op.f("pk_source_branches")),
    )
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
        "user_branches",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_user_branches_branch_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_branches_user_id")),
        sa.PrimaryKeyConstraint("user_id", "branch_id", name=op.f("pk_user_branches")),
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
        "letters",
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
            ["branch_id", "claim_id"], ["claims.branch_id", "claims.id"], name=op.f("fk_letters_branch_id_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_letters_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_letters")),
        sa.UniqueConstraint("branch_id", "claim_id", "kind", "round", name=op.f("uq_letters_branch_id_claim_id_kind_round")),
    )
    op.create_index("ix_letters_due", "letters", ["due_at"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_letters_leased", "letters", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'claimed'"))
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
        sa.Column("page_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
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
    op.create_index("ix_proofs_sha256", "proofs", ["sha256"], unique=False)
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
    op.create_index("ix_invitations_person", "invitations", ["person_id"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("proof_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
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
        sa.Column("actor", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id", "invitation_id"],
            ["invitations.branch_id", "invitations.id"],
            name=op.f("fk_invitation_events_branch_id_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_invitation_events_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "id", name=op.f("pk_invitation_events")),
    )
    op.create_index("ix_invitation_events_invitation", "invitation_events", ["branch_id", "invitation_id"], unique=False)
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


def downgrade() -> None:
    op.drop_index("ix_reviews_reference", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("ix_invitation_events_invitation", table_name="invitation_events")
    op.drop_table("invitation_events")
    op.drop_table("findings")
    op.drop_table("decisions")
    op.drop_index("ix_verdicts_claim", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_index("ix_invitations_person", table_name="invitations")
    op.drop_index("ix_invitations_leased", table_name="invitations", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_invitations_due", table_name="invitations", postgresql_where=sa.text("state = 'planned'"))
    op.drop_table("invitations")
    op.drop_index("ix_triggers_job", table_name="triggers")
    op.drop_index("ix_triggers_event", table_name="triggers")
    op.drop_table("triggers")
    op.drop_index("ix_receipts_number", table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("ix_publications_leased", table_name="publications", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_publications_due", table_name="publications", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("publications")
    op.drop_index("ix_proofs_sha256", table_name="proofs")
    op.drop_index("ix_proofs_leased", table_name="proofs", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_proofs_due", table_name="proofs", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("proofs")
    op.drop_table("open_cases")
    op.drop_index("ix_letters_leased", table_name="letters", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_letters_due", table_name="letters", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("letters")
    op.drop_table("claim_contents")
    op.drop_table("bases")
    op.drop_table("user_branches")
    op.drop_table("source_keys")
    op.drop_table("source_branches")
    op.drop_table("sessions")
    op.drop_index("ix_jobs_person", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_duties_leased", table_name="duties", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_duties_due", table_name="duties", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("duties")
    op.drop_index("uq_claims_same_form", table_name="claims", postgresql_where=sa.text("state <> 'refused'"))
    op.drop_index("ix_claims_token", table_name="claims")
    op.drop_index("ix_claims_state", table_name="claims")
    op.drop_table("claims")
    op.drop_table("audit")
    op.drop_table("users")
    op.drop_table("suppressions")
    op.drop_table("sources")
    op.drop_table("rate_counters")
    op.drop_table("people")
    op.drop_table("branches")
