"""The settings of one process: every key with type, default and meaning. `sources` finds the values.

Product settings (meeting types, texts, hours, colours) are not here: they live in the database and on pages.
"""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from ..crypto.keys import SHORTEST, KeyRefused, ring_of
from .limits import Hold, Limits
from .notation import (
    Listen,
    NetworkAndPort,
    is_loopback,
    read_base_url,
    read_collector,
    read_database_url,
    read_dns_server,
    read_domain,
    read_duration,
    read_issuer,
    read_listen,
    read_mail_address,
    read_networks,
    read_networks_and_ports,
    read_root_path,
    split_list,
)
from .section import Section

Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(read_networks)]
Duration = Annotated[timedelta, BeforeValidator(read_duration), Field(gt=timedelta())]
MailAddress = Annotated[str, AfterValidator(read_mail_address)]
Language = Literal["de", "en", "nl"]
Languages = Annotated[tuple[Language, ...], BeforeValidator(split_list), Field(min_length=1)]

_SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}


class Smtp(Section):
    """The server that accepts our mail."""

    host: str | None = Field(
        default=None,
        examples=["mail.example.org"],
        description="Server that accepts our mail. Without one, nothing can be booked.",
    )
    security: Literal["tls", "starttls", "none"] = Field(
        default="starttls", description="tls (port 465), starttls (587) or none (only to this machine)"
    )
    port: int = Field(
        default_factory=lambda given: _SMTP_PORTS[given["security"]],
        ge=1,
        le=65535,
        examples=[587],
        description="Follows `security`.",
    )
    user: str | None = Field(default=None, examples=["bookings"], description="User name, if the server requires one")
    password: SecretStr | None = Field(default=None, description="Better from BOOKING_SMTP__PASSWORD_FILE")
    sender: MailAddress | None = Field(
        default=None,
        alias="from",
        examples=["bookings@example.org"],
        description="Address of the service, used in From and as the organizer of invitations",
    )
    reply_to: MailAddress | None = Field(
        default=None, examples=["office@example.org"], description="Where answers go; a host's own address comes first"
    )
    dkim_selector: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
        examples=["mail2026"],
        description="The part before ._domainkey. in the name of your DKIM key, so that `check` can look for it",
    )
    resolver: Annotated[Listen | None, BeforeValidator(read_dns_server)] = Field(
        default=None,
        examples=["192.0.2.53"],
        description="DNS server that `check` asks for SPF, DKIM and DMARC of `from`'s domain; this machine's own by default",
    )

    @field_validator("security")
    @classmethod
    def _plain_stays_here(cls, security: str, given: ValidationInfo) -> str:
        host = given.data.get("host")
        if security == "none" and host is not None and not is_loopback(host):
            raise ValueError("none would send passwords and mail in the clear; use tls or starttls")
        return security


class Worker(Section):
    """Does what bookings still need: mails, calendar writes, pulls."""

    inline: bool = Field(default=True, description="Whether `serve` works as well; otherwise run `worker` beside it")
    concurrency: int = Field(default=4, ge=1, le=64, description="How many things it does at the same time")


class Calendar(Section):
    """Calendar servers."""

    freshness_max: Duration = Field(
        default=timedelta(minutes=15),
        description="If a calendar was last read longer ago than this, its host's page closes",
    )
    pull_every: Duration = Field(
        default=timedelta(minutes=1), description="How often each calendar is asked for changes"
    )
    timeout: Duration = Field(default=timedelta(seconds=10), description="Longest wait for an answer")
    allow_private: bool = Field(default=False, description="Whether hosts may name servers in private networks")
    allowed_networks: Annotated[tuple[NetworkAndPort, ...], BeforeValidator(read_networks_and_ports)] = Field(
        default=(),
        examples=["127.0.0.1:5232, 10.0.0.0/8, [fd00::/8]:443"],
        description="Private networks in which calendar servers may be: on the named port, or on any",
    )

    @field_validator("pull_every")
    @classmethod
    def _keeps_fresh(cls, pull_every: timedelta, given: ValidationInfo) -> timedelta:
        longest = given.data.get("freshness_max", pull_every)
        if pull_every > longest:
            raise ValueError("is longer than freshness_max: every page would be closed most of the time")
        return pull_every


