"""Reading a release: once, cleaned, with errors that name the place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from console.clean import clean
from console.scripts import library as module
from console.scripts.errors import ScriptError
from console.scripts.library import Library, from_folder, from_texts, shipped
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern
from console.scripts.words import cells

FOLDER = Path(module.__file__).parent


@cache
def library() -> Library:
    return shipped()


def test_the_shipped_release_is_the_folder_beside_the_module() -> None:
    assert shipped().hash == from_folder(FOLDER).hash == from_texts(library().texts).hash
    assert len(library().procedures) == 23
    assert len(library().concerns) == len(library().general_tracks) == 38


def test_the_hash_follows_every_file_and_no_line_ending() -> None:
    texts = dict(library().texts)
    assert (
        from_texts({name: body.replace("\n", "\r\n") for name, body in texts.items()}).hash == library().hash
    )
    for name in texts:
        assert from_texts({**texts, name: texts[name] + "# \n"}).hash != library().hash
    moved = {
        ("concerns/x.toml" if name == "concerns/scar.toml" else name): body for name, body in texts.items()
    }
    assert from_texts(moved).hash != library().hash


def test_every_concern_has_a_key_and_each_key_a_concern() -> None:
    assert {concern.key for concern in library().concerns.values()} == set(range(10))
    keys = {code: concern.key for code, concern in library().concerns.items()}
    assert (keys["swelling"], keys["bruising"], keys["bleeding"], keys["scar"]) == (1, 2, 2, 3)
    assert (keys["implant_position_feel"], keys["asymmetry"], keys["pain"]) == (4, 4, 5)
    assert (keys["fever"], keys["discharge_infection"], keys["vision_symptoms"]) == (6, 6, 7)
    assert (keys["skin_colour_vascular_occlusion"], keys["numbness"], keys["mood_body_image"]) == (8, 8, 9)


def test_the_flow_of_a_milestone_is_the_one_its_file_names() -> None:
    fresh = shipped()
    for code in fresh.names("flows"):
        for milestone in library().flows(code)[0].milestones:
            assert fresh.flow_for(milestone) == code
    assert fresh.flow_for("D7") == "d7"
    assert fresh.flow_for("NOTHING") is None


def test_short_names_fit_and_aliases_are_clear() -> None:
    for procedure in library().procedures.values():
        assert cells(procedure.short.zh) <= 15 and cells(procedure.short.en) <= 15
        assert procedure.aliases
    assert {code for code, item in library().procedures.items() if item.restricted} == {
        "labiaplasty",
        "vaginal_tightening",
    }


def test_questions_have_one_polarity_and_fit_one_breath() -> None:
    for question in library().questions.values():
        assert len(question.words.zh) <= 45
        assert question.screening == (question.sign is not None)


def test_texts_are_cleaned() -> None:
    texts = dict(library().texts)
    texts["concerns/swelling.toml"] = (
        'concern = "swelling"\nversion = 1\n[[track]]\n[track.say]\n'
        'zh = ["a\\u202eb\\u001b[31mc\\u200b"]\nen = ["e\\u0301\\u0000"]\n'
    )
    view = select_concern(from_texts(texts), OpenTreatment("upper_blepharoplasty", 3), "swelling")
    assert view.say is not None
    assert view.say.zh == (clean("a\u202eb\x1b[31mc\u200b"),) == ("ab[31mc",)
    assert view.say.en == ("é",)


BROKEN: list[tuple[str, str, str, Callable[[Library], object]]] = [
    ("questions.toml", "x = [", "questions.toml", lambda copy: dict(copy.questions)),
    (
        "questions.toml",
        '[pain_now]\nkind = "number"\nzh = "几分"',
        "pain_now.en",
        lambda copy: dict(copy.questions),
    ),
    (
        "flags.toml",
        '[x]\nlevel = "SOON"\nzh="a"\nen="b"\nwhen={yes="q"}',
        "x.level",
        lambda copy: dict(copy.flags),
    ),
    (
        "flags.toml",
        '[x]\nlevel = "URGENT"\nzh="a"\nen="b"\nwhen={no="q"}',
        "x.when",
        lambda copy: dict(copy.flags),
    ),
    (
        "flags.toml",
        '[x]\nlevel = "URGENT"\nzh="a"\nen="b"\nwhen={any=[]}',
        "x.when.any",
        lambda copy: dict(copy.flags),
    ),
    ("procedures.toml", "liposuction = 3", "liposuction", lambda copy: dict(copy.procedures)),
    (
        "windows.toml",
        "[a]\nswelling = {from = 1}",
        "a.swelling.until",
        lambda copy: copy.window("a", "swelling"),
    ),
    ("concerns/scar.toml", 'concern = "pain"\nversion = 1', "concern", lambda copy: copy.tracks("scar")),
    (
        "concerns/scar.toml",
        'concern = "scar"\nversion = 1\n[[track]]\ndays = [5, 2]',
        "days",
        lambda copy: copy.tracks("scar"),
    ),
    (
        "concerns/scar.toml",
        'concern = "scar"\nversion = 1\n[[track]]\ndays = "all"',
        "days",
        lambda copy: copy.tracks("scar"),
    ),
    (
        "concerns/scar.toml",
        'concern = "scar"\nversion = 1\n[[track]]\n[track.say]\nzh=["a"]',
        "say.en",
        lambda copy: copy.tracks("scar"),
    ),
    ("flows/d7.toml", 'code = "d8"', "code", lambda copy: copy.flows("d7")),
]


@pytest.mark.parametrize(("name", "body", "where", "read"), BROKEN)
def test_a_fault_names_file_and_key(
    name: str, body: str, where: str, read: Callable[[Library], object]
) -> None:
    copy = from_texts({**library().texts, name: body})
    with pytest.raises(ScriptError) as fault:
        read(copy)
    assert fault.value.file == name
    assert where in str(fault.value)


def test_folders_that_are_no_release_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError):
        from_folder(tmp_path / "nothing")
    with pytest.raises(ScriptError):
        from_folder(tmp_path)
    (tmp_path / "concerns").mkdir()
    (tmp_path / "flows").mkdir()
    (tmp_path / "flags.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScriptError, match="not UTF-8"):
        from_folder(tmp_path)


def test_reading_needs_no_heavy_library() -> None:
    code = (
        "import sys; from console.scripts import library, select, records;"
        "lib = library.shipped();"
        "select.select_concern(lib, records.OpenTreatment('ha_filler', 3), 'swelling');"
        "bad = {'pydantic', 'sqlalchemy', 'textual', 'phonenumbers', 'yaml'} & set(sys.modules);"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
