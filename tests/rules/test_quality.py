"""Which calls are drawn, what a scoring comes to, and what a month comes to: plainly, and as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.rules import quality
from console.rules.policy import PolicyInvalid, default, default_text, parse_text
from console.rules.policy_values import QualityPolicy, Weights
from console.rules.quality import Drawable, Mark, Spoken, Worked
from db.enums import Role

POLICY = default().quality
AT = datetime(2026, 6, 15, 6, 35, tzinfo=UTC)
DAY = date(2026, 6, 15)
NO_CHANCE = replace(POLICY, random_percent=0)


def test_the_default_document_has_the_sourced_numbers() -> None:
    assert (POLICY.short_s, POLICY.random_percent) == (20, 5)
    assert POLICY.weights == {Role.CONSULTANT: Weights(50, 50, 0), Role.CALLER: Weights(40, 40, 20)}
    assert (POLICY.no_first_plan, POLICY.missing_plan) == (2, 1)
    # A version stored before the table was there reads as the same numbers.
    text = default_text()
    assert parse_text(text[: text.index("[quality]")]).quality == POLICY == QualityPolicy()


@pytest.mark.parametrize(
    ("old", "new", "where", "code"),
    [
        (
            "random_percent = 5",
            "random_percent = 101",
            "quality.draw.random_percent",
            "policy_quality_percent",
        ),
        ("quality = 20}", "quality = 10}", "quality.weights.caller", "policy_quality_weights"),
        ("caller = {plan", "trainee = {plan", "quality.weights.trainee", "policy_quality_role"),
        ("short_s = 20", "short_s = 0", "quality.draw.short_s", "field_not_integer"),
    ],
)
def test_what_is_wrong_with_the_numbers_is_said(old: str, new: str, where: str, code: str) -> None:
    text = default_text()
    at = text.index("[quality]")
    with pytest.raises(PolicyInvalid) as refused:
        parse_text(text[:at] + text[at:].replace(old, new, 1))
    assert (where, code) in {(one.where, one.reason.code) for one in refused.value.problems}


@pytest.mark.parametrize(
    ("one", "reasons"),
    [
        (Drawable(1, lowered=True), ("downgrade",)),
        (Drawable(1, seconds=19), ("short",)),
        (Drawable(1, seconds=20), ()),
        (Drawable(1, seconds=None), ()),
        (Drawable(1, fast=POLICY.fast_answers), ("fast",)),
        (Drawable(1, fast=POLICY.fast_answers - 1), ()),
        (Drawable(1, overrides=("mis_key",)), ("override",)),
        (Drawable(1, 3, 9, True, ("mis_key",)), ("downgrade", "short", "fast", "override")),
    ],
)
def test_each_rule_draws_its_calls_and_no_others(one: Drawable, reasons: tuple[str, ...]) -> None:
    assert quality.draw([one], NO_CHANCE, "seed") == ({1: reasons} if reasons else {})


def test_one_call_at_least_is_drawn_by_chance_of_any() -> None:
    assert quality.draw([Drawable(7)], POLICY, "x") == {7: ("random",)}
    assert quality.draw([], POLICY, "x") == {}
    older = Drawable(8, lowered=True, of_day=False)
    assert quality.draw([Drawable(7), older], POLICY, "x") == {7: ("random",), 8: ("downgrade",)}
    assert quality.by_chance(range(1, 21), 5, "x") < frozenset(range(1, 21))
    # Another clinic, or another day, draws others.
    seeds = {quality.seed_of(clinic, day) for clinic in (1, 2) for day in (DAY, DAY + timedelta(days=1))}
    assert len(seeds) == 4
    assert len({quality.by_chance(range(1, 1001), 5, seed) for seed in seeds}) == 4


ids = st.sets(st.integers(1, 10_000), max_size=80)


@given(ids, st.integers(0, 100), st.text(max_size=8), st.randoms())
@settings(max_examples=60, deadline=None)
def test_chance_is_the_same_in_any_order_and_exact_in_number(
    call_ids: set[int], percent: int, seed: str, order: object
) -> None:
    mixed = list(call_ids)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    chosen = quality.by_chance(mixed, percent, seed)

    assert chosen == quality.by_chance(sorted(call_ids), percent, seed)
    assert chosen <= call_ids
    assert (len(chosen) - 1) * 100 < len(call_ids) * percent <= len(chosen) * 100 or not chosen
    assert bool(chosen) == bool(call_ids and percent)


drawables = st.builds(
    Drawable,
    st.integers(1, 500),
    st.one_of(st.none(), st.integers(0, 60)),
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from(((), ("mis_key",))),
)


@given(st.lists(drawables, max_size=40, unique_by=lambda one: one.call_id))
@settings(max_examples=60, deadline=None)
def test_a_ruled_call_is_drawn_whatever_chance_says(calls: list[Drawable]) -> None:
    ruled = quality.draw(calls, NO_CHANCE, "a")
    whole = quality.draw(calls, POLICY, "b")

    assert {
        key: tuple(one for one in why if one != "random") for key, why in whole.items() if key in ruled
    } == ruled
    assert all(why == ("random",) for key, why in whole.items() if key not in ruled)
    assert list(whole) == [one.call_id for one in calls if one.call_id in whole]


def spoken(second: float, zh: str = "有没有突然看不清或者看不见", *, in_group: bool = False) -> Spoken:
    return Spoken(AT + timedelta(seconds=second), zh, in_group=in_group)


def test_an_answer_before_its_question_can_have_been_read_is_fast() -> None:
    # Thirteen signs at eight a second: 1.625 s.
    assert quality.reading_seconds("有没有突然看不清或者看不见？", "", POLICY) == 1.625
    assert quality.reading_seconds("", "Has your sight changed all of a sudden?", POLICY) == 8 / 5
    slow, quick = spoken(2.0), spoken(3.0)
    assert quality.too_fast(AT, [slow, quick], [], POLICY) == (quick.at,)
    # Time that went into another question before it does not count for this one.
    assert quality.too_fast(AT, [spoken(4.0)], [AT + timedelta(seconds=3)], POLICY) == (spoken(4.0).at,)
    assert quality.too_fast(AT, [spoken(4.0)], [], POLICY) == ()


def test_a_group_of_signs_is_one_reading_of_them_all() -> None:
    group = [spoken(4.0, "有没有突然看不清或者看不见", in_group=True) for _sign in range(4)]
    # Each sign nobody can have heard is one answer: one key for a whole group is not one of three.
    assert quality.too_fast(AT, group, [], POLICY) == (group[0].at,) * 4
    assert quality.too_fast(AT, group[:2], [], POLICY) == ()
    # The same question for two treatments is asked once.
    assert quality.too_fast(AT, [spoken(2.0), spoken(2.0)], [], POLICY) == ()


def test_nobody_scores_her_own_call_and_a_review_lapses() -> None:
    assert quality.may_score(1, 2) and not quality.may_score(1, 1)
    assert quality.lapses_at(AT, POLICY) == AT + timedelta(days=7)


CARD = {"opening": 5, "identity": 15, "flag": 20}


def test_a_card_is_scored() -> None:
    marks = {"opening": Mark.PART, "identity": Mark.FULL, "flag": Mark.NOT_APPLICABLE}
    found = quality.scored(CARD, marks, ())
    assert (found.score, found.of, found.percent) == (17, 20, 85)
    assert found.points == {"opening": 2, "identity": 15, "flag": None}
    failed = quality.scored(CARD, marks, ("flag_missed", "flag_missed"))
    assert (failed.score, failed.of, failed.fails) == (0, 20, ("flag_missed",))
    with pytest.raises(KeyError):
        quality.scored(CARD, {"opening": Mark.FULL}, ())


cards = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 30), min_size=1)


@given(cards, st.data())
@settings(max_examples=80, deadline=None)
def test_a_score_lies_inside_its_total_and_a_better_mark_never_costs(
    card: dict[str, int], data: st.DataObject
) -> None:
    order = [Mark.NONE, Mark.PART, Mark.FULL]
    marks = {code: data.draw(st.sampled_from(Mark)) for code in card}
    found = quality.scored(card, marks, ())
    assert 0 <= found.score <= found.of <= sum(card.values())
    assert quality.scored(card, marks, ("x",)).score == 0
    assert quality.scored(card, dict.fromkeys(card, Mark.FULL), ()).percent == 100
    code = data.draw(st.sampled_from(sorted(card)))
    if marks[code] is not Mark.NOT_APPLICABLE:
        worse, better = sorted((marks[code], data.draw(st.sampled_from(order))), key=order.index)
        low = quality.scored(card, marks | {code: worse}, ())
        high = quality.scored(card, marks | {code: better}, ())
        assert low.score <= high.score and low.of == high.of
        # Whatever leaves the total takes its points along.
        without = quality.scored(card, marks | {code: Mark.NOT_APPLICABLE}, ())
        assert without.of == found.of - card[code]


CALLER, CONSULTANT = POLICY.weights[Role.CALLER], POLICY.weights[Role.CONSULTANT]


def test_a_month_of_an_assistant() -> None:
    worked = Worked(
        planned=(1, 2),
        no_first_plan=(3,),
        missing={4: 3},
        made=(10, 11, 12),
        not_made=(13,),
        reviews={20: (80, 100), 21: (30, 50)},
        late=(30,),
    )
    found = quality.assess(worked, CALLER, POLICY)
    parts = {part.name: part.points for part in found.parts}
    # 40 - 2 - 3; three of four; the mean of 80 and 60 percent.
    assert parts == {"plan": 35.0, "execution": 30.0, "quality": 14.0}
    assert found.score == 79.0
    assert (found.tracking.of, found.tracking.among) == (3, 4)
    assert found.late == (30,)
    facts = {fact.code: (fact.n, fact.ids) for part in found.parts for fact in part.facts}
    assert facts["missing_plan"] == (3, (4,)) and facts["not_made"] == (1, (13,))


def test_a_consultant_has_no_quality_part_and_what_cannot_be_counted_leaves_the_total() -> None:
    worked = Worked(planned=(1,), made=(2,), not_made=(3,), reviews={4: (0, 100)})
    found = quality.assess(worked, CONSULTANT, POLICY)
    assert [part.name for part in found.parts] == ["plan", "execution"]
    assert found.score == 75.0
    # Nothing to plan: execution and quality alone make the hundred.
    caller = quality.assess(Worked(made=(1, 2), reviews={4: (50, 100)}), CALLER, POLICY)
    assert caller.parts[0].points is None
    assert caller.score == round((40 + 10) * 100 / 60, 1)
    assert quality.assess(Worked(), CALLER, POLICY).score is None


few = st.integers(0, 60).map(lambda n: tuple(range(n)))
works = st.builds(
    Worked,
    planned=few,
    no_first_plan=few,
    missing=st.dictionaries(st.integers(1, 50), st.integers(1, 5), max_size=20),
    made=few,
    not_made=few,
    reviews=st.dictionaries(
        st.integers(1, 50), st.tuples(st.integers(0, 40), st.integers(40, 100)), max_size=10
    ),
    late=few,
)


events = st.lists(
    st.one_of(
        st.sampled_from([("planned",), ("no_first_plan",), ("made",), ("not_made",), ("late",)]),
        st.tuples(st.just("missing"), st.integers(1, 9)),
        st.tuples(st.just("review"), st.integers(0, 20), st.integers(20, 90)),
    ),
    max_size=60,
)


@given(events, st.sampled_from([CALLER, CONSULTANT]))
@settings(max_examples=150, deadline=None)
def test_a_month_is_what_counting_on_ones_fingers_gives(
    happened: list[tuple[str | int, ...]], weights: Weights
) -> None:
    """S1-ASSESS-01 to 06, event by event: points go one at a time, rates and means are exact fractions."""
    of: dict[str, list[int]] = {}
    for number, one in enumerate(happened):
        of.setdefault(str(one[0]), []).append(number)
    numbers = {
        name: tuple(of.get(name, ())) for name in ("planned", "no_first_plan", "made", "not_made", "late")
    }
    worked = Worked(
        **numbers,
        missing={n: int(happened[n][1]) for n in of.get("missing", ())},
        reviews={n: (int(happened[n][1]), int(happened[n][2])) for n in of.get("review", ())},
    )
    plan, due, done, shares = Fraction(weights.plan), 0, 0, list[Fraction]()
    for name, *more in happened:
        plan -= {"no_first_plan": 2, "missing": 1}.get(str(name), 0) * (
            int(more[0]) if name == "missing" else 1
        )
        plan = max(plan, Fraction(0))
        due += name in ("made", "not_made")
        done += name == "made"
        if name == "review":
            shares.append(Fraction(int(more[0]), int(more[1])))
    expected: dict[str, tuple[int, Fraction]] = {}
    if {"planned", "no_first_plan", "missing"} & of.keys():
        expected["plan"] = (weights.plan, plan)
    if due:
        expected["execution"] = (weights.execution, weights.execution * Fraction(done, due))
    if shares and weights.quality:
        expected["quality"] = (weights.quality, weights.quality * sum(shares, Fraction(0)) / len(shares))

    found = quality.assess(worked, weights, POLICY)
    points = {part.name: part.points for part in found.parts if part.points is not None}
    assert points.keys() == expected.keys()
    for name, (_most, exact) in expected.items():
        assert abs(points[name] - float(exact)) <= 0.0501, name
    if not expected:
        assert found.score is None
        return
    among = sum(most for most, _exact in expected.values())
    whole = sum((exact for _most, exact in expected.values()), Fraction(0)) * 100 / among
    # Each part is shown to a tenth, and the sum is that of what is shown.
    assert found.score is not None and abs(found.score - float(whole)) <= 0.05 + 0.1501 * 100 / among


@given(works, st.sampled_from([CALLER, CONSULTANT]))
@settings(max_examples=80, deadline=None)
def test_a_month_lies_between_nothing_and_a_hundred(worked: Worked, weights: Weights) -> None:
    found = quality.assess(worked, weights, POLICY)
    assert found.score is None or 0 <= found.score <= 100
    for part in found.parts:
        assert part.points is None or 0 <= part.points <= part.weight
    # Late notes never cost points, a plan that is missing never earns any.
    assert quality.assess(replace(worked, late=()), weights, POLICY).score == found.score
    more = replace(worked, no_first_plan=(*worked.no_first_plan, 999))
    before, after = found.parts[0].points, quality.assess(more, weights, POLICY).parts[0].points
    assert after is not None and (before is None or after <= before)
