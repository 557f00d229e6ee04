"""A forwarded mail gives its attachment, and vouches for it only when its signature is over all that a reader sees."""

import re
import time
from datetime import UTC, datetime

import msgspec
import pytest

from benchmarks.specimens import INVOICE, ON
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.mails import forwarded_mail
from reviews.adapters.documents.reading.mails.dkim_signature import read_signature
from reviews.adapters.documents.reading.mails.mime import entity
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import inspection, verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import MailSignature, ReadingLimits
from tests.proofs import mails
from tests.proofs.cases import BRANCH, CLAIM, WORLD
from tests.proofs.mails import forwarded, keys, letter, signed

PDF = "application/pdf"
OTHER_DOMAIN = "mallory.example.org"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return as_pdf(INVOICE, Layout.MODERN)


def signature_of(data: bytes, known: dict[str, bytes] | None = None) -> MailSignature:
    signature = forwarded_mail.open_mail(data, keys() if known is None else known).signature
    assert signature is not None
    return signature


def test_a_mail_that_the_branch_signed_vouches_for_its_attachment(pdf: bytes) -> None:
    opened = forwarded_mail.open_mail(signed(letter((pdf, PDF))), keys())

    assert opened.parts == ((pdf, PDF),)
    assert opened.signature == MailSignature(
        domain=mails.BRANCH_DOMAIN,
        selector="mail2026",
        sender=mails.SENDER,
        sent_at=datetime(2026, 11, 3, 8, 30, tzinfo=UTC),
        verified=True,
        key=mails.record().decode(),
    )


def test_a_mail_reads_in_the_sandbox_as_the_document_that_it_holds(sandbox: Sandbox, pdf: bytes) -> None:
    reading = sandbox.read_now([(signed(letter((pdf, PDF))), "message/rfc822")], keys=keys())

    assert "2026-0117" in [word.text for word in reading.words]
    assert reading.media_type == "message/rfc822"
    assert reading.mail is not None
    assert reading.mail.verified


@pytest.mark.parametrize("lead", [b"\r\n", b"\xef\xbb\xbf", b"Omnis 10"])
def test_an_attachment_that_begins_a_little_later_is_read(sandbox: Sandbox, pdf: bytes, lead: bytes) -> None:
    reading = sandbox.read_now([(letter((lead + pdf, "application/octet-stream")).as_bytes(), "message/rfc822")])

    assert reading.failure is None
    assert "2026-0117" in [word.text for word in reading.words]


def test_a_mail_vouches_for_nothing_that_was_sent_beside_it(pdf: bytes) -> None:
    sent, beside = signed(letter((pdf, PDF))), (as_pdf(INVOICE, Layout.LEDGER), PDF)

    alone = document.read([(sent, "message/rfc822")], ReadingLimits(), keys=keys())
    together = document.read([(sent, "message/rfc822"), beside], ReadingLimits(), keys=keys())

    assert (alone.mail is not None, together.mail, together.page_count) == (True, None, 2)


def test_without_a_published_key_nothing_is_verified_and_the_document_is_read_all_the_same(pdf: bytes) -> None:
    opened = forwarded_mail.open_mail(signed(letter((pdf, PDF))), {})

    assert opened.parts == ((pdf, PDF),)
    assert opened.signature is not None
    assert (opened.signature.verified, opened.signature.key) == (False, "")


def test_a_mail_without_a_signature_has_no_seal(pdf: bytes) -> None:
    assert forwarded_mail.open_mail(letter((pdf, PDF)).as_bytes(), keys()).signature is None


def test_line_ends_of_unix_and_the_first_line_of_a_mailbox_break_no_seal(pdf: bytes) -> None:
    sent = signed(letter((pdf, PDF)))

    assert signature_of(sent.replace(b"\r\n", b"\n")).verified
    assert signature_of(b"From facturen@vandam Tue Nov  3 09:30:00 2026\r\n" + sent).verified


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        pytest.param(b"JVBERi0xLjQK", b"JVBERi0xLjUK", id="another attachment"),
        pytest.param(b"Uw factuur", b"Uw bon", id="another subject"),
        pytest.param(b"09:30:00", b"10:30:00", id="another date"),
        pytest.param(b"From:", b"From: Baas <baas@bank.example>\r\nFrom:", id="a second sender"),
        pytest.param(b"Subject:", b"Subject: Nieuw\r\nSubject:", id="a second subject"),
        pytest.param(b"\r\n\r\n", b"\r\nContent-Type: text/plain\r\n\r\n", id="a second way to part it"),
        pytest.param(b"d=" + mails.BRANCH_DOMAIN.encode(), b"d=" + OTHER_DOMAIN.encode(), id="another signer"),
    ],
)
def test_a_mail_that_was_changed_is_not_verified(pdf: bytes, was: bytes, becomes: bytes) -> None:
    sent = signed(letter((pdf, PDF)))
    spoiled = sent.replace(was, becomes, 1)

    assert spoiled != sent
    assert not signature_of(spoiled, keys() | {f"mail2026._domainkey.{OTHER_DOMAIN}": mails.record()}).verified


