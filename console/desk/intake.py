"""Accepted rows into the record: which patient a row means, what it adds, what it changes. No file and no
refusal words here.

One `Intake` serves one transaction: it loads what the batch's rows touch once, keeps it current while the
rows are taken in their order, and leaves the planning of new treatments and visits to its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from console.desk.searchkeys import search_keys
from console.exchange.rows import Caution, Facts
from console.rules import names
from db import patients, search, treatments
from db.connect import Connection, Row
from db.enums import Language, PhoneStatus, VisitKind
from db.instants import day

ACCEPTED, UPDATED, UNCHANGED, CONFLICT = "accepted", "updated", "unchanged", "id_conflict"


@dataclass(slots=True)
class Known:
    """A patient as the batch sees her now; `phones` holds every number by status."""

    row: Row
    phones: dict[str, str] = field(default_factory=dict[str, str])
    treatments: list[Row] = field(default_factory=list[Row])
    visits: list[Row] = field(default_factory=list[Row])

    @property
    def id(self) -> int:
        """Row id."""
        return int(self.row["id"])


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one row: accepted, updated, unchanged or id_conflict, and what it was accepted in spite
    of.
    """

    outcome: str
    patient_id: int | None = None
    cautions: tuple[Caution, ...] = ()


@dataclass(slots=True)
class Todo:
    """What has to be planned once the rows are in: ids of new treatments and visits, of treatments whose
    dates changed, and of patients whose numbers or groups changed."""

    treatments: list[int] = field(default_factory=list[int])
    visits: list[int] = field(default_factory=list[int])
    replanned: list[int] = field(default_factory=list[int])
    patients: set[int] = field(default_factory=set[int])


