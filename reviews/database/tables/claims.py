"""Flow B: claims, proofs, verdicts with their findings, what branches' documents look like, decisions, mails, publications, receipts."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from reviews.database.tables.base import Base, Due, Owned, contact, content, owned, plain, pseudonym, queue, secret, spelled, staff


class Claim(Owned, Base):
    """An aanvraag: an uninvited review on its way to be verified. What it says stands in `ClaimContent`, where the desk's queries do not look."""

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_token", "token_digest"),
        Index("ix_claims_state", "branch_id", "state"),
        Index("ix_claims_address", "branch_id", "address_key"),
        Index("ix_claims_confirmed", "confirmed_at"),
        Index("ix_claims_judged", "branch_id", "judged_at", "id", postgresql_where=text("state = 'judged'")),
        Index("ix_claims_unconfirmed", "submitted_at", postgresql_where=text("state = 'unconfirmed'")),
        # Partial: after a refusal the same form may be sent again.
        Index("uq_claims_same_form", "branch_id", "form_digest", unique=True, postgresql_where=text("state <> 'refused'")),
        CheckConstraint(
            "state IN ('unconfirmed', 'proof_needed', 'checking', 'judged', 'approved', 'refused', 'published')",
            name="state",
        ),
    )
    token_digest: Mapped[bytes] = secret()
    form_digest: Mapped[bytes] = pseudonym()
    address_key: Mapped[bytes] = pseudonym()
    state: Mapped[str] = plain()
    round: Mapped[int] = plain(default=1)
    name: Mapped[str] = contact()
    email: Mapped[str] = contact()
    postcode: Mapped[str | None] = contact()
    document_number: Mapped[str | None] = contact()
    language: Mapped[str] = contact(default="nl")
    submitted_at: Mapped[datetime] = contact()
    confirmed_at: Mapped[datetime | None] = contact()
    judged_at: Mapped[datetime | None] = contact()


class ClaimContent(Base):
    """Rating and text of a claim, in a table of their own: no query of the desk names it before the decision is stored."""

    __tablename__ = "claim_contents"
    __table_args__ = (
        owned("claims", "claim_id"),
        CheckConstraint("rating BETWEEN 1 AND 10", name="rating"),
    )
    branch_id: Mapped[uuid.UUID] = plain(primary_key=True)
    claim_id: Mapped[uuid.UUID] = pseudonym(primary_key=True)
    rating: Mapped[int] = content()
    headline: Mapped[str] = content()
    opinion: Mapped[str] = content()
    recommends: Mapped[bool] = content()
    city: Mapped[str] = contact(default="")


