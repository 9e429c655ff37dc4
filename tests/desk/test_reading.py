"""An earlier call shown with the talk-track as it was read, whatever is read today."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.desk import calls, reading, scripts, staff
from console.desk.amending import amend
from console.desk.retelling import BY_ROLE, PLACEHOLDERS, THEN
from console.desk.scripts import _shipped as shipped
from console.i18n import has
from console.scripts.library import from_texts
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern, select_flow
from console.scripts.words import PLACEHOLDERS as KNOWN
from console.widgets.reading_lines import WHEN
from db.calls import add_call
from db.connect import unit_of_work
from db.enums import CallOutcome, Language, Level, ReleaseStatus, Role
from db.errors import NotAllowed
from db.reading_records import NOT_APPROVED, OUTSIDE, SAY, CallRead, PartRead
from db.records import Answered, CallForm, Correction
from tests.clinic import PIN
from tests.desk.call_world import Person, World

CONCERN = "swelling"


@pytest.fixture(autouse=True)
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check has tests of its own and takes seconds."""
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped: ())
    monkeypatch.setattr(scripts, "_faults", {})


def well(world: World, person: Person, day: int = 7, **other: str) -> CallForm:
    """A form of a whole D7 call in which she named swelling and everything is well."""
    track = OpenTreatment("upper_blepharoplasty", day)
    flow = select_flow(shipped(), track, "d7")
    view = select_concern(shipped(), track, CONCERN)
    asked = {question.code: None for question in flow.questions.values()}
    asked |= {question.code: CONCERN for question in view.ask if question.code not in asked}
    questions = {**flow.questions, **{question.code: question for question in view.ask}}

    def answer(code: str) -> Answered:
        question = questions[code]
        value, number = "no", None
        if question.kind == "choice":
            value = "same" if question.is_trend else question.options[0].code
        elif question.kind == "number":
            number = 1.0 if question.unit == "score" else 36.5
            value = f"{number:g}"
        elif question.kind == "text":
            value = "没有"
        value = other.get(code, value)
        return Answered(
            code, value, world.now, number, code in flow.questions, asked[code], person.treatment_id
        )

    return world.form(
        answers=tuple(answer(code) for code in asked),
        concerns=(CONCERN,),
        release_hash=shipped().hash,
        track_code="d7",
        track_version=flow.version,
    )


def saved(world: World, person: Person, form: CallForm, key: str = "one") -> int:
    claim = world.connected(person)
    done = calls.save(world.seat(), claim, form, key, world.now)
    assert done.call_id is not None
    return done.call_id


def concern(read: CallRead) -> PartRead:
    return next(part for part in read.parts if part.kind == "concern")


def lines(read: CallRead) -> str:
    return "\n".join(line for part in read.parts for line in part.lines)


def test_the_old_sentence_is_shown_after_another_release_is_approved(world: World) -> None:
    lead, doctor = world.seat("lead"), world.seat("chen")
    scripts.approve(doctor, PIN, world.now)
    person = world.person()
    call_id = saved(world, person, well(world, person))
    before = reading.as_read(world.seat(), call_id, world.now)

    opening = select_flow(shipped(), OpenTreatment("upper_blepharoplasty", 7), "d7").steps[0]
    assert opening.say is not None
    old = opening.say.zh[0]
    said = select_concern(shipped(), OpenTreatment("upper_blepharoplasty", 7), CONCERN).say
    assert said is not None
    world.later(minutes=10)
    newer = from_texts(
        {
            name: body.replace(old, "新的一句开场").replace(said.zh[0], "新的一句解释")
            for name, body in shipped().texts.items()
        }
    )
    scripts.publish(lead, newer, "x", world.now)
    scripts.approve(doctor, PIN, world.now, number=2)
    assert scripts.active(world.seat(), world.now)[0].hash == newer.hash

    read = reading.as_read(world.seat(), call_id, world.now)
    assert read == before
    assert (read.kept, read.number, read.short_hash) == (True, 1, shipped().hash[:12])
    assert (read.status, read.overdue, read.might_say, read.identified) == (
        ReleaseStatus.APPROVED,
        False,
        True,
        True,
    )
    assert (read.flow, read.title, read.lang) == ("d7", "第7天回访", "zh")
    assert old.replace("{patient_name}", "（客户姓名）") in lines(read)
    assert "新的一句" not in lines(read) and "{" not in lines(read)
    part = concern(read)
    assert (part.title, part.said_as) == ("肿胀", SAY)
    assert part.said[0] == said.zh[0].replace("{procedure}", "双眼皮手术").replace("{day}", "7")
    step = next(part for part in read.parts if "recovery_overall" in {one.code for one in part.answers})
    recovery = next(one for one in step.answers if one.code == "recovery_overall")
    question = shipped().questions["recovery_overall"]
    assert (recovery.question, recovery.answer) == (question.words.zh, question.options[0].words.zh)
    signs = [one for part in read.parts for one in part.answers if one.in_group]
    assert signs and {one.answer for one in signs} >= {"没有"}
    assert not [part for part in read.parts if part.kind == "other"]


