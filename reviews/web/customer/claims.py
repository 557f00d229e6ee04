"""The customer's pages: how reviews are checked here, write one, prove it, follow it, and never be mailed again.

No GET changes anything: programs that scan mail open every link in it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import rate_limits
from reviews.database.tables import Branch, Claim
from reviews.errors import InvalidError, NotFoundError, TooManyError
from reviews.privacy import suppression
from reviews.proofs import claim as claims
from reviews.proofs import storing
from reviews.proofs.claim import ClaimLimits
from reviews.proofs.intake import Upload
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.customer import branch_view, claim_form, progress, uploads, why
from reviews.web.customer.uploads import Remark
from reviews.web.errors import UninvitedOffError
from reviews.web.session import caller

HOUR: Final = timedelta(hours=1)


@get("/", name="customer:branches")
async def list_branches(request: AppRequest, session: NamedDependency[AsyncSession]) -> Template:
    """Show the branches."""
    return pages.page(request, "customer/branches.html", branches=[branch_view.shown(branch) for branch in await branch_view.all_active(session)])


@get("/{branch:str}", name="customer:branch")
async def show_branch(request: AppRequest, branch: FromPath[str], session: NamedDependency[AsyncSession]) -> Template:
    """Explain how reviews of a branch are collected and checked (Directive 2019/2161; art. 6:193e BW)."""
    return pages.page(request, "customer/branch.html", branch=branch_view.shown(await branch_view.by_slug(session, branch)))


@get("/{branch:str}/review", name="customer:review")
async def show_review(request: AppRequest, branch: FromPath[str], session: NamedDependency[AsyncSession]) -> Template:
    """Show the claim form."""
    found = await _open_branch(session, branch)
    return pages.page(request, "customer/review.html", branch=branch_view.shown(found), values={}, errors={}, doubtful="")


async def _open_branch(session: AsyncSession, slug: str) -> Branch:
    branch = await branch_view.by_slug(session, slug)
    if not branch_view.shown(branch).uninvited:
        raise UninvitedOffError("this branch takes no uninvited reviews")
    return branch


@post("/{branch:str}/review", status_code=200, name="customer:submit")
async def submit_review(
    request: AppRequest,
    branch: FromPath[str],
    session: NamedDependency[AsyncSession],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take a claim and send its link by mail; the answer is the same for any address."""
    found = await _open_branch(session, branch)
    form = await forms.of_browser(request)
    most = app_context.settings
    try:
        filled = claim_form.read(form, language=pages.language_of(request))
        # A savepoint: what is refused leaves nothing behind.
        async with session.begin_nested():
            await claims.submit(session, found, filled, key_ring=app_context.key_ring, now=now, limits=ClaimLimits.of(most))
            # Only a form that could be taken counts: thousands share an address of a mobile network.
            await rate_limits.count(session, "claim", caller(request), window=HOUR, most=most.claims_per_hour, now=now)
    except TooManyError as limit:
        return pages.limited(request, "customer/review.html", limit, errors={}, **_as_typed(found, form))
    except InvalidError as problem:
        errors = {error.field: claim_form.told(error, form) for error in problem.errors}
        return pages.page(request, "customer/review.html", status=422, errors=errors, **_as_typed(found, form))
    # A page of its own, without the claim's token: only the mailbox gets that.
    return pages.see_other(f"/{found.slug}/review/verstuurd")


def _as_typed(branch: Branch, form: dict[str, str]) -> dict[str, Any]:
    return {"branch": branch_view.shown(branch), "values": form, "doubtful": claim_form.doubtful(form)}


@get("/{branch:str}/review/verstuurd", name="customer:mailed")
async def show_mailed(request: AppRequest, branch: FromPath[str], session: NamedDependency[AsyncSession]) -> Template:
    """Ask the customer to look in their mail."""
    return pages.page(request, "customer/mailed.html", branch=branch_view.shown(await branch_view.by_slug(session, branch)))


@get("/claim/{token:str}", name="customer:claim")
async def show_claim(
    request: AppRequest, token: FromPath[str], session: NamedDependency[AsyncSession], app_context: NamedDependency[AppContext]
) -> Template:
    """Show how a claim stands and what its customer can do next."""
    return await _claim_page(request, session, app_context, await claims.find(session, token), token)


async def _claim_page(
    request: AppRequest, session: AsyncSession, app_context: AppContext, claim: Claim, token: str, *, error: Remark | None = None
) -> Template:
    return pages.page(
        request,
        "customer/claim.html",
        status=422 if error else 200,
        language=claim.language,
        claim=claim,
        token=token,
        branch=branch_view.shown(await branch_view.by_id(session, claim.branch_id)),
        error=error,
        limits=uploads.limits(app_context.settings),
        proof_days=app_context.settings.proof_days,
        **await progress.of(session, claim),
    )


