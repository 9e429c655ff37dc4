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
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

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
from console.scripts.build_service import (
    build_care_words,
    build_outcomes,
    build_parts,
    build_playbook,
)
from console.scripts.documents import document
from console.scripts.errors import ScriptError
from console.scripts.lazy import Tables
from console.scripts.records import Concern, Flow, Lines, Procedure, Question, Track, Words
from console.scripts.records_service import NO_OUTCOMES, CareWords, Outcomes, Playbook

T = TypeVar("T")
Texts: TypeAlias = Mapping[str, str]

ROOT_FILES = ("procedures.toml", "questions.toml", "flags.toml", "windows.toml", "care.toml")
OUTCOMES = "outcomes.toml"
SOURCES = "sources.toml"
PARTS = "playbooks/general.toml"
FOLDERS = ("concerns", "flows", "playbooks")
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

    def raw(self, name: str) -> dict[str, Any]:
        """One file as tomllib reads it, every text cleaned.

        Args: name inside the release, like "flows/d7.toml". Returns the document, not to be changed.
        Raises ScriptError when the file is missing, not UTF-8 or not TOML.
        """
        if name not in self._texts:
            raise ScriptError(name, "", "the release has no such file", "missing_file")
        return document(name, self._texts[name])

    def parse(self, name: str) -> dict[str, Any]:
        """One file with the shared steps of flows filled in.

        Args: name inside the release. Returns the document.
        Raises ScriptError as `raw` does, and for a shared step nobody wrote.
        """
        found = self.raw(name)
        flows = found.get("flow")
        if not name.startswith("flows/") or name == SHARED or not isinstance(flows, list):
            return found
        whole = [self._filled(name, place, flow) for place, flow in enumerate(cast("list[Any]", flows))]
        return {**found, "flow": whole}

    def _filled(self, name: str, place: int, flow: Any) -> Any:
        steps: Any = cast("dict[str, Any]", flow).get("step") if isinstance(flow, dict) else None
        if not isinstance(steps, list):
            return flow
        filled = [
            self._with_shared(name, f"flow.{place}.step.{number}", step)
            for number, step in enumerate(cast("list[Any]", steps))
        ]
        return {**cast("dict[str, Any]", flow), "step": filled}

    @cached_property
    def _shared(self) -> Mapping[str, Any]:
        return self.raw(SHARED) if SHARED in self._texts else {}

    @cached_property
    def _shared_steps(self) -> Mapping[str, Any]:
        table = self._shared.get("step", {})
        return cast("dict[str, Any]", table) if isinstance(table, dict) else {}

    @cached_property
    def tones(self) -> Mapping[str, Words]:
        """How a caller of each role means to sound, by role or "any". Raises ScriptError on a fault."""
        if SHARED not in self._texts:
            return {}
        table = self._shared.get("tone", {})
        return {role: words_of(Table(SHARED, f"tone.{role}", words)) for role, words in table.items()}

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
        """Codes of the files in a folder (of FOLDERS), sorted, without general."""
        prefix = f"{folder}/"
        found = (
            name[len(prefix) : -5]
            for name in self._texts
            if name.startswith(prefix) and name.endswith(".toml")
        )
        return tuple(sorted(code for code in found if code != "general"))

    def _lazy(self, number: int, build: Callable[[Table], T]) -> Tables[T]:
        name = ROOT_FILES[number]
        if name not in self._texts:
            raise ScriptError(name, "", "the release has no such file", "missing_file")
        return Tables(name, self._texts[name], lambda code, table: build(Table(name, code, table)))

    @cached_property
    def procedures(self) -> Mapping[str, Procedure]:
        """Procedures by code, in file order. Raises ScriptError on a fault, when it is first met."""
        return self._lazy(0, build_procedure)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Questions by code, in file order. Raises ScriptError on a fault, when it is first met."""
        return self._lazy(1, build_question)

    @cached_property
    def flags(self) -> Mapping[str, Flag]:
        """Flags by code, in file order. Raises ScriptError on a fault, when it is first met."""
        return self._lazy(2, build_flag)

    @cached_property
    def _windows(self) -> Mapping[str, Mapping[str, Any]]:
        return self._lazy(3, lambda table: table.data)

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

    @cached_property
    def playbooks(self) -> Mapping[str, Playbook]:
        """Playbooks by code, in file order; none in a release older than playbooks. Raises ScriptError."""
        if PARTS not in self._texts:
            return {}
        parts = build_parts(Table(PARTS, "", self.parse(PARTS)))
        made: dict[str, Playbook] = {}
        for area in self.names("playbooks"):
            name = f"playbooks/{area}.toml"
            document = Table(name, "", self.parse(name))
            version = document.integer("version")
            for table in document.tables("playbook"):
                one = build_playbook(table, parts, version)
                if one.code in made:
                    raise table.fault(
                        "code", f"{one.code} stands in {made[one.code].where} too", "code_twice"
                    )
                made[one.code] = one
        return made

    @cached_property
    def care_words(self) -> Mapping[str, CareWords]:
        """Words of the care milestones by code; none in a release older than them. Raises ScriptError."""
        if ROOT_FILES[4] not in self._texts:
            return {}
        return self._lazy(4, build_care_words)

    @cached_property
    def outcomes(self) -> Outcomes:
        """Outcome sets, ratings, the 100-point sheet; empty in a release older than them. Raises ScriptError."""
        if OUTCOMES not in self._texts:
            return NO_OUTCOMES
        return build_outcomes(Table(OUTCOMES, "", self.parse(OUTCOMES)))

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
        try:
            entries = sorted(place.iterdir(), key=lambda entry: entry.name)
        except OSError as error:
            raise ScriptError(label, folder, f"can't be read: {error.strerror}", "unreadable") from error
        for entry in entries:
            if not entry.name.endswith(".toml"):
                continue
            name = f"{folder}/{entry.name}" if folder else entry.name
            texts[name] = _text_of(entry, name)
    return Library(texts)


def _text_of(entry: Any, name: str) -> str:
    try:
        # A pipe or a device would never end.
        if not entry.is_file():
            raise ScriptError(name, "", "not a file", "not_a_file")
        with entry.open("rb") as file:
            body: bytes = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ScriptError(name, "", f"can't be read: {error.strerror}", "unreadable") from error
    if len(body) > _MAX_BYTES:
        raise ScriptError(name, "", "larger than 2 MB", "too_large")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScriptError(name, "", "not UTF-8", "encoding") from error
