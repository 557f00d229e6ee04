"""Branches as their files say them."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import config, naming
from reviews.branches.country import kbo_number
from reviews.branches.rules import Rules
from reviews.database import audit, channel_halts
from reviews.database.channel_halts import Cause
from reviews.database.tables import AuditEntry, Branch, ChannelHalt
from reviews.errors import InvalidError, NotFoundError
from reviews.keys import KeyRing

LEAST: dict[str, Any] = {"slug": "zeist", "trade_names": ["Ambiance Zeist"], "kvk": "90005678"}
PLATFORM = {"location_id": "1070003", "token": "geheim-van-zeist", "tenant": "klantenvertellen"}


def mistakes_in(**changes: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidError) as caught:
        config.read({**LEAST, **changes})
    return {(error.field, error.code) for error in caught.value.errors}


GENT: dict[str, Any] = {
    "slug": "gent",
    "country": "BE",
    "trade_names": ["Ambiance Gent"],
    "legal_name": "Zonwering Leie BV",
    "btw_id": "BE0000123427",
    "postcode": "9000",
    "city": "Gent",
    "phone": "09 200 12 34",
}


async def test_a_belgian_branch_keeps_its_country_and_its_number_in_the_kbo(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    assert await config.add(session, config.read(GENT), key_ring=key_ring, now=now) == "added"
    assert await config.add(session, config.read(GENT), key_ring=key_ring, now=now) == "unchanged"

    [kept] = await config.every(session)
    assert (kept.identity["country"], kept.rules["country"]) == ("BE", "BE")
    assert naming.of(kept.identity).register == ("KBO", "0000.123.427")
    assert config.written(kept)["country"] == "BE"


async def test_another_country_is_another_version_of_the_rules_so_that_what_waits_is_planned_anew(
    session: AsyncSession, key_ring: KeyRing, now: datetime
) -> None:
    await config.add(session, config.read({**GENT, "country": "NL", "postcode": "9711LC", "phone": "050-7654321"}), key_ring=key_ring, now=now)
    await config.add(session, config.read(GENT), key_ring=key_ring, now=now)

    [kept] = await config.every(session)
    assert kept.rules_version == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"country": "FR"}, "country"),
        ({"kvk": "90001234"}, "kvk"),
        ({"btw_id": None}, "btw_id"),
        ({"btw_id": "NL000099998B57"}, "btw_id"),
        ({"btw_id": "BE0000123428"}, "btw_id"),
        ({"postcode": "3511 AB"}, "postcode"),
        ({"postcode": "0900"}, "postcode"),
        ({"phone": "+31 30 1234567"}, "phone"),
        ({"phone": "112"}, "phone"),
        ({"country": "NL", "phone": None}, "postcode"),
        ({"country": "NL", "postcode": None, "phone": "+32 9 200 12 34"}, "phone"),
    ],
)
def test_each_country_has_its_own_forms(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as problem:
        config.read({**GENT, **changes})

    assert [error.field for error in problem.value.errors] == [field]


@pytest.mark.parametrize("phone", ["09 200 12 34", "+32 9 200 12 34", "0032 (0)9 200.12.34", "0475/12.34.56", "02-123 45 67"])
@pytest.mark.parametrize("btw_id", ["BE0000123427", "BE 0000.123.427", "be0000123427"])
def test_the_spellings_of_a_belgian_branch_are_understood(phone: str, btw_id: str) -> None:
    file = config.read({**GENT, "phone": phone, "btw_id": btw_id})

    assert kbo_number(file.btw_id or "") == "0000.123.427"


async def test_the_least_file_gets_the_defaults_of_the_rules(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    assert await config.add(session, config.read(LEAST), key_ring=key_ring, now=now) == "added"

    kept = (await session.scalars(select(Branch))).one()
    assert msgspec.convert(kept.rules, Rules) == Rules()
    assert kept.identity == {**LEAST, "country": "NL"}
    assert (kept.active, kept.rules_version, kept.platform_token) == (True, 1, None)


async def test_the_same_file_again_changes_nothing(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    file = config.read({**LEAST, "platform": PLATFORM})
    await config.add(session, file, key_ring=key_ring, now=now)
    sealed = (await session.scalars(select(Branch.platform_token))).one()

    assert await config.add(session, file, key_ring=key_ring, now=now) == "unchanged"

    kept = (await session.scalars(select(Branch))).one()
    assert (kept.rules_version, kept.platform_token) == (1, sealed)
    assert len((await session.scalars(select(AuditEntry))).all()) == 1


async def test_a_token_is_encrypted_and_never_listed(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    await config.add(session, config.read({**LEAST, "platform": PLATFORM}), key_ring=key_ring, now=now)

    kept = (await session.scalars(select(Branch))).one()
    assert kept.platform_token is not None
    assert b"geheim" not in kept.platform_token
    assert key_ring.decrypt(kept.platform_token) == "geheim-van-zeist"
    assert "geheim" not in str(config.written(kept))
    entry = (await session.scalars(select(AuditEntry))).one()
    assert "geheim" not in str(entry.evidence)


async def test_new_rules_get_a_new_version_and_stand_in_the_record(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    await config.add(session, config.read(LEAST), key_ring=key_ring, now=now)

    assert await config.change(session, "zeist", {"cap_days": "60", "delay_days.repair": "5"}, key_ring=key_ring, now=now) == "changed"

    kept = (await session.scalars(select(Branch))).one()
    assert kept.rules_version == 2
    assert kept.rules["cap_days"] == 60
    assert kept.rules["delay_days"] == {"purchase": 10.0, "repair": 5.0}
    last = (await session.scalars(select(AuditEntry).order_by(AuditEntry.position.desc()).limit(1))).one()
    assert last.evidence == {"changed": ["delay_days", "cap_days"], "rules_version": 2}
    assert await audit.verify(session) == []


async def test_a_number_that_is_text_stays_text(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    await config.add(session, config.read(LEAST), key_ring=key_ring, now=now)
    await config.change(session, "zeist", {"kvk": "01234567", "platform.location_id": "1070009"}, key_ring=key_ring, now=now)

    kept = (await session.scalars(select(Branch))).one()
    assert (kept.identity["kvk"], kept.platform_location) == ("01234567", "1070009")


async def test_a_new_token_lets_a_halted_queue_run_again(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    await config.add(session, config.read({**LEAST, "platform": PLATFORM}), key_ring=key_ring, now=now)
    kept = (await session.scalars(select(Branch))).one()
    await channel_halts.stop(session, "platform", kept.id, Cause("token_refused"), now=now)

    await config.change(session, "zeist", {"cap_days": "30"}, key_ring=key_ring, now=now)
    assert await session.scalar(select(func.count()).select_from(ChannelHalt)) == 1
    await config.change(session, "zeist", {"platform.token": "nieuw"}, key_ring=key_ring, now=now)
    assert await session.scalar(select(func.count()).select_from(ChannelHalt)) == 0


async def test_setting_an_unknown_branch_or_key_or_its_address_is_refused(session: AsyncSession, key_ring: KeyRing, now: datetime) -> None:
    await config.add(session, config.read(LEAST), key_ring=key_ring, now=now)

    with pytest.raises(NotFoundError):
        await config.change(session, "nergens", {"cap_days": "60"}, key_ring=key_ring, now=now)
    with pytest.raises(InvalidError, match="cap_dagen: unknown_field"):
        await config.change(session, "zeist", {"cap_dagen": "60"}, key_ring=key_ring, now=now)
    with pytest.raises(InvalidError, match="slug"):
        await config.change(session, "zeist", {"slug": "soest"}, key_ring=key_ring, now=now)


def test_all_mistakes_are_listed_and_unknown_keys_by_their_name() -> None:
    assert mistakes_in(bogus=1, channel="fax", platform={"token": "x", "colour": "red"}, cap_days="90") == {
        ("bogus", "unknown_field"),
        ("channel", "not_a_choice"),
        ("platform.colour", "unknown_field"),
        ("platform.location_id", "missing"),
        ("cap_days", "wrong_value"),
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "desk"}, "slug"),
        ({"trade_names": []}, "trade_names"),
        ({"kvk": None}, "kvk"),
        ({"delay_days": {"purchase": 3}}, "delay_days.repair"),
        ({"sending_hours": ["16:00", "10:00"]}, "sending_hours"),
        ({"book_year_ends": "02-30"}, "book_year_ends"),
        ({"trade_names": ["Ambiance\r\nBcc: x"]}, "trade_names.0"),
        ({"legal_name": "=?utf-8?q?x?="}, "legal_name"),
        ({"email_domain": "zeist"}, "email_domain"),
        ({"email_domain": "zeist.example, x@elsewhere.example"}, "email_domain"),
        ({"email_domain": "zeist.example\r\nBcc: x@elsewhere.example"}, "email_domain"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    assert {name for name, _ in mistakes_in(**changes)} == {field}


def test_reserved_addresses_cover_every_page_of_our_own() -> None:
    for page in ("desk", "claim", "afmelden", "bewijs", "api", "health", "static", "demo"):
        assert ("slug", "reserved") in mistakes_in(slug=page)