def test_english_call_speaks_english(world: World) -> None:
    scripts.approve(world.seat("chen"), PIN, world.now)
    person = world.person()
    form = replace(well(world, person), language=Language.EN)
    read = reading.as_read(world.seat(), saved(world, person, form), world.now)
    assert (read.lang, read.title, concern(read).title) == ("en", "Day 7 call", "Swelling")
    assert "(name of the patient)" in lines(read)
    assert not any("一" <= char <= "鿿" for char in lines(read))


def test_a_draft_explained_nothing(world: World) -> None:
    person = world.person()
    call_id = saved(world, person, well(world, person))
    for approved in (False, True):
        # An approval that came later changes nothing of what was said before it.
        if approved:
            scripts.approve(world.seat("chen"), PIN, world.later(minutes=1))
        read = reading.as_read(world.seat(), call_id, world.now)
        assert (read.number, read.status, read.might_say) == (1, ReleaseStatus.DRAFT, False)
        assert (concern(read).said_as, concern(read).said) == (NOT_APPROVED, ())


def test_an_approval_renewed_later_still_counts_for_that_day(world: World) -> None:
    doctor = world.seat("chen")
    scripts.approve(doctor, PIN, world.now)
    person = world.person()
    call_id = saved(world, person, well(world, person))
    world.later(days=300)
    scripts.approve(doctor, PIN, world.now)
    assert reading.as_read(world.seat(), call_id, world.now).might_say


def test_an_overdue_review_explained_nothing(world: World) -> None:
    scripts.approve(world.seat("chen"), PIN, world.now - timedelta(days=400))
    person = world.person()
    read = reading.as_read(world.seat(), saved(world, person, well(world, person)), world.now)
    assert (read.status, read.overdue, concern(read).said_as) == (ReleaseStatus.APPROVED, True, NOT_APPROVED)


def test_a_flag_and_an_unsure_answer_show_what_was_said_instead(world: World) -> None:
    scripts.approve(world.seat("chen"), PIN, world.now)
    for value, expected in (("yes", str(Level.SAME_DAY)), ("unsure", str(Level.SAME_DAY))):
        person = world.person()
        form = well(world, person, one_side_fast=value)
        read = reading.as_read(world.seat(), saved(world, person, form, value), world.now)
        part = concern(read)
        assert part.said_as == expected and part.said
        swollen = [one.answer for part in read.parts for one in part.answers if one.code == "one_side_fast"]
        assert swollen == [{"yes": "有", "unsure": "说不清"}[value]]
    person = world.person(day=200)
    read = reading.as_read(world.seat(), saved(world, person, well(world, person, 200), "late"), world.now)
    assert concern(read).said_as == OUTSIDE


def test_a_correction_shows_what_stood_before(world: World) -> None:
    person = world.person()
    form = well(world, person)
    fixed = replace(
        form,
        corrections=(
            Correction("recovery_overall", "poor", "听错了", world.now, None, person.treatment_id, None),
        ),
    )
    read = reading.as_read(world.seat(), saved(world, person, fixed), world.now)
    answer = next(one for part in read.parts for one in part.answers if one.code == "recovery_overall")
    assert answer.was == (("不太好", "听错了"),) or answer.was[0][1] == "听错了"
    assert answer.counts


def test_an_amended_call_has_the_answers_of_the_first(world: World) -> None:
    person = world.person()
    call_id = saved(world, person, well(world, person))
    again = amend(world.seat(), call_id, "纠正", "疼痛是 3 分", "k1", world.now)
    third = amend(world.seat(), again, "再纠正", "疼痛是 4 分", "k2", world.now)
    first = reading.as_read(world.seat(), call_id, world.now)
    assert reading.as_read(world.seat(), third, world.now) == replace(first, call_id=third)


def test_files_that_were_never_kept_leave_codes(world: World) -> None:
    person = world.person()
    form = replace(well(world, person), release_hash="e" * 64)
    read = reading.as_read(world.seat(), saved(world, person, form), world.now)
    assert (read.kept, read.number, read.short_hash, read.flow) == (False, None, "e" * 12, "d7")
    assert [part.kind for part in read.parts] == ["other"]
    assert ("recovery_overall", "recovery_overall") in {
        (one.code, one.question) for one in read.parts[0].answers
    }
    row = {name: value for name, value in world.row("call", 1).items() if name != "id"}
    with unit_of_work(world.clinic.database) as connection:
        older = add_call(connection, row | {"release_hash": None, "track_code": None, "late_draft": False})
    read = reading.as_read(world.seat(), older, world.now)
    assert (read.kept, read.short_hash, read.flow, read.parts) == (False, None, None, ())


