"""Whatever is taken out of a copy of the release is named exactly: the file, the table, the key, the sentence."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from console.scripts import inventory
from console.scripts.inventory import Change, compare, parts
from console.scripts.library import Library, from_texts, shipped
from console.scripts.lint import check
from console.scripts.schema_files import validate
from tests.scripts import quick

SEED = 20260615


@cache
def library() -> Library:
    return shipped()


class Copy(Library):
    """A release whose files are changed documents; nothing has to be written as TOML."""

    def __init__(self, documents: Mapping[str, dict[str, Any]]) -> None:
        super().__init__(dict.fromkeys(documents, ""))
        self.documents = documents

    def raw(self, name: str) -> dict[str, Any]:
        return self.documents[name]


@dataclass(frozen=True)
class Leaf:
    """One thing that may be taken out: how it is called, where it hangs, and what compare is to say."""

    change: Change
    path: tuple[str | int, ...]
    naming: bool

    @property
    def table(self) -> tuple[str, str]:
        """What it is taken out of."""
        return self.change.file, "/".join(map(str, self.path[:-1]))


def naming_keys(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys a table in a list is called by; without one of them it is another table."""
    for key in ("code", "use", "question", "yes"):
        if key in table:
            return (key,)
    chosen = tuple(key for key in ("concern", "procedure", "days", "role") if key in table)
    return chosen or tuple(key for key in ("kind", "title", "lead") if key in table) or tuple(table)


def leaves(
    file: str, value: Any, where: str = "", path: tuple[str | int, ...] = (), naming: bool = False
) -> Iterator[Leaf]:
    """Every leaf of a document; a spoken list gives one per sentence."""
    if isinstance(value, dict):
        called = naming_keys(value) if path and isinstance(path[-1], int) else ()
        for key, item in value.items():
            yield from leaves(
                file, item, f"{where}.{key}" if where else key, (*path, key), naming or key in called
            )
    elif not isinstance(value, list):
        yield Leaf(Change(file, where, "removed", old=str(value)), path, naming)
    elif value and all(isinstance(item, dict) for item in value):
        seen: Counter[str] = Counter()
        for number, item in enumerate(value):
            name = inventory._name(item)
            seen[name] += 1
            again = f" {seen[name]}" if seen[name] > 1 else ""
            yield from leaves(file, item, f"{where}[{name}{again}]", (*path, number))
    elif path[-1] in inventory.SPOKEN:
        for number, line in enumerate(value):
            yield Leaf(Change(file, where, "removed", old=line, line=number + 1), (*path, number), naming)
    elif value and all(isinstance(item, str) for item in value):
        for number, code in enumerate(value):
            yield Leaf(Change(file, f"{where}[{code}]", "removed", old=code), (*path, number), naming)
    elif value:
        yield Leaf(Change(file, where, "removed", old=str(value)), path, naming)


@cache
def every() -> tuple[Leaf, ...]:
    return tuple(
        leaf for name in sorted(library().texts) for leaf in leaves(name, quick.parsed(library().texts[name]))
    )


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    with quick.reading():
        yield


def take(document: Any, path: tuple[str | int, ...]) -> None:
    for step in path[:-1]:
        document = document[step]
    del document[path[-1]]


def without(gone: Iterable[tuple[str, tuple[str | int, ...]]]) -> tuple[Library, Copy]:
    """The files concerned, whole and with (file, path) taken out."""
    # From the end of a list to its beginning, so that numbers stay true.
    places = sorted(gone, key=lambda one: [str(step).rjust(9) for step in one[1]], reverse=True)
    texts = {name: library().texts[name] for name, _path in places}
    documents = {name: quick.parsed(body) for name, body in texts.items()}
    for name, path in places:
        take(documents[name], path)
    return from_texts(texts), Copy(documents)


def test_every_place_has_a_name_of_its_own() -> None:
    places = Counter((leaf.change.file, leaf.change.where, leaf.change.line) for leaf in every())
    assert [place for place, times in places.items() if times > 1] == []
    named = {(leaf.change.file, leaf.change.where) for leaf in every()}
    assert named == set(parts(library())) and len(named) > 15_000


