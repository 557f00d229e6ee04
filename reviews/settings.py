"""The only reader of the environment: settings with the prefix `REVIEWS_`, a `.env`, or files in a secrets folder."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviews import mistakes
from reviews.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds `reviews/`, `templates/` and `migrations/`."""

_SECRETS_DIR = os.environ.get("REVIEWS_SECRETS_DIR", "/run/secrets")  # noqa: TID251 - this is settings.py


class Settings(BaseSettings):
    """All that an administrator can set; every limit has a default."""

    model_config = SettingsConfigDict(
        env_prefix="REVIEWS_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        secrets_dir=_SECRETS_DIR if Path(_SECRETS_DIR).is_dir() else None,
    )

    database_url: SecretStr = Field(default=SecretStr(""), description="PostgreSQL 15 or newer; empty: the embedded server under DATA_DIR")
    data_dir: Path = Field(default=Path(".data"), description="where proofs, keys and the embedded database live")
    base_url: str = Field(default="http://localhost:8000", description="the address that links in mails start with", pattern=r"^https?://[^/\s]+$")
    secret_key: SecretStr = Field(default=SecretStr(""), description="at least 32 characters; empty: made once and kept in DATA_DIR")
    storage_url: str = Field(default="", description="where proofs are kept: file:///path, s3://bucket, az://container; empty: DATA_DIR/proofs")

    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="smtp://, smtp+starttls:// or smtps:// user:password@host:port; empty: mails wait in the queue"
    )
    mail_from: str = Field(default="reviews@localhost", description="sender address of all mail; the branch stands in the name and in Reply-To")
    smtp_timeout_seconds: float = Field(default=60, gt=0, description="patience at each step of SMTP before the message is handed over")
    smtp_final_timeout_seconds: float = Field(default=600, gt=0, description="patience after the final dot (RFC 5321 4.5.3.2.6 asks for ten minutes)")
    smtp_connections: int = Field(default=4, ge=1, le=64, description="connections to the mail server that one background process keeps open")

    klantenvertellen_url: str = Field(default="https://www.klantenvertellen.nl", description="the review platform", pattern=r"^https?://[^/\s]+$")
    klantenvertellen_pace_seconds: float = Field(default=1.0, ge=0, description="least time between two calls with one token")
    klantenvertellen_timeout_seconds: float = Field(default=20, gt=0, description="patience for an answer of the platform")
    feed_every_minutes: float = Field(default=60, gt=0, description="how often reviews of a branch are read back")

    allowed_hosts: str = Field(default="", description="host names that the web process answers to, with commas; empty: only that of BASE_URL")
    trusted_proxies: str = Field(default="", description="addresses whose X-Forwarded headers are believed, with commas; empty: none")
    request_max_mb: int = Field(default=2, ge=1, description="largest request body, uploads apart")
    upload_max_mb: int = Field(default=25, ge=1, le=200, description="largest proof, all its files together")
    upload_parts: int = Field(default=8, ge=1, le=50, description="most photos that make up one proof")
    proof_max_pages: int = Field(default=30, ge=1, description="most pages of a proof that are read")
    proof_max_megapixels: int = Field(default=60, ge=1, description="largest picture that is decoded")
    reading_seconds: float = Field(default=60, gt=0, description="wall clock for reading one proof")
    reading_memory_mb: int = Field(default=3072, ge=512, description="memory of the child that reads one proof")
    clamd_address: str = Field(
        default="",
        description="ClamAV's daemon, host:port or unix:/path; empty: proofs are not scanned",
        pattern=r"^$|^unix:/\S+$|^\S+:\d{1,5}$",
    )
    clamd_timeout_seconds: float = Field(default=60, gt=0, description="patience with ClamAV's answer about one file")
    dns_server: str = Field(default="", description="address of the name server for mail keys (DKIM); empty: those of the system")
    proof_days: int = Field(default=30, ge=0, description="days that a proof is kept after the decision")
    batch_max: int = Field(default=1000, ge=1, description="most triggers in one batch")
    claims_per_hour: int = Field(default=10, ge=1, description="claims from one network address in an hour")
    claims_per_day: int = Field(default=3, ge=1, description="claims with one e-mail address in a day")
    uploads_per_claim: int = Field(default=5, ge=1, description="proofs that one claim may bring")
    logins_per_5_minutes: int = Field(default=10, ge=1, description="login tries per account and per network address in five minutes")
    unconfirmed_days: int = Field(default=30, ge=1, description="days after which a claim whose address was never confirmed is deleted")
    session_hours: int = Field(default=12, ge=1, description="hours after which a login ends")

    lease_seconds: int = Field(default=60, ge=5, description="how long a claimed row waits for its worker before it is taken back")
    poll_seconds: float = Field(default=1.0, gt=0, description="pause of the background process when nothing is due")
    stop_seconds: int = Field(default=25, ge=1, description="patience with work in hand at an orderly stop")
    send_before_days: int = Field(default=30, ge=1, description="days after its moment when an invitation expires instead of surprising somebody")
    job_max_age_days: int = Field(default=180, ge=1, description="a job that was finished longer ago is not invited")

    log_format: Literal["json", "text"] = Field(default="text", description="json for machines, text for people")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="the least important event that is logged")
    metrics_key: SecretStr = Field(default=SecretStr(""), description="bearer key for /metrics; empty: /metrics is closed")
    demo_post: str = Field(default="", description="address of the demo post office; /demo/post leads there. Only the demo sets it")

    @field_validator("mail_from")
    @classmethod
    def _exactly_one(cls, address: str) -> str:
        """Refuse a name, a list, or what would break a header; the bare `localhost` of the default is a host all the same."""
        somebody, _, host = address.rpartition("@")
        checked = f"{somebody}@localhost.example" if host == "localhost" else address
        if mistakes.address_mistakes("mail_from", checked):
            raise ValueError("must be exactly one e-mail address, such as reviews@example.nl")
        return address

    @property
    def lease(self) -> timedelta:
        """How long a claimed row waits for its worker."""
        return timedelta(seconds=self.lease_seconds)

    def host_names(self) -> list[str]:
        """Return the hosts that requests may name, ports included."""
        own = self.base_url.split("://", 1)[1]
        return [own, *(host.strip() for host in self.allowed_hosts.split(",") if host.strip())]


def environment(**changed: str) -> dict[str, str]:
    """Return the environment for a child process of ours, with some settings changed: `environment(BASE_URL="…")`."""
    return {**os.environ, **{f"REVIEWS_{name}": value for name, value in changed.items()}}  # noqa: TID251 - this is settings.py


def read() -> Settings:
    """Read all settings; raise one ConfigurationError that lists everything that is wrong."""
    try:
        return Settings()
    except ValidationError as problem:
        lines = [f"REVIEWS_{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}" for error in problem.errors(include_input=False)]
        raise ConfigurationError("settings are not right: " + "; ".join(lines)) from None
