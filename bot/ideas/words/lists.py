"""Lists of ideas: pages of them, one's own, what a unit did this month, and the leaders' board."""

from __future__ import annotations

from typing import Final

from babel.dates import format_date

from bot.ideas import names
from bot.ideas.facts import Board, Listed, Page, UnitMonth
from bot.ideas.lifecycle import ENDED
from bot.ideas.words.phrases import STATES, Message, me_too_words, name, plural, short_day, title, typed
from bot.slack_blocks import Block, View, actions, button, context, divider, modal, option, primary, section
from storage.terms import IdeaState as State

# The Home holds 100 blocks together; these stay under 45 with what stands around them.
ON_HOME: Final = 8
_MOST_LINES: Final = 20
_MOST_WHAT: Final = 1900
# Nobody has to look after these any more.
_SETTLED: Final = ENDED | {State.IMPLEMENTED, State.VERIFIED, State.DECLINED, State.TRIED, State.NOT_NOW}

COLUMNS: Final = {
    "waiting": "Waiting for an answer",
    "overdue": "Answer was due",
    "in_progress": "In progress",
    "verification": "Waiting to be confirmed",
    "done": "Done",
}
_EMPTY: Final = {
    "waiting": "No idea is waiting for an answer.",
    "overdue": "No answer is overdue.",
    "in_progress": "Nothing is in progress just now.",
    "verification": "Nothing is waiting to be confirmed.",
    "done": "Nothing has been finished yet.",
}


# -- pages of ideas ----


def list_view(page: Page, title_text: str, what: str) -> View:
    """A page of ideas over the conversation; `what` is what the older and newer buttons ask for again."""
    return modal("Ideas", list_blocks(page, title_text, what))


def list_message(page: Page, title_text: str, what: str) -> Message:
    """A page of ideas as the answer to `/ideas`."""
    found = plural(page.total, "idea", "ideas")
    return {"text": f"Ideas: {found}", "blocks": list_blocks(page, title_text, what)}


def list_blocks(page: Page, title_text: str, what: str) -> list[Block]:
    """A heading, a line and a button for each idea, and the way to older and newer ones."""
    blocks = [section(f"*{typed(title_text, 300)}*\n{_counted(page)}")]
    if page.total == 0:
        new = primary(button(names.NEW, "Hand in an idea", "list"))
        return [*blocks, actions(new)]
    blocks += [line_block(line) for line in page.lines[:_MOST_LINES]]
    return [*blocks, *_paging(page, what)]


def line_block(line: Listed) -> Block:
    """One idea of a list, with a button to its page, or to what is asked of its sender."""
    if line.number == 0:
        day = f" on {short_day(line.appears_on)}" if line.appears_on else " soon"
        return section(f"*{title(line.text)}*\nIt appears{day}, and gets its number then.")
    made = section(f"*#{line.number} {title(line.text)}*\n{_about(line)}")
    made["accessory"] = _line_button(line)
    return made


def _line_button(line: Listed) -> Block:
    number = str(line.number)
    if line.question and line.question_seq:
        asked = button(names.beside(names.ANSWER, line.number), "Answer", f"{number}:{line.question_seq}")
        return primary(asked)
    if line.confirm:
        return primary(button(names.beside(names.MORE, line.number), "Is it in place?", number))
    return button(names.beside(names.MORE, line.number), "Open", number)


def _about(line: Listed) -> str:
    parts = [f"*{_state(line)}*" if line.overdue or line.question or line.confirm else _state(line)]
    if line.due is not None:
        parts.append(f"{'was due' if line.overdue else 'due'} {short_day(line.due)}")
    if line.owner and line.state not in _SETTLED:
        parts.append(f"{name(line.owner)} looks after it")
    parts += [name(line.unit), f"handed in {short_day(line.handed_in)}"]
    if line.supporters:
        parts.append(me_too_words(line.supporters))
    if line.appears_on is not None:
        parts.append(f"what you wrote appears on {short_day(line.appears_on)}")
    return " · ".join(parts)


def _state(line: Listed) -> str:
    if line.question:
        return "A question for you"
    if line.confirm:
        return "Is it in place?"
    if line.state is State.IMPLEMENTED and line.unverified:
        return "In place, not confirmed yet"
    return STATES[line.state]


def _counted(page: Page) -> str:
    if page.total == 0:
        return "None found. Other or fewer words may find it; if it is new, hand it in."
    if page.total <= len(page.lines):
        return plural(page.total, "idea", "ideas")
    last = page.first + len(page.lines)
    return f"{page.first + 1} to {last} of {page.total}"


