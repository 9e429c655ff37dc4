"""From the queue to practice and back: the seat is left, practice runs as a process of its own, its results stay."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from console import alarms, i18n
from console.door import sentence
from console.i18n import _
from console.text import cells, toast
from db.errors import DatabaseLocked, DatabaseUnreachable, NotAllowed, RecordError

TRIES = 2
"""How often a result is written before it is given up: what failed before it was sent works on a fresh connection."""
LOCK_MIN = 3
"""Minutes after which the PIN is asked while no policy says otherwise (policy `staff.lock_min`)."""

OTHER_SCREEN, OWN_SCREEN = "\x1b[?1049h\x1b[2J\x1b[?25l", "\x1b[?25h\x1b[?1049l"
"""To a terminal's second screen, emptied and without a cursor, and back."""

if TYPE_CHECKING:
    from textual.geometry import Size

    from console.desk.seat import Seat
    from console.host import Host
    from console.practice.child import Ended, Setting


async def practise(app: Host) -> None:
    """Leaves the seat, practises, sits down again. A refusal is said, and nothing has changed.

    Args:
        app: the console, its queue in front.
    """
    from console.desk import practice, stepping_out
    from console.widgets.practice_boxes import Begin

    seat, front = app.seat, app.screen
    if seat is None:
        return
    if not can_suspend(app):
        raise NotAllowed("practice_no_terminal")
    await app.work.read(stepping_out.check, seat, app.clock.now())
    if app.screen is not front:
        # The key was pressed twice, or another one opened something meanwhile.
        return
    question = _("Practise now? You are off duty meanwhile: nobody is offered to you.")
    if not await app.push_screen_wait(Begin(question, _("practise"))):
        return
    resting = await app.work.read(practice.resting, seat, app.clock.now())
    await app.work.write(stepping_out.leave, seat, app.clock.now())
    await app.take_seat(None)
    began = time.monotonic()
    ended: Ended | None = None
    try:
        ended = _away(app, seat, _setting(app, seat, [(one.scenario, one.course) for one in resting]))
    finally:
        await _back(app, seat, time.monotonic() - began)
    _say(app, ended)


def can_suspend(app: Host) -> bool:
    """Whether the terminal can be handed over and taken back."""
    return app._driver is not None and app._driver.can_suspend  # pyright: ignore[reportPrivateUsage]


def _setting(app: Host, seat: Seat, resting: list[tuple[str, str]]) -> Setting:
    from console.practice.child import Setting

    return Setting(
        name=seat.name,
        language=i18n.language(),
        theme=app.theme,
        bell=app.config.bell,
        keys=app.config.keys,
        resting=resting,
        folder=app.config.practice_folder,
    )


def _away(app: Host, seat: Seat, setting: Setting) -> Ended:
    """Hands the terminal over. The loop stands still meanwhile: whatever it painted would go into practice."""
    from console.desk import practice
    from console.practice import child

    def keep(result: Mapping[str, Any]) -> None:
        # A connection that slept through a long practice may be gone, and the same result twice is one.
        for left in reversed(range(TRIES)):
            try:
                app.work.write_while_still(practice.keep, seat, result, app.clock.now())
                return
            except (DatabaseLocked, DatabaseUnreachable):
                if not left:
                    raise

    with app.suspend(), _waiting_picture(app.size):
        return child.run(setting, keep)


@contextmanager
def _waiting_picture(size: Size) -> Generator[None]:
    """One line on an empty screen until the child paints: behind the console stands whatever a shell left there.

    Args:
        size: of the screen, in cells.
    """
    # Where the console itself paints.
    out = sys.__stderr__
    if out is None or not out.isatty():
        yield
        return
    words = _("Preparing practice ...")
    column = max((size.width - cells(words)) // 2, 0) + 1
    with suppress(OSError):
        out.write(f"{OTHER_SCREEN}\x1b[{size.height // 2 + 1};{column}H{words}")
        out.flush()
    try:
        yield
    finally:
        with suppress(OSError):
            out.write(OWN_SCREEN)
            out.flush()


async def _back(app: Host, seat: Seat, away_s: float) -> None:
    """Sits down again; after a while the PIN is asked, as it is of a seat nobody touched."""
    from console import coming_and_going
    from console.desk import stepping_out

    try:
        back = await app.work.write(stepping_out.come_back, seat, app.clock.now())
    except RecordError as error:
        toast(app, sentence(error), "error")
        await coming_and_going.arrive(app, None, None, "queue")
        return
    long = away_s >= alarms.lock_minutes(back, LOCK_MIN) * 60 and not back.demo
    await app.take_seat(back, locked=long)


def _say(app: Host, ended: Ended) -> None:
    if ended.fault is not None:
        toast(app, sentence(ended.fault), "warning")
    if ended.kept:
        toast(app, _("Practice results kept: {n}.", n=ended.kept))
