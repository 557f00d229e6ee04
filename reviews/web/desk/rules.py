"""The desk's page of rules: what other rules would have done with the jobs of the last 90 days, before they go live."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import config, delays
from reviews.branches.rules import Rules
from reviews.database import rate_limits
from reviews.database.tables import Branch
from reviews.errors import FieldError, ForbiddenError, InvalidError, NotFoundError
from reviews.invitations.planning.simulate import Outcome, Simulation, SimulationFigures, simulate
from reviews.local import LOCAL
from reviews.web import forms, pages
from reviews.web.context import AppContext, AppRequest
from reviews.web.desk import page, words
from reviews.web.desk.invitation_list import branch_choices
from reviews.web.session import Login

DAYS: Final = 90
_MINUTE: Final = timedelta(minutes=1)
UNITS: Final = {"m": "minuten", "h": "uur", "d": "dagen", "w": "weken"}
_WIDTH: Final = 1000
_HEIGHT: Final = 100


class DayBar(msgspec.Struct, frozen=True, kw_only=True):
    """A day in the picture, in units of its box: left out stands on top of planned."""

    day: date
    figures: SimulationFigures
    x: float
    width: float
    planned: float
    left_out: float


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The days of one set of rules, drawn on the scale that both sets share."""

    bars: list[DayBar]
    first: date
    last: date
    most: int


