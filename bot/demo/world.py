"""Who works at Northmere, the invented hospital of the demo, and what is planted in whose figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TOP_UNIT = "Northmere Medicine"
WARDS = ("Ash Ward", "Beech Ward", "Cedar Ward", "Willow Ward")
PHYSICIANS = "Physicians"
PALLIATIVE = "Palliative care physicians"
ANALYST, ADMINISTRATOR, COACH, APPROVER = "Yusuf Rahman", "Helen Whitworth", "Grace Mensah", "Isla Fraser"
SECOND_COACH = "Callum Reid"


class Plant(StrEnum):
    """What is planted for one clinician: a kind of digest, or a reason for none."""

    TOP = "top"
    GAIN = "gain"
    LOSS = "loss"
    GAP = "gap"
    NEAR = "near"
    STEADY = "steady"
    QUIET = "quiet"
    TOO_FEW = "too_few"
    SMALL_GROUP = "small_group"
    CASES = "cases"
    ON_LEAVE = "on_leave"
    STARTER = "starter"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Planted:
    """One clinician's planted story; `measure` is None where it holds for all of them."""

    clinician_code: str
    email: str
    name: str
    type: Plant
    measure: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Person:
    """One row of people.csv."""

    name: str
    profession: str
    grade: str
    unit: str
    peer_group: str = ""
    clinician_code: str = ""

    @property
    def email(self) -> str:
        """The address, made from the name: plain ASCII, at a domain that cannot exist."""
        local = self.name.lower().replace(" ", ".").replace("'", "")
        return f"{local}@rounds.example"


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of units.csv; people by name."""

    name: str
    parent: str
    channel: str
    leader: str
    deputy: str
    manager: str


# Codes are given in this order: C01 to C24, six to a ward. The last three are the palliative care physicians.
CONSULTANTS = (
    "Amara Okafor", "James Hartley", "Priya Nair", "Catrin Morgan", "Daniel Osei", "Fiona Galbraith",
    "Samuel Adeniyi", "Rebecca Thornton", "Imran Siddiqui", "Eleanor Blake", "Mateusz Nowak", "Siobhan Kelly",
    "Arjun Mehta", "Hannah Goldberg", "Kwame Boateng", "Lucy Fairbairn", "Ravi Jayasuriya", "Joanna Kowal",
    "Farah Hussain", "Gareth Bevan", "Mei Lin Chan", "Thomas Ainsworth", "Nkechi Eze", "Alice Penrose",
)  # fmt: skip

# One unit's own pair and deputy; a ward's deputy is a consultant whose figures are in the data as well.
UNITS = (
    Unit(TOP_UNIT, "", "#northmere-medicine", "Ruth Adeyemi", "Margaret Lowe", "Peter Standish"),
    Unit("Ash Ward", TOP_UNIT, "#ward-ash", "David Llewellyn", "James Hartley", "Blessing Afolabi"),
    Unit("Beech Ward", TOP_UNIT, "#ward-beech", "Owen Pritchard", "Samuel Adeniyi", "Karen Mulholland"),
    Unit("Cedar Ward", TOP_UNIT, "#ward-cedar", "Tomasz Zielinski", "Arjun Mehta", "Denise Campbell"),
    Unit("Willow Ward", TOP_UNIT, "#ward-willow", "Meera Pillai", "Farah Hussain", "Rosa Fernandes"),
)

# name, profession, grade, unit
STAFF = (
    ("Ruth Adeyemi", "doctor", "consultant", TOP_UNIT),
    ("Margaret Lowe", "nurse", "deputy chief nurse", TOP_UNIT),
    ("Peter Standish", "manager", "", TOP_UNIT),
    (ANALYST, "analyst", "", TOP_UNIT),
    (ADMINISTRATOR, "administrator", "", TOP_UNIT),
    (COACH, "improvement coach", "", TOP_UNIT),
    (APPROVER, "pharmacist", "", TOP_UNIT),
    (SECOND_COACH, "pharmacist", "", TOP_UNIT),
    ("David Llewellyn", "doctor", "consultant", "Ash Ward"),
    ("Blessing Afolabi", "nurse", "ward manager", "Ash Ward"),
    ("Chloe Sanderson", "doctor", "doctor in training", "Ash Ward"),
    ("Maria Santos", "nurse", "", "Ash Ward"),
    ("Jack Turnbull", "nurse", "", "Ash Ward"),
    ("Sunita Gurung", "nurse", "", "Ash Ward"),
    ("Lewis Armstrong", "physiotherapist", "", "Ash Ward"),
    ("Pauline Dobson", "ward clerk", "", "Ash Ward"),
    ("Owen Pritchard", "doctor", "consultant", "Beech Ward"),
    ("Karen Mulholland", "nurse", "ward manager", "Beech Ward"),
    ("Oluwaseun Balogun", "doctor", "doctor in training", "Beech Ward"),
    ("Emma Lockwood", "nurse", "", "Beech Ward"),
    ("Jerome Baptiste", "nurse", "", "Beech Ward"),
    ("Aileen Dela Cruz", "nurse", "", "Beech Ward"),
    ("Harriet Moss", "occupational therapist", "", "Beech Ward"),
    ("Trevor Hinds", "ward clerk", "", "Beech Ward"),
    ("Tomasz Zielinski", "doctor", "consultant", "Cedar Ward"),
    ("Denise Campbell", "nurse", "ward manager", "Cedar Ward"),
    ("Zara Malik", "doctor", "doctor in training", "Cedar Ward"),
    ("Niamh Doyle", "nurse", "", "Cedar Ward"),
    ("Joseph Varghese", "nurse", "", "Cedar Ward"),
    ("Tendai Moyo", "nurse", "", "Cedar Ward"),
    ("Ben Ashworth", "physiotherapist", "", "Cedar Ward"),
    ("Sheila Partridge", "ward clerk", "", "Cedar Ward"),
    ("Meera Pillai", "doctor", "consultant", "Willow Ward"),
    ("Rosa Fernandes", "nurse", "ward manager", "Willow Ward"),
    ("Angus McAllister", "doctor", "doctor in training", "Willow Ward"),
    ("Abigail Quaye", "nurse", "", "Willow Ward"),
    ("Liam Brennan", "nurse", "", "Willow Ward"),
    ("Soo Jin Park", "nurse", "", "Willow Ward"),
    ("Georgia Nicolaou", "dietitian", "", "Willow Ward"),
    ("Winston Clarke", "ward clerk", "", "Willow Ward"),
)  # fmt: skip

# email's person, role, unit; an administrator's is the whole installation
ROLES = (
    (ANALYST, "analyst", TOP_UNIT),
    (ADMINISTRATOR, "administrator", ""),
    (COACH, "coach", TOP_UNIT),
    (SECOND_COACH, "coach", TOP_UNIT),
    (APPROVER, "approver", TOP_UNIT),
)

# clinician code, what is planted, in which measure, and the fact in words
_CAST: tuple[tuple[str, Plant, str | None, str], ...] = (
    ("C01", Plant.GAIN, "discharge-letter", "More letters leave in time, over the last seven weeks."),
    ("C03", Plant.TOP, "antibiotic-review", "One of those who set the benchmark."),
    ("C04", Plant.ON_LEAVE, None, "Away since three weeks before the end; the clinic lists stay."),
    ("C05", Plant.STEADY, None, "Close to the middle on every measure, all year."),
    ("C06", Plant.TOO_FEW, None, "Works a few hours a month: too few cases on every measure."),
    ("C08", Plant.GAP, "antibiotic-review", "Fewer reviews than colleagues, all year."),
    ("C09", Plant.NEAR, "hba1c-checked", "Within a quarter of the way from the median to the benchmark."),
    ("C10", Plant.LOSS, "clot-risk", "Fewer assessments in time over the last seven weeks."),
    ("C11", Plant.STARTER, None, "Joined four weeks before the end: own counts only."),
    ("C14", Plant.GAP, "broad-spectrum", "More broad-spectrum courses than colleagues, all year."),
    ("C15", Plant.GAIN, "blood-pressure", "More patients in range over the last seven weeks."),
    ("C16", Plant.NO_DATA, None, "In the peer group; no observation at all."),
    ("C17", Plant.LOSS, "first-review", "Longer waits over the last seven weeks."),
    ("C20", Plant.TOP, "discharge-letter", "One of those who set the benchmark."),
    ("C21", Plant.QUIET, None, "Nothing to tell, this week or the week before: quiet after a first digest."),
    ("C22", Plant.SMALL_GROUP, None, "One of three palliative care physicians: no comparison."),
    ("C23", Plant.CASES, "falls", "A palliative care physician with few cases: each is told, none compared."),
    ("C24", Plant.SMALL_GROUP, None, "One of three palliative care physicians: no comparison."),
)  # fmt: skip

# The colleagues without a story: they take turns at setting the benchmark.
ORDINARY = ("C02", "C07", "C12", "C13", "C18", "C19")
# Changed wards half a year ago, within the same peer group: the figures go on without a break.
MOVED, MOVED_FROM = "C18", "Ash Ward"
# Run a clinic with a colleague, so that their lists have half patients.
SHARED_CLINIC = ("C02", "C13")


def clinicians() -> tuple[Person, ...]:
    """The 24 whose figures are in the data, in the order of their codes."""
    people = []
    for index, name in enumerate(CONSULTANTS):
        group = PALLIATIVE if index >= 21 else PHYSICIANS
        people.append(Person(name, "doctor", "consultant", WARDS[index // 6], group, f"C{index + 1:02d}"))
    return tuple(people)


def everybody() -> tuple[Person, ...]:
    """All 64 people: leaders and staff first, then the clinicians."""
    return (*(Person(*row) for row in STAFF), *clinicians())


def planted() -> tuple[Planted, ...]:
    """All planted stories, in the order of clinician codes."""
    by_code = {person.clinician_code: person for person in clinicians()}
    return tuple(
        Planted(code, by_code[code].email, by_code[code].name, plant, measure, sentence)
        for code, plant, measure, sentence in _CAST
    )
