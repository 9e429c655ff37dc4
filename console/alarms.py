"""What every seat watches: changes of the record, live alarms, the on-call list, whether the database
answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.door import sentence
from console.i18n import _
from console.words import left_words, level_word, post_op_words, procedure_word
from db.enums import Level

if TYPE_CHECKING:
    from console.desk.callouts import Trouble
    from console.desk.first_look import FirstLook
    from console.desk.seat import Seat
    from console.desk.watching import Watch
    from db.connect import Database
    from db.records import Escalation, OnCallCard

GRACE_S = 5.0
"""Seconds for which a console that just began may itself still bring the clocks up, before it says nobody does."""
STALE_S = 10.0
"""Seconds after which alarms are read again even when nothing was committed: their clocks run."""
LINES = 2
"""Alarms shown by line; more are counted, so that a screen keeps its room."""
IN_CALL = 1
"""Alarms shown by line during a call."""
NEW = "!! "
"""Marks an emergency that nobody has taken yet."""


def lock_minutes(seat: Seat | None, default: int) -> int:
    """Idle minutes before the lock, from the clinic's policy."""
    return default if seat is None else seat.policy.lock_min


class Lookout:
    """What was seen last. Reads run in reader threads; painting reads the attributes.

    Args:
        database: the record.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = threading.local()
        self._turn = threading.Lock()
        self._looked = time.monotonic()
        self._unwatched_since: float | None = None
        self.watch: Watch | None = None
        self.first: FirstLook | None = None
        self.alarms: tuple[Escalation, ...] = ()
        self.on_call: OnCallCard | None = None
        self.trouble = ""

    def changed(self) -> bool:
        """Whether somebody committed since this thread last asked. Each connection counts for itself, so
        the number is
        kept per thread; a thread that asks for the first time says yes."""
        version = self._database.connection().data_version()
        before: int | None = getattr(self._own, "version", None)
        self._own.version = version
        self.trouble = ""
        return version != before

    def look(self, seat: Seat, now: datetime) -> None:
        """Reads live alarms and the on-call list. One read after the other: of two threads the one that read earlier
        may be the later one to write down what it saw."""
        from console.desk import escalations

        with self._turn:
            self.alarms = tuple(escalations.live_alarms(seat, now))
            self.on_call = escalations.on_call(seat, now)
            self.look_at_watch(seat.clinic_id, now)

    def look_at_watch(self, clinic_id: int, now: datetime) -> None:
        """Reads whether somebody watches the clocks; also before anybody has signed in."""
        from console.desk import watching

        self.watch = watching.watch(self._database, clinic_id, now)
        if self.watch.watched:
            self._unwatched_since = None
        elif self._unwatched_since is None:
            self._unwatched_since = time.monotonic()
        self._looked = time.monotonic()

    def stale(self) -> bool:
        """Whether alarms have to be read again because time passed."""
        return time.monotonic() - self._looked > STALE_S

    def failed(self, error: BaseException) -> None:
        """Keeps what went wrong in words until a read succeeds."""
        self.trouble = sentence(error)

    def forget(self) -> None:
        """Nobody is signed in any more."""
        self.alarms, self.on_call = (), None

    def alarm_ids(self) -> set[int]:
        """Ids of the live alarms."""
        return {alarm.id for alarm in self.alarms}

    def to_ring_for(self) -> set[tuple[int, Level | None]]:
        """What the bell rings for, each once: a case that became an emergency since is new."""
        return {(alarm.id, alarm.level) for alarm in self.alarms}

    def notices(self, seat: Seat | None, now: datetime, *, most: int = LINES) -> list[tuple[str, str]]:
        """Kind ("alarm" or "warn") and words of each line to show, at most so many alarms by line."""
        lines: list[tuple[str, str]] = []
        if self.trouble:
            lines.append(("warn", self.trouble))
        lines += self._watch_lines(seat)
        if seat is None:
            return lines
        zone = ZoneInfo(seat.zone)
        ordered = in_order(self.alarms)
        lines += [("alarm", alarm_line(alarm, now, zone)) for alarm in ordered[:most]]
        if len(ordered) > most == 1:
            # In a call alarms are one line and no more.
            lines[-1] = ("alarm", f"+{len(ordered) - 1} {lines[-1][1]}")
        elif len(ordered) > most:
            rest = ordered[most:]
            free = sum(1 for alarm in rest if not taken(alarm))
            lines.append(("alarm", more_line(len(rest), free)))
        if self.on_call is not None and self.on_call.empty:
            lines.append(("warn", roster_line(self.on_call)))
        return lines

    def _watch_lines(self, seat: Seat | None) -> list[tuple[str, str]]:
        since = self._unwatched_since
        lines: list[tuple[str, str]] = []
        if since is not None and time.monotonic() - since >= GRACE_S:
            lines.append(("warn", unwatched_line()))
        # Which case it is about is nobody's business before the sign-in.
        if seat is not None and self.watch is not None and self.watch.troubles:
            lines.append(("alarm", trouble_line(self.watch.troubles)))
        return lines


def more_line(more: int, free: int) -> str:
    """That there are more alarms than lines. Args: how many more; how many of those nobody has taken up."""
    if more == 1:
        return _("One more alarm, and nobody has taken it: f11") if free else _("One more alarm: f11")
    if not free:
        return _("{n} more alarms: f11", n=more)
    return _("{n} more alarms, not taken by anybody: {free}. f11", n=more, free=free)


def in_order(alarms: Sequence[Escalation]) -> list[Escalation]:
    """What nobody has taken may not hide behind what somebody has, nor an emergency behind what is less."""
    return sorted(alarms, key=lambda alarm: (taken(alarm), not emergency(alarm)))


def taken(alarm: Escalation) -> bool:
    """Whether somebody phones the doctor, or has told one."""
    return bool(alarm.phoning or alarm.told_who)


def emergency(alarm: Escalation) -> bool:
    """Whether it is an emergency."""
    return alarm.level is Level.EMERGENCY


def unwatched_line() -> str:
    """That clocks run out and nobody sees it."""
    return _("NOBODY IS WATCHING the clocks: sign in, or start aftercall tick --watch.")


def trouble_line(troubles: Sequence[Trouble]) -> str:
    """That a person on call was not called out, of the newest case; and what to do instead."""
    first = troubles[0]
    more = len({one.escalation_id for one in troubles}) - 1
    why = _("no ticker runs") if first.error is None else call_out_error(first.error)
    line = _(
        "PHONE {name} BY HAND (f11), case {id}: not called out, {why}",
        name=first.person,
        id=first.escalation_id,
        why=why,
    )
    return f"{line} +{more}" if more else line


def call_out_error(code: str) -> str:
    """Why the clinic's program did not call somebody out."""
    kind, _sign, number = code.partition("_")
    if kind in ("exit", "signal"):
        return _("the program ended with {number}", number=number)
    if code == "timeout":
        return _("the program took too long")
    return _("the program is not on the ticker's machine, or may not be run")


