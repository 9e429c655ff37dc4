"""Signing in and out, PINs, and the list of staff, on both databases."""

from __future__ import annotations

import importlib.util
from datetime import datetime, timedelta

import pytest

from console.desk import founding, staff
from console.desk.seat import lanes_of
from console.rules.policy import default
from db import pins
from db.connect import Database, unit_of_work
from db.enums import Language, Role
from db.errors import Conflict, NotAllowed, WrongUse
from tests.clinic import PIN, SampleClinic

WRONG = "999999"


def _refused(code: str, call: object, *args: object, **more: object) -> NotAllowed:
    with pytest.raises(NotAllowed) as caught:
        call(*args, **more)  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


def _duty(clinic: SampleClinic, login: str) -> bool:
    return bool(clinic.rows("SELECT on_duty FROM staff WHERE login = :login", login=login)[0]["on_duty"])


def test_signing_in_gives_a_seat_and_puts_on_duty(clinic: SampleClinic) -> None:
    assert not _duty(clinic, "li")
    seat = staff.sign_in(clinic.database, "li", PIN, clinic.now, label="front desk")

    assert (seat.name, seat.login, seat.role, seat.languages) == ("李敏", "li", Role.CALLER, ("zh",))
    assert seat.zone == "Asia/Shanghai"
    assert seat.policy.version == 1
    assert _duty(clinic, "li")
    assert clinic.rows("SELECT label, role FROM seat") == [{"label": "front desk", "role": "caller"}]
    assert clinic.rows("SELECT action, staff_id FROM audit") == [
        {"action": "staff.sign_in", "staff_id": seat.staff_id}
    ]

    staff.sign_out(seat, clinic.now)
    assert not _duty(clinic, "li")


@pytest.mark.parametrize("login", ["李敏", " LI ", "ＬＩ", "l\u200bi"])
def test_a_name_is_understood_as_a_person_types_it(clinic: SampleClinic, login: str) -> None:
    assert staff.sign_in(clinic.database, login, "２４０８１３ ", clinic.now).login == "li"


def test_a_name_that_two_people_share_is_no_login(clinic: SampleClinic) -> None:
    staff.add_staff(clinic.seat("lead"), "li2", "李敏", ["caller"], ["zh"], clinic.now)
    _refused("sign_in_wrong", staff.sign_in, clinic.database, "李敏", PIN, clinic.now)


def test_wrong_names_and_wrong_pins_look_the_same(clinic: SampleClinic) -> None:
    one = _refused("sign_in_wrong", staff.sign_in, clinic.database, "nobody", PIN, clinic.now)
    two = _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", WRONG, clinic.now)
    assert one.params == two.params == {}
    assert [row["action"] for row in clinic.rows("SELECT action FROM audit")] == ["staff.refused"] * 2


def test_five_wrong_pins_wait_a_minute_and_each_further_one_doubles(clinic: SampleClinic) -> None:
    now = clinic.now
    for _ in range(5):
        _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", WRONG, now)
    waits: list[int] = []
    for _ in range(3):
        locked = _refused("pin_locked", staff.sign_in, clinic.database, "li", PIN, now)
        seconds = int(str(locked.params["seconds"]))
        waits.append(seconds)
        now += timedelta(seconds=seconds)
        _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", WRONG, now)
    assert waits == [61, 121, 241]

    now += timedelta(seconds=480)
    staff.sign_in(clinic.database, "li", PIN, now)
    for _ in range(4):
        _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", WRONG, now)
    staff.sign_in(clinic.database, "li", PIN, now)


def test_a_wait_is_never_longer_than_an_hour() -> None:
    assert [pins.wait_after(failed) for failed in (0, 4, 5, 6, 10, 11, 10**6)] == [
        0,
        0,
        60,
        120,
        1920,
        3600,
        3600,
    ]


