"""Whether the person on the line has shown who she is: two items she gave herself, one of them deciding."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from db.records import IdentityItem, Reason

NEEDED = 2
"""Items the patient has to give (docs/safety.md, 4)."""
BIRTHDAY = "birthday"
NAME = "name"
INSTEAD_OF_BIRTHDAY = ("visit_date", "surgeon", "procedure")
"""What decides when no birthday is on file."""


def choices(
    *,
    name: str,
    born_on: date | None,
    visited_on: date | None,
    surgeon: str | None,
    procedure: str | None,
) -> tuple[IdentityItem, ...]:
    """The items a patient can be asked for, with what the record expects.

    A number she was dialled on is no item, and her name only counts when she says it unprompted, so the
    caller ticks it only then.

    Args:
        name: the full name on file.
        born_on: birthday on file; only month and day are expected.
        visited_on: her last visit or operation.
        surgeon: the surgeon of her last operation, None when hidden or unknown.
        procedure: her last procedure's code, None when hidden or unknown.

    Returns:
        The items that have something to be compared with, the deciding ones first.
    """
    has_birthday = born_on is not None
    found = [
        IdentityItem(BIRTHDAY, "" if born_on is None else f"{born_on.month:02d}-{born_on.day:02d}", True),
        IdentityItem(
            "visit_date", "" if visited_on is None else visited_on.isoformat(), decides=not has_birthday
        ),
        IdentityItem("surgeon", surgeon or "", decides=not has_birthday),
        IdentityItem("procedure", procedure or "", decides=not has_birthday),
        IdentityItem(NAME, name, decides=False),
    ]
    return tuple(sorted((item for item in found if item.expected), key=lambda item: not item.decides))


def proven(given: Collection[str], offered: Collection[IdentityItem]) -> Reason | None:
    """Why the identity is not sure yet.

    Args:
        given: codes of the items the patient gave rightly.
        offered: what `choices` offered for her.

    Returns:
        None when it is sure, else the reason.
    """
    known = {item.code: item for item in offered}
    counted = [known[code] for code in set(given) if code in known]
    if len(counted) < NEEDED:
        return Reason("identity_two_items", {"field": "identity", "given": len(counted), "needed": NEEDED})
    if not any(item.decides for item in counted):
        code = "identity_needs_birthday" if BIRTHDAY in known else "identity_needs_deciding"
        return Reason(code, {"field": "identity"})
    return None
