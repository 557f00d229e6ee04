"""The desk: the queue, one case at a time with its proof, and the decision.

Blind by construction: what a customer wrote is in a table that this module reads in one place only, and only once a final decision about that
claim is stored (`_content_of`).
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Template
from msgspec import ValidationError, convert
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import ClaimContent, Decision, User
from reviews.errors import ConflictError, InvalidError, NotFoundError
from reviews.moderation import decision, queue, reasons, rereading
from reviews.moderation.case import Case
from reviews.moderation.decision import Choice
from reviews.moderation.reasons import FINAL, MEND
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest, fetch
from reviews.web.desk import imports, invitation, invitation_list, ledger, mail_copies, mail_preview, opt_outs, page, rules, settling, sources, words
from reviews.web.session import Login, provide_login

log: Final = structlog.get_logger("reviews.web")
FINAL_STATES: Final = frozenset({"approved", "refused", "published"})
# By the first bytes and not by a stored type: what is no picture of ours is never sent.
_PICTURES: Final = {b"\x89PNG": "image/png", b"\xff\xd8\xff\xe0": "image/jpeg", b"\xff\xd8\xff\xdb": "image/jpeg", b"RIFF": "image/webp"}


@get("/", name="manager:queue")
async def show_queue(
    request: AppRequest, session: NamedDependency[AsyncSession], login: NamedDependency[Login], now: NamedDependency[datetime]
) -> Template:
    """Show what waits for a decision, longest first."""
    return await _queue_page(request, session, login, now)


async def _queue_page(request: AppRequest, session: AsyncSession, login: Login, now: datetime) -> Template:
    rows = await queue.waiting_for(session, login.manager)
    waiting = await queue.count_waiting(session, login.manager)
    just_decided = await _just_decided(request, session, login)
    return page.page(request, "queue", login, place="queue", rows=rows, waiting=waiting, just_decided=just_decided, now=now, words=words)


async def _just_decided(request: AppRequest, session: AsyncSession, login: Login) -> Decision | None:
    """Return the decision that led here; None when the address names none of this person's own, so that nobody's link can claim one."""
    claim_id = invitation_list.id_in(request.query_params.get("na", ""))
    return await decision.made_by(session, login.manager, claim_id) if claim_id else None


@get("/cases/{claim_id:uuid}", name="manager:case")
async def show_case(
    request: AppRequest,
    claim_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    now: NamedDependency[datetime],
) -> Template:
    """Show a case: the proof beside what the machine read and noticed; rating and text only once it is decided."""
    return await _case_page(request, session, login, claim_id, now)


async def _case_page(
    request: AppRequest, session: AsyncSession, login: Login, claim_id: UUID, now: datetime, *, error: str = "", status: int = 200
) -> Template:
    case = await queue.case_for(session, login.manager, claim_id)
    return page.page(
        request,
        "case",
        login,
        status=status,
        place="queue",
        case=case,
        waiting=await queue.count_waiting(session, login.manager),
        decided=await _decided(session, case),
        just_decided=await _just_decided(request, session, login),
        whole=_asks_for_whole(request),
        error=error,
        mend=MEND,
        final=FINAL,
        now=now,
        words=words,
    )


async def _decided(session: AsyncSession, case: Case) -> dict[str, Any] | None:
    """Return the latest decision about a case, with what the customer wrote once it is final."""
    row = (
        await session.execute(
            select(Decision, User.name)
            .join(User, User.id == Decision.user_id)
            .where(Decision.branch_id == case.branch_id, Decision.claim_id == case.claim_id)
            .order_by(Decision.round.desc())
            .limit(1)
        )
    ).one_or_none()
    # A decision of an earlier round is not the one that is asked for now.
    if row is None or case.state == "judged":
        return None
    made, by = row
    return {
        "choice": words.CHOICES[made.choice],
        "reason": reasons.label_of(made.reason),
        "by": by,
        "at": made.decided_at,
        "content": await _content_of(session, made) if case.state in FINAL_STATES and made.choice != "ask" else None,
    }


async def _content_of(session: AsyncSession, made: Decision) -> ClaimContent | None:
    return await session.get(ClaimContent, {"branch_id": made.branch_id, "claim_id": made.claim_id})


@post("/cases/{claim_id:uuid}/decision", status_code=200, name="manager:decide")
async def decide(
    request: AppRequest,
    claim_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Record a decision and redirect to the next case; the first decision counts."""
    form = await forms.of_login(request, login.form_token)
    try:
        # A savepoint: the page of a refused decision is made in the same transaction.
        async with session.begin_nested():
            await _record(session, claim_id, form, login, app_context, now)
    except InvalidError as problem:
        return await _case_page(request, session, login, claim_id, now, error=problem.errors[0].detail, status=422)
    except ConflictError as problem:
        return await _case_page(request, session, login, claim_id, now, error=str(problem), status=409)
    following = await queue.first_waiting(session, login.manager)
    return pages.see_other(f"/desk/cases/{following}?na={claim_id}" if following else f"/desk?na={claim_id}")


