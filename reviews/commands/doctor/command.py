"""`reviews doctor`: check everything that the service depends on, one line each, with what to do."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from reviews import settings
from reviews.adapters.documents.antivirus import Clamd
from reviews.adapters.platform.channel import TENANTS
from reviews.adapters.platform.client import Klantenvertellen, Location
from reviews.adapters.platform.pace import NoPace
from reviews.adapters.storage import open_store
from reviews.clock import SystemClock
from reviews.commands.doctor import condition, mail, readers, versions
from reviews.commands.doctor.mail import CheckLine
from reviews.commands.opening import seal_of, serving
from reviews.database import channel_halts, job_queue, migrate, revisions
from reviews.database import engine as database
from reviews.database.tables import Branch
from reviews.errors import ConfigurationError
from reviews.invitations.intake import sources
from reviews.invitations.oversight import attention
from reviews.settings import Settings

LEAST_DISK = 1_000_000_000
OLDEST_SIGNATURES = timedelta(days=7)


@click.command(epilog="Example: reviews doctor --json")
@click.option("--json", "as_json", is_flag=True, help='Print {"checks": [{"what", "ok", "found", "do"}], "ok": …}.')
def doctor(as_json: bool) -> None:
    """Check settings, database, mail, platform, disk, clock, keys and versions; exit code 1 when something needs attention."""
    lines = asyncio.run(_all())
    ok = all(line.ok for line in lines)
    if as_json:
        checks = [{"what": line.what, "ok": line.ok, "found": line.found, "do": line.do} for line in lines]
        click.echo(json.dumps({"checks": checks, "ok": ok}))
    else:
        for line in lines:
            click.echo(f"{'goed' if line.ok else 'LET OP'}\t{line.what}\t{line.found}{f' — {line.do}' if line.do else ''}")
    sys.exit(0 if ok else 1)


async def _all() -> list[CheckLine]:
    lines = versions.look()
    try:
        chosen = settings.read()
    except ConfigurationError as problem:
        # Without settings nothing below can be tried; what was checked so far is still shown.
        return [
            *lines,
            await readers.look(without_walls=False),
            CheckLine("instellingen", ok=False, found=str(problem), do="zet de genoemde instellingen recht; zie docs/configuration.md"),
        ]
    lines.append(await readers.look(without_walls=chosen.reading_without_walls))
    lines += [CheckLine("instellingen", ok=True, found="alle waarden passen"), address(chosen), _key(chosen), _disk(chosen), await _store(chosen)]
    lines += [await _scanner(chosen, SystemClock().now()), await mail.look(chosen)]
    return [*lines, *[line async for line in _database(chosen)]]


async def _scanner(chosen: Settings, now: datetime) -> CheckLine:
    """Ask ClamAV who it is, and how old its signatures are."""
    if not chosen.clamd_address:
        return CheckLine("virusscanner", ok=True, found="geen ingesteld: klantbewijzen worden niet gescand, wel los gelezen (REVIEWS_CLAMD_ADDRESS)")
    try:
        daemon = Clamd(chosen.clamd_address, timeout=timedelta(seconds=10))
    except ConfigurationError as problem:
        return CheckLine("virusscanner", ok=False, found=str(problem), do="verbeter REVIEWS_CLAMD_ADDRESS")
    version = await daemon.version()
    if version is None or not await daemon.answers():
        do = "draait clamd op dat adres? Tot dan wachten alle klantbewijzen"
        return CheckLine("virusscanner", ok=False, found="geen antwoord", do=do)
    age = signatures_age(version, now)
    if age is None or age > OLDEST_SIGNATURES:
        return CheckLine("virusscanner", ok=False, found=version, do="geen recente virusdefinities; draait freshclam?")
    return CheckLine("virusscanner", ok=True, found=version)


def signatures_age(version: str, now: datetime) -> timedelta | None:
    """Return how old the signatures are that clamd's VERSION names (`ClamAV 1.4.6/27800/Mon Nov 23 08:26:12 2026`), None where it names none."""
    _, _, day = version.rpartition("/")
    try:
        made = datetime.strptime(day, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
    return now - made


def address(chosen: Settings) -> CheckLine:
    """Look at the public address: over plain http logins and links of claims can be read on the way."""
    public = urlsplit(chosen.base_url)
    if public.scheme == "https" or public.hostname in {"localhost", "127.0.0.1", "::1"}:
        return CheckLine("adres", ok=True, found=chosen.base_url)
    do = "zet TLS voor de dienst en REVIEWS_BASE_URL op https://; over http zijn wachtwoorden en links onderweg te lezen"
    return CheckLine("adres", ok=False, found=chosen.base_url, do=do)


def _key(chosen: Settings) -> CheckLine:
    given = bool(chosen.secret_key.get_secret_value())
    try:
        seal_of(chosen)
    except ConfigurationError as problem:
        return CheckLine("sleutel", ok=False, found=str(problem), do="zet REVIEWS_SECRET_KEY")
    if given:
        return CheckLine("sleutel", ok=True, found="uit de instellingen")
    return CheckLine("sleutel", ok=True, found=f"bewaard in {chosen.data_dir / 'secret.key'}; neem die mee in de back-up")


def _disk(chosen: Settings) -> CheckLine:
    place = next(folder for folder in (chosen.data_dir.resolve(), *chosen.data_dir.resolve().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    ok = free > LEAST_DISK
    return CheckLine(
        "schijf",
        ok=ok,
        found=f"{free / 1e9:.1f} GB vrij op {place}",
        do="" if ok else "maak ruimte vrij",
    )


async def _store(chosen: Settings) -> CheckLine:
    probe = "health/doctor"
    try:
        store = open_store(chosen.storage_url, folder=chosen.data_dir.resolve() / "proofs")
        await store.delete(probe)
        await store.put(probe, b"probe")
        await store.delete(probe)
    except (OSError, ConfigurationError) as problem:
        return CheckLine("opslag", ok=False, found=type(problem).__name__, do="controleer REVIEWS_STORAGE_URL en de rechten op die plek")
    return CheckLine("opslag", ok=True, found="schrijven en wissen lukt")


async def _database(chosen: Settings) -> AsyncIterator[CheckLine]:
    """Check the database, and what stands in it if it can be reached."""
    try:
        with serving(chosen) as url:
            embedded = not chosen.database_url.get_secret_value()
            if embedded:
                migrate.migrate(url)
            yield CheckLine("database", ok=True, found="eigen server in de datamap" if embedded else "server uit de instellingen")
            engine = database.connect(url)
            try:
                async for line in _inside(chosen, url, engine):
                    yield line
            finally:
                await engine.dispose()
    except ConfigurationError as problem:
        yield CheckLine("database", ok=False, found=str(problem), do="zie docs/operations.md")
    except (SQLAlchemyError, OSError) as problem:
        yield CheckLine("database", ok=False, found=type(problem).__name__, do="controleer REVIEWS_DATABASE_URL en of de server bereikbaar is")


async def _inside(chosen: Settings, url: str, engine: AsyncEngine) -> AsyncIterator[CheckLine]:
    await database.check_durability(engine)
    yield CheckLine("duurzaamheid", ok=True, found="de server bewaart wat hij bevestigt")
    revision = await asyncio.to_thread(revisions.present, url)
    ok = revision == revisions.newest()
    yield CheckLine("schema", ok=ok, found=f"versie {revision or 'geen'}", do="" if ok else "voer uit: reviews migrate")
    if not ok:
        return
    async with database.sessions(engine).begin() as session:
        yield await condition.clock(session, timedelta(seconds=chosen.clock_skew_seconds))
        yield await condition.standing_faults(session)
        yield await _queues(session)
        yield await _sources(session, timedelta(hours=chosen.silent_after_hours))
        branches = list(await session.scalars(select(Branch).order_by(Branch.slug)))
        halted = await attention.standstills(session, [branch.id for branch in branches])
    yield condition.channels(halted)
    refused = {halt.branch for halt in halted if halt.channel == channel_halts.PLATFORM and halt.probe_at is None}
    for branch in branches:
        yield await _platform(chosen, branch, stopped=branch.slug in refused)


async def _queues(session: AsyncSession) -> CheckLine:
    now = SystemClock().now()
    ages = {queue.table.name: await job_queue.oldest_due(session, queue, now=now) for queue in job_queue.ALL}
    name, longest = max(ages.items(), key=_age)
    ok = longest < timedelta(minutes=15)
    return CheckLine("wachtrijen", ok=ok, found=f"oudste wacht {longest.total_seconds():.0f} s ({name})", do="" if ok else "draait `reviews work`?")


async def _sources(session: AsyncSession, after: timedelta) -> CheckLine:
    """Check whether a source that used to report jobs has stopped."""
    silent = await sources.silent(session, after, SystemClock().now())
    if not silent:
        return CheckLine("bronnen", ok=True, found="geen bron is stilgevallen")
    found = ", ".join(f"{source.name} (laatst {source.last_seen_at:%d-%m-%Y %H:%M} UTC)" for source in silent)
    return CheckLine("bronnen", ok=False, found=f"stil: {found}", do="kijk of dat systeem nog meldt; zie /desk/sources")


def _age(entry: tuple[str, timedelta]) -> timedelta:
    return entry[1]


async def _platform(chosen: Settings, branch: Branch, *, stopped: bool) -> CheckLine:
    what = f"klantenvertellen {branch.slug}"
    if branch.platform_location is None or branch.platform_token is None:
        return CheckLine(
            what, ok=False, found="geen locatie of token", do=f"reviews branches set {branch.slug} platform.location_id=… platform.token=…"
        )
    connector = Klantenvertellen(chosen.klantenvertellen_url, pace=NoPace(), timeout=timedelta(seconds=10))
    try:
        location = Location(
            location_id=branch.platform_location, token=seal_of(chosen).decrypt(branch.platform_token), tenant_id=TENANTS[branch.platform_tenant]
        )
        found = await connector.statistics(location)
    except ConfigurationError as problem:
        return CheckLine(what, ok=False, found=str(problem), do=f"reviews branches set {branch.slug} platform.token=…")
    finally:
        await connector.close()
    code: str | None = getattr(found, "code", None)
    if code is None and stopped:
        return CheckLine(
            what, ok=False, found="gestopt na een weigering; token nu aangenomen", do="het gaat vanzelf verder na de volgende keer teruglezen"
        )
    return CheckLine(what, ok=code is None, found=code or "token aangenomen", do="controleer locatie en token bij het platform" if code else "")
