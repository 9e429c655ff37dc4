"""After every step: does the record hold what the model says, and is every stored place what the rule says?"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from console.desk import policy as policies
from console.rules.placement import place
from db import drain as cache
from db.connect import Connection, Database, reading
from db.connect import Row as Dict
from db.enums import Level
from db.instants import from_ms, maybe_ms, to_ms
from db.records import ItemFacts, Placement
from tests.model.ideal import TOLERANCE_MS, Hold, Ideal, Row, Saved, must

PLACED = (
    "id, state, tier, band, deadline_at, next_change_at, lane_id, passes_windows, policy_version, patient_id, "
    "promise_id"
)
LANES = ("team", "pool", "own", "lead", "ward")
DANGERS = {
    "vision_change": ("vision_loss", Level.EMERGENCY),
    "leg_one_sided": ("dvt_leg", Level.SAME_DAY),
}
"""Question whose yes is a danger sign anywhere, the flag it raises, and the flag's level."""
SLICE = 12
"""Every step judges what has changed and one patient in so many; all of them every so many steps."""


@dataclass
class Shaken:
    """Somebody whose console died in the middle of something: what she was at may be done or not.

    Args:
        staff, seat, contact: hers. ends: it may have given up its contact.
    """

    staff: int
    seat: int | None
    contact: int | None