def alarm_line(alarm: Escalation, now: datetime, zone: ZoneInfo) -> str:
    """One live alarm: level, clock, what is known, who phones. No full name: it shows on every seat."""
    if alarm.phoning:
        who = _("{name} is phoning the doctor", name=alarm.phoning)
    elif alarm.told_who:
        who = _("{name} was told", name=alarm.told_who)
    else:
        who = _("nobody has phoned the doctor: f11")
    parts = [
        NEW + level_word(Level.EMERGENCY)
        if emergency(alarm) and not taken(alarm)
        else level_word(alarm.level or Level.SAME_DAY),
        left_words(alarm.next_clock.astimezone(zone), now.astimezone(zone)) if alarm.next_clock else "",
        who,
        alarm.patient,
        procedure_word(alarm.procedure or ""),
        post_op_words(alarm.day),
        _("raised {time} by {name}", time=f"{alarm.raised_at.astimezone(zone):%H:%M}", name=alarm.raised_by),
    ]
    return "  ".join(part for part in parts if part)


def roster_line(card: OnCallCard) -> str:
    """What to do while nobody is on call."""
    lead = next((f"{person.name} {person.phone}" for person in card.people if person.phone), "")
    if lead:
        return _(
            "Nobody is on call. In an emergency phone the lead: {lead}; the patient dials {ambulance}.",
            lead=lead,
            ambulance=card.ambulance,
        )
    return _(
        "Nobody is on call. In an emergency find the lead; the patient dials {ambulance}.",
        ambulance=card.ambulance,
    )
