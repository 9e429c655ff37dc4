"""Reads a release of talk-tracks: each file once, when first needed, cleaned and turned into frozen records.

A release is a folder of TOML files (the shipped one lies beside this module) or the same texts held in
memory, as a published release comes from the database. Faults are found by `lint.py`; here a file which
can't be read is an error that
names file, table and key.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, cast

from console.clean import clean
from console.rules.triage import Flag, Window
from console.scripts.build import (
    Table,
    build_flag,
    build_flow,
    build_procedure,
    build_question,
    build_track,
    build_window,
    lines_of,
    words_of,
)
from console.scripts.errors import ScriptError
from console.scripts.records import Concern, Flow, Lines, Procedure, Question, Track

Texts: TypeAlias = Mapping[str, str]

ROOT_FILES = ("procedures.toml", "questions.toml", "flags.toml", "windows.toml")
FOLDERS = ("concerns", "flows")
GENERAL = "concerns/general.toml"
SHARED = "flows/general.toml"
_MAX_BYTES = 2_000_000
_MILESTONES = re.compile(r"^milestones\s*=\s*\[[^\]]*\]", re.MULTILINE)


class Library:
    """One release, immutable. Make it with `shipped()`, `from_folder()` or `from_texts()`."""

    def __init__(self, texts: Texts) -> None:
        self._texts = dict(texts)
        self._tracks: dict[str, tuple[Track, ...]] = {}
        self._flows: dict[str, tuple[Flow, ...]] = {}

    @cached_property
    def hash(self) -> str:
        """sha256 over the names and contents of all files, in hex: what a call stores as the release it
        read from."""
        digest = hashlib.sha256()
        for name in sorted(self._texts):
            body = self._texts[name].replace("\r\n", "\n").encode()
            digest.update(f"{name}\0{len(body)}\0".encode())
            digest.update(body)
        return digest.hexdigest()

    @property
    def texts(self) -> Texts:
        """A copy of the files, name to content: what publishing stores."""
        return dict(self._texts)

    def parse(self, name: str) -> dict[str, Any]:
        """One file as tomllib reads it, every text cleaned.

        Args: name inside the release, like "flows/d7.toml". Returns the document.
        Raises ScriptError when the file is missing, not UTF-8 or not TOML.
        """
        if name not in self._texts:
            raise ScriptError(name, "", "the release has no such file", "missing_file")
        try:
            document = _clean_tree(tomllib.loads(self._texts[name]))
        except tomllib.TOMLDecodeError as error:
            raise ScriptError(name, "", f"not valid TOML: {error}", "toml") from error
        if name.startswith("flows/") and name != SHARED:
            for place, flow in enumerate(_dicts(document.get("flow"))):
                steps = flow.get("step")
                if isinstance(steps, list):
                    flow["step"] = [
                        self._with_shared(name, f"flow.{place}.step.{number}", step)
                        for number, step in enumerate(cast("list[Any]", steps))
                    ]
        return document

    @cached_property
    def _shared_steps(self) -> Mapping[str, Any]:
        table = self.parse(SHARED).get("step", {}) if SHARED in self._texts else {}
        return cast("dict[str, Any]", table) if isinstance(table, dict) else {}

    def _with_shared(self, name: str, where: str, step: Any) -> Any:
        """A step with `use = "x"` filled in from flows/general.toml; its own keys replace shared ones."""
        if not isinstance(step, dict) or "use" not in step:
            return step
        own = cast("dict[str, Any]", step)
        shared = self._shared_steps.get(str(own["use"]))
        if not isinstance(shared, dict):
            raise ScriptError(name, f"{where}.use", f"{SHARED} has no step {own['use']!r}", "unknown_step")
        return {**cast("dict[str, Any]", shared), **{key: own[key] for key in own if key != "use"}}

    def names(self, folder: str) -> tuple[str, ...]:
        """Codes of the files in a folder ("concerns" or "flows"), sorted, without general."""
        prefix = f"{folder}/"
        found = (
            name[len(prefix) : -5]
            for name in self._texts
            if name.startswith(prefix) and name.endswith(".toml")
        )
        return tuple(sorted(code for code in found if code != "general"))

    @cached_property
    def procedures(self) -> Mapping[str, Procedure]:
        """Procedures by code, in file order. Raises ScriptError on a fault."""
        return {
            code: build_procedure(Table("procedures.toml", code, table)) for code, table in self._tables(0)
        }

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Questions by code, in file order. Raises ScriptError on a fault."""
        return {code: build_question(Table("questions.toml", code, table)) for code, table in self._tables(1)}

    @cached_property
    def flags(self) -> Mapping[str, Flag]:
        """Flags by code, in file order. Raises ScriptError on a fault."""
        return {code: build_flag(Table("flags.toml", code, table)) for code, table in self._tables(2)}

    @cached_property
    def _windows(self) -> Mapping[str, Any]:
        return dict(self._tables(3))

    def window(self, procedure: str, concern: str) -> Window | None:
        """The window of a concern under a procedure.

        Args: procedure and concern codes. Returns None when the procedure has no entry for it: nothing is
        reassured.
        """
        table = self._windows.get(procedure, {})
        if concern not in table:
            return None
        return build_window(Table("windows.toml", f"{procedure}.{concern}", table[concern]))

    def windowed(self, procedure: str) -> tuple[str, ...]:
        """Concern codes with an entry under a procedure, in file order."""
        return tuple(self._windows.get(procedure, {}))

    @cached_property
    def _general(self) -> Mapping[str, Any]:
        return self.parse(GENERAL)

    @cached_property
    def concerns(self) -> Mapping[str, Concern]:
        """Concerns by code, in the order of the screen's keys, 0 last. Raises ScriptError on a fault."""
        table = Table(GENERAL, "concerns", self._general.get("concerns", {}))
        made: list[Concern] = []
        for code in table.data:
            inner = table.table(code)
            made.append(
                Concern(
                    code,
                    words_of(inner),
                    inner.integer("key"),
                    frozenset(inner.texts("for")),
                    frozenset(inner.texts("except")),
                )
            )
        made.sort(key=lambda concern: concern.key or 10)
        return {concern.code: concern for concern in made}

    @cached_property
    def everywhere(self) -> tuple[str, ...]:
        """Codes of the flags counted in every concern and flow, as listed. Raises ScriptError on a fault."""
        return Table(GENERAL, "", self._general).texts("everywhere")

    @cached_property
    def otherwise(self) -> Mapping[str, Lines]:
        """The general lines for a flag, per level, and OUTSIDE. Raises ScriptError on a fault."""
        table = Table(GENERAL, "otherwise", self._general.get("otherwise", {}))
        return {level: lines_of(table.table(level)) for level in table.data}

    @cached_property
    def general_tracks(self) -> Mapping[str, Track]:
        """The general track of every concern. Raises ScriptError on a fault."""
        version = Table(GENERAL, "", self._general).integer("version")
        made: dict[str, Track] = {}
        for number, data in enumerate(self._general.get("track", [])):
            track = build_track(Table(GENERAL, f"track.{number}", data), None, version)
            made[track.concern] = track
        return made

    def tracks(self, concern: str) -> tuple[Track, ...]:
        """The tracks of a concern's own file, without the general one; empty without a file.

        Args: concern code. Raises ScriptError on a fault in the file.
        """
        if concern not in self._tracks:
            name = f"concerns/{concern}.toml"
            made: list[Track] = []
            if name in self._texts:
                document = Table(name, "", self.parse(name))
                if document.text("concern") != concern:
                    raise ScriptError(name, "concern", "must equal the file's name", "name")
                version = document.integer("version")
                for number, data in enumerate(document.data.get("track", [])):
                    made.append(build_track(Table(name, f"track.{number}", data), concern, version))
            self._tracks[concern] = tuple(made)
        return self._tracks[concern]

    def flows(self, code: str) -> tuple[Flow, ...]:
        """The variants of a flow. Args: flow code. Raises ScriptError when the release has none, or on a
        fault."""
        if code not in self._flows:
            name = f"flows/{code}.toml"
            self._flows[code] = build_flow(Table(name, "", self.parse(name)), code)
        return self._flows[code]

    def flow_for(self, milestone: str) -> str | None:
        """The flow which a planned milestone opens. Args: milestone code like "D7". Returns a flow code,
        or None."""
        return self._by_milestone.get(milestone)

    @cached_property
    def _by_milestone(self) -> Mapping[str, str]:
        # Only the line itself is read: which flow a milestone opens must not cost the parsing of all flows.
        found: dict[str, str] = {}
        for code in self.names("flows"):
            line = _MILESTONES.search(self._texts[f"flows/{code}.toml"].split("[[", 1)[0])
            if line is not None:
                try:
                    milestones = tomllib.loads(line[0])["milestones"]
                except tomllib.TOMLDecodeError:
                    milestones = self.flows(code)[0].milestones
                found.update(dict.fromkeys(cast("list[str]", milestones), code))
        return found

    def procedure(self, code: str) -> Procedure:
        """One procedure. Args: its code. Raises ScriptError (code "unknown_procedure") when there is none."""
        try:
            return self.procedures[code]
        except KeyError:
            raise ScriptError("procedures.toml", code, "no such procedure", "unknown_procedure") from None

    def _tables(self, number: int) -> list[tuple[str, Any]]:
        return list(self.parse(ROOT_FILES[number]).items())


