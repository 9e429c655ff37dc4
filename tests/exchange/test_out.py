"""What leaves the console: never a formula, never markup, never over another file."""

from __future__ import annotations

import csv
import io
import os
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook

from console.exchange import documents, out
from console.exchange.documents import Page, Section
from db.errors import WrongUse

HOSTILE = (
    "=1+2",
    "+86138",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＠x",
    "=cmd|' /C calc'!A0",
    "\u200b=1",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    made = out.csv_table(("a", "b"), [(text, "王小丽")])

    assert made.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    (cell, name) = rows[1]
    assert cell[0] == "'" and name == "王小丽"
    assert not any(sign in cell for sign in "\t\r\u200b")


def test_numbers_stay_numbers_and_quotes_stay_quotes() -> None:
    made = out.csv_table(("n",), [(-3,), (2.5,), (None,), ('she said "no", twice\nand left',)])
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))

    assert rows == [["n"], ["-3"], ["2.5"], [""], ['she said "no", twice\nand left']]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_workbook_is_a_formula(text: str) -> None:
    made = documents.sheet("calls", ("a", "n"), [(text, -3)])
    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet is not None

    assert sheet["A2"].data_type == "s" and str(sheet["A2"].value).strip()
    assert sheet["B2"].value == -3


def page(text: str) -> Page:
    table = Section("表", (text,), ("列",), ((text,), (3,)))
    return Page("题", (text,), (table, Section("表", (), ("列",), ())))


@pytest.mark.parametrize(
    "text", ("<script>alert(1)</script>", '"><img src=x onerror=1>', "a & b", "[急] </td>")
)
def test_html_shows_data_and_never_runs_it(text: str) -> None:
    made = documents.as_html(page(text))

    assert "<script" not in made and "<img" not in made
    assert made.count("</td>") == 2 and "http" not in made.split("<style>")[0].replace("http-equiv", "")
    assert "default-src 'none'" in made


def test_html_loads_nothing_from_elsewhere() -> None:
    made = documents.as_html(page("x"))
    assert "src=" not in made and "href=" not in made and "@import" not in made and "url(" not in made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[x](http://evil)", r"\[x\](http://evil)"),
        ("a | b", r"a \| b"),
        ("<b>", r"\<b\>"),
        ("one\ntwo", "one two"),
        ("王*", r"王\*"),
    ],
)
def test_markdown_shows_data_as_it_is(text: str, shown: str) -> None:
    made = documents.markdown(page(text))
    assert f"| {shown} |" in made and f"- {shown}" in made


@pytest.mark.parametrize("text", ("1. one", "- one", "# one", "83.3 %", "=== x"))
def test_no_line_of_markdown_begins_a_list_or_a_heading(text: str) -> None:
    lines = documents.markdown(page(text)).splitlines()
    assert lines[2] not in (text,) or text == "83.3 %"
    assert "\\8" not in "".join(lines)


def test_a_workbook_has_a_sheet_for_each_table_whatever_its_title() -> None:
    long = "很长的标题[带]括号/和斜线" * 4
    made = documents.xlsx(Page("题", ("行",), tuple(Section(long, (), ("a",), (("=1",),)) for _ in range(3))))
    book = load_workbook(io.BytesIO(made))

    assert len(book.sheetnames) == 4 and len(set(book.sheetnames)) == 4
    assert all(len(name) <= documents.SHEET_NAME_MOST for name in book.sheetnames)


def test_a_file_is_new_and_its_owners(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    os.umask(old := os.umask(0))
    try:
        os.umask(0)
        assert out.write_new(place, b"x") == place
    finally:
        os.umask(old)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(WrongUse, match="file_exists"):
        out.write_new(place, b"y")
    assert place.read_bytes() == b"x"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WrongUse, match="file_exists"):
        out.write_new(tmp_path / "link", b"x")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("place", ("missing/a.csv", "~nobody-of-that-name/a.csv"))
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, place: str) -> None:
    path = Path(place) if place.startswith("~") else tmp_path / place
    with pytest.raises(WrongUse, match="folder_missing"):
        out.free(path)


def test_a_page_for_the_eye_has_columns_and_no_escapes() -> None:
    made = documents.plain(
        Page("题", ("97.2 % \x1b[2J",), (Section("A", ("#16 a*",), ("姓名", "n"), (("x_y", 1),)),))
    )
    assert made.splitlines() == ["题", "97.2 % [2J", "", "A", "  #16 a*", "  姓名  n", "  x_y   1"]
    assert documents.markdown(Page("t", ("97.2 %", "of #16"), ())) == "# t\n\n97.2 %\n\nof #16\n"
