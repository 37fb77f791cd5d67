"""A concern about a person or safety is noticed, and an ordinary idea is left alone (I16, I7).

The sentences are as ward staff would write them. Words were tuned on the first list of each kind; the second
was written afterwards and only measured. Floors are below what was measured, by one or two sentences.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.ideas.checking.concerns import raises_concern, touches_care

CONCERNS = """
the new monitor leads are dangerous, two came loose in a week
it is unsafe to have one nurse for 14 patients at night
a patient nearly died last week because nobody answered the bell
one of the band 7s is bullying the students
the registrar keeps harassing the ward clerk
a doctor came in smelling of alcohol on Saturday
he was drunk on shift again
the wrong dose of insulin was given on Tuesday
patient fell because the floor was wet
we had a near miss with potassium yesterday
this is the third never event this year
someone has falsified the obs charts
obs are being signed as done without doing them
I'm scared to speak up about the way handover is run
she shouts at the HCAs in front of patients
patients are left in wet beds for hours
an elderly man was left without water all afternoon
he was given another patient's tablets
staffing is not safe on nights, our registration is on the line
a colleague is stealing codeine from the cupboard
sister was rude to a patient's wife again
there was a serious incident on Monday and nobody was told
the consultant refuses to come in when we call at night
it is an accident waiting to happen, the cable runs across the door
nurse asleep on duty three nights in a row
somebody is going to get hurt with that broken hoist
racist comments from patients' relatives and from one of our own
they covered it up when the baby was dropped
safeguarding concern about the way a resident is spoken to
he is not fit to practise
a HCA slapped a patient's hand
patients are at risk because the crash trolley is never checked
the locum gave the wrong blood to bed 6
inappropriate touching in the staff room
she makes up the blood pressures at 4am
call bells ignored for an hour, a lady fell out of bed
""".strip().splitlines()

NO_CONCERNS = """
reduce falls on the ward with non-slip socks
the incident reporting form is too long, can we cut it to one page
put a whiteboard in the sluice
a near miss board in the staff room so we learn from each other
teach the new starters about never events at induction
anti-bullying training for all team leaders
share learning from incidents in the Friday huddle
have a falls champion on each shift
we could prevent pressure damage by turning charts at the bed end
put the drugs trolley closer to bay 3
move handover to 07:15 so that the night staff leave on time
a quiet hour after lunch for patients
stop ringing phones at the nurses' station at night
a safer place to keep wheelchairs
fewer interruptions on the drug round with a red tabard
a debrief after every arrest call
a poster about how to speak up
order smaller gloves
the patient experience survey could be on a tablet
make the discharge lounge open at 8
label the linen cupboards
risk assessments could be pre-filled from admission
staff feel tired on nights, could we have a recliner for breaks
patients often wait for their tablets to go home
bed rails assessment is hard to find in the notes
relatives don't know visiting times, put them on the website
a second printer, ours breaks every week
volunteers to help at mealtimes
clocks and calendars for patients with dementia
bring back the tea trolley
avoid harm from lines by a daily line round
reduce the number of drug errors with a checklist
incident feedback never reaches us, can we have a monthly email
the alcohol gel by the door is always empty
domestic abuse leaflets in the toilets
weekly safety huddle
training for staff on violence and aggression
a buddy for every new nurse
please fix the call bell in bay 2
patients lie in bed all day, get them up for lunch
dangerous goods cupboard needs a new label
help patients sleep: earplugs and eye masks
""".strip().splitlines()

HELD_OUT_CONCERNS = """
The agency nurse last night was high on something
Dr on call told the family lies about what happened
my manager humiliates me in front of everyone
a child was given ten times the dose
Two patients died because beds were closed
somebody wrote obs for patients who were never seen
it isn't safe to transfer people with one porter
people are being intimidated into not filling in incident forms
the surgeon operated on the wrong side
the night nurse hit an old lady
patients are lying in urine in the morning
another drug error on nights, this is the fourth
A visitor slipped and broke her hip because of the leak
there is a culture of bullying in theatres
He touched a student nurse inappropriately
we are putting patients at risk with these staffing levels
The fire door is broken and it could kill someone
an HCA is selling things to residents
nobody checks the oxygen cylinders and one day someone will die
Colleague turned up drunk twice
staff are afraid to report anything
the registrar swore at me when I asked for help
a confused patient went missing for two hours
she ignores buzzers
he isn't competent to do lumbar punctures
the pump free-flowed and a lady got too much morphine
they forged my signature on the chart
my colleague makes sexist jokes all the time
patient choked because he had the wrong diet
nurse threatens healthcare assistants with the rota
""".strip().splitlines()

HELD_OUT_NO_CONCERNS = """
A checklist for the night shift would save time
Could the pharmacy deliver at 2 instead of 5
use the old office as a relatives room
put incident numbers on the safety cross so everyone sees them
Learning disability passports at the bed end
text reminders before clinic so fewer people miss it
Reduce the risk of falls with better lighting in the bathrooms
colour coded bins in every bay
Start the ward round with the sickest patients
Have a named nurse on the board
one page summary of the bullying policy in the staff room
stop asking patients the same questions three times
A safety huddle at 8:15
share near misses in the newsletter
print wristbands at the bedside
new drug charts are hard to read in the dark
Speak up champions on every ward
Ask for feedback at discharge not two weeks later
better signs to X-ray, people get lost
make the incident form available as an app
Keep the crash trolley nearer to bay 4
Breakfast club for patients who can walk
patients fall less when there is a nurse in the bay
put a clock in every bay
Hydration stations, so that patients drink more
Protected learning time once a month
a drop box for ideas from porters
one phone number for bleeps
swap the heavy doors for automatic ones
family could help with meals
cut waiting times by starting bloods at 6
a simulation of a sepsis case every month
""".strip().splitlines()

CARE = """
give paracetamol regularly after hip surgery instead of as needed
pre-filled syringes of saline for cannula flushes
change the insulin chart
antibiotics within an hour with a grab box
a second defib on the first floor
new protocol for chest pain
triage criteria for the hot clinic
nurses should be able to prescribe laxatives
use the smaller catheter for ladies
stop routine bloods every day
the PCA pump alarms all night, change the default
VTE assessment on admission
remove cannulas that nobody uses
lower the dose for patients over 80
patient group direction for flu vaccines
fast for two hours not six before theatre
sepsis six sticker
the guideline for head injury is out of date
criteria led discharge for hernia patients
put oxygen prescriptions on the drug chart
""".strip().splitlines()

NO_CARE = """
more chairs in the waiting room
swap the kitchen door
a bike shed for staff
label the linen cupboards
move handover to 7:15
put up a whiteboard with who is on today
mobile device chargers for patients
tea round at 3
start an acute medicine newsletter
signs to X-ray
career pathways talk for HCAs
a new printer
open the staff room at night
paint the bathroom in a calm colour
a welcome pack for students
shorter meetings
put names on lockers
guidelines on annual leave are confusing
ask porters to phone before they come
water jugs with lids
""".strip().splitlines()

HELD_OUT_CARE = """
have naloxone on every trolley
inhaler technique taught by the physio
midazolam box should be nearer
only one nurse for checking heparin
use the ultrasound for difficult cannulation
start a TWOC clinic so that catheters come out earlier
bigger font on the infusion labels
syringe drivers for the weekend
stroke pathway should begin in the ambulance
Let the physios decide on step-down from HDU with clear criteria
more frequent obs after a fall: every 30 minutes
patients own medicines in lockers
replace the old ventilator tubing
give steroids earlier in COPD
referral criteria for the frailty team
pain relief before dressing changes
switch IV to oral sooner
TTOs written the day before
blood transfusion at night only when needed
nasogastric feeding started on day 1
""".strip().splitlines()

HELD_OUT_NO_CARE = """
a coffee machine for relatives
a rota that is out six weeks ahead
one folder for all forms
name badges that people can read
bins that close quietly
phone chargers at every bed
swap desks so the clerk sees the door
a quiet room for breaking bad news
wifi in the outpatient waiting room
free parking for night staff
monthly lunch with the other ward
a map at the entrance
more wheelchairs at the door
use the day room for meals
hand cream at the sinks
a radio in bay 2
order forms online
bring your own mug
post for patients delivered daily
keep the corridor clear of beds
""".strip().splitlines()


def measured(
    judge: Callable[[str], bool], positives: list[str], negatives: list[str]
) -> tuple[float, float, list[str]]:
    """Precision, recall, and what was judged wrongly."""
    hits = [text for text in positives if judge(text)]
    false = [text for text in negatives if judge(text)]
    missed = [text for text in positives if text not in hits]
    return len(hits) / (len(hits) + len(false)), len(hits) / len(positives), [*missed, "|", *false]


@pytest.mark.parametrize(
    ("judge", "positives", "negatives", "precision", "recall"),
    [
        (raises_concern, CONCERNS, NO_CONCERNS, 0.97, 0.97),
        (raises_concern, HELD_OUT_CONCERNS, HELD_OUT_NO_CONCERNS, 0.90, 0.80),
        (touches_care, CARE, NO_CARE, 0.95, 0.95),
        (touches_care, HELD_OUT_CARE, HELD_OUT_NO_CARE, 0.95, 0.80),
    ],
    ids=["concerns", "concerns held out", "care", "care held out"],
)
def test_judgements_are_right_as_often_as_promised(
    judge: Callable[[str], bool],
    positives: list[str],
    negatives: list[str],
    precision: float,
    recall: float,
) -> None:
    found_precision, found_recall, wrong = measured(judge, positives, negatives)
    assert found_precision >= precision, wrong
    assert found_recall >= recall, wrong


@pytest.mark.parametrize("text", ["", " ", "!", "🙂" * 1500, "ا" * 3000, "病房" * 1500])
def test_texts_without_words_are_neither(text: str) -> None:
    assert not raises_concern(text)
    assert not touches_care(text)


def test_the_longest_text_is_judged_at_once() -> None:
    longest = ("a near patient was left with the nurse and the wrong tablets for their own good " * 40)[:3000]
    began = time.perf_counter()
    raises_concern(longest)
    touches_care(longest)
    assert time.perf_counter() - began < 1.0
