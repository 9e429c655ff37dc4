"""Every gate answers `why not` and every tier answers `why`: one table each, in words, through desk and shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from console import i18n
from console.cli.main import main
from console.desk import policy, queue, standing
from console.reasons import REASONS
from console.rules.gates import CLOSED_DAYS, GATES
from console.rules.placement import RED_FLAG
from console.rules.policy import default_text
from db.enums import ItemClass, ItemKind, Purpose, Role, Tier
from db.errors import AlreadyTaken, NotAllowed
from db.instants import to_ms
from tests.clinic import SampleClinic
from tests.desk.queue_world import SHANGHAI, QueueWorld, at

TODAY = date(2026, 6, 15)
NOW = "2026-06-15 14:35"
MINUTE = timedelta(minutes=1)
Build = Callable[[QueueWorld], int]
LANGUAGES = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """The command sets the language of the whole process; give it back."""
    before = i18n.language()
    yield
    i18n.use(before)


@pytest.fixture
def world(clinic: SampleClinic) -> QueueWorld:
    """The sample clinic, Monday 14:35, window open until 16:30; closed on Tuesday week and on Wednesdays."""
    text = default_text()
    for old, new in (
        ("overrides = []", 'overrides = [{date = "2026-06-23", closed = "停电检修"}]'),
        ('"tue", "wed", "thu", "fri", "sat", "sun"]', '"tue", "thu", "fri", "sat", "sun"]'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    policy.apply(clinic.seat("lead"), text, clinic.now)
    return QueueWorld(clinic)


# --- what leads to each answer ----------------------------------------------------------------------


def _plain(world: QueueWorld) -> int:
    return world.item(world.patient())


def _closed(world: QueueWorld) -> int:
    item = _plain(world)
    world.change(item, state="done", next_change_at=None)
    return item


def _opted_out(world: QueueWorld) -> int:
    patient = world.patient()
    world.sql(
        "INSERT INTO consent_event (clinic_id, patient_id, purpose, given, at, how)"
        " VALUES (1, :id, 'care', FALSE, 1, 'phone')",
        id=patient,
    )
    return world.item(patient)


def _not_followed_up(world: QueueWorld) -> int:
    item, clinic = _plain(world), world.clinic
    patient = int(str(world.row(item)["patient_id"]))
    standing.set_no_follow_up(clinic.seat("anna", Role.CONSULTANT), patient, True, "考虑中", clinic.now)
    return item


def _promised(minutes: int, milestone: str = "D7", klass: ItemClass = ItemClass.CARE) -> Build:
    def build(world: QueueWorld) -> int:
        item = world.item(world.patient(), milestone, klass)
        world.promise(item, world.clinic.now + minutes * MINUTE)
        return item

    return build


def _spoken_to(world: QueueWorld) -> int:
    patient = world.patient()
    world.talk(patient, world.clinic.now - timedelta(days=2))
    return world.item(patient, "D90", ItemClass.ROUTINE, end=world.clinic.now + timedelta(days=30))


def _leased(world: QueueWorld) -> int:
    item = _plain(world)
    assert queue.take_item(world.clinic.seat("li"), item, world.clinic.now)
    # Of a leased group, what is not being worked is still ready.
    return world.item(int(str(world.row(item)["patient_id"])), "D30", due=TODAY)


def _along(world: QueueWorld) -> int:
    patient = world.patient()
    world.item(patient)
    return world.item(patient, "D30", due=TODAY)


def _escalated(minutes_left: int) -> Build:
    """An escalation's contact of which two hours were given to reach the patient."""

    def build(world: QueueWorld) -> int:
        now = world.clinic.now
        return world.item(
            world.patient(),
            "ESCALATION",
            ItemClass.CARE,
            kind=ItemKind.RECONTACT,
            escalation_id=90 + minutes_left,
            earliest=now - (120 - minutes_left) * MINUTE,
            due_at=to_ms(now + minutes_left * MINUTE),
        )

    return build


