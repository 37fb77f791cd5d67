"""What people read of their cases: the list, the form to set some aside, and that for own words. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from bot.answers.acts import case_value
from bot.cases import names
from bot.cases.facts import PAGE_CASES, PAGE_STORIES, CaseLine, CasesPage
from bot.digests import measure_nouns as nouns
from bot.digests.facts import Told
from bot.digests.measure_nouns import Room
from bot.digests.values import format_day, format_span
from bot.ideas.names import form_of
from bot.ideas.words.phrases import paragraphs, plural
from bot.slack_blocks import Block, View, actions, button, context, divider, field, modal, option, section
from bot.slack_text import inert
from storage.terms import AnswerKind, Mode

TITLE: Final = "Your cases"
_SECTION: Final = 2900
_ROOM = Room(title=25, phrase=25)
_PARTS = {
    (1, 2): "half",
    (1, 3): "a third",
    (2, 3): "two thirds",
    (1, 4): "a quarter",
    (3, 4): "three quarters",
}
_CLOSE = 0.005
_PRIVATE = "Only you see this page, and your own looks are not recorded."

SET_ASIDE: Final = "Set some aside"
ASIDE_KINDS: Final = (
    (AnswerKind.WARRANTED, "It was right for these patients"),
    (AnswerKind.NOT_MY_PATIENT, "They were not my patients"),
    (AnswerKind.DATA_WRONG, "What is written here is not so"),
)
_TAKE_BACK: Final = "What you set aside stands on your Home, where you can withdraw it."
NONE_LEFT: Final = "All cases on this page are set aside already."


def cases_view(page: CasesPage) -> View:
    """One page of the list; of unconstrained care the cases in words."""
    if page.measure.mode is Mode.UNCONSTRAINED:
        return _stories_view(page)
    title = nouns.title(page.measure, _ROOM)
    blocks: list[Block] = [section(f"*{title}*\n{_count(page)}{_legend(page)}")]
    blocks += [
        section(text)
        for text in _lists([case_words(line, year=line.day.year != page.last.year) for line in page.lines])
    ]
    blocks += _turns(page, PAGE_CASES)
    blocks += _stories(page.stories)
    blocks += _own(page)
    links = any(line.link for line in page.lines)
    where = "The links open your hospital's own record system; Rounds has only the references."
    aside = any(line.aside for line in page.lines)
    notes = [_PRIVATE, *([where] if links else []), *([_TAKE_BACK] if aside else [])]
    blocks.append(context(*notes))
    return modal(TITLE, blocks)


def case_words(line: CaseLine, *, year: bool = False) -> str:
    """One case: its day, its reference (a link where there is one), and how it counts."""
    ref = inert(line.ref).replace("|", "∣")
    shown = f"<{_address(line.link)}|{ref}>" if line.link else ref
    parts = [format_day(line.day, year=year), shown, "*yes*" if line.met else "no"]
    if line.weight < 1:
        parts.append(_part(line.weight))
    if line.aside:
        parts.append("set aside")
    return " · ".join(parts)


def aside_view(page: CasesPage, readers: str) -> View:
    """The form that sets cases of one page aside; `readers` says who reads the reason."""
    choices = [line for line in page.lines if not line.aside]
    if not choices:
        return modal(SET_ASIDE, [section(NONE_LEFT)])
    menu: Block = {
        "type": "multi_static_select",
        "options": [
            option(
                f"{format_day(line.day)} · {line.ref} · {'yes' if line.met else 'no'}",
                case_value(line.day, line.ref),
            )
            for line in choices
        ],
    }
    kinds = [option(label, kind.value) for kind, label in ASIDE_KINDS]
    shown = [option("Colleagues may read my reason, without my name", "shown")]
    blocks = [
        section(
            f"*{nouns.title(page.measure, _ROOM)}*\nWhat you set aside leaves your own figure at once, "
            "shown beside the one with all cases. Your group's figures stay until somebody else agrees."
        ),
        field(names.CASES, "Which cases?", menu),
        field(names.KIND, "Why?", {"type": "radio_buttons", "options": kinds}),
        field(
            names.WORDS,
            "In a sentence",
            {"type": "plain_text_input", "multiline": True, "max_length": 600},
            hint="Please leave out patient details and names.",
        ),
        field(names.SHOWN, "For colleagues", {"type": "checkboxes", "options": shown}, optional=True),
        section(readers),
    ]
    return modal(
        SET_ASIDE,
        blocks,
        callback=form_of(names.ASIDE),
        submit="Set aside",
        close="Cancel",
        metadata=json.dumps({"week": page.week}),
    )


def story_view(page: CasesPage) -> View:
    """The form for one's own words about the cases, with what was told before."""
    box: Block = {"type": "plain_text_input", "multiline": True, "max_length": 3000}
    if page.own_words:
        box["initial_value"] = page.own_words
    blocks = [
        section(
            f"*{nouns.title(page.measure, _ROOM)}*\nWhat would you tell a colleague about "
            f"{'this case' if page.measure.mode is Mode.UNCONSTRAINED else 'these cases'}?"
        ),
        field(
            names.WORDS,
            "Your words",
            box,
            hint="Please leave out patient details and names. An empty box removes what stood in it.",
            optional=True,
        ),
        context(
            "Kept with this digest, for you alone: no colleague, leader or analyst is shown it. You can "
            "read, change and remove it here."
        ),
    ]
    return modal(
        names.TELL_LABEL,
        blocks,
        callback=form_of(names.TELL),
        submit="Keep",
        close="Cancel",
        metadata=json.dumps({"week": page.week}),
    )


