"""A command that finds the store of files away says so in one sentence."""

import errno

import pytest

from reviews.commands import opening
from reviews.storage import StoreAwayError


@pytest.mark.parametrize(
    ("number", "says"), [(errno.EROFS, "Read-only file system"), (errno.ENOTDIR, "Not a directory"), (errno.EIO, "Input/output error")]
)
def test_a_store_that_is_away_is_a_sentence_and_no_traceback(number: int, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, opening.mended_by_hand():
        raise StoreAwayError(number, says)

    assert ended.value.code == opening.WRONG_USE
    assert (
        capsys.readouterr().err == f"the store of files is away ({says}): look at REVIEWS_STORAGE_URL, make room, or mend the rights of that place\n"
    )