def test_a_try_counts_before_the_pin_is_looked_at(
    clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def slow(_pin: str, _stored: str) -> bool:
        seen.append(clinic.rows("SELECT failed_pins FROM staff WHERE login = 'li'")[0]["failed_pins"])
        return True

    monkeypatch.setattr(pins, "matches", slow)
    staff.sign_in(clinic.database, "li", PIN, clinic.now)
    assert seen == [1]
    assert clinic.rows("SELECT failed_pins FROM staff WHERE login = 'li'") == [{"failed_pins": 0}]


def test_the_lock_screen_asks_for_the_same_pin(clinic: SampleClinic) -> None:
    seat = clinic.seat("li")
    assert staff.check_pin(seat, PIN, clinic.now)
    for _ in range(5):
        assert not staff.check_pin(seat, WRONG, clinic.now)
    _refused("pin_locked", staff.check_pin, seat, PIN, clinic.now)


def test_a_first_pin_must_be_changed(clinic: SampleClinic) -> None:
    made = staff.add_staff(clinic.seat("lead"), "Mei", "梅", ["nurse", "caller"], ["zh", "en"], clinic.now)
    assert made.member.must_change_pin
    assert made.member.roles == (Role.NURSE, Role.CALLER)
    assert pins.weakness(made.pin) is None

    _refused("pin_must_change", staff.sign_in, clinic.database, "mei", made.pin, clinic.now)
    _refused("pin_unchanged", staff.change_pin, clinic.database, "mei", made.pin, made.pin, clinic.now)
    _refused("sign_in_wrong", staff.change_pin, clinic.database, "mei", WRONG, "482913", clinic.now)
    staff.change_pin(clinic.database, "mei", made.pin, "482913", clinic.now)

    assert staff.sign_in(clinic.database, "mei", "482913", clinic.now).role is Role.NURSE


@pytest.mark.parametrize(
    ("pin", "code"),
    [("12345", "pin_too_short"), ("1" * 65, "pin_too_long"), ("111111", "pin_too_simple"),
     ("123456", "pin_too_simple"), ("987654", "pin_too_simple"), ("１２３４５６", "pin_too_simple")],
)  # fmt: skip
def test_weak_pins_are_refused(clinic: SampleClinic, pin: str, code: str) -> None:
    _refused(code, staff.change_pin, clinic.database, "li", PIN, pin, clinic.now)


def test_a_pin_is_stored_as_scrypt_and_a_foreign_hash_never_matches() -> None:
    assert pins.__spec__ is not None
    shipped = importlib.util.module_from_spec(pins.__spec__)
    assert pins.__spec__.loader is not None
    pins.__spec__.loader.exec_module(shipped)
    stored = shipped.hashed("482913")
    assert stored.startswith("scrypt$16384$8$5$")
    assert "482913" not in stored
    assert pins.hashed("482913") != stored
    assert pins.matches("482913", stored)
    for foreign in ("", "482913", "plain$1$1$1$a$b", "scrypt$x$8$5$a$b", "scrypt$16384$8$5$!$!"):
        assert not pins.matches("482913", foreign)
    assert not pins.matches("\ud800", stored)


def test_switching_the_role_changes_lanes(clinic: SampleClinic) -> None:
    seat = clinic.seat("anna")
    other = staff.switch_role(seat, "consultant", clinic.now)

    assert other.role is Role.CONSULTANT
    assert "team:on_site_consultant:en" in other.lanes
    assert "team:nurse:zh" not in other.lanes
    assert "pool:en" in other.lanes
    _refused("role_not_yours", staff.switch_role, seat, "doctor", clinic.now)
    _refused("role_not_yours", staff.sign_in, clinic.database, "li", PIN, clinic.now, "lead")


def test_lanes_follow_roles_languages_and_the_policys_teams() -> None:
    policy, zh = default(), (Language.ZH,)
    caller = lanes_of(Role.CALLER, (Role.CALLER,), zh, 7, policy)
    lead = lanes_of(Role.LEAD, (Role.LEAD,), zh, 7, policy)
    nurse = lanes_of(Role.NURSE, (Role.NURSE,), zh, 7, policy)

    assert caller[0] == "own:7"
    assert "lead" not in caller
    teams = ("customer_service", "outpatient_doctor", "nurse", "on_site_consultant", "booking_desk")
    assert set(caller) == {
        "own:7",
        *(f"team:{team}:{tongue}" for team in (*teams, "member_specialist") for tongue in ("zh", "any")),
        *(f"pool:{tongue}" for tongue in ("zh", "any")),
    }
    assert set(lead) == {*caller, "lead"}
    assert set(nurse) == {
        "own:7",
        *(
            f"team:{team}:{tongue}"
            for team in ("outpatient_doctor", "nurse", "ward")
            for tongue in ("zh", "any")
        ),
    }
    assert lanes_of(Role.TRAINEE, (Role.TRAINEE, Role.CALLER), zh, 7, policy) == ()


def _escalation(clinic: SampleClinic, level: str | None, **values: object) -> None:
    now = 1
    with unit_of_work(clinic.database) as connection:
        connection.insert(
            "escalation",
            {
                "clinic_id": clinic.clinic_id, "kind": "clinical" if level else "request", "level": level,
                "status": "new", "raised_by": clinic.staff_ids["li"], "raised_at": now, "ack_by": now,
                "contact_by": now, "resolve_by": now, **values,
            },
        )  # fmt: skip


@pytest.mark.parametrize("level", ["EMERGENCY", "SAME_DAY"])
def test_nobody_signs_out_while_nobody_has_been_told(clinic: SampleClinic, level: str) -> None:
    _escalation(clinic, level)
    seat = clinic.seat("li")
    assert _refused("somebody_untold", staff.sign_out, seat, clinic.now).params["count"] == 1
    assert clinic.rows("SELECT closed_at FROM seat") == [{"closed_at": None}]
    staff.sign_out(clinic.seat("anna"), clinic.now)

    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE escalation SET told_at = 2")
    staff.sign_out(seat, clinic.now)


@pytest.mark.parametrize(
    ("level", "values"),
    [
        ("URGENT", {}),
        (None, {}),
        ("EMERGENCY", {"acknowledged_at": 2}),
        ("EMERGENCY", {"status": "resolved"}),
    ],
)
def test_what_does_not_keep_anybody(
    clinic: SampleClinic, level: str | None, values: dict[str, object]
) -> None:
    _escalation(clinic, level, **values)
    staff.sign_out(clinic.seat("li"), clinic.now)


def test_duty_ends_with_the_last_open_seat_and_lost_seats_are_closed(clinic: SampleClinic) -> None:
    one, two = clinic.new_seat("li"), clinic.new_seat("li")
    staff.sign_out(one, clinic.now)
    assert _duty(clinic, "li")

    later = clinic.now + timedelta(minutes=9)
    staff.seen(two, later)
    staff.seen(clinic.new_seat("anna"), later + timedelta(minutes=5))
    assert _duty(clinic, "li")
    staff.seen(clinic.seat("anna"), later + timedelta(minutes=11))
    assert not _duty(clinic, "li")


def test_only_a_lead_keeps_the_list(clinic: SampleClinic) -> None:
    seat = clinic.seat("li")
    for call in (
        lambda: staff.list_staff(seat),
        lambda: staff.add_staff(seat, "x", "x", ["caller"], ["zh"], clinic.now),
        lambda: staff.set_staff(seat, "anna", clinic.now, name="y"),
        lambda: staff.reset_pin(seat, "anna", clinic.now),
        lambda: staff.retire(seat, "anna", clinic.now),
    ):
        _refused("role_needed", call)


def test_adding_changing_and_listing(clinic: SampleClinic) -> None:
    lead = clinic.seat("lead")
    with pytest.raises(Conflict) as caught:
        staff.add_staff(lead, "LI", "x", ["caller"], ["zh"], clinic.now)
    assert caught.value.code == "login_taken"

    changed = staff.set_staff(
        lead, "anna", clinic.now, name="Anna\u202e \x1b[31m Wang", roles=["caller", "caller"],
        languages=["en"],         restricted_ok=True, phone=" +8613912345678 ",
    )  # fmt: skip
    assert (changed.name, changed.roles, changed.languages) == (
        "Anna [31m Wang",
        (Role.CALLER,),
        (Language.EN,),
    )
    assert (changed.restricted_ok, changed.phone) == (True, "+8613912345678")
    assert staff.set_staff(lead, "anna", clinic.now, phone="").phone is None
    assert [member.login for member in staff.list_staff(lead)] == ["anna", "chen", "he", "lead", "li"]
    row = clinic.rows("SELECT fields FROM audit WHERE action = 'staff.set' ORDER BY id LIMIT 1")
    assert row == [{"fields": '["name", "roles", "languages", "restricted_ok", "phone"]'}]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"login": ""}, "login_unreadable"),
        ({"login": "x" * 41}, "login_unreadable"),
        ({"name": " \u200b "}, "name_unreadable"),
        ({"roles": []}, "role_missing"),
        ({"roles": ["king"]}, "role_unknown"),
        ({"languages": []}, "language_missing"),
        ({"languages": ["fr"]}, "language_unknown"),
    ],
)
def test_unreadable_values_are_named(clinic: SampleClinic, values: dict[str, object], code: str) -> None:
    given = {"login": "new", "name": "新", "roles": ["caller"], "languages": ["zh"], **values}
    with pytest.raises(WrongUse) as caught:
        staff.add_staff(clinic.seat("lead"), now=clinic.now, **given)  # type: ignore[arg-type]
    assert caught.value.code == code
    with pytest.raises(WrongUse):
        staff.set_staff(clinic.seat("lead"), "nobody", clinic.now, name="x")


