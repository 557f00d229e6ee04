"""The customer's page behind "Waarom krijg ik deze mail?": it explains, and changes nothing."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import reasons
from reviews.errors import NotFoundError
from reviews.invitations.planning import explaining
from reviews.languages import LANGUAGES
from reviews.privacy import explanation
from reviews.web import pages
from reviews.web.context import AppContext, AppRequest


@get("/waarom/{token:str}", name="customer:why")
async def show_reason(
    request: AppRequest, token: FromPath[str], session: NamedDependency[AsyncSession], app_context: NamedDependency[AppContext]
) -> Template:
    """Explain one mail to whoever holds its token, in the language of the mail; what was erased is not shown here either."""
    named = app_context.key_ring.opened_why(token)
    if named is None:
        raise NotFoundError("this is no link of a mail of ours")
    told = await explanation.of_mail(session, *named)
    if told is None:
        return pages.page(request, "customer/why.html", status=404, told=None)
    language = told.language if told.language in LANGUAGES else pages.language_of(request)
    return pages.page(
        request,
        "customer/why.html",
        language=language,
        told=told,
        token=app_context.key_ring.opt_out_token(told.address_key) if told.address_key else None,
        refusal=reasons.to_customer(told.reason),
        steps=explaining.to_customer(told.evidence),
    )


routes: Final = [show_reason]
