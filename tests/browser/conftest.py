"""A real Chromium before a really listening web process, both on loopback."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from litestar import Litestar
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.app import create_app
from reviews.clock import SystemClock
from reviews.database.engine import connect, sessions
from reviews.database.tables import Branch, User
from reviews.keys import KeyRing
from reviews.settings import Settings
from standins import ports
from tests import cast
from tests.browser.find_chromium import chromium

T = TypeVar("T")
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@dataclass
class Site:
    """Servers in a thread of their own, and what lies behind them."""

    key_ring: KeyRing
    store: ObjectFolder
    loop: asyncio.AbstractEventLoop
    maker: async_sessionmaker[AsyncSession]
    address: str = ""
    servers: list[tuple[uvicorn.Server, Future[None]]] = field(default_factory=list[tuple[uvicorn.Server, Future[None]]])

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the servers' thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=30)

    def in_session(self, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
        """Run something in one transaction."""

        async def once() -> T:
            async with self.maker.begin() as session:
                return await work(session)

        return self.run(once())

    def serve(self, make: Callable[[str], Litestar]) -> str:
        """Start a server on a free port and return its address."""
        door = ports.listen(0, ports.HOST)
        address = f"http://{ports.address_of(door)}"
        server = uvicorn.Server(uvicorn.Config(make(address), log_level="error", lifespan="off", timeout_graceful_shutdown=2))
        self.servers.append((server, asyncio.run_coroutine_threadsafe(server.serve(sockets=[door]), self.loop)))
        return address


@pytest.fixture
def site(database: str, tmp_path: Path) -> Generator[Site]:
    """Utrecht with Noor at the desk, at an address of their own."""
    loop, engine = asyncio.new_event_loop(), connect(database)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Site(KeyRing("a secret that only the browser tests know"), open_store("", folder=tmp_path / "proofs"), loop, sessions(engine))

    def make(address: str) -> Litestar:
        settings = Settings(base_url=address, data_dir=tmp_path)
        return create_app(settings, engine=engine, store=made.store, key_ring=made.key_ring, clock=SystemClock())

    made.in_session(lambda session: _settle_in(session, made.key_ring))
    made.address = made.serve(make)
    yield made
    for server, running in made.servers:
        server.should_exit = True
        running.result(timeout=10)
    made.run(engine.dispose())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


async def _settle_in(session: AsyncSession, key_ring: KeyRing) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch: Branch = await cast.utrecht(session, key_ring, now=now)
    user: User = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
    assert user.role == "manager"


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """A Chromium for the tests of one module: while it runs, Playwright keeps an event loop, which asynchronous tests can't share."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium()), args=["--disable-gpu", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Generator[Page]:
    """A phone's window, whose policy violations are kept."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="nl-NL", reduced_motion="reduce")
    opened = context.new_page()
    opened.add_init_script(WATCH)
    yield opened
    context.close()


def check(page: Page) -> None:
    """Hold a page against what every page keeps: no accessibility finding, no sideways scrolling at 320 px, no policy violation."""
    # A click returns once the next document has begun: on a busy machine nothing of it is there yet.
    page.wait_for_load_state()
    assert page.evaluate("window.violations") == []
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, f"{page.url} scrolls sideways at 320 px"
    assert size is not None
    page.set_viewport_size(size)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in Axe().run(page).response["violations"]]
        assert found == [], f"{page.url} in {scheme}"
    borders = page.evaluate(BORDERS)
    assert borders == [], f"{page.url}: borders of fields that cannot be seen (WCAG 1.4.11)"


BORDERS = """() => {
  const light = (css) => {
    const parts = css.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = light(getComputedStyle(document.documentElement).backgroundColor);
  return [...document.querySelectorAll('main input:not([type=hidden]):not([type=radio]):not([type=file]), main textarea, main select')]
    .map((field) => [field.name, light(getComputedStyle(field).borderTopColor)])
    .filter(([, edge]) => (Math.max(edge, ground) + 0.05) / (Math.min(edge, ground) + 0.05) < 3)
    .map(([name]) => name);
}"""
