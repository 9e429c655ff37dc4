"""Releases of talk-tracks end to end on both databases: published, approved, read, kept, taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.desk import calls, keeping, scripts
from console.desk.amending import amend
from console.desk.scripts import _shipped as shipped
from console.desk.seat import Seat
from console.scripts.library import Library, from_texts
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern, select_flow
from db import releases
from db.connect import Connection, unit_of_work
from db.enums import ReleaseStatus, Role
from db.errors import NotAllowed
from db.instants import to_ms
from tests.clinic import PIN, SampleClinic
from tests.desk.call_world import World

OLD, NEW = "先问要紧的，有没有下面任何一种？", "先问最要紧的，有没有下面任何一种？"
ADDED = ("playbooks/", "care.toml", "outcomes.toml", "sources.toml")
"""What releases of the time before playbooks do not have."""


def changed(old: str = OLD, new: str = NEW) -> Library:
    """The shipped release with one sentence said otherwise."""
    texts = {name: body.replace(old, new) for name, body in shipped().texts.items()}
    made = from_texts(texts)
    assert made.hash != shipped().hash
    return made


def old_shaped() -> Library:
    """A release without what came later."""
    return from_texts({name: body for name, body in shipped().texts.items() if not name.startswith(ADDED)})


def stored(clinic: SampleClinic, texts: Library, **values: object) -> int:
    """A release in the record that no check of today has seen: an older program published it."""
    with unit_of_work(clinic.database) as connection:
        return releases.add(
            connection,
            clinic_id=clinic.clinic_id,
            document=scripts._document(texts),
            sha256=texts.hash,
            author=clinic.staff_ids["lead"],
            at_ms=to_ms(clinic.now),
        )


def approved(clinic: SampleClinic, number: int, at: datetime) -> None:
    """Approved at that moment by an older program."""
    with unit_of_work(clinic.database) as connection:
        releases.approve(
            connection,
            clinic.clinic_id,
            number,
            staff_id=clinic.staff_ids["chen"],
            at_ms=to_ms(at),
            review_by=(at + timedelta(days=365)).date(),
            note="",
        )


def code(refused: pytest.ExceptionInfo[NotAllowed]) -> str:
    return refused.value.code


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every release pass: the check itself has tests of its own and takes seconds."""
    monkeypatch.setattr("console.scripts.lint.check", lambda _texts, _shipped: ())
    monkeypatch.setattr(scripts, "_faults", {})


def test_published_then_approved_then_read(clinic: SampleClinic, unchecked: None) -> None:
    lead, doctor, caller = clinic.seat("lead"), clinic.seat("chen"), clinic.seat("li")
    assert scripts.status(caller, clinic.now).number is None

    line = scripts.publish(lead, changed(), "  one \x07sentence ", clinic.now)
    assert (line.number, line.status, line.author, line.shipped) == (1, ReleaseStatus.DRAFT, "王主管", False)
    assert line.note == "one sentence"
    texts, release = scripts.active(caller, clinic.now)
    assert (texts.hash, release.number, release.may_say) == (changed().hash, 1, False)

    scripts.approve(doctor, PIN, clinic.now, "read", 1)
    texts, release = scripts.active(caller, clinic.now)
    assert (texts.hash, release.number, release.may_say) == (changed().hash, 1, True)
    assert (release.approved_by, str(release.review_by)) == ("陈医生", "2027-06-15")

    # A newer draft changes nothing for who reads what is approved.
    scripts.publish(lead, changed(new="先说要紧的"), "another", clinic.now)
    assert scripts.status(caller, clinic.now).number == 1
    rows = clinic.rows(
        "SELECT action, subject_id, staff_id FROM audit WHERE subject_kind = 'script_release' ORDER BY id"
    )
    assert [(row["action"], row["subject_id"]) for row in rows] == [
        ("scripts.publish", 1),
        ("scripts.approve", 1),
        ("scripts.publish", 2),
    ]
    assert rows[1]["staff_id"] == clinic.staff_ids["chen"]


