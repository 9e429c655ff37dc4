"""Turns of the talk: how they are made from situations, playbooks and care words, what opens when, what is offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.rules.triage import Answer
from console.scripts import conversation, library, turns
from console.scripts.broken_off import taken_up
from console.scripts.conversation import Given, Opened, Prompt, PromptKind, Talk
from console.scripts.prompts import Note, question_prompt
from console.scripts.records import OpenTreatment, Person, Words
from console.scripts.select import select_concern, select_flow
from console.scripts.turns import Turn
from db.enums import Level
from tests.scripts.answers import well
from tests.scripts.turn_release import release

LIBRARY = release()
EYES = OpenTreatment("upper_blepharoplasty", 6)
EYELIDS = LIBRARY.procedures["upper_blepharoplasty"]


def talk(*, known: bool = True, may_say: bool = True, treatment: OpenTreatment = EYES) -> Talk:
    """A conversation at its beginning."""
    made = conversation.start(select_flow(LIBRARY, treatment, "d7", "caller"), may_say=may_say)
    return conversation.identify(made) if known else made


def situation(code: str, treatment: OpenTreatment = EYES) -> Turn:
    """A situation's turn, with its concern as the call screen makes it."""
    turn = turns.turn_of_flow(select_flow(LIBRARY, treatment, f"t_{code}", "caller"))
    if turn.concern is None:
        return turn
    return replace(turn, opened=Opened(turn.concern, (select_concern(LIBRARY, treatment, turn.concern),)))


def playbook(code: str) -> Turn:
    """A playbook's turn."""
    return turns.turn_of_playbook(LIBRARY, LIBRARY.playbooks[f"t_{code}"], EYES.day)


def front(state: Talk) -> Prompt:
    """What is in front."""
    prompt = state.current
    assert prompt is not None
    return prompt


def read_on(state: Talk) -> Talk:
    """Goes on from lines."""
    assert front(state).kind is PromptKind.LINES
    return conversation.leave(state, front(state))


def said(state: Talk, value: Answer) -> Talk:
    """Answers the question in front."""
    assert front(state).kind is PromptKind.QUESTION
    return conversation.answer(state, front(state), value)[0]


def parts(state: Talk) -> list[str]:
    """Parts of the turn in front that may be read now."""
    return [one.part for one in state.prompts()]


def spoken(state: Talk, part: str) -> tuple[str, ...]:
    """English lines of a part of the turn in front."""
    found = next(one for one in state.prompts() if one.part == part)
    return () if found.lines is None else found.lines.en


def test_a_situation_is_lines_and_questions_and_leads_back_to_the_flow() -> None:
    before = talk()
    state = conversation.take_turn(before, situation("angry"))
    assert [one.kind for one in state.prompts()] == [
        PromptKind.LINES,
        PromptKind.QUESTION,
        PromptKind.QUESTION,
    ]
    assert front(state).title.en == "Angry: Listen"
    state = said(said(read_on(state), "no"), "no")
    assert state.turn is None and state.open is None
    assert front(state).key == front(before).key
    assert {"vision_change", "suicide_thoughts"} <= set(state.answers)


def test_what_a_turn_asks_is_judged_with_the_call() -> None:
    state = read_on(conversation.take_turn(talk(), situation("angry")))
    after, raised = conversation.answer(state, front(state), "yes")
    assert raised and raised[0].level is Level.EMERGENCY
    assert after.judged().level is Level.EMERGENCY


def test_at_the_end_of_a_turn_its_concern_is_in_front_by_itself() -> None:
    state = said(said(read_on(conversation.take_turn(talk(), situation("dark"))), "no"), "no")
    assert state.open == "mood_body_image" and state.concerns[-1].code == "mood_body_image"
    # What was answered in the turn is not asked again.
    question = front(state).question
    assert question is not None and question.code != "suicide_thoughts"
    closed = conversation.close(state)
    assert closed.open is None


