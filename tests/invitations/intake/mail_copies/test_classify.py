"""What a copy of a mail tells: pure, on what was read of it."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from reviews.invitations.intake.mail_copies import classify
from reviews.invitations.intake.mail_copies.model import (
    Accept,
    CopiedDocument,
    Discard,
    MailCopy,
    NeedsReview,
    Pattern,
    ReadValue,
    ReviewReason,
    Surroundings,
)

PURCHASE = Pattern(sender="facturen@vandam.example", subject="Uw factuur", tells="job.completed", kind="purchase")
AROUND = Surroundings(
    branch="utrecht",
    received_on=date(2026, 11, 24),
    patterns=(PURCHASE,),
    house_domains=frozenset({"vandam.example", "noorderlicht.example"}),
    own_address="reviews@example.nl",
)
PAPER = CopiedDocument(
    kind="factuur",
    number=ReadValue("F2026-0042", 1),
    dated_on=ReadValue("2026-11-20", 1),
    name="J. de Vries",
    total="2495.00",
    issuer="utrecht",
    text="Factuur",
)
SENT = MailCopy(sender="facturen@vandam.example", recipients=(("Jan", "jan@example.com"),), subject="Uw factuur F2026-0042", papers=(PAPER,))


def recognised(paper: dict[str, Any] | None = None, around: Surroundings = AROUND, **changes: Any) -> Accept | NeedsReview | Discard:
    papers = (msgspec.structs.replace(PAPER, **paper),) if paper else SENT.papers
    return classify.recognise(msgspec.structs.replace(SENT, **{"papers": papers, **changes}), around)


def test_an_invoice_of_a_taught_kind_tells_of_a_purchase() -> None:
    told = recognised()

    assert isinstance(told, Accept)
    assert (told.type, told.kind, told.number, told.dated_on) == ("job.completed", "purchase", "F2026-0042", date(2026, 11, 20))
    assert (told.name, told.email, told.total) == ("J. de Vries", "jan@example.com", "2495.00")


def test_a_credit_note_is_one_whatever_was_taught_and_concerns_the_invoice_that_it_names() -> None:
    told = recognised(
        {"kind": "creditnota", "number": ReadValue("C2026-0007", 1), "text": "Creditnota\nCreditnota nr C2026-0007\nop factuur F2026-0042"}
    )

    assert isinstance(told, Accept)
    assert (told.type, told.number, told.credit_number) == ("job.credited", "F2026-0042", "C2026-0007")


def test_a_credit_notes_own_number_that_is_not_read_for_certain_is_not_told() -> None:
    told = recognised({"kind": "creditnota", "number": ReadValue("C2026-0OO7", 0.5), "text": "Creditnota nr C2026-0OO7\nop factuur F2026-0042"})

    assert isinstance(told, Accept)
    assert (told.number, told.credit_number) == ("F2026-0042", None)


@pytest.mark.parametrize("text", ["Creditnota", "op factuur F2026-0042 en factuur F2026-0043"])
def test_a_credit_note_that_names_no_invoice_or_two_waits(text: str) -> None:
    assert recognised({"kind": "creditnota", "number": ReadValue("C2026-0007", 1), "text": text}) == NeedsReview(ReviewReason.CREDITED_WHICH)


@pytest.mark.parametrize(
    ("paper", "reason"),
    [
        ({"number": None}, ReviewReason.NO_NUMBER),
        ({"dated_on": None}, ReviewReason.NO_DATE),
        ({"dated_on": ReadValue("2026-11-25", 1)}, ReviewReason.DATE_IN_FUTURE),
        ({"number": ReadValue("F2026-0042", 0.5)}, ReviewReason.UNSURE),
        ({"dated_on": ReadValue("2026-11-20", 0.5)}, ReviewReason.UNSURE),
        ({"issuer": "groningen"}, ReviewReason.OTHER_BRANCH),
        ({"issuer": None, "foreign": True}, ReviewReason.OTHER_BRANCH),
        ({"kind": "anders"}, ReviewReason.UNCLEAR_KIND),
        ({"kind": "", "failure": "encrypted"}, ReviewReason.UNREADABLE),
    ],
)
def test_what_does_not_fit_together_waits_for_a_person(paper: dict[str, Any], reason: ReviewReason) -> None:
    assert recognised(paper) == NeedsReview(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"papers": ()}, ReviewReason.NO_DOCUMENT),
        ({"papers": (PAPER, msgspec.structs.replace(PAPER, number=ReadValue("F2026-0043", 1)))}, ReviewReason.SEVERAL_DOCUMENTS),
        ({"sender": "iemand@anders.example"}, ReviewReason.UNKNOWN_SENDER),
        ({"subject": "Betreft: uw tuin"}, ReviewReason.UNKNOWN_SENDER),
        ({"recipients": (("", "jan@example.com"), ("", "piet@example.com"))}, ReviewReason.SEVERAL_ADDRESSES),
        ({"recipients": (("Noor", "noor@vandam.example"),)}, ReviewReason.NO_ADDRESS),
        ({"recipients": ((f"melding+{'a' * 40}@in.example",) * 2,)}, ReviewReason.NO_ADDRESS),
        ({"failure": "too_many_parts"}, ReviewReason.TOO_MANY_PARTS),
        ({"failure": "not_read"}, ReviewReason.NOT_READ),
        ({"failure": "malformed_file"}, ReviewReason.UNREADABLE),
    ],
)
def test_a_mail_that_is_not_clear_waits_for_a_person(changes: dict[str, Any], reason: ReviewReason) -> None:
    assert recognised(**changes) == NeedsReview(reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"automatic": "report"}, ReviewReason.BOUNCE),
        ({"automatic": "reply"}, ReviewReason.AUTO_REPLY),
        ({"sender": "reviews@example.nl"}, ReviewReason.OWN_MAIL),
        ({"papers": (msgspec.structs.replace(PAPER, kind="offerte"),)}, ReviewReason.NOT_FINISHED),
        ({"papers": (msgspec.structs.replace(PAPER, kind="orderbevestiging"),)}, ReviewReason.NOT_FINISHED),
        ({"papers": (msgspec.structs.replace(PAPER, text="Aanbetalingsfactuur\nF2026-0042"),)}, ReviewReason.IN_PART),
    ],
)
def test_what_tells_of_no_finished_job_is_put_aside_with_its_reason(changes: dict[str, Any], reason: ReviewReason) -> None:
    assert recognised(**changes) == Discard(reason)


def test_a_final_invoice_that_lists_the_parts_before_it_is_a_finished_job() -> None:
    assert isinstance(recognised({"text": "Slotfactuur\nAanbetalingsfactuur F2026-0001 -500,00"}), Accept)


def test_terms_beside_an_invoice_do_not_count() -> None:
    assert isinstance(recognised(papers=(PAPER, CopiedDocument(kind="anders", text="Algemene voorwaarden"))), Accept)


def test_the_document_names_the_customer_where_the_mail_went_to_our_own_people_only() -> None:
    told = recognised({"email": "jan@example.com"}, recipients=(("Noor", "noor@vandam.example"),))

    assert isinstance(told, Accept)
    assert told.email == "jan@example.com"


@pytest.mark.parametrize("shown", ["'jan@example.com'", "jan@example.com (Jan)", "www.evil.example", "=?utf-8?q?Jan?="])
def test_what_stands_before_an_address_and_is_no_name_leaves_the_name_to_a_person(shown: str) -> None:
    assert recognised({"name": None}, recipients=((shown, "jan@example.com"),)) == NeedsReview(ReviewReason.NO_NAME)
    told = recognised({"name": "J. de Vries"}, recipients=((shown, "jan@example.com"),))
    assert isinstance(told, Accept)
    assert told.name == "J. de Vries"


def test_of_two_addresses_the_one_on_the_document_is_the_customers() -> None:
    told = recognised({"email": "piet@example.com"}, recipients=(("", "jan@example.com"), ("", "piet@example.com")))

    assert isinstance(told, Accept)
    assert told.email == "piet@example.com"


def test_a_kind_that_was_taught_to_be_ignored_is_put_aside() -> None:
    ignored = msgspec.structs.replace(AROUND, patterns=(Pattern(sender="@vandam.example", subject="", tells="ignore"),))

    assert recognised(around=ignored) == Discard(ReviewReason.TAUGHT_TO_IGNORE)


def test_a_whole_address_and_a_longer_subject_count_before_a_domain_and_a_shorter_one() -> None:
    wide = Pattern(sender="@vandam.example", subject="Uw factuur F2026", tells="ignore")
    short = Pattern(sender="facturen@vandam.example", subject="Uw", tells="ignore")

    assert classify.pattern_for(SENT, [wide, short, PURCHASE]) is PURCHASE


@pytest.mark.parametrize(
    ("sender", "subject", "fits"),
    [
        ("facturen@vandam.example", "uw FACTUUR", True),
        ("facturen@vandam.example", "factuur", False),
        ("facturen@vandam.example", "…factuur", True),
        ("@vandam.example", "", True),
        ("@dam.example", "", False),
        ("turen@vandam.example", "", False),
    ],
)
def test_which_mails_a_pattern_fits(sender: str, subject: str, fits: bool) -> None:
    assert classify.fits(Pattern(sender=sender, subject=subject, tells="ignore"), SENT.sender, SENT.subject) is fits


@pytest.mark.parametrize(
    ("subject", "start"),
    [("Uw factuur F2026-0042 van Van Dam", "Uw factuur"), ("Factuur: 42", "Factuur"), ("Werkbon", "Werkbon"), ("", ""), ("2026-1 factuur", "")],
)
def test_what_to_teach_is_what_stands_before_the_first_figure(subject: str, start: str) -> None:
    assert classify.usual_subject(subject) == start


def test_the_branch_is_the_issuer_or_else_the_one_whose_domain_sent_the_mail() -> None:
    domains = {"utrecht": "vandam.example", "groningen": "noorderlicht.example"}
    unsaid = msgspec.structs.replace(SENT, papers=(msgspec.structs.replace(PAPER, issuer=None),))

    assert classify.branch_of(SENT, domains, None) == "utrecht"
    assert classify.branch_of(SENT, domains, "groningen") == "groningen"
    assert classify.branch_of(unsaid, domains, None) == "utrecht"
    assert classify.branch_of(msgspec.structs.replace(unsaid, sender="x@elders.example"), domains, None) is None
    assert classify.branch_of(unsaid, {"groningen": "noorderlicht.example"}, None) == "groningen"


def test_a_job_counts_as_finished_at_noon_of_its_document_and_never_after_the_mail() -> None:
    received = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    assert classify.moment_of(date(2026, 7, 1), received) == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert classify.moment_of(date(2026, 11, 24), received) == received
