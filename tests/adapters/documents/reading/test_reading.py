"""Documents in layouts that no rule was made for, digital, scanned and photographed, are read to the letter."""

import io
from datetime import UTC, datetime

import msgspec
import pytest
from PIL import Image

from benchmarks.specimens import INVOICE, ON
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents import renderings
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.verdict import Verdict
from tests.proofs.cases import CLAIM, WORLD

INVOICE_CHANGED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def judged(sandbox: Sandbox, data: bytes, media_type: str = "application/pdf") -> Verdict:
    return verdict.judge(sandbox.read_now([(data, media_type)]), CLAIM, WORLD, on=ON)


def values(found: Verdict) -> dict[str, str]:
    names = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "house_number", "total")
    return {name: field.value for name in names if (field := getattr(found.fields, name)) is not None}


EXPECTED = {
    "document_kind": "factuur",
    "issuer_branch": "utrecht",
    "number": "2026-0117",
    "date": "2026-11-03",
    "customer_name": "J. de Vries",
    "postcode": "3511AB",
    "house_number": "12",
    "total": "2770.00",
}


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("kind", [DocumentKind.FACTUUR, DocumentKind.WERKBON])
def test_a_genuine_document_is_certain_in_every_layout(sandbox: Sandbox, layout: Layout, kind: DocumentKind) -> None:
    found = judged(sandbox, as_pdf(msgspec.structs.replace(INVOICE, kind=kind), layout))

    assert found.outcome == "accept"
    assert values(found) == EXPECTED | {"document_kind": kind.value}


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("kind", [kind for kind in DocumentKind if kind not in {DocumentKind.FACTUUR, DocumentKind.WERKBON}])
def test_anything_else_proves_no_purchase_in_every_layout(sandbox: Sandbox, layout: Layout, kind: DocumentKind) -> None:
    found = judged(sandbox, as_pdf(msgspec.structs.replace(INVOICE, kind=kind), layout))

    assert (found.outcome, found.findings[0].code) == ("reject", Code.NOT_A_PROOF)


@pytest.mark.parametrize("incremental", [True, False])
def test_another_name_over_the_name_is_seen(sandbox: Sandbox, incremental: bool) -> None:
    pdf = as_pdf(INVOICE, Layout.MODERN)

    found = judged(sandbox, renderings.altered(pdf, was="J. de Vries", becomes="P. Bakker", at=INVOICE_CHANGED_AT, incremental=incremental))

    assert found.outcome == "reject"
    assert found.findings[0].code is Code.ALTERED_DOCUMENT


def test_a_scan_says_what_the_paper_says(sandbox: Sandbox) -> None:
    found = judged(sandbox, renderings.as_scan(as_pdf(INVOICE, Layout.LEDGER), seed=1))

    assert (found.outcome, values(found)) == ("accept", EXPECTED)
    assert found.fields.number is not None
    assert found.fields.number.how == "picture"


def test_a_photo_that_lies_on_its_side_says_what_the_paper_says(sandbox: Sandbox) -> None:
    photo = turned(renderings.as_photo(as_pdf(INVOICE, Layout.FORM), seed=2))

    assert values(judged(sandbox, photo, "image/jpeg")) == EXPECTED


def turned(photo: bytes) -> bytes:
    with Image.open(io.BytesIO(photo)) as picture:
        written = io.BytesIO()
        picture.rotate(90, expand=True).save(written, "JPEG", quality=92)
    return written.getvalue()
