"""Playbooks: every kind of dispute the clinic meets is heard, checked, dated, and nothing is promised."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from console.scripts.library import shipped
from console.scripts.records_service import Playbook
from console.scripts.words import banned, placeholders

LIB = shipped()
BOOKS = tuple(LIB.playbooks.values())
DISPUTES = tuple(f"S2-DISP-{number:02}" for number in range(4, 39))
"""The 35 causes of the dispute table."""
SERVICE = ("attitude", "process", "price", "delay", "privacy", "refund")
IDS = json.loads((Path(__file__).parent.parent / "data" / "catalogue_ids.json").read_text(encoding="utf-8"))


def spoken(book: Playbook, lang: str) -> tuple[str, ...]:
    parts = [book.listen, book.acknowledge, book.ask_first, book.answer, *(one.say for one in book.rights)]
    if book.explain is not None:
        parts.append(book.explain)
    return tuple(line for part in parts for line in part.of(lang))


def test_every_dispute_of_the_sources_and_every_service_cause_has_a_playbook() -> None:
    named = {source for book in BOOKS for source in book.sources}
    assert [one for one in DISPUTES if one not in named] == []
    assert len(BOOKS) >= 41
    assert set(SERVICE) <= {book.cause for book in BOOKS}


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.code)
def test_a_playbook_tells_the_date_the_routes_and_promises_nothing(book: Playbook) -> None:
    assert any("{answer_date}" in line for line in book.answer.zh)
    assert any(right.code == "channels" for right in book.rights), "the outside routes are told to everybody"
    assert book.never and book.remedies and book.collect
    assert all(remedy.approver in ("lead", "doctor", "lead_and_doctor") for remedy in book.remedies)
    for lang in ("zh", "en"):
        for line in spoken(book, lang):
            assert list(banned(line, spoken=True)) == [], line
            assert placeholders(line) <= {"clinic", "caller", "answer_date", "reply_by", "night_phone",
                                          "ambulance", "surgeon", "patient_name", "role", "hotline"}  # fmt: skip


def test_what_a_body_complains_of_is_looked_at_before_anything_else() -> None:
    for book in BOOKS:
        if book.cause == "procedure":
            assert book.check or book.level, book.code
    by_source = {source: book for book in BOOKS for source in book.sources}
    assert by_source["S2-DISP-27"].level == "SAME_DAY", "skin loss is seen the same day (verdict C39)"


def test_refund_requests_run_on_the_fifteen_days() -> None:
    refunds = [book for book in BOOKS if book.cause == "refund"]
    assert refunds and all(book.clock == "refund" for book in refunds)


def test_every_rule_of_the_nine_groups_is_done_later_or_refused_and_nothing_else() -> None:
    listed = LIB.raw("sources.toml")["id"]
    assert set(listed) == set(IDS)
    root = Path(__file__).parent.parent.parent
    for code, entry in listed.items():
        if entry["state"] == "done":
            assert (root / entry["test"]).is_file(), (code, entry["test"])
            for place in re.findall(r"[\w/]+\.(?:toml|py)", entry["where"]):
                assert (root / place).is_file(), (code, place)