def _stories_view(page: CasesPage) -> View:
    title = nouns.title(page.measure, _ROOM)
    many = plural(page.total, "case in words", "cases in words") if page.total else "No cases in words"
    blocks: list[Block] = [section(f"*{title}*\n{many}{_which(page, len(page.stories))}.")]
    blocks += _stories(page.stories)
    blocks += _turns(page, PAGE_STORIES)
    blocks += _own(page)
    blocks.append(context(_PRIVATE))
    return modal(TITLE, blocks)


def _count(page: CasesPage) -> str:
    span = format_span(page.first, page.last, year=True)
    if not page.total:
        return f"There are no cases of yours here, {span}."
    return f"{plural(page.total, 'case', 'cases')}, {span}{_which(page, len(page.lines))}."


def _which(page: CasesPage, shown: int) -> str:
    """`, newest first`, and which of them these are where there are several pages."""
    if page.total <= 1:
        return ""
    if shown == page.total:
        return ", newest first"
    return f", newest first; these are {page.offset + 1} to {page.offset + shown}"


def _legend(page: CasesPage) -> str:
    """What "yes" stands for, in the measure's own words."""
    if not page.lines:
        return ""
    met = nouns.own_words(page.measure.numerator, _ROOM.phrase, 300)
    return f"\n*Yes* means: {met}."


def _part(weight: float) -> str:
    """`counts as half: shared with a colleague`."""
    for (top, bottom), words in _PARTS.items():
        if abs(weight - top / bottom) < _CLOSE:
            with_whom = "a colleague" if bottom == 2 else "colleagues"
            return f"counts as {words}: shared with {with_whom}"
    return f"counts as {f'{weight:.2f}'.rstrip('0')}: shared with colleagues"


def _address(link: str) -> str:
    """An address that cannot end early inside Slack's angle brackets."""
    return link.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def _lists(lines: Sequence[str]) -> list[str]:
    """Lines in as few sections as hold them."""
    found: list[str] = []
    for line in (f"• {one}" for one in lines):
        if found and len(found[-1]) + 1 + len(line) <= _SECTION:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _turns(page: CasesPage, size: int) -> list[Block]:
    """Newer and older pages, and setting cases aside."""
    made: list[Block] = []
    if page.offset:
        newer = names.page_value(page.week, max(0, page.offset - size))
        made.append(button(f"{names.PAGE}-0", "Newer", newer))
    if page.offset + size < page.total:
        made.append(button(f"{names.PAGE}-1", "Older", names.page_value(page.week, page.offset + size)))
    if any(not line.aside for line in page.lines):
        made.append(button(names.ASIDE, SET_ASIDE, names.page_value(page.week, page.offset)))
    return [actions(*made)] if made else []


def _stories(stories: Sequence[Told]) -> list[Block]:
    """Each case in words, whole, under its day."""
    found: list[Block] = []
    for story in stories:
        found += [divider(), section(f"*{format_day(story.day, year=True)}*")]
        found += [section(part) for part in paragraphs(story.text)]
    return found


def _own(page: CasesPage) -> list[Block]:
    if not page.own_words:
        return []
    return [divider(), section("*Your own words*"), *(section(one) for one in paragraphs(page.own_words))]
