"""The policy document: what it says, everything wrong with it at once, and words for every reason."""

from __future__ import annotations

import ast
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import i18n, reasons
from console.rules import policy
from db.enums import Level, Role, Severity
from db.records import Reason

RULES = Path(policy.__file__).parent
OWN = (
    "calendar",
    "gates",
    "names",
    "phone",
    "placement",
    "plan_data",
    "plan_events",
    "plans",
    "policy",
    "policy_values",
    "promise",
    "reader",
    "retry",
    "sla",
)
"""Modules of this room that give reasons."""


def document() -> dict[str, Any]:
    return tomllib.loads(policy.default_text())


def test_the_default_policy() -> None:
    default = policy.default()
    assert policy.check(document()) == ()
    assert default.clinic.zone == "Asia/Shanghai"
    assert default.queue.last_call == 45 and default.queue.clock_fraction == 0.25
    assert default.retry.budget == {"safety": 6, "care": 4, "routine": 4, "survey": 2}
    assert default.retry.d0_case_at == 20 * 60 + 15
    assert default.escalations.clocks[Level.SAME_DAY] == policy.LevelClocks(15, 120, 4320)
    assert default.escalations.complaint.working_days == {
        Severity.MINOR: 3, Severity.MODERATE: 7, Severity.SEVERE: 14}  # fmt: skip
    assert default.teams["ward"] == (Role.NURSE, Role.DOCTOR)
    assert hash(default) == hash(policy.parse(document()))


@pytest.mark.parametrize(
    ("path", "value", "where", "code"),
    [
        (("clinic", "zone"), "Mars/Base", "clinic.zone", "policy_zone"),
        (("clinic", "zone"), "../../etc/passwd", "clinic.zone", "policy_zone"),
        (("clinic", "country"), "China", "clinic.country", "policy_country"),
        (("schema",), 2, "schema", "policy_schema"),
        (("calendar", "calling_days"), ["mon", "mon"], "calendar.calling_days", "field_not_choice"),
        (("calendar", "safety_hours"), "21:30-08:00", "calendar.safety_hours", "field_not_range"),
        (("calendar", "day_parts"), ["08:00-12:00"], "calendar.day_parts", "policy_day_parts"),
        (
            ("calendar", "overrides"),
            [{"date": "2026-02-30", "closed": "x"}],
            "calendar.overrides[0].date",
            "field_not_day",
        ),
        (
            ("calendar", "overrides"),
            [{"date": "2026-02-20"}],
            "calendar.overrides[0]",
            "policy_override_both",
        ),
        (
            ("calendar", "overrides"),
            [{"date": "2026-02-20", "windows": ["06:00-07:00"]}],
            "calendar.overrides",
            "policy_window_quiet",
        ),
        (("queue", "minutes", "promise_erly"), 5, "queue.minutes.promise_erly", "field_unknown"),
        (("queue", "limits", "clock_fraction"), 1.5, "queue.limits.clock_fraction", "field_not_fraction"),
        (("retry", "busy", "free"), True, "retry.busy.free", "field_not_integer"),
        (("retry", "d0", "case_at"), "25:00", "retry.d0.case_at", "field_not_time"),
        (("escalations", "URGENT"), [5, 4, 3], "escalations.URGENT", "policy_clocks_order"),
        (("escalations", "step_up"), {"URGENT": "ROUTINE"}, "escalations.step_up.URGENT", "field_not_choice"),
        (
            ("escalations", "complaint", "approver"),
            "caller",
            "escalations.complaint.approver",
            "field_not_choice",
        ),
        (
            ("escalations", "complaint", "refund_alert_day"),
            16,
            "escalations.complaint.refund_alert_day",
            "policy_refund_order",
        ),
        (
            ("escalations", "request", "message_min"),
            0,
            "escalations.request.message_min",
            "field_not_integer",
        ),
        (("teams", "nurse"), ["cook"], "teams.nurse", "field_not_choice"),
        (("retry",), 7, "retry", "field_not_table"),
        (
            ("on_call", "rows"),
            [{"from": "2026-06-22", "to": "2026-06-15", "hours": "00:00-24:00", "people": []}],
            "on_call.rows[0].to",
            "policy_on_call_order",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    path: tuple[str, ...], value: object, where: str, code: str
) -> None:
    changed = document()
    table = changed
    for name in path[:-1]:
        table = table[name]
    table[path[-1]] = value
    assert (where, code) in {(problem.where, problem.reason.code) for problem in policy.check(changed)}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["page", "{escalation}"], "policy_notify_program"),
        (["./page"], "policy_notify_program"),
        (["/bin/{level}"], "policy_notify_place"),
        (["/bin/page", "{patient}"], "policy_notify_place"),
        (["/bin/page", "{escalation.summary}"], "policy_notify_place"),
        (["/bin/page", "{"], "policy_notify_place"),
        (["/bin/page", ""], "field_not_words"),
        ("/bin/page {escalation}", "field_not_words"),
        (["/bin/page", 7], "field_not_words"),
    ],
)
def test_the_program_that_calls_people_out_gets_number_and_level_alone(command: object, code: str) -> None:
    changed = document()
    changed["notify"]["command"] = command
    assert {problem.reason.code for problem in policy.check(changed)} == {code}
    changed = document()
    people = [{"order": 1, "name": "Chen", "phone": "+8613800000001", "role": "doctor", "notify": command}]
    changed["on_call"]["rows"] = [
        {"from": "2026-06-15", "to": "2026-06-15", "hours": "00:00-24:00", "people": people}
    ]
    assert {problem.reason.code for problem in policy.check(changed)} == {code}


