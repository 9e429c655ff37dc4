"""What the talk-track's placeholders stand for in this call, in the patient's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk.conversing import stopped
from console.desk.spoken import SPOKEN_ROLES as SPOKEN_ROLES
from console.desk.spoken import Dates as Dates
from console.desk.spoken import dates_of, values
from console.desk.spoken import spoken_day as spoken_day
from console.desk.spoken import spoken_time as spoken_time

if TYPE_CHECKING:
    from console.screens.call import CallScreen

VOICEMAIL = "situation:voicemail"


def told_dates(screen: CallScreen) -> Dates:
    """The dates told in this call: worked out once for every turn, so that they are the same when read again."""
    turn = None if screen.talk is None else screen.talk.turn
    code = "" if turn is None else turn.code
    if code not in screen.dates:
        app = screen.console_app
        assert app.seat is not None
        screen.dates[code] = dates_of(turn, app.seat.policy, app.clock.now(), screen.zone)
    return screen.dates[code]


def placeholders(screen: CallScreen, lang: str) -> dict[str, str]:
    """Values of the talk-track's placeholders, as they stand in this call.

    Args:
        screen: the call.
        lang: language spoken with the patient.
    """
    app, sheet = screen.console_app, screen.sheet
    if app.seat is None or sheet is None:
        return {}
    card = screen.on_call or app.lookout.on_call
    people = card.people if card is not None else ()
    return values(
        app.seat,
        sheet,
        screen.claim,
        screen.library,
        people[0] if people else None,
        told_dates(screen),
        app.clock.now(),
        lang,
        clinic=app.lookout.first.clinic if app.lookout.first is not None else "",
        by_sheet=not _stranger(screen),
    )


def _stranger(screen: CallScreen) -> bool:
    """Whether somebody is spoken to who holds no sheet of the clinic's: only the patient does."""
    turn = None if screen.talk is None else screen.talk.turn
    return stopped(screen.typed) or (turn is not None and turn.code == VOICEMAIL)
