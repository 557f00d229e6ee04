"""`reviews suppressions`: head office sees who told which opt-outs, and decides."""

import json
from pathlib import Path

from sqlalchemy import create_engine, text

from reviews.database.engine import address
from reviews.keys import KeyRing, secret_in
from tests.commands.test_desk_commands import Run, file, run

__all__ = ["file", "run"]


def _wait(database: str, key_ring: KeyRing, *emails: str) -> None:
    """Let opt-outs of the source erp wait for head office."""
    engine = create_engine(address(database))
    row = text(
        "INSERT INTO told_wishes (address_key, source_id, state, waits_for, email, why, told_at)"
        " SELECT :key, id, 'waits', 'not_customer', :email, 'briefje', clock_timestamp() FROM sources WHERE name = 'erp'"
    )
    with engine.begin() as connection:
        for email in emails:
            connection.execute(row, {"key": key_ring.address_key(email), "email": email})
    engine.dispose()


def test_head_office_sees_who_told_what_and_why_and_decides(run: Run, file: Path, database: str, tmp_path: Path) -> None:
    run("branches", "add", str(file))
    run("keys", "add", "erp", "--branch", "zeist")
    _wait(database, KeyRing(secret_in(tmp_path)), "a@example.com", "b@example.com", "c@example.com")

    waiting = json.loads(run("suppressions", "waiting", "--json").output)
    assert [(row["email"], row["source"], row["why"], row["waits_for"]) for row in waiting] == [
        (f"{name}@example.com", "erp", "briefje", "not_customer") for name in "abc"
    ]
    assert run("suppressions", "allow", "erp", "a@example.com").output == "1 besloten\n"
    assert run("suppressions", "decline", "erp").output == "2 besloten\n"
    assert run("suppressions", "decline", "erp").exit_code == 1
    assert run("suppressions", "waiting").output == ""

    [stands, told] = json.loads(run("suppressions", "show", "A+shop@example.com", "--json").output)
    assert (stands["state"], stands["source"], stands["why"]) == ("stands", "erp", "told_branch")
    assert (told["state"], told["source"], told["why"], told["decided_by"]) == ("counts", "erp", "briefje", "cli")
    assert run("suppressions", "withdraw", "erp", "a@example.com").output == "ingetrokken\n"
    assert [row["state"] for row in json.loads(run("suppressions", "show", "a@example.com", "--json").output)] == ["withdrawn"]
    assert run("suppressions", "withdraw", "erp", "a@example.com").exit_code == 2
    assert run("suppressions", "withdraw", "nobody", "a@example.com").exit_code == 2