async def _record(session: AsyncSession, claim_id: UUID, form: dict[str, str], login: Login, app_context: AppContext, now: datetime) -> None:
    seen = form.get("round", "")
    await decision.record(
        session,
        claim_id,
        manager=login.manager,
        choice=_choice(form),
        reason=form.get("reason") or None,
        now=now,
        proof_days=app_context.settings.proof_days,
        # isascii too: isdigit takes figures of other scripts, of which int() refuses some.
        seen_round=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else None,
    )


@post("/cases/{claim_id:uuid}/read-again", status_code=200, name="manager:read_again")
async def read_again(
    request: AppRequest,
    claim_id: FromPath[UUID],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Have the document of a case read once more, and show how far that is."""
    await forms.of_login(request, login.form_token)
    try:
        async with session.begin_nested():
            await rereading.ask(session, login.manager, claim_id, now=now)
    except ConflictError as problem:
        return await _case_page(request, session, login, claim_id, now, error=str(problem), status=409)
    return pages.see_other(f"/desk/cases/{claim_id}")


def _choice(form: dict[str, str]) -> Choice:
    try:
        choice: Choice = convert(form.get("choice"), Choice)
    except ValidationError:
        raise ConflictError("Kies goedkeuren, afwijzen of een ander document vragen.") from None
    return choice


@get("/cases/{claim_id:uuid}/pages/{number:int}", name="manager:page")
async def show_picture(
    request: AppRequest,
    claim_id: FromPath[UUID],
    number: FromPath[int],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
) -> Response[bytes]:
    """Show the picture of a page to whoever may decide; its type is that of a picture that we drew, never of an upload.

    It is the redacted one, unless somebody asks for the whole page, which is logged.
    """
    whole = _asks_for_whole(request)
    key = await queue.page_of(session, login.manager, claim_id, number, whole=whole)
    picture = await fetch(request, key)
    kind = _PICTURES.get(picture[:4])
    if kind is None:
        raise NotFoundError("this is no picture that we drew")
    if whole:
        log.info("whole_page_shown", claim_id=str(claim_id), page=number, user_id=str(login.manager.user_id))
    return Response(picture, media_type=kind, headers={"Content-Disposition": "inline"})


def _asks_for_whole(request: AppRequest) -> bool:
    return request.query_params.get("heel") == "1"


routes: Final = [
    Router(
        path="/desk",
        route_handlers=[
            show_queue,
            show_case,
            decide,
            read_again,
            show_picture,
            *invitation_list.routes,
            *settling.routes,
            *invitation.routes,
            *ledger.routes,
            *mail_preview.routes,
            *mail_copies.routes,
            *imports.routes,
            *sources.routes,
            *opt_outs.routes,
            *rules.routes,
        ],
        dependencies={"login": Provide(provide_login)},
    )
]
