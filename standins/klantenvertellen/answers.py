"""How the platform accepts and refuses over HTTP."""

from uuid import uuid4

import msgspec
from litestar import MediaType, Response

OK = {"code": "OK", "message": "De aanvraag is verwerkt"}


class RefusedError(Exception):
    """The platform refuses, in its own format: `detail_code` is the real cause, `code` the top-level one."""

    def __init__(self, status: int, detail_code: str, message: str, code: str = "VALIDATION_ERROR") -> None:
        super().__init__(detail_code)
        self.status = status
        self.detail_code = detail_code
        self.message = message
        self.code = code


def refusal(problem: RefusedError) -> Response[bytes]:
    """Return the error body; `httpCode` is a number or a string, as it happens to be in real replies."""
    body = {
        "httpCode": str(problem.status) if problem.status == 401 else problem.status,
        "errorCode": problem.code,
        "id": str(uuid4()),
        "detailedError": [{"errorCode": problem.detail_code, "message": problem.message}],
    }
    return Response(msgspec.json.encode(body), status_code=problem.status, media_type=MediaType.JSON)


def unauthorized() -> RefusedError:
    """The token is missing, wrong, or not of this location."""
    return RefusedError(401, "ERROR_401", "Unauthorized request", "UNAUTHORIZED")


def required(field: str) -> RefusedError:
    """A field is missing."""
    return RefusedError(400, "REQUIRED_FIELD", f"{field} is required")


def invalid(field: str, why: str) -> RefusedError:
    """A field is there but wrong."""
    return RefusedError(400, "VALIDATION_ERROR", f"{field} {why}")
