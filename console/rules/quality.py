"""Which real calls a lead is given to score, what a scoring comes to, and what a caller's month comes to.

Coaching: a score explains itself, nobody is ranked, nothing of it is money (catalogue C-13). Pure functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from console.rules.figures import Ratio
from console.rules.policy_values import QualityPolicy, Weights

DOWNGRADE, SHORT, FAST, OVERRIDE, CHANCE = RULES = ("downgrade", "short", "fast", "override", "random")
"""Why a call is drawn (peers.md row 37), in the order in which the first reason is named."""

FIVE: Final = ("communication", "needs", "medical_knowledge", "problem_solving", "emotion_control")
"""What a caller should be able to do (catalogue S1-TRAIN-01): tags of a review are these, or scenarios."""


# --- drawing ---


@dataclass(frozen=True, slots=True)
class Spoken:
    """One answer to a danger sign as it was keyed.

    Args:
        at: aware instant.
        zh, en: words of the question in the language of the call; the other one is empty.
        in_group: read aloud with others and answered with them by one key.
    """

    at: datetime
    zh: str = ""
    en: str = ""
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Drawable:
    """One saved call of a day.

    Args:
        call_id: which.
        seconds: from when somebody was reached to when it was saved; None of a call that was no dial of ours, or
            whose typing was put on record afterwards.
        fast: answers keyed faster than their question can be read.
        lowered: somebody lowered the level of a case it raised.
        overrides: codes of what was overruled in it.
        of_day: False of an earlier call, of which only a case was judged anew on the day: chance passes it by.
    """

    call_id: int
    seconds: int | None = None
    fast: int = 0
    lowered: bool = False
    overrides: tuple[str, ...] = ()
    of_day: bool = True


def reading_seconds(zh: str, en: str, policy: QualityPolicy) -> float:
    """The least seconds somebody needs to read a question aloud: signs that are spoken, at twice ordinary speed."""
    signs = sum(one.isalnum() for one in zh)
    return signs / policy.zh_chars_per_s + len(en.split()) / policy.en_words_per_s


def too_fast(
    began: datetime, answers: Sequence[Spoken], others: Iterable[datetime], policy: QualityPolicy
) -> tuple[datetime, ...]:
    """Instants of the answers that came before their question can have been read, one for each answer.

    Args:
        began: when the conversation began.
        answers: to danger signs. Those of one instant that were read in a group are one reading of them all.
        others: instants of every other answer: a question before it was read until then.
        policy: speeds.
    """
    read: dict[datetime, list[Spoken]] = {}
    for one in answers:
        same = read.setdefault(one.at, [])
        if one.in_group or not same:
            same.append(one)
    before, found = began, list[datetime]()
    for at in sorted({*read, *others}):
        needed = sum(reading_seconds(one.zh, one.en, policy) for one in read.get(at, ()))
        if needed and (at - before).total_seconds() < needed:
            found += [at] * len(read[at])
        before = max(before, at)
    return tuple(found)


def seed_of(clinic_id: int, day: date) -> str:
    """The seed of one clinic's draw of one day."""
    return hashlib.sha256(f"aftercall review {clinic_id} {day.isoformat()}".encode()).hexdigest()


