"""Branches as an administrator writes them: the JSON of `docs/configuration.md`, read, checked and kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.branches import delays
from reviews.branches.country import is_postcode, is_telephone, kbo_number
from reviews.branches.rules import Rules, RulesFile, SharedRules
from reviews.database import audit, channel_halts
from reviews.database.tables import Branch, RuleVersion, new_id
from reviews.errors import FieldError, InvalidError, NotFoundError
from reviews.keys import KeyRing
from reviews.local import LOCAL

Outcome = Literal["added", "changed", "unchanged"]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]

RESERVED = frozenset(
    ["api", "afmelden", "bewijs", "claim", "demo", "desk", "health", "hooks", "metrics", "mijn-gegevens", "static", "statistiek", "waarom"],
)
"""First parts of addresses that are pages of our own."""


class PlatformPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a branch stands at the review platform."""

    location_id: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    tenant: Literal["klantenvertellen", "kiyoh"] = "klantenvertellen"

    def __repr__(self) -> str:
        """Name the place without its token."""
        return f"PlatformPlace({self.location_id!r})"


class BranchFile(RulesFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A branch as its file says it: who it is, where it stands at the platform, which rules it follows."""

    slug: Slug
    trade_names: tuple[Name, ...] = ()
    legal_name: Name | None = None
    kvk: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}$")] | None = None
    btw_id: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    iban: Annotated[str, msgspec.Meta(max_length=34)] | None = None
    address: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    postcode: Annotated[str, msgspec.Meta(max_length=12)] | None = None
    city: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    phone: Annotated[str, msgspec.Meta(max_length=30)] | None = None
    email_domain: Annotated[str, msgspec.Meta(max_length=253)] | None = None
    website: Annotated[str, msgspec.Meta(max_length=253)] | None = None
    has_order_list: bool | None = None
    platform: PlatformPlace | None = None
    active: bool = True


_IDENTITY = (
    "slug", "country", "trade_names", "legal_name", "kvk", "btw_id", "iban", "address", "postcode", "city", "phone", "email_domain", "website",
)  # fmt: skip
_RULES = ("delay_days", *(field.name for field in msgspec.structs.fields(SharedRules)))


def read(raw: object) -> BranchFile:
    """Return a branch's file; raise InvalidError with everything that is wrong with it."""
    return validation.read(raw, BranchFile, _errors_in)


def read_rules(raw: object) -> Rules:
    """Return rules, as a file or a form gives them, in the way they are kept; raise InvalidError with everything that is wrong with them."""
    return kept(validation.read(raw, RulesFile, rule_errors))


def tried(branch: Branch, changes: Mapping[str, object]) -> Rules:
    """Return a branch's rules with some of them changed, as they would be kept; raise InvalidError with everything that is wrong."""
    raw: dict[str, object] = {**branch.rules, **changes}
    if isinstance(waits := changes.get("delay_days"), Mapping):
        raw["delay_days"] = {**branch.rules.get("delay_days", {}), **waits}
    return read_rules(raw)


def kept(file: RulesFile) -> Rules:
    """Return the rules of a file with one spelling for each value."""
    given = {name: getattr(file, name) for name in _RULES}
    in_days: Mapping[str, Any] = {"delay_days": {kind: delays.in_days(delay) for kind, delay in file.delay_days.items()}}
    return Rules(**{**given, **in_days})


def _errors_in(file: BranchFile) -> list[FieldError]:
    found: list[FieldError] = []
    if file.slug in RESERVED:
        found.append(FieldError("slug", "reserved", "Deze naam is een adres van de dienst zelf; kies een andere."))
    if not file.trade_names and not file.legal_name:
        found.append(FieldError("trade_names", "missing", "Geef minstens één naam: trade_names of legal_name."))
    found += _register_errors(file)
    if file.postcode and not is_postcode(file.country, file.postcode):
        found.append(FieldError("postcode", "wrong_value", f"Dit is geen postcode van {_COUNTRIES[file.country]}, zoals {_POSTCODES[file.country]}."))
    if file.phone and not is_telephone(file.country, file.phone):
        found.append(FieldError("phone", "wrong_value", f"Dit is geen telefoonnummer van {_COUNTRIES[file.country]}."))
    for name in ("legal_name", "address", "city", "phone"):
        found += validation.text_errors(name, getattr(file, name))
    for position, name in enumerate(file.trade_names):
        found += validation.text_errors(f"trade_names.{position}", name)
    if file.email_domain:
        found += validation.address_errors("email_domain", f"info@{file.email_domain}")
    return [*found, *rule_errors(file)]


_NOT_AT_KVK: Final = "Een Belgische vestiging staat niet bij de KvK; geef haar btw-nummer (btw_id)."
_COUNTRIES: Final = {"NL": "Nederland", "BE": "België"}
_POSTCODES: Final = {"NL": "3511 AB", "BE": "9000"}


def _register_errors(file: BranchFile) -> list[FieldError]:
    """Return what is wrong with the numbers by which registers know a branch; those of the KBO are its btw number."""
    if file.country == "BE":
        found = [FieldError("kvk", "wrong_value", _NOT_AT_KVK)] if file.kvk else []
        if kbo_number(file.btw_id or "") is None:
            found.append(FieldError("btw_id", "wrong_value", "Geef het Belgische btw-nummer, zoals BE0403019261; het KBO-nummer volgt daaruit."))
        return found
    if not file.kvk and not file.btw_id:
        return [FieldError("kvk", "missing", "Geef een KvK-nummer (kvk) of een btw-nummer (btw_id).")]
    return []


def rule_errors(file: RulesFile) -> list[FieldError]:
    """Return what is wrong with rules that are each well-formed: two that don't go together, a day that does not exist."""
    found: list[FieldError] = []
    if missing := {"purchase", "repair"} - set(file.delay_days):
        found += [validation.field_error(f"delay_days.{kind}", "missing") for kind in sorted(missing)]
    if any(delays.in_days(delay) > delays.LONGEST_DAYS for delay in file.delay_days.values()):
        found.append(FieldError("delay_days", "wrong_value", f"De wachttijd is hooguit {delays.LONGEST_DAYS} dagen."))
    if file.sending_hours[0] >= file.sending_hours[1]:
        found.append(FieldError("sending_hours", "wrong_order", "De eerste tijd moet voor de tweede liggen."))
    if not _is_day(file.book_year_ends):
        found.append(FieldError("book_year_ends", "wrong_value", 'Geef maand en dag, zoals "12-31".'))
    if (file.reminder, file.channel) in {("ours", "platform"), ("platform", "mail")}:
        found.append(FieldError("reminder", "wrong_value", _ONE_SIDE))
    return found


_ONE_SIDE = "Wie uitnodigt, herinnert ook: kies reminder=platform bij channel=platform, en reminder=ours bij channel=mail."
"""Why: we can't see whether the platform reminds, and it does not know whom we mail; both would remind, or neither."""


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(f"2027-{text}", "%Y-%m-%d").replace(tzinfo=LOCAL)
    except ValueError:
        return False
    return len(text) == 5


async def add(session: AsyncSession, file: BranchFile, *, key_ring: KeyRing, now: datetime, actor: str = "cli") -> Outcome:
    """Add a branch, or bring a known one in line with its file; the same file again changes nothing.

    A file without `platform` or without `token` leaves those as they are. New rules get a new version number, so that each invitation can be
    explained by the rules of its day, and switching a branch on or off is such a change. What still waits is planned anew by the background
    process (`replanning`). A new token lets a halted platform queue run again.
    """
    branch = await session.scalar(select(Branch).where(Branch.slug == file.slug).with_for_update())
    fresh = branch is None
    if branch is None:
        branch = Branch(id=new_id(), slug=file.slug, identity={}, rules={}, rules_version=0, active=file.active, created_at=now)
        branch.platform_tenant = "klantenvertellen"
        session.add(branch)
    before = branch.rules_version
    changed = _apply(branch, file, key_ring)
    await session.flush()
    place = {name for name in changed if name.startswith("platform")} or (file.platform and file.platform.token)
    if place and await channel_halts.mended(session, channel_halts.PLATFORM, branch.id):
        changed.append("platform.halted")
    if branch.rules_version != before:
        await _keep_version(session, branch, fresh=fresh, now=now)
    if changed:
        evidence = {"changed": changed, "rules_version": branch.rules_version}
        action = "branch_added" if fresh else "branch_changed"
        await audit.append(session, branch.id, actor=actor, action=action, subject=file.slug, evidence=evidence, now=now)
    return "added" if fresh else "changed" if changed else "unchanged"


async def _keep_version(session: AsyncSession, branch: Branch, *, fresh: bool, now: datetime) -> None:
    """Keep the rules under their version, waiting to be applied to what is planned; an older version that still waits for that need not be."""
    older = update(RuleVersion).where(RuleVersion.branch_id == branch.id, RuleVersion.replanned_at.is_(None))
    await session.execute(older.values(replanned_at=now))
    session.add(RuleVersion(branch_id=branch.id, version=branch.rules_version, rules=branch.rules, since=now, replanned_at=now if fresh else None))
    await session.flush()


def _apply(branch: Branch, file: BranchFile, key_ring: KeyRing) -> list[str]:
    """Write a file's values into its row and return the names of what changed."""
    given: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    identity = {key: given[key] for key in _IDENTITY if given[key] or key == "trade_names"}
    rules: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(kept(file)))
    changed = [key for key in _IDENTITY if key != "country" and branch.identity.get(key) != identity.get(key)]
    new_rules = [key for key in _RULES if key not in branch.rules or branch.rules[key] != rules[key]]
    if branch.active != file.active:
        branch.active = file.active
        new_rules.append("active")
    branch.identity, branch.rules = identity, rules
    branch.rules_version += 1 if new_rules else 0
    return changed + new_rules + _apply_platform(branch, file.platform, key_ring)


