"""`reviews check` says in Dutch what a document is worth, and writes a line for every case of a set."""

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result

from reviews.commands.check import check
from reviews.demo.documents.content import Kind
from reviews.demo.documents.layouts import Layout, as_pdf
from tests.proofs.cases import BRANCH, INVOICE

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
    quotation.write_bytes(as_pdf(msgspec.structs.replace(INVOICE, kind=Kind.OFFERTE), Layout.MODERN))

    certain = run(str(invoice), *ARGUMENTS, "--branches", branches(tmp_path))
    both = run(str(invoice), str(quotation), *ARGUMENTS, "--branches", branches(tmp_path), "--json")

    assert certain.exit_code == 0
    assert "zeker: dit bewijst een aankoop of reparatie" in certain.output
    assert both.exit_code == 1
    assert [json.loads(line)["outcome"] for line in both.stdout.splitlines()] == ["accept", "reject"]


def test_wrong_use_ends_with_2() -> None:
    assert run().exit_code == 2
    assert run("--corpus", ".").exit_code == 2


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
