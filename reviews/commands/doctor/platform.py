"""`reviews platform`: what the real platform says, asked without harming anybody."""

import asyncio
import json
from datetime import timedelta

import click

from reviews.adapters.platform import probe as probing
from reviews.adapters.platform.channel import PlatformChannel
from reviews.adapters.platform.client import Klantenvertellen
from reviews.adapters.platform.pace import SharedPace
from reviews.adapters.platform.probe_lines import Judged, Line, Result
from reviews.commands.opening import OpenedService, opened
from reviews.database import engine as database
from reviews.errors import ConfigurationError
from reviews.invitations.intake import sources

_WORDS = {Result.SETTLED: "vastgesteld", Result.DIFFERS: "anders", Result.OPEN: "nog open"}


@click.group(epilog="Example: reviews platform probe utrecht")
def platform() -> None:
    """Ask the review platform itself what its description leaves open."""


@platform.command(epilog="Example: reviews platform probe utrecht --json")
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help='Print {"branch", "ok", "lines": [{"line", "mark", "question", "result", "found"}]}.')
def probe(slug: str, as_json: bool) -> None:
    """Read at the platform with the branch's token, invite nobody, and tell which uncertain lines of docs/platform.md that settles."""
    with opened() as parts:
        found = asyncio.run(_ask(parts, slug))
    differs = any(result is Result.DIFFERS for _, (result, _) in found)
    # Without an answer to the first question nothing was asked at all.
    ok = not differs and found[0][1][0] is Result.SETTLED
    if as_json:
        click.echo(json.dumps({"branch": slug, "ok": ok, "lines": [_told(line, judged) for line, judged in found]}, ensure_ascii=False))
    else:
        for line, (result, said) in found:
            click.echo(f"{_WORDS[result]:<12}[{line.mark}] {line.name}: {line.question} {said[:1].upper()}{said[1:]}.")
        click.echo(_sum(found))
    raise SystemExit(0 if ok else 1)


def _told(line: Line, judged: Judged) -> dict[str, str]:
    result, said = judged
    return {"line": line.name, "mark": line.mark, "question": line.question, "result": result, "found": said}


def _sum(found: list[tuple[Line, Judged]]) -> str:
    counted = [result for _, (result, _) in found]
    said = f"{counted.count(Result.SETTLED)} vastgesteld, {counted.count(Result.DIFFERS)} anders, {counted.count(Result.OPEN)} nog open"
    return f"{said}. Wat zij betekenen en wat er dan te doen is, staat in docs/platform.md."


async def _ask(parts: OpenedService, slug: str) -> list[tuple[Line, Judged]]:
    engine = parts.engine()
    maker, chosen = database.sessions(engine), parts.settings
    connector = Klantenvertellen(
        chosen.klantenvertellen_url,
        pace=SharedPace(maker, timedelta(seconds=chosen.klantenvertellen_pace_seconds)),
        timeout=timedelta(seconds=chosen.klantenvertellen_timeout_seconds),
    )
    try:
        async with maker() as session:
            [branch] = await sources.named(session, [slug])
        if branch.platform_location is None or branch.platform_token is None:
            raise ConfigurationError(f"{slug} has no location or token: reviews branches set {slug} platform.location_id=… platform.token=…")
        place = PlatformChannel(connector, parts.key_ring).location(branch.platform_location, branch.platform_tenant, branch.platform_token)
        return await probing.ask(connector, place, publication=str(branch.rules["publication"]), now=parts.clock.now())
    finally:
        await connector.close()
        await engine.dispose()
