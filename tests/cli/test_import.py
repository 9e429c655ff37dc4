"""`aftercall import`: the JSON document, the sentences, the exit codes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from console import i18n, record_words
from console.cli import imports
from console.exchange.rows import CODES
from tests.clinic import SampleClinic

DATA = Path(__file__).parent.parent / "data"


def run(clinic: SampleClinic, *words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--db")
    imports.add_parser(parser.add_subparsers(dest="command"))
    args = parser.parse_args(["--db", clinic.database.url, "import", *map(str, words)])
    return imports.run(args)


def test_the_json_document(clinic: SampleClinic, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(clinic, DATA / "clinic_small.csv", "--at", "2026-06-15", "--json") == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert {
        "accepted",
        "updated",
        "unchanged",
        "rejected",
        "recent_refused",
        "items_planned",
        "dry_run",
    } <= set(document)
    assert (document["accepted"], document["dry_run"], document["recent_refused"]) == (51, False, 1)
    assert set(document["rejected"][0]) == {"row", "column", "code", "value", "message"}
    first = document["rejected"][0]
    assert (first["row"], first["column"], first["code"], first["value"]) == (
        2,
        "手机",
        "phone_invalid",
        "****00",
    )
    assert "1380013800" not in out
    assert "60" in err
    key = json.loads((DATA / "clinic_small.expected.json").read_text(encoding="utf-8"))
    assert [{"row": row["row"], "code": row["code"]} for row in document["rejected"]] == key["rejected"]


def test_sentences_and_a_trial(clinic: SampleClinic, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(clinic, DATA / "clinic_small.xlsx", "--at", "2026-06-15", "--dry-run") == 1
    out = capsys.readouterr().out
    assert out.count("Row ") == 9
    assert "Trial run" in out
    assert clinic.count("patient") == 0


def test_nothing_refused_is_0(
    clinic: SampleClinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("姓名,手机,项目,手术日期\n王小丽,13800138000,双眼皮,2026-06-01\n", encoding="utf-8")
    assert run(clinic, path, "--at", "2026-06-15", "--json") == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 1


@pytest.mark.parametrize(
    ("text", "code"), [(None, "file_missing"), ("", "file_empty"), ("a,b,c\n1,2,3\n", "columns_missing")]
)
def test_a_file_that_cannot_be_imported_is_wrong_use(
    clinic: SampleClinic, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: str
) -> None:
    path = tmp_path / "export.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert run(clinic, path, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert error["hint"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_one_sentence_in_both_languages(lang: str) -> None:
    assert set(record_words.REFUSED) == set(CODES)
    for table in (record_words.REFUSED, record_words.CAUTIONS, record_words.FORM):
        for msgid in table.values():
            words = i18n.translate(lang, msgid, row=7, column="c", value="v", most=1)
            assert "{" not in words
            assert words.endswith("." if lang == "en" else "。")
            assert (words != msgid) or lang == "en" or "{" in msgid
    for code in (
        "file_missing", "file_unreadable", "file_too_large", "file_empty", "file_kind", "file_broken",
        "too_many_rows", "mapping_missing", "mapping_invalid", "columns_missing", "column_not_there",
        "column_twice", "form_invalid",
    ):  # fmt: skip
        assert i18n.has(lang, f"error.{code}"), code
    for msgid in (
        *record_words.REFUSED.values(),
        *record_words.CAUTIONS.values(),
        *record_words.FORM.values(),
    ):
        assert i18n.has(lang, msgid), msgid
