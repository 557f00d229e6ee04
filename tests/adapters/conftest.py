"""The stand-ins, as the adapters meet them."""

from tests.standins.running import location_id, platform, post, running_platform, running_post

__all__ = ["location_id", "platform", "post", "running_platform", "running_post"]
