"""A desk on records in memory, which also checks that no desk function runs on the event loop."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from console.desk.first_look import FirstLook
from console.desk.watching import Watch
from db.enums import EscalationKind, EscalationStatus, Level, Role, Tier
from db.errors import NotAllowed
from db.queue_records import FilterChoices, Narrowed, QueueFilter
from db.records import (
    Claim,
    Escalation,
    Neighbour,
    OnCallCard,
    OnCallPerson,
    Phoning,
    QueueHeader,
    QueueRow,
    Reason,
    Why,
    WhyNot,
    WindowState,
)

NOW = datetime(2026, 6, 15, 6, 32, tzinfo=UTC)
"""Monday 14:32 in Shanghai, inside the summer window."""


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still."""

    at: datetime = NOW

    def now(self) -> datetime:
        """The fixed moment."""
        return self.at


@dataclass(frozen=True)
class FakeSeat:
    """What screens read of a seat."""

    name: str = "李敏"
    login: str = "limin"
    role: Role = Role.CALLER
    roles: tuple[Role, ...] = (Role.CALLER, Role.LEAD)
    clinic_id: int = 1
    staff_id: int = 7
    seat_id: int = 9
    languages: tuple[str, ...] = ("zh",)
    zone: str = "Asia/Shanghai"
    demo: bool = True
    restricted_ok: bool = False
    policy: Any = field(default_factory=lambda: SimpleNamespace(lock_min=3))


