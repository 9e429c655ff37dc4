"""Files whose tables are parsed one by one: every table equals what reading the whole file makes of it."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import pytest

from console.scripts.documents import document
from console.scripts.errors import ScriptError
from console.scripts.lazy import Tables, sections
from console.scripts.library import ROOT_FILES, Library, from_texts, shipped


@cache
def library() -> Library:
    return shipped()


def tables(body: str) -> Tables[Any]:
    return Tables("x.toml", body, lambda code, data: (code, data))


@pytest.mark.parametrize("name", ROOT_FILES)
def test_each_table_is_what_the_whole_file_has_there(name: str) -> None:
    body = library().texts[name]
    whole, lazy = document("x.toml", body), tables(body)
    assert sections(body) is not None, "this file can't be read table by table"
    assert list(lazy) == list(whole) and len(lazy) == len(whole)
    assert {code: lazy[code] for code in lazy} == {code: (code, whole[code]) for code in whole}
    for code in reversed(list(whole)):
        assert tables(body)[code] == (code, whole[code]) and code in lazy


def test_the_sections_are_the_file() -> None:
    for name in ROOT_FILES:
        body = library().texts[name]
        found = sections(body)
        assert found is not None
        assert body.endswith("".join(found.values()))
        assert all(text.startswith(f"[{code}]") for code, text in found.items())


PLAIN = '# a file\n\n[one]\na = 1\n[one.inner]\nb = [2,\n3]\n\n[two]  # behind\nc = "[three]"\n[[two.list]]\nd = 4\n'


def test_what_can_be_told_apart_without_parsing_is() -> None:
    found = sections(PLAIN)
    assert found is not None and list(found) == ["one", "two"]
    for empty in ("", "# nothing\n\n"):
        assert sections(empty) is None and dict(tables(empty)) == {}
    lazy = tables(PLAIN)
    assert {code: lazy[code][1] for code in lazy} == tomllib.loads(PLAIN)


ODD = [
    "top = 1\n[one]\na = 1\n",
    "[one]\na = 1\n[two]\nb = 2\n[one.more]\nc = 3\n",
    '[one]\na = """\n[two]\n"""\n[three]\nb = 1\n',
    "[one]\na = '''\n[two]\n'''\n",
    '["one two"]\na = 1\n[three]\nb = 2\n',
    "[one]\na = 1\n[two.inner]\nb = 2\n[three]\nc = 3\n",
    "one.a = 1\ntwo.b = 2\n",
    "[one]\n a = 1\n  [two]\nb = 2\n",
    "[[one]]\na = 1\n[two]\nb = 2\n",
    "[ one ]\na = 1\n[two]\nb = 2\n",
    '[one]\na = [\n"x",\n]\n[two]\nb = { c = [1,\n2] }\n',
]


@pytest.mark.parametrize("body", ODD)
def test_an_odd_file_is_read_as_a_whole(body: str) -> None:
    whole = document("x.toml", body)
    assert list(tables(body)) == list(whole)
    for first in whole:
        lazy = tables(body)
        assert lazy[first] == (first, whole[first])
        assert {code: lazy[code][1] for code in whole} == whole


def test_a_broken_table_is_named_and_leaves_the_others_alone() -> None:
    lazy = tables("[one]\na = 1\n[two]\nb = = 2\n")
    assert lazy["one"] == ("one", {"a": 1})
    with pytest.raises(ScriptError, match="not valid TOML") as fault:
        lazy["two"]
    assert fault.value.file == "x.toml" and fault.value.code == "toml"
    with pytest.raises(KeyError):
        lazy["three"]
    with pytest.raises(ScriptError, match="not valid TOML"):
        tables("top = 1\n[one]\na = = 2\n")


def test_the_same_table_twice_is_refused_as_by_the_whole_file() -> None:
    body = "[one]\na = 1\n[one]\nb = 2\n"
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(body)
    with pytest.raises(ScriptError, match="not valid TOML"):
        tables(body)


def test_a_table_is_built_once_and_only_when_asked_for() -> None:
    built: list[str] = []

    def build(code: str, data: Any) -> Any:
        built.append(code)
        return data

    lazy = Tables("x.toml", PLAIN, build)
    assert built == [] and "one" in lazy and list(lazy) == ["one", "two"] and built == []
    assert lazy["two"] is lazy["two"]
    assert built == ["two"]
    assert lazy.get("none") is None and dict(lazy)["one"] == {"a": 1, "inner": {"b": [2, 3]}}


def test_a_release_with_windows_line_ends_or_odd_tables_reads_alike() -> None:
    texts = library().texts
    windows = from_texts({name: body.replace("\n", "\r\n") for name, body in texts.items()})
    odd = from_texts({**texts, **{name: f"{texts[name]}\n# '''\n" for name in ROOT_FILES}})
    assert sections(odd.texts["flags.toml"]) is None
    for copy in (windows, odd):
        assert dict(copy.flags) == dict(library().flags)
        assert dict(copy.questions) == dict(library().questions)
        assert dict(copy.procedures) == dict(library().procedures)
        assert all(
            copy.window(p, c) == library().window(p, c) for p in copy.procedures for c in copy.windowed(p)
        )