def test_flags_that_the_concern_of_a_turn_reads_are_raised_when_it_opens() -> None:
    state = read_on(conversation.take_turn(talk(), situation("dark")))
    state = said(said(state, "no"), "yes")
    assert state.open == "mood_body_image"
    assert any("suicid" in flag.code or flag.level.escalates for flag in state.raised)
    assert state.judged_concern(state.concerns[-1]).escalates


def test_a_turn_left_before_anything_was_answered_never_was() -> None:
    state = conversation.close(read_on(conversation.take_turn(talk(), situation("angry"))))
    assert state.turns == () and state.open is None
    state = conversation.close(said(read_on(conversation.take_turn(talk(), situation("angry"))), "no"))
    assert [one.code for one in state.turns] == ["situation:t_angry"]


def test_a_turn_inside_a_concern_leads_back_to_the_concern_and_a_concern_inside_a_turn_to_the_turn() -> None:
    swelling = Opened("swelling", (select_concern(LIBRARY, EYES, "swelling"),))
    state = conversation.name_concern(talk(), swelling)[0]
    state = conversation.take_turn(state, situation("stop"))
    assert state.turn is not None
    assert read_on(state).open == "swelling"
    book = conversation.take_turn(talk(), playbook("eyes"))
    inside = conversation.name_concern(read_on(book), swelling)[0]
    assert inside.open == "swelling"
    back = conversation.close(inside)
    assert back.turn is not None and front(back).part == "first"
    assert conversation.close(back).open is None


def test_a_turn_picked_again_is_read_again() -> None:
    state = read_on(conversation.take_turn(talk(), situation("stop")))
    assert state.turn is None
    again = conversation.take_turn(state, situation("stop"))
    assert again.turn is not None and front(again).lines is not None
    assert len(again.turns) == 1


def examined(state: Talk, *codes: str) -> Talk:
    """The conversation after every sign of some concerns was asked for itself, with nothing wrong."""
    for code in codes or ("swelling", "vision_symptoms"):
        opened = Opened(code, (select_concern(LIBRARY, EYES, code),))
        state = conversation.name_concern(state, opened)[0]
        given = {one.code: Given(well(one)) for one in opened.questions}
        state = conversation.to_flow(replace(state, answers={**state.answers, **given}))
    assert state.raised == ()
    return state


def test_a_playbook_explains_only_after_its_concerns_were_asked_one_by_one() -> None:
    assert "explain" not in parts(conversation.take_turn(talk(), playbook("eyes")))
    half = conversation.take_turn(examined(talk(), "swelling"), playbook("eyes"))
    assert "explain" not in parts(half)
    whole = examined(talk())
    assert "explain" in parts(conversation.take_turn(whole, playbook("eyes")))
    read = {code: replace(one, in_group=True) for code, one in whole.answers.items()}
    assert "explain" not in parts(conversation.take_turn(replace(whole, answers=read), playbook("eyes")))


def test_outside_its_days_a_playbook_explains_nothing() -> None:
    book = LIBRARY.playbooks["t_eyes"]
    for day, fits in ((0, True), (30, True), (31, False), (None, False)):
        turn = turns.turn_of_playbook(LIBRARY, book, day)
        assert ("explain" in parts(conversation.take_turn(examined(talk()), turn))) is fits


def test_the_parts_of_a_playbook_stand_in_order_with_their_notes() -> None:
    turn = playbook("eyes")
    state = conversation.take_turn(examined(talk()), turn)
    assert parts(state) == ["never", "first", "explain", "collect", "rights", "remedies"]
    never, first, explain, collect, rights, remedies = state.prompts()
    assert never.lines is not None and never.lines.en == (
        "I am listening.",
        "I am sorry your eyelids worry you.",
    )
    assert [one.en for one in never.notes] == ["Never blame her"]
    assert [one.code for one in first.concerns] == ["swelling", "vision_symptoms"]
    assert [one.zh for one in first.notes] == [LIBRARY.concerns[one.code].name.zh for one in first.concerns]
    assert first.level == "URGENT" and never.level == "URGENT"
    assert explain.lines is not None
    assert collect.lines is None and [one.zh for one in collect.notes] == ["她的原话", "正面一张"]
    assert rights.lines is not None and rights.lines.en == ("You may complain.", "We answer truthfully.")
    assert remedies.notes == (Note("免费复查", "A free review", "lead_and_doctor"),)
    assert [one.code for one in remedies.concerns] == ["swelling", "vision_symptoms"]
    assert (turn.report, turn.severity, turn.clock) == ("complaint", "minor", "severity")
    assert playbook("refund").clock == "refund"
    while state.turn is not None:
        state = read_on(state)
    assert state.open is None