def test_who_may_publish_and_approve(clinic: SampleClinic, unchecked: None) -> None:
    for login in ("li", "he", "anna"):
        with pytest.raises(NotAllowed) as refused:
            scripts.publish(clinic.seat(login), changed(), "x", clinic.now)
        assert code(refused) == "needs_lead"
    with pytest.raises(NotAllowed) as refused:
        scripts.publish(clinic.seat("lead"), changed(), " \t", clinic.now)
    assert code(refused) == "note_needed"
    scripts.publish(clinic.seat("chen"), changed(), "by the doctor", clinic.now)
    with pytest.raises(NotAllowed) as refused:
        scripts.publish(clinic.seat("lead"), changed(), "the same again", clinic.now)
    assert (code(refused), refused.value.params["number"]) == ("release_same", 1)
    for login in ("lead", "he", "li"):
        with pytest.raises(NotAllowed) as refused:
            scripts.approve(clinic.seat(login), PIN, clinic.now, number=1)
        assert code(refused) == "needs_doctor"
    with pytest.raises(NotAllowed) as refused:
        scripts.approve(clinic.seat("chen"), "999999", clinic.now, number=1)
    assert code(refused) == "wrong_pin"
    for number in (2, 0, -1, 2**31, 10**30):
        with pytest.raises(NotAllowed) as refused:
            scripts.approve(clinic.seat("chen"), PIN, clinic.now, number=number)
        assert code(refused) == "release_unknown"
    assert clinic.rows("SELECT status FROM script_release") == [{"status": "draft"}]


def test_a_draft_that_fails_the_check_of_today_is_refused(clinic: SampleClinic) -> None:
    number = stored(clinic, old_shaped())
    with pytest.raises(NotAllowed) as refused:
        scripts.approve(clinic.seat("chen"), PIN, clinic.now, number=number)
    assert code(refused) == "release_faulty"
    assert (refused.value.params["file"], refused.value.params["count"]) == ("care.toml", 4)
    with pytest.raises(NotAllowed) as refused:
        scripts.publish(clinic.seat("lead"), old_shaped(), "x", clinic.now)
    assert code(refused) == "release_faulty"
    assert clinic.count("script_release") == 1
    assert clinic.rows("SELECT action FROM audit WHERE subject_kind = 'script_release'") == []


def test_a_retired_release_comes_back(clinic: SampleClinic, unchecked: None) -> None:
    lead, doctor = clinic.seat("lead"), clinic.seat("chen")
    for words in ("先问一", "先问二"):
        scripts.publish(lead, changed(new=words), words, clinic.now)
    scripts.approve(doctor, PIN, clinic.now, number=1)
    scripts.approve(doctor, PIN, clinic.now, number=2)
    assert [one.status for one in scripts.history(lead)] == [ReleaseStatus.APPROVED, ReleaseStatus.RETIRED]
    later = clinic.now + timedelta(days=30)
    back = scripts.approve(doctor, PIN, later, number=1)
    assert (back.number, str(back.review_by)) == (1, "2027-07-15")
    assert scripts.status(lead, later).number == 1
    assert [one.status for one in scripts.history(lead)] == [ReleaseStatus.RETIRED, ReleaseStatus.APPROVED]


def test_an_overdue_review_says_nothing_until_it_is_approved_again(
    clinic: SampleClinic, unchecked: None
) -> None:
    doctor, caller = clinic.seat("chen"), clinic.seat("li")
    scripts.approve(doctor, PIN, clinic.now)
    last = clinic.now + timedelta(days=365)
    assert scripts.status(caller, last).may_say
    after = scripts.status(caller, last + timedelta(days=1))
    assert (after.status, after.overdue, after.may_say) == (ReleaseStatus.APPROVED, True, False)
    assert scripts.shipped_status(clinic.database, clinic.clinic_id, last) is ReleaseStatus.APPROVED
    assert (
        scripts.shipped_status(clinic.database, clinic.clinic_id, last + timedelta(days=1))
        is ReleaseStatus.DRAFT
    )
    # The shipped files are in the record already: the same number, no second copy.
    again = scripts.approve(doctor, PIN, last + timedelta(days=1))
    assert (again.number, again.may_say, clinic.count("script_release")) == (1, True, 1)
    with unit_of_work(clinic.database) as connection:
        first = releases.approved_at(connection, clinic.clinic_id, again.sha256, to_ms(last))
    assert first == to_ms(clinic.now)