def test_a_reset_pin_ends_the_waiting_and_must_be_changed(clinic: SampleClinic) -> None:
    for _ in range(5):
        _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", WRONG, clinic.now)
    made = staff.reset_pin(clinic.seat("lead"), "li", clinic.now)
    _refused("pin_must_change", staff.sign_in, clinic.database, "li", made.pin, clinic.now)
    _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", PIN, clinic.now)


def test_a_retired_person_is_out(clinic: SampleClinic) -> None:
    lead = clinic.seat("lead")
    clinic.seat("li")
    gone = staff.retire(lead, "li", clinic.now)

    assert gone.retired_at == clinic.now
    assert not _duty(clinic, "li")
    _refused("sign_in_wrong", staff.sign_in, clinic.database, "li", PIN, clinic.now)
    assert "li" not in [member.login for member in staff.list_staff(lead)]
    assert "li" in [member.login for member in staff.list_staff(lead, retired=True)]


def test_a_clinic_keeps_a_lead(clinic: SampleClinic) -> None:
    lead = clinic.seat("lead")
    _refused("not_yourself", staff.retire, lead, "lead", clinic.now)
    _refused("last_lead", staff.set_staff, lead, "lead", clinic.now, roles=["caller"])
    staff.set_staff(lead, "anna", clinic.now, roles=["caller", "lead"])
    staff.set_staff(lead, "lead", clinic.now, roles=["caller"])
    other = staff.sign_in(clinic.database, "anna", PIN, clinic.now, Role.LEAD)
    _refused("last_lead", staff.set_staff, other, "anna", clinic.now, roles=["caller"])


