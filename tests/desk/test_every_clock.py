"""Every clock of the board against a table made by hand: weekend, public holiday, makeup day, pause, reopen.

Spring Festival 2026 is 15 to 23 February with work on Saturday 14 and 28; Dragon Boat 19 to 21 June; Mid-Autumn
25 to 27 September; National Day 1 to 7 October with work on Sunday 20 September and Saturday 10 October.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, groupby
from zoneinfo import ZoneInfo

import pytest

from console.desk import complaints, escalations, reporting, tick
from db.enums import ComplaintClass, DutyKind, Level, Received, RequestType, Severity
from db.instants import from_ms, to_ms
from db.records import ComplaintForm, FlagForm, RequestForm
from tests.clinic import SampleClinic

SHANGHAI = ZoneInfo("Asia/Shanghai")
_keys = count()


def at(text: str) -> datetime:
    """An instant of 2026 in the clinic's zone, written "month-day hour:minute"."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Case:
    """What is raised when, what is done to it, and when its clocks run out; a clock that is not named never does."""

    name: str
    raised: str
    make: Callable[[SampleClinic, datetime], int]
    due: dict[str, str]
    after: tuple[tuple[str, Callable[[SampleClinic, int, datetime], object]], ...] = field(default=())


def clinical(level: Level, own: int | None = None) -> Callable[[SampleClinic, datetime], int]:
    """A red flag, perhaps with minutes of its own."""

    def make(clinic: SampleClinic, now: datetime) -> int:
        form = FlagForm(level, ("one_sided_swelling",), contact_by_min=own)
        return escalations.raise_flag(clinic.seat(), None, form, f"k{next(_keys)}", now).escalation.id

    return make


def complaint(severity: Severity, *, refund: bool = False) -> Callable[[SampleClinic, datetime], int]:
    """A complaint of somebody not on file."""

    def make(clinic: SampleClinic, now: datetime) -> int:
        form = ComplaintForm(ComplaintClass.PRICE, severity, "多收了钱", refund=refund)
        key = f"k{next(_keys)}"
        return complaints.take_complaint(clinic.seat(), None, None, form, key, now).escalation.id

    return make


def request(channel: Received) -> Callable[[SampleClinic, datetime], int]:
    """A service request of somebody not on file."""

    def make(clinic: SampleClinic, now: datetime) -> int:
        form = RequestForm(RequestType.INQUIRY, "想问时间", channel)
        key = f"k{next(_keys)}"
        return complaints.take_request(clinic.seat(), None, None, form, key, now).escalation.id

    return make


def replied(clinic: SampleClinic, number: int, now: datetime) -> object:
    """The first reply is given."""
    return complaints.reply(clinic.seat(), number, "已致歉", now)


def paused(clinic: SampleClinic, number: int, now: datetime) -> object:
    """It waits for the customer."""
    return complaints.pause(clinic.seat(), number, "papers", "等她发照片", now)


def resumed(clinic: SampleClinic, number: int, now: datetime) -> object:
    """It waits no more."""
    return complaints.resume(clinic.seat(), number, now)


def solved(clinic: SampleClinic, number: int, now: datetime) -> object:
    """It is solved and told back."""
    complaints.solve(clinic.seat("lead"), number, "收费员算错", "退差价", now)
    return complaints.tell_back(clinic.seat(), number, "", "agree", now)


def reopened(clinic: SampleClinic, number: int, now: datetime) -> object:
    """It is taken up again."""
    return complaints.reopen(clinic.seat("lead"), number, "客户说没到账", now)


def severe(clinic: SampleClinic, number: int, now: datetime) -> object:
    """The lead makes it severe."""
    return complaints.set_severity(clinic.seat("lead"), number, Severity.SEVERE, "媒体来电", now)