def test_nothing_differs_where_nothing_was_changed() -> None:
    texts = library().texts
    assert compare(library(), Copy({name: quick.parsed(body) for name, body in texts.items()})) == ()
    assert compare(library(), library()) == ()


def test_every_single_leaf_taken_out_is_named_and_nothing_else() -> None:
    # One of each table at a time: what hangs in different tables can't hide each other. The last thing of a table
    # takes its table along, so tables of one are looked at below.
    tables: dict[tuple[str, str], list[Leaf]] = {}
    for leaf in every():
        if not leaf.naming:
            tables.setdefault(leaf.table, []).append(leaf)
    sizes = Counter(leaf.table for leaf in every())
    tables = {place: inside for place, inside in tables.items() if sizes[place] > 1 and place[1]}
    taken = 0
    for turn in range(max(len(inside) for inside in tables.values())):
        gone = [inside[turn] for inside in tables.values() if turn < len(inside)]
        # A sentence said twice in one list may be named by its twin.
        whole, copy = without((one.change.file, one.path) for one in gone)
        found = Counter((one.file, one.where, one.kind, one.old) for one in compare(whole, copy))
        wanted = Counter((one.change.file, one.change.where, "removed", one.change.old) for one in gone)
        assert found == wanted, turn
        taken += len(gone)
    assert taken > 15_000


def test_the_number_of_a_missing_sentence_is_told() -> None:
    rng = random.Random(SEED)
    lines = [leaf for leaf in every() if leaf.change.line is not None]
    for leaf in rng.sample(lines, 25):
        name = leaf.change.file
        one = from_texts({name: library().texts[name]})
        document = quick.parsed(library().texts[name])
        take(document, leaf.path)
        (change,) = compare(one, Copy({name: document}))
        assert change == leaf.change or change.old == leaf.change.old


def test_a_key_which_names_its_table_leaves_the_table_missing() -> None:
    rng = random.Random(SEED)
    naming = [leaf for leaf in every() if leaf.naming]
    for leaf in rng.sample(naming, 40):
        name = leaf.change.file
        document = quick.parsed(library().texts[name])
        take(document, leaf.path)
        changes = compare(from_texts({name: library().texts[name]}), Copy({name: document}))
        table = leaf.change.where.rpartition("]")[0] + "]"
        lost = [one for one in changes if one.kind == "removed"]
        assert lost and all(one.where.startswith(table) for one in lost), leaf


def _gone(kind: str) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """(file, path, name) of every window, flag, question, procedure, language, track, flow or playbook."""
    if kind == "windows":
        yield from (
            ("windows.toml", (procedure, concern), f"{procedure}.{concern}")
            for procedure in library().procedures
            for concern in library().windowed(procedure)
        )
    elif kind in ("flags", "questions", "procedures", "care"):
        name = f"{kind}.toml"
        yield from ((name, (code,), code) for code in quick.parsed(library().texts[name]))
    elif kind in ("zh", "en"):
        for leaf in every():
            at = [
                number
                for number, step in enumerate(leaf.path)
                if step in (kind, f"sign_{kind}", f"short_{kind}")
            ]
            if at and (leaf.change.line or 1) == 1 and not leaf.naming:
                yield leaf.change.file, leaf.path[: at[0] + 1], leaf.change.where
    else:
        for name in library().texts:
            for number, table in enumerate(quick.parsed(library().texts[name]).get(kind, [])):
                if isinstance(table, dict):
                    yield name, (kind, number), f"{kind}[{inventory._name(table)}]"


