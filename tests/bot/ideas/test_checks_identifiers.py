"""Patient identifiers are found however they are written; what wards write every day is left alone (I15)."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.gb import nhs

from bot.ideas.checking.identifiers import Found, find_identifiers, normalise

# Made up: test numbers, Ofcom's numbers for drama, reserved domains.
FOUND = [
    ("nhs_number", "943 476 5919"),
    ("nhs_number", "943-476-5919"),
    ("nhs_number", "9434765919"),
    ("nhs_number", "９４３ ４７６ ５９１９"),
    ("nhs_number", "943\u00a0476\u20095919"),
    ("nhs_number", "943\u200b476\u200b5919"),
    ("nhs_number", "943–476—5919"),
    ("nhs_number", "٩٤٣٤٧٦٥٩١٩"),
    ("nhs_number", "9.4.3.4.7.6.5.9.1.9"),
    ("nhs_number", "94 34 76 59 19"),
    ("chi_number", "010145 1237"),
    ("chi_number", "0101451237"),
    ("record_number", "NHS number 943 476 5918"),
    ("ssn", "123-45-6789"),
    ("ssn", "SSN: 123 45 6789"),
    ("ssn", "social security number is 123456789"),
    ("record_number", "MRN: A123456"),
    ("record_number", "mrn 00123456"),
    ("record_number", "hospital number 1234567"),
    ("record_number", "Hosp. no. K12345"),
    ("record_number", "patient ID 99-12-345"),
    ("record_number", "unit number RX 123456"),
    ("record_number", "casenote no 123 456"),
    ("birth_date", "DOB 12/03/1948"),
    ("birth_date", "d.o.b. 1.2.48"),
    ("birth_date", "born on 12 March 1948"),
    ("birth_date", "born March 12, 1948"),
    ("birth_date", "date of birth is 1948-03-12"),
    ("birth_date", "Date of birth: 3rd of May 1951"),
    ("phone", "07700 900123"),
    ("phone", "07700 900 123"),
    ("phone", "+44 7700 900123"),
    ("phone", "+44 (0)7700 900123"),
    ("phone", "0044 7700 900123"),
    ("phone", "020 7946 0958"),
    ("phone", "(0117) 496 0123"),
    ("phone", "01632 960 123"),
    ("phone", "(415) 555-2671"),
    ("phone", "+1 415-555-2672"),
    ("phone", "415-555-2672"),
    ("phone", "+49 30 901820"),
    ("phone", "ring 415 555 2672"),
    ("email", "jo.bloggs@example.org"),
    ("email", "JO_B+ward@mail.example.co.uk"),
    ("name", "Mr Smith"),
    ("name", "mrs jones"),
    ("name", "MRS PATEL"),
    ("name", "Mrs O’Brien"),
    ("name", "Ms. van Dijk"),
    ("name", "Margaret in bed 12"),
    ("name", "bed 4 (John Smith)"),
    ("name", "Mary Brown, bay 3"),
    ("name", "a patient called Ali Khan"),
]

LEFT_ALONE = """
500 mg 4 times a day, then 250 mg twice
1 g IV 8 hourly, 10 000 units at 18:00
enoxaparin 40 mg, 1.5 mg/kg, 0.9 % saline 1000 ml over 8 hours
08:00 – 16:00 and 20:00-08:15
0730-1530, 1330-2130 and 2100-0745
meeting on 12/11/2026 at 10:30 in room 3.14
from 2026-11-22 08:30 to 2026-11-29 17:00
12-11-2026 08
between 1/4/2026 and 31/3/2027 we had 12 falls, 14 in 2025
ext 4567 or bleep 1234, ring 2222 for a crash call
call 111, 0300 123 1234 or 0800 555 111
bay 2 beds 7, 8, 9 and 10; ward 14; side room 3
beds 1-4 and 5-12, 2 nurses, 3 HCAs, 28 patients
1000000 gloves a year, 1 000 000 aprons, £1,250,000
BP 120/80 110/70 100/60, pulse 88, sats 94 %, temp 36.5 37.2 38.1
NEWS2 of 5 or more, GCS 15/15, Waterlow 20+
version 12.3.4 of the form, ISO 9001, BS EN 60601-1
unit number 4, hospital number stickers, patient numbers 2024 2025 2026
the MR scan list, mr scanner door, Miss Monday's handover
Monitor in bed 12 beeps, Bed 4 Nurse call is broken, Hoist in bay 2
Dr and nurse together, Sister's office, the Matron
born in the car park, a birthday card in room 4
Mr or Mrs on the board, MS patients, Ms clinic
NHS 75, CHI square test, SSN is not asked for
£20.50 x 12 = £246.00; 3 x 4 x 5; 1/3 of 120
@ward-4 in the morning, look @ the board, 5 @ 10
06:00 12:00 18:00 22:00
dial 9 then the number, press 1 2 3
PO2 10.5 PCO2 5.3 pH 7.35 HCO3 24 lactate 1.2
""".strip().splitlines()


@pytest.mark.parametrize(("kind", "text"), FOUND)
@pytest.mark.parametrize(
    "around", ["{}", "Please put {} on the board.", "We rang ({}), twice", "🙂 {}\nbed 4"]
)
def test_an_identifier_is_found_wherever_it_stands(kind: str, text: str, around: str) -> None:
    typed = around.format(text)
    found = find_identifiers(typed)
    assert kind in {one.kind for one in found}, typed
    assert all(typed[one.start : one.end].strip() and one.end <= len(typed) for one in found)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_wards_write_every_day_is_left_alone(text: str) -> None:
    assert [(one.kind, text[one.start : one.end]) for one in find_identifiers(text)] == []


@st.composite
def nhs_numbers(draw: st.DrawFn) -> str:
    """A number as issued in England, Wales, Man and Northern Ireland, or for tests, with its check digit."""
    first = draw(st.sampled_from(["32", "35", "39", *(f"{a}{b}" for a in "4679" for b in range(10))]))
    number = first + draw(st.text("0123456789", min_size=7, max_size=7))
    check = (11 - sum(int(digit) * (10 - place) for place, digit in enumerate(number)) % 11) % 11
    assume(check < 10)
    assert nhs.is_valid(f"{number}{check}")
    return f"{number}{check}"


SEPARATORS = ["", "", "", " ", "-", "\u00a0", "\u2009", "\u200b", "–", "\u2011", ".", " - "]


@settings(max_examples=200)
@given(
    number=nhs_numbers(),
    separators=st.lists(st.sampled_from(SEPARATORS), min_size=9, max_size=9),
    wide=st.booleans(),
    around=st.sampled_from(["{}", "NHS no: {}", "ask {} again", "bed 12, {}.", "({})", "patient\n{}\nward"]),
)
def test_every_valid_nhs_number_is_found_in_any_spacing(
    number: str, separators: list[str], wide: bool, around: str
) -> None:
    digits = [chr(ord(d) + 0xFEE0) if wide else d for d in number]
    typed = "".join(d + s for d, s in zip(digits, [*separators, ""], strict=True))
    found = find_identifiers(around.format(typed))
    # A US telephone number can look the same; whatever it is called, it is caught.
    assert len(found) == 1
    text = around.format(typed)
    assert typed in text[found[0].start : found[0].end + 1] or found[0].kind == "phone"


_WORDS = """bed bay ward room bleep ext patient nurse doctor at on from to and the every hourly daily twice
before after handover round drugs board list chart morning night week falls sepsis tea Monday Friday team
we need more fewer please move put label Ward Bay Sister Physio Pharmacy"""
words = st.sampled_from(_WORDS.split())
quantities = st.one_of(
    st.builds("{} mg".format, st.sampled_from([1, 2.5, 5, 10, 250, 500, 1000])),
    st.builds("{} ml/h".format, st.integers(1, 250)),
    st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45])),
    st.builds(
        "{:02}{:02}-{:02}{:02}".format, st.integers(0, 23), st.just(30), st.integers(0, 23), st.just(0)
    ),
    st.builds("{}/{}/{}".format, st.integers(1, 31), st.integers(1, 12), st.integers(2020, 2030)),
    st.builds("{}-{:02}-{:02}".format, st.integers(2020, 2030), st.integers(1, 12), st.integers(1, 28)),
    st.builds("bed {}".format, st.integers(1, 40)),
    st.builds("ward {}{}".format, st.integers(1, 40), st.sampled_from(["", "A", "B"])),
    st.builds("ext {}".format, st.integers(1000, 99999)),
    st.builds("bleep {:04}".format, st.integers(0, 9999)),
    st.builds("{} %".format, st.integers(0, 100)),
    st.builds("£{}".format, st.integers(1, 100000)),
    st.builds("{}/{}".format, st.integers(60, 200), st.integers(40, 110)),
)


@settings(max_examples=300)
@given(parts=st.lists(st.tuples(words, quantities), max_size=30))
def test_prose_of_wards_doses_and_times_holds_no_identifier(parts: list[tuple[str, str]]) -> None:
    text = ", ".join(f"{word} {quantity}" for word, quantity in parts)
    assert [(one.kind, text[one.start : one.end]) for one in find_identifiers(text)] == []


@settings(max_examples=300)
@given(text=st.text(max_size=300))
def test_whatever_is_typed_places_are_inside_the_text_and_in_order(text: str) -> None:
    plain, places = normalise(text)
    assert len(plain) == len(places)
    found = find_identifiers(text)
    assert found == sorted(found, key=lambda one: one.start)
    assert all(isinstance(one, Found) and 0 <= one.start < one.end <= len(text) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 1500,
        "9434765918 " * 270,
        "a@" * 1500,
        "Mr " * 1000,
        "bed 4 " * 500,
        "07700 " * 500,
        "-" * 3000,
        "+1" * 1500,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    find_identifiers(text[:3000])
    assert time.perf_counter() - began < 1.0