def _apply_platform(branch: Branch, place: PlatformPlace | None, key_ring: KeyRing) -> list[str]:
    if place is None:
        return []
    changed = []
    if (branch.platform_location, branch.platform_tenant) != (place.location_id, place.tenant):
        branch.platform_location, branch.platform_tenant = place.location_id, place.tenant
        changed.append("platform")
    if place.token and (branch.platform_token is None or key_ring.decrypt(branch.platform_token) != place.token):
        branch.platform_token = key_ring.encrypt(place.token)
        changed.append("platform.token")
    return changed


def written(branch: Branch) -> dict[str, Any]:
    """Return a branch as its file would say it, without its token."""
    place = {"location_id": branch.platform_location, "tenant": branch.platform_tenant} if branch.platform_location else None
    waits = {kind: delays.as_written(days) for kind, days in branch.rules["delay_days"].items()} if "delay_days" in branch.rules else {}
    rules = {**branch.rules, **({"delay_days": waits} if waits else {})}
    return {**branch.identity, **({"platform": place} if place else {}), **rules, "active": branch.active}


async def change(session: AsyncSession, slug: str, pairs: Mapping[str, str], *, key_ring: KeyRing, now: datetime, actor: str = "cli") -> Outcome:
    """Set keys of a branch, nested ones with a dot (`delay_days.repair=5`, `platform.token=…`); values are JSON, or plain text.

    Raise NotFoundError for an unknown branch, InvalidError with all that is wrong.
    """
    branch = await session.scalar(select(Branch).where(Branch.slug == slug))
    if branch is None:
        raise NotFoundError(f"there is no branch {slug}")
    raw = written(branch)
    if "slug" in pairs:
        raise InvalidError([FieldError("slug", "not_allowed", "Het adres van een vestiging staat vast; links in mails verwijzen ernaar.")])
    for key, value in pairs.items():
        _place(raw, key.split("."), _value(key, value))
    return await add(session, read(raw), key_ring=key_ring, now=now, actor=actor)