MINOR, MODERATE, SEVERE = Severity.MINOR, Severity.MODERATE, Severity.SEVERE
TABLE = (
    # clinical, around the clock: only the first limit is let run out, for it makes the case another one
    Case("emergency on a holiday, over midnight", "10-03 23:57", clinical(Level.EMERGENCY),
         {"ack": "10-04 00:02", "contact": "10-04 00:02", "resolve": "10-04 23:57"}),
    Case("same day into a makeup Saturday", "02-13 23:50", clinical(Level.SAME_DAY),
         {"ack": "02-14 00:05", "contact": "02-14 01:50", "resolve": "02-16 23:50"}),
    Case("urgent into a week of holidays", "09-30 16:00", clinical(Level.URGENT),
         {"ack": "09-30 20:00", "contact": "10-01 16:00", "resolve": "10-07 16:00"}),
    Case("a flag's own thirty minutes", "02-15 08:00", clinical(Level.SAME_DAY, 30),
         {"ack": "02-15 08:15", "contact": "02-15 08:30", "resolve": "02-18 08:00"}),
    Case("a flag's own five minutes", "06-20 12:00", clinical(Level.SAME_DAY, 5),
         {"ack": "06-20 12:05", "contact": "06-20 12:05", "resolve": "06-23 12:00"}),
    # complaints: 24 hours, then working days
    Case("minor over a weekend", "06-12 16:00", complaint(MINOR),
         {"ack": "06-13 16:00", "contact": "06-13 16:00", "resolve": "06-17 21:30"}),
    Case("moderate over a weekend and Dragon Boat", "06-12 16:00", complaint(MODERATE),
         {"ack": "06-13 16:00", "contact": "06-13 16:00", "resolve": "06-24 21:30"}),
    Case("severe over a weekend and Dragon Boat", "06-12 16:00", complaint(SEVERE),
         {"ack": "06-13 16:00", "contact": "06-13 16:00", "resolve": "07-03 21:30"}),
    Case("minor into Spring Festival, makeup Saturday counts", "02-13 16:00", complaint(MINOR),
         {"ack": "02-14 16:00", "contact": "02-14 16:00", "resolve": "02-25 21:30"}),
    Case("moderate through Spring Festival, both makeup days count", "02-13 16:00", complaint(MODERATE),
         {"ack": "02-14 16:00", "contact": "02-14 16:00", "resolve": "03-02 21:30"}),
    Case("severe through Spring Festival", "02-13 16:00", complaint(SEVERE),
         {"ack": "02-14 16:00", "contact": "02-14 16:00", "resolve": "03-11 21:30"}),
    Case("minor before National Day", "09-29 10:00", complaint(MINOR),
         {"ack": "09-30 10:00", "contact": "09-30 10:00", "resolve": "10-09 21:30"}),
    Case("moderate on the eve of National Day", "09-30 21:00", complaint(MODERATE),
         {"ack": "10-01 21:00", "contact": "10-01 21:00", "resolve": "10-15 21:30"}),
    Case("minor on a Saturday before a makeup Sunday", "09-19 12:00", complaint(MINOR),
         {"ack": "09-20 12:00", "contact": "09-20 12:00", "resolve": "09-22 21:30"}),
    Case("made severe later: from the beginning", "06-12 16:00", complaint(MINOR),
         {"ack": "06-13 16:00", "contact": "06-13 16:00", "resolve": "07-03 21:30"},
         (("06-12 17:00", severe),)),
    # refunds: calendar days, whatever the severity, and no pause moves them
    Case("a refund over National Day", "09-23 15:00", complaint(MINOR, refund=True),
         {"ack": "09-24 15:00", "contact": "09-24 15:00", "resolve": "09-29 21:30",
          "alert": "10-03 08:00", "refund": "10-08 21:30"}),
    Case("a refund of a severe complaint", "09-23 15:00", complaint(SEVERE, refund=True),
         {"ack": "09-24 15:00", "contact": "09-24 15:00", "resolve": "10-20 21:30",
          "alert": "10-03 08:00", "refund": "10-08 21:30"}),
    Case("a refund while the answer waits", "02-02 09:00", complaint(MINOR, refund=True),
         {"alert": "02-12 08:00", "refund": "02-17 21:30"},
         (("02-02 10:00", replied), ("02-03 10:00", paused))),
    # pauses move the answer by the working days that ended, and nothing else
    Case("paused Tuesday to Thursday", "06-12 16:00", complaint(MODERATE), {"resolve": "06-26 21:30"},
         (("06-12 16:30", replied), ("06-16 10:00", paused), ("06-18 09:00", resumed))),
    Case("paused for an hour", "06-12 16:00", complaint(MODERATE), {"resolve": "06-24 21:30"},
         (("06-12 16:30", replied), ("06-16 10:00", paused), ("06-16 11:00", resumed))),
    Case("paused over Dragon Boat alone", "06-12 16:00", complaint(MODERATE), {"resolve": "06-24 21:30"},
         (("06-12 16:30", replied), ("06-18 22:00", paused), ("06-22 09:00", resumed))),
    Case("paused over a weekend", "06-12 16:00", complaint(MINOR), {"resolve": "06-17 21:30"},
         (("06-12 16:30", replied), ("06-13 10:00", paused), ("06-15 09:00", resumed))),
    Case("paused through Spring Festival with its makeup Saturday", "02-13 16:00", complaint(MINOR),
         {"resolve": "02-27 21:30"},
         (("02-13 16:30", replied), ("02-13 18:00", paused), ("02-24 12:00", resumed))),
    Case("paused twice", "06-12 16:00", complaint(MINOR), {"resolve": "06-22 21:30"},
         (("06-12 16:30", replied), ("06-15 10:00", paused), ("06-16 09:00", resumed),
          ("06-17 10:00", paused), ("06-18 09:00", resumed))),
    Case("a pause leaves the first reply alone", "06-12 16:00", complaint(MODERATE),
         {"ack": "06-13 16:00", "contact": "06-13 16:00"},
         (("06-12 17:00", paused),)),
    # opened again: both clocks anew
    Case("opened again before National Day", "09-21 10:00", complaint(MINOR),
         {"ack": "10-01 10:00", "contact": "10-01 10:00", "resolve": "10-10 21:30"},
         (("09-21 11:00", replied), ("09-22 10:00", solved), ("09-30 10:00", reopened))),
    Case("told back: nothing runs any more", "09-21 10:00", complaint(MINOR), {},
         (("09-21 11:00", replied), ("09-22 10:00", solved))),
    # requests: the response by how it came in, the answer in working days
    Case("a request by telephone", "02-13 16:00", request(Received.PHONE), {"resolve": "02-25 21:30"}),
    Case("a request in person", "06-12 16:00", request(Received.WALK_IN), {"resolve": "06-17 21:30"}),
    Case("a request by WeCom", "02-13 16:00", request(Received.WECOM),
         {"ack": "02-13 18:00", "contact": "02-13 18:00", "resolve": "02-25 21:30"}),
    Case("a request online on a holiday", "10-01 09:00", request(Received.ONLINE),
         {"ack": "10-01 11:00", "contact": "10-01 11:00", "resolve": "10-10 21:30"}),
    Case("a request by text message", "06-12 23:00", request(Received.SMS),
         {"ack": "06-13 01:00", "contact": "06-13 01:00", "resolve": "06-17 21:30"}),
    Case("an e-mail before a makeup Saturday", "02-13 16:00", request(Received.EMAIL),
         {"ack": "02-14 21:30", "contact": "02-14 21:30", "resolve": "02-25 21:30"}),
    Case("an e-mail before a weekend", "06-12 16:00", request(Received.EMAIL),
         {"ack": "06-15 21:30", "contact": "06-15 21:30", "resolve": "06-17 21:30"}),
    Case("an e-mail on the eve of National Day", "09-30 16:00", request(Received.EMAIL),
         {"ack": "10-08 21:30", "contact": "10-08 21:30", "resolve": "10-10 21:30"}),
    Case("a letter", "09-30 16:00", request(Received.LETTER),
         {"ack": "10-01 16:00", "contact": "10-01 16:00", "resolve": "10-10 21:30"}),
)  # fmt: skip
"""All dates by hand from a calendar of 2026, not from this program."""


