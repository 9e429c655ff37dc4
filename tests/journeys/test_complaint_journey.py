"""A complaint from Friday afternoon to its end, in real terminals, each date held against a table made by
hand from the State Council's calendar of 2026: 20 September (a Sunday) is worked, 25-27 September and 1-7 October are
holidays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.desk import imports
from db.connect import Database
from tests.clinic import PIN, SampleClinic, make_clinic
from tests.journeys.clinic import Journey, Person
from tests.journeys.terminal import Terminal

ZONE = ZoneInfo("Asia/Shanghai")
WHO = Person(1, "王小丽", "双眼皮", 100)


def clinic_time(text: str) -> datetime:
    """A moment of 2026 in the clinic."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


RAISED = clinic_time("09-18 16:00")
"""A Friday."""
TABLE = {
    "raised_at": "09-18 16:00",
    # 24 hours, whatever day it is: Saturday.
    "contact_by": "09-19 16:00",
    # Sun 20 (worked), Mon 21, Tue 22, Wed 23, Thu 24, then the holiday, Mon 28, Tue 29: the seventh.
    "resolve_by": "09-29 21:30",
    # Three working days ended while it waited (Fri 18, Sun 20, Mon 21), so three more: Wed 30, then the holiday,
    # Thu 8 and Fri 9 October.
    "resolve_by after the pause": "10-09 21:30",
}


@pytest.fixture
def journey(tmp_path: Path, sqlite_database: Database) -> Journey:
    """A clinic in Shanghai with one patient, on that Friday."""
    clinic: SampleClinic = make_clinic(sqlite_database, RAISED)
    made = Journey(sqlite_database, clinic, sqlite_database.url, RAISED.date(), tmp_path)
    imports.run(sqlite_database, made.export([WHO]), now=RAISED)
    return made


@contextmanager
def seat(journey: Journey, login: str, at: str) -> Iterator[Terminal]:
    """A console of a person, at a moment, with 80 columns and 24 rows."""
    settings = {**journey.environment, "AFTERCALL_PIN": PIN}
    with Terminal(journey.signed_in(login), environment=settings, at=clinic_time(at)) as terminal:
        yield terminal


def moment(journey: Journey, column: str, table: str = "escalation") -> str:
    """A stored instant as the clinic's clock shows it, without the year."""
    (row,) = journey.rows(f"SELECT {column} AS at FROM {table}")
    assert isinstance(row["at"], int)
    return f"{datetime.fromtimestamp(row['at'] / 1000, ZONE):%m-%d %H:%M}"


def board(terminal: Terminal) -> None:
    """From the queue of a signed-in lead to the board."""
    terminal.see("take next", "王主管")
    terminal.press("b")


def open_case(terminal: Terminal) -> None:
    """From the board to the case."""
    terminal.see("#1", "details")
    terminal.press("enter")
    terminal.see("王小丽", "next:")


def front(terminal: Terminal, *words: str) -> None:
    """Waits until the page itself is in front, its windows closed, and says these words."""
    terminal.see(*words)
    terminal.gone("ctrl+s accept")


def step(terminal: Terminal, words: str) -> None:
    """Opens the list of steps and takes the one with these words by its digit."""
    front(terminal)
    terminal.press("s")
    terminal.see("What is to be done?", words)
    line = next(line for line in terminal.lines if words in line and "|" in line)
    terminal.press(line.split("|")[1].split()[0])
    terminal.gone("What is to be done?")


