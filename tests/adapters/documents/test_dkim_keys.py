"""The keys of a mail's signers are looked up at a name server: this one is real, small and stands on the loopback."""

import socket
import threading
from collections.abc import Callable, Generator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from reviews.adapters.documents import dkim_keys
from reviews.adapters.documents.dkim_keys import DomainKeys, wanted
from reviews.adapters.documents.reading.mails import forwarded_mail
from tests.proofs import mails
from tests.proofs.mails import forwarded, letter, signed


class NameServer:
    """A name server over UDP that knows some TXT records, and remembers what it was asked; unknown names do not exist."""

    def __init__(self, records: dict[str, list[bytes]], *, silent: bool = False) -> None:
        self.records, self.silent = records, silent
        self.asked = list[str]()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            heard, whence = self._socket.recvfrom(4096)
            if heard == b"stop":
                return
            question = dns.message.from_wire(heard)
            name = question.question[0].name.to_text().rstrip(".")
            self.asked.append(name)
            if not self.silent:
                self._socket.sendto(self._answer(question, name), whence)

    def _answer(self, question: dns.message.Message, name: str) -> bytes:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA
        if name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            chunks = " ".join('"' + part.decode() + '"' for part in self.records[name])
            answer.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", "TXT", chunks))
        return answer.to_wire()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stopping:
            stopping.sendto(b"stop", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


@pytest.fixture
def name_server() -> Generator[Callable[..., NameServer]]:
    started = list[NameServer]()

    def start(records: dict[str, list[bytes]], *, silent: bool = False) -> NameServer:
        started.append(NameServer(records, silent=silent))
        return started[-1]

    yield start
    for server in started:
        server.close()


def halves(record: bytes) -> list[bytes]:
    """Return a record as it is published: no string of a TXT record is longer than 255 bytes."""
    return [record[:200], record[200:]]


PAPER = (b"%PDF-1.7 obj", "application/pdf")


async def test_a_mail_is_verified_with_the_key_that_its_domain_publishes(name_server: Callable[..., NameServer]) -> None:
    server = name_server({mails.KEY_NAME: halves(mails.record())})
    sent = signed(letter(PAPER))

    found = await DomainKeys(server.address).keys_for(sent)

    assert found == {mails.KEY_NAME: mails.record()}
    key_ring = forwarded_mail.open_mail(sent, found).signature
    assert key_ring is not None
    assert key_ring.verified


async def test_a_key_is_asked_for_once_in_ten_minutes(name_server: Callable[..., NameServer]) -> None:
    server = name_server({mails.KEY_NAME: halves(mails.record())})
    keys = DomainKeys(server.address)

    await keys.look_up([mails.KEY_NAME])

    assert await keys.look_up([mails.KEY_NAME]) == {mails.KEY_NAME: mails.record()}
    assert server.asked == [mails.KEY_NAME]


async def test_names_that_are_not_there_give_no_key_and_are_asked_again(name_server: Callable[..., NameServer]) -> None:
    server = name_server({"x._domainkey.example.nl": [b"v=spf1 -all"]})
    keys = DomainKeys(server.address)

    assert await keys.look_up(["weg._domainkey.example.nl", "x._domainkey.example.nl"]) == {}
    assert await keys.look_up(["weg._domainkey.example.nl"]) == {}
    assert server.asked.count("weg._domainkey.example.nl") == 2


async def test_a_name_server_that_says_nothing_is_not_waited_for(name_server: Callable[..., NameServer]) -> None:
    server = name_server({}, silent=True)

    assert dkim_keys.SECONDS == 5
    assert await DomainKeys(server.address, seconds=0.2).look_up([mails.KEY_NAME, "tweede._domainkey.example.nl"]) == {}
    assert set(server.asked) == {mails.KEY_NAME, "tweede._domainkey.example.nl"}


@pytest.mark.parametrize("address", ["no address", "127.0.0.1:99999999", "", "300.1.1.1", "example.nl"])
async def test_a_name_server_that_is_none_gives_no_keys_and_no_error(address: str) -> None:
    assert await DomainKeys(address).look_up([]) == {}
    if address:
        assert await DomainKeys(address).look_up([mails.KEY_NAME]) == {}


def test_only_names_that_can_be_in_the_dns_are_wanted() -> None:
    header = b"DKIM-Signature: v=1; d=%s; s=%s; b=x\r\n"
    odd = [
        (b"localhost", b"a"),
        (b"1.2.3.4", b"a"),
        (b"-x.nl", b"a"),
        (b"x..nl", b"a"),
        (b"a" * 64 + b".nl", b"s"),
        (b"x.nl", b""),
        (b"x.nl", b"a b"),
    ]

    assert wanted(b"".join(header % pair for pair in odd)) == []
    assert wanted(header % (b"Example.NL", b"s1.mail")) == ["s1.mail._domainkey.example.nl"]
    assert wanted(b"Subject: d=example.nl; s=a\r\n\r\nDKIM-Signature is a word\r\n") == []


def test_folded_headers_are_read_and_of_many_names_the_three_last_are_wanted() -> None:
    folded = b"dkim-signature : v=1;\r\n\ta=rsa-sha256;\r\n d=example.nl;\r\n s=s%d ; bh=d=; b=s=\r\n"

    assert wanted(b"".join(folded % number for number in range(9))) == [f"s{number}._domainkey.example.nl" for number in (6, 7, 8)]
    assert wanted((folded % 1) * 5) == ["s1._domainkey.example.nl"]


def test_the_signature_of_a_mail_within_a_mail_is_wanted_too() -> None:
    outer = signed(forwarded(signed(letter(PAPER))), domain="jan.example.org", headers=(b"from", b"subject"))

    assert wanted(outer) == ["mail2026._domainkey.jan.example.org", mails.KEY_NAME]


def test_a_flood_of_signatures_costs_little() -> None:
    assert wanted(b"DKIM-Signature: " + b"d=" * 5_000_000) == []
    assert len(wanted(b"DKIM-Signature: v=1; d=example.nl; s=a%d\r\n" * 10)) <= 3
    assert wanted((b"DKIM-Signature:\r\n" + b" " * 900) * 20_000) == []
