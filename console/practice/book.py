"""Where scenarios come from: those that travel with the program, and a clinic's own folder.

A scenario is read when it is asked for, alone; what is wrong with a file is said with file, place, code and one
sentence, whatever the file holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.clean import clean
from console.practice.records import Scenario
from console.scripts.documents import document
from console.scripts.errors import ScriptError
from console.scripts.lint_base import Problem

if TYPE_CHECKING:
    from pydantic import ValidationError

NOT_SCENARIOS: Final = frozenset({"general", "courses", "scorecard"})
"""Files of the shipped folder that are no scenarios; a clinic's scenario cannot have these names."""
MAX_BYTES: Final = 200_000
MAX_FILES: Final = 500
_NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")
_SHIPPED = "scenarios"


class Book:
    """The scenarios at hand, by code. Make it with `shipped()` or `opened()`."""

    def __init__(self, entries: Mapping[str, Any], faults: tuple[Problem, ...] = ()) -> None:
        self._entries = dict(entries)
        self._faults = faults
        self._read: dict[str, Scenario] = {}

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all scenarios, sorted, also of those whose files turn out to be faulty."""
        return tuple(sorted(self._entries))

    @property
    def faults(self) -> tuple[Problem, ...]:
        """What is wrong with the folder itself: names that are no codes, codes twice, what is no file."""
        return self._faults

    def scenario(self, code: str) -> Scenario:
        """One scenario; no other file is read.

        Args: code. Raises ScriptError when there is none, or on the first fault of its file.
        """
        if code not in self._read:
            made, problems = self.read(code)
            if made is None:
                first = problems[0]
                raise ScriptError(first.file, first.where, first.message, first.code)
            self._read[code] = made
        return self._read[code]

    def read(self, code: str) -> tuple[Scenario | None, tuple[Problem, ...]]:
        """One scenario, or everything that is wrong with its file.

        Args: code. Returns the scenario and no problem, or None and the problems. Raises ScriptError (code
        "unknown_scenario") when there is no such file.
        """
        entry = self._entries.get(code)
        if entry is None:
            raise ScriptError(f"{clean(code)[:60]}.toml", "", "no such scenario", "unknown_scenario")
        name = f"{code}.toml"
        try:
            return _built(name, code, document(name, text_of(entry, name)))
        except ScriptError as error:
            return None, (_problem(error.file, error.where, error.code, error.message),)
        except (ValueError, OverflowError):
            # A number of thousands of digits is refused by Python itself, not by its TOML reader.
            return None, (Problem(name, "", "toml", "not valid TOML: a number is too long"),)

    def all(self) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
        """Every scenario that can be read, in order of code, and everything that is wrong with the rest."""
        made: list[Scenario] = []
        problems = list(self._faults)
        for code in self.codes:
            one, faults = self.read(code)
            problems.extend(faults)
            if one is not None:
                made.append(one)
        return tuple(made), tuple(problems)


def shipped() -> Book:
    """The scenarios that travel with the program. Raises ScriptError when the folder can't be read."""
    entries, faults = _listed(shipped_folder(), f"console/scripts/{_SHIPPED}")
    return Book({code: entry for code, entry in entries.items() if code not in NOT_SCENARIOS}, faults)


def shipped_folder() -> Any:
    """The folder of the shipped scenarios, general lines, courses and scorecard."""
    return files("console.scripts").joinpath(_SHIPPED)


def opened(folder: Path | None) -> Book:
    """The shipped scenarios and those of a clinic's own folder.

    Args: folder, None for the shipped ones alone. A code that a shipped scenario has already is a fault, and the
    shipped one stays. Raises ScriptError when a folder can't be read.
    """
    book = shipped()
    if folder is None:
        return book
    own = only(folder)
    entries = {code: book._entries[code] for code in book.codes}
    faults = [*book.faults, *own.faults]
    for code in own.codes:
        if code in entries:
            message = f"a shipped scenario has the code {code!r} already"
            faults.append(Problem(f"{code}.toml", "code", "code_twice", message))
        else:
            entries[code] = own._entries[code]
    return Book(entries, tuple(faults))


def only(folder: Path) -> Book:
    """The scenarios of a folder alone. Args: folder. Raises ScriptError when it can't be read.

    A folder with the shipped names general.toml, courses.toml and scorecard.toml has them left out.
    """
    entries, faults = _listed(folder, clean(folder.name) or "folder")
    return Book({code: entry for code, entry in entries.items() if code not in NOT_SCENARIOS}, faults)


