"""The table of keys: complete, free of clashes, twinned, and what a person's own keys may not do."""

from __future__ import annotations

import pytest
from textual.keys import _character_to_key

from console import keys, own_keys

DIALOGS = {"dialog", "confirm", "read", "choose", "palette", "find", "incoming", "alarm", "sign_in", "lock"}


def test_actions_are_unique() -> None:
    actions = [row.action for row in keys.TABLE]
    assert len(actions) == len(set(actions))


def test_every_f_key_has_a_ctrl_twin() -> None:
    for row in keys.TABLE:
        if any(key[0] == "f" and key[1:].isdigit() for key in row.keys):
            assert any(key.startswith("ctrl+") for key in row.keys), row.action


def test_every_letter_has_a_key_that_works_while_chinese_input_is_on() -> None:
    for row in keys.TABLE:
        if row.scope in ("app", "queue") and any(len(key) == 1 and key.isalpha() for key in row.keys):
            others = [key for key in row.keys if len(key) > 1]
            assert others, row.action


def test_nobody_binds_what_terminals_need() -> None:
    for row in keys.TABLE:
        assert not keys.RESERVED & set(row.keys), row.action


def test_ctrl_l_only_locks_and_ctrl_s_only_accepts() -> None:
    for row in keys.TABLE:
        assert ("ctrl+l" in row.keys) == (row.action == "app.lock")


def test_no_two_actions_of_a_screen_share_a_key() -> None:
    for scope in {row.scope for row in keys.TABLE}:
        seen: dict[str, str] = {}
        for row in keys.of_scope(*dict.fromkeys(("app", scope))):
            for key in map(keys.textual_name, row.keys):
                assert key not in seen, (scope, key, row.action, seen[key])
                seen[key] = row.action


def test_every_action_is_explained() -> None:
    for row in keys.TABLE:
        assert row.help.endswith(".") and len(row.help) > 8, row.action


@pytest.mark.parametrize("sign", "?/:;.,@-+_\\=<>[]0189wZ")
def test_names_are_textuals(sign: str) -> None:
    assert keys.textual_name(sign) == _character_to_key(sign)
    wide = keys.twin(sign)
    assert wide == _character_to_key(chr(ord(sign) + 0xFEE0))


def test_bindings_carry_full_width_twins_and_priority() -> None:
    made = {binding.key: binding for binding in keys.bindings("queue", "app")}
    assert made["slash"].action == made["fullwidth_solidus"].action == "find"
    assert not made["w"].priority and made["ctrl+w"].priority and made["f7"].priority
    assert made["fullwidth_question_mark"].action == "help"


def test_own_keys_are_checked() -> None:
    codes = {
        (problem.code, problem.action, problem.other)
        for problem in own_keys.problems(
            {
                "queue.tak": ["x"],
                "queue.find": ["ctrl+h"],
                "queue.why": ["f2"],
                "queue.why_not": ["b"],
                "queue.skip": ["ctrl+q"],
                "queue.top": [],
            }
        )
    }
    assert ("unknown_action", "queue.tak", "queue.take") in codes
    assert ("reserved", "queue.find", "") in codes
    assert ("no_ctrl_twin", "queue.why", "") in codes
    assert any(
        code == "clash" and {action, other} == {"queue.why_not", "queue.board"}
        for code, action, other in codes
    )
    assert any(
        code == "clash" and {action, other} == {"queue.skip", "app.quit"} for code, action, other in codes
    )
    assert ("no_ctrl_twin", "queue.top", "") in codes
    assert own_keys.problems({"queue.why": ["x", "ctrl+w"]}) == []