def test_founding_a_clinic(database: Database, now: datetime) -> None:
    made = founding.found_clinic(
        database,
        name=" 上海\x1b一店 ",
        zone="Asia/Taipei",
        lead="王 主管",
        pin="482913",
        own_pin=True,
        now=now,
    )
    assert made.lead.login == "王 主管"
    seat = staff.sign_in(database, "王 主管", "482913", now)
    assert (seat.role, seat.zone, seat.policy.version, seat.demo) == (Role.LEAD, "Asia/Taipei", 1, False)
    with pytest.raises(Conflict) as caught:
        founding.found_clinic(
            database, name="b", zone="Asia/Taipei", lead="x", pin="482913", own_pin=True, now=now
        )
    assert caught.value.code == "clinic_there"


def test_a_clinic_needs_a_zone_a_name_and_a_pin(database: Database, now: datetime) -> None:
    for more, code in (
        ({"zone": "Mars/Olympus"}, "zone_unknown"),
        ({"zone": '"'}, "zone_unknown"),
        ({"name": ""}, "name_unreadable"),
        ({"pin": "1"}, "pin_too_short"),
    ):
        given = {"name": "a", "zone": "Asia/Shanghai", "lead": "l", "pin": "482913", "own_pin": True, **more}
        with pytest.raises((WrongUse, NotAllowed)) as caught:
            founding.found_clinic(database, now=now, **given)  # type: ignore[arg-type]
        assert caught.value.code == code
