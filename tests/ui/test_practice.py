"""Practice on the screen: a whole call by keys, what comes in by itself, an exam, and what a debrief leads to."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.events import Key as Press
from textual.widgets import Input, OptionList

from console.practice import clinic as practice_clinic
from console.practice.book import Book, only, shipped_folder
from console.practice.clinic import Base
from console.practice.courses import Course
from console.practice.records import Grade
from console.screens.call_turns import PickTurn
from console.screens.practice import PracticeScreen
from console.screens.practice_call import PracticeCall
from console.scripts.records import Words
from console.widgets.dialogs import Ask, Confirm, Read
from console.widgets.practice_boxes import HangUp
from console.widgets.score_lines import talk_lines
from tests.ui.call_desk import check_frame
from tests.ui.practice_desk import Trainee, base_of, practising

BLEED, HUSBAND = "eyelid_orbital_bleed", "husband_cannot_wake_her"
WHO, STRANGER = "talk_who_are_you", "who_wrong_number"
HOSTILE = "[@click=app.bell]x[/] [/急] a[red]b \x1b]0;PWN\x07 \x1b[2J \u202eabc %s {name}"


@dataclass(frozen=True)
class Clinic:
    """The practice clinic of all tests here, with few scenarios: reading them all takes a second."""

    base: Base
    book: Book


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The practice clinic, made once."""
    place = tmp_path_factory.mktemp("practice")
    folder = place / "scenarios"
    folder.mkdir()
    for code in (BLEED, HUSBAND, WHO, STRANGER):
        shutil.copyfile(shipped_folder() / f"{code}.toml", folder / f"{code}.toml")
    _hostile(folder, (folder / f"{WHO}.toml").read_text("utf-8"))
    yield Clinic(base_of(place / "clinic"), only(folder))


def _hostile(folder: Path, body: str) -> None:
    """A clinic's own scenario whose words are what breaks terminals."""
    bad = json.dumps(HOSTILE)
    body = body.replace(WHO, "own_bad").replace('"Yes, hello."', bad).replace('"steady and direct"', bad)
    body = body.replace("\"'Who are you, really?'\"", bad).replace(
        '"Daniel Okafor"', json.dumps(HOSTILE[:24])
    )
    assert body.count(bad) == 3
    (folder / "own_bad.toml").write_text(body, "utf-8")


def check(trainee: Trainee) -> None:
    """The frame is whole, and says that nothing of this is real."""
    check_frame(trainee)  # type: ignore[arg-type]
    assert "DEMO" in trainee.text


async def test_whoever_presses_what_the_guided_line_says_passes(clinic: Clinic) -> None:
    async with practising(clinic.base, "en", book=clinic.book) as trainee:
        await trainee.begin(HUSBAND, "guided")
        check(trainee)
        named = await trainee.follow()
        await trainee.debriefed()
        check(trainee)
        score = trainee.debrief.played.score
        lost = {one.code for one in score.items if one.got < one.of}
        # A test keys faster than anybody reads: that alone is held against it.
        assert lost <= {"pace"} and score.saved and not score.instant_fail, (lost, named)
        assert {"f5", "f4", "tab", "f10", "8", "f3", "ctrl+s"} <= set(named)
        assert [(one[0].score, *one[1:]) for one in trainee.reported] == [(score.score, "", 0)]
        # What is typed as text is no keystroke of the call, nor is the key that only hurries.
        assert score.keys < 2 * score.keys_norm
        await trainee.press("q")
        await trainee.see(f"{100 * score.score // score.of}% ok")
        assert trainee.app.seat is not None and trainee.app.seat.database is trainee.app.database


