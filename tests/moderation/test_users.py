"""Managers and head office: their passwords and logins."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import AuditEntry, Branch, DeskSession, User
from reviews.errors import InvalidError, NotFoundError
from reviews.moderation import users

PASSWORD = "drie markiezen en een screen"


async def noor_logs_in(session: AsyncSession, utrecht: Branch, now: datetime) -> users.Manager:
    token = await users.add(session, "Noor@Utrecht.example", "Noor", "manager", [utrecht], now=now)
    await users.set_password(session, token, PASSWORD, now=now)
    manager = await users.authenticate(session, "noor@utrecht.example ", PASSWORD)
    assert manager
    return manager


async def test_a_manager_sees_only_their_branches(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    manager = await noor_logs_in(session, utrecht, now)

    assert manager.branch_ids == {utrecht.id}
    assert manager.role == "manager"


async def test_head_office_sees_all_branches(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    token = await users.add(session, "kantoor@centrale.example", "Kantoor", "office", [], now=now)
    await users.set_password(session, token, PASSWORD, now=now)

    manager = await users.authenticate(session, "kantoor@centrale.example", PASSWORD)

    assert manager
    assert manager.branch_ids == {utrecht.id, groningen.id}


async def test_a_wrong_password_an_unknown_address_and_a_user_without_password_are_all_nobody(
    session: AsyncSession, utrecht: Branch, now: datetime
) -> None:
    await noor_logs_in(session, utrecht, now)
    await users.add(session, "new@utrecht.example", "Nieuw", "manager", [utrecht], now=now)

    assert await users.authenticate(session, "noor@utrecht.example", "iets anders dan dat") is None
    assert await users.authenticate(session, "nobody@utrecht.example", PASSWORD) is None
    assert await users.authenticate(session, "new@utrecht.example", PASSWORD) is None
    assert await users.authenticate(session, "new@utrecht.example", "") is None


async def test_a_setup_link_works_once(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    token = await users.add(session, "noor@utrecht.example", "Noor", "manager", [utrecht], now=now)
    await users.set_password(session, token, PASSWORD, now=now)

    with pytest.raises(NotFoundError):
        await users.set_password(session, token, "nog een lang wachtwoord", now=now)


async def test_a_setup_link_ends_after_seven_days(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    token = await users.add(session, "noor@utrecht.example", "Noor", "manager", [utrecht], now=now)

    with pytest.raises(NotFoundError):
        await users.set_password(session, token, PASSWORD, now=now + timedelta(days=7, seconds=1))


async def test_a_short_password_is_refused_and_the_link_stays_usable(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    token = await users.add(session, "noor@utrecht.example", "Noor", "manager", [utrecht], now=now)

    with pytest.raises(InvalidError):
        await users.set_password(session, token, "kort", now=now)
    await users.set_password(session, token, PASSWORD, now=now)


async def test_a_login_has_a_new_token_of_which_only_the_digest_is_kept(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    manager = await noor_logs_in(session, utrecht, now)
    token = await users.open_session(session, manager.user_id, now=now, hours=12)
    kept = (await session.scalars(select(DeskSession))).one()

    assert token.encode() not in kept.digest
    found = await users.manager_of(session, token, now=now)
    assert found
    assert found == (manager, kept.form_token)
    assert await users.open_session(session, manager.user_id, now=now, hours=12) != token


async def test_an_id_that_somebody_planted_is_no_login(session: AsyncSession, now: datetime) -> None:
    assert await users.manager_of(session, "ATTACKERCHOSEN", now=now) is None


async def test_a_login_ends_at_its_hour_and_at_logout(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    manager = await noor_logs_in(session, utrecht, now)
    token = await users.open_session(session, manager.user_id, now=now, hours=12)

    assert await users.manager_of(session, token, now=now + timedelta(hours=11, minutes=59))
    assert await users.manager_of(session, token, now=now + timedelta(hours=12)) is None
    await users.close_session(session, token)
    assert await users.manager_of(session, token, now=now) is None


async def test_a_new_role_or_a_new_password_ends_every_login(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    manager = await noor_logs_in(session, utrecht, now)
    token = await users.open_session(session, manager.user_id, now=now, hours=12)
    await users.add(session, "noor@utrecht.example", "Noor", "manager", [groningen], now=now)

    assert await users.manager_of(session, token, now=now) is None


async def test_a_disabled_user_is_out_at_once_and_comes_back_only_with_a_new_password(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    manager = await noor_logs_in(session, utrecht, now)
    token = await users.open_session(session, manager.user_id, now=now, hours=12)
    await users.disable(session, "noor@utrecht.example", now=now)

    assert await users.manager_of(session, token, now=now) is None
    assert await users.authenticate(session, "noor@utrecht.example", PASSWORD) is None
    await users.add(session, "noor@utrecht.example", "Noor", "manager", [utrecht], now=now)
    assert await users.authenticate(session, "noor@utrecht.example", PASSWORD) is None


async def test_adding_and_disabling_stand_in_the_record(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await noor_logs_in(session, utrecht, now)
    await users.disable(session, "noor@utrecht.example", now=now)

    assert (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.position))).all() == ["user_added", "user_disabled"]


async def test_a_manager_without_a_branch_and_a_bad_address_are_refused_together(session: AsyncSession, now: datetime) -> None:
    with pytest.raises(InvalidError) as caught:
        await users.add(session, "noor@", "Noor\r\nBcc: x", "manager", [], now=now)

    assert {error.field for error in caught.value.errors} == {"email", "name", "branch"}
    assert (await session.scalars(select(User))).all() == []


async def test_the_list_names_branches_and_who_can_log_in(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    await noor_logs_in(session, utrecht, now)
    await users.add(session, "new@utrecht.example", "Nieuw", "manager", [utrecht], now=now)

    assert [(row.email, row.branches, row.can_log_in) for row in await users.list_users(session)] == [
        ("new@utrecht.example", ["utrecht"], False),
        ("noor@utrecht.example", ["utrecht"], True),
    ]
