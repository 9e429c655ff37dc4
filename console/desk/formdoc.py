"""A call's form as the document of a draft, and back."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, cast

from db.enums import AppointmentStatus, CallOutcome, Direction, Language, Purpose, SpokeTo
from db.records import Answered, AppointmentFact, CallForm, Correction, ItemResult, PromiseMade

VERSION = 1


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in cast(tuple[object, ...], value)]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def write(form: CallForm) -> str:
    """The form as JSON; the same form always gives the same text."""
    return json.dumps({"version": VERSION, **_plain(form)}, ensure_ascii=False, sort_keys=True)


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return cast(list[Any], found) if isinstance(found, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _yes_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _answer(one: dict[str, Any]) -> Answered:
    return Answered(
        question=str(one["question"]),
        value=str(one["value"]),
        at=datetime.fromisoformat(one["at"]),
        number=_number(one.get("number")),
        asked_in_group=bool(one.get("asked_in_group")),
        concern=_text(one.get("concern")),
        treatment_id=_whole(one.get("treatment_id")),
    )


def _correction(one: dict[str, Any]) -> Correction:
    return Correction(
        question=str(one["question"]),
        was=str(one["was"]),
        reason=str(one["reason"]),
        at=datetime.fromisoformat(one["at"]),
        concern=_text(one.get("concern")),
        treatment_id=_whole(one.get("treatment_id")),
        escalation_id=_whole(one.get("escalation_id")),
    )


def _promise(value: object) -> PromiseMade | None:
    if not isinstance(value, dict):
        return None
    one = cast(dict[str, Any], value)
    return PromiseMade(datetime.fromisoformat(one["at"]), bool(one["mine"]), str(one["what"]))


def read(document: str) -> CallForm:
    """The form a draft holds.

    Args:
        document: from `write`.

    Raises:
        ValueError: it is no such document.
    """
    try:
        data = cast(dict[str, Any], json.loads(document))
        next_on = _text(data.get("next_contact_on"))
        return CallForm(
            direction=Direction(data["direction"]),
            outcome=CallOutcome(data["outcome"]),
            spoke_to=SpokeTo(data["spoke_to"]),
            contact_person_id=_whole(data.get("contact_person_id")),
            identity=tuple(str(one) for one in _list(data, "identity")),
            language=Language(data["language"]),
            started_at=_moment(data.get("started_at")),
            phone_id=_whole(data.get("phone_id")),
            answers=tuple(_answer(one) for one in _list(data, "answers")),
            corrections=tuple(_correction(one) for one in _list(data, "corrections")),
            concerns=tuple(str(one) for one in _list(data, "concerns")),
            turns=tuple(str(one) for one in _list(data, "turns")),
            recovery=_text(data.get("recovery")),
            pain=_whole(data.get("pain")),
            satisfaction=_text(data.get("satisfaction")),
            doubt=bool(data.get("doubt")),
            note=_text(data.get("note")) or "",
            next_step=_text(data.get("next_step")) or "",
            promise=_promise(data.get("promise")),
            items=tuple(ItemResult(int(one["item_id"]), one["result"]) for one in _list(data, "items")),
            opt_out=tuple(Purpose(one) for one in _list(data, "opt_out")),
            place=_text(data.get("place")) or "",
            companion=_text(data.get("companion")) or "",
            temperature=_number(data.get("temperature")),
            stitches_out=_yes_no(data.get("stitches_out")),
            splint_out=_yes_no(data.get("splint_out")),
            appointments=tuple(
                AppointmentFact(int(one["appointment_id"]), AppointmentStatus(one["status"]))
                for one in _list(data, "appointments")
            ),
            next_contact_on=None if next_on is None else date.fromisoformat(next_on),
            track_code=_text(data.get("track_code")),
            track_version=_whole(data.get("track_version")),
            release_hash=_text(data.get("release_hash")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a call's form") from error