def row(item_id: int, **changes: object) -> QueueRow:
    """A queue row; any field can be given."""
    made = QueueRow(
        position=item_id,
        key=(4, 0, item_id),
        id=item_id,
        patient_id=1000 + item_id,
        external_id=f"A{item_id:05}",
        patient="王*",
        procedure="upper_blepharoplasty",
        day=6,
        milestone="D7",
        team="nurse",
        language="zh",
        tier=Tier.DUE,
        deadline_at=NOW + timedelta(minutes=item_id * 10),
        attempts=0,
        reason=Reason.of("fake"),
        last=Reason.of("fake"),
        takeable=True,
        opens_at=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def escalation(number: int, **changes: object) -> Escalation:
    """A live EMERGENCY; any field can be given."""
    made = Escalation(
        id=number,
        kind=EscalationKind.CLINICAL,
        level=Level.EMERGENCY,
        severity=None,
        status=EscalationStatus.NEW,
        patient_id=1,
        patient="王*",
        procedure="upper_blepharoplasty",
        day=2,
        flags=("vision_loss",),
        summary="突然看不清",
        raised_by="李敏",
        raised_by_id=7,
        raised_at=NOW,
        ack_by=NOW + timedelta(minutes=5),
        contact_by=NOW + timedelta(minutes=5),
        resolve_by=NOW + timedelta(days=1),
        next_clock=NOW + timedelta(minutes=5),
        seconds_left=300,
        breached=False,
        owner=None,
        owner_id=None,
        told_who=None,
        told_by=None,
        told_at=None,
        phoning=None,
        phoning_id=None,
        mis_keyed=False,
        mis_key_reason=None,
        acknowledged_at=None,
        contacted_at=None,
        resolved_at=None,
        last_line="",
        contact_id=None,
        call_id=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class FakeDesk:
    """Every desk module the shell calls, on records in memory."""

    def __init__(self) -> None:
        self.seat_open = True
        self.rows: list[QueueRow] = [row(number) for number in range(1, 31)]
        self.held_rows: tuple[QueueRow, ...] = ()
        self.narrowed_to: list[tuple[QueueFilter, object]] = []
        self.looked_enough = False
        self.alarms: tuple[Escalation, ...] = ()
        self.watched = Watch(0, ())
        self.on_call_card = OnCallCard(
            (OnCallPerson(1, "陈医生", "+8613900000000", "doctor"),), False, "120", "110", "12356"
        )
        self.window = WindowState(True, NOW + timedelta(minutes=118), None, False)
        self.calls: list[str] = []
        self.pages: list[tuple[object, int]] = []
        self.pin = "2468"
        self.untold = False
        self.must_change = False
        self.drafts: list[Any] = []
        self.draft_lost = False
        self.seat = FakeSeat()
        self.people: list[Any] = []
        self.loop_thread = threading.get_ident()

    def _note(self, name: str) -> None:
        if threading.get_ident() == self.loop_thread:
            raise AssertionError(f"{name} ran on the event loop")
        self.calls.append(name)

    # queue
    def header(self, seat: Any, now: datetime) -> QueueHeader:
        self._note("header")
        return QueueHeader(seat.name, "上海一店", now, seat.zone, self.window, 128, 3, 2, 0)

    def page(self, seat: Any, at: datetime, after: Any = None, limit: int = 50) -> tuple[QueueRow, ...]:
        self._note("page")
        self.pages.append((after, limit))
        start = 0 if after is None else next(n for n, r in enumerate(self.rows) if r.key == after) + 1
        return tuple(self.rows[start : start + limit])

    def narrowed(
        self, seat: Any, at: datetime, only: QueueFilter, after: Any = None, limit: int = 50
    ) -> Narrowed:
        self._note("narrowed")
        self.narrowed_to.append((only, after))
        found = [
            one
            for one in self.rows
            if (after is None or one.key > after)
            and only.tier in (None, one.tier)
            and only.team in (None, one.team)
            and only.procedure in (None, one.procedure)
        ][:limit]
        return Narrowed(tuple(found), (9, 9, 9) if self.looked_enough else None, self.looked_enough)

    def held(self, seat: Any, at: datetime, only: Any = None) -> tuple[QueueRow, ...]:
        self._note("held")
        return self.held_rows

    def choices(self, seat: Any, at: datetime) -> FilterChoices:
        self._note("choices")
        return FilterChoices(
            ("nurse", "lead"), ("upper_blepharoplasty", "liposuction"), ((seat.staff_id, seat.name),)
        )

    def _claim(self, item_id: int | None) -> Claim:
        return Claim(1, 1, 1, 5, item_id, (item_id or 0,), (), NOW, NOW + timedelta(seconds=90))

    def take_next(self, seat: Any, now: datetime) -> Claim | None:
        self._note("take_next")
        return self._claim(self.rows[0].id) if self.rows else None

    def take_item(self, seat: Any, item_id: int, now: datetime) -> Claim:
        self._note(f"take_item {item_id}")
        return self._claim(item_id)

    def sign_words(self, seat: Any, now: datetime) -> dict[str, dict[str, str]]:
        return {}

    def may_skip(self, seat: Any, item_id: int) -> None:
        self._note(f"may_skip {item_id}")

    def skip(self, seat: Any, claim: Claim, reason: str, now: datetime) -> None:
        self._note(f"skip {claim.item_id} {reason}")

    def why(self, seat: Any, item_id: int, at: datetime) -> Why:
        self._note(f"why {item_id}")
        found = next(r for r in self.rows if r.id == item_id)
        return Why(
            item_id,
            found.patient_id,
            found.patient,
            1,
            found.tier,
            found.deadline_at,
            (Reason.of("fake"),),
            None,
            Neighbour(2, Tier.DUE, NOW),
        )

    def why_not(self, seat: Any, patient_id: int, at: datetime) -> tuple[WhyNot, ...]:
        self._note(f"why_not {patient_id}")
        return (WhyNot(4, "D7", Reason.of("fake"), NOW),)

    # staff
    def sign_in(self, database: Any, login: str, pin: str, now: datetime, role: Any = None) -> FakeSeat:
        self._note(f"sign_in {login}")
        if pin != self.pin:
            raise NotAllowed("wrong_pin")
        if self.must_change:
            raise NotAllowed("pin_must_change", login=login)
        return replace(self.seat, role=role or self.seat.role)

    def change_pin(self, database: Any, login: str, pin: str, new_pin: str, now: datetime) -> None:
        self._note(f"change_pin {login} {pin} {new_pin}")
        self.must_change, self.pin = False, new_pin

    def seen(self, seat: Any, now: datetime) -> bool:
        self._note("seen")
        return self.seat_open

    def refreshed(self, seat: Any) -> Any:
        self._note("refreshed")
        return seat

    def my_drafts(self, seat: Any, now: datetime) -> tuple[Any, ...]:
        self._note("my_drafts")
        return tuple(self.drafts)

    def resume(self, seat: Any, contact_id: int, now: datetime) -> tuple[Claim | None, Any]:
        self._note(f"resume {contact_id}")
        return (None if self.draft_lost else self._claim(4)), "form"

    def file_late(self, seat: Any, contact_id: int, key: str, now: datetime) -> None:
        self._note(f"file_late {contact_id}")

    def discard(self, seat: Any, contact_id: int, now: datetime) -> None:
        self._note(f"discard {contact_id}")

    def check_pin(self, seat: Any, pin: str, now: datetime) -> bool:
        self._note("check_pin")
        return pin == self.pin

    def sign_out(self, seat: Any, now: datetime) -> None:
        self._note("sign_out")
        if self.untold:
            raise NotAllowed("somebody_untold")

    def switch_role(self, seat: Any, role: Role, now: datetime) -> FakeSeat:
        self._note(f"switch_role {role.value}")
        return replace(seat, role=role)

    # escalations, patients, calls, tick
    def live_alarms(self, seat: Any, now: datetime) -> tuple[Escalation, ...]:
        self._note("live_alarms")
        return self.alarms

    def watch(self, database: Any, clinic_id: int, now: datetime) -> Watch:
        return self.watched

    def on_call(self, seat: Any, now: datetime) -> OnCallCard:
        self._note("on_call")
        return self.on_call_card

    def phoning(self, seat: Any, escalation_id: int, now: datetime) -> Phoning:
        self._note(f"phoning {escalation_id}")
        self.alarms = tuple(
            replace(a, phoning=seat.name) if a.id == escalation_id else a for a in self.alarms
        )
        return Phoning(escalation_id, seat.staff_id, seat.name, True)

    def may_be_told(self, seat: Any, who: str, now: datetime) -> bool:
        return who == "Chen"

    def told(self, seat: Any, escalation_id: int, who: str, now: datetime) -> None:
        self._note(f"told {escalation_id} {who}")

    def answered(self, seat: Any, escalation_id: int, who: str, now: datetime) -> None:
        self._note(f"answered {escalation_id} {who}")

    def find(self, seat: Any, text: str, now: datetime) -> tuple[Any, ...]:
        self._note(f"find {text}")
        return tuple(self.people)

    def incoming(self, seat: Any, text: str, now: datetime) -> tuple[Any, ...]:
        self._note(f"incoming {text}")
        return tuple(self.people)

    def take_incoming(self, seat: Any, patient_id: int | None, number: str, now: datetime) -> Claim:
        self._note(f"take_incoming {patient_id} {number}")
        return Claim(1, 1, 1, patient_id, None, (), (), NOW, NOW, True)

    def tick(self, database: Any, clinic_id: int, now: datetime) -> None:
        self._note("tick")

    def first_look(self, database: Any, now: datetime, limit: int = 40) -> FirstLook:
        self._note("first_look")
        return FirstLook(1, "上海一店", "Asia/Shanghai", True, tuple(self.rows[:limit]))
