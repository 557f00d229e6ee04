"""The customer's page behind "Waarom krijg ik deze mail?": it explains, and changes nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from babel.dates import format_datetime
from babel.units import format_unit
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters.stationery import letterhead
from reviews.adapters.templates import LOCAL, spoken
from reviews.errors import NotFoundError
from reviews.invitations import explaining, policy
from reviews.privacy import explanation
from reviews.web import pages
from reviews.web.house import House, Visit


@get("/waarom/{token:str}", name="customer:why")
async def show_reason(request: Visit, token: FromPath[str], session: NamedDependency[AsyncSession], house: NamedDependency[House]) -> Template:
    """Explain one mail to whoever holds its token, in the language of the mail; what was erased is gone here too."""
    named = house.seal.opened_why(token)
    if named is None:
        raise NotFoundError("this is no link of a mail of ours")
    told = await explanation.of_mail(session, *named)
    if told is None:
        return pages.page(request, "customer/why.html", status=404, told=None)
    language = spoken(told.language) if told.language else pages.language_of(request)
    return pages.page(
        request,
        "customer/why.html",
        language=language,
        told=told,
        head=letterhead(told.branch),
        token=house.seal.opt_out_token(told.address_key) if told.address_key else None,
        refusals=policy.CUSTOMER_SENTENCES,
        steps=[(message, _in_words(values, language)) for message, values in explaining.to_customer(told.evidence)],
    )


def _in_words(values: Mapping[str, Any], language: str) -> dict[str, str]:
    return {name: _in_word(value, language) for name, value in values.items() if value is not None}


def _in_word(value: Any, language: str) -> str:
    """Write a moment or a stretch of time as people in that language do."""
    if isinstance(value, datetime):
        return str(format_datetime(value.astimezone(LOCAL), "d MMMM y, HH:mm", locale=language))
    if isinstance(value, tuple):
        count, unit = value
        return format_unit(count, f"duration-{unit.removesuffix('s')}", locale=language)
    return str(value)


routes: Final = [show_reason]
