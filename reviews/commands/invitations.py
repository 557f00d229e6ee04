"""`reviews invitations`: the operator's hand on the queue."""

import json
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened, print_rows
from reviews.invitations import hands
from reviews.tables import Branch, Invitation

ACTOR = "operator"


@click.group(epilog="Example: reviews invitations list --state unknown")
def invitations() -> None:
    """List, show, hold, release, cancel and settle invitations."""


async def _branches(session: AsyncSession, slug: str | None = None) -> dict[UUID, str]:
    query = select(Branch.id, Branch.slug)
    rows = await session.execute(query.where(Branch.slug == slug) if slug else query)
    return {row.id: row.slug for row in rows}


def _line(row: Invitation, slug: str) -> dict[str, str | None]:
    return {
        "id": str(row.id),
        "branch": slug,
        "state": row.state,
        "reason": row.reason,
        "send_at": row.due_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }


@invitations.command(name="list", epilog="Example: reviews invitations list --branch utrecht --state unknown --json")
@click.option("--branch", "slug", help="Only of this branch.")
@click.option("--state", help="Only in this state, such as planned, unknown or skipped.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(slug: str | None, state: str | None, as_json: bool) -> None:
    """List invitations in the order in which they were made."""
    with opened() as parts:

        async def read(session: AsyncSession) -> list[dict[str, str | None]]:
            branches = await _branches(session, slug)
            rows = await hands.listed(session, list(branches), state=state, limit=1000)
            return [_line(row, branches[row.branch_id]) for row in rows]

        rows = in_transaction(parts, read)
    print_rows(rows, as_json=as_json)


@invitations.command(epilog="Example: reviews invitations show 0193…")
@click.argument("invitation_id", type=click.UUID)
def show(invitation_id: UUID) -> None:
    """Show one invitation with all that happened to it, as JSON."""
    with opened() as parts:

        async def read(session: AsyncSession) -> dict[str, object]:
            branches = await _branches(session)
            row = await hands.find(session, invitation_id, branch_ids=list(branches))
            past = [
                {"at": event.at.isoformat(), "state": event.state, "reason": event.reason, "actor": event.actor}
                for event in await hands.past_of(session, row)
            ]
            return {**_line(row, branches[row.branch_id]), "evidence": row.evidence, "rules_version": row.rules_version, "history": past}

        click.echo(json.dumps(in_transaction(parts, read), indent=1))


@invitations.command(epilog="Example: reviews invitations hold 0193…")
@click.argument("invitation_id", type=click.UUID)
def hold(invitation_id: UUID) -> None:
    """Hold an invitation that has not left."""
    _by_hand("hold", invitation_id)


@invitations.command(epilog="Example: reviews invitations release 0193…")
@click.argument("invitation_id", type=click.UUID)
def release(invitation_id: UUID) -> None:
    """Let a held invitation go on."""
    _by_hand("release", invitation_id)


@invitations.command(epilog="Example: reviews invitations cancel 0193…")
@click.argument("invitation_id", type=click.UUID)
def cancel(invitation_id: UUID) -> None:
    """Cancel an invitation that has not left, for good."""
    _by_hand("cancel", invitation_id)


def _by_hand(hand: str, invitation_id: UUID) -> None:
    with opened() as parts:

        async def change(session: AsyncSession) -> str:
            branches = list(await _branches(session))
            row = await hands.change(session, invitation_id, hand=hand, branch_ids=branches, actor=ACTOR, now=parts.clock.now())
            return row.state

        click.echo(in_transaction(parts, change))


@invitations.command(epilog="Example: reviews invitations settle 0193… --sent")
@click.argument("invitation_id", type=click.UUID)
@click.option("--sent/--not-sent", "was_sent", required=True, help="What you found out at the mail server or the platform.")
def settle(invitation_id: UUID, was_sent: bool) -> None:
    """End an unknown by what you found out; nothing is sent again."""
    with opened() as parts:

        async def end(session: AsyncSession) -> str:
            branches = list(await _branches(session))
            row = await hands.settle(session, invitation_id, was_sent=was_sent, branch_ids=branches, actor=ACTOR, now=parts.clock.now())
            return row.state

        click.echo(in_transaction(parts, end))
