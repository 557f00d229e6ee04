"""What the tests of the invitation flow may ask for."""

from tests.invitations.copying import post, shared

__all__ = ["post", "shared"]
