"""The command line: `reviews …`. A command is loaded when it is called; the list of all is written here, so that `--help` loads none."""

import gc
import sys
from importlib import import_module
from typing import NamedTuple

import click

from reviews import own_memory


class Known(NamedTuple):
    """Where a command stands, and the first sentence of its own help."""

    module: str
    name: str
    told: str


COMMANDS: dict[str, Known] = {
    "audit": Known("reviews.commands.audit", "audit", "Check the record of decisions, and print it."),
    "branches": Known("reviews.commands.branches", "branches", "Add, list and set branches."),
    "check": Known("reviews.commands.check.command", "check", "Read documents and say whether each proves a purchase at a branch, and why."),
    "demo": Known("reviews.demo.command", "demo", "Start database, web, background process, post office and platform simulator with demo data."),
    "doctor": Known(
        "reviews.commands.doctor.command",
        "doctor",
        "Check settings, database, mail, platform, disk, clock, keys and versions; exit code 1 when something needs attention.",
    ),
    "import": Known("reviews.commands.importing", "import_", "Take in jobs from a CSV or .xlsx file; the same file twice changes nothing."),
    "invitations": Known(
        "reviews.commands.invitations.command", "invitations", "List, show, hold, release, send, try again, cancel and settle invitations."
    ),
    "keys": Known("reviews.commands.keys", "keys", "Make, list and revoke the keys with which sources call."),
    "ledger": Known("reviews.commands.ledger", "ledger", "Account for every job: invited, waiting, skipped with the reason, failed."),
    "letters": Known("reviews.commands.claim_mails", "claim_mails", "List mails about claims, and send those again that did not arrive."),
    "migrate": Known(
        "reviews.commands.processes", "migrate", "Bring the schema of the database to the newest version; several at once wait for each other."
    ),
    "platform": Known("reviews.commands.doctor.platform", "platform", "Ask the review platform itself what its description leaves open."),
    "privacy": Known("reviews.commands.people.privacy", "privacy", "Do what a person has asked for about their data."),
    "publications": Known("reviews.commands.publications", "publications", "List publications, and settle those whose outcome nobody knows."),
    "serve": Known("reviews.commands.processes", "serve", "Run the web process and print its address when it is ready."),
    "simulate": Known(
        "reviews.commands.simulate",
        "command",
        "Show what rules would have done with the known jobs: how many planned, left out per reason, per day and branch.",
    ),
    "suppressions": Known(
        "reviews.commands.people.suppressions",
        "suppressions",
        "Show who told of opt-outs, when and why; decide about those that wait; take them back.",
    ),
    "users": Known("reviews.commands.users", "users", "Add, list and disable managers and people of head office."),
    "webhooks": Known("reviews.commands.webhooks", "webhooks", "Add, list, rotate, stop and replay webhooks to other systems (Standard Webhooks)."),
    "work": Known("reviews.commands.processes", "work", "Run the background process: invitations, mails, proofs, publications, the feed."),
}


def _load(known: Known) -> click.Command:
    if known.module not in sys.modules:
        # What is loaded stays. The collector would go through it again and again, while it loads and up to the end, and find nothing:
        # two fifths of the time of a short command.
        gc.disable()
        try:
            import_module(known.module)
        finally:
            gc.freeze()
            gc.enable()
    command = getattr(sys.modules[known.module], known.name)
    assert isinstance(command, click.Command)
    return command


class _Commands(click.Group):
    """All commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        return _load(COMMANDS[cmd_name])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, as click writes it: click would load each one, and all that they rest on, for one sentence."""
        del ctx
        room = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl([(name, click.Command(name, help=known.told).get_short_help_str(room)) for name, known in sorted(COMMANDS.items())])


@click.group(cls=_Commands, epilog="Example: reviews demo --once")
@click.version_option(package_name="reviews")
def main() -> None:
    """Review invitations and verified reviews for a franchise of sun-shade dealers.

    Exit code 0: done, 1: found something wrong, 2: wrong use.
    """
    own_memory.close()


if __name__ == "__main__":
    main()
