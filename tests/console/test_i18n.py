"""Words: filled literally, complete in both languages, compiled fresh."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from console import i18n
from db.errors import NotAllowed
from db.records import Reason

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """tools/messages as a module."""
    loader = SourceFileLoader("tools_messages", str(ROOT / "tools" / "messages"))
    spec = spec_from_loader("tools_messages", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_every_word_has_both_languages(messages: Any) -> None:
    assert messages.missing() == []


def test_rooms_agree_on_their_words(messages: Any) -> None:
    assert messages.conflicts() == []


def test_compiled_catalogues_are_fresh(messages: Any) -> None:
    stale = [path.name for path, data in messages.outputs().items() if path.read_bytes() != data]
    assert stale == []


def test_translations_keep_their_placeholders(messages: Any) -> None:
    wrong = []
    for room in messages.rooms():
        for folder in ("zh_Hans", "en"):
            words = messages.entries(messages.LOCALE / folder / "LC_MESSAGES" / f"{room}.po")
            for (_context, msgid), string in words.items():
                if not msgid.startswith("error.") and set(i18n._PLACEHOLDER.findall(string)) - set(
                    i18n._PLACEHOLDER.findall(msgid)
                ):
                    wrong.append((room, msgid))
    assert wrong == []


def test_both_languages_of_an_error_name_the_same_facts(messages: Any) -> None:
    for room in messages.rooms():
        chinese = messages.entries(messages.LOCALE / "zh_Hans" / "LC_MESSAGES" / f"{room}.po")
        english = messages.entries(messages.LOCALE / "en" / "LC_MESSAGES" / f"{room}.po")
        for key, string in english.items():
            assert set(i18n._PLACEHOLDER.findall(string)) == set(i18n._PLACEHOLDER.findall(chinese[key])), key


def test_placeholders_are_filled_once_and_literally() -> None:
    assert i18n.fill("{a} {b} {c}", {"a": "{b}", "b": "[/急]"}) == "{b} [/急] {c}"


def test_language_of_the_machine() -> None:
    assert i18n.from_environment({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert i18n.from_environment({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert i18n.from_environment({}) == "en"


def test_switching_at_run_time() -> None:
    before = i18n.language()
    try:
        i18n.use("zh")
        assert i18n._("take next") == "取下一个" and i18n.p_("tier", "SAFE") == "安全"
        i18n.use("en")
        assert i18n._("take next") == "take next" and i18n.p_("tier", "SAFE") == "SAFE"
        with pytest.raises(ValueError):
            i18n.use("fr")
    finally:
        i18n.use(before)


def test_codes_become_words() -> None:
    reason = Reason.of("last_unanswered", times=2)
    assert i18n.reason_text("zh", reason) == "未接2次"
    nested = Reason.of("last_recovery", recovery=Reason("recovery_better"))
    assert "Reason(" not in i18n.reason_text("en", nested)
    assert i18n.error_text("en", NotAllowed("nobody_knows_this")) == "error.nobody_knows_this"
