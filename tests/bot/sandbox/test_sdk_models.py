"""What slack_sdk's own models build is taken: the workspace is strict, not stricter than Slack."""

from __future__ import annotations

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ChannelSelectElement,
    CheckboxesElement,
    ConfirmObject,
    ContextBlock,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    DateTimePickerElement,
    DividerBlock,
    EmailInputElement,
    HeaderBlock,
    ImageBlock,
    ImageElement,
    InputBlock,
    LinkButtonElement,
    MarkdownBlock,
    MarkdownTextObject,
    NumberInputElement,
    Option,
    OptionGroup,
    OverflowMenuElement,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextPreformattedElement,
    RichTextQuoteElement,
    RichTextSectionElement,
    SectionBlock,
    StaticMultiSelectElement,
    StaticSelectElement,
    TableBlock,
    TimePickerElement,
    UrlInputElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

from bot.sandbox.blocks import check_message_blocks
from bot.sandbox.views import check_view

OPTIONS = [Option(text="One", value="1", description="the first"), Option(text="Two", value="2")]
BOXES = [Option(text=MarkdownTextObject(text="*One*"), value="1")]
CONFIRM = ConfirmObject(title="Sure?", text="It is sent.", confirm="Send", deny="Not yet", style="danger")
PLAIN = RichTextElementParts.Text(text="x", style=RichTextElementParts.TextStyle(bold=True))
LINE = RichTextSectionElement(elements=[PLAIN, RichTextElementParts.Link(url="https://a.example", text="x")])

BLOCKS: list[Block] = [
    SectionBlock(
        text="*x*",
        fields=["a", PlainTextObject(text="b", emoji=True)],
        accessory=ButtonElement(text="b", action_id="1", value="v", style="primary", confirm=CONFIRM),
    ),
    SectionBlock(
        text=MarkdownTextObject(text="x", verbatim=True),
        accessory=StaticMultiSelectElement(
            placeholder="p", action_id="2", options=OPTIONS, initial_options=OPTIONS, max_selected_items=2
        ),
    ),
    DividerBlock(),
    HeaderBlock(text="x"),
    ImageBlock(slack_file={"id": "F1"}, alt_text="x", title="t"),
    ActionsBlock(
        elements=[
            StaticSelectElement(
                placeholder="p",
                action_id="3",
                option_groups=[OptionGroup(label="l", options=OPTIONS)],
                initial_option=OPTIONS[0],
            ),
            UserSelectElement(placeholder="p", action_id="4", initial_user="U1"),
            ConversationSelectElement(
                placeholder="p",
                action_id="5",
                filter=ConversationFilter(include=["im"], exclude_bot_users=True),
            ),
            ChannelSelectElement(placeholder="p", action_id="6"),
            OverflowMenuElement(action_id="7", options=OPTIONS),
            RadioButtonsElement(action_id="8", options=BOXES),
            CheckboxesElement(action_id="9", options=BOXES),
            DatePickerElement(action_id="10", placeholder="x", initial_date="2026-01-01"),
            TimePickerElement(action_id="11", initial_time="10:00", timezone="Europe/London"),
            DateTimePickerElement(action_id="12", initial_date_time=1_795_335_289),
            LinkButtonElement(text="l", url="https://a.example", action_id="13"),
        ]
    ),
    ContextBlock(
        elements=[MarkdownTextObject(text="x"), ImageElement(image_url="https://a.example", alt_text="x")]
    ),
    InputBlock(
        label="l",
        hint="h",
        optional=True,
        dispatch_action=True,
        element=PlainTextInputElement(action_id="14", multiline=True, min_length=1, max_length=5),
    ),
    InputBlock(
        label="l", element=NumberInputElement(action_id="15", is_decimal_allowed=False, min_value="1")
    ),
    InputBlock(label="l", element=EmailInputElement(action_id="16")),
    InputBlock(label="l", element=UrlInputElement(action_id="17")),
    InputBlock(
        label="l", element=UserMultiSelectElement(placeholder="p", action_id="18", initial_users=["U1"])
    ),
    RichTextBlock(
        elements=[
            LINE,
            RichTextListElement(style="ordered", indent=1, offset=2, border=0, elements=[LINE]),
            RichTextPreformattedElement(elements=[PLAIN]),
            RichTextQuoteElement(elements=[PLAIN]),
        ]
    ),
]
IN_MESSAGES: list[Block] = [
    MarkdownBlock(text="**x**"),
    TableBlock(rows=[[{"type": "raw_text", "text": "x"}]], column_settings=[{"align": "right"}]),
]


def test_messages_built_with_the_sdk_are_taken() -> None:
    built = [block.to_dict() for block in [*BLOCKS, *IN_MESSAGES]]
    assert check_message_blocks(built, {"F1"}.__contains__) == []


def test_modals_and_homes_built_with_the_sdk_are_taken() -> None:
    modal = View(
        type="modal",
        title=PlainTextObject(text="t"),
        submit=PlainTextObject(text="s"),
        close=PlainTextObject(text="c"),
        callback_id="c",
        private_metadata="{}",
        clear_on_close=True,
        notify_on_close=True,
        blocks=BLOCKS,
    )
    home = View(type="home", blocks=BLOCKS)
    assert check_view(modal.to_dict(), "modal", {"F1"}.__contains__) == []
    assert check_view(home.to_dict(), "home", {"F1"}.__contains__) == []
