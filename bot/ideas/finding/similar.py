"""Ideas that are like what somebody types: shown to them, so that they say "me too" instead of it twice.

Candidates come from the index by the rarest words and their synonyms. They are then compared with the text
as wholes: words that both have, words that mean the same, words that differ by a slip of the keyboard, each
weighed by how rare it is. What `Likeness` holds, and the table of synonyms, were tuned on one part of
tests/bot/ideas/pairs.csv and measured on the other one (tests/bot/ideas/test_similar.py).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.ideas.facts import Similar
from bot.ideas.finding.synonyms import synonyms_at
from bot.settings import Settings
from storage import idea_search
from storage.idea_search import Found
from storage.idea_words import Synonyms, Term, stems
from storage.ideas import Idea, IdeaSupport
from storage.people import Unit

# Words that ideas of any subject have. While there are few ideas, how many have a word says little.
_EVERYDAY_WORDS = (
    "ward wards hospital patient patients people person folk staff nurse nurses nursing team everybody "
    "man men woman old young day days daily time times hour hours hourly minute minutes min mins week "
    "weeks weekly month months year years today tomorrow yesterday tonight moment round spring summer "
    "winter morning mornings afternoon evening monday tuesday wednesday thursday friday clock date "
    "number half third quarter first second last late later early earlier prior soon ahead past need "
    "needs needed want wants help helps helping work works working new better best good great nice bad "
    "worse worst easy easier hard simple simply quick quickly long longer short shorter far close "
    "closer near big bigger large larger small smaller little high low right wrong full empty extra "
    "spare enough less least fewer few several many twice double single separate different start starts "
    "starting stop stops change changes changed changing bring brings brought back leave leaves left "
    "stay stays come comes coming came run runs running walk send sends sent set sets setting show "
    "shows shown see seen look looks looking tell tells told say says said ask asks asked asking know "
    "knows knew known think feel hear read reads reading write writes written find finds finding found "
    "lose loses losing lost miss missed missing forget forgets forgot forgotten remember buy order fit "
    "fix sort sorted organise organised plan planned arrange provide replace move moves moved moving "
    "turn hang open opens opening closed closing clear clearly happen happens happening stand standing "
    "sit hold holds hand hands allow allowed let wait waits waiting spend spends spent waste wastes "
    "wasted save saves saving share shared shares add adds added check checks checked print printed "
    "place places point points spot area end side top front middle corner room rooms office desk "
    "building floor space outside inside within home life live idea way problem issue risk reason "
    "matter case bit bits pack packs box boxes bag bags list piece stuff item items kind type copy same "
    "next another every each own named name names per plus instead otherwise actually really always "
    "often usually sometimes never nearly almost about across around along above below behind beside "
    "between before after during since without via two three four five six seven eight nine ten once "
    "dozen hundred pls plz please thanks dont cant silly mess shift shifts bed beds job responsible "
    "able possible available ready care carry access use used useful under over down out off up on make "
    "made making try tried meet mean means meant ends call called "
)
_EVERYDAY = frozenset(stems(_EVERYDAY_WORDS))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How texts are compared. The rarer a word is, the more it weighs; squares of weights are summed.

    - `synonym`, `slip`: what counts beside the word itself (1): one that means the same, and one that has
      all but the same letters. `same_letters`: the least part of their trigrams that two such words share.
    - `part`: what part of a known phrase counts, times how much of it is there.
    - `subject`: how much more a word or phrase of the table of synonyms weighs than any other word.
    - `few`: how many ideas stand in for what a young site has not collected yet: a word of `_EVERYDAY` stands
      in the part `everyday` of them, any other in none.
    - `alone`: the part of the best match that does not count: one word in common is no likeness.
    - `length`: how much an idea is marked down for all that it says beside; 0.5 is the cosine. `pad` is added
      to its squares, so that an idea of three words is not like everything.
    - `least`: what is less like than this is not shown.
    - `candidates`: how many ideas are compared; `within` and `at_most`: see
      `idea_search.rarest`.
    """

    synonym: float = 0.8
    slip: float = 0.8
    same_letters: float = 0.5
    part: float = 0.5
    length: float = 0.4
    few: float = 50.0
    everyday: float = 0.6
    subject: float = 1.6
    alone: float = 0.7
    pad: float = 200.0
    within: int = 600
    at_most: int = 2000
    least: float = 0.2
    candidates: int = 40


LIKENESS = Likeness()


def find(
    session: Session,
    words: str,
    *,
    settings: Settings | None = None,
    hidden_except: Collection[int] = (),
    limit: int = 10,
    offset: int = 0,
) -> Found:
    """`storage.idea_search.search` with the synonyms of Rounds and of the site."""
    synonyms = synonyms_at(settings.rounds_synonyms if settings else "")
    return idea_search.search(
        session, words, synonyms=synonyms, hidden_except=hidden_except, limit=limit, offset=offset
    )