def marks(clinic: SampleClinic) -> dict[tuple[int, str], int]:
    """How often each clock of each case was said to have run out, the refund's alert among them."""
    found: dict[tuple[int, str], int] = {}
    for row in clinic.rows(
        "SELECT escalation_id, kind, note FROM escalation_event WHERE kind IN ('breached', 'refund_alert')"
    ):
        clock = "alert" if row["kind"] == "refund_alert" else str(row["note"])
        key = (int(str(row["escalation_id"])), clock)
        found[key] = found.get(key, 0) + 1
    return found


def test_every_clock_runs_out_when_the_table_says_and_once(clinic: SampleClinic) -> None:
    numbers: dict[str, int] = {}
    for one in TABLE:
        numbers[one.name] = one.make(clinic, at(one.raised))
        for when, do in one.after:
            do(clinic, numbers[one.name], at(when))
    wanted: list[tuple[datetime, int, str, str]] = []
    for one in TABLE:
        number = numbers[one.name]
        (row,) = clinic.rows("SELECT * FROM escalation WHERE id = :id", id=number)
        for clock, due in one.due.items():
            column = "refund_alert_at" if clock == "alert" else f"{clock}_by"
            stored = from_ms(int(str(row[column]))).astimezone(SHANGHAI)
            assert stored == at(due), (one.name, clock, f"{stored:%m-%d %H:%M}")
            if row["kind"] != "clinical" or clock == "ack":
                wanted.append((at(due), number, clock, one.name))
    assert marks(clinic) == {}
    for due, group in groupby(sorted(wanted), key=lambda one: one[0]):
        these = [(number, clock) for _due, number, clock, _name in group]
        tick.clocks(clinic.database, clinic.clinic_id, due - timedelta(seconds=1))
        assert marks(clinic).keys().isdisjoint(these), (due, "too early")
        tick.clocks(clinic.database, clinic.clinic_id, due)
        tick.clocks(clinic.database, clinic.clinic_id, due)
        told = marks(clinic)
        assert [told.get(one) for one in these] == [1] * len(these), due
    tick.clocks(clinic.database, clinic.clinic_id, at("12-31 12:00"))
    told = marks(clinic)
    for one in TABLE:
        number = numbers[one.name]
        (row,) = clinic.rows("SELECT kind FROM escalation WHERE id = :id", id=number)
        if row["kind"] != "clinical":
            assert {clock: 1 for clock in one.due} == {c: n for (i, c), n in told.items() if i == number}, (
                one.name
            )