@post("/claim/{token:str}/confirm", status_code=200, name="customer:confirm")
async def confirm_claim(
    request: AppRequest,
    token: FromPath[str],
    session: NamedDependency[AsyncSession],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Redirect:
    """Confirm the address that the link was mailed to, which ends what bounces had stopped; doing it twice changes nothing."""
    await claims.find(session, token)
    await forms.of_browser(request)
    claim = await claims.find(session, token)
    was_open = claim.state == "unconfirmed"
    await claims.confirm(session, claim, now=now)
    # Only the first time: a click on an old link says nothing about a mailbox that bounced since.
    if was_open and claim.confirmed_at == now:
        await suppression.end_of_bounces(session, claim.address_key, horizon=app_context.horizon, now=now)
    return pages.see_other(f"/claim/{token}")


@post("/claim/{token:str}/proof", status_code=200, name="customer:proof")
async def receive_proof(
    request: AppRequest,
    token: FromPath[str],
    session: NamedDependency[AsyncSession],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Take a klantbewijs of one file or several photos; what can't be one is refused at once, with what to send instead.

    Whose claim it is, is asked before the files are taken in; no transaction is open while the bytes come, or go to the store.
    """
    forms.check_cookie(request)
    claim = await claims.find(session, token)
    form, chosen = await forms.read_uploads(request, "proof")
    forms.check_token(request, form)
    offered = [Upload(await file.read(), file.filename) for file in chosen]
    limits, most = uploads.limits(app_context.settings), app_context.settings.uploads_per_claim
    try:
        await storing.receive(session, app_context.store, claim, offered, now=now, limits=limits, most=most)
    except TooManyError as limit:
        await session.rollback()
        made = await _claim_page(request, session, app_context, await claims.find(session, token), token, error=uploads.too_many(most))
        made.status_code, made.headers["Retry-After"] = limit.status, str(limit.retry_after)
        return made
    except InvalidError as problem:
        # Before the page is made: what was refused must not be committed with it.
        await session.rollback()
        remark = uploads.remark(problem, offered, limits)
        return await _claim_page(request, session, app_context, await claims.find(session, token), token, error=remark)
    return pages.see_other(f"/claim/{token}")


@get("/afmelden/{token:str}", name="customer:opt_out")
async def show_opt_out(request: AppRequest, token: FromPath[str], app_context: NamedDependency[AppContext]) -> Template:
    """Show the button that stops all mail."""
    _opened(app_context, token)
    return pages.page(request, "customer/opt_out.html", token=token, done=False)


def _opened(app_context: AppContext, token: str) -> bytes:
    address_key = app_context.key_ring.opened_opt_out(token)
    if address_key is None:
        raise NotFoundError("this is no opt-out link of ours")
    return address_key


@post("/afmelden/{token:str}", status_code=200, name="customer:stop", opt={"machine": True})
async def stop_mail(
    request: AppRequest,
    token: FromPath[str],
    session: NamedDependency[AsyncSession],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Stop all mail to a person at once, for all branches: by the button, or by the mailbox itself without a cookie (RFC 8058)."""
    address_key = _opened(app_context, token)
    await suppression.suppress(session, address_key, reason="opt_out", origin="link", now=now)
    # In the same transaction, after the lock: what is said on the page stays true.
    leaving = await suppression.under_way(session, address_key)
    return pages.page(request, "customer/opt_out.html", token=token, done=True, leaving=leaving)


@get("/bewijs/{number:str}", name="customer:receipt")
async def show_receipt(
    request: AppRequest, number: FromPath[str], session: NamedDependency[AsyncSession], app_context: NamedDependency[AppContext]
) -> Template:
    """Show a verification receipt, and whether its signature holds."""
    return pages.page(request, "customer/receipt.html", **await progress.receipt(session, number, app_context.key_ring))


@get("/demo/post", name="customer:demo_post")
async def show_demo_post(app_context: NamedDependency[AppContext]) -> Redirect:
    """Redirect to the demo's mailbox; outside of the demo there is none."""
    if not app_context.settings.demo_post:
        raise NotFoundError("there is no demo post office here")
    return Redirect(app_context.settings.demo_post, status_code=303)


routes: Final = [
    list_branches,
    show_branch,
    show_review,
    submit_review,
    show_mailed,
    show_claim,
    confirm_claim,
    show_opt_out,
    stop_mail,
    *why.routes,
    show_receipt,
    show_demo_post,
]
