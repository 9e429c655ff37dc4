"""What a planned call has been through, handed on when a corrected plan replaces it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from console.desk.contact_items import PROMISE
from console.desk.placing import place_again
from console.rules import calendar
from db import calls, treatments
from db.connect import Connection, Row
from db.enums import ItemClass, ItemKind, ItemState
from db.instants import from_ms

if TYPE_CHECKING:
    from console.desk.plans import Planning

CARRIED: Final = (
    "promise_id",
    "promise_at",
    "attempts",
    "tries_today",
    "tried_on",
    "busy_count",
    "line_errors",
    "rejections",
    "last_attempt_at",
    "cooling_until",
    "skips",
    "owner_staff_id",
)
"""What a planned call has been through: it goes on with the item that takes its place."""

_LARGER: Final = (
    "attempts",
    "busy_count",
    "line_errors",
    "rejections",
    "last_attempt_at",
    "cooling_until",
    "skips",
)


def carry_on(
    connection: Connection, planning: Planning, patient_id: int, treatment_id: int, replaced: Sequence[Row]
) -> None:
    """Hand what the replaced items had been through to those that took their place.

    A promise whose milestone the new plan does not have becomes an item of its own: it was given to a person.
    """
    clinic_id = planning.clinic_id
    lived = [
        item
        for item in replaced
        if item["state"] in (ItemState.WAITING, ItemState.READY) and any(item[name] for name in CARRIED)
    ]
    if not lived:
        return
    fresh = {
        str(item["milestone"]): item
        for item in treatments.items_of(connection, clinic_id, patient_id, treatment_id)
        if item["kind"] == ItemKind.MILESTONE and item["state"] in (ItemState.WAITING, ItemState.READY)
    }
    changed: list[int] = []
    for item in lived:
        has = fresh.get(str(item["milestone"]))
        if has is not None:
            heir = int(has["id"])
            calls.change_item(connection, clinic_id, heir, _both(has, item))
            if has["promise_id"] is not None and item["promise_id"] is not None:
                # Each was given to a person: neither takes the other's place.
                heir = _promise_alone(connection, planning, item)
        elif item["promise_at"] is not None:
            heir = _promise_alone(connection, planning, item)
        else:
            continue
        if item["promise_id"] is not None:
            calls.move_promise(connection, clinic_id, int(item["promise_id"]), heir)
        changed.append(heir)
    place_again(connection, clinic_id, changed, planning.policy, planning.at)


def _both(has: Row, item: Row) -> Row:
    """What two items of one call have been through: the heir's own promise and owner stay, the larger count holds."""
    promise = has if has["promise_id"] is not None else item
    last = max((has, item), key=lambda one: str(one["tried_on"] or ""))
    return {
        **{
            name: max((one[name] for one in (has, item) if one[name] is not None), default=None)
            for name in _LARGER
        },
        "promise_id": promise["promise_id"],
        "promise_at": promise["promise_at"],
        "tries_today": last["tries_today"],
        "tried_on": last["tried_on"],
        "owner_staff_id": has["owner_staff_id"]
        if has["owner_staff_id"] is not None
        else item["owner_staff_id"],
    }


def _promise_alone(connection: Connection, planning: Planning, item: Row) -> int:
    """The item of a promise whose planned call is no longer planned."""
    promised_on = calendar.of(planning.policy).day_of(from_ms(item["promise_at"]))
    return connection.insert(
        "item",
        {
            **{name: value for name, value in item.items() if name != "id"},
            "kind": ItemKind.PROMISE,
            "milestone": PROMISE,
            "flow": "care",
            "klass": ItemClass.CARE,
            "plan_revision_id": None,
            "due_on": promised_on,
            "earliest_at": item["promise_at"],
            "due_at": None,
            "due_by_at": None,
            "clinical_end_at": None,
            "state": ItemState.WAITING,
            "next_change_at": planning.at_ms,
            "closed_at": None,
            "close_reason": None,
            "created_at": planning.at_ms,
        },
    )
