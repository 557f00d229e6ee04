"""`reviews check` says in Dutch what a document is worth, and writes a line for every case of a set."""

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result
from PIL import Image

from benchmarks.specimens import INVOICE
from reviews.commands.check.command import check
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import findings
from reviews.proofs.findings import Code
from tests.proofs.cases import BRANCH

ARGUMENTS = ["--branch", "utrecht", "--name", "Jan de Vries", "--email", "jan@example.nl", "--on", "2026-11-24"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(check, arguments)


def branches(folder: Path) -> str:
    file = folder / "branches.json"
    file.write_bytes(msgspec.json.encode([msgspec.to_builtins(BRANCH) | {"has_order_list": False}]))
    return str(file)


def test_a_certain_document_ends_with_0_and_one_that_is_not_with_1(tmp_path: Path) -> None:
    invoice, quotation = tmp_path / "factuur.pdf", tmp_path / "offerte.pdf"
    invoice.write_bytes(as_pdf(INVOICE, Layout.MODERN))
    quotation.write_bytes(as_pdf(msgspec.structs.replace(INVOICE, kind=DocumentKind.OFFERTE), Layout.MODERN))

    certain = run(str(invoice), *ARGUMENTS, "--branches", branches(tmp_path))
    both = run(str(invoice), str(quotation), *ARGUMENTS, "--branches", branches(tmp_path), "--json")

    assert certain.exit_code == 0
    assert "ZEKER" in certain.output
    assert both.exit_code == 1
    assert [json.loads(line)["outcome"] for line in both.stdout.splitlines()] == ["accept", "reject"]


def test_the_page_about_a_document_is_plain_dutch_within_100_columns(tmp_path: Path) -> None:
    offer = tmp_path / "offerte.pdf"
    offer.write_bytes(as_pdf(msgspec.structs.replace(INVOICE, kind=DocumentKind.OFFERTE, number="F2026\x1b[31m7"), Layout.MODERN))

    said = run(str(offer), *ARGUMENTS, "--branches", branches(tmp_path)).output

    assert "LIJKT GEEN KLANTBEWIJS" in said
    assert "Past niet bij een klantbewijs" in said
    assert "Dit is geen factuur of werkbon" in " ".join(said.split())
    assert findings.false_alarms("not_a_proof") in " ".join(said.split())
    assert "Wat de klant kan sturen" in said
    assert "Soort document" in said
    assert max(map(len, said.splitlines())) <= 100
    assert "\x1b" not in said
    assert not [word for word in (*Code, "accept", "refer", "reject", "page", "unknown", "None") if word in said.split()]


def test_a_field_is_told_as_a_person_writes_it(tmp_path: Path) -> None:
    invoice = tmp_path / "factuur.pdf"
    invoice.write_bytes(as_pdf(INVOICE, Layout.MODERN))

    lines = {
        line.split("  ")[1].strip(): line
        for line in run(str(invoice), *ARGUMENTS, "--branches", branches(tmp_path)).output.splitlines()
        if "  " in line
    }

    assert BRANCH.trade_names[0] in lines["Opgemaakt door"]
    assert "2026" in lines["Datum"]
    assert "2026-" not in lines["Datum"]
    assert "€" in lines["Totaal"]
    assert "bladzijde 1, uit het bestand, goed te lezen" in lines["Totaal"]


def test_the_json_of_a_document_is_complete(tmp_path: Path) -> None:
    invoice = tmp_path / "factuur.pdf"
    invoice.write_bytes(as_pdf(INVOICE, Layout.MODERN))

    told = json.loads(run(str(invoice), *ARGUMENTS, "--branches", branches(tmp_path), "--json").stdout)

    assert told["findings"][0]["code"] == "genuine"
    assert told["strengths"] == []
    assert len(told["fields"]["number"]["box"]) == 4
    assert (told["fields"]["number"]["how"], told["fields"]["number"]["page"]) == ("text", 0)
    assert told["pages"][0]["source"] == "text"


def test_files_together_are_one_document_and_apart_they_are_several(tmp_path: Path) -> None:
    photos = [tmp_path / "1.png", tmp_path / "2.png"]
    for photo in photos:
        Image.new("L", (300, 400), 255).save(photo)

    together = run(*map(str, photos), *ARGUMENTS, "--json", "--together")
    apart = run(*map(str, photos), *ARGUMENTS, "--json")

    [one] = map(json.loads, together.stdout.splitlines())
    assert (one["files"], len(one["pages"])) == ([str(photo) for photo in photos], 2)
    assert [len(json.loads(line)["pages"]) for line in apart.stdout.splitlines()] == [1, 1]
    assert (together.exit_code, apart.exit_code) == (1, 1)


def test_wrong_use_ends_with_2() -> None:
    assert run().exit_code == 2
    assert run("--corpus", ".").exit_code == 2


def test_only_photos_can_be_taken_together(tmp_path: Path) -> None:
    photo, invoice = tmp_path / "1.png", tmp_path / "factuur.pdf"
    Image.new("L", (300, 400), 255).save(photo)
    invoice.write_bytes(as_pdf(INVOICE, Layout.MODERN))

    assert run(str(photo), str(invoice), *ARGUMENTS, "--together").exit_code == 2


def test_every_case_of_a_set_gets_a_line_in_order_and_sees_only_earlier_ones(tmp_path: Path) -> None:
    branches(tmp_path)
    (tmp_path / "orders.json").write_text("[]")
    (tmp_path / "factuur.pdf").write_bytes(as_pdf(INVOICE, Layout.FORM))
    (tmp_path / "program.pdf").write_bytes(b"MZ\x90")
    files = ["factuur.pdf", "program.pdf", "missing.pdf", "factuur.pdf"]
    claim = {"branch": "utrecht", "reviewer_name": "Jan de Vries", "email": "jan@example.nl", "review_date": "2026-11-24"}
    cases = [{"id": f"c{number}", "file": file, "claim": claim, "truth": {}, "expected": {}} for number, file in enumerate(files)]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))

    ended = run("--corpus", str(tmp_path), "--out", str(tmp_path / "P.jsonl"), "--jobs", "2")

    lines = [json.loads(line) for line in (tmp_path / "P.jsonl").read_text().splitlines()]
    assert ended.exit_code == 0, ended.output
    assert [(line["id"], line["outcome"], line["reasons"]) for line in lines] == [
        ("c0", "accept", ["genuine"]),
        ("c1", "reject", ["unsupported_type"]),
        ("c2", "refer", ["malformed_file"]),
        ("c3", "reject", ["duplicate_document"]),
    ]
