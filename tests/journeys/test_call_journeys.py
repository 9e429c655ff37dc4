"""Journeys through the real program in a pseudo-terminal, keys only; every row is compared with what was typed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clinic import PIN
from tests.journeys.clinic import Journey, Person, begin
from tests.journeys.player import Player
from tests.journeys.terminal import Terminal

WANG = Person(1, "王小丽", "双眼皮", 1)
LI = Person(2, "李红", "假体隆鼻", 1, phone="13800000222")


@pytest.fixture
def journey(tmp_path: Path, sqlite_template: Path) -> Journey:
    """A clinic whose afternoon it is."""
    return begin(tmp_path, template=sqlite_template)


def console(
    journey: Journey, login: str, size: tuple[int, int] = (120, 36), language: str = "en"
) -> Terminal:
    """A console signed in as somebody, in a language."""
    locale = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language]
    environment = {**journey.environment, "AFTERCALL_PIN": PIN, "LC_ALL": locale, "PYTHONUTF8": "1"}
    return Terminal(journey.signed_in(login), size=size, environment=environment)


def wait_for_row(journey: Journey, sql: str, within_s: float = 15.0) -> list[dict[str, object]]:
    """Rows of a query, waited for."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        rows = journey.rows(sql)
        if rows:
            return rows
        time.sleep(0.05)
    raise AssertionError(f"no row: {sql}")


def control_bytes_of_data(raw: bytes) -> list[bytes]:
    """Markers that hostile data would leave if anything in it were interpreted."""
    return [
        mark
        for mark in (b"\x1b]0;PWN", b"\x1b]52;", b"\x1b[2Jx", "\u009b".encode(), "\u202e".encode())
        if mark in raw
    ]


def test_a_red_flag_is_on_record_before_the_call_is_saved(journey: Journey) -> None:
    journey.take_in(WANG)
    with console(journey, "li") as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("1  ")
        terminal.press("enter")
        player.connect()
        player.identify()
        player.answer(stop=("sign",))
        assert "NOW" in terminal.text or "2 H" in terminal.text
        pressed = time.monotonic()
        player.key("2")
        rows = wait_for_row(journey, "SELECT * FROM escalation")
        assert time.monotonic() - pressed < 5
        assert rows[0]["level"] in ("EMERGENCY", "SAME_DAY")
        assert journey.rows("SELECT * FROM call") == []
        terminal.see("!!", "handed over")
        answer = player.answer()
        assert answer in ("concerns", "close")
        terminal.press("ctrl+s")
        if rows[0]["level"] == "EMERGENCY":
            terminal.see("told")
            assert journey.rows("SELECT * FROM call") == []
        terminal.press("f10")
        terminal.see("Who was told?")
        terminal.press("1")
        wait_for_row(journey, "SELECT * FROM escalation WHERE told_at IS NOT NULL")
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        assert call["outcome"] == "completed"
        assert call["spoke_to"] == "patient"
        assert len(str(call["summary"])) >= 20
        answers = {row["question"]: row["value"] for row in journey.rows("SELECT * FROM answer")}
        assert "yes" in answers.values()
        linked = journey.rows("SELECT * FROM escalation WHERE call_id IS NOT NULL OR contact_id IS NOT NULL")
        assert len(linked) == len(journey.rows("SELECT * FROM escalation"))