def test_nobody_identified_means_only_the_opening(world: World) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form(outcome=CallOutcome.WRONG_PERSON, identity=(), answers=(), release_hash=shipped().hash)
    done = calls.save(world.seat(), claim, form, "w", world.now)
    assert done.call_id is not None
    read = reading.as_read(world.seat(), done.call_id, world.now)
    assert not read.identified
    steps = select_flow(shipped(), OpenTreatment("upper_blepharoplasty", 7), "d7").steps
    gate = next(number for number, step in enumerate(steps) if step.kind == "identity")
    assert 0 < len(read.parts) <= gate + 1


def test_who_may_read(world: World) -> None:
    person = world.person(procedure="labiaplasty", milestone="D7")
    call_id = saved(
        world, person, world.form(identity=("birthday", "visit_date"), release_hash=shipped().hash)
    )
    hidden = reading.as_read(world.seat(), call_id, world.now)
    assert hidden == CallRead(call_id, hidden=True)
    allowed = replace(world.seat(), restricted_ok=True)
    assert reading.as_read(allowed, call_id, world.now).parts
    trainee = replace(world.seat(), role=Role.TRAINEE)
    with pytest.raises(NotAllowed) as refused:
        reading.as_read(trainee, call_id, world.now)
    assert refused.value.code == "role_may_not_read"
    for seat, number in ((world.seat(), 999), (replace(world.seat(), clinic_id=99), call_id)):
        with pytest.raises(NotAllowed):
            reading.as_read(seat, number, world.now)
    rows = world.clinic.rows("SELECT subject_kind, subject_id, fields FROM audit WHERE action = 'call.read'")
    assert [(one["subject_kind"], one["subject_id"]) for one in rows] == [("call", call_id)] * 2


def test_a_release_without_the_flow_still_shows_the_answers(world: World) -> None:
    person = world.person()
    form = replace(well(world, person), track_code="no_such_flow")
    read = reading.as_read(world.seat(), saved(world, person, form), world.now)
    assert read.title == "no_such_flow"
    assert {part.kind for part in read.parts} == {"other", "concern"}


def test_every_placeholder_has_words() -> None:
    assert set(PLACEHOLDERS) == set(KNOWN)
    assert all(has("zh", f"placeholder\x04{words}") for words in PLACEHOLDERS.values())


NOT_A_DOCTOR, MYSELF = "我不是医生", "亲自给您打个电话"


def first_day_call(world: World, login: str) -> int:
    """A D1 call saved at that person's seat."""
    person = world.person(day=1, milestone="D1")
    form = world.form(release_hash=shipped().hash, track_code="d1")
    done = calls.save(world.seat(login), world.ring(person, login=login), form, login, world.now)
    assert done.call_id is not None
    return done.call_id


@pytest.mark.parametrize(
    ("login", "said", "unsaid"), [("chen", MYSELF, NOT_A_DOCTOR), ("li", NOT_A_DOCTOR, MYSELF)]
)
def test_the_opening_is_that_of_who_called(world: World, login: str, said: str, unsaid: str) -> None:
    read = reading.as_read(world.seat(), first_day_call(world, login), world.now)
    assert said in lines(read) and unsaid not in lines(read)
    assert not {part.when for part in read.parts} & BY_ROLE


@pytest.mark.parametrize("trail", (True, False))
def test_a_role_switched_later_changes_nothing_of_what_was_said(
    world: World, monkeypatch: pytest.MonkeyPatch, trail: bool
) -> None:
    monkeypatch.setattr(staff, "_role", lambda _row, role: Role(role))
    if not trail:
        monkeypatch.setattr("db.seal_key.load_key", lambda _address: None)
    seat = world.seat("chen")
    staff.switch_role(seat, Role.DOCTOR, world.later(minutes=-5))
    world.later(minutes=5)
    call_id = first_day_call(world, "chen")
    staff.switch_role(seat, Role.CALLER, world.later(minutes=5))
    read = reading.as_read(world.seat(), call_id, world.now)
    if trail:
        assert MYSELF in lines(read) and NOT_A_DOCTOR not in lines(read)
        return
    # Without the key nobody can say who called: the variant of the seat's last role, and its condition.
    assert {part.when for part in read.parts if NOT_A_DOCTOR in "".join(part.lines)} == {"not_doctor"}


def test_what_depends_on_the_ward_is_shown_with_its_condition(world: World) -> None:
    read = reading.as_read(world.seat(), first_day_call(world, "li"), world.now)
    flow = select_flow(shipped(), OpenTreatment("upper_blepharoplasty", 1), "d1")
    whole = next(one for one in shipped().flows("d1") if one.where == flow.where)
    depending = [step for step in whole.steps if step.when == "at_home" and not step.ask and not step.groups]
    shown = {part.title for part in read.parts if part.when == "at_home"}
    assert depending and {step.title.zh for step in depending} <= shown


def test_every_condition_that_is_shown_has_words() -> None:
    assert set(WHEN) == THEN | BY_ROLE
    assert all(has("zh", f"read when\x04{words}") for words in WHEN.values())