@get("/rules", name="manager:rules")
async def show_rules(
    request: AppRequest,
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Template:
    """Show a branch's rules in a form, and what the rules in the form would have done once that is asked.

    Only our own form may ask, and not too often: a link from elsewhere would make the service work for nothing.
    """
    asked = dict(request.query_params.items())
    chosen = await _chosen(session, login, asked.get("vestiging"))
    errors: Sequence[FieldError] = ()
    found: Simulation | None = None
    if chosen and "reken" in asked:
        forms.check_origin(request.headers)
        most = app_context.settings.simulations_per_minute
        await rate_limits.count(session, "simulation", login.manager.user_id.hex, window=_MINUTE, most=most, now=now)
        try:
            tried = {branch.id: config.tried(branch, changes_in(asked)) for branch in chosen}
            found = await _simulated(session, app_context, tried, now)
        except InvalidError as problem:
            errors = problem.errors
    return page.page(
        request,
        "rules",
        login,
        status=422 if errors else 200,
        place="rules",
        choices=await branch_choices(session, login.manager),
        chosen=chosen[0].slug if len(chosen) == 1 else "",
        values=asked if "reken" in asked else values_of(chosen),
        units=UNITS,
        errors=[_told(one) for one in errors],
        days=DAYS,
        **({"found": None} if found is None else _shown(found)),
        command=_command(chosen, asked) if found else "",
        changed="gewijzigd" in asked,
        reason_of=words.reason_of,
    )


async def _chosen(session: AsyncSession, login: Login, slug: str | None) -> list[Branch]:
    """Return the branches that the form is about: the one that is named, or all that this person may see; raise NotFoundError for another."""
    rows = await session.scalars(select(Branch).where(Branch.id.in_(login.manager.branch_ids)).order_by(Branch.slug))
    found = [branch for branch in rows if not slug or branch.slug == slug]
    if slug and not found:
        raise NotFoundError("there is no such branch")
    return found


async def _simulated(session: AsyncSession, app_context: AppContext, tried: Mapping[UUID, Rules], now: datetime) -> Simulation:
    # From a local midnight, so that the first day of the picture is whole.
    since = datetime.combine(now.astimezone(LOCAL).date() - timedelta(days=DAYS), time(), tzinfo=LOCAL)
    age = timedelta(days=app_context.settings.job_max_age_days)
    return await simulate(session, tried, shown=tried.keys(), since=since, now=now, job_max_age=age)


def values_of(chosen: Sequence[Branch]) -> dict[str, str]:
    """Return the fields of the form for rules as they are; those of the first branch where several are meant."""
    rules = msgspec.convert(chosen[0].rules, Rules) if chosen else Rules()
    values = {"van": rules.sending_hours[0], "tot": rules.sending_hours[1], "rust": str(rules.cap_days)}
    if rules.working_days_only:
        values["werkdagen"] = "ja"
    for field, kind in (("aankoop", "purchase"), ("reparatie", "repair")):
        count, unit = delays.measured(rules.delay_days["repair" if kind == "repair" else "purchase"])
        values |= {field: str(count), f"{field}_in": unit[0]}
    return values


def changes_in(form: Mapping[str, str]) -> dict[str, object]:
    """Return the rules that a form names, as a branch's file would; what makes no sense is refused by the same checks."""
    cap = form.get("rust", "").strip()
    return {
        "delay_days": {
            "purchase": f"{form.get('aankoop', '').strip()}{form.get('aankoop_in', 'd')}",
            "repair": f"{form.get('reparatie', '').strip()}{form.get('reparatie_in', 'd')}",
        },
        "sending_hours": [form.get("van", ""), form.get("tot", "")],
        "working_days_only": "werkdagen" in form,
        # What is no number goes on as text, so that the check of the rules refuses it with its own sentence.
        "cap_days": int(cap) if cap.isascii() and cap.isdigit() and len(cap) < 6 else cap,
    }


def _command(chosen: Sequence[Branch], form: Mapping[str, str]) -> str:
    """Return the command that makes these rules live."""
    rules = config.tried(chosen[0], changes_in(form))
    written = {kind: delays.as_written(days) for kind, days in sorted(rules.delay_days.items())}
    waits = " ".join(f"delay_days.{kind}={wait if isinstance(wait, str) else f'{wait:g}'}" for kind, wait in written.items())
    hours = msgspec.json.encode(rules.sending_hours).decode()
    slug = chosen[0].slug if len(chosen) == 1 else "VESTIGING"
    days_only = "true" if rules.working_days_only else "false"
    return f"reviews branches set {slug} {waits} sending_hours='{hours}' working_days_only={days_only} cap_days={rules.cap_days}"


def _shown(found: Simulation) -> dict[str, Any]:
    """Return what the page shows of a simulation: totals, reasons, branches and days beside each other, and a picture of each set."""
    assert found.changed is not None
    both = (found.now, found.changed)
    days = sorted({day for one in both for day in one.days})
    return {
        "found": found,
        "reasons": [(reason, *(one.all.skipped.get(reason, 0) for one in both)) for reason in sorted({r for one in both for r in one.all.skipped})],
        "branches": [(name, *(one.branches.get(name, _NONE) for one in both)) for name in sorted({n for one in both for n in one.branches})],
        "per_day": [(day, *(one.days.get(day, _NONE) for one in both)) for day in days],
        "pictures": [(title, drawn(one, days, _most(both))) for title, one in zip(("Huidige regels", "Nieuwe regels"), both, strict=True)]
        if days
        else [],
    }


FIELDS: Final = {
    "delay_days": ("Wachttijd", "Vul een heel aantal in, samen hooguit 365 dagen."),
    "sending_hours": ("Mailen vanaf en tot", "Vul twee tijden in zoals 10:00 en 16:00, de vroegste eerst."),
    "cap_days": ("Dagen rust", "Vul een heel aantal dagen in, van 0 tot en met 3650."),
}
"""A rule as the form calls it, and what fits there."""


def _told(found: FieldError) -> tuple[str, str]:
    """Return an error in the terms of the form; for a value of the wrong shape it says what fits."""
    label, fitting = FIELDS.get(found.field.partition(".")[0], (found.field, found.detail))
    return label, fitting if found.code == "wrong_value" else found.detail


_NONE: Final = SimulationFigures(planned=0, skipped={})


def _most(both: Sequence[Outcome]) -> int:
    return max((day.planned + day.left_out for one in both for day in one.days.values()), default=1)


def drawn(outcome: Outcome, days: Sequence[date], most: int) -> Picture:
    """Draw the days of an outcome, one bar a day from the first to the last day, empty ones included."""
    count = (days[-1] - days[0]).days + 1
    step, unit = _WIDTH / count, _HEIGHT / most
    bars = [
        DayBar(
            day=day,
            figures=figures,
            x=round((day - days[0]).days * step + step * 0.1, 2),
            width=round(step * 0.8, 2),
            planned=round(figures.planned * unit, 2),
            left_out=round(figures.left_out * unit, 2),
        )
        for day, figures in outcome.days.items()
    ]
    return Picture(bars=bars, first=days[0], last=days[-1], most=most)


@post("/rules/{slug:str}/live", status_code=200, name="manager:rules_live")
async def go_live(
    request: AppRequest,
    slug: FromPath[str],
    session: NamedDependency[AsyncSession],
    login: NamedDependency[Login],
    app_context: NamedDependency[AppContext],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Make the rules of the form those of a branch; only the central organisation may. What waits is planned anew by the background process."""
    form = await forms.of_login(request, login.form_token)
    if login.manager.role != "office":
        raise ForbiddenError("only the central organisation changes rules at the desk")
    await config.set_rules(session, slug, changes_in(form), key_ring=app_context.key_ring, now=now, actor=login.manager.actor)
    return pages.see_other(f"/desk/rules?vestiging={slug}&gewijzigd=1")


routes: Final = [show_rules, go_live]
