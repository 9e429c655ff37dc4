"""A page that leaves the console as Markdown, HTML or XLSX. Data in it is never markup and never a formula."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from console.clean import clean

Cell = str | int | float | None

_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>|!~&]|#(?!\d))")
_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\']")
SHEET_NAME_MOST: Final = 31
COLUMN_MOST: Final = 60
"""Widest column of a sheet, in characters."""


@dataclass(frozen=True, slots=True)
class Section:
    """A title, lines of text, and a table when there are headers."""

    title: str
    lines: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What is written: a title, lines under it, sections. `lang` is that of its words."""

    title: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    lang: str = "zh"


def shown(cell: Cell) -> str:
    """A cell as text; nothing is a dash."""
    return "-" if cell is None or cell == "" else clean(str(cell), multiline=True)


def markdown(page: Page) -> str:
    """The page as Markdown: every sign of the data that means something there is escaped."""
    parts = [f"# {_md(page.title)}", *(_md_line(line) for line in page.lines)]
    for section in page.sections:
        parts.append(f"## {_md(section.title)}")
        if section.lines:
            parts.append("\n".join(f"- {_md_line(line)}" for line in section.lines))
        if section.headers:
            table = [_md_row(section.headers), _md_row("---" for _ in section.headers)]
            table += [_md_row(_md(shown(cell)) for cell in row) for row in section.rows]
            parts.append("\n".join(table))
    return "\n\n".join(parts) + "\n"


def plain(page: Page) -> str:
    """The page for the eye, as on a terminal: columns in line, nothing escaped."""
    from rich.cells import cell_len, set_cell_size

    parts = [page.title, *(_one_line(line) for line in page.lines)]
    for section in page.sections:
        parts += ["", section.title]
        parts += [f"  {_one_line(line)}" for line in section.lines]
        if section.headers:
            rows = [[_one_line(shown(cell)) for cell in row] for row in (section.headers, *section.rows)]
            widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
            parts += ["  " + "  ".join(map(set_cell_size, row, widths)).rstrip() for row in rows]
    return "\n".join(clean(part) for part in parts) + "\n"


def _one_line(text: str) -> str:
    return " ".join(clean(text, multiline=True).split())


def _md(text: str) -> str:
    """Text inside a line."""
    return _MARKDOWN.sub(r"\\\1", _one_line(text))


def _md_line(text: str) -> str:
    """Text that begins a line, where some signs make a list, a heading or a number of one."""
    inside = _md(text)
    return re.sub(r"^(?:([-+=#])|(\d+)([.)])(?=\s|$))", _first, inside)


def _first(found: re.Match[str]) -> str:
    sign, number, dot = found.groups()
    return f"\\{sign}" if sign else f"{number}\\{dot}"


def _md_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


_STYLE: Final = """
body{font:14px/1.5 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2em auto;max-width:60em;
color:#111;background:#fff}
h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.6em;border-bottom:1px solid #888}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.2em .5em;text-align:left;
vertical-align:top}th{background:#eee}td.n{text-align:right;font-variant-numeric:tabular-nums}
thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}@page{margin:15mm}}
"""


def as_html(page: Page) -> str:
    """The page as one HTML file: nothing is loaded from elsewhere, nothing runs, every text is escaped."""
    lang = "zh-Hans" if page.lang == "zh" else page.lang
    out = [
        f'<!doctype html>\n<html lang="{html.escape(lang)}">\n<head>\n<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{_html(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{_html(page.title)}</h1>",
        *(f"<p>{_html(line)}</p>" for line in page.lines),
    ]
    for section in page.sections:
        out.append(f"<h2>{_html(section.title)}</h2>")
        if section.lines:
            out.append("<ul>" + "".join(f"<li>{_html(line)}</li>" for line in section.lines) + "</ul>")
        if section.headers:
            heads = "".join(f"<th>{_html(head)}</th>" for head in section.headers)
            rows = "\n".join(f"<tr>{''.join(_html_cell(cell) for cell in row)}</tr>" for row in section.rows)
            out.append(f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>")
    out.append("</body>\n</html>\n")
    return "\n".join(out)


def _html(text: str) -> str:
    return html.escape(clean(text, multiline=True)).replace("\n", "<br>")


def _html_cell(cell: Cell) -> str:
    kind = ' class="n"' if isinstance(cell, int | float) else ""
    return f"<td{kind}>{_html(shown(cell))}</td>"


def xlsx(page: Page) -> bytes:
    """The page as a workbook: a sheet of its lines, then one per table. Every text is text, whatever it begins with."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    first = [(page.title,), *((line,) for line in page.lines)]
    for section in page.sections:
        first += [(), (section.title,), *((line,) for line in section.lines)]
    taken: set[str] = set()
    _sheet(book, page.title, first, taken)
    for section in page.sections:
        if section.headers:
            _sheet(book, section.title, [section.headers, *section.rows], taken)
    return saved(book)


def sheet(title: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """One table as a workbook."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _sheet(book, title, [tuple(headers), *rows], set())
    return saved(book)


def saved(book: Any) -> bytes:
    """A workbook's file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(book: Any, title: str, rows: Sequence[Sequence[Cell]], taken: set[str]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    name = _SHEET_NAME.sub(" ", clean(title)).strip()[:SHEET_NAME_MOST] or "1"
    number = 2
    while name.casefold() in taken:
        name = f"{name[: SHEET_NAME_MOST - 4]} {number}"
        number += 1
    taken.add(name.casefold())
    made = book.create_sheet(title=name)
    widths: dict[int, int] = {}
    cells: list[list[Any]] = []
    for row in rows:
        line: list[Any] = []
        for column, value in enumerate(row, 1):
            if isinstance(value, str):
                text = clean(value, multiline=True)
                cell = WriteOnlyCell(made, value=text)
                # openpyxl takes what begins with "=" for a formula.
                cell.data_type = "s"
                widths[column] = max(widths.get(column, 8), min(2 * len(text) + 2, COLUMN_MOST))
                line.append(cell)
            else:
                line.append(value)
        cells.append(line)
    for column, width in widths.items():
        made.column_dimensions[get_column_letter(column)].width = width
    for line in cells:
        made.append(line)
