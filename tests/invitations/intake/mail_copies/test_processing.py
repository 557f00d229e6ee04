"""What becomes of a copy of a mail: taken in, put aside, or waiting for a person, once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews.adapters.documents.copy_reader import CopyReader
from reviews.branches.naming import BranchIdentity
from reviews.database import job_queue
from reviews.database.tables import Invitation, Job, MailPattern, Person, Trigger
from reviews.demo.documents.content import DocumentKind
from reviews.errors import ReaderUnavailableError
from reviews.invitations.intake.mail_copies import review
from reviews.invitations.intake.mail_copies.inbound import Intake
from reviews.invitations.intake.mail_copies.model import MailCopy
from reviews.invitations.intake.mail_copies.processing import MailCopyProcessor
from reviews.privacy import mail_retention
from reviews.proofs import storing
from tests import cast
from tests.invitations import copied_mails, written_mails
from tests.invitations.copying import HORIZON, INVOICE, LEASE, Post
from tests.proofs.proof_setup import AtRest, InProcess
from tests.store_away import away


async def test_an_invoice_of_a_taught_kind_becomes_a_job_with_its_invitation(post: Post) -> None:
    await post.teach()

    mail = await post.bring(INVOICE)

    assert (mail.state, mail.reason, mail.sender) == ("told", None, copied_mails.PROGRAM)
    [trigger] = await post.all(Trigger)
    assert mail.trigger_id == trigger.id
    assert trigger.occurred_at == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    [job] = await post.all(Job)
    assert (job.number, job.kind, job.email, str(job.total)) == ("F2026-0042", "purchase", "jan@example.com", "2495.00")
    [invitation] = await post.all(Invitation)
    assert invitation.state == "planned"
    [pattern] = await post.all(MailPattern)
    assert pattern.used_at == post.clock.now()
    assert [found.key async for found in post.store.list()] == [mail.storage_key]


async def test_a_second_copy_of_one_mail_tells_once(post: Post) -> None:
    await post.teach()

    first = await post.bring(INVOICE)
    second = await post.bring(b"Received: by another server\r\n" + INVOICE)

    assert (first.state, second.state, second.reason) == ("told", "dismissed", "repeat")
    assert first.trigger_id == second.trigger_id
    assert len(await post.all(Trigger)) == 1


async def test_a_credit_note_cancels_the_invitation_of_its_invoice(post: Post) -> None:
    await post.teach()
    await post.bring(INVOICE)
    note = copied_mails.document(kind=DocumentKind.CREDITNOTA, number="C2026-0007", reference="Factuur F2026-0042")

    mail = await post.bring(copied_mails.mail(note, Subject="Uw factuur is gecrediteerd", Message_ID="<7@vandam.example>"))

    assert (mail.state, mail.reason) == ("told", None)
    [invitation] = await post.all(Invitation)
    assert invitation.state == "cancelled"
    assert [job.state for job in await post.all(Job)] == ["credited"]
    assert [told.payload.get("credit_number") for told in await post.all(Trigger)] == [None, "C2026-0007"]


async def test_a_kind_that_nobody_taught_waits_with_what_was_read_and_a_picture(post: Post) -> None:
    mail = await post.bring(INVOICE)

    assert (mail.state, mail.reason) == ("unrecognised", "unknown_sender")
    assert {name: mail.fields[name] for name in ("kind", "number", "date", "name", "email")} == {
        "kind": "factuur", "number": "F2026-0042", "date": "2026-11-20", "name": "J. de Vries", "email": "jan@example.com",
    }  # fmt: skip
    assert (await post.store.get(mail.fields["pages"][0]))[:4] == b"RIFF"
    assert await post.all(Job) == []


@pytest.mark.parametrize(
    ("raw", "state", "reason"),
    [
        (copied_mails.mail(copied_mails.document(kind=DocumentKind.OFFERTE)), "dismissed", "not_finished"),
        (copied_mails.mail(copied_mails.document(issuer=copied_mails.issuer(cast.GRONINGEN))), "unrecognised", "other_branch"),
        (copied_mails.mail(From="reviews@example.nl"), "dismissed", "own_mail"),
        (copied_mails.mail(Auto_Submitted="auto-replied"), "dismissed", "auto_reply"),
        (copied_mails.mail(b"%PDF-1.4 kapot"), "unrecognised", "unreadable"),
        (copied_mails.mail(), "unrecognised", "no_document"),
        (b"", "unrecognised", "no_document"),
        (b"\x00\xff" * 5_000, "unrecognised", "no_document"),
        (copied_mails.mail(*[b"%PDF-1.4"] * 500), "unrecognised", "too_many_parts"),
    ],
)
async def test_what_can_not_be_taken_in_says_why(post: Post, raw: bytes, state: str, reason: str) -> None:
    await post.teach()

    mail = await post.bring(raw)

    assert (mail.state, mail.reason) == (state, reason)
    assert await post.all(Trigger) == []


async def test_an_address_of_two_branches_finds_the_branch_by_the_issuer(shared: Post) -> None:
    await shared.teach(branch="utrecht")

    mail = await shared.bring(INVOICE)

    assert (mail.state, mail.branch_id) == ("told", shared.branches["utrecht"].id)
    [job] = await shared.all(Job)
    assert job.branch_id == shared.branches["utrecht"].id


async def test_a_reader_that_lost_its_lease_changes_nothing_any_more(post: Post) -> None:
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)

    class Slow:
        def is_ready(self) -> bool:
            return True

        def failing_for(self, *, recognition: bool) -> timedelta:
            del recognition
            return timedelta()

        async def read(self, raw: bytes, branches: Sequence[BranchIdentity]) -> MailCopy:
            post.clock.moment += LEASE * 2
            await post.recogniser.sweep()
            await post.recogniser.recognise_due()
            await post.settle(await post.mail(receipt.id), meaning="ignore")
            return await CopyReader(InProcess()).read(raw, branches)

    await MailCopyProcessor(post.maker, post.store, Slow(), post.key_ring, post.clock, LEASE, HORIZON).recognise_due()

    mail = await post.mail(receipt.id)
    assert (mail.state, mail.reason) == ("dismissed", "by_hand")
    assert {found.key async for found in post.store.list()} == {mail.storage_key, *mail.fields["pages"]}


async def test_a_mail_that_kills_its_worker_again_and_again_waits_for_a_person(post: Post) -> None:
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)
    for _ in range(5):
        async with post.maker.begin() as session:
            assert await job_queue.claim_due(session, job_queue.INBOUND, now=post.clock.now(), lease=LEASE)
        post.clock.moment += LEASE * 2
        await post.recogniser.sweep()

    assert (await post.mail(receipt.id)).state == "dead"
    async with post.maker() as session:
        [(mail, _)] = await review.listed(session, post.viewer("groningen", "utrecht"))
    assert mail.id == receipt.id
    assert (await post.settle(mail, post.viewer("groningen", "utrecht"), meaning="purchase")).state == "told"


async def test_what_was_settled_is_forgotten_after_its_term_and_no_sweep_takes_what_waits(post: Post) -> None:
    waiting = await post.bring(copied_mails.mail(copied_mails.document(number="F2026-0050"), Message_ID="<50@x.example>"))
    await post.teach()
    told = await post.bring(INVOICE)
    async with post.maker() as session:
        keys = [found.key async for found in post.store.list()]
        assert await storing.without_row(session, keys) == []

    post.clock.moment += timedelta(days=31)
    assert await mail_retention.tidy(post.maker, post.store, post.clock.now(), days=30, unseen_days=180) == 1
    told, waiting = await post.mail(told.id), await post.mail(waiting.id)
    assert (told.storage_key, told.fields, told.subject, told.state) == (None, {}, "", "told")
    assert waiting.fields["number"] == "F2026-0050"
    assert {found.key async for found in post.store.list()} == {waiting.storage_key, *waiting.fields["pages"]}

    post.clock.moment += timedelta(days=150)
    for _ in range(2):
        await mail_retention.tidy(post.maker, post.store, post.clock.now(), days=30, unseen_days=180)
        post.clock.moment += timedelta(days=31)
    assert (await post.mail(waiting.id)).reason == "nobody_looked"
    assert [found async for found in post.store.list()] == []


async def test_people_hear_of_nothing_that_a_mail_only_shows(post: Post) -> None:
    await post.bring(INVOICE)

    assert await post.all(Person) == []


async def test_while_the_store_is_away_a_mail_waits_without_an_attempt(post: Post, tmp_path: Path) -> None:
    await post.teach()
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)

    with away(tmp_path / "store"):
        for _ in range(8):
            await post.recogniser.recognise_due()
            post.clock.moment += timedelta(minutes=30)
        waiting = await post.mail(receipt.id)
        assert (waiting.state, waiting.attempt) == ("waiting", 0)

    await post.recogniser.recognise_due()
    assert (await post.mail(receipt.id)).state == "told"


class Absent:
    """Readers that are not there, or say that they are and cannot read all the same; known to fail for as long as `failing` says."""

    def __init__(self, *, ready: bool) -> None:
        self.ready = ready
        self.failing = timedelta()

    def is_ready(self) -> bool:
        return self.ready

    def failing_for(self, *, recognition: bool) -> timedelta:
        del recognition
        return self.failing

    async def read(self, raw: bytes, branches: Sequence[BranchIdentity]) -> MailCopy:
        del raw, branches
        raise ReaderUnavailableError("not ready")


async def hours(post: Post, reader: Absent, many: int, *, failing: bool) -> None:
    """Let hours pass, in which readers fail or are merely not there, and look for mails all the while."""
    absent = MailCopyProcessor(post.maker, post.store, reader, post.key_ring, post.clock, LEASE, HORIZON, unread_after=timedelta(hours=6))
    for _ in range(many * 6):
        await absent.recognise_due()
        post.clock.moment += timedelta(minutes=10)
        reader.failing += timedelta(minutes=10) if failing else timedelta()


@pytest.mark.parametrize("ready", [True, False])
async def test_while_nothing_can_be_read_a_mail_waits_without_an_attempt_and_then_for_a_person(post: Post, ready: bool) -> None:
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)
    absent = Absent(ready=ready)

    await hours(post, absent, 5, failing=True)
    waiting = await post.mail(receipt.id)
    assert (waiting.state, waiting.attempt) == ("waiting", 0)

    await hours(post, absent, 2, failing=True)
    mail = await post.mail(receipt.id)
    assert (mail.state, mail.reason) == ("unrecognised", "not_read")


@pytest.mark.parametrize("ready", [True, False])
async def test_readers_that_are_at_rest_or_still_start_give_no_mail_to_a_person_however_old_it_is(post: Post, ready: bool) -> None:
    await post.teach()
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)
    post.clock.moment += timedelta(days=7)

    await hours(post, Absent(ready=ready), 7, failing=False)
    assert (await post.mail(receipt.id)).state == "waiting"

    await post.recogniser.recognise_due()
    assert (await post.mail(receipt.id)).state == "told"


async def test_a_mail_of_last_week_wakes_readers_that_were_at_rest_and_is_read(post: Post) -> None:
    await post.teach()
    intake = Intake(post.maker, post.store, post.clock)
    receipt = await intake.receive(await intake.whose(post.secret), INVOICE)
    post.clock.moment += timedelta(days=7)
    readers = AtRest(post.maker)
    processor = MailCopyProcessor(post.maker, post.store, CopyReader(readers.box), post.key_ring, post.clock, LEASE, HORIZON)

    assert await processor.recognise_due() == 0
    assert (await post.mail(receipt.id)).state == "waiting"

    async def is_told() -> bool:
        return (await post.mail(receipt.id)).state == "told"

    assert await readers.wake_for(processor.recognise_due, is_told, post.clock)
    readers.box.close()


async def test_a_mail_that_is_not_read_again_keeps_what_was_read_of_it_and_can_be_taught_once_more(post: Post) -> None:
    before = await post.bring(INVOICE)
    other = await post.bring(copied_mails.mail(copied_mails.document(number="F2026-0050"), Message_ID="<50@x.example>"))
    taught: dict[str, Any] = {"meaning": "purchase", "teach": (copied_mails.PROGRAM, "Uw factuur")}
    await post.settle(other, number="F2026-0050", **taught)
    assert (await post.mail(before.id)).state == "waiting"

    await hours(post, Absent(ready=False), 7, failing=True)

    after = await post.mail(before.id)
    assert (after.state, after.reason) == ("unrecognised", "not_read")
    assert (after.sender, after.subject, after.fields, after.branch_id) == (before.sender, before.subject, before.fields, before.branch_id)
    third = await post.bring(copied_mails.mail(copied_mails.document(number="F2026-0051"), Message_ID="<51@x.example>", Subject="Een ander"))
    await post.settle(third, number="F2026-0051", **taught)
    await post.recogniser.recognise_due()
    assert (await post.mail(before.id)).state == "told"


@pytest.mark.parametrize(("plain", "html"), [(written_mails.PLAIN, None), (None, written_mails.HTML)])
async def test_an_invoice_in_the_mail_itself_becomes_a_job_and_its_second_copy_a_repeat(post: Post, plain: str | None, html: str | None) -> None:
    await post.teach()

    first = await post.bring(written_mails.mail(plain, html))
    second = await post.bring(written_mails.mail(plain, html, Message_ID="<43@vandamzonwering.example>"))

    assert (first.state, first.reason, second.reason) == ("told", None, "repeat")
    [job] = await post.all(Job)
    assert (job.number, job.email, job.customer_name, str(job.total)) == ("F2026-0042", "jan@example.com", "J. de Vries", "2495.00")


async def test_an_invoice_in_a_mail_that_nobody_taught_waits_with_a_picture_of_its_text(post: Post) -> None:
    mail = await post.bring(written_mails.mail(None, written_mails.HTML))

    assert (mail.state, mail.reason, mail.fields["number"]) == ("unrecognised", "unknown_sender", "F2026-0042")
    assert (await post.store.get(mail.fields["pages"][0]))[:4] == b"RIFF"