def test_from_the_export_to_a_resolved_escalation(journey: Journey) -> None:
    path = journey.export([WANG, LI])
    environment = {**journey.environment, "LC_ALL": "C.UTF-8"}
    with Terminal(["import", str(path)], environment=environment) as terminal:
        assert terminal.finished(60) == 0
    with Terminal([], size=(120, 36), environment=environment) as terminal:
        player = Player(terminal)
        terminal.see("Sign in", "PIN")
        terminal.fill("lead", "enter")
        terminal.type(PIN)
        terminal.press("enter")
        player.back_in_queue()
        terminal.see("1  ")
        terminal.press("enter")
        player.connect()
        player.identify()
        player.answer(stop=("sign",))
        player.key("2")
        row = wait_for_row(journey, "SELECT * FROM escalation")[0]
        assert journey.rows("SELECT * FROM call") == []
        terminal.see("handed over")
        terminal.press("f10")
        terminal.see("Who was told?")
        terminal.press("1")
        wait_for_row(journey, "SELECT * FROM escalation WHERE told_at IS NOT NULL")
        player.answer()
        terminal.press("f3")
        terminal.type("she will be brought in")
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        terminal.press("b")
        terminal.see("NOW" if row["level"] == "EMERGENCY" else "2 H", "acknowledge")
        terminal.press("a")
        acknowledged = wait_for_row(journey, "SELECT * FROM escalation WHERE acknowledged_at IS NOT NULL")[0]
        terminal.press("c")
        terminal.see("accept")
        terminal.fill("Dr Chen", "tab")
        terminal.type("spoken to on the telephone")
        terminal.press("ctrl+s")
        wait_for_row(journey, "SELECT * FROM escalation WHERE contacted_at IS NOT NULL")
        terminal.gone("accept")
        terminal.press("r")
        terminal.see("accept")
        terminal.fill("lid swollen, sight normal", "tab")
        terminal.fill("seen by the surgeon", "tab")
        terminal.fill("come at once if it changes")
        terminal.press("ctrl+s")
        resolved = wait_for_row(journey, "SELECT * FROM escalation WHERE resolved_at IS NOT NULL")[0]
    assert (call["outcome"], call["note"]) == ("completed", "she will be brought in")
    assert acknowledged["owner_staff_id"] == journey.clinic.staff_ids["lead"]
    assert resolved["status"] == "resolved"
    assert resolved["finding"] == "lid swollen, sight normal"
    assert resolved["action"] == "seen by the surgeon"
    assert resolved["told_patient"] == "come at once if it changes"
    kinds = [row["kind"] for row in journey.rows("SELECT kind FROM escalation_event ORDER BY id")]
    wanted = ["raised", "told", "acknowledged", "contacted", "resolved"]
    assert [kind for kind in kinds if kind in wanted] == wanted


def test_in_chinese_at_80x24_with_full_width_digits(journey: Journey) -> None:
    journey.take_in(WANG)
    with console(journey, "li", (80, 24), "zh") as terminal:
        player = Player(terminal, "zh", wide=True)
        player.back_in_queue()
        terminal.see("王*")
        assert "王小丽" not in terminal.text
        terminal.press("enter")
        player.connect()
        assert "王小丽" in terminal.text
        player.identify()
        player.answer(pain="3")
        terminal.press("f3")
        terminal.type("客户说恢复得不错")
        terminal.see("恢复得不错")
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        assert call["note"] == "客户说恢复得不错"
        assert call["pain"] == 3
        assert call["outcome"] == "completed"
        assert json.dumps(call["summary"], ensure_ascii=False).isascii() is False
        items = {row["milestone"]: row["state"] for row in journey.rows("SELECT milestone, state FROM item")}
        assert items["D1"] == "done"


def test_killed_in_the_middle_of_a_call(journey: Journey) -> None:
    journey.take_in(WANG)
    with console(journey, "li") as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("王*")
        terminal.press("enter")
        player.connect()
        player.identify()
        terminal.press("f3")
        terminal.type("half a sentence")
        wait_for_row(journey, "SELECT * FROM draft WHERE document LIKE '%half a sentence%'")
        terminal.kill()
    lease = journey.rows("SELECT * FROM contact_lease")[0]
    assert lease["stage"] in ("dialling", "connected")
    with console(journey, "anna") as colleague:
        Player(colleague).back_in_queue()
        colleague.press("enter")
        colleague.see("Nobody can be called now.")
        assert journey.rows("SELECT staff_id FROM contact_lease") == [{"staff_id": lease["staff_id"]}]
    with console(journey, "li") as owner:
        Player(owner).back_in_queue()
        owner.see("unsaved 1")
        owner.press("u")
        owner.see("Unsaved calls")
        owner.press("enter")
        owner.see("half a sentence")
        assert journey.rows("SELECT * FROM call") == []


def test_an_unknown_caller_whose_call_ends_in_an_emergency(journey: Journey) -> None:
    with console(journey, "li") as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.press("f7")
        terminal.see("A call came in")
        terminal.type("13912345678")
        terminal.see("Somebody we do not know")
        terminal.press("enter")
        terminal.see("Unknown caller")
        terminal.press("f4", "f4")
        row = wait_for_row(journey, "SELECT * FROM escalation")[0]
        assert row["level"] == "EMERGENCY"
        assert row["patient_id"] is None
        assert str(row["caller_number"]).endswith("13912345678")
        terminal.see("!!", "王主管")
        terminal.press("f10")
        terminal.see("Who was told?")
        terminal.press("1")
        told = wait_for_row(journey, "SELECT * FROM escalation WHERE told_at IS NOT NULL")[0]
        assert told["told_who"] == "王主管"
        terminal.press("f8")
        terminal.see("How did it end?")
        terminal.press("2")
        terminal.type("caller hung up to dial 120")
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        assert (call["direction"], call["outcome"], call["patient_id"]) == ("in", "partial", None)