def shipped() -> Library:
    """The release that travels with the program. Raises ScriptError when it can't be read."""
    return _read(files("console.scripts"), "console/scripts")


def from_folder(folder: Path) -> Library:
    """A release in a folder of one's own. Args: folder. Raises ScriptError when it can't be read."""
    if not folder.is_dir():
        raise ScriptError(str(folder), "", "no such folder", "missing_file")
    return _read(folder, folder.name)


def from_texts(texts: Texts) -> Library:
    """A release held in memory. Args: texts, file name to content, as `Library.texts` gives."""
    return Library(texts)


def _read(root: Any, label: str) -> Library:
    texts: dict[str, str] = {}
    for folder in ("", *FOLDERS):
        place = root.joinpath(folder) if folder else root
        if not place.is_dir():
            raise ScriptError(label, folder, "the folder is missing", "missing_file")
        for entry in place.iterdir():
            if not entry.name.endswith(".toml"):
                continue
            name = f"{folder}/{entry.name}" if folder else entry.name
            body = entry.read_bytes()
            if len(body) > _MAX_BYTES:
                raise ScriptError(name, "", "larger than 2 MB", "too_large")
            try:
                texts[name] = body.decode("utf-8")
            except UnicodeDecodeError as error:
                raise ScriptError(name, "", "not UTF-8", "encoding") from error
    return Library(texts)


def _dicts(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [cast("dict[str, Any]", item) for item in cast("list[Any]", value) if isinstance(item, dict)]


def _clean_tree(value: Any) -> Any:
    if isinstance(value, str):
        # Nearly all texts are already clean; isprintable is a quick way to know, as it refuses every control.
        return value if value.isascii() and value.isprintable() else clean(value)
    if isinstance(value, dict):
        return {key: _clean_tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_tree(item) for item in value]
    return value
