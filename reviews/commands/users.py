"""`reviews users`: who logs in at the desk."""

import json
from datetime import datetime

import click
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened, show_list
from reviews.invitations.intake import sources
from reviews.moderation import users as desk
from reviews.moderation.users import Role, UserRow


@click.group(epilog="Example: reviews users add noor@utrecht.example --role manager --branch utrecht")
def users() -> None:
    """Add, list and disable managers and people of head office."""


@users.command(epilog="Example: reviews users add noor@utrecht.example --role manager --branch utrecht --json")
@click.argument("email")
@click.option("--role", type=click.Choice(["manager", "office"]), required=True, help="manager: decides for branches; office: sees all of them.")
@click.option("--branch", "slugs", multiple=True, help="A branch that a manager decides for; may be given more than once.")
@click.option("--name", default="", help="How the desk names this person; without it the part before the @.")
@click.option("--json", "as_json", is_flag=True, help='Print {"email": …, "link": …}.')
def add(email: str, role: Role, slugs: tuple[str, ...], name: str, as_json: bool) -> None:
    """Add a person, or change their role, and print the one-time link with which they set a password."""
    with opened() as parts:

        async def make(session: AsyncSession) -> str:
            branches = await sources.named(session, slugs)
            return await desk.add(session, email, name or email.partition("@")[0], role, branches, now=parts.clock.now())

        link = f"{parts.settings.base_url}/desk/start/{in_transaction(parts, make)}"
    if as_json:
        click.echo(json.dumps({"email": email, "link": link}))
        return
    click.echo(f"{link}\nDeze link werkt één keer, {desk.SETUP_TERM.days} dagen lang. Geef hem alleen aan {email}.")


@users.command(name="list", epilog="Example: reviews users list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(as_json: bool) -> None:
    """List everybody, with their role and branches."""
    show_list(desk.list_users, as_json=as_json, line=_line)


def _line(row: UserRow) -> str:
    return f"{row.email}\t{row.role}\t{', '.join(row.branches) or 'alle'}\t{_state(row.disabled_at, can_log_in=row.can_log_in)}"


def _state(disabled_at: datetime | None, *, can_log_in: bool) -> str:
    if disabled_at:
        return f"uitgezet {disabled_at:%Y-%m-%d}"
    return "actief" if can_log_in else "heeft nog geen wachtwoord"


@users.command(epilog="Example: reviews users disable noor@utrecht.example")
@click.argument("email")
def disable(email: str) -> None:
    """End a person's access from now on; their decisions stay."""
    with opened() as parts:

        async def end(session: AsyncSession) -> None:
            await desk.disable(session, email, now=parts.clock.now())

        in_transaction(parts, end)
    click.echo(f"{email} is uitgezet")
