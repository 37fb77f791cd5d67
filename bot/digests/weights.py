"""What a message is worth and what tires: every number that selection weighs with, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.digests.facts import MessageType
from storage.terms import Domain

_SURVEY = "Display-Lab: clinicians' surveyed preference, from −1.73 to +1.09 (EVIDENCE, Why)"
_ORDER = "Our judgement, in the order of DESIGN section 4: approach and gain over loss"


@dataclass(frozen=True, slots=True)
class Weight:
    """One number, what it does, and where it comes from."""

    value: float
    does: str
    source: str


WEIGHTS: Mapping[str, Weight] = {
    "near": Weight(1.09, "helps: what colleagues have reached is near", _SURVEY),
    "level": Weight(
        0.3,
        "helps: what colleagues have reached, but for less than matters",
        "Good news without anything new to do: our judgement, below the other good news",
    ),
    "gain": Weight(1.0, "helps: a gain that has lasted", _ORDER),
    "top": Weight(0.7, "helps: colleagues can learn from the reader", _ORDER),
    "gap": Weight(
        -0.5,
        "helps: outside the limits, twice running",
        "Above a loss, since feedback moves most where there is most to gain (Cochrane 2012)",
    ),
    "loss": Weight(-1.73, "helps: a lasting change the other way", _SURVEY),
    "steady": Weight(-2.0, "helps: nothing stands out", _ORDER),
    "figures": Weight(-2.0, "helps: own counts, where nothing can be compared", _ORDER),
    "cases": Weight(0.0, "helps: counts of few cases, to be read one by one", "EVIDENCE D7, our judgement"),
    "story": Weight(0.5, "helps: a case in words, and a question", "EVIDENCE D8, our judgement"),
    "process": Weight(1.0, "helps: what is in the reader's own hands", "EVIDENCE D16"),
    "experience": Weight(0.5, "helps: what patients tell", "EVIDENCE D16, our judgement"),
    "resource": Weight(0.25, "helps: use of beds, tests and time", "EVIDENCE D16, our judgement"),
    "outcome": Weight(0.0, "helps: results that depend on much else", "EVIDENCE D16"),
    "room": Weight(
        0.2,
        "helps a steady measure, by how much room it has",
        "Feedback moves most where it starts low (Cochrane 2012); less than between two domains",
    ),
    "same_type_tires": Weight(
        3.5,
        "taken off where the last digest was of this type",
        "EVIDENCE D23; by simulation: with plenty of good news hard news has its turn within two months",
    ),
    "same_measure_tires": Weight(
        3.5,
        "taken off where the last digest was about this measure",
        "EVIDENCE D23; by simulation: others lead before a measure leads again",
    ),
    "fades": Weight(0.8, "what is left of that with each digest since", "EVIDENCE D23, our judgement"),
    "remembered_digests": Weight(12, "digests that tire at all", "Issue: the last 12 digests"),
    "repeat_after_weeks": Weight(
        8, "weeks in which the same message is not news again", "EVIDENCE D23, our judgement"
    ),
    "long_quiet_weeks": Weight(
        8,
        "weeks without a digest after which a steady figure is told",
        "Feedback works when it comes again (Cochrane 2012); EVIDENCE D23 allows quiet weeks",
    ),
    "figures_after_weeks": Weight(
        4, "weeks between two digests of own counts", "EVIDENCE D9 and D29, our judgement"
    ),
    "cases_rest_weeks": Weight(
        4, "weeks between two digests of few cases", "EVIDENCE D7, our judgement: a turn about once a month"
    ),
    "hard_news_waits_weeks": Weight(
        2,
        "weeks between a gap or a loss and the next",
        "A bare comparison gained nothing and lowered satisfaction (Reiff 2022)",
    ),
    "near_share": Weight(
        0.25, "of the way from the median to what colleagues have reached is near", "DESIGN section 4"
    ),
}


def weight(name: str) -> float:
    """The number of that name. Raises KeyError for a name that is not in the table."""
    return WEIGHTS[name].value


HELPS: Mapping[MessageType, float] = {kind: weight(kind.value) for kind in MessageType}
DOMAIN_HELPS: Mapping[Domain, float] = {domain: weight(domain.value) for domain in Domain}
LEVEL_HELPS = weight("level")
ROOM_HELPS = weight("room")
SAME_TYPE_TIRES = weight("same_type_tires")
SAME_MEASURE_TIRES = weight("same_measure_tires")
FADES = weight("fades")
REMEMBERED_DIGESTS = int(weight("remembered_digests"))
REPEAT_AFTER_WEEKS = int(weight("repeat_after_weeks"))
LONG_QUIET_WEEKS = int(weight("long_quiet_weeks"))
FIGURES_AFTER_WEEKS = int(weight("figures_after_weeks"))
CASES_REST_WEEKS = int(weight("cases_rest_weeks"))
HARD_NEWS_WAITS_WEEKS = int(weight("hard_news_waits_weeks"))
NEAR_SHARE = weight("near_share")
