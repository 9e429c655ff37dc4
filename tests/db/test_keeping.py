"""Idempotency keys and drafts, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from db import drafts, idempotency
from db.connect import unit_of_work
from db.enums import DraftStatus
from db.errors import Conflict, StaleLease
from tests.clinic import SampleClinic


def _contact(clinic: SampleClinic, login: str = "li") -> tuple[int, int]:
    """A contact group and a contact in it."""
    seat = clinic.seat(login)
    with unit_of_work(clinic.database) as connection:
        group_id = connection.insert("contact_group", {"clinic_id": clinic.clinic_id, "created_at": 1})
        contact_id = connection.insert(
            "contact",
            {
                "clinic_id": clinic.clinic_id,
                "group_id": group_id,
                "staff_id": seat.staff_id,
                "seat_id": seat.seat_id,
                "started_at": 1,
            },
        )
    return group_id, contact_id


def _keep(clinic: SampleClinic, group_id: int, contact_id: int, text: str, login: str = "li") -> int:
    with unit_of_work(clinic.database) as connection:
        return drafts.keep(
            connection,
            clinic_id=clinic.clinic_id,
            staff_id=clinic.staff_ids[login],
            contact_id=contact_id,
            patient_id=None,
            group_id=group_id,
            lease_token=2**62,
            document=text,
            now=clinic.now,
        )


def test_a_repeated_save_finds_the_first(clinic: SampleClinic) -> None:
    with unit_of_work(clinic.database) as connection:
        assert idempotency.find(connection, clinic.clinic_id, "k") is None
        idempotency.remember(connection, clinic.clinic_id, "k", "call", 41, clinic.now)
    with unit_of_work(clinic.database) as connection:
        assert idempotency.find(connection, clinic.clinic_id, "k") == 41
        assert idempotency.find(connection, clinic.clinic_id, "other") is None
    with pytest.raises(Conflict), unit_of_work(clinic.database) as connection:
        idempotency.remember(connection, clinic.clinic_id, "k", "call", 42, clinic.now)


def test_a_failed_save_leaves_no_key(clinic: SampleClinic) -> None:
    with pytest.raises(KeyError), unit_of_work(clinic.database) as connection:
        idempotency.remember(connection, clinic.clinic_id, "k", "call", 41, clinic.now)
        raise KeyError
    with unit_of_work(clinic.database) as connection:
        assert idempotency.find(connection, clinic.clinic_id, "k") is None


def test_eight_saves_of_one_form_at_once_make_one_record(clinic: SampleClinic) -> None:
    results: list[int] = []

    def save() -> None:
        with unit_of_work(clinic.database) as connection:
            found = idempotency.find(connection, clinic.clinic_id, "k")
            if found is None:
                found = connection.insert("contact_group", {"clinic_id": clinic.clinic_id, "created_at": 1})
                idempotency.remember(connection, clinic.clinic_id, "k", "group", found, clinic.now)
        results.append(found)
        clinic.database.connection().close()

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 8
    assert len(set(results)) == 1
    assert clinic.count("contact_group") == 1


def test_a_draft_is_kept_replaced_and_found_again_by_its_owner_only(clinic: SampleClinic) -> None:
    group_id, contact_id = _contact(clinic)
    first = _keep(clinic, group_id, contact_id, '{"note": "一"}')
    assert _keep(clinic, group_id, contact_id, '{"note": "二"}') == first

    with unit_of_work(clinic.database) as connection:
        mine = drafts.mine(connection, clinic.clinic_id, clinic.staff_ids["li"])
        assert [(draft.document, draft.lease_token, draft.status) for draft in mine] == [
            ('{"note": "二"}', 2**62, DraftStatus.OPEN)
        ]
        assert drafts.mine(connection, clinic.clinic_id, clinic.staff_ids["anna"]) == ()
        assert drafts.of_contact(connection, clinic.clinic_id, contact_id) == mine[0]
        assert drafts.of_contact(connection, clinic.clinic_id, contact_id + 1) is None


def test_nobody_overwrites_a_colleagues_draft(clinic: SampleClinic) -> None:
    group_id, contact_id = _contact(clinic)
    _keep(clinic, group_id, contact_id, "{}")
    with pytest.raises(StaleLease):
        _keep(clinic, group_id, contact_id, '{"x": 1}', login="anna")
    with unit_of_work(clinic.database) as connection:
        assert not drafts.discard(
            connection, clinic.clinic_id, contact_id, clinic.staff_ids["anna"], clinic.now
        )


def test_a_late_draft_stays_on_its_owners_list_and_a_saved_one_is_closed(clinic: SampleClinic) -> None:
    group_id, contact_id = _contact(clinic)
    staff_id = clinic.staff_ids["li"]
    _keep(clinic, group_id, contact_id, "{}")
    with unit_of_work(clinic.database) as connection:
        assert drafts.mark_late(connection, clinic.clinic_id, contact_id, staff_id, clinic.now)
        assert [draft.status for draft in drafts.mine(connection, clinic.clinic_id, staff_id)] == ["late"]
        assert drafts.mark(
            connection,
            clinic.clinic_id,
            contact_id,
            staff_id,
            DraftStatus.SAVED,
            clinic.now + timedelta(seconds=1),
        )
        assert drafts.mine(connection, clinic.clinic_id, staff_id) == ()
    with pytest.raises(StaleLease):
        _keep(clinic, group_id, contact_id, "{}")