def test_an_approval_keeps_what_the_author_wrote(clinic: SampleClinic, unchecked: None) -> None:
    lead, doctor = clinic.seat("lead"), clinic.seat("chen")
    scripts.publish(lead, changed(), "why it is new", clinic.now)
    scripts.approve(doctor, PIN, clinic.now, number=1)
    assert scripts.history(lead)[0].note == "why it is new"
    scripts.approve(doctor, PIN, clinic.now, "all read", 1)
    assert scripts.history(lead)[0].note == "why it is new / all read"
    for year in range(4):
        scripts.approve(doctor, PIN, clinic.now, f"{year}" * 500, 1)
    note = scripts.history(lead)[0].note
    assert note.startswith("why it is new / all read") and note.endswith(" / " + "3" * 500)
    assert len(note) <= 1_000


def test_two_publish_at_once(clinic: SampleClinic, unchecked: None) -> None:
    seats = [clinic.seat("lead"), clinic.seat("chen")]
    numbers, faults = list[int](), list[BaseException]()
    start = threading.Barrier(len(seats) * 3)

    def publish(seat: Seat, words: str) -> None:
        try:
            start.wait(10)
            numbers.append(scripts.publish(seat, changed(new=words), words, clinic.now).number)
        except BaseException as fault:
            faults.append(fault)
        finally:
            clinic.database.connection().close()

    threads = [
        threading.Thread(target=publish, args=(seat, f"先问{seat.login}{n}"))
        for seat in seats
        for n in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert faults == []
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_two_approve_at_once_and_one_stands(clinic: SampleClinic, unchecked: None) -> None:
    lead, doctor = clinic.seat("lead"), clinic.seat("chen")
    for number in range(1, 4):
        scripts.publish(lead, changed(new=f"先问{number}"), "x", clinic.now)
    start, faults = threading.Barrier(3), list[BaseException]()

    def approve(number: int) -> None:
        try:
            start.wait(10)
            scripts.approve(doctor, PIN, clinic.now, number=number)
        except BaseException as fault:
            faults.append(fault)
        finally:
            clinic.database.connection().close()

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(1, 4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert faults == []
    assert len([one for one in scripts.history(lead) if one.status is ReleaseStatus.APPROVED]) == 1


def test_after_an_upgrade_the_approved_release_is_read_whatever_it_lacks(clinic: SampleClinic) -> None:
    old = old_shaped()
    approved(clinic, stored(clinic, old), clinic.now)
    texts, release = scripts.active(clinic.seat("li"), clinic.now)
    assert (texts.hash, release.may_say, release.number) == (old.hash, True, 1)
    assert (texts.playbooks, texts.care_words, texts.outcomes.sets) == ({}, {}, {})
    for flow in texts.names("flows"):
        for day in (0, 7, 90):
            assert select_flow(texts, OpenTreatment("liposuction", day), flow).steps
    asking = [one for one in texts.flows("d90")[0].steps if one.outcomes]
    assert asking, "the flow asks outcomes, and goes on without them"
    assert select_concern(texts, OpenTreatment("upper_blepharoplasty", 6), "swelling").say is not None


def test_damaged_files_are_neither_read_nor_approved(clinic: SampleClinic) -> None:
    approved(clinic, stored(clinic, changed()), clinic.now)
    for damage in ("{", "[1]", '{"flows/d7.toml": "other"}'):
        scripts._kept.clear()
        with unit_of_work(clinic.database) as connection:
            connection.execute("UPDATE script_release SET document = :d", {"d": damage})
        texts, release = scripts.active(clinic.seat("li"), clinic.now)
        assert (texts.hash, release.number, release.may_say) == (shipped().hash, None, False)
        with pytest.raises(NotAllowed) as refused:
            scripts.approve(clinic.seat("chen"), PIN, clinic.now, number=1)
        assert code(refused) == "release_damaged"


# -- what calls keep ----------------------------------------------------------------------------


def save(world: World, release_hash: str | None, key: str = "one") -> int:
    person = world.person()
    claim = world.connected(person)
    saved = calls.save(world.seat(), claim, world.form(release_hash=release_hash), key, world.now)
    assert saved.call_id is not None
    return saved.call_id


def test_a_save_keeps_the_files_once_and_with_one_small_query(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(world, shipped().hash)
    row = world.clinic.rows("SELECT number, sha256, status, author, document FROM script_release")
    assert [(one["number"], one["sha256"], one["author"]) for one in row] == [(1, shipped().hash, None)]
    assert scripts.as_read(world.seat(), shipped().hash) is not None
    asked = list[str]()
    execute = Connection.execute

    def counted(self: Connection, sql: str, params: Any = None) -> Any:
        if "script_release" in sql:
            asked.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(Connection, "execute", counted)
    save(world, shipped().hash, "two")
    # What is read now, twice as nothing is approved, and whether the files are kept.
    assert len(asked) == 3
    assert not any("document" in sql or "INSERT" in sql for sql in asked)
    assert world.clinic.count("script_release") == 1


def test_a_kept_release_is_not_read_from_by_itself(world: World) -> None:
    save(world, shipped().hash)
    release = scripts.status(world.seat(), world.now)
    assert (release.number, release.status) == (None, ReleaseStatus.DRAFT)
    approved_one = scripts.approve(world.seat("chen"), PIN, world.now)
    assert approved_one.number == 1
    assert [one.author for one in scripts.history(world.seat())] == ["陈医生"]


def test_a_call_keeps_the_release_it_began_with(world: World, unchecked: None) -> None:
    """Approved while she was on the line: her answers are judged and stored under what she read."""
    lead, doctor = world.seat("lead"), world.seat("chen")
    scripts.publish(lead, changed(), "x", world.now)
    scripts.approve(doctor, PIN, world.now, number=1)
    texts, hash_ = scripts.begun_with(world.seat(), shipped().hash, world.now)
    assert (texts.hash, hash_) == (shipped().hash, shipped().hash)
    call_id = save(world, shipped().hash)
    assert world.row("call", call_id)["release_hash"] == shipped().hash
    assert {one["sha256"] for one in world.clinic.rows("SELECT sha256 FROM script_release")} == {
        changed().hash,
        shipped().hash,
    }
    # A form that names none is under what is read now; one that nobody has is stored as it is.
    assert world.row("call", save(world, None, "two"))["release_hash"] == changed().hash
    assert world.row("call", save(world, "f" * 64, "three"))["release_hash"] == "f" * 64
    assert scripts.as_read(world.seat(), "f" * 64) is None


def test_late_drafts_and_amendments_have_the_right_hash(world: World, unchecked: None) -> None:
    person = world.person()
    claim = world.connected(person)
    form = world.form(release_hash=shipped().hash)
    assert keeping.keep_draft(world.seat(), claim, form, world.now)
    assert world.clinic.rows("SELECT sha256, author FROM script_release") == [
        {"sha256": shipped().hash, "author": None}
    ]
    scripts.publish(world.seat("lead"), changed(), "x", world.now)
    scripts.approve(world.seat("chen"), PIN, world.now, number=2)
    lost = replace(claim, token=claim.token + 1)
    late = calls.save(world.seat(), lost, form, "late", world.now)
    assert late.late
    for _repeat in range(2):
        filed = keeping.file_late(world.seat(), claim.contact_id, "file", world.now)
        assert filed.call_id is not None
        assert world.row("call", filed.call_id)["release_hash"] == shipped().hash
    amended = amend(world.seat(), filed.call_id, "纠正", "疼痛是 3 分", "amend", world.now)
    assert world.row("call", amended)["release_hash"] == shipped().hash


def test_another_clinics_release_is_not_read(clinic: SampleClinic) -> None:
    stranger = replace(clinic.seat("li"), clinic_id=clinic.clinic_id + 1)
    stored(clinic, changed())
    assert scripts.as_read(stranger, changed().hash) is None
    assert scripts.history(stranger) == ()
    assert scripts.active(stranger, clinic.now)[1].number is None
    with pytest.raises(NotAllowed):
        scripts.load(stranger, 1)


def test_a_trainee_seat_publishes_nothing(clinic: SampleClinic) -> None:
    trainee = replace(clinic.seat("li"), role=Role.TRAINEE)
    with pytest.raises(NotAllowed):
        scripts.publish(trainee, changed(), "x", clinic.now)