def by_chance(call_ids: Collection[int], percent: int, seed: str) -> frozenset[int]:
    """A share of some calls, the same ones for the same seed whatever their order; one at least of any.

    Args:
        call_ids: all calls of a day.
        percent: share, rounded up; 0 for none.
        seed: from `seed_of`.
    """
    many = -(-len(call_ids) * percent // 100)
    ranked = sorted(call_ids, key=lambda one: (hashlib.sha256(f"{seed} {one}".encode()).digest(), one))
    return frozenset(ranked[:many])


def draw(calls: Sequence[Drawable], policy: QualityPolicy, seed: str) -> dict[int, tuple[str, ...]]:
    """Which calls of a day are reviewed, and why, in the order of the calls.

    Args:
        calls: every call of the day, and any earlier one of which a case was lowered or taken back on it.
        policy: numbers.
        seed: of the clinic and the day.

    Returns:
        Call to codes of `RULES`, in their order. Chance chooses among all, so that it says something of all.
    """
    chosen = by_chance({one.call_id for one in calls if one.of_day}, policy.random_percent, seed)
    found: dict[int, tuple[str, ...]] = {}
    for one in calls:
        holds = {
            DOWNGRADE: one.lowered,
            SHORT: one.seconds is not None and one.seconds < policy.short_s,
            FAST: one.fast >= policy.fast_answers,
            OVERRIDE: bool(one.overrides),
            CHANCE: one.call_id in chosen,
        }
        reasons = tuple(rule for rule in RULES if holds[rule])
        if reasons:
            found[one.call_id] = reasons
    return found


def lapses_at(drawn_at: datetime, policy: QualityPolicy) -> datetime:
    """Aware instant at which a review nobody scored is over: nobody remembers the call any more."""
    return drawn_at + timedelta(days=policy.expire_days)


def may_score(reviewer_id: int, caller_id: int) -> bool:
    """Whether somebody may score a call: nobody scores her own."""
    return reviewer_id != caller_id


# --- scoring ---


class Mark(StrEnum):
    """What a lead says of one item. `NOT_APPLICABLE`: it could not happen in this call, and leaves the total."""

    FULL = "full"
    PART = "part"
    NONE = "none"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scoring comes to. `points`: by item, None where it was not applicable."""

    points: Mapping[str, int | None]
    fails: tuple[str, ...]
    score: int
    of: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down; 0 of nothing."""
        return self.score * 100 // self.of if self.of else 0


def points_of(most: int, mark: Mark) -> int | None:
    """Points of one item: all, half rounded down, none; None when it leaves the total."""
    return {Mark.FULL: most, Mark.PART: most // 2, Mark.NONE: 0, Mark.NOT_APPLICABLE: None}[mark]


def scored(items: Mapping[str, int], marks: Mapping[str, Mark], fails: Iterable[str]) -> Scored:
    """Score a call with a card.

    Args:
        items: code to most points of everything the card judges in a real call.
        marks: one for each of them.
        fails: codes of instant fails: one makes the score 0, whatever else was good.

    Raises:
        KeyError: an item without a mark.
    """
    points = {code: points_of(most, marks[code]) for code, most in items.items()}
    failed = tuple(dict.fromkeys(fails))
    of = sum(most for code, most in items.items() if points[code] is not None)
    score = 0 if failed else sum(one for one in points.values() if one is not None)
    return Scored(points, failed, score, of)


# --- a caller's month ---


@dataclass(frozen=True, slots=True)
class Fact:
    """One counted thing of an assessment: a code, how many, and which rows."""

    code: str
    ids: tuple[int, ...] = ()
    n: int = 0


@dataclass(frozen=True, slots=True)
class Worked:
    """What was counted of one person in one month (docs/quality.md says how each is).

    Args:
        planned: visitors and treatments of hers that have their plan in time, as many as it should have.
        no_first_plan: visits of hers without treatment and without a first plan.
        missing: treatments of hers to how many planned calls are missing.
        made, not_made: planned calls of hers that were due: made, and not.
        reviews: reviews of her calls to score and most points.
        late: conversations put on record afterwards.
    """

    planned: tuple[int, ...] = ()
    no_first_plan: tuple[int, ...] = ()
    missing: Mapping[int, int] | None = None
    made: tuple[int, ...] = ()
    not_made: tuple[int, ...] = ()
    reviews: Mapping[int, tuple[int, int]] | None = None
    late: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an assessment.

    Args:
        name: plan, execution or quality.
        weight: most points.
        points: None when there was nothing to count: then it leaves the total.
        facts: what it was worked out from.
    """

    name: str
    weight: int
    points: float | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a month comes to.

    Args:
        parts: those with a weight.
        score: points of the parts that have some, as of 100; None when none has.
        tracking: planned calls made, among those due (S1-ASSESS-04).
        late: conversations put on record afterwards: a counter, no points (C-13).
    """

    parts: tuple[Part, ...]
    score: float | None
    tracking: Ratio
    late: tuple[int, ...]


def assess(worked: Worked, weights: Weights, policy: QualityPolicy) -> Assessment:
    """Work out one person's month.

    Plan: its weight less the deductions, never below 0 (S1-ASSESS-01, 05, 06). Execution: its weight times the
    tracking rate (S1-ASSESS-02, 04). Quality: its weight times the mean of her reviews (S1-ASSESS-03).

    Args:
        worked: what was counted.
        weights: of her role.
        policy: deductions.
    """
    tracking = Ratio(len(worked.made), len(worked.made) + len(worked.not_made))
    parts = tuple(
        part
        for part in (
            _plan(worked, weights.plan, policy),
            _execution(worked, weights.execution, tracking),
            _quality(worked, weights.quality),
        )
        if part.weight
    )
    counted = [part for part in parts if part.points is not None]
    among = sum(part.weight for part in counted)
    score = round(sum(part.points or 0.0 for part in counted) * 100 / among, 1) if among else None
    return Assessment(parts, score, tracking, worked.late)


def _plan(worked: Worked, weight: int, policy: QualityPolicy) -> Part:
    missing = worked.missing or {}
    lost = policy.no_first_plan * len(worked.no_first_plan) + policy.missing_plan * sum(missing.values())
    facts = (
        Fact("planned", worked.planned, len(worked.planned)),
        Fact("no_first_plan", worked.no_first_plan, len(worked.no_first_plan)),
        Fact("missing_plan", tuple(missing), sum(missing.values())),
    )
    nothing = not (worked.planned or worked.no_first_plan or missing)
    return Part("plan", weight, None if nothing else float(max(weight - lost, 0)), facts)


def _execution(worked: Worked, weight: int, tracking: Ratio) -> Part:
    facts = (
        Fact("made", worked.made, len(worked.made)),
        Fact("not_made", worked.not_made, len(worked.not_made)),
    )
    share = tracking.share
    return Part("execution", weight, None if share is None else round(weight * share, 1), facts)


def _quality(worked: Worked, weight: int) -> Part:
    reviews = {key: value for key, value in (worked.reviews or {}).items() if value[1]}
    facts = (Fact("reviews", tuple(reviews), len(reviews)),)
    if not reviews:
        return Part("quality", weight, None, facts)
    mean = sum(score / of for score, of in reviews.values()) / len(reviews)
    return Part("quality", weight, round(weight * mean, 1), facts)