def test_a_signature_must_be_over_sender_and_subject(pdf: bytes) -> None:
    assert not signature_of(signed(letter((pdf, PDF)), headers=(b"from", b"content-type"))).verified


def test_a_signature_by_an_algorithm_that_was_broken_vouches_for_nothing(pdf: bytes) -> None:
    """RFC 8301 forbids SHA-1."""
    assert not signature_of(signed(letter((pdf, PDF)), algorithm=b"rsa-sha1")).verified


def test_a_signature_over_a_part_of_the_body_vouches_for_nothing(pdf: bytes) -> None:
    sent = signed(letter((pdf, PDF)), length=True)

    assert b"l=" in sent.partition(b"\r\n\r\n")[0]
    assert not signature_of(sent).verified


def test_a_signature_that_leaves_out_how_the_body_is_parted_holds_only_for_the_parts_that_the_body_begins_with(pdf: bytes) -> None:
    inner = letter((b"%PDF-1.4 obj vals", PDF)).as_bytes().partition(b"\r\n\r\n")[2]
    false_boundary = re.findall(rb"^--(\S+)\r$", inner, re.MULTILINE)[0]
    sent = signed(letter((pdf, PDF), text=inner.decode()), headers=(b"from", b"subject"))
    spoiled = re.sub(rb'boundary="[^"]+"', b'boundary="' + false_boundary + b'"', sent, count=1)

    assert signature_of(sent).verified
    assert forwarded_mail.open_mail(spoiled, keys()).parts[0][0].startswith(b"%PDF-1.4 obj vals")
    assert not signature_of(spoiled).verified


def test_a_lone_carriage_return_puts_no_second_header_before_a_reader(pdf: bytes) -> None:
    sent = b"X-Note: a\rContent-Type: multipart/mixed; boundary=vals\rFrom: x@y.example\r\r\n" + signed(letter((pdf, PDF)))

    assert forwarded_mail.open_mail(sent, keys()).parts == ((pdf, PDF),)


def test_the_mail_inside_a_customers_mail_is_the_one_that_counts(pdf: bytes) -> None:
    sent = forwarded(signed(letter((pdf, PDF))))

    assert forwarded_mail.open_mail(sent, keys()).parts == ((pdf, PDF),)
    assert signature_of(sent).verified
    assert signature_of(sent).sender == mails.SENDER


def test_a_bounce_that_the_branch_signed_does_not_vouch_for_what_it_returns(pdf: bytes) -> None:
    false = letter((pdf, PDF), sender=f"ik@{OTHER_DOMAIN}").as_bytes()
    bounce = signed(forwarded(false, sender=mails.SENDER), headers=(b"from", b"to", b"subject", b"content-type"))

    opened = forwarded_mail.open_mail(bounce, keys())

    assert opened.parts == ((pdf, PDF),)
    assert opened.signature is None


def test_what_lies_beside_a_forwarded_mail_is_not_taken_for_its_attachment(pdf: bytes) -> None:
    false = b"--buiten\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4 obj vals\r\n--buiten--"
    sent = forwarded(signed(letter((pdf, PDF)))).replace(b"--buiten--", false)

    assert forwarded_mail.open_mail(sent, keys()).parts == ((pdf, PDF),)


def test_a_signature_of_another_domain_is_named_as_it_is(pdf: bytes) -> None:
    sent = signed(letter((pdf, PDF)), domain=OTHER_DOMAIN)

    signature = signature_of(sent, {f"mail2026._domainkey.{OTHER_DOMAIN}": mails.record()})

    assert (signature.domain, signature.sender, signature.verified) == (OTHER_DOMAIN, mails.SENDER, True)


def test_of_two_signatures_that_of_the_senders_own_domain_is_taken(pdf: bytes) -> None:
    sent = signed(signed(letter((pdf, PDF))), domain=OTHER_DOMAIN)

    assert signature_of(sent, keys() | {f"mail2026._domainkey.{OTHER_DOMAIN}": mails.record()}).domain == mails.BRANCH_DOMAIN


