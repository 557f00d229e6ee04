"""Make pages of the desk, and files to keep."""

from typing import Any, Final

from litestar.response import Template

from reviews.web import pages
from reviews.web.context import AppRequest
from reviews.web.session import Login

CSV: Final = "text/csv"
"""The media type of a file of lines. Without a charset: Litestar adds UTF-8 to every text, also to one that names it."""


def page(request: AppRequest, name: str, login: Login, *, status: int = 200, **context: Any) -> Template:
    """Make a page of the desk, or only its inner part when htmx asks."""
    fragment = pages.wants_fragment(request)
    headers = {"HX-Push-Url": str(request.url.path)} if fragment and request.method == "GET" else {}
    return Template(
        f"desk/_{name}.html" if fragment else f"desk/{name}.html",
        context={
            "language": "nl",
            "form_token": login.form_token,
            "manager": login.manager,
            "awaiting": login.waiting,
            "faults": login.faults,
            **context,
        },
        status_code=status,
        headers=headers,
        media_type="text/html",
    )


def as_file(name: str) -> dict[str, str]:
    """Return the header that makes a browser keep an answer as a file instead of showing it."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
