"""What a clinician tells of their cases: kept with that digest as their own words, for nobody else."""

from __future__ import annotations

from typing import Final

from sqlmodel import Session

from bot.cases.gather import OWN_WORDS, own_digest
from bot.ideas.checking.checks import refuse_text
from bot.ideas.doing import Doing, Done, Outcome, Refused

LONGEST_WORDS: Final = 3000

GONE = "This digest is not kept any more, or is not yours, so nothing was saved."
TOO_LONG = f"Please keep it to {LONGEST_WORDS:,} characters. Your text is still in the form."
KEPT = "Kept, for you alone. “Tell the story” in the same message shows it again, to change or remove."
REMOVED = "Your words are removed."


def keep_story(session: Session, doing: Doing, week: str, words: str) -> Outcome:
    """Keep the actor's own words with their own digest of a week, in place of earlier ones; "" removes them.

    They are part of the digest: they leave with `rounds export` and `rounds erase`, and nothing else reads
    them. An answer that somebody is to act on is another thing (`bot.answers`).
    """
    words = words.strip()
    digest = own_digest(session, doing.actor, week)
    if digest is None or digest.message is None:
        return Refused(GONE)
    if len(words) > LONGEST_WORDS:
        return Refused(TOO_LONG)
    if words and (wrong := refuse_text(session, words)) is not None:
        return Refused(wrong)
    kept = {name: value for name, value in digest.message.items() if name != OWN_WORDS}
    # A new dict: a change inside the old one would not be noticed.
    digest.message = {**kept, OWN_WORDS: words} if words else kept
    session.add(digest)
    session.flush()
    return Done(note=KEPT if words else REMOVED)
