"""One person's day at a seat, as a generator: it does a step, and yields how long it pauses before the next."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from console.desk import calls, queue, staff
from console.desk.seat import Seat
from console.simulate.control import EventLog
from console.simulate.mortal import Fate
from db.connect import Database
from db.enums import AttemptResult, CallOutcome, ItemState, PhoneStatus, SpokeTo
from db.errors import DatabaseLocked, NotAllowed, RecordError, StaleLease
from db.instants import to_ms
from db.records import Answered, CallForm, Claim, DialEnded, PromiseMade

NOTHING: Final = -1.0
"""Yielded instead of seconds: there is nothing to take in this round."""
AWAY: Final = -2.0
"""Yielded instead of seconds: the person is away until the clock has been moved on."""

RESULTS: Final = {
    AttemptResult.CONNECTED: 78,
    AttemptResult.NO_ANSWER: 8,
    AttemptResult.BUSY: 6,
    AttemptResult.POWERED_OFF: 2,
    AttemptResult.LINE_ERROR: 2,
    AttemptResult.REJECTED: 2,
    AttemptResult.VOICEMAIL: 1,
    AttemptResult.INVALID_NUMBER: 1,
}
OUTCOMES: Final = {
    CallOutcome.COMPLETED: 85,
    CallOutcome.CALLBACK_AGREED: 7,
    CallOutcome.DECLINED_TODAY: 4,
    CallOutcome.PARTIAL: 4,
}
"""What comes of dials and of conversations, in hundredths: chosen so that every way out is taken, not measured."""

SKIPS: Final = 0.02
REPEATS: Final = 0.05
AGAIN: Final = 20
"""Share of claims that are skipped; of saves that are sent twice; tries of an operation on a locked database."""

T = TypeVar("T")
Steps = Generator[float, None, None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a person works with.

    Args:
        database: the process's handle. log: its log. fate: its fate.
        chance: where this person's day is drawn from. claimed: told of each claim.
        now: the clinic's clock, aware.
        think: mean of a pause, seconds. kill_rate: share of calls in which the process dies.
    """

    database: Database
    log: EventLog
    fate: Fate
    chance: random.Random
    claimed: Callable[[], None]
    now: Callable[[], datetime]
    think: float
    kill_rate: float


