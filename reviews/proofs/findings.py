"""The closed list of what can be noticed about a proof, with a plain sentence for the manager and one for the customer.

The customer's sentence never accuses: it says what to send instead.
"""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """Why a proof is or is not certain."""

    GENUINE = "genuine"
    NAME_VARIANT = "name_variant"
    COMPANY_CUSTOMER = "company_customer"
    NO_TOTAL = "no_total"
    ORDER_UNKNOWN = "order_unknown"
    NUMBER_MISMATCH = "number_mismatch"
    ADDRESS_MISMATCH = "address_mismatch"
    ISSUER_UNCLEAR = "issuer_unclear"
    POOR_QUALITY = "poor_quality"
    WRONG_BRANCH = "wrong_branch"
    FOREIGN_COMPANY = "foreign_company"
    NOT_A_PROOF = "not_a_proof"
    NAME_MISMATCH = "name_mismatch"
    ORDER_MISMATCH = "order_mismatch"
    TOO_OLD = "too_old"
    FUTURE_DATE = "future_date"
    DUPLICATE_DOCUMENT = "duplicate_document"
    ALTERED_DOCUMENT = "altered_document"
    HIDDEN_TEXT = "hidden_text"
    UNREADABLE = "unreadable"
    NOT_A_DOCUMENT = "not_a_document"
    ACTIVE_CONTENT = "active_content"
    ENCRYPTED = "encrypted"
    MALFORMED_FILE = "malformed_file"
    UNSUPPORTED_TYPE = "unsupported_type"
    OVERSIZED = "oversized"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was noticed; `evidence` is what it rests on, in the document's own words or figures."""

    code: Code
    evidence: str | None = None