# --- why not -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Out:
    """One row: what keeps the call out at a moment, in both languages, and when it opens by itself."""

    gate: str
    build: Build
    zh: str
    en: str
    opens: str | None = None
    moment: str = NOW
    only_seat: bool = False
    """The clinic as a whole is offered it: only this seat is not."""
    choosable: bool = False
    """It may be chosen all the same; the better placed call comes along."""


WHY_NOT = (
    Out("closed", _closed, "这一项已结束：已经打过。", "This call is over: it was made."),
    Out(
        "lapsed",
        lambda world: world.item(world.patient(), end=world.clinic.now - MINUTE),
        "06-15 14:34 已过时效",
        "Its time was over at 06-15 14:34.",
    ),
    Out(
        "deceased",
        lambda world: world.item(world.patient(deceased_on=TODAY)),
        "客户已去世",
        "The patient has died.",
    ),
    Out("opted_out", _opted_out, "客户不接受这类电话", "does not want calls about this: care."),
    Out(
        "selling_locked",
        lambda world: world.item(world.patient(), "BIRTHDAY", ItemClass.ROUTINE, purpose=Purpose.MARKETING),
        "同意",
        "Nothing is offered to this patient now: she has not agreed to offers.",
    ),
    Out(
        "no_follow_up",
        _not_followed_up,
        "安全",
        "noted that there is no follow-up: only safety calls are made.",
    ),
    Out(
        "legal_hold",
        lambda world: world.item(world.patient(legal_hold=True)),
        "因法律原因暂停联系",
        "Calls are stopped for a legal reason.",
    ),
    Out(
        "no_usable_number",
        lambda world: world.item(world.patient(phone="dead")),
        "没有可用的电话",
        "There is no number to ring.",
    ),
    Out(
        "promise_wait",
        _promised(60),
        "约好 06-15 15:35 回电",
        "A callback is promised for 06-15 15:35.",
        "06-15 15:30",
    ),
    Out(
        "not_yet",
        lambda world: world.item(world.patient(), earliest=world.clinic.now + MINUTE),
        "06-15 14:36 之前不打",
        "Not before 06-15 14:36.",
        "06-15 14:36",
    ),
    Out(
        "quiet_hours",
        _plain,
        "现在是免打扰时间",
        "These are quiet hours.",
        "06-16 14:30",
        "2026-06-15 22:00",
    ),
    Out(
        "window_closed",
        _plain,
        "现在不在回访时段",
        "The calling hours are closed.",
        "06-15 19:00",
        "2026-06-15 17:00",
    ),
    Out(
        "closed_holiday",
        lambda world: world.item(world.patient(), due=date(2026, 6, 19)),
        "节假日不回访",
        "Public holiday: Dragon Boat Festival.",
        "06-22 14:30",
        "2026-06-19 15:00",
    ),
    Out(
        "closed_by_clinic",
        lambda world: world.item(world.patient(), due=date(2026, 6, 23)),
        "停电检修",
        "The clinic makes no calls today: 停电检修.",
        "06-25 14:30",
        "2026-06-23 15:00",
    ),
    Out(
        "closed_weekday",
        lambda world: world.item(world.patient(), due=date(2026, 6, 24)),
        "诊所每周这一天不回访。",
        "The clinic makes no calls on this weekday.",
        "06-25 14:30",
        "2026-06-24 15:00",
    ),
    Out(
        "own_hours",
        lambda world: world.item(world.patient(preferred_hours='["09:00-10:00"]')),
        "客户希望 09:00-10:00 接电话",
        "The patient asked for 09:00-10:00; next at 06-16 09:00.",
        "06-16 09:00",
    ),
    Out(
        "too_soon",
        _spoken_to,
        "06-20 00:00",
        "was spoken to a few days ago; again from 06-20 00:00.",
        "06-20 00:00",
    ),
    Out(
        "cooling",
        lambda world: world.item(world.patient(), cooling_until=to_ms(world.clinic.now + MINUTE)),
        "06-15 14:36 再打",
        "It was tried a short while ago; again at 06-15 14:36.",
        "06-15 14:36",
    ),
    Out(
        "attempt_cap",
        lambda world: world.item(world.patient(), attempts=2, tries_today=2, tried_on=TODAY),
        "今天已打2次",
        "Tried 2 times today; again from 06-16 00:00.",
        "06-16 00:00",
    ),
    Out("leased", _leased, "李敏 正在联系这位客户", "李敏 is working on this patient."),
    Out(
        "ward_round",
        lambda world: world.item(world.patient(), "D1", ItemClass.SAFETY, team="ward"),
        "住院期间由病房当面查看",
        "The ward team sees the patient face to face.",
    ),
    Out(
        "other_lane",
        lambda world: world.item(world.patient(language="en"), language="en"),
        "归别人打：其他岗位或语言。",
        "It waits for somebody else: another team or language.",
        only_seat=True,
    ),
    Out(
        "other_lane",
        lambda world: world.item(world.patient(), owner_staff_id=world.clinic.staff_ids["anna"]),
        "归别人打：一位同事在负责。",
        "It waits for somebody else: one colleague has taken it on.",
        only_seat=True,
    ),
    Out(
        "other_lane",
        lambda world: world.item(world.patient(), skips=3),
        "归别人打：主管。",
        "It waits for somebody else: the lead.",
        only_seat=True,
    ),
    Out(
        "taken_along",
        _along,
        "同一位客户有更急的一项",
        "A more urgent call to the same patient takes it along.",
        choosable=True,
    ),
)


