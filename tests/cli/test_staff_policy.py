"""`aftercall staff ...`, `policy ...`, `doctor` and `locate` on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.rules.policy import default_text
from db.connect import unit_of_work
from tests.cli.conftest import Run
from tests.clinic import PIN, SampleClinic
from tests.desk.queue_world import SHANGHAI, QueueWorld, local


def test_adding_a_person_and_her_first_own_pin(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(
        *as_lead, "staff", "add", "mei", "--name", "梅", "--role", "nurse", "--role", "caller",
        "--lang", "zh", "--lang", "en", "--restricted", "yes", "--json",
    )  # fmt: skip
    assert done.code == 0
    first = done.document["first_pin"]
    assert done.document["staff"]["roles"] == ["nurse", "caller"]
    assert done.document["staff"]["restricted"] is True

    monkeypatch.setenv("AFTERCALL_PIN", first)
    refused = run("--db", clinic.database.url, "--staff", "mei", "staff", "list", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (
        4,
        "pin_must_change",
    )
    monkeypatch.setenv("AFTERCALL_NEW_PIN", "482913")
    assert run("--db", clinic.database.url, "--staff", "mei", "staff", "pin").code == 0
    monkeypatch.setenv("AFTERCALL_PIN", "482913")
    refused = run("--db", clinic.database.url, "--staff", "mei", "staff", "list", "--json")
    assert (refused.code, refused.document["error"]["code"]) == (4, "role_not_yours")


def test_listing_changing_resetting_and_retiring(
    run: Run, as_lead: tuple[str, ...], clinic: SampleClinic
) -> None:
    done = run(*as_lead, "staff", "list")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("anna  Anna  ")
    assert done.err == ""

    done = run(*as_lead, "staff", "set", "li", "--name", "李小敏", "--phone", "+8613912345678", "--json")
    assert done.document["staff"]["name"] == "李小敏"
    done = run(*as_lead, "staff", "set", "li", "--reset-pin", "--json")
    assert done.document["staff"]["must_change_pin"] is True
    assert len(done.document["first_pin"]) == 6
    assert run(*as_lead, "staff", "retire", "li").code == 0
    people = run(*as_lead, "staff", "list", "--json").document["staff"]
    assert "li" not in [person["login"] for person in people]
    people = run(*as_lead, "staff", "list", "--all", "--json").document["staff"]
    assert "li" in [person["login"] for person in people]

    assert clinic.rows("SELECT COUNT(*) AS n FROM seat WHERE closed_at IS NULL") == [{"n": 0}]
    assert clinic.rows("SELECT login FROM staff WHERE on_duty") == []
    actions = {str(row["action"]) for row in clinic.rows("SELECT action FROM audit")}
    assert {"staff.sign_in", "staff.set", "staff.reset_pin", "staff.retire"} <= actions


@pytest.mark.parametrize(
    ("argv", "pin", "code", "error"),
    [
        (("staff", "list"), PIN, 2, "staff_needed"),
        (("--staff", "lead", "staff", "list"), None, 2, "pin_needed"),
        (("--staff", "lead", "staff", "list"), "000001", 4, "sign_in_wrong"),
        (("--staff", "li", "staff", "list"), PIN, 4, "role_not_yours"),
        (("--staff", "lead", "staff", "set", "nobody", "--name", "x"), PIN, 2, "staff_unknown"),
        (("--staff", "lead", "staff", "add", "li"), PIN, 4, "login_taken"),
        (("--staff", "lead", "staff", "add", "x", "--role", "king"), PIN, 2, "role_unknown"),
    ],
)
def test_refusals(
    run: Run,
    clinic: SampleClinic,
    monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, ...],
    pin: str | None,
    code: int,
    error: str,
) -> None:
    if pin is not None:
        monkeypatch.setenv("AFTERCALL_PIN", pin)
    done = run("--db", clinic.database.url, *argv, "--json")
    assert (done.code, done.document["error"]["code"]) == (code, error)
    assert done.document["error"]["hint"]


def test_no_pin_is_asked_for_without_a_terminal(run: Run, clinic: SampleClinic) -> None:
    done = run("--db", clinic.database.url, "--staff", "lead", "staff", "list")
    assert done.code == 2
    assert "AFTERCALL_PIN" in done.err


def test_show_check_and_apply_a_policy(run: Run, as_lead: tuple[str, ...], tmp_path: Path) -> None:
    shown = run(*as_lead, "policy", "show", "--json").document
    assert (shown["version"], shown["document"]) == (1, default_text())
    file = tmp_path / "policy.toml"
    file.write_text("\ufeff" + default_text().replace("lock_min = 3", "lock_min = 5"), encoding="utf-8")

    checked = run("policy", "check", file, "--json")
    assert (checked.code, checked.document["problems"]) == (0, [])
    assert checked.document["on_call_gap"] is not None
    done = run(*as_lead, "policy", "apply", file, "--json").document
    assert (done["version"], done["changed"]) == (2, True)
    again = run(*as_lead, "policy", "apply", file, "--json").document
    assert (again["version"], again["changed"]) == (2, False)
    assert "lock_min = 5" in run(*as_lead, "policy", "show").out


def test_a_dry_run_says_what_would_move_and_moves_nothing(
    run: Run, as_lead: tuple[str, ...], tmp_path: Path, clinic: SampleClinic
) -> None:
    world = QueueWorld(clinic)
    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    for _number in range(3):
        world.item(
            world.patient(), "D7", due=today + timedelta(days=2), end=local(today + timedelta(days=9), 21)
        )
    file = tmp_path / "policy.toml"
    closed = today + timedelta(days=400)
    text = default_text().replace("19:00-20:00", "18:00-19:00")
    file.write_text(
        text.replace("overrides = []", f'overrides = [{{date = "{closed}", closed = "停电"}}]'),
        encoding="utf-8",
    )
    before = clinic.rows("SELECT * FROM item ORDER BY id")
    database = ("--db", clinic.database.url)

    dry = run(*database, "policy", "apply", file, "--dry-run", "--json")
    assert dry.code == 0
    seen = dry.document
    assert (seen["looked"], seen["open_items"], seen["complete"], seen["moved"]) == (3, 3, True, 3)
    assert seen["deadline"] == {"earlier": 3, "later": 0}
    checked = run(*database, "policy", "check", file, "--preview", "--most", "2", "--json").document
    assert (checked["preview"]["looked"], checked["preview"]["complete"]) == (2, False)
    assert checked["holidays_known_until"] >= 2026
    words = run(*database, "policy", "apply", file, "--dry-run").out
    assert "3 of 3 open calls move." in words and "Nothing was changed." in words
    assert clinic.rows("SELECT * FROM item ORDER BY id") == before
    assert clinic.count("policy_version") == 1

    done = run(*as_lead, "policy", "apply", file, "--json").document
    assert (done["version"], done["placed"], done["still_to_place"]) == (2, 3, 0)
    assert {row["policy_version"] for row in clinic.rows("SELECT policy_version FROM item")} == {2}
    shown = run(*database, "policy", "show", "--words").out
    assert "18:00-19:00" in shown and "public holidays are known to the end of" in shown


def test_a_broken_policy_is_named_key_by_key_and_not_applied(
    run: Run, as_lead: tuple[str, ...], tmp_path: Path, clinic: SampleClinic
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        default_text().replace("lock_min = 3", 'lock_min = "x"').replace("schema = 1", "schema = 7"),
        encoding="utf-8",
    )
    checked = run("policy", "check", file, "--json")
    assert checked.code == 2
    assert [problem["where"] for problem in checked.document["problems"]] == ["schema", "staff.lock_min"]
    assert all(problem["message"] for problem in checked.document["problems"])
    done = run(*as_lead, "policy", "apply", file)
    assert done.code == 2
    assert "staff.lock_min" in done.err
    assert run("policy", "check", tmp_path / "none.toml").code == 2
    file.write_bytes(b"\xff\xfe\x00")
    assert run("policy", "check", file).code == 2
    assert clinic.count("policy_version") == 1


def test_only_a_lead_applies_a_policy(run: Run, as_lead: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(default_text(), encoding="utf-8")
    done = run(*as_lead[:3], "chen", "policy", "apply", file, "--json")
    assert (done.code, done.document["error"]["code"]) == (4, "role_not_yours")


def test_doctor_looks_at_machine_and_database(run: Run, clinic: SampleClinic) -> None:
    done = run("doctor", "--db", clinic.database.url, "--json")
    assert done.code == 0
    found = {check["code"]: check["ok"] for check in done.document["checks"]}
    assert found["sqlite"]
    assert found["program"]
    assert found["database"]
    assert found["seal_key"]
    assert not found["watched"]
    assert not found["on_call"]
    assert done.document["ok"] is False
    with unit_of_work(clinic.database) as connection:
        connection.execute("UPDATE clinic SET last_tick_at = :now", {"now": connection.now_ms()})
    found = {
        check["code"]: check["ok"]
        for check in run("doctor", "--db", clinic.database.url, "--json").document["checks"]
    }
    assert found["watched"]


def test_doctor_without_a_database_still_looks_at_the_machine(run: Run, tmp_path: Path) -> None:
    done = run("doctor", "--db", f"sqlite:///{tmp_path}/none.db", "--json")
    assert done.code == 3
    assert [check["code"] for check in done.document["checks"] if not check["ok"]][-1] == "database_missing"
    assert "1234567|" in run("doctor", "--db", f"sqlite:///{tmp_path}/none.db").out


def test_locate_names_places_and_no_password(run: Run) -> None:
    done = run("locate", "--db", "postgresql://u:sesame@h/x", "--json")
    assert done.code == 0
    assert set(done.document) == {"settings", "log", "database", "seal_key", "program"}
    assert "sesame" not in json.dumps(done.document)
