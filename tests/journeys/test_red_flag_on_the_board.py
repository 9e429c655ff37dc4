"""A red flag answered at one terminal is on the lead's board at another, with the bell, before the call is saved."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from db.connect import Database
from tests.clinic import PIN
from tests.journeys.clinic import Journey, Person, begin
from tests.journeys.player import Player
from tests.journeys.terminal import Terminal

WANG = Person(1, "王小丽", "双眼皮", 1)
SEEN_WITHIN_S = 2.0
"""How soon a colleague's red flag shows on another seat, and rings there."""
TITLES = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Sequences that may end with the bell's byte and ring nothing."""


@pytest.fixture
def journey(tmp_path: Path, database: Database) -> Journey:
    """A clinic whose afternoon it is, on each kind of database."""
    return begin(tmp_path, database=database)


def console(journey: Journey, login: str, size: tuple[int, int], language: str) -> Terminal:
    """A console signed in as somebody."""
    locale = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language]
    settings = {**journey.environment, "AFTERCALL_PIN": PIN, "LC_ALL": locale, "PYTHONUTF8": "1"}
    return Terminal(journey.signed_in(login), size=size, environment=settings)


def rings(terminal: Terminal) -> int:
    """How often the terminal was made to ring."""
    with terminal._lock:
        return TITLES.sub(b"", bytes(terminal.raw)).count(b"\x07")


def test_a_red_flag_reaches_the_leads_board_before_the_call_is_saved(journey: Journey) -> None:
    journey.take_in(WANG)
    with console(journey, "li", (120, 36), "en") as li, console(journey, "lead", (80, 24), "zh") as lead:
        caller = Player(li)
        caller.back_in_queue()
        li.see("1  ")
        lead.see("取下一个")
        lead.press("b")
        lead.see("看板", "没有上报的事项")
        li.press("enter")
        caller.connect()
        caller.identify()
        caller.answer(stop=("sign",))
        assert rings(lead) == 0
        pressed = time.monotonic()
        caller.key("2")
        lead.see("!! 立即急救", "新 1", "李敏", patience=10)
        seen = time.monotonic() - pressed
        lead.until(lambda _text: rings(lead) == 1, "the bell", patience=10)
        rung = time.monotonic() - pressed
        assert journey.rows("SELECT id FROM call") == []
        assert [row["level"] for row in journey.rows("SELECT level FROM escalation")] == ["EMERGENCY"]
        # Masked on every seat but the caller's own.
        assert "王小丽" not in lead.text and "王*" in lead.text
        # The mark stands, the bell does not ring again, whatever is painted.
        lead.press("f9", "f9")
        lead.see("!! 立即急救")
        li.press("f10")
        li.see("Who was told?")
        li.press("1")
        lead.gone("!! 立即急救")
        lead.see("已告诉")
        assert rings(lead) == 1
        print(f"{journey.database.dialect}: seen after {seen:.2f} s, rung after {rung:.2f} s")
        assert max(seen, rung) < SEEN_WITHIN_S
        assert journey.rows("SELECT id FROM call") == []
