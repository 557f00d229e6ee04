"""Who a branch is: what its register, bank and letterhead call it, and which of those names is used where. Pure."""

from collections.abc import Mapping

import msgspec

from reviews.branches.country import Country, kbo_number
from reviews.local import postcode


class BranchIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What names a branch, as its register, bank and letterhead do; all but slug and trade names may be unknown."""

    slug: str
    country: Country = "NL"
    trade_names: tuple[str, ...]
    legal_name: str | None = None
    kvk: str | None = None
    btw_id: str | None = None
    iban: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    phone: str | None = None
    email_domain: str | None = None
    website: str | None = None

    @property
    def display_name(self) -> str:
        """The name that customers know it by."""
        return next(iter(self.trade_names), self.legal_name or self.slug)

    @property
    def legal_entity(self) -> str:
        """Who asks and answers for it by law: its legal entity, or its trade name where that is all it gave."""
        return self.legal_name or self.display_name

    @property
    def register(self) -> tuple[str, str] | None:
        """The register of companies of its country, as the templates name it, and its number there; None where none is known."""
        if self.country == "BE":
            number = kbo_number(self.btw_id or "")
            return ("KBO", number) if number else None
        return ("KvK", self.kvk) if self.kvk else None

    @property
    def full_address(self) -> str:
        """Street, postcode and town as they stand on one line; empty where none is known."""
        town = f"{postcode(self.postcode or '')} {self.city or ''}".strip()
        return ", ".join(part for part in (self.address or "", town) if part)


def of(identity: Mapping[str, object]) -> BranchIdentity:
    """Return who a branch is, from the row that keeps it; the one place that reads `Branch.identity`."""
    return msgspec.convert(identity, BranchIdentity)
