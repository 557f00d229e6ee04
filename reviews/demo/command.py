"""`reviews demo`: start everything at once, for a person to try, or run both flows automatically."""

import asyncio
import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from reviews import logs, settings
from reviews.adapters import postgres
from reviews.adapters.storage import open_store
from reviews.commands.opening import OpenedService, clock_beside, in_transaction, mended_by_hand, seal_of
from reviews.database import migrate
from reviews.demo import desk_examples, loading, paperwork, processes, script, seed
from reviews.demo.desk_examples import DeskExamples, OpenedSources
from reviews.demo.processes import DemoProcesses
from reviews.demo.script import Script, ScriptStep
from reviews.demo.visitor import Machine


@click.command(epilog="Example: reviews demo --once --json")
@click.option("--once", is_flag=True, help="Play both flows to their end without a person; exit code 0 only if each step did what it should.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON object and nothing else.")
@click.option("--port", default=8000, show_default=True, help="Port of the web process; a taken one moves on to the next.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), default=Path(".data/demo"), show_default=True, help="Folder of the demo's data."
)
@click.option("--reload", is_flag=True, help="Start the web process again when code, a template or a static file changes; for development.")
def demo(once: bool, as_json: bool, port: int, data: Path, reload: bool) -> None:
    """Start database, web, background process, post office and platform simulator with demo data."""
    with mended_by_hand():
        data = data.resolve()
        chosen = settings.read().model_copy(update={"data_dir": data})
        logs.configure(chosen)
        with postgres.serving(data / "database") as url:
            migrate.migrate(url)
            clock = clock_beside(chosen, url)
            parts = OpenedService(chosen, url, seal_of(chosen), clock, open_store("", folder=data / "proofs"))
            key, new = in_transaction(parts, lambda session: loading.load(session, parts.key_ring, now=clock.now()))
            with processes.running(data, port, reload=reload) as running:
                ok = _show(running, parts, key, new=new, once=once, as_json=as_json)
    sys.exit(0 if ok else 1)


def _show(running: DemoProcesses, parts: OpenedService, key: str, *, new: bool, once: bool, as_json: bool) -> bool:
    if new:
        asyncio.run(_tell_jobs(running, key, parts))
    if once:
        shown = asyncio.run(_play(running, key, parts, quiet=as_json))
        ok = all(step.ok for step in shown)
        if as_json:
            click.echo(json.dumps({"steps": [asdict(step) for step in shown], "ok": ok}))
        return ok
    papers = parts.settings.data_dir / "documenten"
    paperwork.write(papers, parts.clock.now())
    if new:
        opened = in_transaction(parts, lambda session: desk_examples.open_sources(session, now=parts.clock.now()))
        asyncio.run(_fill_desk(running, key, parts, papers, opened))
    _welcome(running, key, papers)
    return _wait(running)


async def _tell_jobs(running: DemoProcesses, key: str, parts: OpenedService) -> None:
    machine = Machine(running.web, key)
    try:
        await loading.tell_jobs(machine, now=parts.clock.now())
    finally:
        await machine.close()


async def _fill_desk(running: DemoProcesses, key: str, parts: OpenedService, papers: Path, opened: OpenedSources) -> None:
    """Submit a few claims, so that the desk has something to judge, and fill its other pages."""
    showing = DeskExamples(running, key, parts.clock.now())
    try:
        for who, paper in (("anneke", "01-factuur.pdf"), ("bram", "06-foto.jpg"), ("cor", "09-offerte.pdf"), ("dina", "11-bewerkt.pdf")):
            browser = await showing.claim(who)
            await browser.submit("/proof", {}, file=("proof", paper, (papers / paper).read_bytes()))
            await browser.close()
        await showing.leave(opened)
    finally:
        await showing.close()


async def _play(running: DemoProcesses, key: str, parts: OpenedService, *, quiet: bool) -> list[ScriptStep]:
    showing = Script(running, key, parts.clock.now())

    def tell(step: ScriptStep) -> None:
        if not quiet:
            click.echo(f"{'goed' if step.ok else 'MIS '}  {step.flow}  {step.step:20} {step.seconds:6.2f} s  {step.what}")

    try:
        return await script.show(showing, tell)
    finally:
        await showing.close()


def _welcome(running: DemoProcesses, key: str, papers: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]De demo draait.[/bold] Stoppen met Ctrl-C.\n\n  Klanten       {running.web}/utrecht")
    console.print(f"  Beoordelaars  {running.web}/desk\n  Post          {running.post_pages}\n  Platform      {running.platform}\n")
    for email, name, _, slugs in seed.PEOPLE:
        console.print(f"  {email:34} {seed.PASSWORD}   {name}, {', '.join(slugs) or 'alle vestigingen'}")
    console.print(f"\n  Sleutel voor meldingen  {key}\n  Documenten om te sturen {papers}\n")


def _wait(running: DemoProcesses) -> bool:
    """Wait for Ctrl-C or SIGTERM; a program that ends by itself ends the demo."""
    stop = threading.Event()

    def told_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for signalled in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signalled, told_to_stop)
    # Woken each second: a program that ended by itself gives no signal.
    while not stop.wait(1.0):
        if ended := running.ended():
            click.echo(f"{ended} is gestopt; kijk in de map logs", err=True)
            return False
    return True