def test_a_complaint_from_friday_to_its_end(journey: Journey) -> None:
    with seat(journey, "li", "09-18 16:00") as li:
        _raised(li)
    assert moment(journey, "raised_at") == TABLE["raised_at"]
    assert moment(journey, "contact_by") == TABLE["contact_by"]
    assert moment(journey, "resolve_by") == TABLE["resolve_by"]

    with seat(journey, "lead", "09-18 16:30") as lead:
        board(lead)
        _confirmed_replied_paused(lead)
    assert moment(journey, "replied_at", "service_case") == "09-18 16:30"
    assert moment(journey, "paused_at") == "09-18 16:30"
    assert moment(journey, "resolve_by") == TABLE["resolve_by"]

    with seat(journey, "lead", "09-22 10:00") as lead:
        board(lead)
        _resumed_and_to_the_end(lead)
    assert moment(journey, "resolve_by") == TABLE["resolve_by after the pause"]
    for column, table in (
        ("solved_at", "service_case"),
        ("surveyed_at", "service_case"),
        ("answered_at", "escalation"),
    ):
        assert moment(journey, column, table) == "09-22 10:00", column
    (after,) = journey.rows("SELECT status, contact_breached_at, resolve_breached_at FROM escalation")
    assert after == {"status": "resolved", "contact_breached_at": None, "resolve_breached_at": None}
    (case,) = journey.rows("SELECT stage, satisfaction, accepted, paused_days FROM service_case")
    assert case == {"stage": "closed", "satisfaction": 4, "accepted": "agree", "paused_days": 3}
    kinds = [row["kind"] for row in journey.rows("SELECT kind FROM escalation_event ORDER BY id")]
    wanted = (
        *("raised", "severity_confirmed", "first_reply", "paused", "resumed", "investigator", "solved"),
        *("told_back", "satisfaction", "resolved"),
    )
    assert [kind for kind in kinds if kind in wanted] == list(wanted)


def _raised(li: Terminal) -> None:
    """She rings the desk: no call of the queue, only the keyboard."""
    li.see("take next", "李敏")
    li.press("z")
    li.see("What came in?")
    li.press("1")
    li.see("Who is it from?")
    li.fill("王小丽")
    li.see("王*")
    li.press("enter")
    li.see("A complaint is taken down", "money back")
    # Words in several lines keep enter: tab leaves them.
    li.fill("nobody told me the price", "tab")
    # Class price, no stage of the process, moderate.
    li.press("4")
    li.see("[price]")
    li.press("tab", "tab", "2")
    li.see("[moderate]")
    li.press(*["tab"] * 7, "2")
    li.see("[by\u00a0telephone]")
    li.press("ctrl+s")
    li.see("Complaint: price", "moderate", "first reply by 2026-09-19 16:00", "answer by 2026-09-29 21:30")


def _confirmed_replied_paused(lead: Terminal) -> None:
    open_case(lead)
    front(lead, "next: give the first reply by Sat 09-19 16:00 (23h)")
    lead.press("r")
    lead.see("Not yet: this comes before", "- There is no solution yet.")
    lead.press("enter")
    lead.gone("Not yet: this comes before")
    front(lead)
    step(lead, "confirm how serious it is")
    lead.see("Confirm it as moderate?")
    lead.press("enter")
    front(lead, "moderate, confirmed by 王主管")
    lead.press("enter")
    lead.see("First reply given")
    lead.fill("rang her, listened", "ctrl+s")
    front(lead, "first reply by 2026-09-19 16:00  done 16:3", "next: name who looks into it")
    step(lead, "stop the answer's clock")
    lead.see("waits for")
    lead.press("2")
    lead.see("[the\u00a0customer's\u00a0visit]")
    lead.press("tab")
    lead.fill("seen on Tuesday", "ctrl+s")
    front(lead, "answer: paused since 16:3", "the customer's visit")


def _resumed_and_to_the_end(lead: Terminal) -> None:
    open_case(lead)
    front(lead, "next: let the clock run again")
    lead.press("enter")
    front(lead, "answer by 2026-10-09 21:30", "paused 3 working days")
    front(lead, "next: name who looks into it by Fri 10-09 21:30 (17d)")
    lead.press("enter")
    lead.see("Who looks into it?")
    lead.press("1")
    front(lead, "next: write down cause and solution")
    lead.press("enter")
    lead.fill("price sheet was old", "enter")
    lead.fill("new sheet, apology", "ctrl+s")
    front(lead, "next: tell the customer the result")
    # Still not: she has not heard it.
    lead.press("r")
    lead.see("Not yet: this comes before", "- The customer has not heard the result.")
    lead.press("enter")
    lead.gone("Not yet: this comes before")
    lead.press("enter")
    lead.see("The customer was told the result")
    lead.fill("explained the sheet", "enter")
    lead.press("2", "ctrl+s")
    front(lead, "next: ask whether she is satisfied")
    lead.press("enter")
    lead.see("Is the customer satisfied")
    lead.press("4")
    lead.see("Satisfaction 4 of 5")
    lead.press("ctrl+s")
    front(lead, "next: close it")
    lead.press("enter")
    lead.see("Settle the case for good?")
    lead.press("enter")
    lead.see("nothing is left to do here", "closed")