class Oidc(Section):
    """Signing in with an account of the organisation's identity provider (OpenID Connect). Off unless `issuer` is set."""

    issuer: Annotated[str, AfterValidator(read_issuer)] | None = Field(
        default=None,
        examples=["https://id.example.org/realms/staff"],
        description="What the provider calls itself, to the letter: `issuer` of its /.well-known/openid-configuration",
    )
    client_id: str | None = Field(
        default=None, validate_default=True, examples=["booking"], description="What the provider calls this service"
    )
    client_secret: SecretStr | None = Field(
        default=None, description="Better from BOOKING_OIDC__CLIENT_SECRET_FILE; none for a public client"
    )
    label: str = Field(
        default_factory=lambda given: urlsplit(given.get("issuer") or "").hostname or "",
        max_length=40,
        examples=["Example ID"],
        description="What people call it: shown on the button, after `Sign in with`. The host of `issuer` by default",
    )
    scopes: Annotated[tuple[str, ...], BeforeValidator(split_list)] = Field(
        default=("openid", "email", "profile"),
        description="What is requested about people who sign in; openid must be among it",
    )
    allowed_domains: Annotated[tuple[Annotated[str, AfterValidator(read_domain)], ...], BeforeValidator(split_list)] = (
        Field(
            default=(),
            examples=["example.org"],
            description="Domains whose addresses are matched to a person here, or added by `auto_create`; all, if none is named. "
            "Accounts already linked can sign in in any case",
        )
    )
    auto_create: Literal["off", "host", "staff"] = Field(
        default="off",
        validate_default=True,
        description="Whether somebody unknown with a verified address is let in, and as what; requires `allowed_domains`",
    )
    trust_second_factor: bool = Field(
        default=False,
        description="Whether a second factor shown to the provider counts instead of one here, even if a policy requires one",
    )
    second_factor_acr: Annotated[tuple[str, ...], BeforeValidator(split_list)] = Field(
        default=("https://refeds.org/profile/mfa",),
        description="Values of `acr` with which the provider says that it saw a second factor; mfa in `amr` always says so",
    )
    timeout: Duration = Field(default=timedelta(seconds=10), description="Longest wait for an answer")
    allowed_networks: Annotated[tuple[NetworkAndPort, ...], BeforeValidator(read_networks_and_ports)] = Field(
        default=(),
        examples=["10.0.0.0/8, 127.0.0.1:8080"],
        description="Private networks in which the provider may be: on the named port, or on any",
    )

    @property
    def trusts_second_factor(self) -> bool:
        """Of a provider that is set up."""
        return self.issuer is not None and self.trust_second_factor

    @field_validator("client_id")
    @classmethod
    def _is_named(cls, client_id: str | None, given: ValidationInfo) -> str | None:
        if given.data.get("issuer") and not client_id:
            raise ValueError("is missing: register this service at the provider, which names it")
        return client_id

    @field_validator("scopes")
    @classmethod
    def _asks_who_it_is(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("must have openid among them")
        return scopes

    @field_validator("auto_create")
    @classmethod
    def _lets_in_few(cls, auto_create: str, given: ValidationInfo) -> str:
        if auto_create != "off" and not given.data.get("allowed_domains"):
            raise ValueError("would let in everybody who has an account there: name oidc.allowed_domains")
        return auto_create


class Webhooks(Section):
    """What is posted to others when somebody answers about a purpose, or a booking changes."""

    timeout: Duration = Field(default=timedelta(seconds=10), description="Longest wait for an answer")
    allowed_networks: Annotated[tuple[NetworkAndPort, ...], BeforeValidator(read_networks_and_ports)] = Field(
        default=(),
        examples=["10.0.0.0/8, 127.0.0.1:8443"],
        description="Private networks in which receivers may be: on the named port, or on any",
    )


class Anchor(Section):
    """Where the head of the consent ledger is sent once a day: to a time-stamp server (RFC 3161) that stamps it, and by mail."""

    mail_to: Annotated[tuple[MailAddress, ...], BeforeValidator(split_list)] = Field(
        default=(),
        examples=["auditor@example.org"],
        description="Addresses that get it each day, best out of reach of those who run the database; off without one",
    )

    url: str | None = Field(
        default=None, examples=["https://tsa.example.org/tsr"], description="Address of the server; off without one"
    )
    timeout: Duration = Field(default=timedelta(seconds=10), description="Longest wait for an answer")
    allowed_networks: Annotated[tuple[NetworkAndPort, ...], BeforeValidator(read_networks_and_ports)] = Field(
        default=(),
        examples=["10.0.0.0/8, 127.0.0.1:8080"],
        description="Private networks in which the server may be: on the named port, or on any",
    )


class Privacy(Section):
    """What is kept about people."""

    consent_networks: Literal["full", "shortened", "none"] = Field(
        default="full",
        description="How the network from which somebody ticked, confirmed or ended a consent is kept with it as evidence",
    )
    retain_days: int = Field(
        default=90, ge=0, le=3650, description="Days after its date until a booking's person is erased"
    )
    log_addresses: bool = Field(
        default=False, description="Write mail addresses into the log rather than a mark for each"
    )


class Backup(Section):
    """Backups, which `booking-service backup create` makes."""

    warn_after: Duration = Field(
        default=timedelta(days=2), description="`check` and administrators are warned when the last one is older"
    )


class Metrics(Section):
    """Figures for Prometheus at /metrics. Off unless one of these is set."""

    token: SecretStr | None = Field(
        default=None, description="Whoever sends it as `Authorization: Bearer …` may see them; 32 characters or more"
    )
    networks: Networks = Field(
        default=(),
        examples=["10.0.0.0/8"],
        description="Networks from which they may be seen without it; IPv6 counts by /64",
    )

    @field_validator("token")
    @classmethod
    def _is_long(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < SHORTEST:
            raise ValueError(f"is too short a secret: it needs {SHORTEST} characters or more")
        return token


class Tracing(Section):
    """Traces for OpenTelemetry: how long a request, an effect, a mail and a request to a calendar took, and what caused it."""

    endpoint: Annotated[str, AfterValidator(read_collector)] | None = Field(
        default=None,
        examples=["https://collector.example.org/v1/traces"],
        description="Where a collector accepts traces (OTLP over HTTP, protobuf); off without one. Requires the extra `otel`",
    )
    sample: float = Field(default=1.0, ge=0, le=1, description="Part of what begins here that is traced; 1: all of it")
    timeout: Duration = Field(default=timedelta(seconds=5), description="Longest wait for an answer")
    allowed_networks: Annotated[tuple[NetworkAndPort, ...], BeforeValidator(read_networks_and_ports)] = Field(
        default=(),
        examples=["127.0.0.1:4318, 10.0.0.0/8"],
        description="Private networks in which the collector may be: on the named port, or on any",
    )


class Ui(Section):
    """Languages of pages and mails."""

    languages: Languages = Field(default=("de", "en", "nl"), description="Languages offered")
    default_language: Language = Field(default="en", description="Used if the reader's own is not offered")

    @field_validator("default_language")
    @classmethod
    def _is_on_offer(cls, language: Language, given: ValidationInfo) -> Language:
        if language not in given.data.get("languages", (language,)):
            raise ValueError("is not among ui.languages")
        return language


class Log(Section):
    """What the process says on standard error."""

    format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: console on a terminal, else json"
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important kind written"
    )


def _beside_the_data(given: dict[str, Any]) -> str:
    return f"sqlite:///{given['data_dir'] / 'booking.db'}"


def _path_of_base_url(given: dict[str, Any]) -> str:
    return urlsplit(given["base_url"] or "").path


class Settings(Section):
    """All settings as one frozen value; `sources.load` makes it."""

    base_url: Annotated[str, AfterValidator(read_base_url)] | None = Field(
        default=None, examples=["https://book.example.org"], description="Public address, in front of every mailed link"
    )
    data_dir: Path = Field(default=Path("data"), description="Database, keys, caches")
    database_url: Annotated[str, AfterValidator(read_database_url)] = Field(
        default_factory=_beside_the_data,
        repr=False,
        examples=["postgresql://booking@localhost/booking"],
        description="SQLite in data_dir by default",
    )
    secret_key: SecretStr | None = Field(
        default=None, description="Made once in data_dir/secret.key. Several (newest first) are separated by spaces"
    )
    listen: Annotated[Listen, BeforeValidator(read_listen)] = Field(
        default=Listen("127.0.0.1", 8000), description="Where `serve` listens"
    )
    trusted_proxies: Networks = Field(
        default=(), description="Proxies whose X-Forwarded-For is believed, such as 127.0.0.1 or 10.0.0.0/8"
    )
    connections_per_network: int = Field(
        default=100,
        ge=10,
        description="Open at the same time, for each process: with `serve --workers N` up to N times as many. Above it, the "
        "network's longest idle connection ends; if none is idle, only that network is refused. The /56 around it may have twice, its /48 four times as "
        "many, trusted proxies any number",
    )
    root_path: Annotated[str, AfterValidator(read_root_path)] = Field(
        default_factory=_path_of_base_url, examples=["/book"], description="Path of base_url that a proxy cuts off"
    )
    smtp: Smtp = Smtp()
    worker: Worker = Worker()
    hold: Hold = Hold()
    limits: Limits = Limits()
    calendar: Calendar = Calendar()
    oidc: Oidc = Oidc()
    webhooks: Webhooks = Webhooks()
    anchor: Anchor = Anchor()
    privacy: Privacy = Privacy()
    backup: Backup = Backup()
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
    ui: Ui = Ui()
    log: Log = Log()
    origins: Mapping[str, str] = Field(default={}, exclude=True, repr=False)  # key → origin of its value
    files: Mapping[str, Path] = Field(
        default={}, exclude=True, repr=False
    )  # key → the file with its value, if there is one
    data_dir_is_relative: bool = Field(default=False, exclude=True, repr=False)  # as it was configured

    @property
    def sqlite_file(self) -> Path | None:
        """The database's file, if it is one."""
        kind, _, path = self.database_url.partition(":///")
        return Path(path.partition("?")[0]).absolute() if kind == "sqlite" and path else None

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path, given: ValidationInfo) -> Path:
        """The absolute path, so that a later change of directory has no effect.

        A relative one starts at the directory in which the process was started.
        """
        return Path(given.context["cwd"] if given.context else ".", path).absolute()

    @field_validator("secret_key")
    @classmethod
    def _not_guessable(cls, secret_key: SecretStr | None) -> SecretStr | None:
        if secret_key is not None:
            try:
                ring_of(secret_key.get_secret_value(), source="this")
            except KeyRefused as error:
                raise ValueError(str(error)) from error
        return secret_key
