"""The same copy through two addresses, twice, or sent again is one; what only looks like it is not."""

import asyncio

import pytest

from reviews.database.tables import InboundMail, Job, Trigger
from reviews.invitations.intake.mail_copies import inbound
from tests.invitations import copied_mails
from tests.invitations.copying import INVOICE, Post

DOCUMENT = copied_mails.document()
OTHER = copied_mails.document(number="F2026-0043")


@pytest.fixture
async def second(post: Post) -> str:
    """A second address of Utrecht."""
    return await open_address(post, "kopie", "utrecht")


async def open_address(post: Post, name: str, *slugs: str) -> str:
    async with post.maker.begin() as session:
        return await inbound.open_address(session, name, [post.branches[slug] for slug in slugs], now=post.clock.now())


async def bring(post: Post, secret: str, raw: bytes) -> InboundMail:
    post.secret = secret
    return await post.bring(raw)


@pytest.mark.parametrize(
    "again",
    [
        INVOICE,
        b"Received: by another server\r\n" + INVOICE,
        copied_mails.mail(DOCUMENT, Message_ID="<43@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, Message_ID=""),
        copied_mails.mail(DOCUMENT, Cc="administratie@vandamzonwering.example", Message_ID="<44@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, To="0123456789012345678901234567890123456789@kopie.example", Message_ID="<52@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, To="administratie@vandamzonwering.example", Message_ID="<53@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, Subject="Uw factuur F2026-0042 (kopie)", Message_ID="<45@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, Subject="Doorgestuurd: nog eens uw factuur", Message_ID="<46@vandamzonwering.example>"),
    ],
    ids=[
        "same-bytes",
        "another-server",
        "sent-again",
        "no-message-id",
        "also-to-a-colleague",
        "to-us",
        "to-a-colleague",
        "another-subject",
        "an-untaught-subject",
    ],
)
async def test_a_copy_by_a_second_address_of_the_branch_is_a_repeat(post: Post, second: str, again: bytes) -> None:
    await post.teach()

    first = await post.bring(INVOICE)
    repeat = await bring(post, second, again)

    assert (first.state, repeat.state, repeat.reason) == ("told", "dismissed", "repeat")
    assert repeat.trigger_id == first.trigger_id
    assert len(await post.all(Trigger)) == len(await post.all(Job)) == 1


async def test_two_copies_of_a_kind_that_nobody_taught_wait_for_a_person_once(post: Post, second: str) -> None:
    first = await post.bring(INVOICE)
    repeat = await bring(post, second, copied_mails.mail(DOCUMENT, Message_ID="<43@vandamzonwering.example>"))

    assert (first.state, first.reason, repeat.state, repeat.reason) == ("unrecognised", "unknown_sender", "dismissed", "repeat")
    await post.settle(first, meaning="ignore")
    third = await bring(post, second, copied_mails.mail(DOCUMENT, Message_ID="<47@vandamzonwering.example>"))
    assert (third.state, third.reason) == ("dismissed", "repeat")


@pytest.mark.parametrize("changes", [{"Subject": "Fwd: Uw factuur F2026-0042"}, {"To": "administratie@vandamzonwering.example"}], ids=str)
async def test_a_copy_that_can_be_taken_in_ends_the_waiting_of_the_one_that_could_not(post: Post, second: str, changes: dict[str, str]) -> None:
    await post.teach()
    unknown = await post.bring(copied_mails.mail(DOCUMENT, **changes))

    told = await bring(post, second, INVOICE)

    assert (unknown.state, told.state) == ("unrecognised", "told")
    before = await post.mail(unknown.id)
    assert (before.state, before.reason, before.settled_at) == ("dismissed", "repeat", post.clock.now())


@pytest.mark.parametrize("to", ["administratie@vandamzonwering.example", "Jan de Vries <jan.devries@example.com>"])
async def test_what_was_put_aside_without_this_customer_hides_nothing_of_theirs(post: Post, second: str, to: str) -> None:
    aside = await post.bring(copied_mails.mail(DOCUMENT, To=to))
    await post.settle(aside, meaning="ignore")
    await post.teach()

    told = await bring(post, second, INVOICE)

    assert (told.state, len(await post.all(Trigger))) == ("told", 1)


async def test_of_two_copies_that_wait_the_one_that_names_the_customer_is_shown(post: Post, second: str) -> None:
    nobody = await post.bring(copied_mails.mail(DOCUMENT, To="administratie@vandamzonwering.example"))

    named = await bring(post, second, INVOICE)

    assert ((await post.mail(nobody.id)).reason, named.state) == ("repeat", "unrecognised")
    await post.settle(named, meaning="ignore")
    assert (await bring(post, second, b"Received: by another server\r\n" + INVOICE)).reason == "repeat"


@pytest.mark.parametrize("to", ["administratie@vandamzonwering.example", ""])
async def test_what_was_put_aside_without_a_customer_puts_aside_its_like(post: Post, second: str, to: str) -> None:
    await post.settle(await post.bring(copied_mails.mail(DOCUMENT, To="administratie@vandamzonwering.example")), meaning="ignore")

    again = await bring(post, second, copied_mails.mail(DOCUMENT, To=to, Message_ID="<54@vandamzonwering.example>"))

    assert (again.state, again.reason) == ("dismissed", "repeat")


@pytest.mark.parametrize(
    "other",
    [
        copied_mails.mail(OTHER, Subject="Uw factuur F2026-0043", Message_ID="<43@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, To="Jan de Vries <jan.devries@example.com>", Message_ID="<48@vandamzonwering.example>"),
        copied_mails.mail(DOCUMENT, OTHER, Message_ID="<49@vandamzonwering.example>"),
    ],
    ids=["another-document", "another-address-of-the-customer", "one-more-document"],
)
async def test_another_document_or_another_address_is_no_repeat(post: Post, second: str, other: bytes) -> None:
    await post.teach()
    await post.bring(INVOICE)

    assert (await bring(post, second, other)).reason != "repeat"


async def test_branches_stay_apart(post: Post) -> None:
    await post.teach()
    told = await post.bring(INVOICE)

    mail = await bring(post, await open_address(post, "groningen", "groningen"), INVOICE)

    assert told.state == "told"
    assert (mail.state, mail.reason) == ("unrecognised", "other_branch")


async def test_a_copy_that_finds_its_branch_meets_the_one_that_is_there(post: Post) -> None:
    await post.teach()
    everywhere = await open_address(post, "samen", "groningen", "utrecht")

    first = await post.bring(INVOICE)
    repeat = await bring(post, everywhere, INVOICE)

    assert (first.state, repeat.state, repeat.reason, repeat.branch_id) == ("told", "dismissed", "repeat", post.branches["utrecht"].id)


async def test_two_copies_that_are_read_at_once_are_one(post: Post, second: str) -> None:
    await post.teach()
    for secret, raw in ((post.secret, INVOICE), (second, copied_mails.mail(DOCUMENT, Message_ID="<43@vandamzonwering.example>"))):
        intake = inbound.Intake(post.maker, post.store, post.clock)
        await intake.receive(await intake.whose(secret), raw)

    await asyncio.gather(post.recogniser.recognise_due(), post.recogniser.recognise_due())

    assert sorted((mail.state, mail.reason) for mail in await post.all(InboundMail)) == [("dismissed", "repeat"), ("told", None)]
    assert len(await post.all(Trigger)) == 1


async def test_newsletters_without_a_document_are_not_mistaken_for_each_other(post: Post) -> None:
    first = await post.bring(copied_mails.mail(Subject="Nieuws"))
    other = await post.bring(copied_mails.mail(Subject="Ander nieuws", Message_ID="<50@vandamzonwering.example>"))
    again = await post.bring(copied_mails.mail(Subject="Nieuws", Message_ID="<51@vandamzonwering.example>"))

    assert [(mail.state, mail.reason) for mail in (first, other, again)] == [
        ("unrecognised", "no_document"), ("unrecognised", "no_document"), ("dismissed", "repeat"),
    ]  # fmt: skip


async def test_bytes_that_are_no_mail_at_all_are_no_repeat_of_each_other(post: Post) -> None:
    await post.bring(b"")
    assert (await post.bring(b"\x00\xff" * 5_000)).reason == "no_document"


async def test_the_same_terms_at_two_invoices_that_stand_in_the_text_make_no_copies(post: Post) -> None:
    terms = copied_mails.document(number="")
    mails = [
        copied_mails.mail(terms, Subject=f"Factuur {number}", To="", Message_ID=f"<{number}@vandamzonwering.example>").replace(
            b"Hierbij de factuur", f"Hierbij factuur {number}".encode()
        )
        for number in (1001, 1002)
    ]

    found = [await post.bring(raw) for raw in mails]

    assert [mail.reason for mail in found if mail.reason == "repeat"] == []
