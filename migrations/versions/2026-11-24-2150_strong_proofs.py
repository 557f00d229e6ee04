"""Proofs of several files, redacted pages, sealed mails, and what a branch's documents look like."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "branch_habits",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("trait", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_branch_habits_branch_id")),
        sa.PrimaryKeyConstraint("branch_id", "trait", "value", name=op.f("pk_branch_habits")),
    )
    op.add_column("proofs", sa.Column("parts", _JSON, server_default="[]", nullable=False))
    op.add_column("proofs", sa.Column("redacted_keys", _JSON, server_default="[]", nullable=False))
    op.add_column("proofs", sa.Column("traits", _JSON, server_default="{}", nullable=False))
    op.add_column("verdicts", sa.Column("mail", _JSON, nullable=True))
    op.add_column("verdicts", sa.Column("strengths", _JSON, server_default="[]", nullable=False))
    op.execute(
        "UPDATE proofs SET parts = jsonb_build_array(jsonb_build_object("
        "'key', storage_key, 'media_type', media_type, 'size', size, 'sha256', encode(sha256, 'hex')))"
    )
    op.create_index("ix_proofs_parts", "proofs", ["parts"], unique=False, postgresql_using="gin", postgresql_ops={"parts": "jsonb_path_ops"})
    op.create_index("ix_jobs_completed", "jobs", ["branch_id", "completed_at"], unique=False)
    op.create_index("ix_jobs_spelled", "jobs", ["branch_id", sa.text(_spelled("number"))], unique=False)
    op.create_index("ix_verdicts_spelled", "verdicts", ["branch_id", sa.text(_spelled("fields #>> '{number,value}'"))], unique=False)
    dated = [sa.text(f"(fields #>> '{{{name},value}}')") for name in ("date", "total")]
    op.create_index("ix_verdicts_dated", "verdicts", ["branch_id", *dated], unique=False)


def _spelled(column: str) -> str:
    return f"regexp_replace(lower({column}), '[^a-z0-9]', '', 'g')"


def downgrade() -> None:
    for name, table in (("ix_verdicts_dated", "verdicts"), ("ix_verdicts_spelled", "verdicts"), ("ix_jobs_spelled", "jobs")):
        op.drop_index(name, table_name=table)
    op.drop_index("ix_jobs_completed", table_name="jobs")
    op.drop_index("ix_proofs_parts", table_name="proofs", postgresql_using="gin", postgresql_ops={"parts": "jsonb_path_ops"})
    op.drop_column("verdicts", "strengths")
    op.drop_column("verdicts", "mail")
    op.drop_column("proofs", "traits")
    op.drop_column("proofs", "redacted_keys")
    op.drop_column("proofs", "parts")
    op.drop_table("branch_habits")