def test_the_table_reaches_every_gate() -> None:
    assert {row.gate for row in WHY_NOT} == set(GATES) | CLOSED_DAYS


def test_why_not_in_words(
    world: QueueWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [(row, row.build(world)) for row in WHY_NOT]
    seat = world.clinic.seat("he", Role.CALLER)
    shown = {row.id for row in queue.page(seat, world.clinic.now)}
    for row, item in made:
        instant, patient = at(row.moment), int(str(world.row(item)["patient_id"]))
        (answer,) = [one for one in queue.why_not(seat, patient, instant) if one.id == item]
        opens = None if answer.ready_at is None else f"{answer.ready_at.astimezone(SHANGHAI):%m-%d %H:%M}"
        assert (answer.gate.code, opens) == (row.gate, row.opens)
        for lang, words in (("zh", row.zh), ("en", row.en)):
            assert words in i18n.reason_text(lang, answer.gate), row.gate
            lines = _shell(world, capsys, monkeypatch, lang, "why-not", str(patient), row.moment)
            (line,) = [one for one in lines if one.startswith(f"#{item} ")]
            if row.only_seat:
                # Asked for the clinic as a whole, it has a place.
                assert i18n.translate(lang, REASONS["in_order"]) in line
                continue
            assert words in line
            assert ("" if row.opens is None else f"({row.opens})") in line
        if row.moment != NOW:
            continue
        if row.choosable:
            assert len(queue.take_item(seat, item, instant).item_ids) == 2
            continue
        assert item not in shown
        with pytest.raises((NotAllowed, AlreadyTaken), match=r"item_not_callable|already_taken"):
            queue.take_item(seat, item, instant)


# --- why ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One row: why a call stands in its tier, in both languages."""

    tier: Tier
    reason: str
    build: Build
    zh: str
    en: str


WHY = (
    Place(
        Tier.RED_FLAG,
        "tier_requested",
        lambda world: world.item(world.patient(), clinician_requested=True),
        "医生或护士要求现在就打。",
        "A clinician asked for this call now.",
    ),
    Place(
        Tier.RED_FLAG,
        "tier_line_dropped",
        lambda world: world.item(world.patient(), RED_FLAG, ItemClass.SAFETY, kind=ItemKind.RECONTACT),
        "问到危险信号时电话断了。",
        "The line dropped while danger signs were being asked.",
    ),
    Place(
        Tier.PROMISED,
        "tier_promise",
        _promised(1),
        "约好 06-15 14:36 回电。",
        "A callback was promised for 06-15 14:36.",
    ),
    Place(
        Tier.PROMISED,
        "tier_last_call",
        # Twenty-five minutes of her own hours are left of the day.
        lambda world: world.item(world.patient(preferred_hours='["14:00-15:00"]'), "D1", ItemClass.SAFETY),
        "今天可拨的时间不到45分钟了",
        "Less than 45 minutes are left to ring today, until",
    ),
    Place(
        Tier.SAFETY,
        "tier_safety",
        lambda world: world.item(world.patient(), "D2", ItemClass.SAFETY),
        "安全回访",
        "A safety call, until 06-21 21:30.",
    ),
    Place(
        Tier.CLOCK,
        "tier_clock",
        _escalated(20),
        "联系客户的时限只剩不到四分之一",
        "Under a quarter of the time is left to reach the patient, by 06-15 14:55.",
    ),
    Place(
        Tier.CLOCK,
        "tier_breached",
        _escalated(-5),
        "联系客户的时限 06-15 14:30 已过。",
        "The time to reach the patient ran out at 06-15 14:30.",
    ),
    Place(
        Tier.CLOCK,
        "tier_promise_routine",
        _promised(2, "D90", ItemClass.ROUTINE),
        "常规回访。",
        "A callback was promised for 06-15 14:37; a routine call.",
    ),
    Place(
        Tier.OVERDUE,
        "tier_overdue",
        lambda world: world.item(world.patient(), due=TODAY - timedelta(days=1)),
        "应在 06-14 回访",
        "It was due on 06-14.",
    ),
    Place(Tier.DUE, "tier_due", _plain, "应在 06-15 回访。", "It is due on 06-15."),
    Place(
        Tier.DUE,
        "tier_contact",
        _escalated(100),
        "要在 06-15 16:15 前联系到客户。",
        "Somebody has to reach the patient by 06-15 16:15.",
    ),
    Place(
        Tier.ROUTINE,
        "tier_routine",
        lambda world: world.item(world.patient(), "D180", ItemClass.ROUTINE),
        "常规回访。",
        "A routine call.",
    ),
)


def test_the_table_reaches_every_tier_and_every_reason_for_one() -> None:
    assert {row.tier for row in WHY} == set(Tier)
    assert {row.reason for row in WHY} == {code for code in REASONS if code.startswith("tier_")}


def test_why_in_words_with_the_runner_up(
    world: QueueWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Made in the wrong order: the tier decides, not the id.
    made = {row.build(world): row for row in reversed(WHY)}
    seat, now = world.clinic.seat("lead"), world.clinic.now
    order = [row.id for row in queue.page(seat, now)]
    assert set(order) == set(made)
    bands = [
        min(made[item].tier, Tier.OVERDUE) if made[item].tier is Tier.DUE else made[item].tier
        for item in order
    ]
    assert bands == sorted(bands)
    for number, item in enumerate(order):
        row, why = made[item], queue.why(seat, item, now)
        follower = order[number + 1] if number + 1 < len(order) else None
        assert (why.tier, why.position, why.facts[0].code) == (row.tier, number + 1, row.reason)
        assert (None if why.next is None else why.next.id) == follower
        for lang, words in (("zh", row.zh), ("en", row.en)):
            head, first, *rest = _shell(world, capsys, monkeypatch, lang, "why", str(item), NOW)
            assert head == f"#{item} 王*: " + i18n.translate(lang, "place {n}", n=number + 1)
            assert words in first
            assert any(
                "20:00" in line or f"{why.deadline_at.astimezone(SHANGHAI):%H:%M}" in line for line in rest
            )
            last = "" if not rest else rest[-1]
            assert (f"#{follower}" in last) == (follower is not None)
            assert "王小丽" not in head + first + "".join(rest)


def _shell(
    world: QueueWorld,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    command: str,
    what: str,
    moment: str,
) -> list[str]:
    """What a person reads in a shell of that language."""
    monkeypatch.setenv("LC_ALL", LANGUAGES[lang])
    moment = moment.replace(" ", "T")
    assert main(["--db", world.clinic.database.url, command, what, "--at", moment]) == 0
    out = capsys.readouterr().out
    assert ": reason." not in out and "- reason." not in out and "{" not in out
    return out.splitlines()
