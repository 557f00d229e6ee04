"""What a wheel holds beside its packages: the folders that stand at the top of a checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("templates", "migrations")


class BundledFolders(BuildHookInterface[Any]):
    """Put templates and migrations into the package, where `settings.shipped` looks for them; an editable installation finds them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a wheel, not to the stub of an editable installation: a copy there would grow old unseen."""
        if version == "standard":
            build_data["force_include"].update({name: f"reviews/_bundled/{name}" for name in BUNDLED})