class Intake:
    """Takes the rows of one transaction.

    Args:
        connection: inside a unit of work.
        clinic_id: the clinic.
        at_ms: when the rows became known, epoch ms.
        rows: facts of every row that may be taken, to load what they touch.

    `changes` holds (action, patient id, fields written) for the audit.
    """

    def __init__(self, connection: Connection, clinic_id: int, at_ms: int, rows: Sequence[Facts]) -> None:
        self.connection = connection
        self.clinic_id = clinic_id
        self.at_ms = at_ms
        self.todo = Todo()
        self.changes: list[tuple[str, int, dict[str, object]]] = []
        self._search: list[Row] = []
        self._by_id: dict[int, Known] = {}
        self._by_external: dict[str, int] = {}
        self._on_number: dict[str, set[int]] = {}
        self._old_ids: dict[str, int] = {}
        self._load(rows)

    def _load(self, rows: Sequence[Facts]) -> None:
        external_ids = sorted({row.external_id for row in rows if row.external_id})
        numbers = sorted({number.e164 for row in rows for number in row.phones})
        found = patients.by_external_ids(self.connection, self.clinic_id, external_ids)
        holders = patients.on_numbers(self.connection, self.clinic_id, numbers)
        # An id of a record that was merged means the person who goes on.
        self._old_ids = {
            text: int(row["merged_into"]) for text, row in found.items() if row["merged_into"] is not None
        }
        ids = {int(row["id"]) for row in found.values()} | {int(row["patient_id"]) for row in holders}
        ids |= set(self._old_ids.values())
        by_id = patients.by_ids(self.connection, self.clinic_id, sorted(ids))
        self._by_id = {number: Known(row) for number, row in by_id.items()}
        self._by_external = {
            str(known.row["external_id"]): number
            for number, known in self._by_id.items()
            if known.row["external_id"]
        } | self._old_ids
        for row in patients.numbers_of(self.connection, self.clinic_id, sorted(ids)):
            patient_id, e164 = int(row["patient_id"]), str(row["e164"])
            if row["contact_person_id"] is None:
                self._by_id[patient_id].phones[e164] = str(row["status"])
            if row["status"] != PhoneStatus.DEAD:
                self._on_number.setdefault(e164, set()).add(patient_id)
        for row in treatments.of_patients(self.connection, self.clinic_id, sorted(ids)):
            self._by_id[int(row["patient_id"])].treatments.append(row)
        for row in treatments.visits_of(self.connection, self.clinic_id, sorted(ids)):
            self._by_id[int(row["patient_id"])].visits.append(row)

    def take(self, facts: Facts) -> Taken:
        """Take one row.

        Args: facts, of a row that no rule of its own refuses.
        Returns: what it did. id_conflict writes nothing: the id is somebody's with another name and number.
        """
        known = self._find(facts)
        old = facts.external_id in self._old_ids
        if known is not None and facts.external_id and (old or known.row["external_id"] == facts.external_id):
            same_name = names.fold(str(known.row["name"])) == names.fold(facts.name)
            if not same_name and not any(number.e164 in known.phones for number in facts.phones):
                return Taken(CONFLICT)
        cautions: list[Caution] = []
        if known is None:
            known = self._add(facts)
            self._care(known, facts)
            return Taken(ACCEPTED, known.id, tuple(cautions))
        changed = self._change(known, facts, cautions)
        added = self._care(known, facts)
        outcome = ACCEPTED if added == "added" else UPDATED if changed or added == "changed" else UNCHANGED
        return Taken(outcome, known.id, tuple(cautions))

    def finish(self) -> Todo:
        """Write the collected search keys; returns what has to be planned."""
        search.add_rows(self.connection, self._search)
        self._search = []
        return self.todo

    def _find(self, facts: Facts) -> Known | None:
        """The row's patient: by the clinic's id, else somebody without one who has the same name and
        number.
        """
        if facts.external_id and facts.external_id in self._by_external:
            return self._by_id[self._by_external[facts.external_id]]
        folded = names.fold(facts.name)
        holders = {holder for number in facts.phones for holder in self._on_number.get(number.e164, ())}
        for patient_id in sorted(holders):
            known = self._by_id[patient_id]
            free = not (facts.external_id and known.row["external_id"])
            own = any(number.e164 in known.phones for number in facts.phones)
            if free and own and names.fold(str(known.row["name"])) == folded:
                return known
        return None

    def _add(self, facts: Facts) -> Known:
        row = patients.add(
            self.connection,
            self.clinic_id,
            {
                "external_id": facts.external_id,
                "name": facts.name,
                "pinyin": names.pinyin(facts.name[:40]),
                "sex": facts.sex,
                "born_on": facts.born_on,
                "member_tier": facts.member_tier,
                "language": Language.ZH,
                "consultant": facts.consultant,
                "notes": facts.notes,
            },
            self.at_ms,
        )
        known = Known(row)
        self._by_id[known.id] = known
        if facts.external_id:
            self._by_external[facts.external_id] = known.id
        for rank, number in enumerate(facts.phones, start=1):
            patients.add_number(
                self.connection, self.clinic_id, known.id, number.e164, number.kind, rank, self.at_ms
            )
            known.phones[number.e164] = PhoneStatus.LIVE
        self._share(known, (number.e164 for number in facts.phones))
        keys = search_keys(facts.name, known.phones)
        self._search += search.key_rows(self.clinic_id, known.id, keys)
        self.changes.append(("patient.add", known.id, {"external_id": facts.external_id, "name": facts.name}))
        return known

    def _share(self, known: Known, numbers: Iterable[str]) -> None:
        """Join the contact groups of everybody on the patient's numbers."""
        for e164 in numbers:
            holders = self._on_number.setdefault(e164, set())
            holders.add(known.id)
            if len(holders) > 1:
                patients.join_groups(self.connection, self.clinic_id, holders)

    def _change(self, known: Known, facts: Facts, cautions: list[Caution]) -> bool:
        """Write what the row says otherwise; an empty cell says nothing."""
        said = {
            "external_id": None if facts.external_id in self._old_ids else facts.external_id,
            "sex": facts.sex,
            "born_on": facts.born_on,
            "member_tier": facts.member_tier,
            "consultant": facts.consultant,
            "notes": facts.notes,
        }
        values: dict[str, object] = {}
        for column, value in said.items():
            stored = day(known.row[column]) if column == "born_on" else known.row[column]
            if value is not None and value != stored:
                values[column] = value
        if "born_on" in values and known.row["born_on"] is not None:
            cautions.append(Caution("born_changed", "born_on"))
        # The old record's spelling of the name is not the one that stays.
        renamed = facts.external_id not in self._old_ids and names.fold(str(known.row["name"])) != names.fold(
            facts.name
        )
        if renamed:
            values |= {"name": facts.name, "pinyin": names.pinyin(facts.name[:40])}
            cautions.append(Caution("name_changed", "name"))
        if values:
            patients.change(self.connection, self.clinic_id, known.id, values, self.at_ms)
            known.row.update(values)
            if facts.external_id:
                self._by_external[facts.external_id] = known.id
        fresh = [number for number in facts.phones if number.e164 not in known.phones]
        for number in fresh:
            patients.add_number(
                self.connection, self.clinic_id, known.id, number.e164, number.kind, 99, self.at_ms
            )
            known.phones[number.e164] = PhoneStatus.LIVE
        if fresh:
            first = facts.phones[0].e164
            patients.rank_first(self.connection, self.clinic_id, known.id, first)
            self._share(known, (number.e164 for number in fresh))
            self.todo.patients |= {
                holder for number in fresh for holder in self._on_number.get(number.e164, ())
            }
            if facts.phones[0] in fresh:
                cautions.append(Caution("phone_changed", "phone"))
        if fresh or renamed:
            self._rewrite_keys(known)
        if values or fresh:
            numbers = {"phone": ",".join(number.e164 for number in fresh)} if fresh else {}
            self.changes.append(("patient.change", known.id, {**values, **numbers}))
        return bool(values or fresh)

    def _rewrite_keys(self, known: Known) -> None:
        # Rows of this batch's new patients are still waiting to be written.
        self._search = [row for row in self._search if row["patient_id"] != known.id]
        numbers = [
            str(row["e164"]) for row in patients.numbers_of(self.connection, self.clinic_id, [known.id])
        ]
        search.rewrite(
            self.connection, self.clinic_id, known.id, search_keys(str(known.row["name"]), numbers)
        )

    def _care(self, known: Known, facts: Facts) -> str:
        """Add or complete the row's treatment or visit: "added", "changed" or ""."""
        if facts.converted:
            return self._treatment(known, facts)
        if facts.visited_on is None:
            return ""
        return self._visit(known, facts, facts.visited_on, VisitKind.UNCONVERTED)

    def _treatment(self, known: Known, facts: Facts) -> str:
        said: dict[str, object] = {
            "surgeon": facts.surgeon,
            "anaesthesia": facts.anaesthesia,
            "implant": facts.implant,
            "stitches_on": facts.stitches_on,
            "discharge_on": facts.discharge_on,
            "inpatient": facts.inpatient or None,
        }
        same = self._same_treatment(known, facts)
        if same is not None:
            values: dict[str, object] = {}
            for column, value in said.items():
                stored = day(same[column]) if column.endswith("_on") else same[column]
                if value is not None and value != stored:
                    values[column] = value
            if not values:
                return ""
            treatments.change(self.connection, self.clinic_id, int(same["id"]), values, self.at_ms)
            same.update(values)
            if values.keys() & {"stitches_on", "discharge_on", "inpatient"}:
                self.todo.replanned.append(int(same["id"]))
            return "changed"
        visit_id = None
        if facts.visited_on is not None:
            self._visit(known, facts, facts.visited_on, VisitKind.CONVERTED)
            visit_id = next(
                int(row["id"])
                for row in known.visits
                if row["kind"] == VisitKind.CONVERTED and day(row["visited_on"]) == facts.visited_on
            )
        row: Row = {
            "patient_id": known.id,
            "visit_id": visit_id,
            "procedure": facts.procedure,
            "site": facts.site,
            "performed_on": facts.performed_on,
            **{column: value for column, value in said.items() if column != "inpatient"},
            "inpatient": facts.inpatient,
        }
        row["id"] = treatments.add(self.connection, self.clinic_id, row, self.at_ms)
        known.treatments.append(row)
        self.todo.treatments.append(int(row["id"]))
        return "added"

    def _same_treatment(self, known: Known, facts: Facts) -> Row | None:
        """The stored treatment of this procedure and day. A row without a site means any site of that day."""
        for row in known.treatments:
            performed: date | None = day(row["performed_on"])
            if row["procedure"] == facts.procedure and performed == facts.performed_on:
                if not facts.site or facts.site == row["site"]:
                    return row
                if not row["site"]:
                    values: dict[str, object] = {"site": facts.site}
                    treatments.change(self.connection, self.clinic_id, int(row["id"]), values, self.at_ms)
                    row.update(values)
                    return row
        return None

    def _visit(self, known: Known, facts: Facts, visited_on: date, kind: VisitKind) -> str:
        for row in known.visits:
            if row["kind"] == kind and day(row["visited_on"]) == visited_on:
                said = {
                    "interest": facts.interest,
                    "interest_procedure": facts.interest_procedure,
                    "consultant": facts.consultant,
                }
                values = {
                    column: value
                    for column, value in said.items()
                    if value is not None and value != row[column]
                }
                if not values:
                    return ""
                treatments.change_visit(self.connection, self.clinic_id, int(row["id"]), values)
                row.update(values)
                return "changed"
        said = {
            "interest": facts.interest,
            "interest_procedure": facts.interest_procedure,
            "consultant": facts.consultant,
        }
        visit_id = treatments.add_visit(
            self.connection, self.clinic_id, known.id, visited_on, kind, self.at_ms, **said
        )
        known.visits.append(
            {"id": visit_id, "patient_id": known.id, "visited_on": visited_on, "kind": kind, **said}
        )
        if kind is VisitKind.UNCONVERTED:
            self.todo.visits.append(visit_id)
        return "added"