class Proof(Owned, Due, Base):
    """An uploaded klantbewijs of one file or several photos: the bytes lie in the store under random keys, written before this row.

    `asked_at` is when it was last asked to be read: at the upload, and by whoever at the desk has it read once more. `attempts_before` were made
    before that; they no longer count, but `attempt` goes on from them, for it fences leases.

    `parts` are its files in the order of the pages (key, media type, size, digest); what the row says of storage key and media type is that
    of the first, its digest that of the whole. `redacted_keys` name the redacted picture for each of `page_keys`, "" for a page without one.
    """

    __tablename__ = "proofs"
    __table_args__ = (
        owned("claims", "claim_id"),
        UniqueConstraint("branch_id", "storage_key"),
        # The same file sent twice with one claim is one proof; between claims it is a finding, so no constraint.
        UniqueConstraint("branch_id", "claim_id", "sha256"),
        Index("ix_proofs_sha256", "sha256"),
        # jsonb_path_ops: only containment (@>) is asked, and this index is smaller and faster for it.
        Index("ix_proofs_parts", "parts", postgresql_using="gin", postgresql_ops={"parts": "jsonb_path_ops"}),
        # What still has bytes, and what nothing could read: few of all that ever were.
        Index("ix_proofs_kept", "shred_after", postgresql_where=text("shredded_at IS NULL")),
        Index("ix_proofs_dead", "branch_id", "claim_id", postgresql_where=text("state = 'dead'")),
        *queue("proofs", "waiting"),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    storage_key: Mapped[str] = plain()
    file_name: Mapped[str] = content()
    media_type: Mapped[str] = plain()
    size: Mapped[int] = plain()
    sha256: Mapped[bytes] = pseudonym()
    picture_hash: Mapped[str | None] = pseudonym()
    parts: Mapped[list[dict[str, Any]]] = pseudonym(default=list, server_default="[]")
    page_keys: Mapped[list[str]] = plain(default=list)
    redacted_keys: Mapped[list[str]] = plain(default=list, server_default="[]")
    traits: Mapped[dict[str, Any]] = plain(default=dict, server_default="{}")
    uploaded_at: Mapped[datetime] = contact()
    asked_at: Mapped[datetime] = plain()
    attempts_before: Mapped[int] = plain(default=0, server_default="0")
    failure: Mapped[str | None] = plain()
    shred_after: Mapped[datetime | None] = plain()
    shredded_at: Mapped[datetime | None] = plain()


class VerdictRecord(Owned, Base):
    """An oordeel of the machine, with the version of its rules and all fields it used; it accepts or asks a person, it never refuses.

    `mail` is what the signature of a forwarded mail said, with the published key it was checked by; `strengths` names what makes the proof
    stronger than paper.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        owned("claims", "claim_id"),
        owned("proofs", "proof_id"),
        CheckConstraint("outcome IN ('accept', 'refer', 'reject')", name="outcome"),
        Index("ix_verdicts_claim", "branch_id", "claim_id"),
        # Expression indexes: a document that was used before is looked for by number, and by date with total, on every verdict.
        Index("ix_verdicts_spelled", "branch_id", text(spelled("fields #>> '{number,value}'"))),
        Index("ix_verdicts_dated", "branch_id", text("(fields #>> '{date,value}')"), text("(fields #>> '{total,value}')")),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    proof_id: Mapped[uuid.UUID | None] = pseudonym()
    version: Mapped[str] = plain()
    outcome: Mapped[str] = plain()
    fields: Mapped[dict[str, Any]] = content()
    mail: Mapped[dict[str, Any] | None] = content()
    strengths: Mapped[list[str]] = plain(default=list, server_default="[]")
    judged_at: Mapped[datetime] = plain()


class FindingRecord(Owned, Base):
    """A bevinding: one thing that inspection or matching noticed."""

    __tablename__ = "findings"
    __table_args__ = (owned("verdicts", "verdict_id"), UniqueConstraint("branch_id", "verdict_id", "position"))
    verdict_id: Mapped[uuid.UUID] = pseudonym()
    position: Mapped[int] = plain()
    code: Mapped[str] = plain()
    evidence: Mapped[str | None] = content()


class BranchProfile(Base):
    """Something that approved documents of a branch have in common, such as the program that wrote them; it says nothing of any person."""

    __tablename__ = "branch_profiles"
    branch_id: Mapped[uuid.UUID] = plain(ForeignKey("branches.id"), primary_key=True)
    trait: Mapped[str] = plain(primary_key=True)
    value: Mapped[str] = plain(primary_key=True)
    seen: Mapped[int] = plain()
    first_seen_on: Mapped[date] = plain()
    last_seen_on: Mapped[date] = plain()


class Decision(Owned, Base):
    """A besluit of a person; one per round of a claim, so that the first one counts."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("branch_id", "claim_id", "round"),
        owned("claims", "claim_id"),
        owned("verdicts", "verdict_id"),
        Index("ix_decisions_decided", "decided_at"),
        CheckConstraint("choice IN ('approve', 'refuse', 'ask')", name="choice"),
        # The customer is told why: that must not depend on the desk's form.
        CheckConstraint("choice = 'approve' OR reason IS NOT NULL", name="no_refusal_without_reason"),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    verdict_id: Mapped[uuid.UUID] = pseudonym()
    round: Mapped[int] = plain()
    choice: Mapped[str] = plain()
    reason: Mapped[str | None] = plain()
    user_id: Mapped[uuid.UUID] = staff(ForeignKey("users.id"))
    decided_at: Mapped[datetime] = staff()


class ClaimMail(Owned, Due, Base):
    """A mail about a claim, stored in the transaction that caused it and sent after that has committed."""

    __tablename__ = "claim_mails"
    __table_args__ = (
        owned("claims", "claim_id"),
        UniqueConstraint("branch_id", "claim_id", "kind", "round"),
        Index("ix_claim_mails_unknown", "branch_id", postgresql_where=text("state = 'unknown'")),
        *queue("claim_mails", "waiting"),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    kind: Mapped[str] = plain()
    round: Mapped[int] = plain()
    message_id: Mapped[str] = pseudonym()
    created_at: Mapped[datetime] = plain()
    sent_at: Mapped[datetime | None] = contact()
    failure: Mapped[str | None] = plain()


class Publication(Owned, Due, Base):
    """An approved review on its way to the platform."""

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("branch_id", "claim_id"),
        owned("claims", "claim_id"),
        Index("ix_publications_published", "published_at"),
        Index("ix_publications_invited", "branch_id", postgresql_where=text("state = 'sent' AND published_at IS NULL")),
        *queue("publications", "waiting"),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    route: Mapped[str] = plain()
    published_at: Mapped[datetime | None] = contact()
    failure: Mapped[str | None] = plain()


class Receipt(Owned, Base):
    """A verificatiebewijs: our signed statement that a review was verified; it holds nothing personal and outlives the proof."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("branch_id", "claim_id"),
        owned("claims", "claim_id"),
        Index("ix_receipts_number", "number"),
    )
    claim_id: Mapped[uuid.UUID] = pseudonym()
    number: Mapped[str] = plain()
    statement: Mapped[dict[str, Any]] = plain()
    signature: Mapped[bytes] = plain()
    issued_at: Mapped[datetime] = plain()
