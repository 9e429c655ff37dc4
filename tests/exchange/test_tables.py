"""Files to records: encodings, delimiters, quotes, broken bytes, spreadsheets."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from console.exchange import tables
from console.exchange.tables import TableError, cell_text, read_table

HEADER = "编号,姓名,手机"


def _csv(tmp_path: Path, data: bytes) -> tables.Table:
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    return read_table(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    text = end.join([HEADER, "1,王小丽,13800138000", '2,"李\n敏",138', ""]).replace(",", delimiter)
    table = _csv(tmp_path, text.encode(encoding))
    assert table.header == ("编号", "姓名", "手机")
    assert [(record.row, record.cells) for record in table.records] == [
        (2, ("1", "王小丽", "13800138000")),
        (3, ("2", "李\n敏", "138")),
    ]
    assert all(record.fault is None for record in table.records)


def test_a_broken_byte_spoils_its_row_only_and_not_the_encoding(tmp_path: Path) -> None:
    good = "".join(f"{n},王小丽{n},138\n" for n in range(20))
    data = (HEADER + "\n" + good).encode() + b"99,\xff\xe5\xbc,138\n" + "100,赵敏,139\n".encode()
    table = _csv(tmp_path, data)
    assert table.encoding == "utf-8"
    assert [record.row for record in table.records if record.fault == "encoding_error"] == [22]
    assert table.records[-1].cells == ("100", "赵敏", "139")


def test_a_broken_byte_in_gb18030(tmp_path: Path) -> None:
    data = (HEADER + "\n1,王小丽,138\n2,赵敏,139\n").encode("gb18030") + b"3,\xff\xff,137\n"
    table = _csv(tmp_path, data)
    assert table.encoding == "gb18030"
    assert [record.fault for record in table.records] == [None, None, "encoding_error"]
    assert table.records[0].cells[1] == "王小丽"


def test_blank_records_keep_their_numbers(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + "\n\n1,a,138\n,,\n2,b,138\n").encode())
    assert [record.row for record in table.records] == [3, 5]


def test_too_many_cells_are_malformed_and_empty_ones_are_not(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + "\n1,a,138,,\n2,b,138,x\n").encode())
    assert [record.fault for record in table.records] == [None, "row_malformed"]
    assert table.records[0].cells == ("1", "a", "138")


def test_an_open_quote_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    rows = "".join(f"{n},b,138\n" for n in range(2, 300))
    table = _csv(tmp_path, (HEADER + '\n1,"a,138\n' + rows).encode())
    assert table.records[0].fault == "row_malformed"
    assert [record.cells[0] for record in table.records[1:]] == [str(n) for n in range(2, 300)]
    assert all(record.fault is None for record in table.records[1:])


def test_a_quote_closed_by_a_later_row_gives_the_swallowed_rows_back(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + '\n1,"a,138\n2,b,138\n3,"c",138\n4,d,138\n').encode())
    assert [record.fault for record in table.records] == ["row_malformed", None, None, None]
    assert [record.cells[0] for record in table.records[1:]] == ["2", "3", "4"]


def test_unicode_line_separators_stay_in_their_cell(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + "\n1,a\u2028b\x0bc,138\n").encode())
    assert table.records[0].cells[1] == "a\u2028b\x0bc"


def test_a_long_cell_is_cut_and_told(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + f"\n1,{'王' * 10_001},138\n2,{'王' * 10_000},138\n").encode())
    assert [(len(record.cells[1]), record.cut) for record in table.records] == [
        (10_000, True),
        (10_000, False),
    ]


def test_a_cell_beyond_the_parsers_limit_is_malformed(tmp_path: Path) -> None:
    table = _csv(tmp_path, (HEADER + f"\n1,{'x' * 200_000},138\n2,b,138\n").encode())
    assert [record.fault for record in table.records] == ["row_malformed", None]


def test_nul_is_only_a_character(tmp_path: Path) -> None:
    assert _csv(tmp_path, (HEADER + "\n1,a\x00b,138\n").encode()).records[0].cells[1] == "a\x00b"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \n\n", "file_empty"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "file_kind"),
        (b"PK\x03\x04" + b"x" * 600, "file_broken"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(TableError) as caught:
        _csv(tmp_path, data)
    assert caught.value.code == code
    assert caught.value.exit_code == 2


def test_missing_file_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, code in ((tmp_path / "none.csv", "file_missing"), (tmp_path, "file_unreadable")):
        with pytest.raises(TableError) as caught:
            read_table(path)
        assert caught.value.code == code
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", 10)
    with pytest.raises(TableError) as caught:
        _csv(tmp_path, b"a,b,c\n1,2,3\n")
    assert caught.value.code == "file_too_large"


def test_a_zip_that_expands_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_EXPANDED_BYTES", 1000)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "x" * 100_000)
    with pytest.raises(TableError) as caught:
        read_table(path)
    assert caught.value.code == "file_too_large"


def test_a_spreadsheets_own_types_become_what_a_person_would_type(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["编号", "姓名", "手机"])
    sheet.append([7, "=HYPERLINK(1)", 13800138000.0])
    sheet.append([])
    sheet.append([True, datetime(2026, 5, 29), datetime(2026, 5, 29, 14, 30)])
    sheet["B2"].data_type = "f"
    path = tmp_path / "export.xlsx"
    book.save(path)
    table = read_table(path)
    assert [(record.row, record.cells) for record in table.records] == [
        (2, ("7", "=HYPERLINK(1)", "13800138000")),
        (4, ("1", "2026-05-29", "2026-05-29 14:30:00")),
    ]
    assert cell_text(46143.5) == "46143.5"