def similar(
    session: Session,
    text: str,
    *,
    limit: int = 3,
    hidden_except: Collection[int] = (),
    settings: Settings | None = None,
    how: Likeness = LIKENESS,
) -> list[Similar]:
    """The ideas that are most like the text, the likest first; none where nothing is like it.

    `hidden_except` are the ids of ideas that this person may see and not everybody else.
    """
    synonyms = synonyms_at(settings.rounds_synonyms if settings else "")
    likest = rank(session, text, synonyms, hidden_except=hidden_except, how=how)
    return _shown(session, [idea_id for idea_id, likeness in likest if likeness >= how.least][:limit])


def rank(
    session: Session,
    text: str,
    synonyms: Synonyms,
    *,
    hidden_except: Collection[int] = (),
    how: Likeness = LIKENESS,
) -> list[tuple[int, float]]:
    """Ids of ideas that share words with the text and their likeness to it (0 to 1), the likest first."""
    terms = list(dict.fromkeys(synonyms.terms(stems(text))))
    wanted = idea_search.rarest(session, terms, synonyms, more_within=how.within, at_most=how.at_most)
    found = idea_search.candidates(session, wanted, hidden_except=hidden_except, limit=how.candidates)
    texts = {one.id: list(dict.fromkeys(synonyms.terms(one.stems))) for one in found}
    weigh = _Weights(session, [terms, *texts.values()], synonyms, how)
    asked = _Asked(terms, weigh, how)
    likest = [(idea_id, asked.likeness(of)) for idea_id, of in texts.items()]
    return sorted(likest, key=lambda one: (-one[1], -one[0]))


class _Weights:
    """How much a word or phrase says: the rarer it (with what means the same) is, the more."""

    def __init__(
        self, session: Session, texts: Iterable[Sequence[Term]], synonyms: Synonyms, how: Likeness
    ) -> None:
        terms = {term for text in texts for term in text}
        phrases = {term: synonyms.alike(term) for term in terms}
        known = idea_search.frequencies(
            session, {word for alike in phrases.values() for phrase in alike for word in phrase}
        )
        ideas = {
            term: sum(min(known.get(word, 0) for word in phrase) for phrase in alike)
            for term, alike in phrases.items()
        }
        self._weights = {term: self._weight(term, ideas[term], known[""], how) for term in terms}

    @staticmethod
    def _weight(term: Term, ideas: int, of: int, how: Likeness) -> float:
        everyday = how.everyday if len(term.phrase) == 1 and term.phrase[0] in _EVERYDAY else 0.0
        rare = math.log(1 + (of + how.few) / (ideas + 0.5 + how.few * everyday))
        return rare * (how.subject if term.meanings else 1.0)

    def __getitem__(self, term: Term) -> float:
        return self._weights[term]


class _Asked:
    """The text that others are compared with."""

    def __init__(self, terms: Sequence[Term], weights: _Weights, how: Likeness) -> None:
        self._terms = terms
        self._weights = weights
        self._how = how
        self._trigrams: dict[str, frozenset[str]] = {}
        self._norm = sum(weights[term] ** 2 for term in terms)

    def likeness(self, others: Sequence[Term]) -> float:
        """From 0 (nothing in common) to about 1 (the same words)."""
        words = {word for term in others for word in term.phrase}
        meanings = {meaning for term in others for meaning in term.meanings}
        weights = self._weights
        matches = [self._match(term, words, meanings) * weights[term] ** 2 for term in self._terms]
        shared = sum(matches) - self._how.alone * max(matches, default=0.0)
        norm = sum(weights[term] ** 2 for term in others)
        if not shared or not norm:
            return 0.0
        return float(
            shared / (self._norm ** (1 - self._how.length) * (norm + self._how.pad) ** self._how.length)
        )

    def _match(self, term: Term, words: set[str], meanings: set[str]) -> float:
        """How well the other text says this, from 0 to 1."""
        have = sum(word in words for word in term.phrase) / len(term.phrase)
        if have == 1:
            return 1.0
        if any(meaning in meanings for meaning in term.meanings):
            return self._how.synonym
        if have:
            return have * self._how.part
        if len(term.phrase) > 1:
            return 0.0
        return max((self._slip(term.phrase[0], word) for word in words), default=0.0)

    def _slip(self, one: str, other: str) -> float:
        if one[0] != other[0] or min(len(one), len(other)) < 4:
            return 0.0
        mine, theirs = self._parts(one), self._parts(other)
        dice = 2 * len(mine & theirs) / (len(mine) + len(theirs))
        return dice * self._how.slip if dice >= self._how.same_letters else 0.0

    def _parts(self, word: str) -> frozenset[str]:
        if word not in self._trigrams:
            padded = f"^{word}$"
            self._trigrams[word] = frozenset(padded[at : at + 3] for at in range(len(padded) - 2))
        return self._trigrams[word]


def _shown(session: Session, ids: Sequence[int]) -> list[Similar]:
    supporters = select(func.count()).where(IdeaSupport.idea_id == Idea.id).correlate(Idea).scalar_subquery()
    rows = session.execute(
        select(Idea, Unit.name, supporters)
        .join(Unit, col(Unit.id) == Idea.unit_id)
        .where(col(Idea.id).in_(ids))
    )
    shown: Mapping[int, Similar] = {
        idea.id: Similar(idea.id, idea.text, idea.state, name, count) for idea, name, count in rows
    }
    return [shown[idea_id] for idea_id in ids if idea_id in shown]
