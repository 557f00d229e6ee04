"""What is local: the zone in which days and hours are meant, and how a postcode is written. Pure."""

from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Amsterdam")
"""Where the branches and their customers are: a day, a sending hour and the date on a document are meant here."""


def postcode(value: str) -> str:
    """Return a Dutch postcode as people write it, 3511 AB; any other as it stands."""
    return f"{value[:4]} {value[4:]}" if len(value) == 6 and value[:4].isdigit() else value
