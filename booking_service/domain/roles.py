"""Who may see and do what: roles, extra permissions, and what a page requires."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is here. A host sees their own things, staff see consents, an admin sees the organisation as well."""

    HOST = "host"
    STAFF = "staff"
    ADMIN = "admin"


class Permission(StrEnum):
    """What no role includes, and what is given to single persons."""

    CONSENTS = "consents"  # to change what staff may see
    REVEAL = "reveal"  # to read stored sensitive answers
    VAULT = "vault"  # to read the evidence kept about erased persons


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a person may see and do."""

    roles: frozenset[Role]
    permissions: frozenset[Permission] = frozenset()

    def __str__(self) -> str:
        """As stored and as commands take it: roles, then permissions, each in their order."""
        return " ".join([*(each for each in Role if each in self.roles), *self._permitted])

    def meet(self, need: "Need") -> bool:
        return need.is_met(self.roles, self.permissions)

    def but_for(self, wanted: Collection["SecondFactor"]) -> "Rights":
        """What remains without a second factor. `wanted`: where the organisation requires one."""
        powers = {Permission(each) for each in wanted if each is not SecondFactor.ADMINS}
        roles = self.roles - {Role.ADMIN} if SecondFactor.ADMINS in wanted else self.roles
        return Rights(roles=roles, permissions=self.permissions - powers)

    @property
    def _permitted(self) -> list[Permission]:
        return [each for each in Permission if each in self.permissions]


class SecondFactor(StrEnum):
    """Who needs a second factor where the organisation requires it: administrators, or holders of a permission."""

    ADMINS = "admins"
    REVEAL = "reveal"
    VAULT = "vault"


@dataclass(frozen=True, slots=True)
class Need:
    """What a page requires: one of these roles (none listed: anybody signed in), and this permission."""

    roles: frozenset[Role] = frozenset()
    permission: Permission | None = None

    def is_met(self, roles: Collection[Role], permissions: Collection[Permission]) -> bool:
        has_role = not self.roles or not self.roles.isdisjoint(roles)
        return has_role and (self.permission is None or self.permission in permissions)


ANYBODY = Need()
HOSTS = Need(frozenset({Role.HOST}))
STAFF = Need(frozenset({Role.STAFF, Role.ADMIN}))
ADMINS = Need(frozenset({Role.ADMIN}))
CONSENTS = Need(STAFF.roles, Permission.CONSENTS)
REVEALS = Need(STAFF.roles, Permission.REVEAL)
VAULTS = Need(STAFF.roles, Permission.VAULT)
