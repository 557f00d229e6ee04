"""Debian's Postfix as our next hop: what becomes of two invitations when it defers, refuses, is killed, or takes STARTTLS away.

It runs beside any other with a folder, a port and a queue of its own, and passes on to a peer of ours, which counts what arrives.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.handover.outcomes import Mark, Outcome
from reviews.invitations.sending.dispatch import Channel
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from standins import ports
from tests.flows.peers import MailPeer
from tests.flows.test_behaviours import SENT, UNKNOWN, WAITS, States, Two, by_mail

Maker = async_sessionmaker[AsyncSession]
MASTER: Final = Path("/usr/share/postfix/master.cf.dist")
pytestmark = pytest.mark.skipif(
    shutil.which("postfix") is None or not MASTER.exists() or os.geteuid() != 0,
    reason="Postfix is not installed (apt-get install postfix), or this is not root, as which alone it starts",
)

RECIPIENTS: Final = "smtpd_recipient_restrictions"
AT_THE_DOT: Final = "smtpd_end_of_data_restrictions"


def saying(reply: str) -> str:
    """Return the restriction that answers so for both customers."""
    return "check_recipient_access inline:{ {jan@example.com = %s}, {piet@example.com = %s} }" % (reply, reply)  # noqa: UP031 - braces


class Postfix:
    """One Postfix of our own in a folder; `run` starts it with settings and a receiver."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "config"
        with ports.listen(0) as door:
            self.port = door.getsockname()[1]
        self.config.mkdir()
        (folder / "queue").mkdir()
        (folder / "data").mkdir()
        shutil.chown(folder / "data", "postfix")
        lines = MASTER.read_text().replace("#maillog", "maillog").replace("#postlog", "postlog").splitlines()
        kept = [f"127.0.0.1:{self.port} inet n - n - - smtpd" if line.startswith("smtp      inet") else _unjailed(line) for line in lines]
        (self.config / "master.cf").write_text("\n".join(kept) + "\n")

    @contextmanager
    def running(self, receiver: int, **settings: str) -> Generator[None]:
        """Run it for as long as the block lasts."""
        fixed = {
            "compatibility_level": "3.6", "queue_directory": str(self.folder / "queue"), "data_directory": str(self.folder / "data"),
            "maillog_file": str(self.folder / "log"), "maillog_file_prefixes": str(self.folder), "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4", "myhostname": "hop.example", "mydestination": "", "mynetworks": "127.0.0.0/8", "alias_maps": "",
            "default_transport": f"smtp:[127.0.0.1]:{receiver}", "smtp_tls_security_level": "none", "smtpd_tls_security_level": "none",
            "smtpd_relay_restrictions": "permit_mynetworks, reject", "minimal_backoff_time": "1s", "queue_run_delay": "1s",
        }  # fmt: skip
        (self.config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in {**fixed, **settings}.items()))
        self._do("start")
        try:
            yield
        finally:
            with suppress(subprocess.CalledProcessError):
                self._do("stop")

    def kill(self, *names: str) -> int:
        """Kill those of its daemons that bear one of these names, and return how many there were."""
        master = (self.folder / "queue" / "pid" / "master.pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        found = [child for child in children if Path(f"/proc/{child}/comm").read_text().strip() in names]
        for child in found:
            os.kill(int(child), signal.SIGKILL)
        return len(found)

    def _do(self, what: str) -> None:
        subprocess.run(["postfix", "-c", str(self.config), what], check=True, capture_output=True, timeout=120)


def _unjailed(line: str) -> str:
    """Return a service that runs outside of a chroot, in which it would find no socket of ours."""
    words = line.split()
    return (
        " ".join([*words[:4], "n", *words[5:]])
        if len(words) >= 8 and words[0][0] not in "# " and words[1] in {"unix", "inet", "unix-dgram"}
        else line
    )


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    # Its daemons run as another user, who may not enter the folders of the tests.
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    yield Postfix(folder)
    shutil.rmtree(folder)


@pytest.fixture
async def two(maker: Maker, key_ring: KeyRing, now: datetime) -> Two:
    made = Two(maker, key_ring, now, "mail")
    await made.settle_in()
    return made


@pytest.mark.parametrize(
    ("settings", "states", "after"),
    [
        ({}, SENT, SENT),
        ({RECIPIENTS: saying("421 4.3.2 shutting down")}, WAITS, SENT),
        ({RECIPIENTS: saying("450 4.7.1 greylisted, try again later")}, WAITS, SENT),
        ({RECIPIENTS: saying("554 5.7.1 client blocked using zen.spamhaus.org")}, WAITS, SENT),
        ({RECIPIENTS: saying("550 5.1.1 no such user")}, ("refused",) * 2, ("refused",) * 2),
        ({AT_THE_DOT: saying("421 4.3.2 shutting down")}, UNKNOWN, UNKNOWN),
        ({AT_THE_DOT: saying("451 4.3.0 later")}, WAITS, SENT),
        ({AT_THE_DOT: saying("554 5.7.1 policy")}, WAITS, SENT),
    ],
    ids=["well", "421", "greylisting", "554-list", "550", "421-at-the-dot", "451-at-the-dot", "554-at-the-dot"],
)
async def test_what_postfix_says_is_understood(two: Two, postfix: Postfix, settings: dict[str, str], states: States, after: States) -> None:
    peer = MailPeer()
    async with asyncio.timeout(300), peer.listening() as receiver, by_mail(two, postfix.port) as channel:
        with postfix.running(receiver, **settings):
            await two.dispatch(channel)
            assert await two.states() == states
        await two.mend()
        with postfix.running(receiver):
            await two.dispatch(channel)
            assert await two.states() == after
            await peer.taken(after.count("sent"))

    assert set(peer.copies.values()) <= {1}
    assert len(peer.copies) == after.count("sent")


class KillsAtTheMark:
    """A channel behind whose mark the server's process is killed: it has asked for the mail, and has nothing of it yet."""

    def __init__(self, inner: Channel, postfix: Postfix) -> None:
        self._inner, self._postfix = inner, postfix
        self.killed = 0

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        async def marking() -> bool:
            granted = await mark()
            self.killed += self._postfix.kill("smtpd")
            return granted

        return await self._inner.send(parcel, mark=marking)


async def test_a_postfix_that_is_killed_while_it_takes_a_mail_leaves_an_unknown_and_no_copy(two: Two, postfix: Postfix) -> None:
    peer = MailPeer()
    async with asyncio.timeout(300), peer.listening() as receiver, by_mail(two, postfix.port) as channel:
        killing = KillsAtTheMark(channel, postfix)
        with postfix.running(receiver):
            await two.dispatch(killing)

    # Postfix waits a while before it starts another.
    assert killing.killed >= 1
    assert await two.states() in {("unknown", "unknown"), ("planned", "unknown"), ("planned", "planned")}
    assert peer.copies == {}


async def test_a_postfix_whose_daemons_are_killed_after_it_took_a_mail_delivers_each_once(two: Two, postfix: Postfix) -> None:
    peer = MailPeer()
    async with asyncio.timeout(300), peer.listening() as receiver, by_mail(two, postfix.port) as channel:
        with postfix.running(receiver):
            await two.dispatch(channel)
            postfix.kill("smtpd", "cleanup", "qmgr", "smtp")
            assert await two.states() == SENT
            await peer.taken(2)

    assert set(peer.copies.values()) == {1}


async def test_a_postfix_that_offers_no_starttls_any_more_gets_nothing_in_the_clear(two: Two, postfix: Postfix) -> None:
    peer = MailPeer()
    async with asyncio.timeout(300), peer.listening() as receiver, by_mail(two, postfix.port, scheme="smtp+starttls") as channel:
        with postfix.running(receiver):
            await two.dispatch(channel)
            assert await two.states() == WAITS

    assert (peer.copies, peer.begun) == ({}, set())
