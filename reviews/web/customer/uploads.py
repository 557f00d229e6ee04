"""What an upload may hold, and the message to a customer that it can't be used, in their own language."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.errors import InvalidError
from reviews.proofs import intake
from reviews.proofs.intake import Upload, UploadLimits
from reviews.settings import Settings


@dataclass(frozen=True, slots=True)
class Remark:
    """Why an upload was not taken: a sentence to be translated, what fills its blanks, and the file that is meant, where it is one of several."""

    sentence: str
    values: dict[str, int]
    file_name: str = ""


def limits(settings: Settings) -> UploadLimits:
    """Return what one upload may hold."""
    return UploadLimits(max_bytes=settings.upload_max_mb * 1_000_000, parts=settings.upload_parts)


def too_many(most: int) -> Remark:
    """Return the message to a customer who brought as many documents for one claim as are read."""
    return Remark(intake.TOO_MANY_PROOFS, {"most": most})


def remark(problem: InvalidError, offered: Sequence[Upload], most: UploadLimits) -> Remark:
    """Return the message to the customer."""
    error = problem.errors[0]
    _, _, position = error.field.partition(".")
    name = intake.clean_name(offered[int(position)].file_name) if position else ""
    return Remark(intake.SENTENCES[error.code], most.told(), name)
