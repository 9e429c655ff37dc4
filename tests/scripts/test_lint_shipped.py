"""A clinic's own release against the shipped one: its own words, and more care, are welcome; less care is named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from console.rules.triage import Predicate, TriageFacts, holds
from console.scripts import lint, lint_shipped
from console.scripts.library import Library, from_texts, shipped
from tests.scripts import quick
from tests.scripts.answers import ways


@cache
def library() -> Library:
    return shipped()


@pytest.fixture(scope="module", autouse=True)
def _quickly() -> Iterator[None]:
    with quick.reading():
        yield


def changed(name: str, old: str, new: str) -> Library:
    body = library().texts[name]
    assert old in body, (name, old)
    return from_texts({**library().texts, name: body.replace(old, new, 1)})


def table(name: str, code: str, old: str, new: str) -> Library:
    body = library().texts[name]
    start = body.index(f"\n[{code}]\n")
    end = body.find("\n[", start + 2)
    section = body[start : end if end > 0 else len(body)]
    assert old in section, (code, old)
    return from_texts({**library().texts, name: body.replace(section, section.replace(old, new, 1))})


def flag(code: str, old: str, new: str) -> Library:
    return table("flags.toml", code, old, new)


def named(copy: Library) -> set[tuple[str, str]]:
    return {(one.where, one.code) for one in lint_shipped.problems(copy, library())}


def test_the_shipped_release_and_one_that_only_adds_have_no_problem() -> None:
    assert named(library()) == set()
    more = '\n[own_sign]\nlevel = "URGENT"\nzh = "自家的"\nen = "our own"\nwhen = { yes = "hives" }\n'
    assert named(from_texts({**library().texts, "flags.toml": library().texts["flags.toml"] + more})) == set()
    assert named(from_texts({**library().texts, "flows/own.toml": "code = 'own'\n"})) == set()


SHARED, CHIN = "flows/general.toml", "playbooks/chin.toml"
CHIN_LEVEL = 'level = "SAME_DAY"\ncheck = ["mouth_airway"'
EYELIDS, CARE = "procedures.toml:upper_blepharoplasty", "procedures.toml:upper_blepharoplasty.care"
SWELLING = "swelling = { from = 0, peak = 2, until = 30"
CAREFUL = [
    ("lid_pulled", 'level = "URGENT"', 'level = "SAME_DAY"'),
    ("suicide_thoughts", "contact_by_min = 60", "contact_by_min = 30"),
    ("pain_severe", "value = 7", "value = 6"),
    ("swelling_no_better", "from = 7", "from = 5"),
    ("temp_raised_late", "value = 37.3", "value = 37.2"),
    ("windows.toml", SWELLING, SWELLING.replace("30", "20")),
    ("windows.toml", SWELLING, SWELLING.replace("from = 0", "from = 1")),
    ("concerns/general.toml", "您说的我都记下来了", "您说的我全记下来了"),
    ("questions.toml:fn_eyes", '["eyes"]', '["eyes", "nose"]'),
    ("pe_signs", "everywhere = true", "everywhere = true\ncontext = false"),
    (SHARED, '[step.photographs]\nkind = "say"', '[step.photographs]\nkind = "say"\nwhen = "surgery"'),
    ("flows/d7.toml", '{ use = "work_exercise" }', '{ use = "work_exercise", when = "surgery" }'),
    (CHIN, CHIN_LEVEL, 'level = "EMERGENCY"\ncheck = ["pain", "mouth_airway"'),
    (CARE, "work = { from = 7", "work = { from = 8"),
    (CARE, 'sources = ["spire_bleph", "sgh_bleph"]', 'sources = ["spire_bleph", "sgh_bleph", "own_sheet"]'),
]


def made(place: str, old: str, new: str) -> Library:
    name, _, code = place.partition(":")
    if code:
        return table(name, code, old, new)
    return changed(place, old, new) if place.endswith(".toml") else flag(place, old, new)


@pytest.mark.parametrize(("place", "old", "new"), CAREFUL)
def test_other_words_and_more_care_are_welcome(place: str, old: str, new: str) -> None:
    assert named(made(place, old, new)) == set()


CARELESS = [
    ("dvt_leg", 'action = "ED_NOW"\n', "", "dvt_leg.action", "level_lowered"),
    ("dvt_leg", "ED_NOW", "CALL_120", "dvt_leg.action", "level_lowered"),
    ("suicide_thoughts", "= 60", "= 61", "suicide_thoughts.contact_by_min", "level_lowered"),
    ("suicide_thoughts", "contact_by_min = 60\n", "", "suicide_thoughts.contact_by_min", "level_lowered"),
    ("hives", 'level = "SAME_DAY"', 'level = "URGENT"', "hives.level", "level_lowered"),
    ("pain_severe", "value = 7", "value = 8", "pain_severe.when", "flag_harder"),
    ("swelling_no_better", "from = 7", "from = 8", "swelling_no_better.when", "flag_harder"),
    ("hives", 'yes = "hives"', 'yes = "itch_all"', "hives.when", "flag_harder"),
    ("hives", "when = {", 'for = ["eyes"]\nwhen = {', "hives.when", "flag_harder"),
    ("nose_pressure_5", '"nose"', '"eyes"', "nose_pressure_5.when", "flag_harder"),
    ("windows.toml", SWELLING, SWELLING.replace("30", "31"), "upper_blepharoplasty.swelling", "window_wider"),
    ("windows.toml", "haematoma = { never = true }", "haematoma = { from = 0, until = 0 }",
     "upper_blepharoplasty.haematoma", "window_wider"),
    ("questions.toml:fn_eyes", '["eyes"]', '["upper_blepharoplasty"]', "fn_eyes.for", "question_narrower"),
    ("questions.toml:low_mood", 'zh = "', 'for = ["nose"]\nzh = "', "low_mood.for", "question_narrower"),
    ("hives", "when = {", "context = true\nwhen = {", "hives.context", "flag_harder"),
    ("pe_signs", "everywhere = true", "everywhere = false", "pe_signs.everywhere", "flag_harder"),
    ("pe_signs", "everywhere = true\n", "", "pe_signs.everywhere", "flag_harder"),
    (SHARED, '[step.mood]\n', '[step.mood]\nwhen = "male"\n', "step.mood.when", "step_conditional"),
    (SHARED, '[step.early_any]\n', '[step.early_any]\nwhen = "male"\n', "step.early_any.when", "step_conditional"),
    (f"{SHARED}:step.legs", '"surgery"', '"implant"', "step.legs.when", "step_conditional"),
    (SHARED, '[step.concerns]\n', '[step.concerns]\nwhen = "male"\n', "step.concerns.when", "step_conditional"),
    ("flows/d7.toml", '{ use = "recovery" }', '{ use = "recovery", when = "male" }',
     "flow[any].step[recovery].when", "step_conditional"),
    ("flows/d90.toml", '{ use = "satisfaction_two" }', '{ use = "satisfaction_two", when = "male" }',
     "flow[any].step[satisfaction_two].when", "step_conditional"),
    ("flows/closing_satisfaction.toml", 'kind = "ask", ', 'kind = "ask", when = "male", ',
     "flow[any].step[ask Are you satisfied].when", "step_conditional"),
    (CHIN, CHIN_LEVEL, CHIN_LEVEL.replace("SAME_DAY", "URGENT"), "playbook[chin_infection].level", "less_urgent"),
    (CHIN, CHIN_LEVEL, 'check = ["mouth_airway"', "playbook[chin_infection].level", "less_urgent"),
    (CHIN, CHIN_LEVEL, 'level = "SAME_DAY"\ncheck = ["pain"', "playbook[chin_infection].check", "less_urgent"),
    (EYELIDS, "surgery = true", "surgery = false", "upper_blepharoplasty.surgery", "procedure_changed"),
    (EYELIDS, "implant = false", "implant = true", "upper_blepharoplasty.implant", "procedure_changed"),
    (EYELIDS, '["eyes", "face"]', '["eyes", "face", "nose"]', "upper_blepharoplasty.groups", "procedure_changed"),
    (EYELIDS, "surgery = true", "surgery = true\nrestricted = true",
     "upper_blepharoplasty.restricted", "procedure_changed"),
    (EYELIDS, "surgery = true", "surgery = true\nstitches_by_order = true",
     "upper_blepharoplasty.stitches_by_order", "procedure_changed"),
    (CARE, "work = { from = 7", "work = { from = 6", "upper_blepharoplasty.care.work.from", "care_earlier"),
    (CARE, '["none-found"]', '["none-found", "a_blog"]', "upper_blepharoplasty.care.food.sources", "care_sourced"),
    (CARE, '["none-found"]', '["a_blog"]', "upper_blepharoplasty.care.food.sources", "care_sourced"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "old", "new", "where", "code"), CARELESS)
def test_less_care_is_named(place: str, old: str, new: str, where: str, code: str) -> None:
    # The key that went is named as missing beside it.
    assert {one for one in named(made(place, old, new)) if one[1] != "missing"} == {(where, code)}


def test_a_sentence_a_language_and_a_file_left_out_are_named_with_what_they_said() -> None:
    name = "concerns/swelling.toml"
    track = library().tracks("swelling")[0]
    assert track.say is not None
    line = track.say.zh[1]
    (problem,) = [one for one in lint_shipped.problems(changed(name, f'    "{line}",\n', ""), library())]
    assert (problem.file, problem.code) == (name, "sentence_missing")
    assert line in problem.message and problem.message.startswith("sentence 2 is missing")
    kept = {file: body for file, body in library().texts.items() if file != "playbooks/nose.toml"}
    (gone,) = list(lint_shipped.problems(from_texts(kept), library()))
    assert (gone.file, gone.where, gone.code) == ("playbooks/nose.toml", "", "missing")


def test_aliases_versions_and_the_trace_of_sources_belong_to_the_clinic() -> None:
    for name, old in (
        ("procedures.toml", 'aliases = [\n    "双眼皮", '),
        ("sources.toml", '"POP"'),
    ):
        if old in library().texts[name]:
            new = "aliases = [\n    " if name == "procedures.toml" else '"SAT"'
            assert named(changed(name, old, new)) == set(), name


def test_the_check_speaks_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "_resolve", lambda library: iter(()))
    copy = flag("hives", 'level = "SAME_DAY"', 'level = "URGENT"')
    assert "level_lowered" not in {one.code for one in lint.check(copy)}
    told = [one for one in lint.check(copy, library()) if one.code == "level_lowered"]
    assert [(one.file, one.where) for one in told] == [("flags.toml", "hives.level")]


def test_as_easy_is_never_wrong_about_what_raises_a_flag() -> None:
    """Where a predicate counts as easy as another, all answers which raise the other raise it."""
    every = [one.when for one in library().flags.values()]
    tried = 0
    for shipped_one in every[::2]:
        for own in every[::3]:
            if own is shipped_one or not lint_shipped._as_easy(own, shipped_one):
                continue
            for way in ways(shipped_one):
                facts = TriageFacts(day=way.from_day, overdue=way.orders, in_concern=False)
                if way.past_window or way.trend or not holds(shipped_one, way.answers, facts):
                    continue
                tried += 1
                assert holds(own, way.answers, facts), (own, shipped_one)
    assert tried > 10
    yes, no = Predicate("yes", question="a"), Predicate("yes", question="b")
    day = Predicate("day", from_day=3)
    assert lint_shipped._as_easy(Predicate("any", parts=(yes, no)), yes)
    assert not lint_shipped._as_easy(yes, Predicate("any", parts=(yes, no)))
    assert lint_shipped._as_easy(yes, Predicate("all", parts=(yes, day)))
    assert not lint_shipped._as_easy(Predicate("all", parts=(yes, day)), yes)
    assert not lint_shipped._as_easy(Predicate("day", from_day=4), day)
    assert not lint_shipped._as_easy(Predicate("day", from_day=3, to_day=9), day)
