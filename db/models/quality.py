"""Reviews of real calls: what a lead drew and said of them, what the caller answered, what is to be improved."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint

from db.enums import ImprovementState, ReviewStatus
from db.models.base import (
    ClinicTable,
    blank_words,
    calendar_day,
    count,
    instant,
    json_list,
    maybe_instant,
    maybe_ref,
    maybe_words,
    one_of,
    options,
    partial,
    ref,
    whole,
    words,
)


class ReviewDraw(ClinicTable, table=True):
    """The drawing of one day's calls, once a day: with which seed and numbers, among how many."""

    __table_args__ = options(UniqueConstraint("clinic_id", "day"))

    day: date = calendar_day()
    drawn_at: int = instant()
    staff_id: int = ref("staff")
    seed: str = words()
    calls: int = count()
    drawn: int = count()
    document: str = words()


class CallReview(ClinicTable, table=True):
    """One drawn call. Its scores are rows of their own, the newest of which (`version`) holds.

    `drawn_for`: codes of the rules that drew it, the first one in their order first.
    """

    __table_args__ = options(
        UniqueConstraint("clinic_id", "day", "call_id"),
        Index(None, "clinic_id", "call_id"),
        Index(None, "clinic_id", "staff_id", "day"),
        partial("ix_call_review_drawn", "clinic_id", "lapses_at", "id", where="status = 'drawn'"),
        partial(
            "ix_call_review_unread",
            "clinic_id",
            "staff_id",
            where="version > 0 AND caller_seen_at IS NULL",
        ),
        one_of("status", ReviewStatus),
    )

    day: date = calendar_day()
    call_id: int = ref("call")
    staff_id: int = ref("staff")
    drawn_for: str = json_list()
    drawn_at: int = instant()
    lapses_at: int = instant()
    status: str = words()
    version: int = count()
    caller_seen_at: int | None = maybe_instant()
    caller_answer: str = blank_words()
    answered_at: int | None = maybe_instant()
    answered_version: int = count()
    closed_by: int | None = maybe_ref("staff")
    closed_at: int | None = maybe_instant()


class ReviewScore(ClinicTable, table=True):
    """One scoring of a review; an amendment is one more, with its reason. Never changed.

    `document`: points by item (null: not applicable) and instant fails, as codes. `training`: scenarios and skills.
    """

    __table_args__ = options(UniqueConstraint("clinic_id", "call_review_id", "number"))

    call_review_id: int = ref("call_review")
    number: int = whole()
    reviewer_id: int = ref("staff")
    scored_at: int = instant()
    document: str = words()
    score: int = whole()
    of: int = whole()
    note: str = blank_words()
    training: str = json_list()
    reason: str = blank_words()


class Improvement(ClinicTable, table=True):
    """One thing to improve, with somebody who sees to it."""

    __table_args__ = options(Index(None, "clinic_id", "state", "due_on"), one_of("state", ImprovementState))

    text: str = words()
    owner_staff_id: int = ref("staff")
    due_on: date = calendar_day()
    state: str = words()
    call_review_id: int | None = maybe_ref("call_review")
    created_by: int = ref("staff")
    created_at: int = instant()
    ended_by: int | None = maybe_ref("staff")
    ended_at: int | None = maybe_instant()
    ended_note: str | None = maybe_words()
