"""The whole schema: `walls` (what all tables share), `house`, `flow_a`, `flow_b`; a page each."""

from reviews.tables.flow_a import Basis, Invitation, InvitationEvent, Job, OpenCase, Person, Review, Suppression, Trigger
from reviews.tables.flow_b import BranchHabit, Claim, ClaimContent, Decision, Finding, Letter, Proof, Publication, Receipt, Verdict
from reviews.tables.house import AuditEntry, Branch, Duty, RateCounter, Session, Source, SourceBranch, SourceKey, User, UserBranch
from reviews.tables.walls import Base, Due, Owned, Privacy, new_id, spelled

__all__ = [
    "AuditEntry",
    "Base",
    "Basis",
    "Branch",
    "BranchHabit",
    "Claim",
    "ClaimContent",
    "Decision",
    "Due",
    "Duty",
    "Finding",
    "Invitation",
    "InvitationEvent",
    "Job",
    "Letter",
    "OpenCase",
    "Owned",
    "Person",
    "Privacy",
    "Proof",
    "Publication",
    "RateCounter",
    "Receipt",
    "Review",
    "Session",
    "Source",
    "SourceBranch",
    "SourceKey",
    "Suppression",
    "Trigger",
    "User",
    "UserBranch",
    "Verdict",
    "new_id",
    "spelled",
]