def test_the_husband_answers_and_hears_nothing_clinical(journey: Journey) -> None:
    journey.take_in(LI)
    with console(journey, "li") as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("李*")
        terminal.press("enter")
        player.connect()
        terminal.see("[ ]")
        before = len(terminal.raw)
        player.key("8")
        terminal.see("Say nothing clinical.")
        shown = terminal.raw[before:].decode(errors="replace")
        assert "隆鼻" not in shown.split("Say nothing clinical.")[-1]
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        assert call["outcome"] == "proxy_reached"
        assert call["spoke_to"] == "proxy"
        assert journey.rows("SELECT * FROM answer") == []
        states = {row["milestone"]: row["state"] for row in journey.rows("SELECT milestone, state FROM item")}
        assert states["D1"] in ("ready", "waiting")


def test_a_routine_day_seven_call_takes_fourteen_keys(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.take_in(Person(3, "周慧", "双眼皮", 7))
    _finish(journey, "STITCHES")
    with console(journey, "li") as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("周*")
        terminal.presses = 0
        terminal.press("enter")
        player.connect()
        player.identify()
        player.answer()
        terminal.press("ctrl+s")
        player.back_in_queue()
        call = wait_for_row(journey, "SELECT * FROM call")[0]
        assert (call["outcome"], call["pain"], call["recovery"]) == ("completed", 2, "good")
        assert journey.rows("SELECT state FROM item WHERE milestone = 'D7'") == [{"state": "done"}]
        assert terminal.presses <= 14


def _finish(journey: Journey, milestone: str) -> None:
    """The stitches call was made the day before."""
    from db.connect import unit_of_work

    with unit_of_work(journey.database) as connection:
        connection.execute(
            "UPDATE item SET state = 'done', next_change_at = NULL WHERE milestone = :m", {"m": milestone}
        )


def test_hostile_text_typed_and_imported_reaches_no_terminal(journey: Journey) -> None:
    nasty: Callable[[str], str] = lambda text: text + "[bold]x[/bold][@click=app.bell]"  # noqa: E731
    journey.take_in(Person(9, nasty("王[/]五"), "双眼皮", 1))
    with console(journey, "li", (80, 24)) as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("王*")
        terminal.press("enter")
        player.connect()
        assert "[bold]x[/bold]" in terminal.text
        player.identify()
        terminal.press("f3")
        terminal.type("a[/b]\u202e\u200b😀".encode() + b"\xff\xc5")
        terminal.see("a[/b]")
        terminal.type("end")
        wait_for_row(journey, "SELECT * FROM draft WHERE document LIKE '%end%'")
        note = json.loads(str(journey.rows("SELECT document FROM draft")[0]["document"]))["note"]
        assert note.startswith("a[/b]😀") and note.endswith("end")
        assert not any(mark in note for mark in "\u202e\u200b\x1b\x9b")
        terminal.type("\x1b[200~pasted [/x]\u202e\u009b2J\u2066\x07\x7f\x1b[201~")
        terminal.see("[/x]2J")
        terminal.type(b"\x1b]0;PWN\x07\x1b[2Jx\x9b2J\x00")
        assert control_bytes_of_data(bytes(terminal.raw)) == []
        assert terminal.child.isalive()


def test_hostile_names_on_every_screen_of_the_real_program(journey: Journey) -> None:
    names = (
        "王[@click=app.bell]x[/]",
        "李\x1b]0;PWN\x07",
        "赵\x1b[2Jx",
        "钱\u009b31m",
        "孙\u202egnp",
        "周\u200b\ufeff家",
        "吴" * 3000,
        "郑👩‍👩‍👧",
    )
    journey.take_in(*(Person(20 + index, name, "双眼皮", 1) for index, name in enumerate(names)))
    with console(journey, "lead", (80, 24)) as terminal:
        player = Player(terminal)
        player.back_in_queue()
        terminal.see("1  ")
        for opens, shows, closes in (
            ("w", "stands here", "escape"),
            ("?", "Help", "escape"),
        ):
            terminal.press(opens)
            terminal.see(shows)
            terminal.press(closes)
            terminal.gone(shows)
        terminal.press("/")
        terminal.see("Find a person")
        terminal.fill("王")
        terminal.see("王*")
        terminal.press("enter")
        terminal.see("[@click=app.bell]x[/]")
        terminal.press("escape")
        player.back_in_queue()
        terminal.press("b")
        terminal.see("acknowledged")
        terminal.press("q")
        player.back_in_queue()
        for _each in names:
            terminal.press("enter")
            terminal.see("before the call")
            terminal.see("138 0000")
            terminal.press("f7")
            player.back_in_queue()
            terminal.press("down")
        assert control_bytes_of_data(bytes(terminal.raw)) == []
        assert terminal.child.isalive()
