"""The command line: `reviews …`. Each command is loaded when it is called, so that `--help` is quick."""

from importlib import import_module

import click

_COMMANDS: dict[str, tuple[str, str]] = {
    "audit": ("reviews.commands.audit", "audit"),
    "branches": ("reviews.commands.branches", "branches"),
    "check": ("reviews.commands.check.command", "check"),
    "demo": ("reviews.demo.command", "demo"),
    "doctor": ("reviews.commands.doctor.command", "doctor"),
    "import": ("reviews.commands.importing", "import_"),
    "invitations": ("reviews.commands.invitations", "invitations"),
    "keys": ("reviews.commands.keys", "keys"),
    "ledger": ("reviews.commands.ledger", "ledger"),
    "letters": ("reviews.commands.claim_mails", "claim_mails"),
    "migrate": ("reviews.commands.processes", "migrate"),
    "privacy": ("reviews.commands.privacy", "privacy"),
    "publications": ("reviews.commands.publications", "publications"),
    "serve": ("reviews.commands.processes", "serve"),
    "simulate": ("reviews.commands.simulate", "command"),
    "users": ("reviews.commands.users", "users"),
    "webhooks": ("reviews.commands.webhooks", "webhooks"),
    "work": ("reviews.commands.processes", "work"),
}


class _Commands(click.Group):
    """All commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, epilog="Example: reviews demo --once")
@click.version_option(package_name="reviews")
def main() -> None:
    """Review invitations and verified reviews for a franchise of sun-shade dealers.

    Exit code 0: done, 1: found something wrong, 2: wrong use.
    """


if __name__ == "__main__":
    main()
