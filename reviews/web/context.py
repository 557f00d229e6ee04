"""What every page may ask for: the parts that the composition root plugged together, and one transaction per request."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.errors import NotFoundError
from reviews.invitations.intake.sheets.importing import Opener
from reviews.invitations.intake.sources import Caller
from reviews.invitations.planning.schedule import Horizon
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.settings import Settings
from reviews.storage import Store

AppRequest = Request[Any, Any, State]
"""A request of this application; Litestar's own user and auth are not used, hence Any."""


class MailWriter(Protocol):
    """Who writes our mails; the desk shows one that nobody gets."""

    def asking(self, which: Literal["invitation", "reminder"], parcel: InvitationParcel, *, link: str) -> MailMessage:
        """Write an invitation or its reminder."""
        ...


@dataclass(frozen=True, slots=True)
class AppContext:
    """The parts of the web process."""

    settings: Settings
    maker: async_sessionmaker[AsyncSession]
    store: Store
    key_ring: KeyRing
    clock: Clock
    opener: Opener
    writer: MailWriter
    missing_walls: Callable[[], Awaitable[tuple[str, ...]]]
    """Which walls that must stand around a reader of documents this system does not let it have."""

    @property
    def horizon(self) -> Horizon:
        """Return how far back and how far ahead invitations reach."""
        return Horizon.of(self.settings)

    @property
    def secure(self) -> bool:
        """Whether people reach us over https, so that cookies can say so."""
        return self.settings.base_url.startswith("https://")

    def key_ring_of(self, caller: Caller) -> KeyRing:
        """Return the keys by which the people are known of whom a caller speaks: a test source has its own."""
        return self.key_ring.of_test_source(caller.source_id) if caller.test else self.key_ring


def context_of(request: AppRequest) -> AppContext:
    """Return the parts that `create_app` put into the application."""
    return context_in(request.app)


def context_in(app: Litestar) -> AppContext:
    """Return the parts that `create_app` put into the application."""
    app_context = app.state["context"]
    assert isinstance(app_context, AppContext)
    return app_context


def keep_session(app: ASGIApp) -> ASGIApp:
    """Give each request a session, and close it whatever happens: what was not committed is undone.

    U+0000 is refused here, because PostgreSQL can keep it in no text, whatever it is looked up by.
    """

    async def kept(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        # The path is decoded already, the query is not.
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            raise ClientException("the address holds a NUL character")
        # Here and not in the dependency, because Litestar may drop a dependency's generator without finishing it.
        async with context_in(scope["litestar_app"]).maker() as session:
            scope["state"]["session"] = session
            await app(scope, receive, send)

    return kept


async def provide_session(request: AppRequest) -> AsyncGenerator[AsyncSession, None]:
    """Give a handler the one transaction of its request. It is committed after the answer was made and before any byte of it leaves.

    So a commit that fails is a 500 and not a silent loss, and a redirect is saved like any other answer. An exception goes past the commit,
    and `keep_session` undoes everything. There is nothing to clean up here: Litestar drops this generator unfinished when another
    dependency refuses.
    """
    session = request.scope["state"]["session"]
    assert isinstance(session, AsyncSession)
    yield session
    await session.commit()


async def let_go(request: AppRequest) -> None:
    """End the transaction in which this request has looked so far, before its body is awaited: a body may take minutes, or never come.

    What was read stays in hand; what is done with the body begins a transaction of its own, and asks again for what must not have changed.
    """
    session = request.scope["state"]["session"]
    assert isinstance(session, AsyncSession)
    # A commit and no rollback: a rollback would expire the rows that were looked up.
    await session.commit()


async def fetch(request: AppRequest, key: str) -> bytes:
    """Return what lies in the store under a key; raise NotFoundError when it is gone. No transaction is open while the store is asked."""
    await let_go(request)
    try:
        return await context_of(request).store.get(key)
    except FileNotFoundError:
        raise NotFoundError("the file is not there any more") from None


def provide_now(request: AppRequest) -> datetime:
    """Return the current time of the process's clock."""
    return context_of(request).clock.now()


def provide_context(request: AppRequest) -> AppContext:
    """Return the parts of the web process."""
    return context_of(request)
