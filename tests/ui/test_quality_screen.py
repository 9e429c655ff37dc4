"""Reviews on the screen: a lead draws, scores by digits and ends; the caller reads and answers; improvements."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from textual.pilot import Pilot

from console import i18n, keys
from console.app import ConsoleApp
from console.desk import quality, quality_drawing
from console.desk.seat import Seat
from console.screens.board import BoardScreen
from console.screens.form import FormDialog
from console.screens.quality import QualityScreen
from console.screens.queue import QueueScreen
from console.screens.reports import ReportsScreen
from console.screens.review import ReviewScreen
from console.text import cells
from console.widgets.dialogs import Ask, Confirm, Read
from console.widgets.fields import FieldRow, Fields
from console.widgets.row_list import RowList
from tests.clinic import SampleClinic
from tests.desk.call_world import World
from tests.desk.quality_world import GOOD, talk
from tests.ui.conftest import SIZES, screen_lines, screen_text, settle
from tests.ui.real_desk import console_for, desk_off_the_loop, field_error, type_into


@pytest.fixture
def world(sqlite_database: object, now: object) -> World:
    from tests.clinic import make_clinic

    clinic: SampleClinic = make_clinic(sqlite_database, now)  # type: ignore[arg-type]
    made = World(clinic, now)  # type: ignore[arg-type]
    talk(made, made.person("钱很短"), seconds=15, each=2)
    made.later(days=1)
    clinic.now = made.now
    return made


@pytest.fixture(autouse=True)
def _words() -> Iterator[None]:
    yield
    i18n.use("en")
    keys.override({})


def rows(world: World, sql: str) -> list[dict[str, object]]:
    """Read in a thread: the loop may not touch the record."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(world.clinic.rows, sql).result()


def scored(world: World, seat: Seat) -> None:
    """Yesterday's call drawn and scored."""
    quality_drawing.draw_due(seat, world.now)
    (review,) = quality.reviews(seat, date(2026, 6, 15), date(2026, 6, 15), world.now)
    quality.score(seat, review.id, GOOD, (), "先把问题读完", ("communication",), world.now)


def answered(world: World, review: dict[str, object]) -> None:
    """The caller answers at a seat of her own."""
    quality.answer(world.clinic.new_seat("li"), int(str(review["id"])), "客户赶时间", world.now)


def check_frame(app: ConsoleApp, size: tuple[int, int]) -> None:
    assert {cells(line) for line in screen_lines(app)} == {size[0]}
    text = screen_text(app)
    assert "error." not in text and not any(sign in text for sign in "·…—")


async def to_quality(app: ConsoleApp, pilot: Pilot[int], *presses: str) -> None:
    await settle(pilot, lambda: app.seat is not None and isinstance(app.screen, QueueScreen | BoardScreen))
    for key in presses:
        await pilot.press(key)
        await settle(pilot, lambda: isinstance(app.screen, ReportsScreen | QualityScreen))
    await settle(pilot, lambda: isinstance(app.screen, QualityScreen))