REPORTS = (
    (DutyKind.ADVERSE_EVENT, "extreme", "10-03 23:30", "10-04 01:30"),
    (DutyKind.ADVERSE_EVENT, "major", "02-14 20:00", "02-15 08:00"),
    (DutyKind.ADVERSE_EVENT, "general", "09-23 10:00", "10-08 10:00"),
    (DutyKind.DEVICE_EVENT, "group", "06-19 22:00", "06-20 10:00"),
    (DutyKind.DEVICE_EVENT, "group_case", "06-19 22:00", "06-20 22:00"),
    (DutyKind.DEVICE_EVENT, "death", "02-13 16:00", "02-20 16:00"),
    (DutyKind.DEVICE_EVENT, "serious", "09-20 09:00", "10-10 09:00"),
)
"""What is to be reported, when it was raised and when its report is late: days of 24 hours, no holiday counts."""


def test_every_report_is_late_when_the_table_says_and_once(clinic: SampleClinic) -> None:
    owed: list[tuple[datetime, int]] = []
    for kind, category, raised, due in REPORTS:
        number = clinical(Level.URGENT)(clinic, at(raised))
        duty = reporting.flag(clinic.seat("chen"), number, kind, category, "已核实", at(raised))[0]
        assert duty.due_at == at(due), (kind, category)
        owed.append((at(due), duty.id))

    def late(duty: int) -> bool:
        (row,) = clinic.rows("SELECT breached_at FROM report_duty WHERE id = :id", id=duty)
        return row["breached_at"] is not None

    for due, duty in sorted(owed):
        tick.clocks(clinic.database, clinic.clinic_id, due - timedelta(seconds=1))
        assert not late(duty)
        tick.clocks(clinic.database, clinic.clinic_id, due)
        tick.clocks(clinic.database, clinic.clinic_id, due)
        assert late(duty)
    (row,) = clinic.rows("SELECT COUNT(*) AS n FROM escalation_event WHERE kind = 'report_late'")
    assert row["n"] == len(REPORTS)


@pytest.mark.parametrize("first", ["tick", "step"])
def test_a_clock_that_ran_out_unseen_is_marked_by_the_step_that_would_end_it(
    clinic: SampleClinic, first: str
) -> None:
    number = complaint(MINOR)(clinic, at("06-12 16:00"))
    if first == "tick":
        tick.clocks(clinic.database, clinic.clinic_id, at("06-14 10:00"))
    replied(clinic, number, at("06-14 10:00"))
    assert complaints.open_case(clinic.seat(), number, at("06-14 10:00")).late == ("ack", "contact")
    assert to_ms(at("06-13 16:00")) == clinic.rows("SELECT contact_by FROM escalation")[0]["contact_by"]
    tick.clocks(clinic.database, clinic.clinic_id, at("06-14 10:01"))
    assert marks(clinic) == {(number, "ack"): 1, (number, "contact"): 1}
