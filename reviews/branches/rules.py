"""The rules of a branch: what it may choose, within which bounds, and what holds where it chooses nothing. Pure."""

from typing import Annotated, Literal

import msgspec

from reviews.branches.country import Country
from reviews.branches.delays import Delay

Kind = Literal["purchase", "repair"]

Hour = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
"""A local hour as people write it, "10:00"; "24:00" is the end of the day."""


class SharedRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person writes just as it is kept; the defaults are what the field's figures support.

    `country` decides which public holidays count; `sending_hours` are local, the end excluded; `cap_days` is measured over all branches;
    `most_per_hour` is how many invitations of the branch may leave within any hour, None for no limit.
    """

    country: Country = "NL"
    channel: Literal["platform", "mail"] = "platform"
    sending_hours: tuple[Hour, Hour] = ("10:00", "16:00")
    working_days_only: bool = True
    cap_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 90
    most_per_hour: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    reminder: Literal["none", "platform", "ours"] = "none"
    reminder_after_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 7
    uninvited_reviews: bool = True
    publication: Literal["questionnaire", "invitation"] = "questionnaire"
    proof_max_age_months: Annotated[int, msgspec.Meta(ge=1, le=120)] = 24
    book_year_ends: str = "12-31"


class Rules(SharedRules, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a branch chooses, as it is kept. `delay_days` counts from completion, parts of days included."""

    delay_days: dict[Kind, float] = msgspec.field(default_factory=lambda: {"purchase": 10.0, "repair": 10.0})


class RulesFile(SharedRules, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same as a person writes it: a delay has several spellings, which `Rules` keeps as one."""

    delay_days: dict[Kind, Delay] = msgspec.field(default_factory=lambda: dict[Kind, Delay](Rules().delay_days))
