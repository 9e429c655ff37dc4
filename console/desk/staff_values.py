"""What may stand in a staff row, and how it is shown and noted."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.clean import clean
from console.rules.phone import dialable
from db import audit, pins
from db.connect import Connection
from db.enums import Language, Role
from db.errors import NotAllowed, WrongUse
from db.staff import StaffRow

_LOGIN_MOST: Final = 40
_NAME_MOST: Final = 100


@dataclass(frozen=True)
class StaffMember:
    """One person of the staff, for lists and forms; `locked_until` and `retired_at` are UTC."""

    id: int
    login: str
    name: str
    roles: tuple[Role, ...]
    languages: tuple[Language, ...]
    on_duty: bool
    restricted_ok: bool
    phone: str | None
    must_change_pin: bool
    locked_until: datetime | None
    retired_at: datetime | None


def check_new_pin(pin: str) -> None:
    """Refuse a PIN that is too short, too long or too simple."""
    fault = pins.weakness(pin)
    if fault == "pin_too_short":
        raise NotAllowed("pin_too_short", least=pins.LEAST)
    if fault == "pin_too_long":
        raise NotAllowed("pin_too_long", most=pins.MOST)
    if fault is not None:
        raise NotAllowed("pin_too_simple")


def folded(login: str) -> str:
    """A login as it is stored and compared: cleaned, full-width letters as plain ones, lower case."""
    return unicodedata.normalize("NFKC", clean(login)).strip().casefold()


def login_of(text: str) -> str:
    """A login as it is stored.

    Raises:
        WrongUse: empty or too long.
    """
    login = folded(text)
    if not login or len(login) > _LOGIN_MOST:
        raise WrongUse("login_unreadable", most=_LOGIN_MOST)
    return login


def name_of(text: str, field: str) -> str:
    """A name as it is stored: cleaned, with single blanks.

    Raises:
        WrongUse: empty or too long; `field` says which.
    """
    name = " ".join(clean(text).split())
    if not name or len(name) > _NAME_MOST:
        raise WrongUse("name_unreadable", field=field, most=_NAME_MOST)
    return name


def phone_of(text: str | None) -> str | None:
    """A colleague's own number, cleaned; None for an empty one.

    Raises:
        WrongUse: it can't be dialled (`phone_unreadable`).
    """
    number = clean(text).strip() if text is not None else ""
    if number and not dialable(number):
        raise WrongUse("phone_unreadable", value=number[:40])
    return number or None


def roles_of(roles: Sequence[Role | str], allowed: Sequence[Role]) -> tuple[Role, ...]:
    """Roles as they are stored, each once, in the order given.

    Raises:
        WrongUse: none, or one the policy does not know.
    """
    known = {str(role) for role in allowed}
    for role in roles:
        if str(role) not in known:
            raise WrongUse("role_unknown", role=clean(str(role)), known=", ".join(sorted(known)))
    if not roles:
        raise WrongUse("role_missing", known=", ".join(sorted(known)))
    return tuple(dict.fromkeys(Role(role) for role in roles))


def languages_of(languages: Sequence[Language | str]) -> tuple[Language, ...]:
    """Languages as they are stored, each once, in the order given.

    Raises:
        WrongUse: none, or an unknown one.
    """
    known = [str(language) for language in Language]
    for language in languages:
        if str(language) not in known:
            raise WrongUse("language_unknown", language=clean(str(language)), known=", ".join(known))
    if not languages:
        raise WrongUse("language_missing", known=", ".join(known))
    return tuple(dict.fromkeys(Language(language) for language in languages))


def member(row: StaffRow) -> StaffMember:
    """A row without its secrets."""
    return StaffMember(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=row.roles,
        languages=row.languages,
        on_duty=row.on_duty,
        restricted_ok=row.restricted_ok,
        phone=row.phone,
        must_change_pin=row.must_change_pin,
        locked_until=row.locked_until,
        retired_at=row.retired_at,
    )


def note(
    connection: Connection,
    clinic_id: int,
    staff_id: int | None,
    seat_id: int | None,
    action: str,
    subject_id: int | None,
    values: Mapping[str, object],
    now: datetime,
) -> None:
    """Add an audit row about a person of the staff."""
    audit.append(
        connection,
        clinic_id=clinic_id,
        at=now,
        staff_id=staff_id,
        seat_id=seat_id,
        action=action,
        subject_kind="staff",
        subject_id=subject_id,
        values=values,
    )
