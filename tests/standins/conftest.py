"""The stand-ins, as their own tests meet them."""

from tests.standins.running import location_id, platform, post, running_platform, running_post

__all__ = ["location_id", "platform", "post", "running_platform", "running_post"]
