"""First names that say, next to a bed's number, that a person is meant. No name that is also a word."""

from __future__ import annotations

from typing import Final

_NAMES = """
    aaron abdul abdullah adam agnes ahmed aisha alan albert alexander alfred ali alice alison amanda
    amina amy andrew angela anita anna anne annie anthony arthur audrey ayesha barbara barry
    beatrice ben benjamin bernard beryl betty beverley brenda brian bridget carl carol caroline
    catherine charles charlotte chloe christine christopher claire colin daniel daphne darren david
    dawn deborah denise dennis derek diana diane donald doreen doris dorothy douglas duncan edith
    edna edward eileen elaine eleanor elizabeth ella ellen elsie emily emma enid eric ernest ethel
    eva evelyn fatima fiona florence frances frederick gareth gary geoffrey george gerald gillian
    gladys glenda gloria gordon graham gwen hannah harold harriet harry hassan hazel heather helen
    henry hilda howard hugh hussain ian ibrahim irene iris isaac isabella ivy jack jacob jacqueline
    james jane janet janice jason jean jeffrey jennifer jeremy jessica jill joan joanne john
    jonathan joseph joshua joyce judith julia julie june karen katherine kathleen keith kenneth
    kevin khadija kim laura lauren lawrence leonard leslie lewis liam lilian linda lisa louise lucy
    lynn mabel malcolm margaret maria marie marion marjorie martin mary matthew maureen mavis maxine
    megan michael michelle mildred mohamed mohammed moira molly monica muhammad muriel nancy natalie
    nathan neil nicholas nicola nigel noah nora norma norman olive oliver olivia oscar pamela
    patricia patrick paul pauline percy peter philip phyllis priya rachel raj ralph raymond rebecca
    reginald richard rita robert robin roger ronald rosemary roy ruby russell ruth ryan samantha
    samuel sandra sarah sean sharon sheila shirley sidney simon sophie stanley stella stephen steven
    stuart susan suzanne sylvia terence teresa thelma theresa thomas timothy tina tom tony tracey
    trevor valerie vera veronica victor victoria vincent violet vivian walter wendy wilfred william
    winifred yasmin yusuf yvonne zainab zoe
"""

FIRST_NAMES: Final = frozenset(_NAMES.split())
