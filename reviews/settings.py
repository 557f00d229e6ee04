"""The only reader of the environment: settings with the prefix `REVIEWS_`, from variables, a `.env`, or files in a secrets folder."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from reviews import validation
from reviews.errors import ConfigurationError
from reviews.texts import addresses

_PACKAGE = Path(__file__).resolve().parent
PROJECT = _PACKAGE.parent
"""The folder that holds `reviews/`: the checkout, or where an installed wheel lies."""


def shipped(folder: str) -> Path:
    """Return a folder that belongs to the program but is no module: in an installed wheel within the package, in a checkout beside it."""
    bundled = _PACKAGE / "_bundled" / folder
    return bundled if bundled.is_dir() else PROJECT / folder


_SECRETS_DIR = os.environ.get("REVIEWS_SECRETS_DIR", "/run/secrets")  # noqa: TID251 - this is settings.py


class Settings(BaseSettings):
    """All that an administrator can set; every limit has a default."""

    model_config = SettingsConfigDict(
        env_prefix="REVIEWS_",
        env_file=".env",
        # An empty variable, as compose files write for what is not set, means the default.
        env_ignore_empty=True,
        # A shared .env may hold variables of others.
        extra="ignore",
        frozen=True,
        # pydantic-settings warns of a folder that is not there.
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

    sendgrid_api_key: SecretStr = Field(
        default=SecretStr(""), description="key that may send mail; when set, all mail leaves by SendGrid, also when SMTP_URL is set"
    )
    sendgrid_url: str = Field(
        default="https://api.sendgrid.com",
        description="SendGrid; https://api.eu.sendgrid.com for an account in the EU",
        pattern=r"^https?://[^/\s]+$",
    )
    sendgrid_timeout_seconds: float = Field(default=30, gt=0, description="patience with one call to SendGrid")
    sendgrid_opens: bool = Field(default=False, description="let SendGrid note openings, as an indication only; links are never rewritten")
    sendgrid_webhook_key: SecretStr = Field(
        default=SecretStr(""), description="SendGrid's verification key of the signed event webhook; empty: /hooks/sendgrid/events is closed"
    )
    bounce_address: str = Field(
        default="", description="mailbox that bounces come back to, each mail under its own +tag; empty: they go to MAIL_FROM and teach nothing"
    )
    soft_bounces: int = Field(default=3, ge=1, description="soft bounces of one person in 90 days after which the address is not mailed any more")

    smtp_letters_per_line: int = Field(default=100, ge=1, description="letters after which a connection to the mail server is closed and made anew")
    mails_per_hour: int = Field(default=0, ge=0, description="most invitations that all background processes together mail in any hour; 0: no limit")

    klantenvertellen_url: str = Field(default="https://www.klantenvertellen.nl", description="the review platform", pattern=r"^https?://[^/\s]+$")
    klantenvertellen_pace_seconds: float = Field(default=1.0, ge=0, description="least time between two calls with one token")
    klantenvertellen_timeout_seconds: float = Field(default=20, gt=0, description="patience for an answer of the platform")
    platform_calls_per_hour: int = Field(
        default=0, ge=0, description="most invitations that all background processes together hand to the platform in any hour; 0: no limit"
    )
    feed_every_minutes: float = Field(default=60, gt=0, description="how often reviews of a branch are read back")

    fuse_branch_unknowns: int = Field(default=5, ge=1, description="unknown outcomes in a row that stop a channel of a branch")
    fuse_house_unknowns: int = Field(default=20, ge=1, description="unknown outcomes in FUSE_HOUSE_MINUTES that stop a channel for all branches")
    fuse_house_minutes: float = Field(default=10, gt=0, description="the minutes over which they are counted")
    fuse_pause_minutes: float = Field(default=5, gt=0, description="pause before one invitation tries a stopped channel; twice as long each time")
    fuse_longest_pause_minutes: float = Field(default=240, gt=0, description="longest pause between two such tries")

    undo_minutes: float = Field(default=10, ge=1, description="minutes in which what was settled for many at once can be undone")

    webhook_hosts: str = Field(
        default="", description="hosts or host:port that webhooks may reach although they are not public https addresses, with commas; empty: none"
    )
    webhook_timeout_seconds: float = Field(default=20, gt=0, description="patience with an endpoint that is told something")

    inbound_max_mb: int = Field(default=30, ge=1, le=200, description="largest copy of a mail that is taken in")
    inbound_per_minute: int = Field(default=120, ge=1, description="copies of mails from one source in a minute")
    inbound_listen: str = Field(
        default="",
        description="where the background process takes copies of mails in, such as 127.0.0.1:2525; empty: only over HTTP",
        pattern=r"^$|^\S+:\d{1,5}$",
    )
    inbound_protocol: Literal["smtp", "lmtp"] = Field(default="smtp", description="what is spoken there: smtp or lmtp")
    inbound_days: int = Field(default=30, ge=1, description="days that a copy of a mail is kept after it was taken in or put aside")

    allowed_hosts: str = Field(default="", description="host names that the web process answers to, with commas; empty: only that of BASE_URL")
    trusted_proxies: str = Field(default="", description="addresses whose X-Forwarded headers are believed, with commas; empty: none")
    request_max_mb: int = Field(default=2, ge=1, description="largest request body, uploads apart")
    connections_max: int = Field(default=1000, ge=10, description="most connections to the web process at once; one more is answered 503")
    head_bytes_max: int = Field(default=32_768, ge=4096, description="most bytes of a request's first line and headers; beyond them 431")
    head_seconds: float = Field(default=10, gt=0, description="seconds in which the headers of a request must have come; then 408")
    body_grace_seconds: float = Field(default=10, gt=0, description="patience with a request body that does not come; then it must keep its speed")
    body_bytes_per_second: int = Field(default=1000, ge=1, description="least speed of a request body, counted from its beginning")
    upload_max_mb: int = Field(default=25, ge=1, le=200, description="largest proof, all its files together")
    upload_parts: int = Field(default=8, ge=1, le=50, description="most photos that make up one proof")
    proof_max_pages: int = Field(default=30, ge=1, description="most pages of a proof that are read")
    proof_max_megapixels: int = Field(default=60, ge=1, description="largest picture that is decoded")
    reading_seconds: float = Field(default=60, gt=0, description="wall clock for reading one proof")
    reading_memory_mb: int = Field(default=3072, ge=512, description="memory of the child that reads one proof")
    reading_quiet_seconds: float = Field(
        default=300, gt=0, description="seconds without a document after which the readers and their models are given back"
    )
    reading_without_walls: bool = Field(
        default=False,
        description="read documents although this system cannot hold a reader that was taken over; `reviews doctor` says what is missing",
    )
    reader_start_seconds: float = Field(
        default=60, gt=0, description="how long readers that start may use no processor; then they hang, and start anew"
    )
    unread_hours: float = Field(
        default=24, gt=0, description="hours that readers must have failed, and a proof or copied mail waited, before a person looks at it"
    )
    clamd_address: str = Field(
        default="",
        description="ClamAV's daemon, host:port or unix:/path; empty: proofs are not scanned",
        pattern=r"^$|^unix:/\S+$|^\S+:\d{1,5}$",
    )
    clamd_timeout_seconds: float = Field(default=60, gt=0, description="patience with ClamAV's answer about one file")
    dns_server: str = Field(default="", description="address of the name server for mail keys (DKIM); empty: those of the system")
    proof_days: int = Field(default=30, ge=0, description="days that a proof is kept after the decision")
    together_max: int = Field(default=64, ge=1, le=64, description="most single triggers that arrive together and are committed together")
    credit_answer_days: int = Field(
        default=5, ge=0, le=60, description="working days that an invitation waits for the branch to say whether a credit was of the whole job"
    )
    batch_max: int = Field(default=1000, ge=1, description="most triggers in one batch")
    import_max_mb: int = Field(default=50, ge=1, le=500, description="largest spreadsheet of jobs")
    import_unpacked_mb: int = Field(default=100, ge=1, description="most that an .xlsx file may unpack to")
    import_max_columns: int = Field(default=100, ge=1, le=1000, description="most columns of a spreadsheet")
    import_max_rows: int = Field(default=200_000, ge=1, le=1_000_000, description="most lines of a spreadsheet")
    import_max_cells: int = Field(default=1_000_000, ge=1000, description="most cells, and most texts, in an .xlsx file, empty ones too")
    import_max_cell: int = Field(default=2000, ge=100, le=100_000, description="most characters in a cell of a spreadsheet")
    import_days: int = Field(
        default=14, ge=1, description="days that the refused lines of a spreadsheet, and a file that was never taken in, are kept"
    )
    test_days: int = Field(default=30, ge=1, description="days after which what a test source told vanishes, with all that came of it")
    silent_after_hours: int = Field(
        default=96, ge=1, description="hours after which a source that tells nothing is warned of; each source may have its own"
    )
    claims_per_hour: int = Field(default=10, ge=1, description="claims from one network address in an hour")
    claims_per_day: int = Field(default=3, ge=1, description="claims with one e-mail address in a day")
    unconfirmed_per_branch: int = Field(
        default=100, ge=1, description="claims of the last 24 hours at one branch that may wait for their address to be confirmed"
    )
    unconfirmed_in_all: int = Field(
        default=1000, ge=1, description="claims of the last 24 hours at all branches that may wait for their address to be confirmed"
    )
    suppressions_per_day: int = Field(
        default=50, ge=1, description="opt-outs that a source may tell in a day for each of its branches; more wait for head office"
    )
    uploads_per_claim: int = Field(default=5, ge=1, description="proofs that one claim may bring")
    simulations_per_minute: int = Field(default=6, ge=1, description="how often one person at the desk may try rules in a minute")
    logins_per_5_minutes: int = Field(default=10, ge=1, description="login tries per account and per network address in five minutes")
    unconfirmed_days: int = Field(default=30, ge=1, description="days after which a claim whose address was never confirmed is deleted")
    session_hours: int = Field(default=12, ge=1, description="hours after which a login ends")

    lease_seconds: int = Field(
        default=45,
        ge=5,
        description="how long a process may give no sign of life before what it had in hand is taken back; it gives one three times as often",
    )
    clock_skew_seconds: int = Field(
        default=60, ge=1, description="most that our clock may differ from the database's; beyond it nothing leaves, expires or is deleted"
    )
    worker_missed_minutes: float = Field(
        default=15,
        gt=0,
        description="minutes without a background process after which the desk says so, and a mail to head office",
    )
    poll_seconds: float = Field(default=0.5, gt=0, description="seconds between two looks for what is due")
    stop_seconds: int = Field(default=25, ge=1, description="patience with work in hand at an orderly stop")
    send_before_days: int = Field(default=30, ge=1, description="days after its moment when an invitation expires instead of surprising somebody")
    job_max_age_days: int = Field(default=180, ge=1, description="a job that was finished longer ago is not invited")

    log_format: Literal["json", "text"] = Field(default="text", description="json for machines, text for people")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="the least important event that is logged")
    metrics_key: SecretStr = Field(default=SecretStr(""), description="bearer key for /metrics and the detail of /health/ready; empty: both closed")
    ready_seconds: float = Field(default=5.0, ge=0, description="how long an answer of /health/ready holds before the next look")
    security_contact: str = Field(
        default="",
        description="who hears of holes: mailto: or https: address for /.well-known/security.txt; empty: no such page",
        pattern=r"^((mailto:[^@\s]+@|https://)[^@\s]+)?$",
    )
    demo_post: str = Field(default="", description="address of the demo post office; /demo/post leads there. Only the demo sets it")

    @field_validator("mail_from")
    @classmethod
    def _exactly_one(cls, address: str) -> str:
        """Refuse a name, a list, or what would break a header; the bare `localhost` of the default is a host all the same."""
        somebody, _, host = address.rpartition("@")
        checked = f"{somebody}@localhost.example" if host == "localhost" else address
        if validation.address_errors("mail_from", checked):
            raise ValueError("must be exactly one e-mail address, such as reviews@example.nl")
        return addresses.as_sent(address)

    @field_validator("trusted_proxies")
    @classmethod
    def _named(cls, proxies: str) -> str:
        """Refuse `*`: whoever believes every sender's X-Forwarded-For lets callers choose their own address, and with it their limits."""
        if "*" in proxies:
            raise ValueError("must name the addresses of your own proxies; * would let each caller choose an address")
        return proxies

    @field_validator("bounce_address")
    @classmethod
    def _room_for_a_tag(cls, address: str) -> str:
        """Refuse what is no address, or whose name leaves no room for the tag of a mail (RFC 5321: 64 octets before the @)."""
        if address and (validation.address_errors("bounce_address", address) or len(address.partition("@")[0]) > 16 or "+" in address):
            raise ValueError("must be one e-mail address with at most 16 characters and no + before the @, such as bounces@reviews.example")
        return addresses.as_sent(address)

    @property
    def lease(self) -> timedelta:
        """How long a claimed row waits for its worker."""
        return timedelta(seconds=self.lease_seconds)

    def webhooks_may_reach(self) -> frozenset[str]:
        """Return the hosts that the administrator vouches for as receivers of webhooks."""
        return frozenset(host.strip() for host in self.webhook_hosts.split(",") if host.strip())

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
        # include_input=False: an invalid value may be a secret.
        lines = [f"REVIEWS_{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}" for error in problem.errors(include_input=False)]
        raise ConfigurationError("settings are not right: " + "; ".join(lines)) from None