@pytest.mark.parametrize(
    ("kind", "least", "turns"),
    [("windows", 439, 3), ("flags", 125, 3), ("questions", 190, 3), ("procedures", 23, 2), ("care", 20, 2),
     ("track", 300, 4), ("playbook", 40, 3), ("zh", 2900, 2), ("en", 2900, 2)],
)  # fmt: skip
def test_every_window_flag_question_track_playbook_and_language_is_named(
    kind: str, least: int, turns: int
) -> None:
    every_one = list(_gone(kind))
    assert len(every_one) >= least
    # All at once would take whole files along; a part at a time leaves something standing.
    for turn in range(turns):
        gone = every_one[turn::turns]
        whole, copy = without((name, path) for name, path, _where in gone)
        found = Counter((one.file, one.where) for one in compare(whole, copy) if one.kind == "removed")
        assert found == Counter((name, where) for name, _path, where in gone), (kind, turn)


def test_what_is_added_or_changed_is_named_too() -> None:
    flags = quick.parsed(library().texts["flags.toml"])
    flags["hives"]["zh"] = "别的字"
    flags["hives"]["decision"] = 5
    changes = compare(from_texts({"flags.toml": library().texts["flags.toml"]}), Copy({"flags.toml": flags}))
    assert [(one.where, one.kind, one.new) for one in changes] == [
        ("hives.decision", "added", "5"),
        ("hives.zh", "changed", "别的字"),
    ]


def test_a_table_moved_in_its_list_is_no_change() -> None:
    for name in ("concerns/swelling.toml", "playbooks/nose.toml", "outcomes.toml"):
        document = quick.parsed(library().texts[name])
        for key in ("track", "playbook"):
            if key in document:
                document[key] = [*document[key][1:], document[key][0]]
        assert compare(from_texts({name: library().texts[name]}), Copy({name: document})) == ()


# -- and the check says so, from the texts a clinic would publish --


def written(value: Any) -> str:
    """A value as TOML on one line; strings of JSON are strings of TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {written(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def text_of(document: Mapping[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {written(item)}\n" for key, item in document.items())


def copy_without(gone: list[Leaf]) -> Library:
    _whole, copy = without((leaf.change.file, leaf.path) for leaf in gone)
    return from_texts({**library().texts, **{name: text_of(data) for name, data in copy.documents.items()}})


def _sample(fits: Callable[[Leaf], bool], number: int) -> list[Leaf]:
    """Leaves of as many files as can be, at most one of each table."""
    found: dict[tuple[str, str], Leaf] = {}
    for leaf in random.Random(SEED).sample(every(), len(every())):
        if leaf.table not in found and leaf.change.file != "sources.toml" and not leaf.naming and fits(leaf):
            found[leaf.table] = leaf
        if len(found) == number:
            break
    return list(found.values())


def _refused(leaf: Leaf) -> bool:
    """Whether the file without it does not fit the schema; files with shared steps are left out."""
    name = leaf.change.file
    document = quick.parsed(library().texts[name])
    if name.startswith("flows/") and ("use" in str(document) or name.endswith("/general.toml")):
        return False
    take(document, leaf.path)
    return bool(validate(name, document))


def test_the_check_names_a_required_key_that_is_missing() -> None:
    gone = _sample(_refused, 60)
    assert len(gone) == 60
    problems = check(copy_without(gone), library())
    named = {(one.file, one.where) for one in problems if one.code == "schema"}
    assert {one.file for one in problems} == {leaf.change.file for leaf in gone}
    for leaf in gone:
        keys = [str(step) for step in leaf.path]
        assert (leaf.change.file, ".".join(keys)) in named or (
            leaf.change.file,
            ".".join(keys[:-1]),
        ) in named, leaf


def test_the_check_names_a_sentence_and_a_code_that_are_missing() -> None:
    harmless = ("version", "aliases", "sources", "milestones")
    gone = _sample(
        lambda leaf: (
            not set(harmless) & set(leaf.path) and not _refused(leaf) and isinstance(leaf.path[-1], int)
        ),
        60,
    )
    assert len(gone) == 60
    named = {(one.file, one.where) for one in check(copy_without(gone), library())}
    for leaf in gone:
        assert (leaf.change.file, leaf.change.where) in named, leaf
