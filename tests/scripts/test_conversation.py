"""A conversation along a flow: order, groups, concerns, what is raised, and what can never be said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.scripts import conversation, library
from console.scripts.conversation import Opened, Prompt, PromptKind, Talk
from console.scripts.joint import merge, select_joint
from console.scripts.prompts import OPINIONS
from console.scripts.records import OpenTreatment
from console.scripts.select import select_concern, select_flow
from console.scripts.untreated import select_untreated
from db.enums import Level

LIBRARY = library.shipped()
EYES = OpenTreatment("upper_blepharoplasty", 7)
FILLER = OpenTreatment("ha_filler", 1)


def talk(flow: str = "d7", treatment: OpenTreatment = EYES) -> Talk:
    """An identified conversation at its first question."""
    return conversation.identify(conversation.start(select_flow(LIBRARY, treatment, flow, "caller")))


def concern(code: str, treatment: OpenTreatment = EYES) -> Opened:
    """A concern of one treatment."""
    return Opened(code, (select_concern(LIBRARY, treatment, code, "caller"),))


def front(state: Talk) -> Prompt:
    """What is in front."""
    prompt = state.current
    assert prompt is not None
    return prompt


def through(state: Talk, value: str = "no", most: int = 80) -> Talk:
    """Answers everything in front until nothing is left."""
    for _step in range(most):
        prompt = state.current
        if prompt is None:
            return state
        if prompt.kind is PromptKind.QUESTION and prompt.question is not None:
            question = prompt.question
            kinds = {"yes_no": value, "number": question.min or 0, "text": "words"}
            said = kinds.get(question.kind, question.options[0].code if question.options else "")
            state = conversation.answer(state, prompt, said)[0]
        elif prompt.kind is PromptKind.GROUP:
            state = conversation.answer(state, prompt, value)[0]
        else:
            state = conversation.leave(state, prompt)
    raise AssertionError("the flow never ends")


def test_nothing_but_the_opening_comes_before_identity() -> None:
    state = conversation.start(select_flow(LIBRARY, EYES, "d7", "caller"))
    assert front(state).kind is PromptKind.IDENTITY
    assert front(state).lines is not None
    assert front(conversation.identify(state)).kind is not PromptKind.IDENTITY


def test_a_group_answered_no_answers_each_of_its_signs() -> None:
    state = talk()
    group = front(state)
    assert group.kind is PromptKind.GROUP and len(group.signs) <= 4
    after, raised = conversation.answer(state, group, "no")
    assert raised == ()
    assert {sign.code for sign in group.signs} <= set(after.answers)
    assert all(after.answers[sign.code].in_group for sign in group.signs)


@pytest.mark.parametrize("value", ["yes", "unsure"])
def test_any_other_answer_opens_the_single_questions(value: str) -> None:
    state = talk()
    group = front(state)
    after, raised = conversation.answer(state, group, value)
    assert raised == () and not after.answers
    assert front(after).kind is PromptKind.QUESTION
    assert front(after).question == group.signs[0]


def test_a_group_taken_back_asks_each_sign_again() -> None:
    state = talk()
    group = front(state)
    answered = conversation.answer(state, group, "no")[0]
    opened = conversation.answer(answered, group, "yes")[0]
    assert not any(sign.code in opened.answers for sign in group.signs)


def test_a_danger_sign_is_raised_once_and_stays_raised() -> None:
    state = conversation.answer(talk(), front(talk()), "yes")[0]
    prompt = front(state)
    after, raised = conversation.answer(state, prompt, "yes")
    assert raised and raised[0].level.escalates
    assert raised[0].level.rank == min(flag.level.rank for flag in raised)
    corrected, again = conversation.answer(after, prompt, "no")
    assert again == ()
    assert corrected.raised == after.raised and corrected.level is after.level


def test_swelling_of_the_eyes_with_all_well_may_be_explained() -> None:
    eyes = replace(EYES, day=6)
    opened = concern("swelling", eyes)
    state = conversation.name_concern(talk("care", eyes), opened)[0]
    while front(state).kind is PromptKind.QUESTION:
        question = front(state).question
        assert question is not None
        said = "same" if question.kind == "choice" else 36.5 if question.kind == "number" else "no"
        state = conversation.answer(state, front(state), said)[0]
    name, lines = state.spoken(opened)
    assert name == "say" and lines is not None


def test_one_unsure_answer_or_an_unasked_one_explains_nothing() -> None:
    opened = concern("swelling")
    state = conversation.name_concern(talk("care"), opened)[0]
    assert state.spoken(opened)[0] != "say"
    first = front(state)
    unsure = conversation.answer(state, first, "unsure")[0]
    done = through(replace(unsure, open=opened.code))
    assert done.spoken(opened)[0] != "say"


def test_a_flag_anywhere_in_the_call_silences_every_explanation() -> None:
    opened = concern("swelling")
    state = talk()
    group = front(state)
    state = conversation.answer(state, group, "yes")[0]
    state, raised = conversation.answer(state, front(state), "yes")
    assert raised
    state = conversation.name_concern(state, opened)[0]
    while front(state).kind is PromptKind.QUESTION:
        question = front(state).question
        assert question is not None
        said = "better" if question.kind == "choice" else 36.5 if question.kind == "number" else "no"
        state = conversation.answer(state, front(state), said)[0]
    name, lines = state.spoken(opened)
    assert name == str(raised[0].level) and lines is not None


def test_several_operations_take_every_question_and_the_stricter_words() -> None:
    nose = OpenTreatment("rhinoplasty_implant", 40)
    views = select_joint(LIBRARY, [nose, FILLER], "swelling", "caller").views
    opened = Opened("swelling", views)
    alone = {question.code for question in select_concern(LIBRARY, nose, "swelling", "caller").ask}
    assert alone <= {question.code for question in opened.questions}
    assert len({question.code for question in opened.questions}) == len(opened.questions)


def test_nobody_without_a_treatment_is_ever_reassured() -> None:
    for code in LIBRARY.concerns:
        view = select_untreated(LIBRARY, code)
        assert view.say is None and view.window is None
        assert view.ask, code


def test_calls_taken_along_add_their_questions_once() -> None:
    main = select_flow(LIBRARY, EYES, "stitches", "caller")
    along = select_flow(LIBRARY, EYES, "d7", "caller")
    merged = merge(main, [along])
    assert set(main.questions) | set(along.questions) == set(merged.questions)
    assert {flag.code for flag in along.flags} <= {flag.code for flag in merged.flags}
    kinds = [step.kind for step in merged.steps]
    assert kinds.count("identity") == 1 and kinds.count("close") == [s.kind for s in main.steps].count(
        "close"
    )
    asked = [code for step in merged.steps for code in step.ask]
    asked += [sign for step in merged.steps for group in step.groups for sign in group.signs]
    assert len(asked) == len(set(asked))


def test_going_back_and_on_loses_nothing() -> None:
    state = talk()
    first = front(state)
    state = conversation.answer(state, first, "no")[0]
    back = conversation.go_back(state)
    assert front(back) == first and back.answers == state.answers
    assert front(conversation.go_on(back)) == front(state)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_more_answer_never_lowers_a_level(data: st.DataObject) -> None:
    state = talk("d1", OpenTreatment("rhinoplasty_implant", 1))
    worst: Level | None = None
    for _step in range(25):
        prompt = state.current
        if prompt is None:
            break
        if prompt.kind is PromptKind.QUESTION and prompt.question is not None and prompt.question.screening:
            state = conversation.answer(state, prompt, data.draw(st.sampled_from(["no", "yes", "unsure"])))[0]
        elif prompt.kind is PromptKind.QUESTION and prompt.question is not None:
            state = conversation.answer(state, prompt, "unsure")[0]
        else:
            state = conversation.leave(state, prompt)
        level = state.level
        if worst is not None:
            assert level is not None and level.rank <= worst.rank
        worst = level


def test_a_correction_says_what_it_takes_back() -> None:
    state = talk("d1", OpenTreatment("upper_blepharoplasty", 1))
    while front(state).kind is not PromptKind.QUESTION or not front(state).question.screening:  # type: ignore[union-attr]
        state = conversation.leave(state, front(state))
    asked = front(state)
    state, fresh = conversation.answer(state, asked, "yes")
    assert fresh
    assert {flag.code for flag in conversation.lifted(state, asked, "no")} == {flag.code for flag in fresh}
    assert conversation.lifted(state, asked, "unsure") == ()
    corrected = conversation.answer(state, asked, "no")[0]
    assert corrected.level is not None


def test_nothing_reassuring_is_said_to_somebody_who_has_not_shown_who_she_is() -> None:
    day = OpenTreatment("upper_blepharoplasty", 2)
    known = through(conversation.name_concern(talk("d2", day), concern("swelling", day))[0])
    opened = known.concerns[0]
    if conversation.Talk.spoken(known, opened)[0] == "say":
        assert replace(known, identified=False).spoken(opened)[0] == "OUTSIDE"
    else:
        pytest.fail("the seeded track must be able to reassure")


@pytest.mark.parametrize("steps", range(0, 40, 3))
def test_a_broken_off_call_stands_where_it_stood(steps: int) -> None:
    from console.scripts.broken_off import taken_up

    start = conversation.start(select_flow(LIBRARY, EYES, "d7", "caller"))
    state = conversation.identify(start)
    for step in range(steps):
        prompt = state.current
        if prompt is None:
            break
        if prompt.kind is PromptKind.GROUP:
            state = conversation.answer(state, prompt, "yes" if step == 0 else "no")[0]
        elif prompt.question is not None:
            value = "no" if prompt.question.screening else prompt.question.min or 0
            if prompt.question.options:
                value = prompt.question.options[0].code
            state = conversation.answer(state, prompt, value)[0]
        else:
            state = conversation.leave(state, prompt)
        if step == 12:
            state = conversation.name_concern(state, concern("pain"))[0]
    again = taken_up(start, state.answers, state.concerns, identified=True)
    assert again.answers == state.answers and again.raised == state.raised
    at, was = again.current, state.current
    # Lines that were read after the last answer are read once more; nothing is skipped, nothing asked twice.
    if was is not None and at is not None and at.key != was.key:
        assert at.passable or at.kind in (PromptKind.CLOSE, PromptKind.GROUP)


@pytest.mark.parametrize(("flow", "day"), [("d2", 2), ("d30", 30), ("d90", 90), ("d365", 365), ("care", 5)])
def test_nobody_for_whom_help_was_called_is_asked_how_pleased_she_is(flow: str, day: int) -> None:
    calm = through(talk(flow, OpenTreatment("upper_blepharoplasty", day)))
    opinions = OPINIONS & set(calm.answers)
    assert opinions
    alarmed = through(replace(talk(flow, OpenTreatment("upper_blepharoplasty", day)), hushed=True))
    assert not OPINIONS & set(alarmed.answers)
    # All else is asked.
    assert set(calm.answers) - OPINIONS == set(alarmed.answers)
    for level in Level:
        flag = next(one for one in LIBRARY.flags.values() if one.level is level)
        raised = replace(calm, answers={}, passed=frozenset(), raised=(flag,))
        keys = {one.question.code for one in raised.prompts() if one.question is not None}
        assert (keys & OPINIONS == set()) == (level in (Level.EMERGENCY, Level.SAME_DAY)), level