async def test_what_comes_in_by_itself_is_heard_at_the_pace_of_speech_and_answered(clinic: Clinic) -> None:
    async with practising(clinic.base, "zh", book=clinic.book) as trainee:
        await trainee.begin(WHO, "normal")
        await trainee.see("声音：沉稳，直接")
        await trainee.connect()
        await trainee.until(lambda: "who" in trainee.call.play.patient.fired)
        assert "Hold on" not in trainee.text, "nobody has read the opening yet"
        check(trainee)
        await trainee.press("space")
        await trainee.see("Hold on. Are you a doctor?")
        assert not trainee.call.check_action("hurry", ())
        assert "下一步" not in trainee.text
        await trainee.press("t")
        await trainee.until(
            lambda: isinstance(trainee.app.screen, PickTurn) and bool(trainee.app.screen._shown)
        )
        window = trainee.app.screen
        assert isinstance(window, PickTurn) and window._offers is not None
        wanted = next(one for one in window._offers if one.code == "situation:asks_who_are_you")
        await trainee.turn(wanted.title.zh)
        await trainee.until(lambda: "who" in trainee.call.play.patient.answered)
        # What was said in one's own words is read for what may not be said.
        await trainee.press("v")
        await trainee.until(lambda: isinstance(trainee.app.screen, Ask))
        await trainee.press(*"I guarantee it", "enter")
        await trainee.until(lambda: any(one.code in ("sold", "words") for one in trainee.call.play.marks))
        said = trainee.call.play.said
        assert [one.text for one in said if one.code == "say"] == ["I guarantee it"]


async def test_a_missed_moment_is_marked_and_the_call_is_taken_up_again_before_it(clinic: Clinic) -> None:
    async with practising(clinic.base, "en", (120, 36), book=clinic.book) as trainee:
        await trainee.begin(BLEED, "normal")
        await trainee.connect()
        await trainee.press("1", "3")
        await trainee.until(lambda: bool(trainee.call.talk and trainee.call.talk.identified))
        await trainee.press("enter", "enter")
        await trainee.until(lambda: trainee.call.talk.current.question is not None)  # type: ignore[union-attr]
        # Her sight has changed, and it is keyed as if it had not; the next sign is keyed rightly and told.
        await trainee.press("1")
        await trainee.until(lambda: "vision_change" in trainee.call.play.stand.talk.answers)
        await trainee.press("2")
        await trainee.until(lambda: trainee.call.halted and not trainee.call.unwritten)
        await trainee.press("enter", "h")
        await trainee.until(lambda: isinstance(trainee.app.screen, HangUp))
        # Enter and ctrl+s were meant for the call.
        await trainee.press("enter", "ctrl+s")
        await trainee.see("nobody was told of", "h: hang up")
        await trainee.press("h")
        await trainee.debriefed()
        await trainee.see("Fails the whole call", "The call was not saved.", "sight has changed - no")
        assert not trainee.debrief.passed
        missed = trainee.debrief.missed
        lost = [one for one in trainee.debrief.played.score.items if one.got < one.of]
        await trainee.see(f"lost: {len(lost)} (moments: {len(missed)})")
        assert len(lost) > len(missed)
        talk, _places = talk_lines(trainee.debrief.played, missed, -1)
        assert any("[ticked: " in words for words, _style in talk)
        actions = trainee.debrief.played.actions
        at = next(
            n for n, one in enumerate(missed) if any(i.code == "answer:vision_change" for i in one.items)
        )
        assert actions[missed[at].action].about == "vision_change"
        assert not trainee.debrief.check_action("redo", ())
        await trainee.press(*["n"] * (at + 1))
        await trainee.see(">> missed, 5 points")
        await trainee.press("N", "n", "r")
        await trainee.in_call()
        await trainee.until(lambda: trainee.call.stage == "talking")
        call = trainee.call
        assert call.play.actions == tuple(actions[: missed[at].action])
        assert call.talk is not None and call.talk.identified and not call.talk.answers
        assert not call.escalations and call.typed.identity == {"birthday", "surgeon"}
        # It goes on from there as if nothing had been missed; taken up behind the sign, it stands on record.
        await trainee.press("2")
        await trainee.until(lambda: bool(trainee.call.escalations))
        await trainee.app.look_now()
        assert trainee.app.lookout.alarm_ids()
        await trainee.press("enter", "2", "enter", "h", "h")
        await trainee.debriefed()
        # The alarm of a call that is over is nobody's.
        assert not trainee.app.lookout.alarm_ids() and " NOW " not in trainee.text
        later = next(
            n
            for n, one in enumerate(trainee.debrief.missed)
            if trainee.debrief.played.actions[one.action].do == "leave"
        )
        await trainee.press(*["n"] * (later + 1), "r")
        await trainee.in_call()
        await trainee.until(lambda: trainee.call.stage == "talking" and bool(trainee.call.escalations))
        raised = {code for one in trainee.call.escalations.values() for code in one.flags}
        assert "vision_loss" in raised and trainee.call.box is not None and trainee.call.box.saved


