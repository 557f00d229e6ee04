"""Which way mail leaves."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from reviews.adapters.mail.sendgrid import SendGridTransport
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.adapters.mail.transport import open_transport
from reviews.errors import ConfigurationError
from reviews.settings import Settings

SMTP = {"smtp_url": SecretStr("smtp://127.0.0.1:25")}
SENDGRID = {"sendgrid_api_key": SecretStr("SG.test")}


@pytest.mark.parametrize(
    ("given", "kind"),
    [({}, type(None)), (SMTP, SmtpTransport), (SENDGRID, SendGridTransport), (SMTP | SENDGRID, SendGridTransport)],
    ids=["none", "smtp", "sendgrid", "both"],
)
async def test_sendgrid_goes_first_when_its_key_is_set(tmp_path: Path, given: dict[str, SecretStr], kind: type[object]) -> None:
    chosen = open_transport(Settings(data_dir=tmp_path).model_copy(update=given))

    assert isinstance(chosen, kind)
    if chosen:
        await chosen.close()


async def test_an_address_that_is_none_is_told_without_its_password(tmp_path: Path) -> None:
    wrong = Settings(data_dir=tmp_path).model_copy(update={"smtp_url": SecretStr("smtp://me:geheim@mail.example:25")})

    with pytest.raises(ConfigurationError, match="REVIEWS_SMTP_URL") as told:
        open_transport(wrong)
    assert "geheim" not in str(told.value)
