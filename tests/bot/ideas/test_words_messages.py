"""Cards, messages, pages and lists: what they say to whom, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ideas import names
from bot.ideas.facts import Line, May, Page
from bot.ideas.words import lists, messages
from bot.ideas.words.card import card, left_behind, standing
from bot.ideas.words.page import idea_page
from bot.ideas.words.phrases import (
    TITLE_LENGTH,
    ago,
    listed,
    long_day,
    paragraphs,
    rest_of,
    short_day,
    title_of,
    typed,
)
from bot.ideas.words.story import happened, news, open_questions
from storage.terms import IdeaEventKind as Event
from storage.terms import IdeaState as State
from tests.bot.ideas.words_made import (
    FACTS,
    LISTED,
    MINE,
    MONTH,
    STATES,
    TEXT,
    after,
    every_card,
    every_message,
    every_page,
    filled,
    line,
    told,
)
from tests.reading import texts


def said(made: Any) -> str:
    return " ".join(texts(made))


def pressed(made: dict[str, Any]) -> list[str]:
    """The action_ids of a message's buttons, in their order."""
    rows = [block["elements"] for block in made["blocks"] if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


# -- titles and days ----


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        (
            TEXT,
            "Keep a second blanket warmer in recovery",
            TEXT.removeprefix("Keep a second blanket warmer in recovery. "),
        ),
        ("Warm blankets", "Warm blankets", ""),
        ("Warm blankets.\nThey run out.", "Warm blankets", "They run out."),
        ("Why do we walk to theatre? It takes time.", "Why do we walk to theatre?", "It takes time."),
        ("Dr. Khan's list of drips helps. Copy it.", "Dr. Khan's list of drips helps", "Copy it."),
        (
            "A second warmer takes approx. 5 minutes. Buy it.",
            "A second warmer takes approx. 5 minutes",
            "Buy it.",
        ),
        ("我们每天早上八点以后都没有暖毯。再买一个。", "我们每天早上八点以后都没有暖毯。", "再买一个。"),
        ("  \n ", "", ""),
    ],
)
def test_the_title_is_the_first_sentence_or_line(text: str, title: str, rest: str) -> None:
    assert (title_of(text), rest_of(text)) == (title, rest)


@given(st.text(max_size=400))
def test_a_title_is_short_and_nothing_of_the_text_is_lost(text: str) -> None:
    title, rest = title_of(text), rest_of(text)
    assert len(title) <= TITLE_LENGTH
    shown = "".join(c for c in title + rest if c.isalnum())
    assert "".join(c for c in text if c.isalnum()) in (shown, "".join(c for c in rest if c.isalnum()))


@given(st.text(max_size=300), st.integers(20, 200))
def test_typed_words_keep_to_their_room_and_stay_inert(text: str, room: int) -> None:
    assert len(typed(text, room)) <= room
    assert not set(typed(text, room)) & set("<>*~`")


_LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="&<>_*~`:")


@given(st.lists(st.text(_LETTERS, min_size=1, max_size=50), max_size=6))
def test_long_texts_are_shown_whole_in_parts_that_fit(lines: list[str]) -> None:
    text = "\n".join(lines)
    parts = paragraphs(text, 60)
    assert all(len(part) <= 60 for part in parts)

    def letters(text: str) -> str:
        return "".join(c for c in text if c.isalnum())

    assert letters("".join(parts)) == letters(text)


def test_days_are_told_as_people_say_them() -> None:
    today = date(2026, 11, 22)
    assert short_day(date(2026, 9, 24), today) == "Thu 24 Sep"
    assert short_day(date(2027, 3, 1), today) == "Mon 1 Mar 2027"
    assert long_day(date(2026, 11, 24), today) == "Tuesday 24 November"
    assert (ago(today, today), ago(date(2026, 11, 21), today)) == ("", "yesterday")
    assert ago(date(2026, 11, 17), today) == "5 days ago"
    assert listed(["one", "two", "three"]) == "one, two and three"


