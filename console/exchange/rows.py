"""One row's cells to facts, or to the one reason why it is refused. Pure: no file, no database, no clock."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from console.clean import clean_counting
from console.exchange.dates import DateFault, parse_date
from console.exchange.tables import MAX_CELL
from console.rules import phone
from db.records import ParsedPhone, Reason

MULTILINE = frozenset({"notes"})
"""Fields that keep their newlines."""

CODES = (
    "row_malformed",
    "encoding_error",
    "duplicate_row",
    "name_missing",
    "phone_missing",
    "phone_invalid",
    "date_missing",
    "date_invalid",
    "date_ambiguous",
    "date_future",
    "procedure_unknown",
    "born_after_treatment",
    "id_conflict",
)
"""Every reason to refuse a row, in the order in which they are looked for; a row gets the first."""

_YES = frozenset(
    ["是", "已成交", "成交", "已消费", "有", "已住院", "住院", "y", "yes", "true", "1", "t", "√", "✓"]
)
_NO = frozenset(
    [
        "否",
        "未成交",
        "不成交",
        "未消费",
        "无",
        "没有",
        "未住院",
        "门诊",
        "n",
        "no",
        "false",
        "0",
        "f",
        "x",
        "×",
    ]
)
_SEX: dict[str, str] = {
    **{word: "female" for word in ("女", "女性", "f", "w", "female", "woman")},
    **{word: "male" for word in ("男", "男性", "m", "male", "man")},
}


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the row was accepted in spite of: a code, and the field it concerns."""

    code: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What an accepted row says. Days are calendar days; texts are cleaned; numbers are E.164."""

    external_id: str | None
    name: str
    sex: str | None
    born_on: date | None
    phones: tuple[ParsedPhone, ...]
    member_tier: str | None
    visited_on: date | None
    converted: bool
    procedure: str | None
    performed_on: date | None
    interest: str | None
    interest_procedure: str | None
    surgeon: str | None
    consultant: str | None
    inpatient: bool
    discharge_on: date | None
    site: str
    anaesthesia: str | None
    implant: str | None
    stitches_on: date | None
    notes: str | None

    @property
    def digest(self) -> str:
        """SHA-256 over the facts: the same for the same row of a CSV and an XLSX file, however spelt."""
        document = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        # The code of an interest follows the alias table, which may grow between two imports of one file.
        del document["interest_procedure"]
        return _digest("row", document)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is refused: the code, the field to look at, and what stands there (unmasked)."""

    code: str
    field: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row after reading.

    `cells` are the cleaned texts by field, `facts` or `refusal` is set, `operated_on` is the operation date
    if it can be read at all, `digest` identifies the row across files and formats.
    """

    cells: dict[str, str]
    facts: Facts | None
    refusal: Refusal | None
    warnings: tuple[Caution, ...]
    operated_on: date | None
    digest: str


def fold_word(text: str) -> str:
    """A procedure word as it is compared: half-width, lower case, letters and digits only."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def clean_cells(raw: Mapping[str, str]) -> tuple[dict[str, str], list[Caution]]:
    """Clean and trim every cell; what was removed is told per field.

    Args: raw, cell text by field.
    Returns: cleaned texts (empty for missing) and a `removed` warning per field that lost characters.
    """
    cells: dict[str, str] = {}
    warnings: list[Caution] = []
    for field, text in raw.items():
        cleaned, removed = clean_counting(text.strip(), multiline=field in MULTILINE)
        if len(cleaned) > MAX_CELL:
            cleaned = cleaned[:MAX_CELL]
        cells[field] = cleaned.strip()
        if removed:
            warnings.append(Caution("removed", field))
    return cells, warnings


def parse_row(raw: Mapping[str, str], at: date, words: Mapping[str, str], country: str = "CN") -> Parsed:
    """Read one row.

    Args: raw, cell text by field (console.exchange.headers.FIELDS); at, the day of the import, after which no
        operation can lie; words, procedure code by folded word; country, for numbers that name none.
    Returns: facts or the refusal. duplicate_row and id_conflict need other rows: the importer judges those.
    """
    cells, warnings = clean_cells(raw)

    def cell(field: str) -> str:
        return cells.get(field, "")

    converted = _converted(cells, warnings)
    operated = parse_date(cell("performed_on")) if cell("performed_on") else None
    operated_on = operated if isinstance(operated, date) else None
    visited = parse_date(cell("visited_on")) if cell("visited_on") else None
    visited_on = visited if isinstance(visited, date) else None

    def refused(code: str, field: str | None, value: str | None = None) -> Parsed:
        refusal = Refusal(code, field, cell(field or "") if value is None else value)
        return Parsed(cells, None, refusal, tuple(warnings), operated_on, refused_digest(cells, country))

    if "\ufffd" in cell("name"):
        return refused("encoding_error", "name")
    if not _has_letter(cell("name")):
        return refused("name_missing", "name")
    phones, bad_field = _phones(cells, country, warnings)
    if bad_field is not None:
        return refused("phone_invalid", bad_field)
    if not phones:
        return refused("phone_missing", "phone")
    if converted:
        if operated is None:
            return refused("date_missing", "performed_on")
        if isinstance(operated, DateFault):
            return refused(operated.code, "performed_on")
        if operated > at:
            return refused("date_future", "performed_on")
        if visited is not None and (visited_on is None or visited_on > at):
            warnings.append(Caution("visit_date_dropped", "visited_on"))
            visited_on = None
    else:
        if isinstance(visited, DateFault):
            return refused(visited.code, "visited_on")
        if visited_on is None:
            warnings.append(Caution("visit_date_missing", "visited_on"))
        elif visited_on > at:
            return refused("date_future", "visited_on")
    word = cell("procedure")
    procedure = words.get(fold_word(word)) if word else None
    if converted and procedure is None:
        return refused("procedure_unknown", "procedure")
    born_on = _side_date(cells, "born_on", warnings)
    reference = operated_on if converted else visited_on
    if born_on is not None and reference is not None and born_on > reference:
        return refused("born_after_treatment", "born_on")
    discharge_on = _side_date(cells, "discharge_on", warnings) if converted else None
    if discharge_on is not None and operated_on is not None and discharge_on < operated_on:
        warnings.append(Caution("discharge_before_operation", "discharge_on"))
        discharge_on = None
    stitches_on = _side_date(cells, "stitches_on", warnings) if converted else None
    if stitches_on is not None and operated_on is not None and stitches_on <= operated_on:
        warnings.append(Caution("date_dropped", "stitches_on"))
        stitches_on = None
    facts = Facts(
        external_id=cell("external_id") or None,
        name=cell("name"),
        sex=_SEX.get(cell("sex").casefold()),
        born_on=born_on,
        phones=phones,
        member_tier=cell("member_tier") or None,
        visited_on=visited_on,
        converted=converted,
        procedure=procedure if converted else None,
        performed_on=operated_on if converted else None,
        interest=None if converted else word or None,
        interest_procedure=None if converted else procedure,
        surgeon=(cell("surgeon") or None) if converted else None,
        consultant=cell("consultant") or None,
        inpatient=converted and (_yes_no(cell("inpatient")) is True or discharge_on is not None),
        discharge_on=discharge_on,
        site=cell("site") if converted else "",
        anaesthesia=(cell("anaesthesia") or None) if converted else None,
        implant=(cell("implant") or None) if converted else None,
        stitches_on=stitches_on,
        notes=cell("notes") or None,
    )
    return Parsed(cells, facts, None, tuple(warnings), operated_on, facts.digest)


