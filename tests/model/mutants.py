"""Ways to break the program that the model has to notice, each as a patch of one function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

Patch = Any
"""pytest's MonkeyPatch."""


def lease_without_expiry(patch: Patch) -> None:
    """A lease is taken whether or not it has run out."""
    from db import taking
    from db.connect import Connection

    real = taking.take

    def take(connection: Connection, holder: Any, group_id: int, *rest: Any) -> Any:
        connection.execute("DELETE FROM contact_lease WHERE group_id = :g", {"g": group_id})
        return real(connection, holder, group_id, *rest)

    patch.setattr(taking, "take", take)


def begun_call_given_away(patch: Patch) -> None:
    """A call that was cut off is given back to everybody."""
    from db import claims

    real = claims.run_out

    def run_out(connection: Any, clinic_id: int, now: int, limit: int) -> Any:
        connection.execute(
            "UPDATE contact_lease SET stage = 'preview' WHERE expires_at <= :now", {"now": now}
        )
        return real(connection, clinic_id, now, limit)

    patch.setattr(claims, "run_out", run_out)


def save_not_idempotent(patch: Patch) -> None:
    """The key of a save is not looked up."""
    from db import idempotency

    real = idempotency.find
    patch.setattr(
        idempotency,
        "find",
        lambda c, clinic, key: real(c, clinic, key) if not key.startswith("call/") else None,
    )


def escalation_with_the_save(patch: Patch) -> None:
    """Nothing is escalated before the save's own transaction."""
    from console.desk import saving

    real, held = saving.raise_missing, []  # type: ignore[var-annotated]
    whole = saving.save

    def save(*args: Any) -> Any:
        held.clear()
        done = whole(*args)
        for late in held:
            real(*late)
        return done

    patch.setattr(saving, "raise_missing", lambda *args: held.append(args))
    patch.setattr("console.desk.calls.save", save)


def place_not_refreshed(patch: Patch) -> None:
    """A changed fact of a patient leaves the stored places of her items as they were."""
    from console.desk import plans

    patch.setattr(plans, "place_patients", lambda *_args: 0)


def pc_clock(patch: Patch) -> None:
    """A console goes by its PC's clock."""
    from console.desk import present

    patch.setattr(present, "anchored", lambda _database, clock: clock)


def draft_of_anybody(patch: Patch) -> None:
    """A draft is handed to whoever asks."""
    from console.desk import keeping
    from db import drafts

    def any_draft(connection: Any, seat: Any, contact_id: int) -> Any:
        return drafts.of_contact(connection, seat.clinic_id, contact_id)

    patch.setattr(keeping, "_mine", any_draft)


def draft_every_minute(patch: Patch) -> None:
    """What is typed is kept once a minute."""
    from console.desk import keeping

    patch.setattr(keeping, "EVERY", timedelta(minutes=1))


def save_in_two_halves(patch: Patch) -> None:
    """A save's conversation is committed before its items are settled."""
    from console.desk import followups

    real = followups.settle

    def settle(one: Any) -> Any:
        one.connection.execute("COMMIT")
        one.connection.execute("BEGIN IMMEDIATE" if one.connection.dialect == "sqlite" else "BEGIN")
        return real(one)

    patch.setattr(followups, "settle", settle)


def level_lowered_by_a_caller(patch: Patch) -> None:
    """Marking a sign as mis-keyed makes its escalation less urgent."""
    from console.desk import flagging
    from db import escalations as table

    real = table.change

    def change(connection: Any, clinic_id: int, escalation_id: int, values: Any) -> Any:
        if values.get("mis_keyed"):
            values = {**values, "level": "URGENT"}
        return real(connection, clinic_id, escalation_id, values)

    patch.setattr(flagging.table, "change", change)


def answers_dropped(patch: Patch) -> None:
    """A save keeps one answer less."""
    from db import calls

    real = calls.add_answers
    patch.setattr(calls, "add_answers", lambda connection, rows: real(connection, rows[1:]))


def order_by_number(patch: Patch) -> None:
    """The deadline does not count in the order."""
    from console.desk import claiming

    real = claiming.table.order

    def order(*args: Any, **kwargs: Any) -> Any:
        return sorted(real(*args, **kwargs), key=lambda row: -row["id"])

    patch.setattr(claiming.table, "order", order)


EVERY: Final[tuple[Callable[[Patch], None], ...]] = (
    lease_without_expiry,
    begun_call_given_away,
    save_not_idempotent,
    escalation_with_the_save,
    place_not_refreshed,
    pc_clock,
    draft_of_anybody,
    draft_every_minute,
    save_in_two_halves,
    level_lowered_by_a_caller,
    answers_dropped,
    order_by_number,
)
QUICK: Final = (
    lease_without_expiry,
    begun_call_given_away,
    save_not_idempotent,
    escalation_with_the_save,
    pc_clock,
    draft_of_anybody,
    answers_dropped,
)
"""Those that are found within some hundred steps: looked for with every test run."""
