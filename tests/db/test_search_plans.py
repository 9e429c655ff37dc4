"""Every way to search reads a short stretch of one index, however many patients there are and share a name."""

from __future__ import annotations

from console.desk import incoming, patients
from tests.clinic import SampleClinic
from tests.db.conftest import FEW, MANY, NOW
from tests.db.large import COMMON, RARE
from tests.db.plans import heard, scans, settled_cost
from tests.db.test_queue_plans import GROWTH

MORE_KINDS = 4
"""Statements more than a name needs, of letters that may be pinyin, initials or a name."""

SHAPES = {
    "one character": "王",
    "one character inside": "丽",
    "two characters one patient in twenty has": COMMON,
    "two characters one in twenty begins with": "王小",
    "three characters, both pairs common, one patient": RARE,
    "three characters, both pairs common, nobody": "丽王小",
    "more characters than a key": "王小丽" * 8,
    "pinyin, one letter": "w",
    "pinyin": "wangxiao",
    "initials": "wx",
    "three digits": "400",
    "eleven digits": "13100007400",
    "digits nobody has": "99999999",
    "record id": "P199",
    "nothing": "%",
}


def look(clinic: SampleClinic, text: str) -> int:
    """Both places that search: finding a person, and answering the telephone."""
    incoming.candidates(clinic.seat(), text, NOW)
    return find(clinic, text)


def find(clinic: SampleClinic, text: str) -> int:
    """How many are found."""
    return len(patients.find(clinic.seat(), text, NOW))


def test_a_search_scans_nothing(many: SampleClinic) -> None:
    for shape, text in SHAPES.items():
        with heard(many.database) as spoken:
            look(many, text)
        assert len(spoken) >= 2, shape
        assert scans(many.database, spoken) == "", shape


def test_a_search_costs_no_more_with_a_hundred_times_the_patients(
    few: SampleClinic, many: SampleClinic
) -> None:
    full = settled_cost(few, lambda one: find(one, "李"))
    for shape, text in SHAPES.items():
        small, large = (settled_cost(clinic, lambda one: find(one, text)) for clinic in (few, many))  # noqa: B023
        # Where few have fewer than a screenful of such names, a full screen is the measure.
        assert large.statements <= max(small.statements, full.statements) + MORE_KINDS, shape
        assert 0 < large.work <= max(small.work, full.work) * GROWTH, (shape, small, full, large)


def test_all_of_them_find_somebody_among_so_many(many: SampleClinic) -> None:
    for shape, text in SHAPES.items():
        expected = {"nobody", "nobody has", "than a key", "nothing"}
        assert (look(many, text) > 0) != any(shape.endswith(word) for word in expected), shape


def test_a_rare_name_of_common_halves_is_found(many: SampleClinic) -> None:
    rows = many.rows("SELECT id FROM patient WHERE id IN (:last, :first)", last=MANY, first=FEW)
    assert len(rows) == 2
    assert [line.patient_id for line in patients.find(many.seat(), RARE, NOW)] == [MANY]
    (by_number,) = patients.find(many.seat(), "13100007400", NOW)
    assert many.rows("SELECT e164 FROM phone WHERE patient_id = :p", p=by_number.patient_id) == [
        {"e164": "+8613100007400"}
    ]


def test_twenty_of_ten_thousand_are_given(many: SampleClinic) -> None:
    shared = many.rows(f"SELECT COUNT(*) AS n FROM patient WHERE name LIKE '%{COMMON}'")[0]["n"]
    assert int(str(shared)) >= MANY // 20
    assert look(many, COMMON) == look(many, "王小") == 20