def test_before_identity_nothing_of_the_treatment_is_said() -> None:
    state = conversation.take_turn(talk(known=False), playbook("eyes"))
    # A playbook of her procedure: the listening alone; what waits is marked, and opens no concern.
    assert spoken(state, "never") == ("I am listening.",)
    assert spoken(state, "first") == () and spoken(state, "rights") == () and spoken(state, "remedies") == ()
    assert "explain" not in parts(state)
    shut = {one.part for one in state.prompts() if one.shut}
    assert shut == {"never", "first", "rights", "remedies"}
    assert not any(one.concerns for one in state.prompts())
    # One for every procedure: only the clinical step, and the answer, which names the surgeon.
    open_one = conversation.take_turn(talk(known=False), playbook("refund"))
    assert spoken(open_one, "never") == ("I am listening.", "I am sorry.")
    assert spoken(open_one, "rights") == ("You may complain.",)
    assert {one.part for one in open_one.prompts() if one.shut} == {"first", "remedies"}
    assert spoken(conversation.identify(open_one), "remedies") != ()


def flagged(state: Talk) -> Talk:
    """The conversation after an answer that raised a flag."""
    question = LIBRARY.questions["vision_change"]
    asked = read_on(conversation.take_turn(state, situation("angry")))
    assert front(asked).question == question
    return said(asked, "unsure")


@pytest.mark.parametrize("how", ["draft", "unknown", "flag", "by hand"])
def test_nothing_is_explained_unless_all_of_the_gate_is_open(how: str) -> None:
    state = talk(known=how != "unknown", may_say=how != "draft")
    if how == "flag":
        state = flagged(state)
    if how == "by hand":
        state = replace(state, hushed=True)
    taken = conversation.take_turn(state, playbook("eyes"))
    assert "explain" not in parts(taken)
    assert "explain" in parts(conversation.take_turn(examined(talk()), playbook("eyes")))
    words = turns.turn_of_care(LIBRARY.care_words["washing"], EYELIDS)
    assert front(conversation.take_turn(state, words)).lines == LIBRARY.care_words["washing"].sheet


def test_a_flag_raised_while_a_playbook_is_read_shuts_its_explanation_at_once() -> None:
    state = conversation.take_turn(examined(talk()), playbook("eyes"))
    assert "explain" in parts(state)
    vision = question_prompt(LIBRARY.questions["vision_change"], Words("视力", "Sight"))
    after, raised = conversation.answer(state, vision, "unsure")
    assert raised and after.turn is not None
    assert "explain" not in parts(after)


def test_a_report_by_hand_reassures_nothing_either() -> None:
    eyes = replace(EYES, day=6)
    opened = Opened("swelling", (select_concern(LIBRARY, eyes, "swelling"),))
    state = conversation.name_concern(talk(treatment=eyes), opened)[0]
    while front(state).kind is PromptKind.QUESTION:
        question = front(state).question
        assert question is not None
        kinds: dict[str, Answer] = {"choice": "same", "number": 36.5}
        state = conversation.answer(state, front(state), kinds.get(question.kind, "no"))[0]
    assert state.spoken(opened)[0] == "say"
    assert replace(state, hushed=True).spoken(opened)[0] == "OUTSIDE"


