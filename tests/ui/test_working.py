"""Handing on, and contacts that are no telephone call, by their keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.desk import queue
from console.screens.form import FormDialog
from console.screens.patient import PatientScreen
from console.screens.queue import QueueScreen
from console.widgets.dialogs import Ask, Choose
from console.widgets.fields import FieldRow
from db.enums import ItemClass
from tests.desk.call_world import World
from tests.ui.call_desk import Caller, Sit, check_frame
from tests.ui.conftest import SIZES, screen_lines, screen_text
from tests.ui.real_desk import field_error, type_into

SAID = "短信回复：恢复很好，形态自然，没有不舒服，半年后再说。"


@pytest.fixture
def world(world: World) -> World:
    """A clinic without patients, everybody on duty."""
    made = world
    connection = made.clinic.database.connection()
    connection.execute("UPDATE staff SET on_duty = TRUE WHERE login IN ('he', 'anna')", {})
    return made


async def pick(caller: Caller, words: str) -> None:
    """Presses the digit of a choice."""
    await caller.until(lambda: isinstance(caller.app.screen, Choose) and words in caller.text)
    line = next(line for line in screen_lines(caller.app) if words in line)
    await caller.press(next(char for char in line if char.isdigit()))


@pytest.mark.parametrize(
    ("size", "language", "way"), [(SIZES[0], "zh", "企业微信"), (SIZES[1], "en", "WeCom")]
)
async def test_who_writes_back_is_asked_everything(
    world: World, sit: Sit, size: tuple[int, int], language: str, way: str
) -> None:
    person = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY)
    async with sit(language, size) as caller:
        await caller.open(person)
        await caller.press("w")
        await pick(caller, way)
        await pick(caller, "照话术" if language == "zh" else "as on the telephone")
        await caller.until(lambda: caller.call.stage == "talking" and caller.app.screen is caller.call)
        check_frame(caller)
        assert [one["channel"] for one in world.attempts(person)] == ["wecom"]
        assert not caller.call.check_action("other", ())
        # It is no telephone call: neither its top line, nor its first words, nor the number say so.
        assert "用文字给您做个回访" in caller.text and way in screen_lines(caller.app)[0]
        for phoned in ("方便说话吗", "connected", "已接通"):
            assert phoned not in caller.text
        who = next(line for line in screen_lines(caller.app) if "wang xiaoli" in line)
        assert person.e164[-4:] not in who
        await caller.press("f8")
        await caller.see({"zh": "对方不再回复", "en": "no more answers came"}[language])
        await caller.press("escape")
        await caller.until(lambda: caller.app.screen is caller.call)
        await caller.identify()
        await caller.answer_all()
        await caller.press("ctrl+s")
        await caller.until(lambda: world.item(person.item_id)["state"] == "done")


async def test_a_text_is_noted_in_the_call_and_settles_what_is_routine(world: World, sit: Sit) -> None:
    person = world.person(day=90, milestone="D90", klass=ItemClass.ROUTINE)
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.press("w")
        await pick(caller, "短信")
        await pick(caller, "只记下")
        await caller.until(lambda: isinstance(caller.app.screen, FormDialog))
        names = [row.field.name for row in caller.app.screen.query(FieldRow)]
        assert names == ["channel", "answered", "words", "settles"]
        type_into(caller.app, "words", "好")
        settles = next(row for row in caller.app.screen.query(FieldRow) if row.field.name == "settles")
        settles.control.focus()
        await caller.press("space", "ctrl+s")
        await caller.until(lambda: field_error(caller.app, "words") != "")
        assert "20" in field_error(caller.app, "words")
        type_into(caller.app, "words", SAID)
        await caller.press("ctrl+s")
        await caller.back_in_queue()
    assert world.item(person.item_id)["close_reason"] == "by_sms"
    assert [one["channel"] for one in world.attempts(person)] == ["sms"]


async def test_a_talk_face_to_face_is_noted_in_the_file(world: World, sit: Sit) -> None:
    person = world.person()
    async with sit("en") as caller:
        await caller.signed_in()
        caller.app.push_screen(PatientScreen(person.id))
        await caller.until(lambda: getattr(caller.app.screen, "page", None) is not None)
        await caller.press("m")
        await pick(caller, "A message, or a talk")
        await caller.until(lambda: isinstance(caller.app.screen, FormDialog))
        assert {row.field.name for row in caller.app.screen.query(FieldRow)} == {
            "channel",
            "answered",
            "words",
        }
        way = next(row for row in caller.app.screen.query(FieldRow) if row.field.name == "channel")
        way.control.focus()
        await caller.press("4")
        type_into(caller.app, "words", "She came by: all is well.")
        await caller.press("ctrl+s")
        await caller.until(lambda: isinstance(caller.app.screen, PatientScreen))
        await caller.press("3")
        await caller.see("She came by")
    assert [(one["channel"], one["result"]) for one in world.attempts(person)] == [
        ("face_to_face", "connected")
    ]
    assert world.item(person.item_id)["state"] == "ready"


async def test_a_call_is_handed_on_by_key(world: World, sit: Sit) -> None:
    person, promised = world.person(), world.person("赵敏")
    li, he = world.clinic.staff_ids["li"], world.clinic.staff_ids["he"]
    connection = world.clinic.database.connection()
    connection.execute(
        "INSERT INTO promise (clinic_id, patient_id, item_id, at, mine_staff_id, what, made_by, made_at, status) "
        "VALUES (1, :p, :i, :at, :li, '', :li, 1, 'open')",
        {
            "p": promised.id,
            "i": promised.item_id,
            "at": int((world.now + timedelta(hours=1)).timestamp() * 1000),
            "li": li,
        },
    )
    connection.execute(
        "UPDATE item SET promise_id = 1, promise_at = (SELECT at FROM promise), state = 'waiting' WHERE id = :i",
        {"i": promised.item_id},
    )
    async with sit("zh") as caller:
        await caller.signed_in()
        await caller.until(lambda: len(caller.app.screen._rows) == 1)  # type: ignore[attr-defined]
        await caller.press("h")
        await pick(caller, "我名下的全部")
        await pick(caller, "何护士")
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press(*"out", "enter")
        await caller.until(lambda: isinstance(caller.app.screen, QueueScreen))
        await caller.until(lambda: queue.held_by_me(world.seat("he")) == 1)
        await caller.press("h")
        await pick(caller, "何护士")
        await caller.until(lambda: isinstance(caller.app.screen, Ask))
        await caller.press(*"out", "enter")
        await caller.until(lambda: world.item(person.item_id)["owner_staff_id"] == he)
        await caller.until(lambda: caller.app.screen._rows == ())  # type: ignore[attr-defined]
        assert "王小丽" not in screen_text(caller.app)


async def test_a_talk_face_to_face_begins_as_one_and_is_still_one_after_a_crash(
    world: World, sit: Sit
) -> None:
    person = world.person(day=2, milestone="D2", klass=ItemClass.SAFETY)
    async with sit("zh") as caller:
        await caller.open(person)
        await caller.press("w")
        await pick(caller, "当面")
        await pick(caller, "照话术")
        await caller.until(lambda: caller.call.stage == "talking" and caller.app.screen is caller.call)
        assert (
            "当面跟您做个回访" in caller.text and "电话" not in caller.text.split("c 关注")[0].split("f1")[0]
        )
        await caller.until(lambda: caller.call.draft_kept is not None)
    async with sit("zh") as caller:
        await caller.signed_in()
        await caller.press("u")
        await caller.until(lambda: isinstance(caller.app.screen, Choose))
        await caller.press("1")
        await caller.until(lambda: caller.call.stage == "talking" and caller.call.sheet is not None)
        await caller.see("当面跟您做个回访")
        assert "当面" in screen_lines(caller.app)[0]
