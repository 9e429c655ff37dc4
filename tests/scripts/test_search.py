"""Finding a sentence in everything a release says: by its words, its pinyin, the first letters of its pinyin."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from console.scripts import search
from console.scripts.library import from_texts, shipped
from console.scripts.search import Found, Hit, Index, Query


@cache
def whole() -> Index:
    return search.spelled(search.build(shipped()))


def one(text: str, lang: str = "zh") -> Index:
    line = search.Line(text, lang, (), search.fold(text))
    return search.spelled(Index((line,)))


def held(hit: Hit) -> str:
    return hit.line.text[hit.start : hit.end]


def only(found: Found) -> Hit:
    assert found.total == 1 and len(found.hits) == 1
    return found.hits[0]


@pytest.mark.parametrize(
    ("query", "how", "part"),
    [
        ("消了又肿", "text", "消了又肿"),
        ("肿起来，或", "text", "肿起来，或"),
        ("yibian", "pinyin", "一边"),
        ("yi bian", "pinyin", "一边"),
        ("turanzhon", "pinyin", "突然肿"),
        ("ybtrz", "initials", "一边突然肿"),
        ("YBTRZ", "initials", "一边突然肿"),
    ],
)
def test_a_chinese_line_is_found_and_the_hit_marked(query: str, how: str, part: str) -> None:
    hit = only(one("消了又肿起来，或一边突然肿，马上打{night_phone}。").find(query))
    assert (hit.how, held(hit)) == (how, part)


@pytest.mark.parametrize("query", ["ibian", "bianturanz h x", "hong", "xlyzhl", "", "  ", "，，", "9"])
def test_what_is_not_said_is_not_found(query: str) -> None:
    # `ibian` begins in the middle of a syllable.
    assert one("消了又肿起来，或一边突然肿").find(query) == Found((), 0)


def test_readings_follow_the_word() -> None:
    assert held(only(one("伤口长好了，头发长不长").find("zhanghao"))) == "长好"
    assert one("重新包扎").find("chongxin").total == 1
    assert one("越来越严重").find("yanzhong").total == 1


def test_english_is_found_in_any_case_and_by_words_apart() -> None:
    index = one("If it turns red or hot, ring us at once.", "en")
    assert held(only(index.find("RED or Hot"))) == "red or hot"
    assert held(only(index.find("ring hot"))) == "ring"
    assert index.find("ring cold").total == 0
    assert index.find("ruguo").total == 0


def test_full_width_input_finds_half_width_text() -> None:
    assert held(only(one("烧到38度，马上打120").find("３８度"))) == "38度"
    assert held(only(one("Ring 120", "en").find("ＲＩＮＧ １２０"))) == "Ring 120"


def test_folding_keeps_every_place() -> None:
    for line in whole().lines:
        assert len(line.folded) == len(line.text)
        assert not line.units or len(line.units) == len(line.text)


def test_the_plainest_hits_come_first_and_the_rest_is_counted() -> None:
    found = whole().find("sh", 50)
    assert len(found.hits) == 50 < found.total
    order = [("text", "pinyin", "initials").index(hit.how) for hit in whole().find("zz").hits]
    assert order == sorted(order) and len(set(order)) > 1


def test_every_sentence_of_the_release_is_found_at_its_place() -> None:
    library, index = shipped(), whole()
    said = {line.text: line for line in index.lines}
    for concern in library.concerns.values():
        for track in (*library.tracks(concern.code), library.general_tracks[concern.code]):
            for lines in filter(None, (track.say, *track.otherwise.values())):
                for text in (*lines.zh, *lines.en):
                    assert any(place.where == track.where for place in said[text].places), text
    for code in library.names("flows"):
        for flow in library.flows(code):
            for step in flow.steps:
                for text in () if step.say is None else (*step.say.zh, *step.say.en):
                    assert any(place.where == flow.where for place in said[text].places), text
    for book in library.playbooks.values():
        for text in (
            book.title.zh,
            *book.acknowledge.zh,
            *book.answer.en,
            *(one.words.zh for one in book.never),
        ):
            assert any(place.code == book.code for place in said[text].places), text
    for question in library.questions.values():
        assert {question.words.zh, question.words.en} <= said.keys()
    for flag in library.flags.values():
        assert {flag.zh, flag.en} <= said.keys()
    for care in library.care_words.values():
        assert {*care.sheet.zh, *care.sheet.en} <= said.keys()


def test_a_text_stands_once_with_all_its_places() -> None:
    texts = [(line.lang, line.text) for line in whole().lines]
    assert len(texts) == len(set(texts))
    assert max(len(line.places) for line in whole().lines) > 10


def test_an_older_release_without_playbooks_is_searched_too() -> None:
    kept = {
        name: body
        for name, body in shipped().texts.items()
        if not name.startswith("playbooks/") and name not in ("care.toml", "outcomes.toml", "sources.toml")
    }
    index = search.build(from_texts(kept))
    assert index.find("肿").total and not index.has_pinyin
    assert index.find("zhong").total == 0


def test_narrowing_a_list() -> None:
    names = ("双眼皮手术", "Upper eyelid surgery", "割双眼皮")
    assert all(search.matches(query, names) for query in ("", "眼皮", "syp", "yanpi", "EYELID", "gsyp"))
    assert not search.matches("longbi", names)


def test_digits_alone_are_no_pinyin() -> None:
    assert Query.of("120").letters == "" and Query.of("a").letters == "" and Query.of("D7").letters == "d7"


def test_the_dictionary_of_readings_is_loaded_only_for_pinyin() -> None:
    code = (
        "import sys; from console.scripts import search; from console.scripts.library import shipped;"
        "search.build(shipped()).find('肿'); assert 'pypinyin' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
