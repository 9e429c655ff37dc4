"""From a picked call to its debrief, and on: the clinic of the call is opened, played in, and thrown away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console.clock import SystemClock
from console.i18n import _
from console.practice.ground import Ground
from console.practice.records import Grade
from console.screens import debrief
from console.screens.practice_run import Pick
from console.text import toast
from console.widgets.practice_boxes import Begin

if TYPE_CHECKING:
    from datetime import timedelta

    from console.host import Host
    from console.practice.courses import Course
    from console.practice.play import Play
    from console.practice.stage import Stage
    from console.screens.practice import PracticeScreen

EXAM_TIMES = 2.0
"""An exam may take twice the time of the right call spoken without a pause; what is read aloud twice fits in."""
EXAM_LEAST_S = 180.0


async def ground(app: Host) -> Ground:
    """What the page works with. Args: the console; whoever started it has put the clinic there."""
    assert app.practice is not None, "a practice page stands on a practice clinic"
    return app.practice


async def start(page: PracticeScreen, pick: Pick) -> None:
    """Plays a call and shows its debrief, and whatever is chosen there, until the list is wanted again."""
    if page.starting:
        return
    page.starting = True
    try:
        follows: Pick | None = pick
        while follows is not None:
            follows = await _one(page, follows)
    finally:
        page.starting = False


async def start_course(page: PracticeScreen, course: Course) -> None:
    """Plays the next call of a course; from its beginning when all were passed."""
    assert page.run is not None
    code = page.run.next_of(course)
    if code is None:
        if course.grade is Grade.EXAM:
            toast(page.app, _("Every exam of this course was taken: there is one try."), "warning")
            return
        code = course.scenarios[0]
    if code in page.scenarios:
        await start(page, Pick(page.scenarios[code], course.grade, course=course))


async def _one(page: PracticeScreen, pick: Pick) -> Pick | None:
    """One call with everything done again in it. Returns: the call after it, None for the list."""
    app, run = page.console_app, page.run
    assert run is not None and page.ground is not None
    if pick.grade is Grade.EXAM:
        if (pick.scenario.code, pick.course_code) in run.used:
            toast(app, _("This exam was taken: there is one try."), "warning")
            return None
        question = _(
            "An exam: no hints, a clock, one try. Leaving uses the try, nothing can be done again. Begin?"
        )
        if not await app.push_screen_wait(Begin(question, _("begin"))):
            return None
    play: Play | None = None
    begin_at = 0
    while True:
        ended = await _played(page, pick, play, begin_at)
        if ended is None:
            return None
        chosen = await _debriefed(page, pick, ended)
        if chosen is None:
            return None
        what, at = chosen
        if what == debrief.ONWARD and pick.course is not None:
            code = run.next_of(pick.course, pick.scenario.code)
            return (
                None
                if code is None or code not in page.scenarios
                else replace(pick, scenario=page.scenarios[code])
            )
        play, begin_at = (ended, at) if what == debrief.REDO else (None, 0)
        if what == debrief.AGAIN:
            # Another seed words it otherwise: the same call is not learned by heart.
            pick = replace(pick, seed=pick.seed + 1)


async def _played(page: PracticeScreen, pick: Pick, before: Play | None, begin_at: int) -> Play | None:
    """Plays a call in a clinic of its own. Args: page; pick; an earlier run of it and the action to begin at."""
    from console.practice import advice, clinic
    from console.practice import play as engine
    from console.practice import score as scoring
    from console.screens.practice_call import PracticeCall

    app, grounds = page.console_app, page.ground
    assert grounds is not None and app.seat is not None and page.run is not None
    role = app.seat.role if app.seat.role in clinic.ROLES else clinic.ROLES[0]
    stage = await app.work.write(clinic.opened, grounds.base, pick.scenario, role=role)
    seat, clock, database = app.seat, app.clock, app.database
    try:
        actions = () if before is None else before.actions[:begin_at]
        play, _refused = await app.work.read(engine.run, stage, pick.seed, pick.grade, actions)
        limit = None
        if pick.grade is Grade.EXAM:
            right = await app.work.read(advice.right_call, stage, pick.seed)
            limit = max(EXAM_TIMES * (pick.scenario.norm_s or right.seconds), EXAM_LEAST_S)
            if grounds.began is not None:
                unplayed = await app.work.read(scoring.score, play)
                await app.work.write(grounds.began, unplayed, pick.course_code, pick.place)
            page.run.used.add((pick.scenario.code, pick.course_code))
        assert stage.seat is not None and stage.database is not None
        app.clock = SystemClock.starting_at(stage.now + _spent(play))
        app.seat, app.database = stage.seat, stage.database
        return await app.push_screen_wait(PracticeCall(play, limit))
    finally:
        app.seat, app.clock, app.database = seat, clock, database
        # An alarm of the call that is over is nobody's any more.
        await app.look_now()
        await app.work.write(_removed, stage)


def _spent(play: Play) -> timedelta:
    from datetime import timedelta

    return timedelta(seconds=play.clock)


def _removed(stage: Stage) -> None:
    from console.practice import clinic

    clinic.removed(stage)


async def _debriefed(page: PracticeScreen, pick: Pick, play: Play) -> debrief.Chosen:
    """Scores a call, keeps and reports the score, and shows it. Returns what was chosen there."""
    from console.practice import score as scoring
    from console.scripts import scorecard
    from console.widgets.score_lines import Played

    app, run, grounds = page.console_app, page.run, page.ground
    assert run is not None and grounds is not None
    score = await app.work.read(scoring.score, play)
    run.note(pick, score)
    if grounds.report is not None:
        await app.work.write(grounds.report, score, pick.course_code, pick.place)
    stage = play.stage
    played = Played(
        scenario=stage.scenario,
        score=score,
        actions=play.actions,
        said=play.said,
        library=stage.library,
        card=scorecard.shipped(),
        values=stage.values,
        mark=run.mark(pick.course),
    )
    course = [] if pick.course is None else run.of_course(pick.course)
    after = None if pick.course is None else run.next_of(pick.course, pick.scenario.code)
    screen = debrief.DebriefScreen(
        played,
        pick,
        passed=run.passed(score, pick.course),
        course=course,
        follows=after in page.scenarios,
    )
    return await app.push_screen_wait(screen)
