"""What a person says of a copy of a mail: once, all mistakes at a time, and learned from where they ask for that."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reviews.database.tables import Job, Trigger
from reviews.demo.documents.content import DocumentKind
from reviews.errors import ConflictError, InvalidError
from reviews.invitations.intake.mail_copies import review
from tests.invitations import copied_mails
from tests.invitations.copying import INVOICE, Post


async def test_what_a_person_teaches_settles_the_others_that_wait_for_it(post: Post) -> None:
    first = await post.bring(INVOICE)
    later = copied_mails.document(number="F2026-0043")
    second = await post.bring(copied_mails.mail(later, Subject="Uw factuur F2026-0043", Message_ID="<43@vandam.example>", To="piet@example.com"))
    assert second.reason == "unknown_sender"

    await post.settle(first, meaning="purchase", teach=(copied_mails.PROGRAM, "Uw factuur"))
    await post.recogniser.recognise_due()

    assert {(await post.mail(first.id)).state, (await post.mail(second.id)).state} == {"told"}
    assert {job.number for job in await post.all(Job)} == {"F2026-0042", "F2026-0043"}


async def test_a_mail_is_settled_once(post: Post) -> None:
    mail = await post.bring(INVOICE)
    done = await post.settle(mail, meaning="repair")
    assert (done.state, done.settled_by) == ("told", "Noor")

    with pytest.raises(ConflictError):
        await post.settle(mail, meaning="ignore")
    assert [job.kind for job in await post.all(Job)] == ["repair"]


@pytest.mark.parametrize(("credited", "own"), [("F2026-0042", "C2026-0007"), ("C2026-0007", None)])
async def test_a_credit_note_that_a_person_settles_tells_its_own_number(post: Post, credited: str, own: str | None) -> None:
    """Unless they say that it is the invoice's."""
    note = copied_mails.document(kind=DocumentKind.CREDITNOTA, number="C2026-0007", reference="")
    mail = await post.bring(copied_mails.mail(note, Subject="Uw creditnota", Message_ID="<7@vandam.example>"))
    await post.settle(mail, meaning="credit", number=credited)

    assert [told.payload.get("credit_number") for told in await post.all(Trigger)] == [own]


async def test_what_is_ignored_tells_nothing(post: Post) -> None:
    done = await post.settle(await post.bring(INVOICE), meaning="ignore")

    assert (done.state, done.reason) == ("dismissed", "by_hand")
    assert await post.all(Trigger) == []


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"number": "", "name": "", "email": ""}, {"number", "name", "email"}),
        ({"dated_on": datetime(2026, 11, 25, tzinfo=UTC).date()}, {"date"}),
        ({"dated_on": None}, {"date"}),
        ({"teach": ("vandam.example", "")}, {"sender"}),
        ({"teach": ("@nl", "")}, {"sender"}),
        ({"email": "geen adres"}, {"email"}),
    ],
)
async def test_what_is_missing_is_said_all_at_once_and_nothing_is_taken_in(post: Post, said: dict[str, Any], fields: set[str]) -> None:
    mail = await post.bring(INVOICE)

    with pytest.raises(InvalidError) as problem:
        await post.settle(mail, meaning="purchase", **said)

    assert {found.field for found in problem.value.errors} == fields
    assert await post.all(Job) == []
    assert (await post.mail(mail.id)).state == "unrecognised"


async def test_a_mail_whose_branch_nobody_knows_is_seen_by_head_office_alone(shared: Post) -> None:
    mail = await shared.bring(copied_mails.mail(From="iemand@elders.example"))
    assert (mail.reason, mail.fields["several"]) == ("which_branch", ["groningen", "utrecht"])
    async with shared.maker() as session:
        for viewer, seen in ((shared.viewer("groningen"), 0), (shared.viewer("utrecht"), 0), (shared.viewer("groningen", "utrecht"), 1)):
            assert len(await review.listed(session, viewer)) == seen

    office = shared.viewer("groningen", "utrecht")
    with pytest.raises(InvalidError):
        await shared.settle(mail, office, meaning="purchase")
    done = await shared.settle(mail, office, meaning="purchase", branch="utrecht")

    assert (done.state, done.branch_id) == ("told", shared.branches["utrecht"].id)
    assert [job.branch_id for job in await shared.all(Job)] == [shared.branches["utrecht"].id]