# -- the card ----


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("new", [names.ME_TOO, names.ACKNOWLEDGE, names.DECIDE, names.ASK, names.MORE]),
        ("acknowledged", [names.ME_TOO, names.DECIDE, names.ASK, names.MORE]),
        ("accepted", [names.ME_TOO, names.NOTE, names.IMPLEMENT, names.ASK, names.MORE]),
        ("planned", [names.ME_TOO, names.NOTE, names.IMPLEMENT, names.ASK, names.MORE]),
        ("testing", [names.ME_TOO, names.STUDY, names.NOTE, names.ASK, names.MORE]),
        ("implemented", [names.ME_TOO, names.MORE]),
        ("verified", [names.MORE]),
        ("declined", [names.MORE]),
        ("merged", [names.MORE]),
        ("withdrawn", [names.MORE]),
    ],
)
def test_a_card_has_the_buttons_of_its_state(name: str, buttons: list[str]) -> None:
    made = card(STATES[name])
    assert pressed(made) == buttons
    assert {e["value"] for b in made["blocks"] if b["type"] == "actions" for e in b["elements"]} == {"12"}


def test_a_card_tells_its_clock_kindly() -> None:
    assert "Answer due *Tue 24 Nov*" in said(card(STATES["new"]))
    assert "Answer was due *Tue 24 Nov*" in said(card(STATES["new-overdue"]))
    assert "late" not in said(card(STATES["new-overdue"]))


def test_a_decision_stands_on_the_card_in_the_leaders_words_with_the_name() -> None:
    assert standing(STATES["testing"]) == (
        "*Being tested* until Sat 5 Dec by Sam Okafor\n"
        "“Good catch. Let us try it for two weeks and count.” (Dr Imran Khan)"
    )


def test_a_card_says_who_is_thinking_about_it() -> None:
    assert "Sam Okafor is thinking about it" in said(card(replace(FACTS, assignee="Sam Okafor")))
    one = replace(STATES["acknowledged"], leaders=("Dr Imran Khan",))
    assert "Dr Imran Khan is thinking about it" in said(card(one))


def test_a_card_without_its_details_says_so_and_works_on() -> None:
    made = card(STATES["details-removed"])
    assert "*#12 Patient details were removed*" in said(made)
    assert names.DECIDE in pressed(made)
    removed = replace(line(Event.ACKNOWLEDGED), words="", removed=True)
    assert "Patient details were removed" in standing(replace(STATES["acknowledged"], history=(removed,)))


def test_a_stub_says_where_the_idea_went() -> None:
    assert "joined with #7" in said(card(STATES["merged"]))
    assert "now with Recovery" in said(left_behind(FACTS, "Recovery"))


# -- what nobody gets to read ----


def test_no_lock_screen_shows_what_somebody_typed() -> None:
    for made in (*every_card("zebra").values(), *every_message("zebra").values()):
        without_unit = (
            made["text"].replace("in zebra", "").replace("from zebra", "").replace("with zebra", "")
        )
        assert "zebra" not in without_unit


@pytest.mark.parametrize("name", STATES)
def test_an_anonymous_idea_shows_no_name_and_no_profession(name: str) -> None:
    hidden = replace(STATES[name], anonymous=True)
    history = tuple(replace(one, who="" if one.who == FACTS.submitter else one.who) for one in hidden.history)
    hidden = replace(hidden, history=history)
    everywhere = [card(hidden), idea_page(hidden, May(), mine=False), messages.shared(hidden)]
    everywhere += [messages.to_leader(hidden, one) for one in hidden.history]
    everywhere += [messages.to_approver(hidden, one) for one in hidden.history]
    everywhere += [messages.thread_note(hidden, one) for one in hidden.history]
    for made in everywhere:
        assert "Priya" not in said(made)
        assert "nurse" not in said(made).lower()


def test_news_of_an_anonymous_idea_says_only_where_to_look() -> None:
    assert said(messages.hidden_news()) == "There is news on your Rounds Home."
    assert pressed(messages.hidden_news()) == []


def test_only_its_own_sender_reads_that_an_anonymous_idea_is_theirs() -> None:
    hidden = STATES["new-anonymous"]
    assert "This idea is yours" in said(idea_page(hidden, May(), mine=True))
    assert "yours" not in said(idea_page(hidden, May(), mine=False))


# -- to whoever handed it in ----


