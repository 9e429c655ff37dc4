"""Which model each file of a release is held against."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from console.scripts.schema import (
    Code,
    ConcernFile,
    Flag,
    FlowFile,
    Procedure,
    Question,
    SharedSteps,
    Strict,
    Window,
)
from console.scripts.schema_service import CareWords, OutcomeFile, PlaybookFile, PlaybookParts, SourceFile

TABLES: dict[str, type[Strict]] = {
    "procedures.toml": Procedure,
    "questions.toml": Question,
    "flags.toml": Flag,
    "care.toml": CareWords,
}
WHOLE: dict[str, type[Strict]] = {
    "flows/general.toml": SharedSteps,
    "playbooks/general.toml": PlaybookParts,
    "outcomes.toml": OutcomeFile,
    "sources.toml": SourceFile,
}
FOLDERS: dict[str, type[Strict]] = {
    "concerns": ConcernFile,
    "flows": FlowFile,
    "playbooks": PlaybookFile,
}


_CODE: TypeAdapter[str] = TypeAdapter(Code)


def validate(name: str, data: dict[str, Any]) -> list[tuple[str, str]]:
    """Hold one parsed file against its model.

    Args: name, the path inside the release ("flags.toml", "concerns/swelling.toml"); data, what tomllib
    returned.
    Returns: (where, message) per fault, where being the dotted path of table and key. Raises nothing.
    """
    faults: list[tuple[str, str]] = []

    def hold(model: type[Strict], value: Any, prefix: str) -> None:
        try:
            model.model_validate(value)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False, include_context=False):
                where = ".".join(str(part) for part in item["loc"])
                faults.append((".".join(part for part in (prefix, where) if part), item["msg"]))

    def named(code: str, prefix: str = "") -> None:
        try:
            _CODE.validate_python(code)
        except ValidationError:
            message = "a name is 2 to 48 small letters, digits and underscores, a letter first"
            faults.append((f"{prefix}{code}", message))

    if name in TABLES:
        for code, table in data.items():
            named(code)
            hold(TABLES[name], table, code)
    elif name == "windows.toml":
        for procedure, table in data.items():
            named(procedure)
            if not isinstance(table, dict):
                faults.append((procedure, "a table of windows is expected"))
                continue
            for concern, window in table.items():
                named(concern, f"{procedure}.")
                hold(Window, window, f"{procedure}.{concern}")
    elif name in WHOLE:
        hold(WHOLE[name], data, "")
    elif (folder := name.partition("/")[0]) in FOLDERS:
        hold(FOLDERS[folder], data, "")
    else:
        faults.append(("", "this file does not belong to the talk-tracks"))
    return faults