async def set_rules(session: AsyncSession, slug: str, changes: Mapping[str, object], *, key_ring: KeyRing, now: datetime, actor: str) -> Outcome:
    """Give a branch other rules, as the desk does; raise NotFoundError for an unknown branch, InvalidError with all that is wrong."""
    branch = await session.scalar(select(Branch).where(Branch.slug == slug))
    if branch is None:
        raise NotFoundError(f"there is no branch {slug}")
    rules = tried(branch, changes)
    return await add(session, read({**written(branch), **msgspec.to_builtins(rules)}), key_ring=key_ring, now=now, actor=actor)


def _place(raw: dict[str, Any], path: list[str], value: object) -> None:
    for step in path[:-1]:
        inner = raw.get(step)
        raw[step] = dict(inner) if isinstance(inner, Mapping) else {}
        raw = raw[step]
    raw[path[-1]] = value


_TEXTS = frozenset({*_IDENTITY, "token", "location_id", "tenant"}) - {"trade_names"}


def _value(key: str, text: str) -> object:
    """Read a value as JSON, except where text is meant: a KvK number is no number."""
    if key.rpartition(".")[2] in _TEXTS:
        return text or None
    try:
        decoded: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return decoded


async def every(session: AsyncSession) -> list[Branch]:
    """Return all branches by slug."""
    return list(await session.scalars(select(Branch).order_by(Branch.slug)))