def test_a_decision_is_told_in_the_leaders_words_and_with_their_name() -> None:
    for kind in (Event.ACKNOWLEDGED, Event.ACCEPTED, Event.PUT_OFF, Event.DECLINED, Event.TEST_ABANDONED):
        facts, one = told(kind)
        made = messages.to_submitter(facts, one)
        assert one.words in said(made)
        assert "Dr Imran Khan" in said(made)
        assert "Thank you" in said(made)


def test_a_leaders_long_words_reach_the_sender_whole() -> None:
    facts, one = told(Event.DECLINED)
    words = "".join(f"word{number} " for number in range(350))
    made = said(messages.to_submitter(facts, replace(one, words=words)))
    assert all(f"word{number}" in made for number in range(350))


def test_a_question_is_answered_once() -> None:
    facts, one = told(Event.ASKED)
    assert pressed(messages.to_submitter(facts, one)) == [names.ANSWER, names.MORE]
    answered = replace(facts, history=(*facts.history, line(Event.ANSWERED, one.seq + 1)))
    assert pressed(messages.to_submitter(answered, one)) == [names.MORE]
    withdrawn = replace(facts, state=State.WITHDRAWN)
    assert pressed(messages.to_submitter(withdrawn, one)) == [names.MORE]


def test_of_two_questions_the_other_one_stays_open() -> None:
    first, second = line(Event.ASKED, 2), line(Event.ASKED, 3)
    facts = replace(FACTS, history=(first, second, replace(line(Event.ANSWERED, 4), answers=2)))
    assert open_questions(facts) == [second]
    facts = replace(FACTS, history=(first, second, line(Event.ANSWERED, 4)))
    assert open_questions(facts) == [first]


def test_whether_it_is_in_place_is_asked_until_it_is_said() -> None:
    for kind in (Event.IMPLEMENTED, Event.REMINDED, Event.UNVERIFIED):
        facts, one = told(kind)
        assert pressed(messages.to_submitter(facts, one)) == [names.VERIFY, names.DISPUTE, names.MORE]
        confirmed = messages.to_submitter(replace(facts, state=State.VERIFIED), one)
        assert pressed(confirmed) == [names.MORE]
        assert "You confirmed" in said(confirmed)
        assert pressed(messages.to_submitter(replace(facts, state=State.DISPUTED), one)) == [names.MORE]


def test_an_older_question_whether_it_is_in_place_gives_way_to_the_newer() -> None:
    facts = after(State.IMPLEMENTED, Event.IMPLEMENTED, Event.DISPUTED, Event.IMPLEMENTED)
    first, second = facts.history[1], facts.history[3]
    assert pressed(messages.to_submitter(facts, first)) == [names.MORE]
    assert names.VERIFY in pressed(messages.to_submitter(facts, second))


def test_the_reminder_tells_what_was_done() -> None:
    facts = after(State.IMPLEMENTED, Event.IMPLEMENTED, Event.REMINDED)
    made = said(messages.to_submitter(facts, facts.history[-1]))
    assert line(Event.IMPLEMENTED).words in made
    assert "only reminder" in made


def test_removed_details_leave_a_sentence_in_every_message() -> None:
    for kind in Event:
        facts, one = told(kind)
        emptied = replace(one, words="", more="", removed=True)
        for made in (messages.thread_note(facts, emptied), messages.to_submitter(facts, emptied)):
            assert "Patient details were removed" in said(made), kind


def test_every_line_is_told_in_a_sentence_also_where_nobody_is_named() -> None:
    for kind in Event:
        facts, one = told(kind)
        bare = Line(one.seq, kind, one.at, one.part)
        for words in (happened(facts, one), happened(facts, bare), *news(facts, one), *news(facts, bare)):
            assert "{" not in words
            assert "None" not in words
            assert "  " not in words
        assert happened(facts, bare)[0].isupper()


# -- leaders, approvers ----


def test_an_approver_answers_a_proposal_once() -> None:
    facts, one = told(Event.APPROVAL_ASKED)
    made = messages.to_approver(facts, one)
    assert "would like to test it until Sat 5 Dec" in said(made)
    assert pressed(made) == [names.APPROVE, names.SEND_BACK, names.ASK, names.MORE]
    assert made["blocks"][-1]["elements"][0]["value"] == f"12:{one.seq}"
    for kind in (Event.APPROVED, Event.SENT_BACK, Event.ACCEPTED):
        ended = replace(facts, history=(*facts.history, line(kind, one.seq + 1)))
        assert pressed(messages.to_approver(ended, one)) == [names.MORE]


