"""The part of a policy document that is about reviews of real calls and the assessment of callers."""

from __future__ import annotations

from console.rules.policy_values import QualityPolicy, Weights
from console.rules.reader import Reader
from db.enums import Role

ASSESSED = tuple(role.value for role in Role if role is not Role.TRAINEE)
"""Roles that may have weights: a trainee practises."""
WHOLE = 100
"""What the weights of one role come to."""


def quality(table: Reader) -> QualityPolicy:
    """Read `quality`.

    Args:
        table: at that table; problems are noted there.
    """
    draw, reading = table.table("draw"), table.table("reading")
    weights, deductions = table.table("weights"), table.table("deductions")
    percent = draw.integer("random_percent")
    if percent > WHOLE:
        draw.problem("random_percent", "policy_quality_percent", most=WHOLE)
    found = QualityPolicy(
        short_s=draw.integer("short_s", 1),
        random_percent=percent,
        expire_days=draw.integer("expire_days", 1),
        zh_chars_per_s=reading.integer("zh_chars_per_s", 1),
        en_words_per_s=reading.integer("en_words_per_s", 1),
        fast_answers=reading.integer("answers", 1),
        weights=_weights(weights),
        no_first_plan=deductions.integer("no_first_plan"),
        missing_plan=deductions.integer("missing_plan"),
    )
    for part in (draw, reading, weights, deductions, table):
        part.done()
    return found


def _weights(table: Reader) -> dict[Role, Weights]:
    found: dict[Role, Weights] = {}
    for name in table.names():
        if name not in ASSESSED:
            table.problem(name, "policy_quality_role", known=" ".join(ASSESSED))
            continue
        parts = table.table(name)
        weights = Weights(parts.integer("plan"), parts.integer("execution"), parts.integer("quality"))
        parts.done()
        if weights.plan + weights.execution + weights.quality != WHOLE:
            table.problem(name, "policy_quality_weights", whole=WHOLE)
        found[Role(name)] = weights
    return found
