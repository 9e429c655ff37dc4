"""One run: chairs, clocks, a seed; a step is one act of somebody, perhaps her death, perhaps somebody in between."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest import mock

from console.desk import policy as policies
from console.rules.policy import Policy
from db.connect import Database, reading
from db.enums import Role
from db.errors import RecordError
from tests.clinic import make_clinic
from tests.model import clinic as setting
from tests.model import leading, sitting, talking
from tests.model.chair import Chair
from tests.model.ideal import Broken, Ideal, must
from tests.model.mortal import HOWS, Crashed, Line
from tests.model.watch import Shaken, Watch

Act = Callable[[Chair, random.Random], str]
Weighted = tuple[tuple[Act, float], ...]

START: Final = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
"""Monday 14:35 in the clinic."""
DEATHS: Final = 0.10
GUESTS: Final = 0.10
"""Share of acts in which the process dies; in which somebody else acts between two of its transactions."""
LATEST: Final = (6, 25, 50, 75)
"""A death strikes within so many statements."""
HEAVY: Final = frozenset({talking.save, talking.send_again, talking.dialled, sitting.take_up})
HEAVY_DEATHS: Final = 0.2
"""Acts of many statements, in which a death finds most to break."""

OUT: Final[Weighted] = ((sitting.sign_in, 1.0),)
FREE: Final[Weighted] = (
    (sitting.take_next, 12),
    (sitting.take_chosen, 3),
    (sitting.answer_ring, 2),
    (sitting.look, 0.7),
    (sitting.take_up, 3),
    (sitting.snoop, 0.7),
    (sitting.use_stale, 1),
    (sitting.stand_up, 0.7),
    (sitting.heartbeat, 1.5),
    (sitting.sleep, 0.3),
    (leading.board, 2),
    (leading.mis_key, 0.3),
    (leading.lower, 0.5),
    (leading.consent, 0.5),
    (leading.stop, 0.4),
    (leading.operation, 0.5),
    (leading.move, 0.4),
    (leading.hours, 0.6),
    (leading.amend, 0.5),
    (leading.edit_policy, 0.6),
    (leading.bring, 0.3),
)
HELD: Final[dict[str, Weighted]] = {
    "preview": (
        (talking.open_call, 1),
        (talking.dial, 9),
        (talking.give_back, 2),
        (talking.renew, 1),
        (talking.listen, 0.3),
        (talking.walk_away, 0.3),
        (sitting.heartbeat, 0.3),
        (sitting.sleep, 0.1),
    ),
    "dialling": ((talking.dialled, 9), (talking.renew, 0.7), (talking.walk_away, 0.4), (talking.write, 0.5)),
    "connected": (
        (talking.listen, 4),
        (talking.write, 4),
        (talking.save, 5),
        (talking.renew, 1),
        (talking.complain, 0.3),
        (talking.line_dropped, 0.3),
        (talking.throw_away, 0.2),
        (talking.walk_away, 0.5),
        (talking.give_back, 0.2),
        (sitting.heartbeat, 0.3),
    ),
}
PAUSES: Final = (
    (0.3, 0, 900),
    (0.45, 1, 20),
    (0.2, 20, 95),
    (0.04, 95, 1000),
    (0.01, 1000, 8000),
    (0.008, 0, 0),
)
"""Share, and seconds from and to (milliseconds in the first), by which time goes on; the last one: to the morning."""


@dataclass
class World:
    """Everything of one run.

    Args:
        database: empty, migrated. folder: for files. seed: of every choice.
    """

    database: Database
    folder: Path
    seed: int
    true_ms: int = 0
    shift_ms: int = 0
    chairs: list[Chair] = field(default_factory=list[Chair])
    steps: list[str] = field(default_factory=list[str])
    shaken: list[Shaken] = field(default_factory=list[Shaken])
    touched: set[int] = field(default_factory=set[int])
    guests: int = 0
    deaths: int = 0
    visits: int = 0
    between_acts: int = 0
    line: Line = field(default_factory=Line)
    at_chair: Chair | None = None
    _acting: list[Chair] = field(default_factory=list[Chair])
    _chance: random.Random = field(default_factory=random.Random)
    _numbers: int = 0
    _alarm: tuple[Chair, int, list[str]] | None = None
    _doubted: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self.true_ms = int(START.timestamp() * 1000)
        self.clinic = make_clinic(self.database, START)
        setting.fill(self.clinic, random.Random(f"{self.seed}/fill"))
        self.policy: Policy = self.clinic.seat().policy
        self.document = policies.document(self.database, self.clinic.clinic_id)
        self.ideal = Ideal(self.policy.queue.promise_grace * 60_000)
        self.watch = Watch(self.database, self.clinic.clinic_id, self.ideal)
        people: tuple[tuple[str, Role | None, int], ...] = (
            ("li", None, 0),
            ("li", None, 9),
            ("anna", None, -5),
            ("he", Role.CALLER, 1),
            ("lead", None, 0),
            ("chen", None, -30),
        )
        self.chairs = [
            Chair(self, f"{login}-{number}", login, role, timedelta(hours=skew))
            for number, (login, role, skew) in enumerate(people)
        ]

    # --- what the chairs ask ------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        """The database's clock."""
        return self.true_ms + self.shift_ms

    def number(self) -> int:
        """One more."""
        self._numbers += 1
        return self._numbers

    def any_patient(self, chance: random.Random) -> int:
        """Somebody."""
        rows = self.clinic.rows("SELECT id FROM patient ORDER BY id")
        chosen = int(str(chance.choice(rows)["id"]))
        self.touched.add(chosen)
        return chosen

    def off_duty(self, group: int) -> bool:
        """Whether whoever has a group, by the model, is off duty."""
        hold = self.ideal.holds.get(group)
        if hold is None:
            return False
        return not self.clinic.rows("SELECT on_duty FROM staff WHERE id = :s", s=hold.staff)[0]["on_duty"]

    def shaken_before(self, contact: int) -> bool:
        """Whether somebody died over a contact earlier."""
        return contact in self._doubted or any(one.contact == contact for one in self.shaken)

    def expect_alarm(self, chair: Chair, contact: int, flags: list[str]) -> None:
        """From the chair's next COMMIT on these flags must be on record; an empty list ends it."""
        self._alarm = (chair, contact, flags) if flags else None

    def committed(self, chair: Chair) -> None:
        """Told after every COMMIT of a chair."""
        if self._alarm is not None and self._alarm[0] is chair:
            _, contact, flags = self._alarm
            for flag in flags:
                must(self.watch.alarmed(contact, flag), "something was committed before the alarm", flag=flag)

    def between(self, chair: Chair) -> None:
        """A statement of a chair begins and no transaction is open: now and then somebody else acts here."""
        if (
            not self._acting
            or self._acting[-1] is not chair
            or len(self._acting) > 1
            or self.between_acts == 0
        ):
            return
        self.between_acts -= 1
        if self.between_acts == 0:
            others = [one for one in self.chairs if one is not chair]
            self.guests += 1
            self.visits += 1
            kept, at = self._alarm, self.at_chair
            self._alarm = None
            self._act(self._chance.choice(others))
            self._alarm, self.at_chair = kept, at

    # --- steps ----------------------------------------------------------------------------------------------

    def step(self, number: int) -> None:
        """One step; every step draws from a lot of its own, so that a run without some steps is a run."""
        chance = self._chance = random.Random(f"{self.seed}/{number}")
        self.touched.clear()
        self.shaken.clear()
        self.guests = 0
        self._time_goes_on(chance)
        chair = chance.choice(self.chairs)
        self.between_acts = chance.choice((1, 2, 4, 8, 16)) if chance.random() < GUESTS else 0
        self._act(chair)
        self._doubted.update(one.contact for one in self.shaken if one.contact is not None)
        with reading(self.database) as connection:
            self.policy = policies.in_force(connection, self.clinic.clinic_id)
        self.watch.all_of(self.now_ms, self.shaken, self.touched)

    def _act(self, chair: Chair) -> None:
        chance = self._chance
        acts = OUT if chair.seat is None else FREE if chair.work is None else HELD[chair.work.stage]
        if chair.seat is not None and chair.work is None and chair.repeat is not None:
            acts = (*acts, (talking.send_again, 3))
        if acts[0] is FREE[0] and not sitting.mine(chair):
            acts = tuple(pair for pair in acts if pair[0] is not sitting.take_up or chance.random() < 0.1)
        (act,) = chance.choices([one for one, _ in acts], [weight for _, weight in acts])
        dies = chance.random() < (HEAVY_DEATHS if act in HEAVY else DEATHS)
        if dies:
            chair.fate.arm(chance.randint(1, chance.choice(LATEST)), chance.choice(HOWS))
        chair.pending = self._doubt(chair)
        self._acting.append(chair)
        place = len(self.steps)
        self.steps.append("")
        line = f"{self._shown()} {'  ' * (len(self._acting) - 1)}{chair.name} {act.__name__}"
        told = "in the middle"
        try:
            told = act(chair, chance)
        except Crashed:
            told = f"killed {chair.fate.struck}"
            self.deaths += 1
            chair.crashed()
        except RecordError as error:
            told = self._refused(chair, error)
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"{act.__name__}: {error!r}") from error
        finally:
            self._acting.pop()
            self.steps[place] = f"{line}: {told}"
            self._alarm = None
        chair.fate.arm(0, HOWS[0])

    def _doubt(self, chair: Chair) -> Shaken | None:
        staff_id = self.clinic.staff_ids[chair.login]
        contact = None if chair.work is None else chair.work.claim.contact_id
        if contact is None and chair.repeat is not None:
            contact = chair.repeat[0].contact_id
        return Shaken(staff_id, None if chair.seat is None else chair.seat.seat_id, contact)

    def _refused(self, chair: Chair, error: RecordError) -> str:
        if error.code == "lease_stale" and chair.work is not None:
            claim = chair.work.claim
            must(
                not self.ideal.surely_held(claim.token, self.now_ms),
                "somebody was told that her call is not hers",
                claim=claim,
                hold=self.ideal.holds.get(claim.group_id),
            )
            chair.stale, chair.work = claim, None
        elif error.code == "draft_closed" and chair.work is not None:
            chair.stale, chair.work = chair.work.claim, None
        elif error.code == "seat_closed":
            chair.pending = None
            chair.reset()
        elif error.code == "attempt_ended" and chair.work is not None:
            chair.work.stage = "connected"
        must(error.code not in WRONG, "an error nobody should meet", code=error.code, params=error.params)
        return f"refused {error.code}"

    def _shown(self) -> str:
        local = datetime.fromtimestamp(self.now_ms / 1000, UTC) + timedelta(hours=8)
        return f"{len(self.steps):5} {local:%a %d %H:%M:%S}"

    def _time_goes_on(self, chance: random.Random) -> None:
        (kind,) = chance.choices(PAUSES, [pause[0] for pause in PAUSES])
        if kind is PAUSES[-1]:
            now = datetime.fromtimestamp(self.true_ms / 1000, UTC)
            self.true_ms = (
                int(setting.morning(now).timestamp() * 1000)
                + chance.choice((0, 60, 385, 385, 655, 799)) * 60_000
            )
        elif kind is PAUSES[0]:
            self.true_ms += chance.randint(kind[1], kind[2])
        else:
            self.true_ms += chance.randint(kind[1], kind[2]) * 1000
        if chance.random() < 0.005:
            # Somebody puts the clock of the database on; a console notices within a minute, here some do at once.
            self.shift_ms += chance.choice((600, 3600)) * 1000
            for chair in self.chairs:
                if chair.seat is not None and chance.random() < 0.5:
                    self.at_chair = chair
                    chair.clock = sitting.present.anchored(
                        chair.database, chair.clock or sitting.SystemClock()
                    )

    def close(self) -> None:
        """Close every console."""
        for chair in self.chairs:
            chair.close()
        if self.line.raw is not None:
            self.line.raw.close()
        self.database.close()

    @contextmanager
    def clocks(self) -> Generator[None]:
        """Every PC has the clocks of the chair that acts."""
        world = self

        class Shown(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                assert world.at_chair is not None
                return world.at_chair.wall().astimezone(tz)

        def monotonic() -> float:
            assert world.at_chair is not None
            return world.at_chair.monotonic()

        counted = mock.Mock(monotonic=monotonic)
        with mock.patch("db.anchor.time", counted), mock.patch("console.clock.datetime", Shown):
            yield


WRONG: Final = frozenset(
    {"database_locked", "value_missing", "value_not_allowed", "not_there", "append_only", "already_there"}
)
"""Codes that mean the program did something the database does not allow."""