async def test_an_exam_that_could_not_begin_is_not_used(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError("no room left")

    async with practising(clinic.base, "en", book=clinic.book) as trainee:
        await trainee.find(WHO, "exam")
        with monkeypatch.context() as patch:
            patch.setattr(practice_clinic, "opened", full)
            await trainee.press("enter")
            await trainee.until(lambda: isinstance(trainee.app.screen, Confirm))
            await trainee.press("enter")
            await trainee.see("Something unexpected happened")
        assert trainee.begun == [] and trainee.page.run is not None and not trainee.page.run.used
        await trainee.until(lambda: not trainee.page.starting)
        await trainee.press("enter")
        await trainee.until(lambda: isinstance(trainee.app.screen, Confirm))
        await trainee.press("enter")
        await trainee.in_call()
        assert len(trainee.begun) == 1 and trainee.page.run.used


async def test_an_exam_whose_clock_runs_out_is_over_as_it_stands_and_is_not_taken_again(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(
        "c", Words("课", "Course"), Words("", ""), Grade.EXAM, 80, (STRANGER, WHO), required=False
    )
    async with practising(clinic.base, "zh", book=clinic.book, courses=(course,)) as trainee:
        await trainee.until(lambda: bool(trainee.page.scenarios))
        await trainee.press("down") if trainee.page.marked is not course else None
        await trainee.until(lambda: trainee.page.marked is course)
        await trainee.press("enter")
        await trainee.see("没有提示，有时限，只有一次机会")
        assert trainee.begun == []
        await trainee.press("enter")
        await trainee.in_call()
        # Whatever happens now, the try is used.
        (begun,) = trainee.begun
        assert (begun[0].grade, begun[0].saved, *begun[1:]) == (Grade.EXAM, False, "c", 1)
        assert trainee.reported == []
        await trainee.see("考试 还剩")
        check(trainee)
        await trainee.connect()
        # A window is open when the time is up.
        await trainee.press("v")
        await trainee.until(lambda: isinstance(trainee.app.screen, Ask))
        trainee.call._began = time.monotonic() - 10_000
        await trainee.debriefed()
        await trainee.see("没有通过", "这通电话没有保存", "课：第1通，共2通")
        play = trainee.debrief.played
        assert play.actions[-1].do == "time_up" and not play.score.saved
        await trainee.press("n")
        assert not any(trainee.debrief.check_action(one, ()) for one in ("redo", "again"))
        await trainee.press("r")
        await trainee.see("考试只有一次机会，不能再来")
        assert trainee.debrief.check_action("onward", ())
        await trainee.press("enter")
        await trainee.until(lambda: isinstance(trainee.app.screen, Confirm))
        await trainee.press("enter")
        await trainee.in_call()
        assert isinstance(trainee.app.screen, PracticeCall)
        assert trainee.call.play.stage.scenario.code == WHO
        # Leaving uses the try, too; then the course is at its end.
        await trainee.press("h")
        await trainee.see("唯一的一次机会")
        await trainee.press("escape")
        await trainee.until(lambda: isinstance(trainee.app.screen, PracticeCall))
        # Closing practice is no way around it.
        await trainee.press("ctrl+q", "ctrl+q")
        await trainee.see("唯一的一次机会")
        await trainee.press("h")
        await trainee.debriefed()
        await trainee.see("这门课还没通过：2通里0通")
        assert [(one[1], one[2]) for one in trainee.reported] == [("c", 1), ("c", 2)]
        await trainee.press("escape")
        await trainee.until(lambda: isinstance(trainee.app.screen, PracticeScreen))
        await trainee.press("enter")
        await trainee.see("这门课的考试都用过了")


async def test_a_clinics_own_words_are_text_and_never_markup_or_an_escape_sequence(clinic: Clinic) -> None:
    async with practising(clinic.base, "en", book=clinic.book) as trainee:
        await trainee.find("own_bad", "guided")
        await trainee.see("[@click=app.bell]x[/]", "a[red]b")
        check(trainee)
        await trainee.press("enter")
        await trainee.in_call()
        check(trainee)
        await trainee.connect()
        await trainee.press("space")
        await trainee.see("%s {name}")
        check(trainee)
        await trainee.press("h", "h")
        await trainee.debriefed()
        await trainee.press("tab")
        await trainee.see("[/急] a[red]b")
        check(trainee)
        assert trainee.debrief.played.scenario.code == "own_bad"


async def test_a_key_of_a_call_is_one_keystroke_and_a_dial_that_was_answered_is_not_ended_unasked(
    clinic: Clinic,
) -> None:
    async with practising(clinic.base, "en", book=clinic.book) as trainee:
        await trainee.begin(HUSBAND, "guided")
        before = trainee.app.keys_pressed
        await trainee.press("f5")
        await trainee.until(lambda: trainee.call.dial is not None)
        await trainee.press("space")
        await trainee.see("Somebody takes the receiver")
        await trainee.press("2")
        await trainee.see("Somebody has taken the receiver", "no answer", "h: end the call")
        await trainee.press("escape")
        await trainee.until(lambda: trainee.app.screen is trainee.call)
        assert trainee.call.stage == "dialling" and not trainee.call.play.over
        await trainee.press("1")
        await trainee.until(lambda: trainee.call.play.stand.stage == "talking")
        assert trainee.app.keys_pressed - before == 4
        assert sum(one.keys for one in trainee.call.play.actions) == 4
        # What she gives is named once it was heard.
        await trainee.see("Next: space: let her speak")
        await trainee.press("space")
        await trainee.until(lambda: "let her speak" not in trainee.text)


async def test_what_is_typed_fast_is_found_before_enter_and_every_arrow_marks_a_call(clinic: Clinic) -> None:
    async with practising(clinic.base, "en", book=clinic.book) as trainee:
        await trainee.until(lambda: bool(trainee.page.scenarios))
        await trainee.press("question_mark")
        await trainee.until(lambda: isinstance(trainee.app.screen, Read))
        await trainee.press("escape")
        await trainee.until(lambda: trainee.app.screen is trainee.page)
        listed = trainee.page.query_one(OptionList)
        seen: set[str] = set()
        for key in ("up", "pageup", "up", "up", "down", "pagedown", "down", "pageup"):
            await trainee.press(key)
            assert listed.highlighted is not None and trainee.page.marked is not None
            assert trainee.page._rows[listed.highlighted] is trainee.page.marked, key
            seen.add(trainee.page.marked.code)
        assert len(seen) > 1
        for key in "husband":
            trainee.app.post_message(Press(key, key))
        trainee.app.post_message(Press("enter", "\r"))
        await trainee.in_call()
        assert trainee.call.play.stage.scenario.code == HUSBAND
        assert trainee.page.query_one("#practice-filter", Input).value == "husband"


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_faults_of_a_folder_are_one_line_and_what_is_whole_is_offered(
    clinic: Clinic, tmp_path: Path, size: tuple[int, int]
) -> None:
    for code in (WHO, STRANGER):
        shutil.copyfile(shipped_folder() / f"{code}.toml", tmp_path / f"{code}.toml")
    (tmp_path / "own_bad.toml").write_text("x = 1", "utf-8")

    def course(code: str, *calls: str) -> Course:
        return Course(code, Words(code, code), Words(code, code), Grade.NORMAL, 80, calls, False)

    offered = [course("whole", WHO, STRANGER), course("torn", WHO, "own_bad")]
    async with practising(clinic.base, "en", size, book=only(tmp_path), courses=offered) as trainee:
        await trainee.see("whole", ", own_bad.toml")
        assert "torn" not in trainee.text
        check(trainee)
        assert {WHO, STRANGER} == set(trainee.page.scenarios)
        assert any("day" in line and "Botulinum" in line for line in trainee.text.splitlines())