def test_a_signature_that_ran_out_after_the_mail_had_come_still_tells_who_sent_it(pdf: bytes) -> None:
    """Some senders give their signatures a week; proofs are older."""
    parsed = letter((pdf, PDF))
    sent = signed(parsed)
    assert b"; x=" not in sent

    expired = mails.signed_until(parsed, 1_700_000_000)

    assert b" x=1700000000" in expired
    assert signature_of(expired).verified


def test_a_withdrawn_key_and_a_key_of_nonsense_verify_nothing(pdf: bytes) -> None:
    sent = signed(letter((pdf, PDF)))

    for published in (b"v=DKIM1; p=", b"v=DKIM1; k=rsa; p=AAAA", b"p=\xff\xfe", b";;;;", b"v=DKIM1; k=ed25519; p=AAAA", b"A" * 10_000):
        assert not signature_of(sent, {mails.KEY_NAME: published}).verified


@pytest.mark.parametrize(
    ("tags", "counts"),
    [
        pytest.param(b"t=y", False, id="a domain that is only trying it out"),
        pytest.param(b"t=s:y", False, id="two flags"),
        pytest.param(b"s=tlsrpt", False, id="a key for reports"),
        pytest.param(b"s=other", False, id="a key for something else"),
        pytest.param(b"h=sha1", False, id="a key for a broken algorithm"),
        pytest.param(b"t=s", True, id="no domain below it"),
        pytest.param(b"h=sha1:sha256", True, id="one algorithm among others"),
    ],
)
def test_a_key_counts_for_what_its_owner_publishes_it_for(pdf: bytes, tags: bytes, counts: bool) -> None:
    published = mails.record().replace(b"v=DKIM1;", b"v=DKIM1; " + tags + b";")

    assert signature_of(signed(letter((pdf, PDF))), {mails.KEY_NAME: published}).verified == counts


def test_a_key_that_is_for_its_domain_alone_vouches_for_no_domain_below(pdf: bytes) -> None:
    below = mails.signed_as(letter((pdf, PDF)), b"facturen@zeist." + mails.BRANCH_DOMAIN.encode())

    assert signature_of(below).verified
    assert not signature_of(below, {mails.KEY_NAME: mails.record().replace(b"v=DKIM1;", b"v=DKIM1; t=s;")}).verified


@pytest.mark.parametrize("nonsense", [b"x", b"v=1; v=1", b"v=1; a", b"=", b"v=1; h=\xff; d=\xff; s=\xff"])
def test_a_signature_of_nonsense_takes_nothing_from_the_one_below_it(pdf: bytes, nonsense: bytes) -> None:
    assert signature_of(b"DKIM-Signature: " + nonsense + b"\r\n" + signed(letter((pdf, PDF)))).verified


def test_a_signature_with_an_endless_name_is_none(pdf: bytes) -> None:
    named = signed(letter((pdf, PDF))).replace(b"s=mail2026", b"s=" + b"a" * 5_000)

    assert forwarded_mail.open_mail(named, keys()).signature is None


BODY = """Beste Jan,

FACTUUR

Ambiance Utrecht, Van Dam Zonwering B.V., Vaartsedijk 112, 3522 AB Utrecht
KvK 00412876   BTW NL900412008B01

J. de Vries
Oudegracht 12
3511 AB Utrecht

Factuurnummer: 2026-0117
Factuurdatum: 03-11-2026

Knikarmscherm       2.289,26
Btw 21%               480,74
Totaal incl. btw    2.770,00
"""


def judged(sandbox: Sandbox, data: bytes) -> verdict.Verdict:
    reading = sandbox.read_now([(data, "message/rfc822")], keys=keys())
    branch = msgspec.structs.replace(BRANCH, email_domain=mails.BRANCH_DOMAIN)
    return verdict.judge(reading, CLAIM, msgspec.structs.replace(WORLD, branches=(branch,)), on=ON)


def test_a_mail_that_is_the_invoice_itself_is_read_and_certain_only_with_the_branchs_signature(sandbox: Sandbox) -> None:
    own, typed = judged(sandbox, signed(letter(text=BODY))), judged(sandbox, letter(text=BODY, sender="jan@example.nl").as_bytes())

    assert (own.outcome, own.fields.number is not None and own.fields.number.value) == ("accept", "2026-0117")
    assert (typed.outcome, [finding.code for finding in typed.findings]) == ("refer", [Code.MAIL_TEXT])
    assert judged(sandbox, forwarded(signed(letter(text=BODY)))).outcome == "accept"