def test_a_policy_of_before_there_was_a_program_is_one_still() -> None:
    changed = document()
    del changed["notify"]
    assert policy.check(changed) == () and policy.parse(changed).notify.command == ()
    changed["notify"] = {
        "command": ["/bin/page", "-n", "{level}", "-n"],
        "limits": document()["notify"]["limits"],
    }
    assert policy.parse(changed).notify.command == ("/bin/page", "-n", "{level}", "-n")


def test_missing_parts_and_unreadable_text() -> None:
    changed = document()
    del changed["queue"]["limits"], changed["calendar"]["seasons"][0]
    found = {(problem.where, problem.reason.code) for problem in policy.check(changed)}
    assert found == {("queue.limits", "field_missing"), ("calendar.seasons", "policy_season_gap")}
    with pytest.raises(policy.PolicyInvalid) as caught:
        policy.parse_text("a = = 1")
    assert caught.value.problems[0].reason.code == "policy_not_toml"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('schema = 1\n[clinic]\nzone = = "x"\n', 3, 8),
        ('schema = 1\nname = "never closed', 2, 21),
        ("a = [1, 2\n", 1, 10),
        ("a = " + "[" * 5000, 1, 5005),
        ("a = 1\na = 2\n", 2, 6),
    ],
)
def test_text_that_is_no_toml_is_said_in_our_own_words_with_its_place(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(policy.PolicyInvalid) as caught:
        policy.parse_text(text)
    (problem,) = caught.value.problems
    assert problem.reason == Reason("policy_not_toml", {"line": line, "column": column})
    zh, en = (i18n.reason_text(lang, problem.reason) for lang in ("zh", "en"))
    assert f"第 {line} 行第 {column} 列" in zh and not any("a" <= one <= "z" for one in zh)
    assert f"Line {line}, column {column}" in en


def test_the_on_call_roster() -> None:
    changed = document()
    people = [
        {"order": 2, "name": "Chen", "phone": "+8613800138000", "role": "doctor"},
        {"order": 1, "name": "Li", "phone": "+8613800138001", "role": "doctor", "staff": "li"},
    ]
    changed["on_call"]["rows"] = [
        {"from": "2026-06-15", "to": "2026-06-16", "hours": "00:00-12:00", "people": people},
        {"from": "2026-06-15", "to": "2026-06-15", "hours": "12:00-24:00", "people": people[:1]},
    ]
    found = policy.parse(changed)
    assert [person.name for person in found.on_call_at(datetime(2026, 6, 15, 1, tzinfo=UTC))] == [
        "Li",
        "Chen",
    ]
    assert [person.name for person in found.on_call_at(datetime(2026, 6, 15, 15, 59, tzinfo=UTC))] == ["Chen"]
    assert found.on_call_at(datetime(2026, 6, 16, 4, tzinfo=UTC)) == ()
    assert found.on_call_gap(date(2026, 6, 15)) == date(2026, 6, 16)
    assert policy.default().on_call_gap(date(2026, 6, 15)) == date(2026, 6, 15)


_junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    _junk,
    st.sampled_from(["clinic", "calendar", "queue", "retry", "escalations", "teams", "staff", "on_call"]),
)
def test_any_document_is_a_policy_or_a_list_of_problems(junk: Any, name: str) -> None:
    changed = document()
    changed[name] = junk
    found = [policy.check(changed)]
    inner = document()
    if isinstance(inner[name], dict):
        for key in inner[name]:
            found.append(policy.check({**inner, name: {**inner[name], key: junk}}))
    assert all(problem.reason.code for problems in found for problem in problems)


def codes_used() -> set[str]:
    """Every reason code the rules can give."""
    found: set[str] = set()
    for name in OWN:
        path = RULES / f"{name}.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else ():
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            number = {"Reason": 0, "problem": 1, "_again": 0, "number_gone": 0}.get(called)
            if called == "of" and owner in ("Reason", "Problem"):
                number = 0 if owner == "Reason" else 1
            if number is None or len(node.args) <= number:
                continue
            argument = node.args[number]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_every_reason_of_the_rules_has_words_in_both_languages() -> None:
    used = codes_used() | set(policy_codes())
    assert len(used) > 70
    assert used <= set(reasons.REASONS)
    for code, sentence in reasons.REASONS.items():
        if code in used:
            chinese = i18n.translate("zh", sentence)
            assert chinese != sentence, code
            placeholders = {part.split("}")[0] for part in sentence.split("{")[1:]}
            assert placeholders == {part.split("}")[0] for part in chinese.split("{")[1:]}, code


def policy_codes() -> list[str]:
    """Codes that are put together, and gates."""
    from console.rules.calendar import HOLIDAY_CODES
    from console.rules.gates import GATES

    tiers = ["tier_requested", "tier_line_dropped", "tier_breached", "tier_clock"]
    deadlines = [
        "deadline_clinical_end",
        "deadline_clock",
        "deadline_plan",
        "deadline_promise",
        "deadline_due_day",
    ]
    purposes = ["purpose_care", "purpose_survey", "purpose_marketing"]
    clocks = ["breached_ack", "breached_contact", "breached_resolve", "after_busy", "after_line_error"]
    return [*HOLIDAY_CODES.values(), *GATES, *tiers, *deadlines, *purposes, *clocks]


def test_a_document_of_before_requests_and_approvers_is_a_policy() -> None:
    older = document()
    escalations = older["escalations"]
    assert isinstance(escalations, dict)
    del escalations["request"], escalations["complaint"]["approver"]
    assert policy.parse(older).escalations == policy.default().escalations
    escalations["complaint"]["approver"] = "doctor"
    assert policy.parse(older).escalations.complaint.approver is Role.DOCTOR
