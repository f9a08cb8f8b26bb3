"""People who may sign in, sign-in requests, and sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from . import setup  # noqa: F401 - what the foreign keys lead to
from .columns import Row, instant, json_column, maybe_instant


class PersonRow(Row, table=True):
    """Somebody who may sign in. `email_key`: the address in lower case, by which they are found."""

    __tablename__ = "person"

    id: UUID = Field(primary_key=True)
    email: str
    email_key: str = Field(unique=True)
    name: str
    language: str
    zone: str
    roles: list[str] = json_column()
    permissions: list[str] = json_column()
    host_id: UUID | None = Field(default=None, foreign_key="host.id", unique=True)
    created_at: datetime = instant()


class CredentialRow(Row, table=True):
    """How a person signs in besides by mail, apart from `person` so that pages don't read it.

    `password`: hashed. `totp`: the sealed secret of the second factor. `totp_step`: the latest time step whose code was
    used.
    """

    __tablename__ = "credential"

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    password: str | None = None
    password_set_at: datetime | None = maybe_instant()
    totp: str | None = None
    totp_set_at: datetime | None = maybe_instant()
    totp_step: int | None = None


class IdentityRow(Row, table=True):
    """An account at an identity provider with which a person signs in.

    `subject`: the provider's id of it. `email`: its address when it was linked.
    """

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject", name="one_person_per_identity"),
        UniqueConstraint("person_id", "issuer", name="one_identity_per_provider"),
    )

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id")
    issuer: str
    subject: str
    email: str
    linked_at: datetime = instant()


class RecoveryCodeRow(Row, table=True):
    """A recovery code by its hash: stands in once for the second factor, and is deleted then."""

    __tablename__ = "recovery_code"

    hash: str = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)


class SecondStepRow(Row, table=True):
    """A browser in which the second factor is asked for, by the hash of what it stores meanwhile."""

    __tablename__ = "second_step"

    id: UUID = Field(primary_key=True)
    hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    way: str
    kept: bool
    ends_at: datetime = instant(index=True)


class KnownBrowserRow(Row, table=True):
    """A browser in which a person signed in before, by the hash of what it stores; None where it was forgotten."""

    __tablename__ = "known_browser"

    id: UUID = Field(primary_key=True)
    hash: str | None = Field(default=None, unique=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    agent: str = ""
    network: str = ""
    created_at: datetime = instant()
    seen_at: datetime = instant(index=True)


class AddressChangeRow(Row, table=True):
    """A person's previous sign-in address, kept while the change can be reverted."""

    __tablename__ = "address_change"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    before: str
    changed_at: datetime = instant(index=True)


class ApiTokenRow(Row, table=True):
    """An API token, which acts as a person; only the hash of its secret is stored."""

    __tablename__ = "api_token"

    id: UUID = Field(primary_key=True)
    hash: str = Field(unique=True)
    name: str
    person_id: UUID = Field(foreign_key="person.id", index=True)
    scopes: list[str] = json_column()
    by: str
    created_at: datetime = instant()
    used_at: datetime | None = maybe_instant()
    revoked_at: datetime | None = maybe_instant()


class SignInRow(Row, table=True):
    """A request to sign in, by the hash of its mailed token; kept for a day."""

    __tablename__ = "sign_in"

    id: UUID = Field(primary_key=True)
    hash: str = Field(unique=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    email: str
    asked_at: datetime = instant(index=True)
    ends_at: datetime = instant()
    used_at: datetime | None = maybe_instant()
    agent: str = ""
    onwards: str = ""


class SessionRow(Row, table=True):
    """A browser in which a person is signed in, by the hash of what it stores."""

    __tablename__ = "session"

    id: UUID = Field(primary_key=True)
    hash: str = Field(unique=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    kept: bool
    created_at: datetime = instant()
    seen_at: datetime = instant(index=True)
    proved_at: datetime = instant()
    second_at_provider: bool = False
    agent: str = ""
    network: str = ""
