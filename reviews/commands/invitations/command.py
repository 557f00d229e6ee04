"""The commands of `reviews invitations`."""

import contextlib
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.clock import SystemClock
from reviews.commands.invitations import settling
from reviews.commands.invitations.settling import ACTOR, Moment, branches_of
from reviews.commands.opening import in_columns, in_transaction, opened, show_list
from reviews.database import test_mode
from reviews.database.tables import Invitation, Job
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.intake import sources
from reviews.invitations.oversight import actions
from reviews.invitations.oversight.settling_many import Answer, Which
from reviews.invitations.planning import explaining
from reviews.local import LOCAL
from reviews.web.desk import words

MOST = 1000


@click.group(epilog="Example: reviews invitations list --state unknown")
def invitations() -> None:
    """List, show, hold, release, send, try again, cancel and settle invitations."""


def _line(row: Invitation, slug: str) -> dict[str, str | None]:
    return {
        "id": str(row.id),
        "branch": slug,
        "state": row.state,
        "reason": row.reason,
        "send_at": row.due_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }


@invitations.command(name="list", epilog="Example: reviews invitations list --branch utrecht --state unknown --older 15 --json")
@click.option("--branch", "slug", help="Only of this branch.")
@click.option("--state", type=click.Choice(list(words.INVITATION_STATES)), help="Only in this state, such as planned, unknown or skipped.")
@click.option("--reason", help="Only for this reason, such as no_basis or recipient_refused.")
@click.option("--reminder", help="Only those whose reminder is in this state, such as unknown.")
@click.option("--older", type=click.IntRange(min=0), help="Only those that left, or were to leave, more than this many minutes ago.")
@click.option("--after", type=click.UUID, help=f"Only those after this one; at most {MOST} are listed.")
@click.option("--test", help="Only what this test source told; without it only what is real.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(slug: str | None, older: int | None, test: str | None, *, as_json: bool, **wanted: Any) -> None:
    """List invitations in the order in which they were made."""
    moment = SystemClock().now() - timedelta(minutes=older) if older is not None else None  # only shown: nothing is decided by it

    async def read(session: AsyncSession) -> list[dict[str, str | None]]:
        async with _told_by(session, test):
            branches = await branches_of(session, slug)
            rows = await actions.listed(session, list(branches), older_than=moment, limit=MOST, **wanted)
            return [_line(row, branches[row.branch_id]) for row in rows]

    show_list(read, as_json=as_json, line=in_columns)


@contextlib.asynccontextmanager
async def _told_by(session: AsyncSession, test: str | None) -> AsyncGenerator[None]:
    """Look at what a test source told, or at what is real when none is named."""
    if test is None:
        yield
        return
    async with test_mode.where_told(session, await sources.test_source_named(session, test)):
        yield


@invitations.command(epilog="Example: reviews invitations show 0193…")
@click.argument("invitation_id", type=click.UUID)
def show(invitation_id: UUID) -> None:
    """Show one invitation as JSON: all that happened to it, how its moment came about, what mail servers reported, what can be done now."""
    with opened() as parts:

        async def read(session: AsyncSession) -> dict[str, object]:
            branches = await branches_of(session)
            row = await actions.find(session, invitation_id, branch_ids=list(branches))
            context = await actions.context_of(session, row, horizon=parts.horizon, now=parts.clock.now())
            return {
                **_line(row, branches[row.branch_id]),
                "number": await session.scalar(select(Job.number).where(Job.branch_id == row.branch_id, Job.id == row.job_id)),
                "channel": row.channel,
                "message_id": row.message_id,
                "reference": row.reference,
                "send_before": row.send_before.isoformat(),
                "rules_version": row.rules_version,
                "evidence": row.evidence,
                "because": explaining.to_manager(row.evidence),
                "possible": list(actions.possible(row, context)) or (["settle"] if row.state == "unknown" else []),
                **await _past(session, row),
            }

        click.echo(json.dumps(in_transaction(parts, read), indent=1, ensure_ascii=False))


async def _past(session: AsyncSession, row: Invitation) -> dict[str, Any]:
    """Return what happened to an invitation and to its reminder, and what mail servers reported later."""
    past = [
        {
            "at": event.at.isoformat(),
            "state": event.state,
            "reason": event.reason,
            "detail": words.reason_of(event.reason) or None,
            "due_at": event.due_at.isoformat() if event.due_at else None,
            "actor": event.actor,
        }
        for event in await actions.past_of(session, row)
    ]
    delivery_event = [
        {"at": one.at.isoformat(), "kind": one.kind, "status": one.status, "detail": words.reason_of(one.kind)}
        for one in await delivery_effects.of_invitation(session, row)
    ]
    reminder = await actions.reminder_of(session, row)
    reminded = {"state": reminder.state, "reason": reminder.reason, "due_at": reminder.due_at.isoformat()} if reminder else None
    return {"history": past, "mail": delivery_event, "reminder": reminded}


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


@invitations.command(name="send-now", epilog="Example: reviews invitations send-now 0193…")
@click.argument("invitation_id", type=click.UUID)
def send_now(invitation_id: UUID) -> None:
    """Skip the rest of the delay, but never the sending hours, the cap or an opt-out; prints the moment."""
    _by_hand("send-now", invitation_id)


@invitations.command(epilog="Example: reviews invitations replay 0193…")
@click.argument("invitation_id", type=click.UUID)
def replay(invitation_id: UUID) -> None:
    """Try one again that was refused, given up or too late, once the cause is gone; prints the moment."""
    _by_hand("replay", invitation_id)


@invitations.command(epilog="Example: reviews invitations cancel 0193…")
@click.argument("invitation_id", type=click.UUID)
def cancel(invitation_id: UUID) -> None:
    """Cancel an invitation that has not left, for good."""
    _by_hand("cancel", invitation_id)


def _by_hand(action: str, invitation_id: UUID) -> None:
    with opened() as parts:

        async def change(session: AsyncSession) -> str:
            branches = list(await branches_of(session))
            row = await actions.change(
                session, invitation_id, action=action, branch_ids=branches, actor=ACTOR, now=parts.clock.now(), horizon=parts.horizon
            )
            return f"planned\t{row.due_at.astimezone(LOCAL).isoformat(timespec='minutes')}" if row.state == "planned" else row.state

        click.echo(in_transaction(parts, change))


@invitations.command(epilog="Example: reviews invitations settle --channel mail --branch utrecht --from 2026-11-24T18:00:00+01:00 --not-sent")
@click.argument("invitation_id", type=click.UUID, required=False)
@click.option("--channel", type=click.Choice(["platform", "mail"]), help="All that left by this channel.")
@click.option("--branch", "slug", help="All of this branch.")
@click.option("--from", "since", type=Moment(), help="All that began to leave from this moment on.")
@click.option("--to", "until", type=Moment(), help="All that began to leave before this moment.")
@click.option("--sent", "answer", flag_value="sent", help="You found out that it was sent.")
@click.option("--not-sent", "answer", flag_value="not_sent", help="It was not, and stays unsent.")
@click.option("--again", "answer", flag_value="again", help="It was certainly not, and is sent after all; only for many.")
@click.option("--yes", is_flag=True, help="Do not ask after the preview.")
def settle(invitation_id: UUID | None, slug: str | None, answer: Answer | None, *, yes: bool, **asked: Any) -> None:
    """End one unknown, or many after a preview, by what you found out at the mail server or the platform."""
    narrowed = {name: value for name, value in asked.items() if value is not None}
    if answer is None or bool(invitation_id) == bool(slug or narrowed) or (invitation_id and answer == "again"):
        raise click.UsageError("say --sent, --not-sent or --again, and an ID or which: --channel, --branch, --from, --to")
    if invitation_id:
        _settle_one(invitation_id, was_sent=answer == "sent")
        return
    settling.settle_many(lambda branches: Which(branch_ids=branches, **narrowed), answer, slug=slug, yes=yes)


def _settle_one(invitation_id: UUID, *, was_sent: bool) -> None:
    with opened() as parts:

        async def end(session: AsyncSession) -> str:
            branches = list(await branches_of(session))
            row = await actions.settle(session, invitation_id, was_sent=was_sent, branch_ids=branches, actor=ACTOR, now=parts.clock.now())
            return row.state

        click.echo(in_transaction(parts, end))


invitations.add_command(settling.undo)


@invitations.command(name="settle-reminder", epilog="Example: reviews invitations settle-reminder 0193… --not-sent")
@click.argument("invitation_id", type=click.UUID)
@click.option("--sent/--not-sent", "was_sent", required=True, help="What you found out at the mail server.")
def settle_reminder(invitation_id: UUID, *, was_sent: bool) -> None:
    """End the unknown reminder of an invitation by what you found out; none is sent again."""
    with opened() as parts:

        async def end(session: AsyncSession) -> str:
            branches = list(await branches_of(session))
            found = await actions.settle_reminder(session, invitation_id, was_sent=was_sent, branch_ids=branches, actor=ACTOR, now=parts.clock.now())
            return found.state

        click.echo(in_transaction(parts, end))
