"""The seat: who works here, in which role, for which clinic, and what may be offered to her."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.rules.placement import ANY
from console.rules.policy import Policy
from db.connect import Database
from db.enums import Language, Role
from db.errors import NotAllowed


@dataclass(frozen=True)
class Seat:
    """One signed-in person; a frozen record that every desk function takes.

    Args:
        database: the record.
        clinic_id: her clinic.
        staff_id: who she is.
        seat_id: where she sits.
        name: as written on the screen.
        login: as typed at sign-in.
        role: the role she works in now.
        roles: all her roles.
        languages: languages she calls in.
        lanes: what she may be offered, see `lanes_of`.
        zone: the clinic's zone, IANA name.
        demo: whether this is a demo clinic.
        restricted_ok: whether intimate procedures are named to her.
        policy: the policy at sign-in.
        practice: whether this is the practice process's own clinic, which lasts for one call. Only practice says so:
            no clinic has it in its record, a demo clinic neither.
    """

    database: Database
    clinic_id: int
    staff_id: int
    seat_id: int
    name: str
    login: str
    role: Role
    roles: tuple[Role, ...]
    languages: tuple[str, ...]
    lanes: tuple[str, ...]
    zone: str
    demo: bool
    restricted_ok: bool
    policy: Policy
    practice: bool = False

    @property
    def only_practises(self) -> bool:
        """Whether this is a trainee at a clinic: she reads and calls nobody. A clinic is marked as a demo by
        whoever makes it and may hold patients afterwards, so that mark opens nothing."""
        return self.role is Role.TRAINEE and not self.practice

    def require(self, *roles: Role) -> None:
        """Refuse what this role may not do.

        Args:
            roles: the roles that may.

        Raises:
            NotAllowed: the active role is none of them.
        """
        if self.role not in roles:
            raise NotAllowed("role_needed", roles=", ".join(roles), role=str(self.role))


def lanes_of(
    role: Role, roles: Iterable[Role], languages: Sequence[Language], staff_id: int, policy: Policy
) -> tuple[str, ...]:
    """Lanes a person may be offered work from.

    A lead is also a caller. The pool is everyone with role caller, whatever role she works in now. A trainee
    practises and is offered nothing.

    Args:
        role: the role she works in now.
        roles: all her roles.
        languages: languages she calls in.
        staff_id: who she is.
        policy: which roles serve which team.

    Returns:
        Lane ids: her own, the lead's, then teams in the policy's order, then the pool, by language.
    """
    if role is Role.TRAINEE:
        return ()
    serving = {role, Role.CALLER} if role is Role.LEAD else {role}
    # What has waited for a language as long as the policy says is anybody's.
    spoken = (*languages, ANY)
    lanes = [f"own:{staff_id}"]
    if role is Role.LEAD:
        lanes.append("lead")
    for team, served_by in policy.teams.items():
        if serving.intersection(served_by):
            lanes.extend(f"team:{team}:{language}" for language in spoken)
    if Role.CALLER in serving.union(roles):
        lanes.extend(f"pool:{language}" for language in spoken)
    return tuple(lanes)


def may_call(seat: Seat) -> None:
    """Refuse a trainee outside practice.

    Raises:
        NotAllowed: `role_may_not_call`.
    """
    if seat.only_practises:
        raise NotAllowed("role_may_not_call", role=str(seat.role))
