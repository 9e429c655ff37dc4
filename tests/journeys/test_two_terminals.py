"""Two people at two terminals on one database: what one does the other sees, and nobody loses or steals a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.clock import SKEW_ENV
from db.connect import Database, unit_of_work
from tests.clinic import PIN
from tests.journeys.clinic import Journey, Person, begin
from tests.journeys.player import Player
from tests.journeys.terminal import Terminal

PEOPLE = (
    Person(1, "王小丽", "双眼皮", 1),
    Person(2, "李红", "假体隆鼻", 1),
    Person(3, "赵静", "吸脂", 1),
    Person(4, "孙悦", "双眼皮", 1),
)
SEEN_WITHIN_S = 2.0
"""How soon a colleague's claim, call and release show on another seat."""
AN_HOUR = "3600"


@pytest.fixture
def journey(tmp_path: Path, database: Database) -> Journey:
    """A clinic whose afternoon it is, on each kind of database."""
    return begin(tmp_path, database=database)


def console(journey: Journey, login: str | None, language: str, **environment: str) -> Terminal:
    """A console; without a login it asks who is there."""
    settings = {
        **journey.environment,
        "LC_ALL": {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language],
        "PYTHONUTF8": "1",
        **environment,
    }
    if login is None:
        return Terminal([], size=(120, 36), environment=settings)
    return Terminal(journey.signed_in(login), environment={**settings, "AFTERCALL_PIN": PIN})


def line_of(terminal: Terminal, name: str) -> str:
    """The list's line of a person, empty when she is not in it."""
    return next((line for line in terminal.lines[1:-1] if name in line), "")


def under_cursor(terminal: Terminal) -> str:
    """The list's line with the cursor: the only one on another background."""
    with terminal._lock:
        rows = [terminal.screen.buffer[y] for y in range(2, terminal.screen.lines - 1)]
        paper = [row[3].bg for row in rows]
    odd = [number for number, colour in enumerate(paper) if paper.count(colour) == 1]
    assert len(odd) == 1, paper
    return terminal.lines[odd[0] + 2]


def seconds_until(terminal: Terminal, what: Callable[[], object]) -> float:
    """How long something took to stand on a terminal's screen."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < 15, terminal.text
        time.sleep(0.01)
    return time.monotonic() - began


def test_the_queue_moves_and_a_dead_seats_call_is_its_owners(journey: Journey) -> None:
    journey.take_in(*PEOPLE)
    # Anna's computer runs an hour ahead: by its clock every lease has long run out.
    with console(journey, "li", "en") as li, console(journey, "anna", "zh", **{SKEW_ENV: AN_HOUR}) as anna:
        first = Player(li)
        first.back_in_queue()
        anna.see("取下一个", "快了60分钟")
        assert line_of(anna, "王*")
        took = line_of(li, "1  ")
        name = next(one for one in ("王*", "李*", "赵*", "孙*") if one in took)
        anna.press("end")
        anna.until(lambda _text: name not in under_cursor(anna), "the cursor on the last line")
        chosen = next(one for one in ("王*", "李*", "赵*", "孙*") if one in under_cursor(anna))
        anna.pump(0.3)
        painted = len(anna.raw)

        li.press("enter")
        claimed = seconds_until(anna, lambda: "已接手：李敏" in line_of(anna, name))
        repainted = len(anna.raw) - painted
        assert "占" in line_of(anna, name)
        assert chosen in under_cursor(anna)
        # The lines that changed, the top and the bottom line: not the whole screen.
        assert repainted < painted / 3

        first.connect()
        talking = seconds_until(anna, lambda: "正在通话：李敏" in line_of(anna, name))
        kept_as_draft(journey)
        li.kill()

        (before,) = leases(journey)
        anna.press("f5", "home", "up")
        seconds_until(anna, lambda: name in under_cursor(anna))
        anna.press("enter")
        anna.see("同事已经在联系")
        assert leases(journey) == [before]

        with unit_of_work(journey.database) as connection:
            connection.execute("UPDATE contact_lease SET expires_at = 1")
        gone = seconds_until(anna, lambda: not line_of(anna, name))
        anna.press("home", "enter")
        anna.see("拨号前")
        assert {str(row["stage"]) for row in leases(journey)} == {"cut_off", "preview"}
        assert journey.rows("SELECT staff_id FROM contact_lease WHERE stage = 'cut_off'") == [
            {"staff_id": journey.clinic.staff_ids["li"]}
        ]

        with console(journey, None, "en") as again:
            again.see("Sign in", "PIN")
            again.fill("li", "enter")
            again.pump(0.5)
            again.type(PIN)
            again.press("enter")
            again.see("unsaved 1")
            again.press("u")
            again.see("1  ")
            again.press("1")
            again.see(next(one.name for one in PEOPLE if one.name[0] == name[0]), "Identity")
        held = journey.rows(
            "SELECT stage, token FROM contact_lease WHERE staff_id = :id", id=before["staff_id"]
        )
        assert [row["stage"] for row in held] == ["connected"]
        assert [row["token"] for row in held] != [before["token"]]

        print(
            f"{journey.database.dialect}: {claimed:.2f} {talking:.2f} {gone:.2f} s, {repainted} of {painted}"
        )
        assert max(claimed, talking, gone) < SEEN_WITHIN_S


def leases(journey: Journey) -> list[dict[str, object]]:
    """Every lease."""
    return journey.rows("SELECT staff_id, token, stage FROM contact_lease ORDER BY id")


def kept_as_draft(journey: Journey) -> None:
    """Waits until the call is kept as a draft."""
    end = time.monotonic() + 15
    while not journey.rows("SELECT id FROM draft"):
        assert time.monotonic() < end
        time.sleep(0.05)