def test_care_words_name_the_days_of_a_sourced_range_alone() -> None:
    def lines(code: str, procedure: str | None, orders: str = "") -> Prompt:
        chosen = None if procedure is None else LIBRARY.procedures[procedure]
        turn = turns.turn_of_care(LIBRARY.care_words[code], chosen, orders)
        assert turn.after_identity
        return front(conversation.take_turn(talk(), turn))

    washing = EYELIDS.care["washing"]
    assert washing.sourced
    read = lines("washing", "upper_blepharoplasty").lines
    assert read is not None
    assert read.en == (f"It can be from day {washing.from_day} to {washing.to_day}.",)
    assert read.zh == (f"第{washing.from_day}到{washing.to_day}天可以。",)
    once = EYELIDS.care["contact_lenses"]
    assert once.from_day == once.to_day
    lens = lines("contact_lenses", "upper_blepharoplasty").lines
    assert lens is not None and lens.zh == (f"第{once.from_day}天可以。",)
    assert lens.en == (f"It can be from day {once.from_day}.",)
    sheet = LIBRARY.care_words["food"].sheet
    assert not EYELIDS.care["food"].sourced
    assert lines("food", "upper_blepharoplasty").lines == sheet
    assert lines("washing", None).lines == sheet
    ordered = lines("washing", "upper_blepharoplasty", "七天不沾水")
    assert [one.en for one in ordered.notes] == ["七天不沾水"] and ordered.part == "orders"


def codes(treatment: OpenTreatment | None, person: Person | None = None) -> list[str]:
    """Codes of what is offered."""
    found = turns.offers(LIBRARY, treatment, "caller", person or Person())
    return [one.code for one in found if not one.code.endswith(("proxy", "wrong_person", "voicemail"))]


def test_what_fits_best_is_offered_first() -> None:
    listed = codes(EYES)
    assert listed[:6] == [
        "situation:t_dark",
        "situation:t_angry",
        "situation:t_stop",
        "situation:t_daily",
        "situation:t_bones",
        "situation:t_parent",
    ]
    assert listed[6:10] == [
        "playbook:t_eyes",
        "playbook:t_late",
        "playbook:t_refund",
        "playbook:t_lipo",
    ]
    assert listed[10:] == ["care:washing", "care:contact_lenses", "care:food"]
    assert codes(EYES, Person(minor=True))[0] == "situation:t_parent"
    assert codes(OpenTreatment("genioplasty", 2))[0] == "situation:t_bones"
    assert codes(replace(EYES, day=200))[6:8] == ["playbook:t_late", "playbook:t_eyes"]
    assert codes(OpenTreatment("liposuction", 3))[6] == "playbook:t_lipo"
    assert codes(None)[6] == "playbook:t_refund"
    lenses_last = [one for one in codes(OpenTreatment("liposuction", 3)) if one.startswith("care:")]
    assert lenses_last[-1] == "care:contact_lenses"


def test_what_needs_identity_says_so() -> None:
    after = {one.code for one in turns.offers(LIBRARY, EYES) if one.after_identity}
    assert after == {"situation:t_daily", "care:washing", "care:contact_lenses", "care:food"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("生气", "situation:t_angry"),
        ("sheng qi", "situation:t_angry"),
        ("tsq", "situation:t_angry"),
        ("ANGRY", "situation:t_angry"),
        ("冲凉", "care:washing"),
        ("chongliang", "care:washing"),
        ("xizao", "care:washing"),
        ("money back", "playbook:t_refund"),
        ("半年", "playbook:t_late"),
        ("xz", "care:washing"),
        ("she says the sides", "playbook:t_eyes"),
    ],
)
def test_a_filter_finds_words_of_both_languages_pinyin_and_initials(typed: str, code: str) -> None:
    listed = turns.offers(LIBRARY, EYES)
    hits = [one.code for one in listed if turns.found(typed, turns.search_keys(one))]
    assert code in hits
    assert len(hits) < len(listed)


