"""The policy in force, and putting another in force, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from console import i18n, policy_words, words
from console.desk import policy, staff
from console.rules import plan_data
from console.rules.placement import WARD_TEAM
from console.rules.policy import PolicyInvalid, default, default_text, parse_text
from db import policy as table
from db.connect import Database, unit_of_work
from db.errors import NotAllowed
from tests.clinic import SampleClinic

ROSTER = (
    'rows = [{from = "2026-06-15", to = "2026-06-22", hours = "00:00-24:00", people = '
    '[{order = 1, name = "陈医生", phone = "+8613900000009", role = "doctor"}]}]'
)


def _with_roster() -> str:
    text = default_text()
    head, line, _rest = text.partition("rows = []")
    assert line
    return head + ROSTER + "\n"


def test_without_a_stored_policy_the_default_holds(database: Database) -> None:
    assert policy.current(database, 1) == default()
    assert policy.document(database, 1) == default_text()


def test_a_lead_applies_a_version_and_everybody_reads_it(clinic: SampleClinic) -> None:
    lead = clinic.seat("lead")
    text = _with_roster().replace('zone = "Asia/Shanghai"', 'zone = "Asia/Taipei"')
    done = policy.apply(lead, text, clinic.now)

    assert (done.version, done.changed, done.gap) == (2, True, date(2026, 6, 23))
    now_in_force = policy.current(clinic.database, clinic.clinic_id)
    assert now_in_force.version == 2
    assert now_in_force.on_call_at(clinic.now)[0].name == "陈医生"
    assert clinic.rows("SELECT zone FROM clinic") == [{"zone": "Asia/Taipei"}]
    assert clinic.rows("SELECT action, subject_id, fields FROM audit") == [
        {"action": "policy.apply", "subject_id": 2, "fields": '["document"]'}
    ]
    assert staff.refreshed(lead).policy.version == 2
    assert lead.policy.version == 1


def test_the_same_document_makes_no_version(clinic: SampleClinic) -> None:
    done = policy.apply(clinic.seat("lead"), default_text(), clinic.now)
    assert (done.version, done.changed) == (1, False)
    assert clinic.count("policy_version") == 1


def test_only_a_lead_applies(clinic: SampleClinic) -> None:
    with pytest.raises(NotAllowed) as caught:
        policy.apply(clinic.seat("chen"), _with_roster(), clinic.now)
    assert caught.value.code == "role_needed"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("lock_min = 3", "lock_min = 0", "staff.lock_min"),
        ("schema = 1", "schema = 2", "schema"),
        ("promise_early = 5", "promise_erly = 5", "queue.minutes.promise_early"),
    ],
)
def test_a_broken_document_names_the_key_and_changes_nothing(
    clinic: SampleClinic, old: str, new: str, where: str
) -> None:
    text = default_text().replace(old, new)
    assert where in [problem.where for problem in policy.check(text)]
    with pytest.raises(PolicyInvalid):
        policy.apply(clinic.seat("lead"), text, clinic.now)
    assert clinic.count("policy_version") == 1
    assert policy.check("no toml [")[0].reason.code == "policy_not_toml"
    assert policy.check(default_text()) == ()


def test_an_empty_roster_is_a_gap_today(clinic: SampleClinic) -> None:
    assert policy.gap(clinic.seat().policy, clinic.now) == date(2026, 6, 15)
    assert policy.gap(parse_text(_with_roster()), clinic.now, days=8) is None


def test_versions_count_up_per_clinic(clinic: SampleClinic) -> None:
    with unit_of_work(clinic.database) as connection:
        other = connection.insert("clinic", {"name": "b", "zone": "UTC", "created_at": 1})
        assert table.add(connection, other, "x", None, clinic.now) == 1
        assert table.add(connection, clinic.clinic_id, "x", None, clinic.now) == 2
        newest = table.newest(connection, other)
    assert newest is not None
    assert (newest.number, newest.sha256) == (1, table.digest("x"))


def test_every_team_of_the_plans_and_the_policy_has_a_word() -> None:
    teams = (
        {row.team for row in plan_data.shipped().rows()} | set(parse_text(default_text()).teams) | {WARD_TEAM}
    )
    assert teams <= words.TEAMS.keys()
    i18n.use("zh")
    try:
        assert all(not words.team_word(team).isascii() for team in teams)
    finally:
        i18n.use("en")


def test_the_working_days_are_said_with_their_makeup_days() -> None:
    i18n.use("en")
    said = policy_words.policy_lines(default(), date(2026, 6, 15))
    assert any("less public holidays, plus makeup days" in line for line in said)