class Person:
    """Somebody who sits down, takes up what she left, and calls until there is nothing to call.

    Args:
        login: who. pin: hers. around: what she works with.
    """

    def __init__(self, login: str, pin: str, around: Surroundings) -> None:
        self._login, self._pin, self._around = login, pin, around
        self.seat: Seat | None = None

    def day(self) -> Steps:
        """The whole day, once she has sat down; ends never."""
        yield from self._take_up()
        while True:
            took = yield from self._call()
            if not took:
                yield NOTHING

    def sit_down(self) -> None:
        """Sign in."""
        around = self._around
        self.seat = self._tried(
            lambda: staff.sign_in(around.database, self._login, self._pin, around.now(), label="simulate")
        )
        around.log.write("seat", login=self._login, staff=self.seat.staff_id, seat=self.seat.seat_id)

    @property
    def _at(self) -> Seat:
        assert self.seat is not None
        return self.seat

    def _pause(self) -> float:
        return self._around.chance.uniform(0, 2 * self._around.think)

    def _tried(self, what: Callable[[], T]) -> T:
        """Do something, again when the database was locked for too long: the person presses the key again."""
        for _each in range(AGAIN):
            try:
                return what()
            except DatabaseLocked:
                self._around.log.write("busy", login=self._login)
        return what()

    def _note(self, event: str, claim: Claim | None = None, **facts: object) -> None:
        around = self._around
        if claim is not None:
            facts |= {"contact": claim.contact_id, "group": claim.group_id, "token": claim.token}
        around.log.write(event, staff=self._at.staff_id, at=to_ms(around.now()), **facts)

    # --- what was left behind ------------------------------------------------------------------------

    def _take_up(self) -> Steps:
        """Unsaved calls of an earlier life: resumed and saved, or filed when somebody else has them."""
        for line in self._tried(lambda: calls.my_drafts(self._at, self._around.now())):
            claim, form = self._tried(
                lambda line=line: calls.resume(self._at, line.contact_id, self._around.now())
            )
            if claim is None:
                self._file(line.contact_id)
                continue
            self._note(
                "claim", claim, items=claim.item_ids, until=to_ms(claim.expires_at), begun=True, resumed=True
            )
            yield self._pause()
            yield from self._save(claim, form)

    def _file(self, contact_id: int) -> None:
        key = self._key(contact_id)
        saved = self._tried(lambda: calls.file_late(self._at, contact_id, key, self._around.now()))
        self._note("filed", contact=contact_id, call=saved.call_id)

    # --- one call ------------------------------------------------------------------------------------

    def _call(self) -> Generator[float, None, bool]:
        """Take the next call and see it through; False when there is none."""
        around = self._around
        if around.chance.random() < around.kill_rate:
            around.fate.arm()
        try:
            began = time.perf_counter()
            claim = self._tried(lambda: queue.take_next(self._at, around.now()))
            took = (time.perf_counter() - began) * 1000
        except NotAllowed as error:
            if error.code != "seat_closed":
                raise
            # As after a night: the seat was not heard of for too long.
            self.sit_down()
            return True
        if claim is None:
            return False
        around.log.write(
            "claim",
            staff=self._at.staff_id,
            at=to_ms(around.now()),
            contact=claim.contact_id,
            group=claim.group_id,
            token=claim.token,
            items=claim.item_ids,
            until=to_ms(claim.expires_at),
            ms=round(took, 3),
        )
        around.claimed()
        try:
            yield from self._work(claim)
        except StaleLease:
            self._note("stale", claim)
        except RecordError as error:
            self._note("refused", claim, code=error.code)
            self._give_back(claim)
        return True

    def _away(self) -> Steps:
        """In a quarter as many calls as are killed, the person leaves the seat as it is until the clock moves on."""
        if self._around.chance.random() < self._around.kill_rate / 8:
            for _step in range(self._around.chance.randint(1, 3)):
                yield AWAY

    def _give_back(self, claim: Claim) -> None:
        """What cannot be worked is skipped, so that it is not offered to the same person again."""
        self._note("end?", claim)
        try:
            try:
                self._tried(lambda: queue.skip(self._at, claim, "simulation", self._around.now()))
            except NotAllowed:
                self._tried(lambda: queue.release(self._at, claim, self._around.now()))
            self._note("skipped", claim)
        except StaleLease:
            self._note("stale", claim)

    def _work(self, claim: Claim) -> Steps:
        around = self._around
        sheet = self._tried(lambda: calls.open_call(self._at, claim, around.now()))
        if not any(number.status is PhoneStatus.LIVE for number in sheet.numbers[:1]):
            # To be settled at a desk: no day is spent on looking at it.
            self._give_back(claim)
            return
        yield self._pause()
        yield from self._away()
        if around.chance.random() < SKIPS:
            self._give_back(claim)
            return
        yield self._pause()
        held, ended = self._dial(claim, sheet.numbers[0].id)
        if ended.result is not AttemptResult.CONNECTED:
            if ended.keep:
                self._note("end?", held)
                self._tried(lambda: queue.release(self._at, held, around.now()))
            return
        form = CallForm(started_at=around.now(), phone_id=sheet.numbers[0].id)
        self._tried(lambda: calls.keep_draft(self._at, held, form, around.now(), at_once=True))
        yield from self._away()
        yield self._pause()
        self._note("renew?", held)
        until = self._tried(lambda: queue.renew(self._at, held, around.now()))
        self._note("renew", held, until=to_ms(until))
        yield from self._save(held, self._form(form))

    def _dial(self, claim: Claim, phone_id: int) -> tuple[Claim, DialEnded]:
        around = self._around
        self._note("dial?", claim)
        dial = self._tried(lambda: calls.start_dial(self._at, claim, phone_id, around.now()))
        self._note("dial", dial.claim, until=to_ms(dial.claim.expires_at))
        (result,) = around.chance.choices(tuple(RESULTS), tuple(RESULTS.values()))
        if result is not AttemptResult.CONNECTED:
            # Whatever comes of it, it may end the claim.
            self._note("end?", claim)
        ended = self._tried(
            lambda: calls.end_dial(self._at, dial.claim, dial.attempt_id, result, around.now())
        )
        if result is not AttemptResult.CONNECTED:
            self._note("missed", claim, result=str(result))
        return dial.claim, ended

    def _form(self, draft: CallForm) -> CallForm:
        """A whole form with some outcome."""
        around = self._around
        now = around.now()
        (outcome,) = around.chance.choices(tuple(OUTCOMES), tuple(OUTCOMES.values()))
        talked = outcome in (CallOutcome.COMPLETED, CallOutcome.PARTIAL)
        pain = around.chance.randint(0, 4)
        answers = (
            Answered("vision_change", "no", now),
            Answered("recovery_overall", "good", now),
            Answered("pain_now", str(pain), now, float(pain)),
        )
        promise = None
        if outcome is CallOutcome.CALLBACK_AGREED:
            minutes = around.chance.randint(10, 60)
            promise = PromiseMade(
                now + timedelta(minutes=minutes), around.chance.random() < 0.5, "simulation"
            )
        return CallForm(
            outcome=outcome,
            spoke_to=SpokeTo.PATIENT,
            identity=("birthday", "surgeon") if talked else (),
            started_at=draft.started_at,
            phone_id=draft.phone_id,
            answers=answers if talked else (),
            note="simulation",
            promise=promise,
        )

    # --- saving --------------------------------------------------------------------------------------

    def _key(self, contact_id: int) -> str:
        return f"simulate-{contact_id}"

    def _save(self, claim: Claim, form: CallForm) -> Steps:
        around, key = self._around, self._key(claim.contact_id)
        if form.spoke_to is SpokeTo.UNKNOWN:
            # The draft of an earlier life had nothing in it yet.
            form = self._form(form)
        self._note("save?", claim)
        began = time.perf_counter()
        try:
            saved = self._tried(lambda: calls.save(self._at, claim, form, key, around.now()))
        except StaleLease:
            self._note("stale", claim)
            return
        took = (time.perf_counter() - began) * 1000
        self._note(
            "saved",
            claim,
            call=saved.call_id,
            late=saved.late,
            ms=round(took, 3),
            done=[one.item_id for one in saved.items if one.state is ItemState.DONE],
        )
        if saved.late:
            yield self._pause()
            self._file(claim.contact_id)
        elif around.chance.random() < REPEATS:
            again = self._tried(lambda: calls.save(self._at, claim, form, key, around.now()))
            self._note(
                "repeated", claim, call=again.call_id, same=again.repeated and again.call_id == saved.call_id
            )
