"""Sentences for refused rows, for what a row was accepted in spite of, and for faults of a form.

English msgids by code; the catalogues have the Chinese. Each says what is wrong, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console import i18n
from db.import_records import RejectedRow, RowCaution
from db.records import Reason

REFUSED: Final[Mapping[str, str]] = {
    "row_malformed": (
        "Row {row}: its cells do not match the header; check the commas and quotes of this row in the "
        "file, then import it again."
    ),
    "encoding_error": (
        "Row {row}: some characters cannot be read; save the file again as UTF-8 or GB18030, then import"
        " it again."
    ),
    "duplicate_row": (
        "Row {row}: it repeats an earlier row of this file; nothing to do unless the two should differ."
    ),
    "name_missing": (
        "Row {row}, column {column}: there is no name; add it in the hospital system, then export and "
        "import again."
    ),
    "phone_missing": (
        "Row {row}, column {column}: there is no telephone number; add one in the hospital system, then "
        "export and import again."
    ),
    "phone_invalid": (
        "Row {row}, column {column}: {value} is no telephone number; correct it in the hospital system, "
        "then export and import again."
    ),
    "date_missing": (
        "Row {row}, column {column}: the visit was treated but has no operation date; add the date, then"
        " export and import again."
    ),
    "date_invalid": (
        "Row {row}, column {column}: {value} is no date; write it like 2026-05-29, then import again."
    ),
    "date_ambiguous": (
        "Row {row}, column {column}: {value} can be read as two different days; write it like "
        "2026-05-29, then import again."
    ),
    "date_future": (
        "Row {row}, column {column}: {value} is after the day of this import; correct the date, then "
        "import again."
    ),
    "procedure_unknown": (
        "Row {row}, column {column}: no procedure is called {value}; teach the word on the fix list and "
        "the row comes in by itself."
    ),
    "born_after_treatment": (
        "Row {row}, column {column}: the birthday {value} is after the visit or operation; correct one "
        "of the two dates, then import again."
    ),
    "id_conflict": (
        "Row {row}, column {column}: {value} already belongs to somebody with another name and another "
        "number; find out who it is and correct the row."
    ),
}
"""Why a row was refused."""

CAUTIONS: Final[Mapping[str, str]] = {
    "removed": "Row {row}, column {column}: invisible or control characters were removed.",
    "text_cut": "Row {row}: a cell was longer than 10,000 characters and was cut there.",
    "second_phone_invalid": (
        "Row {row}, column {column}: the second number is no telephone number and was left out."
    ),
    "visit_date_missing": "Row {row}: an untreated visit without a date; no call is planned from it.",
    "visit_date_dropped": "Row {row}, column {column}: the visit date cannot be right and was left out.",
    "date_dropped": (
        "Row {row}, column {column}: this date cannot be read or cannot be right and was left out."
    ),
    "discharge_before_operation": (
        "Row {row}, column {column}: discharged before the operation; the date was left out."
    ),
    "converted_unread": (
        "Row {row}, column {column}: neither yes nor no; taken from the operation date and surgeon."
    ),
    "converted_by_date": (
        "Row {row}, column {column}: says not treated, but has an operation date; taken as treated."
    ),
    "operation_date_ignored": (
        "Row {row}, column {column}: an untreated visit; its unreadable operation date was left out."
    ),
    "born_changed": (
        "Row {row}, column {column}: the birthday differs from the one on file and replaced it."
    ),
    "name_changed": "Row {row}, column {column}: the name differs from the one on file and replaced it.",
    "phone_changed": "Row {row}, column {column}: a new number; it is dialled first, the old one stays.",
}
"""What a row was accepted in spite of."""

FORM: Final[Mapping[str, str]] = {
    "form_name_missing": "Type a name.",
    "form_relation_missing": "Say how this person is related to the patient.",
    "form_phone_missing": "Type at least one telephone number.",
    "form_phone_invalid": "This is no telephone number; check its digits.",
    "form_date_missing": "Type the operation date, like 2026-05-29.",
    "form_date_invalid": "This is no date; write it like 2026-05-29.",
    "form_date_ambiguous": "This can be read as two different days; write it like 2026-05-29.",
    "form_date_future": "The operation date is after today; correct it.",
    "form_born_in_future": "The birthday is after today; correct it.",
    "form_born_after": "The patient would be born after this operation; correct one of the two dates.",
    "form_before_operation": "This day is before the operation; correct one of the two dates.",
    "form_procedure_missing": "Choose the procedure.",
    "form_procedure_unknown": "No procedure has this name; choose one from the list.",
    "form_treatment_twice": (
        "This procedure is already on file for that day and site; correct that one instead."
    ),
    "form_id_taken": "Another patient has this record id; check the id.",
    "form_hours_invalid": "Write hours like 19:00-20:00, several with commas.",
    "form_choice": "Choose one of the values of the list.",
    "form_text_too_long": "This text is longer than {most} characters; shorten it.",
}
"""What is wrong with a form's field."""


def refused_text(lang: str, row: RejectedRow) -> str:
    """One sentence for a refused row, in "zh" or "en"; numbers in it are masked."""
    return i18n.translate(lang, REFUSED[row.code], row=row.row, column=row.column, value=row.value)


def caution_text(lang: str, caution: RowCaution) -> str:
    """One sentence for something a row was accepted in spite of, in "zh" or "en"."""
    return i18n.translate(lang, CAUTIONS[caution.code], row=caution.row, column=caution.column)


def form_text(lang: str, problem: Reason) -> str:
    """One sentence for a fault of a form's field, in "zh" or "en"."""
    return i18n.translate(lang, FORM[problem.code], **problem.params)