async def test_a_lead_draws_scores_and_improves(world: World) -> None:
    size = SIZES[0]
    app = console_for(world.clinic, "lead", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            # By the reports, drawing what is due on the way.
            await to_quality(app, pilot, "r", "v")
            await settle(pilot, lambda: "待评" in screen_text(app) and "通话很短" in screen_text(app))
            assert "钱*" in screen_text(app) and "钱很短" not in screen_text(app)
            check_frame(app, size)
            await pilot.press("enter")
            await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "15 秒" in screen_text(app))
            check_frame(app, size)
            await pilot.press("k")
            await settle(pilot, lambda: isinstance(app.screen, Read))
            await pilot.press("escape")
            await settle(pilot, lambda: isinstance(app.screen, ReviewScreen))

            await pilot.press("s")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            # Nothing is preset: saving at once is refused at the first item.
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "还没评" in field_error(app, "opening"))
            check_frame(app, size)
            for item in quality.items():
                await pilot.press("3" if item.code == "flag" else "4" if item.code == "promise" else "1")
            # Behind the items: what makes it 0, which no digit too many takes; what to practise.
            await pilot.press("1", "2", "5", "down", "1")
            type_into(app, "scenario", "nobody_knows_it\u3002")
            type_into(app, "to_caller", "先把问题读完")
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "没有这个代码" in field_error(app, "scenario"))
            assert field_error(app, "scenario").count("\u3002") == 1
            type_into(app, "scenario", "")
            await settle(pilot, lambda: not field_error(app, "scenario"))
            check_frame(app, size)
            type_into(app, "scenario", "eyelid_orbital_bleed\u3002")
            await pilot.press("ctrl+s")
            await settle(
                pilot, lambda: isinstance(app.screen, ReviewScreen) and "先把问题读完" in screen_text(app)
            )
            (kept,) = rows(world, "SELECT * FROM review_score")
            most = {item.code: item.points for item in quality.items()}
            of = sum(most.values()) - most["promise"]
            assert (kept["score"], kept["of"]) == (of - most["flag"], of)
            assert kept["training"] == '["communication", "eyelid_orbital_bleed"]'
            assert '"fails": []' in str(kept["document"])
            check_frame(app, size)
            # Amending begins with what was said before, and what was said stays to be read.
            await pilot.press("s")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            before = app.screen.query_one(Fields).values()
            assert (before["to_caller"], before["scenario"]) == ("先把问题读完", "eyelid_orbital_bleed")
            assert (before["training"], before["opening"]) == (("communication",), "full")
            type_into(app, "reason", "再看了一遍")
            type_into(app, "to_caller", "两句都要读完")
            await pilot.press("ctrl+s")
            await settle(
                pilot, lambda: isinstance(app.screen, ReviewScreen) and "两句都要读完" in screen_text(app)
            )
            assert "当时的评语：先把问题读完" in screen_text(app)
            await pilot.press("escape", "3", "a")
            await settle(pilot, lambda: isinstance(app.screen, FormDialog))
            type_into(app, "text", "问题卡放大字号")
            # Nobody is preset to see to it.
            await pilot.press("ctrl+s")
            await settle(pilot, lambda: "由谁负责" in field_error(app, "owner"))
            await pilot.press("right")
            await settle(pilot, lambda: not field_error(app, "owner"))
            await pilot.press("ctrl+s")
            await settle(
                pilot, lambda: isinstance(app.screen, QualityScreen) and "放大字号" in screen_text(app)
            )
            await pilot.press("d")
            await settle(pilot, lambda: isinstance(app.screen, Ask))
            await pilot.press(*"ok", "enter")
            await settle(pilot, lambda: isinstance(app.screen, QualityScreen) and "完成" in screen_text(app))
            check_frame(app, size)
            await pilot.press("2")
            await settle(pilot, lambda: "与金钱无关" in screen_text(app) and "Anna" in screen_text(app))
            check_frame(app, size)
            await pilot.press("pagedown", "pagedown")
            await settle(pilot, lambda: "李敏" in screen_text(app) and "跟踪率：100%" in screen_text(app))
            check_frame(app, size)
            await pilot.press("4")
            await settle(pilot, lambda: "按抽取规则" in screen_text(app))
            check_frame(app, size)
    assert not caught


async def test_the_queue_says_in_one_line_that_a_review_is_unread_until_it_is(world: World) -> None:
    size, seat = SIZES[0], world.seat("lead")
    said = "您的通话有 1 条评价还没看，按 v 查看。"
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scored, world, seat).result()
    app = console_for(world.clinic, "li", "zh", mode="queue")
    with desk_off_the_loop() as caught:
        async with app.run_test(size=size, notifications=True) as pilot:
            await settle(pilot, lambda: isinstance(app.screen, QueueScreen) and said in screen_text(app))
            assert said in [line.strip() for line in screen_lines(app)]
            check_frame(app, size)
            await to_quality(app, pilot, "v")
            await settle(pilot, lambda: "已评" in screen_text(app))
            await pilot.press("enter")
            await settle(
                pilot, lambda: isinstance(app.screen, ReviewScreen) and "先把问题读完" in screen_text(app)
            )
            await pilot.press("escape", "escape")
            await settle(
                pilot, lambda: isinstance(app.screen, QueueScreen) and "条评价" not in screen_text(app)
            )
    assert not caught
    other = console_for(world.clinic, "anna", "zh", mode="queue")
    async with other.run_test(size=size, notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(other.screen, QueueScreen) and other.seat is not None)
        await settle(pilot, lambda: "Anna" in screen_lines(other)[0])
        assert "条评价" not in screen_text(other)


