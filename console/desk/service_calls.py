"""What a saved call does to a complaint or request: a call read from a step's flow does that step."""

from __future__ import annotations

from typing import Final

from console.desk import service_course, service_extra, service_loop, service_rows
from console.desk.aftertalk import Settlement
from console.desk.flagging import record
from console.desk.loop_items import ASK, FLOWS, PROGRESS, REPLY, RESPONSE, RESULT
from console.rules import complaints as rules
from db import complaints
from db.connect import Row
from db.enums import CaseStage, Purpose, Role

SETTLED: Final = "case_settled"
"""The question of the flow closing_satisfaction whose answer is the satisfaction."""
ACCEPTED: Final = "result_accepted"
"""The question of the flow result_told_back whose answer says whether she agrees."""


def is_step(row: Row) -> bool:
    """Whether an item is a step of a complaint or request."""
    return row["milestone"] in FLOWS


def did(one: Settlement, row: Row) -> bool:
    """Whether a completed call did the step an item stands for: its flow was read, and of satisfaction the question
    was answered, or she refuses to be asked. A call about something else leaves the step to be done, and so does
    one by somebody the complaint is about: the result and the question after it come from another. One reading does
    one step: of two complaints the other is not told back by it, unless the caller says so of its item.

    Args:
        one: the call. row: the item.
    """
    if one.form.track_code != row["flow"] or not _read_for(one, row):
        return False
    if row["milestone"] == ASK and _score(one) is None and Purpose.SURVEY not in one.form.opt_out:
        return False
    case = complaints.case(one.connection, one.clinic_id, int(row["escalation_id"]))
    about = () if case is None else service_rows.listed(case["about_staff"])
    return row["milestone"] not in (RESULT, ASK) or one.seat.staff_id not in about


def _read_for(one: Settlement, row: Row) -> bool:
    """Whether the flow was read for this item: the first of its step in the contact, or one that is said to be done."""
    if any(said.item_id == row["id"] and said.result == "done" for said in one.form.items):
        return True
    # They stand in the order taken: the one that was chosen, whose talk-track was opened, comes first.
    return row["id"] == next(other["id"] for other in one.items if other["milestone"] == row["milestone"])


def _answer(one: Settlement, question: str) -> str | None:
    return next((answer.value for answer in one.form.answers if answer.question == question), None)


def _score(one: Settlement) -> int | None:
    return rules.SPOKEN_SCORES.get(_answer(one, SETTLED) or "")


def spoken(one: Settlement, row: Row, found: Row) -> None:
    """Do the step of an item that a call has just closed; of any other item of the case the talk is noted.

    Args:
        one: the call. row: the item. found: its escalation, locked and open.
    """
    milestone, note = row["milestone"], one.form.note
    if one.seat.role is Role.TRAINEE or milestone not in FLOWS:
        record(one.connection, one.seat, int(found["id"]), "caller_spoke", one.now, note=note)
        return
    case = service_rows.on(one.connection, one.seat, int(found["id"]), one.now)
    # The board may have gone on, or the case have been opened again, while the line was open.
    if milestone in (REPLY, RESPONSE):
        service_course.replied(case, note)
    elif milestone == PROGRESS:
        service_extra.told_progress(case, note)
    elif milestone == RESULT and case.stage is CaseStage.SOLVED:
        said = _answer(one, ACCEPTED)
        service_loop.told_back(case, note, said if said in rules.ACCEPTED else None)
    elif milestone == ASK and case.stage is CaseStage.TOLD_BACK:
        score = _score(one)
        service_loop.surveyed(case, score, None if score is not None else "refused", note)
    else:
        case.tell("caller_spoke", note=note)