def test_documents_come_before_the_logo_and_pictures_only_when_there_is_nothing_else(pdf: bytes) -> None:
    logo, photo = b"\x89PNG\r\n\x1a\n" + bytes(900), b"\xff\xd8\xff" + bytes(90_000)

    assert forwarded_mail.open_mail(letter((logo, "image/png"), (pdf, PDF), (photo, "image/jpeg")).as_bytes(), {}).parts == ((pdf, PDF),)
    assert forwarded_mail.open_mail(letter((logo, "image/png"), (photo, "image/jpeg")).as_bytes(), {}).parts == ((photo, "image/jpeg"),)


def test_an_attachment_is_what_it_begins_with_and_not_what_it_is_called(pdf: bytes) -> None:
    assert forwarded_mail.open_mail(letter((pdf, "application/octet-stream"), (b"MZ" + bytes(900), PDF)).as_bytes(), {}).parts == ((pdf, PDF),)


def test_a_mail_without_attachment_proves_nothing_and_the_finding_says_what_is_missing(sandbox: Sandbox) -> None:
    reading = sandbox.read_now([(signed(letter(text="Factuur 2026-0117, J. de Vries, 2.770,00 euro")), "message/rfc822")], keys=keys())

    assert reading.failure == "unsupported_type"
    finding = inspection.inspect(reading)[0]
    assert (finding.code, finding.evidence) == (Code.UNSUPPORTED_TYPE, "in de mail zit geen factuur of werkbon, ook niet als tekst")


def many_parts(count: int) -> bytes:
    return b"From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


def nested(depth: int, kind: bytes) -> bytes:
    inner = b"Content-Type: text/plain\r\n\r\nx"
    for level in range(depth):
        mark = b"b%d" % level
        inner = (
            b"Subject: x\r\nContent-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + inner + b"\r\n--" + mark + b"--\r\n"
            if kind == b"multipart"
            else b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n" + inner
        )
    return b"From: a@b.example\r\n" + inner


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(many_parts(2_000), "oversized", id="2,000 attachments"),
        pytest.param(nested(40, b"multipart"), "oversized", id="40 boxes in boxes"),
        pytest.param(nested(2_000, b"multipart"), "oversized", id="2,000 boxes in boxes"),
        pytest.param(nested(2_000, b"message"), "unsupported_type", id="2,000 mails in mails"),
        pytest.param(b"From: a@b.example\r\n" + b"X-Long: " + b"a" * 500_000, "oversized", id="a header without end"),
        pytest.param(b"From: a@b.example\r\n\r\n" + b"\n" * 1_100_000, "oversized", id="a million lines"),
        pytest.param(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n", "unsupported_type", id="no boundary"),
        pytest.param(
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary*" + b"9" * 5_000 + b"=x\r\n\r\n--x\r\n", "unsupported_type", id="odd"
        ),
        pytest.param(b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=" * 100_000, "unsupported_type", id="no base64"),
        pytest.param(b"\x00" * 1000, "unsupported_type", id="zeroes"),
        pytest.param(b"", "unsupported_type", id="nothing"),
        pytest.param(b" x\r\n\r\n", "unsupported_type", id="a folded first line"),
    ],
)
def test_hostile_mails_are_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(ReadingError) as refused:
        forwarded_mail.open_mail(data, {})

    assert refused.value.code == code


def test_a_mail_made_to_keep_its_reader_busy_costs_little(pdf: bytes) -> None:
    started = time.process_time()
    sent = signed(letter((pdf, PDF)))
    busy = sent + b" " * 3_000_000 + b"x"

    assert forwarded_mail.open_mail(busy, keys()).signature is None
    assert time.process_time() - started < 5


@pytest.mark.parametrize("share", range(5, 100, 5))
def test_a_mail_cut_off_anywhere_is_never_verified(pdf: bytes, share: int) -> None:
    sent = signed(letter((pdf, PDF)))

    cut = entity(sent[: len(sent) * share // 100])

    signature = read_signature(cut, keys())
    assert signature is None or not signature.verified


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ('"facturen@bank.example" <a@b.example>', "a@b.example"),
        ("Van Dam, Zonwering <A@B.example>", "a@b.example"),
        ("=?utf-8?q?Van_Dam=2C_Zonwering?= <a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("a@b.example, c@d.example", ""),
        ("A <a@b.example>, C <c@d.example>", ""),
        ("a@b.example <c@d.example>, e@f.example", ""),
        ("nobody", ""),
        ("<a@b.example", ""),
    ],
)
def test_the_sender_is_the_one_address_in_brackets(pdf: bytes, written: str, sender: str) -> None:
    raw = letter((pdf, PDF)).as_bytes()
    sent = signed(re.sub(rb"From: [^\r]*", b"From: " + written.encode(), raw, count=1))

    signature = signature_of(sent)

    assert (signature.sender, signature.verified) == (sender, bool(sender))