async def test_a_caller_answers_and_a_lead_ends_it(world: World) -> None:
    size, seat = SIZES[1], world.seat("lead")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scored, world, seat).result()
    app = console_for(world.clinic, "li", "zh", mode="queue")
    async with app.run_test(size=size, notifications=True) as pilot:
        await to_quality(app, pilot, "v")
        await settle(pilot, lambda: "已评" in screen_text(app))
        assert "对我通话的评价" in screen_lines(app)[0] and "未读：1" in screen_lines(app)[0]
        await pilot.press("enter")
        await settle(
            pilot, lambda: isinstance(app.screen, ReviewScreen) and "先把问题读完" in screen_text(app)
        )
        # She neither scores nor ends it.
        await pilot.press("s", "c")
        await pilot.press("a")
        await settle(pilot, lambda: isinstance(app.screen, FormDialog))
        type_into(app, "answer", "客户赶时间")
        await pilot.press("ctrl+s")
        await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "客户赶时间" in screen_text(app))
        check_frame(app, size)
        # Nothing stays on the page when she leaves her seat, nor in the list behind it.
        await app.take_seat(None)
        await settle(pilot, lambda: "先把问题读完" not in screen_text(app))
        await app.pop_screen()
        await settle(pilot, lambda: isinstance(app.screen, QualityScreen))
        assert app.screen.query_one(RowList).option_count == 0
    (review,) = rows(world, "SELECT * FROM call_review")
    assert (review["status"], review["caller_answer"]) == ("answered", "客户赶时间")
    lead = console_for(world.clinic, "lead", "en", mode="queue")
    async with lead.run_test(size=size, notifications=True) as pilot:
        await to_quality(lead, pilot, "v")
        await settle(pilot, lambda: "answered" in screen_text(lead))
        await pilot.press("enter")
        await settle(
            pilot, lambda: isinstance(lead.screen, ReviewScreen) and "客户赶时间" in screen_text(lead)
        )
        check_frame(lead, size)
        await pilot.press("c")
        await settle(pilot, lambda: isinstance(lead.screen, Confirm))
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(lead.screen, ReviewScreen) and "closed" in screen_text(lead))
    assert rows(world, "SELECT status FROM call_review") == [{"status": "closed"}]


async def to_scored(app: ConsoleApp, pilot: Pilot[int]) -> None:
    """The page of the one review there is, which was scored."""
    await to_quality(app, pilot, "v")
    await settle(pilot, lambda: "scored" in screen_text(app))
    await pilot.press("enter")
    await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "先把问题读完" in screen_text(app))


async def test_a_lead_is_asked_about_a_review_as_it_stands(world: World) -> None:
    seat = world.seat("lead")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scored, world, seat).result()
    (review,) = rows(world, "SELECT id FROM call_review")

    app = console_for(world.clinic, "lead", "en", mode="queue")
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await to_scored(app, pilot)
        await pilot.press("c")
        await settle(
            pilot, lambda: isinstance(app.screen, Confirm) and "has not answered" in screen_text(app)
        )
        # She answers while the question stands: it was asked about something else.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(answered, world, review).result()
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "客户赶时间" in screen_text(app))
        assert rows(world, "SELECT status FROM call_review") == [{"status": "answered"}]
        await pilot.press("c")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert "has not answered" not in screen_text(app)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "closed" in screen_text(app))


async def test_a_question_is_asked_of_what_stands_not_of_what_was_opened(world: World) -> None:
    seat = world.seat("lead")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scored, world, seat).result()
    (review,) = rows(world, "SELECT id FROM call_review")
    app = console_for(world.clinic, "lead", "en", mode="queue")
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await to_scored(app, pilot)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(answered, world, review).result()
        await pilot.press("c")
        await settle(pilot, lambda: isinstance(app.screen, Confirm))
        assert "has not answered" not in screen_text(app)


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_score_window_shows_whole_labels_and_its_digits(world: World, lang: str) -> None:
    seat = world.seat("lead")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(quality_drawing.draw_due, seat, world.now).result()
    app = console_for(world.clinic, "lead", lang, mode="queue")
    async with app.run_test(size=SIZES[0], notifications=True) as pilot:
        await to_quality(app, pilot, "v")
        await settle(pilot, lambda: app.screen.query_one(RowList).option_count == 1)
        await pilot.press("enter")
        await settle(pilot, lambda: isinstance(app.screen, ReviewScreen) and "15" in screen_text(app))
        await pilot.press("s")
        await settle(pilot, lambda: isinstance(app.screen, FormDialog))
        for row in app.screen.query(FieldRow):
            label = row.query_one(".field-label")
            assert cells(row.field.label) < label.size.width, row.field.label
        assert {"zh": "1 是", "en": "1 yes"}[lang] in screen_text(app).replace("\u00a0", " ")
        opening = next(row for row in app.screen.query(FieldRow) if row.field.name == "opening")
        assert opening.control.size.height == 1