def broken_row(cells: tuple[str, ...], code: str) -> Parsed:
    """A record that has no readable columns (row_malformed, encoding_error), as a refused row.

    Args: cells, the record's texts; code, the fault.
    Returns: a Parsed whose `cells` are numbered from 1, so that the fix list can show them.
    """
    cleaned, warnings = clean_cells({str(number): text for number, text in enumerate(cells, start=1)})
    shown = next((text for text in cleaned.values() if text), "")
    refusal = Refusal(code, None, shown)
    return Parsed(cleaned, None, refusal, tuple(warnings), None, _digest("broken", [*cleaned.values()]))


def refused_digest(cells: Mapping[str, str], country: str = "CN") -> str:
    """Digest of a refused row that is the same for every spelling of the same cells.

    Args: cells, cleaned texts by field; country, as for parse_row.
    Returns: SHA-256 as hexadecimal text.
    """
    document: dict[str, object] = {}
    for field, text in cells.items():
        value: object = text
        if field in ("born_on", "visited_on", "performed_on", "discharge_on", "stitches_on") and text:
            read = parse_date(text)
            value = read.isoformat() if isinstance(read, date) else text
        elif field in ("phone", "phone2") and text:
            number = phone.parse(text, country)
            value = number.e164 if isinstance(number, ParsedPhone) else text
        if value:
            document[field] = value
    return _digest("refused", document)


def _digest(kind: str, document: object) -> str:
    text = json.dumps([kind, document], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [part.e164 for part in value if isinstance(part, ParsedPhone)]
    return value


def _has_letter(text: str) -> bool:
    """A name needs one letter or ideograph: a dash or a dot typed to fill the cell is no name."""
    return any(char.isalpha() for char in text)


def _yes_no(text: str) -> bool | None:
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    return True if folded in _YES else False if folded in _NO else None


def _converted(cells: Mapping[str, str], warnings: list[Caution]) -> bool:
    """Whether the visit was treated: the clinic's own word, else an operation date or a surgeon says so."""
    said = _yes_no(cells.get("converted", ""))
    dated = bool(cells.get("performed_on"))
    if said is None:
        if cells.get("converted"):
            warnings.append(Caution("converted_unread", "converted"))
        return dated or bool(cells.get("surgeon"))
    if not said and dated:
        # Somebody operated whom nobody calls is worse than a call too many.
        if isinstance(parse_date(cells["performed_on"]), date):
            warnings.append(Caution("converted_by_date", "converted"))
            return True
        warnings.append(Caution("operation_date_ignored", "performed_on"))
    return said


def _phones(
    cells: Mapping[str, str], country: str, warnings: list[Caution]
) -> tuple[tuple[ParsedPhone, ...], str | None]:
    """The row's numbers, first one first, or the field of the number that can't be one."""
    first_field, second_field = "phone", "phone2"
    if not cells.get(first_field):
        first_field, second_field = second_field, ""
    text = cells.get(first_field, "")
    if not text:
        return (), None
    first = phone.parse(text, country)
    if isinstance(first, Reason):
        return (), first_field
    numbers = [first]
    if second_text := cells.get(second_field, ""):
        second = phone.parse(second_text, country)
        if isinstance(second, Reason):
            warnings.append(Caution("second_phone_invalid", second_field))
        elif second.e164 != first.e164:
            numbers.append(second)
    return tuple(numbers), None


def _side_date(cells: Mapping[str, str], field: str, warnings: list[Caution]) -> date | None:
    """A date no call hangs on: one that can't be read is left out with a warning."""
    text = cells.get(field, "")
    if not text:
        return None
    read = parse_date(text)
    if isinstance(read, date):
        return read
    warnings.append(Caution("date_dropped", field))
    return None