def text_of(entry: Any, name: str) -> str:
    """A small file's text. Args: entry, a path; name, for the fault. Raises ScriptError when it is none."""
    try:
        # A pipe or a device would never end.
        if not entry.is_file():
            raise ScriptError(name, "", "not a file", "not_a_file")
        with entry.open("rb") as file:
            body: bytes = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScriptError(name, "", f"can't be read: {error.strerror}", "unreadable") from error
    if len(body) > MAX_BYTES:
        raise ScriptError(name, "", f"larger than {MAX_BYTES // 1000} kB", "too_large")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScriptError(name, "", "not UTF-8", "encoding") from error


def _listed(folder: Any, label: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    try:
        if not folder.is_dir():
            raise ScriptError(label, "", "no such folder", "missing_file")
        names = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such folder"
        raise ScriptError(label, "", f"can't be read: {reason}", "unreadable") from error
    found = [entry for entry in names if entry.name.endswith(".toml") and not entry.name.startswith(".")]
    faults: list[Problem] = []
    if len(found) > MAX_FILES:
        faults.append(Problem(label, "", "too_many", f"more than {MAX_FILES} files; the rest is left out"))
    entries: dict[str, Any] = {}
    for entry in found[:MAX_FILES]:
        code = entry.name[: -len(".toml")]
        if _NAME.fullmatch(code):
            entries[code] = entry
        else:
            message = (
                "a file is named by its code: 2 to 48 small letters, digits and underscores, a letter first"
            )
            faults.append(_problem(entry.name[:80], "", "name", message))
    return entries, tuple(faults)


def _built(name: str, code: str, data: Mapping[str, Any]) -> tuple[Scenario | None, tuple[Problem, ...]]:
    # pydantic takes longer to load than a list of scenarios takes to print.
    from pydantic import ValidationError

    from console.practice.build import scenario_of
    from console.practice.schema import ScenarioFile

    try:
        made = ScenarioFile.model_validate(data)
    except ValidationError as error:
        return None, _faults(name, error)
    if made.code != code:
        return None, (Problem(name, "code", "name", f"must equal the file's name, {code!r}"),)
    return scenario_of(made), ()


def _faults(name: str, error: ValidationError) -> tuple[Problem, ...]:
    found: dict[tuple[str, str], None] = {}
    for item in error.errors(include_url=False, include_input=False):
        parts = [clean(str(part))[:48] for part in item["loc"] if part != "[key]"]
        message = _sentence(item)
        # An answer is one of several types, and each of them is refused by itself.
        if parts and (parts[-1] in ("int", "float", "str") or parts[-1].startswith("constrained-")):
            parts, message = parts[:-1], "a text or a number is expected"
        found[".".join(parts), message] = None
    return tuple(Problem(name, where, "schema", message) for where, message in found)


_SENTENCES: Final = {
    "missing": "this key is missing",
    "extra_forbidden": "there is no such key",
    "string_type": "a text is expected",
    "int_type": "a whole number is expected",
    "float_type": "a number is expected",
    "bool_type": "true or false is expected",
    "list_type": "a list is expected",
    "dict_type": "a table is expected",
    "model_type": "a table is expected",
    "model_attributes_type": "a table is expected",
    "date_type": "a date like 1990-05-12 is expected",
    "finite_number": "a number is expected",
}


def _sentence(item: Any) -> str:
    context: Mapping[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"expected {context['expected']}"
        case "string_pattern_mismatch":
            return _written(str(context["pattern"]))
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long":
            return f"longer than {context['max_length']} characters"
        case "too_long":
            return f"more than {context['max_length']} entries"
        case kind:
            return _SENTENCES.get(kind) or clean(str(item["msg"])).lower()


def _written(pattern: str) -> str:
    from console.practice import schema

    return {
        schema.CODE: "a code is 2 to 48 small letters, digits and underscores, a letter first",
        schema.PLACE: "expected pickup, identity, group, concerns, close, read:N, q:CODE or concern:CODE",
        schema.ANSWER: "expected " + schema.ANSWER_WORDS,
        schema.DID: "expected asked:CODE, or " + schema.ANSWER_WORDS,
        schema.CLOCK: "a time like 14:35 is expected",
    }.get(pattern, "not written the way a code is written")


def _problem(file: str, where: str, code: str, message: str) -> Problem:
    return Problem(clean(file), clean(where), code, clean(message))
