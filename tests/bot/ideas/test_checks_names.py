"""Text that names a colleague, or tells a patient's details, is given back with a sentence that helps."""

from __future__ import annotations

import time

import pytest

from bot.ideas.checking.checks import names_somebody, refuse_text
from storage.engine import Database
from storage.people import Person

NAMES = ["Priya Shah", "Tom O’Brien", "Élodie Van Dijk", "Dr Amara Okafor", "Jo Lee-Smith", "Percent_ Under%"]


@pytest.fixture
def staffed(database: Database) -> Database:
    """A hospital of some people on each kind of database."""
    with database.write() as session:
        session.add_all(Person(email=f"p{n}@example.org", name=name) for n, name in enumerate(NAMES))
    return database


NAMED = """
Priya Shah always has the keys
ask priya shah where it is
it was Priya Shah's idea
Tom O'Brien and TOM O’BRIEN
élodie van dijk could teach it
Élodie Van Dijk could teach it
Sister Okafor keeps the list
nurse okafor knows
matron Shah
Dr Whoever on nights
Prof. Strange's list
Jo Lee-Smith, please
<@U0123ABCD> can do it
<@U0123ABCD|priya> can do it
<!subteam^S0123ABCD|@night-team> please
""".strip().splitlines()

UNNAMED = """
the ward sister and the matron's office
nurse call in bay 2, doctor on call, Dr and nurse together
Shah Street car park, Priya the cat
a nurse who knows the list, sister ward, DR PLAN
a Foley catheter, a Waterlow score, Parkinson's nurse, Zimmer frame
write to the night coordinator
consultant led ward round
100% under_ 5%
<https://example.org|a link>
""".strip().splitlines()


@pytest.mark.parametrize("text", NAMED)
def test_a_colleague_is_noticed_by_mention_full_name_or_title(staffed: Database, text: str) -> None:
    with staffed.read() as session:
        said = names_somebody(session, text)
        assert said is not None
        assert "the role rather than a colleague's name" in said
        assert refuse_text(session, text) == said
        assert refuse_text(session, text, names=False) is None


@pytest.mark.parametrize("text", UNNAMED)
def test_roles_places_and_eponyms_may_stand(staffed: Database, text: str) -> None:
    with staffed.read() as session:
        assert refuse_text(session, text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bed 4, 943 476 5919", "This looks like an NHS number (…919)."),
        ("MRN A123456", "This looks like a hospital record number (…456)."),
        ("DOB 12/03/1948", "This looks like a date of birth (…948)."),
        ("ring 07700 900123", "This looks like a telephone number (…123)."),
        ("to jo@example.org", "This looks like an email address (…org)."),
        ("Mrs Jones fell", "This looks like somebody's name (“Mrs Jones”)."),
        ("SSN 123-45-6789", "This looks like a social security number (…789)."),
        ("CHI 0101451237", "This looks like a CHI number (…237)."),
    ],
)
def test_what_was_seen_is_said_with_what_to_do(sqlite: Database, text: str, said: str) -> None:
    with sqlite.read() as session:
        refused = refuse_text(session, text, names=False)
    assert refused is not None
    assert refused.startswith(said)
    assert "Please take it out" in refused
    assert refused.endswith("Your text is still in the form.")
    assert len(refused) < 300


def test_twenty_thousand_people_are_no_hindrance(sqlite: Database) -> None:
    with sqlite.write() as session:
        session.add_all(
            Person(email=f"p{n}@example.org", name=f"Ann{as_letters(n % 97)} Shah{as_letters(n)}")
            for n in range(20_000)
        )
    sentence = "We could ask the night coordinator and sister whoever to keep a spare scanner on Ward 4. "
    took = []
    for text in (sentence, (sentence * 40)[:3000], sentence + "ask annh shahbae"):
        with sqlite.read() as session:
            began = time.thread_time()
            said = refuse_text(session, text)
            took.append(time.thread_time() - began)
        assert (said is not None) == text.endswith("bae")
    # About 0.02 s, of the processor: this machine may be busy.
    assert min(took) < 0.1


def as_letters(number: int) -> str:
    """A number in letters: a name holds no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
