"""Composition root of the web process: settings and parts in, Litestar out."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, Final, cast

from litestar import Litestar, Router
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews import loop
from reviews.adapters import templates
from reviews.adapters.documents import walls
from reviews.adapters.mail import transport
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import opener
from reviews.clock import Clock
from reviews.database import engine as database
from reviews.database import presence
from reviews.errors import ConfigurationError
from reviews.invitations.sending.mail_message import MailTransport
from reviews.keys import KeyRing
from reviews.loop import Loop
from reviews.moderation.alerts import Alerts
from reviews.moderation.worker_watch import WorkerWatch
from reviews.settings import Settings
from reviews.storage import Store
from reviews.web import context, errors, forms, headers, observing, patience, proxies, session
from reviews.web.api import bodies, health, hooks, invitations, security_txt, test_outcomes
from reviews.web.api.readiness import ReadinessCheck
from reviews.web.api.trigger_batches import TriggerBatches
from reviews.web.context import AppContext
from reviews.web.customer import claims
from reviews.web.desk import cases, imports
from reviews.web.observing import Meters
from reviews.web.proxies import ProxyWatch

# Safe, because an asset's address holds a digest of its content (`templates.static_address`).
_FOR_EVER: Final = CacheControlHeader(max_age=365 * 24 * 3600, public=True, immutable=True)


class _AnswersHead(Litestar):
    """An application that answers HEAD like GET, without the body (RFC 9110, 9.3.2): monitors and mail scanners ask so."""

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend) -> None:
        """Answer a request; the server leaves the body out, since it knows what was asked."""
        if scope.get("method") == "HEAD":
            scope = cast("Scope", {**scope, "method": "GET"})
        await super().__call__(scope, receive, send)


def create_app(settings: Settings, *, engine: AsyncEngine, store: Store, key_ring: KeyRing, clock: Clock, reload: bool = False) -> Litestar:
    """Plug the parts together; with `reload` a changed template is seen at the next request.

    The order of the middleware: timing starts, forms of other sites are refused before anything is read, then the session opens.
    """
    paper = templates.environment(base_url=settings.base_url, reload=reload)
    parts = AppContext(
        settings=settings,
        maker=database.sessions(engine),
        store=store,
        key_ring=key_ring,
        clock=clock,
        opener=opener(SheetLimits.of(settings)),
        writer=MailRenderer(paper, settings.base_url, settings.mail_from, key_ring),
        missing_walls=walls.missing,
    )
    return _AnswersHead(
        route_handlers=_doors(settings),
        dependencies=_dependencies(),
        middleware=[observing.start_watch, proxies.notice_proxy, forms.refuse_other_sites, patience.cut_slow_bodies, context.keep_session],
        before_send=[headers.protect, observing.note],
        after_exception=[observing.note_failure],
        exception_handlers=errors.HANDLERS,
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(paper)),
        # Health checks come by an address of the container, not by a host name.
        allowed_hosts=AllowedHostsConfig(allowed_hosts=settings.host_names(), exclude=["^/health/"]),
        request_max_body_size=settings.request_max_mb * 1_000_000,
        state=State(
            {
                "context": parts,
                "trigger_batches": _trigger_batches(parts),
                "meters": Meters(CollectorRegistry()),
                "readiness": ReadinessCheck(every=settings.ready_seconds),
                "proxies": ProxyWatch(),
            }
        ),
        lifespan=[observing.measuring_lag],
        # Litestar's /schema would be public, and its pages load scripts from elsewhere.
        openapi_config=None,
        # structlog is set up by `logs`; Litestar's own would log requests with tokens in their paths.
        logging_config=None,
    )


def _post_of(settings: Settings) -> MailTransport | None:
    """Return what sends our mail, None where it is not set, or not well: the background process and the doctor say that, and triggers come in."""
    try:
        return transport.open_transport(settings)
    except ConfigurationError:
        return None


@contextlib.asynccontextmanager
async def missing_worker(settings: Settings, engine: AsyncEngine, key_ring: KeyRing, clock: Clock) -> AsyncGenerator[None]:
    """Watch over the background process for as long as the block lasts."""
    maker, post = database.sessions(engine), _post_of(settings)
    renderer = MailRenderer(templates.environment(base_url=settings.base_url), settings.base_url, settings.mail_from, key_ring)
    alerts = Alerts(maker, clock, settings.lease, timedelta(hours=settings.silent_after_hours))
    watch = WorkerWatch(maker, alerts, timedelta(minutes=settings.worker_missed_minutes), post, renderer.alert)
    wake, stop = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(loop.keep_doing(Loop("worker_watch", watch.look, presence.EVERY), wake, stop))
    try:
        yield
    finally:
        stop.set()
        wake.set()
        # Not cancelled at once: of a mail that is just leaving nobody would know whether it did.
        _, late = await asyncio.wait([task], timeout=settings.stop_seconds)
        for one in late:
            one.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if post is not None:
            await post.close()


def _trigger_batches(parts: AppContext) -> TriggerBatches:
    """Return the batcher in which single triggers of this process are committed together."""
    chosen = parts.settings
    return TriggerBatches(parts.maker, parts.key_ring, parts.clock, parts.horizon, most=chosen.together_max)


def _doors(settings: Settings) -> list[Any]:
    """Return all routes. The limit on an upload is above that on a proof, so that a page, and not a bare 413, can say what is too large."""
    return [
        Router(
            path="/api/v1",
            route_handlers=[*invitations.routes, *test_outcomes.routes],
            dependencies={"caller": Provide(invitations.caller)},
            before_request=bodies.check_query,
            opt={"machine": True},
        ),
        hooks.router(most_bytes=settings.inbound_max_mb * 1_000_000),
        *health.routes,
        *security_txt.routes,
        *session.routes,
        *cases.routes,
        *claims.routes,
        Router(
            path="/desk",
            route_handlers=[imports.show_imports, imports.upload],
            dependencies={"login": Provide(session.provide_login)},
            # 200 kB for the other fields and the frame of a multipart form.
            request_max_body_size=settings.import_max_mb * 1_000_000 + 200_000,
        ),
        Router(path="/", route_handlers=[claims.receive_proof], request_max_body_size=settings.upload_max_mb * 2_000_000),
        create_static_files_router(path="/static", directories=[templates.STATIC], cache_control=_FOR_EVER, include_in_schema=False),
    ]


def _dependencies() -> dict[str, Provide]:
    return {
        "session": Provide(context.provide_session),
        "now": Provide(context.provide_now, sync_to_thread=False),
        "app_context": Provide(context.provide_context, sync_to_thread=False),
    }