def test_leaders_get_only_buttons_that_lead_somewhere() -> None:
    facts, one = told(Event.ASSIGNED)
    assert names.NOTE in pressed(messages.to_leader(facts, one))
    assert pressed(messages.to_leader(replace(facts, state=State.VERIFIED), one)) == [names.MORE]


def test_without_a_channel_the_card_itself_comes_to_the_leaders() -> None:
    assert messages.to_leader(FACTS, line(Event.HANDED_IN, 1)) == card(FACTS)


# -- pages and lists ----


def test_a_page_has_a_button_for_everything_that_may_be_done_and_for_nothing_else() -> None:
    facts, one = told(Event.ASKED)
    buttons = {
        "support": names.ME_TOO,
        "acknowledge": names.ACKNOWLEDGE,
        "decide": names.DECIDE,
        "ask": names.ASK,
        "answer": names.ANSWER,
        "assign": names.ASSIGN,
        "merge": names.MERGE,
        "move": names.MOVE,
        "note": names.NOTE,
        "study": names.STUDY,
        "implement": names.IMPLEMENT,
        "verify": names.VERIFY,
        "dispute": names.DISPUTE,
        "add_detail": names.ADD_DETAIL,
        "withdraw": names.WITHDRAW,
        "remove_details": names.REMOVE,
        "reopen": names.REOPEN,
        "adopt": names.ADOPT,
        "chart": names.CHART,
    }
    assert {field for field in May.__slots__ if field not in ("submitter", "supports")} == set(buttons)
    assert pressed(idea_page(facts, May(), mine=False)) == []
    for field, action in buttons.items():
        view = idea_page(facts, replace(May(), **{field: True}), mine=False)
        assert pressed(view) == [action]
    answer = idea_page(facts, May(answer=True), mine=True)
    (row,) = [block for block in answer["blocks"] if block["type"] == "actions"]
    assert row["elements"][0]["value"] == f"12:{one.seq}"


def test_a_page_tells_the_whole_idea_and_where_a_joined_one_goes_on() -> None:
    told = said(every_page()["page-for-a-colleague"])
    assert title_of(TEXT) in told
    assert rest_of(TEXT) in told
    assert TEXT not in told, "what the title says is not said twice"
    assert "It goes on as *#7*." in said(every_page()["page-merged"])
    assert "You said “me too”." in said(idea_page(FACTS, May(supports=True), mine=False))


def test_lists_go_on_in_both_directions_with_ids_of_their_own() -> None:
    view = lists.list_view(Page(LISTED, total=23, first=10, size=4), "All", "words:drip:stand")
    row = view["blocks"][-1]["elements"]
    assert [one["value"] for one in row] == ["words:drip:stand:6", "words:drip:stand:14"]
    assert all(names.anywhere(names.LIST_PAGE).match(one["action_id"]) for one in row)
    opened = [block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert all(names.anywhere(names.MORE).match(one["action_id"]) for one in opened)
    assert not names.anywhere(names.MORE).match("idea_more_words")
    assert pressed(lists.list_view(Page(LISTED, total=4), "All", "all")) == []


def test_ones_own_list_begins_with_what_waits_for_a_word() -> None:
    blocks = lists.my_ideas_blocks(replace(MINE, lines=tuple(reversed(MINE.lines))))
    labels = [block["accessory"]["text"]["text"] for block in blocks if "accessory" in block]
    assert labels[:2] == ["Is it in place?", "Answer"]
    asked = next(b["accessory"] for b in blocks if "accessory" in b and b["accessory"]["value"] == "12:3")
    assert names.anywhere(names.ANSWER).match(asked["action_id"])


def test_the_month_of_a_unit_thanks_and_names_no_person() -> None:
    made = said(lists.unit_month_blocks(MONTH))
    assert "Thank you to everybody" in made
    assert "Okafor" not in made


def test_the_builders_take_facts_and_change_nothing_in_them() -> None:
    facts = filled(STATES["testing"], "zebra")
    assert card(facts) == card(facts)
    assert facts == filled(STATES["testing"], "zebra")