@dataclass
class Watch:
    """Reads the record on a connection of its own.

    Args:
        database: the record. clinic_id: the clinic. ideal: what should be there.
    """

    database: Database
    clinic_id: int
    ideal: Ideal
    _memo: dict[int, tuple[ItemFacts, int, Placement, datetime]] = field(
        default_factory=dict[int, tuple[ItemFacts, int, Placement, datetime]]
    )
    _seen: dict[int, Row] = field(default_factory=dict[int, Row])
    _turn: int = 0
    judged: int = 0

    def all_of(
        self, now_ms: int, shaken: list[Shaken], touched: set[int], *, everything: bool = False
    ) -> None:
        """Check everything; `shaken` are those whose last act is in doubt, `touched` patients worked with."""
        self._turn += 1
        with reading(self.database) as connection:
            self._leases(connection, now_ms, shaken)
            self._saves(connection, shaken)
            self._drafts(connection, shaken)
            self._alarms(connection)
            self._places(connection, now_ms, touched, everything or self._turn % SLICE == 0)

    # --- one: who holds what ----------------------------------------------------------------------------

    def _leases(self, connection: Connection, now_ms: int, shaken: list[Shaken]) -> None:
        ideal = self.ideal
        rows = {
            int(row["group_id"]): row
            for row in connection.execute(
                "SELECT l.group_id, l.staff_id, l.seat_id, l.token, l.stage, l.expires_at, "
                "(SELECT MAX(c.id) FROM contact c WHERE c.clinic_id = l.clinic_id AND c.lease_token = l.token) AS made "
                "FROM contact_lease l WHERE l.clinic_id = :id",
                {"id": self.clinic_id},
            )
        }
        for group in {*rows, *ideal.holds}:
            self._lease(connection, group, rows.get(group), ideal.holds.get(group), now_ms, shaken)
        loose = connection.execute(
            "SELECT i.id FROM item i WHERE i.clinic_id = :id AND i.state = 'leased' AND NOT EXISTS (SELECT 1 "
            "FROM contact_lease l WHERE l.clinic_id = i.clinic_id AND l.group_id = i.group_id "
            "AND l.stage <> 'cut_off')",
            {"id": self.clinic_id},
        )
        must(not loose, "a call is marked as worked and nobody holds it", items=loose)

    def _lease(
        self,
        connection: Connection,
        group: int,
        row: Dict | None,
        hold: Hold | None,
        now_ms: int,
        shaken: list[Shaken],
    ) -> None:
        ideal = self.ideal
        if row is None:
            assert hold is not None
            over = not hold.begun and now_ms >= hold.until - TOLERANCE_MS
            doubt = any(one.staff == hold.staff for one in shaken)
            must(over or doubt, "a lease is gone that nobody gave up", hold=hold, now=now_ms)
            del ideal.holds[group]
            return
        if hold is not None and row["token"] == hold.token:
            must(row["staff_id"] == hold.staff, "a lease changed hands under its token", hold=hold, row=row)
            doubt = any(one.staff == hold.staff for one in shaken)
            if doubt:
                hold.until, hold.begun = int(row["expires_at"]), hold.begun or row["stage"] != "preview"
            must(
                row["expires_at"] == hold.until and (row["stage"] != "preview") == hold.begun,
                "a lease is not as it was acknowledged",
                hold=hold,
                row=row,
            )
            must(
                row["stage"] != "cut_off" or now_ms >= hold.until - TOLERANCE_MS,
                "a call was cut off before its time",
                hold=hold,
                row=row,
            )
            return
        whose = next((one for one in shaken if one.staff == row["staff_id"]), None)
        must(whose is not None, "a lease nobody was told of", row=row, hold=hold, shaken=shaken)
        items = connection.execute(
            "SELECT ci.item_id FROM contact_item ci WHERE ci.clinic_id = :id AND ci.contact_id = :contact",
            {"id": self.clinic_id, "contact": row["made"] or 0},
        )
        must(
            hold is None or now_ms >= hold.until - TOLERANCE_MS or hold.staff == row["staff_id"],
            "a lease was taken from somebody who had it",
            hold=hold,
            row=row,
        )
        again = ideal.finished.intersection(int(one["item_id"]) for one in items)
        must(not again, "a finished call was offered again", items=again)
        ideal.holds[group] = Hold(
            group,
            int(row["staff_id"]),
            int(row["token"]),
            int(row["made"] or 0),
            int(row["expires_at"]),
            begun=row["stage"] != "preview",
            items=tuple(int(one["item_id"]) for one in items),
        )

    # --- two: saved is saved ----------------------------------------------------------------------------

    def _saves(self, connection: Connection, shaken: list[Shaken]) -> None:
        calls, answers = self._conversations(connection)
        for call_id, known in self.ideal.saved.items():
            must(
                calls.get(call_id) == known.row,
                "a saved call is gone or changed",
                was=known.row,
                is_=calls.get(call_id),
            )
            must(
                answers.get(call_id, ()) == known.answers,
                "answers of a saved call are gone or changed",
                call=call_id,
            )
        of_contact = Counter(row[1] for row in calls.values() if row[5] is None)
        must(
            all(n == 1 for n in of_contact.values()), "a conversation is on record twice", contacts=of_contact
        )
        for call_id in calls.keys() - self.ideal.saved.keys():
            row = calls[call_id]
            must(
                any(one.staff == row[4] for one in shaken),
                "a call is on record whose save was refused or never asked for",
                row=row,
            )
            must(self._whole(connection, row), "half of a save is on record", row=row)
            self.ideal.saved[call_id] = Saved(call_id, row[1], row, answers.get(call_id, ()), told=False)
        half = connection.execute(
            "SELECT k.id FROM idempotency_key k WHERE k.clinic_id = :id AND k.kind = 'call' AND NOT EXISTS "
            "(SELECT 1 FROM call c WHERE c.clinic_id = k.clinic_id AND c.id = k.result_id)",
            {"id": self.clinic_id},
        )
        must(not half, "a save is remembered that is not on record", keys=half)

    def _conversations(self, connection: Connection) -> tuple[dict[int, Row], dict[int, tuple[Row, ...]]]:
        cursor = connection.raw.execute(
            "SELECT id, contact_id, outcome, note, staff_id, amends_call_id, summary, saved_at, item_id, "
            "patient_id, identity_method, late_draft, started_at, direction, spoke_to FROM call"
        )
        calls = {int(row[0]): tuple(row) for row in cursor.fetchall()}
        cursor = connection.raw.execute(
            "SELECT call_id, id, contact_id, question, value, at, superseded_at FROM answer ORDER BY id"
        )
        answers: dict[int, list[Row]] = {}
        for row in cursor.fetchall():
            answers.setdefault(row[0], []).append(tuple(row))
        return calls, {call: tuple(rows) for call, rows in answers.items()}

    def _whole(self, connection: Connection, row: Row) -> bool:
        """Whether a save nobody was told of left all its rows: its key, its audit row, its ended contact."""
        kept = connection.execute(
            "SELECT (SELECT COUNT(*) FROM idempotency_key WHERE clinic_id = :id AND kind = 'call' "
            "AND result_id = :call) AS keys, (SELECT COUNT(*) FROM audit WHERE clinic_id = :id "
            "AND action IN ('call.save', 'call.amend') AND subject_id IN (:call, :amends)) AS noted, "
            "(SELECT COUNT(*) FROM contact WHERE clinic_id = :id AND id = :contact AND ended_at IS NOT NULL) AS ended",
            {"id": self.clinic_id, "call": row[0], "amends": row[5] or 0, "contact": row[1]},
        )[0]
        return kept["keys"] == 1 and kept["noted"] >= 1 and kept["ended"] == 1

    def saved(self, call_id: int) -> Saved:
        """Take an acknowledged save's rows down, to be the same for ever."""
        with reading(self.database) as connection:
            calls, answers = self._conversations(connection)
        must(call_id in calls, "an acknowledged save is not on record", call=call_id)
        made = Saved(call_id, calls[call_id][1], calls[call_id], answers.get(call_id, ()), told=True)
        earlier = self.ideal.saved.setdefault(call_id, made)
        must(earlier.row == made.row, "a saved call changed", was=earlier.row, now=made.row)
        earlier.told = True
        return made

    def _drafts(self, connection: Connection, shaken: list[Shaken]) -> None:
        rows = {
            int(row["contact_id"]): row
            for row in connection.execute(
                "SELECT contact_id, staff_id, status, document, updated_at FROM draft WHERE clinic_id = :id",
                {"id": self.clinic_id},
            )
        }
        for contact, typed in self.ideal.drafts.items():
            row = rows.pop(contact, None)
            if row is None:
                must(typed.text == "", "a draft is gone", contact=contact, typed=typed)
                continue
            must(row["staff_id"] == typed.staff, "a draft changed hands", typed=typed, row=row["staff_id"])
            if row["status"] in ("saved", "discarded"):
                must(
                    typed.over or typed.perhaps_over,
                    "a draft was closed by nobody",
                    contact=contact,
                    typed=typed,
                )
                typed.over = True
            else:
                must(not typed.over, "a closed draft is open again", contact=contact, typed=typed)
                text = json.loads(str(row["document"]))["note"]
                if typed.perhaps is not None and text == typed.perhaps:
                    typed.text = text
                must(text == typed.text, "what was typed is not what is kept", typed=typed, kept=text)
            if any(one.staff == typed.staff for one in shaken):
                typed.at = int(row["updated_at"])
            typed.perhaps, typed.perhaps_over = None, False
        must(not rows, "a draft nobody typed", contacts=list(rows))

    # --- three: a danger sign -----------------------------------------------------------------------------

    def _alarms(self, connection: Connection) -> None:
        rows = {
            int(row["id"]): row
            for row in connection.execute(
                "SELECT id, level, flags, contact_id, kind FROM escalation WHERE clinic_id = :id",
                {"id": self.clinic_id},
            )
        }
        for escalation, alarm in self.ideal.alarms.items():
            row = rows.get(escalation)
            must(row is not None, "an acknowledged escalation is gone", escalation=escalation)
            assert row is not None
            must(
                Level(row["level"]).rank <= alarm.level.rank,
                "an escalation was lowered",
                row=row,
                at_least=alarm,
            )
            must(
                alarm.flags <= set(json.loads(row["flags"])),
                "an escalation lost a flag",
                row=row,
                at_least=alarm,
            )
        raised = {
            (row["contact_id"], flag) for row in rows.values() for flag in json.loads(row["flags"] or "[]")
        }
        for saved in self.ideal.saved.values():
            for answer in saved.answers:
                if answer[3] in DANGERS and answer[4] == "yes" and answer[6] is None:
                    must(
                        (saved.contact, DANGERS[answer[3]][0]) in raised,
                        "a danger sign is on record without its escalation",
                        call=saved.call,
                        question=answer[3],
                    )

    def alarmed(self, contact: int, flag: str) -> bool:
        """Whether a contact has a committed escalation with a flag."""
        with reading(self.database) as connection:
            rows = connection.execute(
                "SELECT flags FROM escalation WHERE clinic_id = :id AND contact_id = :contact",
                {"id": self.clinic_id, "contact": contact},
            )
        return any(flag in json.loads(row["flags"] or "[]") for row in rows)

    # --- seven: the order -----------------------------------------------------------------------------------

    def _places(self, connection: Connection, now_ms: int, touched: set[int], everything: bool) -> None:
        policy = policies.in_force(connection, self.clinic_id)
        cursor = connection.raw.execute(
            f"SELECT {PLACED} FROM item WHERE state IN ('waiting', 'ready') ORDER BY id"
        )
        rows = {int(row[0]): tuple(row) for row in cursor.fetchall()}
        fresh = {
            item: row
            for item, row in rows.items()
            if row[8] == policy.version and (row[5] is None or row[5] > now_ms + TOLERANCE_MS)
        }
        wanted = tuple(
            item
            for item, row in fresh.items()
            if everything
            or row != self._seen.get(item)
            or row[9] in touched
            or row[10] is not None
            or item % SLICE == self._turn % SLICE
        )
        self._seen = rows
        for facts in cache.facts(connection, self.clinic_id, wanted, now_ms):
            row, stands = fresh[facts.id], self.placement(facts, policy, from_ms(now_ms))
            stored = (*row[1:7], bool(row[7]))
            right = (
                stands.state.value,
                int(stands.tier),
                stands.band,
                to_ms(stands.deadline_at),
                maybe_ms(stands.next_change_at),
                stands.lane_id,
                stands.passes_windows,
            )
            self.judged += 1
            must(
                stored == right,
                "a stored place is not what the rule says",
                item=facts.id,
                stored=stored,
                rule=right,
            )
            must(stands.lane_id.partition(":")[0] in LANES, "a call is in nobody's lane", lane=stands.lane_id)

    def placement(self, facts: ItemFacts, policy: object, at: datetime) -> Placement:
        """`place`, once for the same facts as long as it says itself that nothing changes."""
        known = self._memo.get(facts.id)
        version: int = policy.version  # type: ignore[attr-defined]
        if known is not None and known[0] == facts and known[1] == version and known[3] <= at:
            until = known[2].next_change_at
            if until is None or at < until:
                return known[2]
        made = place(facts, policy, at)  # type: ignore[arg-type]
        self._memo[facts.id] = (facts, version, made, at)
        return made
