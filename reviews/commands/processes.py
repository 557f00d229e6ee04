"""The processes: `reviews serve`, `reviews work`, `reviews migrate`."""

import asyncio
import signal
import socket
from functools import partial
from types import FrameType

import click
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from reviews import app, logs, loop, own_memory, settings
from reviews import worker as composition
from reviews.commands import reloading
from reviews.commands.opening import OpenedService, mended_by_hand, opened, serving
from reviews.database import engine as database
from reviews.database import migrate as migrating
from reviews.database import presence, revisions
from reviews.database.clock_guard import ClockGuard
from reviews.errors import ConfigurationError
from reviews.loop import Loop
from reviews.settings import Settings
from reviews.web import transport
from reviews.web.transport import TransportLimits

_LIES = "the clock of this machine and that of the database differ too much: nothing is sent, ended or deleted; set both right (NTP)"


@click.command(epilog="Example: reviews serve --host 0.0.0.0 --port 8000")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; a taken one moves on to the next, 0 takes any.")
@click.option("--reload", is_flag=True, help="Start again when code, a template or a static file changes; for development.")
def serve(host: str, port: int, reload: bool) -> None:
    """Run the web process and print its address when it is ready."""
    try:
        bound = free_socket(host, port)
    except OSError as problem:
        raise click.UsageError(f"cannot listen on {host}, port {port}: {problem.strerror or problem}") from None
    if not reload:
        _serve_on(bound)
        return
    with opened(stays=True):  # holds the embedded database open, so that it is not started anew with each change
        reloading.supervise(_serve_reloading, bound)


def _serve_on(bound: socket.socket, *, reload: bool = False) -> None:
    with opened(stays=True) as parts, asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(parts, bound, reload=reload))


def _serve_reloading(sockets: list[socket.socket] | None) -> None:
    """Serve on the socket that the supervisor opened; called in a process of its own, anew after each change."""
    # Spawned, so it does not come by the command line.
    own_memory.close()
    assert sockets
    _serve_on(sockets[0], reload=True)


def free_socket(host: str, port: int, *, tries: int = 100) -> socket.socket:
    """Return a listening socket on the first free port from `port` on; raise OSError when there is none."""
    # Bound here and handed over: asking for a free port and opening it later would leave a gap.
    for candidate in range(port, port + tries):
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
        except OSError:
            bound.close()
            if candidate == port + tries - 1 or port == 0:
                raise
        else:
            bound.listen(2048)
            return bound
    raise OSError(f"no free port from {port} on")


async def _serve(parts: OpenedService, bound: socket.socket, *, reload: bool) -> None:
    engine = parts.engine()
    await database.check_durability(engine)
    chosen = _reachable(parts.settings, bound)
    house = app.create_app(chosen, engine=engine, store=parts.store, key_ring=parts.key_ring, clock=parts.clock, reload=reload)
    proxies = [name.strip() for name in parts.settings.trusted_proxies.split(",") if name.strip()]
    config = uvicorn.Config(
        house,
        log_config=None,
        # Paths hold tokens of links.
        access_log=False,
        # Believed from named proxies only: otherwise callers choose their own address, and with it their rate limit.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        http=transport.bounded(TransportLimits.of(parts.settings)),
        timeout_graceful_shutdown=parts.settings.stop_seconds,
        server_header=False,
    )
    server = _Announcing(config, bound)
    try:
        watch = ClockGuard(database.sessions(engine), parts.clock)
        async with watch.watching(), app.missing_worker(parts.settings, engine, parts.key_ring, parts.clock):
            await server.serve(sockets=[bound])
    finally:
        await engine.dispose()


def _reachable(chosen: Settings, bound: socket.socket) -> Settings:
    """Allow the loopback names of the process's own port as hosts too: that is the address that it prints."""
    port = bound.getsockname()[1]
    names = [*filter(None, [chosen.allowed_hosts]), f"127.0.0.1:{port}", f"localhost:{port}"]
    return chosen.model_copy(update={"allowed_hosts": ",".join(names)})


class _Announcing(uvicorn.Server):
    """A server that prints its actual address once it answers, and that leaves the end of the process to us."""

    def __init__(self, config: uvicorn.Config, bound: socket.socket) -> None:
        super().__init__(config)
        self._bound = bound

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second Ctrl-C stops at once.

        uvicorn would send itself the signal again when it has stopped, and end this process before the database that it started is stopped too.
        """
        del frame
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        host, port = self._bound.getsockname()[:2]
        click.echo(f"reviews op http://{host}:{port}")


@click.command(epilog="Example: reviews work --once")
@click.option("--once", is_flag=True, help="Do all that is due now, then stop.")
def work(once: bool) -> None:
    """Run the background process: invitations, mails, proofs, publications, the feed."""
    with opened(stays=not once) as parts:
        done = asyncio.run(_work(parts, once=once))
        if once:
            click.echo(f"{done} gedaan")


async def _work(parts: OpenedService, *, once: bool) -> int:
    engine = parts.engine()
    try:
        await database.check_durability(engine)
        async with composition.assembled(parts.settings, engine, parts.store, parts.key_ring, parts.clock, once=once) as assembled:
            guard = ClockGuard(database.sessions(engine), parts.clock)
            # By whichever clock: it is there, and does what it may.
            present = Loop("presence", partial(presence.note_worker, database.sessions(engine)), presence.EVERY)
            guarded = [present, *composition.guarded(assembled, guard)]
            if once:
                if not await guard.may_go_on():
                    raise ConfigurationError(_LIES)
                return await loop.run_once(guarded)
            async with composition.taking_mail(parts.settings, engine, parts.store, parts.key_ring, parts.clock):
                ask = composition.asking(engine, parts.clock, guarded)
                await loop.run(guarded, ask, poll=parts.settings.poll_seconds, stop_seconds=parts.settings.stop_seconds)
            return 0
    finally:
        await engine.dispose()


@click.command(epilog="Example: reviews migrate")
def migrate() -> None:
    """Bring the schema of the database to the newest version; several at once wait for each other."""
    with mended_by_hand():
        chosen = settings.read()
        logs.configure(chosen)
        with serving(chosen) as url:
            migrating.migrate(url)
            click.echo(f"schema {revisions.present(url)}")