def _paging(page: Page, what: str) -> list[Block]:
    what = what[:_MOST_WHAT]
    row = []
    if page.first > 0:
        newer = max(0, page.first - page.size)
        row.append(button(names.beside(names.LIST_PAGE, 0), "Previous", f"{what}:{newer}"))
    after = page.first + page.size
    if after < page.total:
        row.append(button(names.beside(names.LIST_PAGE, 1), "Next", f"{what}:{after}"))
    return [actions(*row)] if row else []


# -- the Home ----


def my_ideas_blocks(page: Page) -> list[Block]:
    """One's own ideas and where they are, first those of which something is asked."""
    new = primary(button(names.NEW, "Hand in an idea", "home"))
    if not page.lines:
        text = "None yet. An idea takes a sentence: `/idea` works in every channel, and so does this button."
        return [section(f"*Your ideas*\n{text}"), actions(new)]
    asked = sum(line.question or line.confirm for line in page.lines)
    told = plural(page.total, "idea", "ideas")
    if asked:
        told += f" · {plural(asked, 'waits', 'wait')} for a word from you"
    shown = sorted(page.lines, key=lambda line: not (line.question or line.confirm))[:ON_HOME]
    row = [new]
    if page.total > len(shown):
        row.append(button(names.LIST, f"All {page.total}", "mine"))
    # The buttons stand above the list: on a phone it is longer than the screen.
    return [section(f"*Your ideas*\n{told}"), actions(*row), *(line_block(line) for line in shown)]


def unit_month_blocks(month: UnitMonth) -> list[Block]:
    """What became of ideas in somebody's unit this month: thanks first, never a person."""
    heading = f"*{name(month.unit)} in {format_date(month.month, 'MMMM', locale='en_GB')}*"
    told = [f"{plural(month.handed_in, 'idea was', 'ideas were')} handed in"] if month.handed_in else []
    if month.answered:
        told.append(f"{plural(month.answered, 'idea', 'ideas')} got a first answer")
    if month.tried:
        told.append(f"{plural(month.tried, 'idea was', 'ideas were')} tried, and taught us something")
    counts = f"{' · '.join(told)}." if told else "No idea has been handed in so far."
    blocks = [section(f"{heading}\n{counts}")]
    if month.in_place:
        done = plural(month.in_place_in_all, "idea is", "ideas are")
        listed = "\n".join(f"• #{line.number} {title(line.text)}" for line in month.in_place[:5])
        left = month.in_place_in_all - len(month.in_place[:5])
        more = f"\nand {plural(left, 'more', 'more')}" if left > 0 else ""
        blocks.append(
            section(f"*{done} in place.* Thank you to everybody who had a part in it.\n{listed}{more}")
        )
    blocks.append(actions(button(names.LIST, "All ideas", "all")))
    return blocks


def board_blocks(board: Board) -> list[Block]:
    """The leaders' board: a filter with counts, the ideas, and the way to the next ones."""
    counts = board.counts
    numbers = {
        "waiting": counts.waiting,
        "overdue": counts.overdue,
        "in_progress": counts.in_progress,
        "verification": counts.verification,
        "done": counts.done,
    }
    heading = "*The board*"
    if counts.overdue:
        heading += f"\n{plural(counts.overdue, 'answer was', 'answers were')} due. A sentence is enough."
    blocks: list[Block] = [section(heading), actions(*_board_menus(board, numbers))]
    if not board.page.lines:
        blocks.append(section(_EMPTY.get(board.column, "Nothing here.")))
    blocks += [line_block(line) for line in board.page.lines[:_MOST_LINES]]
    if board.page.total > len(board.page.lines):
        blocks.append(context(_counted(board.page)))
    unit = "" if board.unit_id is None else str(board.unit_id)
    return [*blocks, *_paging(board.page, f"board:{board.column}:{unit}"), divider()]


def _board_menus(board: Board, numbers: dict[str, int]) -> list[Block]:
    columns = [option(f"{label} ({numbers[column]})", column) for column, label in COLUMNS.items()]
    chosen = next((one for one in columns if one["value"] == board.column), columns[0])
    menus: list[Block] = [
        {
            "type": "static_select",
            "action_id": names.BOARD_FILTER,
            "options": columns,
            "initial_option": chosen,
        }
    ]
    if len(board.units) > 1:
        units = [option("All my units", "all")]
        units += [option(unit.name, str(unit.id)) for unit in board.units[:99]]
        wanted = "all" if board.unit_id is None else str(board.unit_id)
        here = next((one for one in units if one["value"] == wanted), units[0])
        menus.append(
            {
                "type": "static_select",
                "action_id": names.BOARD_UNIT,
                "options": units,
                "initial_option": here,
            }
        )
    return menus
