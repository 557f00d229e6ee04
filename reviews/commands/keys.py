"""`reviews keys`: the keys of sources."""

import json
from collections.abc import Mapping

import click
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened, show_list
from reviews.database.tables import Source, SourceKey
from reviews.invitations.intake import sources
from reviews.invitations.intake.mail_copies import inbound


@click.group(epilog="Example: reviews keys add erp --branch utrecht")
def keys() -> None:
    """Make, list and revoke the keys with which sources call."""


@keys.command(epilog="Example: reviews keys add erp --branch utrecht --json")
@click.argument("name")
@click.option("--branch", "slugs", multiple=True, help="A branch that the source may speak for; without it: all.")
@click.option("--silent-after", "hours", type=click.IntRange(1, 8784), help="Hours of silence after which the desk warns.")
@click.option("--mail", "by_mail", is_flag=True, help="Make an address for copies of mail instead of a key.")
@click.option("--test", is_flag=True, help="For trying out: every answer as in life, nothing leaves, nothing counts.")
@click.option("--json", "as_json", is_flag=True, help='Print {"key": …}, or for mail {"url", "secret"}.')
def add(name: str, slugs: tuple[str, ...], hours: int | None, *, by_mail: bool, test: bool, as_json: bool) -> None:
    """Make a key for a source and print it, this once."""
    if by_mail and test:
        raise click.UsageError("--test makes a key, --mail an address: choose one")
    with opened() as parts:

        async def make(session: AsyncSession) -> str:
            branches = await sources.named(session, slugs)
            if not by_mail:
                return await sources.add_key(session, name, branches, now=parts.clock.now(), silent_after_hours=hours, test=test)
            secret = await inbound.open_address(session, name, branches, now=parts.clock.now())
            if hours is not None:
                await session.execute(update(Source).where(Source.name == name).values(silent_after_hours=hours))
            return secret

        key = in_transaction(parts, make)
    if by_mail:
        _print_address(key, parts.settings.base_url, as_json=as_json)
        return
    click.echo(json.dumps({"key": key}) if as_json else f"{key}\nBewaar deze sleutel nu; hij wordt niet nog eens getoond.")


def _print_address(secret: str, base_url: str, *, as_json: bool) -> None:
    url = f"{base_url}/hooks/inbound/{secret}"
    if as_json:
        click.echo(json.dumps({"url": url, "secret": secret}))
        return
    click.echo(f"{url}\nVoor een BCC via de eigen mailserver: {secret}@… of melding+{secret}@…\nBewaar dit nu; het wordt niet nog eens getoond.")


@keys.command(name="list", epilog="Example: reviews keys list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(as_json: bool) -> None:
    """List all keys by their first characters, and the open addresses for copies of mail."""

    async def read(session: AsyncSession) -> list[dict[str, str | bool | None]]:
        rows = await session.execute(
            select(Source.name, Source.test, Source.last_seen_at, SourceKey.hint, SourceKey.revoked_at)
            .outerjoin(SourceKey, SourceKey.source_id == Source.id)
            .where(or_(SourceKey.source_id.is_not(None), Source.inbound_digest.is_not(None)))
            # Those for trying out stand apart.
            .order_by(Source.test, Source.name, SourceKey.created_at)
        )
        return [
            {
                "source": row.name,
                "key": f"{row.hint}…" if row.hint else "mail",
                "test": row.test,
                "last_seen_at": row.last_seen_at.isoformat() if row.last_seen_at else None,
                "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in rows
        ]

    show_list(read, as_json=as_json, line=_line)


def _line(row: Mapping[str, str | bool | None]) -> str:
    state = f"ingetrokken {row['revoked_at']}" if row["revoked_at"] else f"laatst gezien {row['last_seen_at'] or 'nooit'}"
    return f"{row['source']}\t{row['key']}\t{'test, ' if row['test'] else ''}{state}"


@keys.command(epilog="Example: reviews keys revoke rk_AbCd")
@click.argument("hint")
def revoke(hint: str) -> None:
    """End all keys that start with HINT, as `keys list` shows it, or the mail address of the source with that name."""
    with opened() as parts:

        async def end(session: AsyncSession) -> int:
            closed = await inbound.close_address(session, hint)
            return closed or await sources.revoke(session, hint.rstrip("…"), now=parts.clock.now())

        ended = in_transaction(parts, end)
    click.echo(f"{ended} ingetrokken")
    raise SystemExit(0 if ended else 1)
