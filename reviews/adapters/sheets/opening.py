"""Open spreadsheets: CSV in the encodings that Excel writes, and .xlsx.

The first bytes decide what a file is, not its name. Only a row at a time is held in memory (and the texts of an .xlsx file).
"""

import io
from functools import partial
from typing import BinaryIO

from reviews.adapters.sheets.csv_file import TextSheet
from reviews.adapters.sheets.excel_file import ExcelSheet
from reviews.adapters.sheets.file_kinds import LOOKED_AT, refuse_others
from reviews.adapters.sheets.limits import SheetLimits
from reviews.invitations.intake.sheets.importing import Opener, Sheet
from reviews.invitations.intake.sheets.messages import refusal


def opener(limits: SheetLimits) -> Opener:
    """Return what opens files within these limits."""
    return partial(open_sheet, limits=limits)


def open_sheet(file: BinaryIO, limits: SheetLimits) -> Sheet:
    """Return the sheet in a seekable file; raise InvalidError for one that is too large or no spreadsheet.

    Its size is checked before anything is read.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limits.megabytes * 1_000_000:
        raise refusal("too_large", megabytes=limits.megabytes)
    if not size:
        raise refusal("empty_file")
    begin = file.read(LOOKED_AT)
    # The container of .xls gets an answer of its own: its owner only has to save it as .xlsx.
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        raise refusal("old_excel")
    if begin.startswith(b"PK\x03\x04"):
        return ExcelSheet(file, limits)
    refuse_others(begin)
    return TextSheet(file, limits)