def test_the_turn_that_raises_a_flag_keeps_its_digit_whatever_is_proposed() -> None:
    shipped = library.shipped()
    for treatment, person in ((None, Person()), (EYES, Person()), (EYES, Person(minor=True))):
        listed = turns.offers(shipped, treatment, "caller", person)
        assert listed[0].code == "situation:suicidal_words" and not listed[0].after_identity
    # Somebody for whom another one is proposed: it comes after it.
    assert any(one.proposed for one in listed if one.kind == turns.SITUATION)


def test_a_first_character_is_read_as_a_word_and_as_a_name() -> None:
    offer = turns.Offer("situation:x", Words("查伤口", "Looks at the wound"))
    keys = turns.search_keys(offer)
    assert turns.found("chashangkou", keys) and turns.found("csk", keys)


def test_a_broken_off_turn_stands_where_it_stood() -> None:
    turn = situation("angry")
    state = said(read_on(conversation.take_turn(talk(), turn)), "no")
    given = dict(state.answers)
    again = taken_up(talk(known=False), given, (), identified=True, turns=state.turns)
    assert again.answers == given and again.turn == turn
    assert front(again).key == front(state).key
    done = said(state, "no")
    finished = taken_up(talk(known=False), dict(done.answers), (), identified=True, turns=done.turns)
    assert finished.turn is None and [one.code for one in finished.turns] == [turn.code]


def test_a_broken_off_danger_sign_of_a_turn_is_raised_again() -> None:
    given = {"vision_change": Given("yes")}
    without = taken_up(talk(known=False), given, (), identified=True)
    again = taken_up(talk(known=False), given, (), identified=True, turns=(situation("angry"),))
    assert again.raised and len(again.raised) >= len(without.raised)


def test_every_shipped_turn_can_be_made_and_read_to_its_end() -> None:
    shipped = library.shipped()
    offered = turns.offers(shipped, EYES, "caller")
    assert {one.kind for one in offered} == {turns.SITUATION, turns.PLAYBOOK, turns.CARE}
    for offer in offered:
        kind, _colon, code = offer.code.partition(":")
        if kind == turns.SITUATION:
            turn = turns.turn_of_flow(select_flow(shipped, EYES, code, "caller"))
        elif kind == turns.PLAYBOOK:
            turn = turns.turn_of_playbook(shipped, shipped.playbooks[code])
        else:
            procedure = shipped.procedures["upper_blepharoplasty"]
            turn = turns.turn_of_care(shipped.care_words[code], procedure)
        assert turn.code == offer.code and turn.after_identity == offer.after_identity
        assert len({one.key for one in turn.prompts}) == len(turn.prompts)
        for known in (False, True):
            state = conversation.take_turn(talk(known=known), turn)
            for _step in range(30):
                prompt = state.current
                if state.turn is None or prompt is None:
                    break
                if prompt.question is not None and prompt.question.kind != "text":
                    kinds: dict[str, Answer] = {"yes_no": "no", "number": 36.5}
                    first = prompt.question.options[0].code if prompt.question.options else "no"
                    state = conversation.answer(state, prompt, kinds.get(prompt.question.kind, first))[0]
                else:
                    texts = () if prompt.lines is None else (*prompt.lines.zh, *prompt.lines.en)
                    assert not any("{from}" in one or "{to}" in one for one in texts)
                    state = conversation.leave(state, prompt)
            assert state.turn is None, offer.code


def test_what_the_opening_of_a_turn_has_raised_stands_after_a_break() -> None:
    shipped = library.shipped()
    view = select_flow(shipped, EYES, "suicidal_words", "caller")
    turn = turns.turn_of_flow(view)
    assert turn.raises is not None
    again = taken_up(talk(known=False), {}, (), identified=True, turns=(turn,))
    assert [flag.code for flag in again.raised] == ["suicide_thoughts"] and not again.explains
    twice = taken_up(replace(talk(), raised=(turn.raises,)), {}, (), identified=True, turns=(turn, turn))
    assert twice.raised == (turn.raises,)
