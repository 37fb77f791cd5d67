"""What a text is about: a concern about a person or about safety (I16), or the care itself (I7). Pure.

Both are lists of words, first of phrases in which a word means something harmless ("incident reporting
form"), then of what counts. They only lead to a page that asks: nothing is refused, and nothing is decided.
How often they are right is held by tests over what ward staff write.
"""

from __future__ import annotations

import re
from typing import Final


def raises_concern(text: str) -> bool:
    """Whether it reads like a concern about a person or about safety rather than an idea."""
    return _CONCERN.search(_HARMLESS.sub(" . ", _straight(text))) is not None


def touches_care(text: str) -> bool:
    """Whether it reads like a change to medicines, devices or clinical pathways, which an approver "
    "sees."""
    return _CARE.search(_NO_CARE.sub(" . ", _straight(text))) is not None


def _straight(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("‘", "'").replace("–", "-").split())


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


_SOMEBODY = (
    r"(?:patients?|residents?|mums?|mothers?|wom[ae]n|m[ae]n|lady|ladies|gentlem[ae]n|relatives?"
    r"|visitors?"
    r"|child(?:ren)?|bab(?:y|ies)|people|person|someone|somebody|colleagues?|staff|nurses?|doctors?|hcas?"
    r"|students?|him|her|them|me|us|one)"
)
_PAPER = (
    r"(?:report\w*|forms?|log\w*|boards?|posters?|training|courses?|module\w*|polic(?:y|ies)"
    r"|process\w*|review\w*"
    r"|meetings?|huddle\w*|newsletter\w*|teaching|learning|lessons|feedback|data|numbers?|rates?"
    r"|figures|chart\w*"
    r"|leaflet\w*|awareness|campaign\w*|week|team\w*|system\w*|template\w*|categor\w*|debrief\w*"
    r"|folder\w*|audit\w*"
    r"|guid\w*|prevention|assessment\w*|bundle\w*|display\w*|simulation\w*|champion\w*|ambassador\w*"
    r"|guardian\w*"
    r"|themes?|trends?|cards?|tracker\w*|app|induction|screening|workshop\w*|drop-in\w*"
    r"|support group\w*|hub)"
)
_TOPIC = (
    r"(?:(?:serious |critical |safety )?incidents?|near[ -]miss(?:es)?|never[ -]events?|bullying"
    r"|harassment|racism"
    r"|discrimination|abuse|safeguarding|falls?|harm|neglect|violence|aggression|assaults?"
    r"|speak(?:ing)? up"
    r"|whistleblowing|errors?|overdoses?|deaths?|mortality|unsafe|drunk|intimidation)"
)
_FEWER = (
    r"(?:reduc\w+|prevent\w*|avoid\w*|fewer|less|lower\w*|stop\w*|cut\w*|end|without|no more|tackl\w+|against"
    r"|zero)"
)

# Where a word stands for a form, a course, a number to bring down, or a patient's own condition.
_HARMLESS: Final = _any(
    rf"{_TOPIC}(?:,? (?:and|or|/|&) {_TOPIC})*(?: (?:the|at|on|in|our|ward|unit|staff|patient"
    rf"|case)){{0,2}} {_PAPER}",
    rf"{_PAPER} (?:on|about|for|of|from|after|against) (?:\w+ ){{0,2}}{_TOPIC}(?:,? (?:and"
    rf"|or) {_TOPIC})*",
    rf"(?:learn\w*|teach\w*|lessons|debrief\w*|feedback|themes|share[ds]?|discuss\w*|review\w*"
    rf"|report\w*) (?:\w+ ){{0,3}}{_TOPIC}",
    rf"(?:after|following|when there is|if there is|in the event of|every time there is) (?:an?|any"
    rf"|each|every|the) "
    rf"(?:\w+ )?{_TOPIC}",
    rf"{_FEWER} (?:\w+ ){{0,3}}(?:{_TOPIC}|mistakes|injur\w+|bull\w+|harass\w+|intimidat\w+|shouting)",
    rf"(?:number|risk|rate|chance|likelihood)s? of (?:\w+ )?{_TOPIC}",
    r"anti-? ?(?:bullying|racis[mt]|harassment)",
    r"(?:substance|alcohol|drug|domestic|elder|child|sexual) (?:abuse|misuse|violence|assault)"
    r"(?: (?:services?|survivors?|nurse|pathway|screening|history|victims?|referrals?|helpline))?",
    r"(?:drunk|intoxicated) (?:patients|people|visitors|or aggressive)",
    r"before (?:somebody|someone|anybody|anyone) (?:asks|needs|wants)",
    r"(?:feel|feels|feeling|be|make|keep)(?: \w+)? (?:less unsafe|safer|safe)",
    r"harm[ -]free(?: care)?",
    r"dangerous (?:goods|substances|waste)",
)

_GIVEN = r"(?:given|administered|prescribed|hung|connected|dispensed|transfused|injected)"

_CONCERN: Final = _any(
    # How somebody treats others.
    r"bull(?:y|ies|ied|ying)(?! (?:beef|dog))",
    r"harass(?:es|ed|ing|ment)?",
    r"intimidat(?:e|es|ed|ing|ion)",
    r"(?:racist|racism|sexist|sexism|homophobi[ac]|transphobi[ac]|discriminat(?:es?|ed|ing|ion)"
    r"|victimis\w+)",
    r"(?:abus(?:e|es|ed|ing|ive)|assault(?:s|ed|ing)?|molest\w+|humiliat\w+|belittl\w+|threaten(?:s|ed"
    r"|ing)?)",
    rf"(?:shout|yell|scream|swear|swore|snap)(?:s|ed|ing)? at (?:\w+ ){{0,2}}{_SOMEBODY}",
    rf"(?:rude|aggressive|nasty|horrible|rough|cruel|unkind|abrupt) (?:to|with"
    rf"|towards) (?:\w+ ){{0,2}}{_SOMEBODY}",
    rf"(?:hit|hits|hitting|slapp\w+|pushed|pushes|grabb\w+|punch\w+) (?:an? |the |his "
    rf"|her )?(?:\w+ )?{_SOMEBODY}",
    r"(?:inappropriate(?:ly)? (?:\w+ )?(?:behaviour|comments?|remarks?|touch\w*|jokes?|relationship)"
    r"|touched (?:\w+ ){1,2}inappropriately|sexual(?:ly)? (?:comments?|remarks?|harass\w+|advances))",
    r"(?:scared|afraid|frightened|too frightened) (?:of|to (?:speak|say|raise|report|tell|work"
    r"|challenge|ask))",
    # What somebody does at work, or is not fit to do.
    r"(?:is|was|been|being|turned up|came in|arrived|seems?|clearly|often) (?:\w+ )?(?:drunk|high"
    r"|intoxicated)",
    r"(?:smell(?:s|ed|ing|t)?|reek(?:s|ed|ing)?|stinks?) of (?:alcohol|drink|booze|cannabis)",
    r"(?:under the influence|drinking (?:on|at|before) (?:duty|work|shifts?))",
    r"(?:incompetent|not (?:fit|competent|safe) to (?:practise|practice|work|be)|unfit to \w+"
    r"|(?:should not|shouldn't) be (?:a|an|allowed|working|practising|near|looking after)(?: \w+)?)",
    r"(?:falsif\w+|forg(?:ed|es|ing) (?:\w+ ){0,3}(?:signatures?|notes|records?|obs|charts?|initials)"
    r"|fraud\w*)",
    r"(?:mak(?:es?|ing)|made)(?: \w+)? up (?:the |her |his |their )?(?:obs|observations|figures"
    r"|records?|notes|results|blood pressures?)",
    r"(?:cover(?:s|ed|ing)?[ -](?:it |this |things |that )?up|cover-up|hush(?:ed)? up|swept under)",
    r"(?:signs?|signed|signing|ticks?|ticked|ticking) (?:\w+ ){1,4}(?:without (?:doing|checking"
    r"|looking|giving|seeing)"
    r"|(?:never|not) (?:done|been done|given|happened))",
    r"(?:record\w*|document\w*|writ\w+|wrote|chart\w*|signed) (?:\w+ ){0,4}(?:that"
    r"|which) (?:\w+ ){0,2}(?:never happened|weren't done|were not done|wasn't done|was not done"
    r"|were never done|was never done)",
    r"(?:steals?|stole|stealing|helps? himself to|helps? herself to|diverting) (?:\w+ ){0,2}"
    r"(?:drugs?|medic\w+|morphine|codeine|opioids?|controlled|money|from (?:\w+ )?(?:patients?"
    r"|residents?))",
    r"(?:asleep|sleeps?|sleeping|slept) (?:on|during|through) (?:\w+ )?(?:duty|shifts?|nights?"
    r"|the night)(?! sleep)",
    r"(?:lied|lies|lying) (?:to|about) (?:\w+ )?(?!bed)\w+",
    r"neglect(?:s|ed|ing|ful)?",
    rf"(?:ignor(?:es|ed|ing)|refus(?:es|ed|ing) to (?:help|see|come|attend|wash|examine|answer"
    rf"|give)) (?:\w+ ){{0,4}}"
    rf"(?:call ?bells?|buzzers?|alarms?|pain|concerns?|hands|{_SOMEBODY})",
    r"refus(?:es|ed|ing) to (?:wash|gown|come|attend|see|help|review)",
    # What happened, or nearly.
    rf"(?:an? |the |our |one |two |three |another |my )?(?:\w+ )?{_SOMEBODY} (?:has |have "
    rf"|had )?(?:nearly |almost |just )?"
    r"(?:died|choked|collapsed|absconded|came to harm|got hurt|was hurt|were hurt|was injured"
    r"|were injured|was harmed"
    r"|were harmed|bled out|stopped breathing|went missing|nearly fell)",
    rf"{_SOMEBODY} (?:\w+ ){{0,3}}(?:fell|slipped) (?:\w+ ){{0,2}}(?:because|last|yesterday|today|this"
    rf"|out of|off|and|on (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday))",
    r"(?:nearly|almost|could have|might have|would have|going to|will|may) (?:\w+ )?(?:died?|killed?"
    r"|kill)",
    r"(?:died|death|harm(?:ed)?|injur(?:ed|y)|arrest(?:ed)?) (?:\w+ ){0,2}(?:because|as a result|due to)",
    r"(?:someone|somebody|a patient|patients|a child|staff) (?:is|are|will|could"
    r"|may) (?:\w+ )?(?:going to |to )?"
    r"(?:die|be harmed|get hurt|be hurt|get harmed|be killed|be injured|come to harm)",
    rf"wrong (?:dose|drug|medic\w+|blood|patient|person|site|side|limb|leg|eye|fluid|insulin|bag|unit"
    rf"|tablets?|antibiotics?|feed)"
    rf"(?: \w+){{0,5}} (?:was|were|got|has been|had been|being|nearly|almost)(?: \w+){{0,2}}? {_GIVEN}",
    rf"(?:{_GIVEN}|gave|gives|got|had|operated on|giving) (?:\w+ ){{0,4}}(?:the )?wrong (?:dose|drug"
    rf"|medic\w+|blood|patient|person|site|side|limb|leg|eye|fluid|insulin|bag|tablets?|antibiotics?"
    rf"|feed)",
    rf"{_GIVEN} (?:\w+ ){{0,3}}(?:someone else's|somebody else's|another patient's"
    rf"|(?:to )?the wrong patient)",
    rf"{_GIVEN} (?:\w+ ){{0,3}}(?:ten times|10 times|double|twice) (?:the|her|his|their) dose",
    r"(?:an? |the |another |this |that )(?:serious |critical |bad |nasty )?(?:incident|near[ -]miss"
    r"|never[ -]event|drug error|medication error)"
    r"(?: (?:last|yesterday|today|this|on|in|happened|where|when|because|with|involving|at|again|that))?",
    r"(?:near[ -]miss(?:es)?|never[ -]events?|serious incidents?|sentinel events?)",
    r"(?:overdosed?)(?: \w+){0,3} (?:by|because|given)",
    r"safeguarding (?:concern|issue|alert|risk|matter)s?",
    # That it is not safe.
    r"(?:unsafe|not safe|isn't safe|aren't safe|dangerous(?:ly)?|hazardous to|a danger to"
    r"|no longer safe)",
    r"(?:put(?:s|ting)?|leav(?:es?|ing)|left|being) (?:\w+ ){0,3}(?:at|in) (?:\w+ )?(?:risk|danger)",
    rf"{_SOMEBODY}(?:'s lives)? (?:is|are|were|was) (?:\w+ )?(?:at|in) (?:\w+ )?(?:risk"
    rf"|danger)(?! of (?:falls?|falling|pressure|malnutrition|dehydration|delirium|readmission"
    rf"|sepsis))",
    r"(?:accident|disaster|death|tragedy) waiting to happen",
    r"(?:left|leaving|sat|lying|lay|waiting) (?:\w+ ){0,4}(?:in (?:their |his |her |own |a )*(?:urine"
    r"|faeces|soiled|wet|pain for)"
    r"|without (?:\w+ )?(?:water|fluids|food|pain relief|analgesia|obs|observations|oxygen"
    r"|their medication|a buzzer|a call bell))",
    r"(?:my|our|her|his|their) (?:registration|pin|licen[cs]e) (?:is )?(?:at|on the) (?:risk|line)",
)

_DRUGS = (
    "paracetamol|ibuprofen|morphine|oramorph|codeine|oxycodone|fentanyl|tramadol|ketamine|midazolam"
    "|lorazepam|diazepam|haloperidol|insulin|heparin|warfarin|apixaban|rivaroxaban|edoxaban|enoxaparin"
    "|dalteparin|clexane|aspirin|clopidogrel|gentamicin|vancomycin|amoxicillin|flucloxacillin|meropenem"
    "|tazocin|teicoplanin|co-amoxiclav|doxycycline|metronidazole|furosemide|bumetanide|bisoprolol"
    "|amiodarone|digoxin|salbutamol|ipratropium|prednisolone|dexamethasone|hydrocortisone|adrenaline"
    "|noradrenaline|naloxone|metformin|levothyroxine|omeprazole|lansoprazole|senna|laxido|ondansetron"
    "|cyclizine|metoclopramide|levetiracetam|phenytoin|levodopa|oxytocin|methotrexate|lithium|clozapine"
    "|potassium|magnesium|tranexamic|entonox"
)

_NO_CARE: Final = _any(
    r"(?:general|acute|internal|emergency|geriatric|care of the elderly|intensive care|respiratory"
    r"|nuclear|sports|laboratory) medicine",
    r"(?:department|school|college|division|directorate) of medicine",
    r"career\w* pathways?",
    r"(?:garden|outside|outdoor|paved|wheelchair) pathways?",
    r"pathways? (?:outside|to the (?:car|garden|entrance|main))",
    r"(?:fire|parking|dress|uniform|social media|email|telephone) (?:protocol|guideline|polic)\w*",
    r"guidelines? (?:for|on) (?:parking|uniforms?|annual leave|study leave|the rota|rotas|rostering"
    r"|booking)",
    r"(?:medicine|medical|device) (?:ward|students?|team|rota|secretar\w+|records)",
    r"pumps? (?:up|it)",
    r"(?:beer|petrol|bike|soap|heat|water|hand gel|gel) pumps?",
    r"(?:mobile|personal|smart|electronic|own|hand-?held|charging|apple|android) devices?",
    r"dose of (?:reality|humour|fun)",
    r"drug (?:and alcohol|rep|reps|company|companies)",
    r"pathways? (?:coordinator|co-ordinator|manager)s?",
)

_CARE: Final = _any(
    # Medicines.
    rf"(?:{_DRUGS})s?",
    r"(?:antibiotics?|opioids?|opiates?|anticoagula\w+|analges\w+|anti-?emetics?|antipsychotics?"
    r"|benzodiazepines?"
    r"|sedati(?:on|ves?)|statins?|steroids?|inhalers?|nebulis\w+|laxatives?|diuretics?|vaccin\w+"
    r"|immunis\w+"
    r"|chemo(?:therapy)?|immunoglobulin|blood thinners?|pain relief|painkillers?|eye drops"
    r"|thromboprophylaxis)",
    r"(?:dos(?:e|es|ing|age|ages)|prescri(?:be|bes|bed|bing|ption|ptions|bers?)|medicat(?:ion|ions)"
    r"|medicines?|meds"
    r"|drugs?|tto?s|ttas?|infusions?|iv (?:fluids?|antibiotics?|push|bolus)"
    r"|fluid (?:balance )?bolus(?:es)?|pca|tpn)",
    r"(?:oxygen (?:target|prescri\w+|saturations? target|therapy)|blood transfusions?|transfus\w+)",
    # Devices.
    r"(?:pumps?|syringe drivers?|ventilators?|cpap|bipap|niv|high[ -]flow|defib\w*|catheter\w*"
    r"|cannula\w*|venflons?"
    r"|picc(?: lines?)?|midlines?|(?:central|arterial|peripheral) lines?|chest drains?|ng tubes?"
    r"|nasogastric"
    r"|(?:feeding|peg|endotracheal) tubes?|peg feed\w*|tracheostom\w+|pacemakers?|dialys\w+"
    r"|haemofilt\w+|stents?"
    r"|implants?|glucometers?|glucose (?:meter|monitor|sensor)\w*|(?:cardiac|bedside|ctg"
    r"|telemetry) monitors?|telemetry"
    r"|blood gas (?:machine|analyser)|suction|oximeters?|(?:medical |infusion |wearable )devices?"
    r"|compression (?:stockings|devices?)|flowtrons?)",
    # Pathways.
    r"(?:pathways?|protocols?|guidelines?|care bundles?|sepsis (?:six|6|bundle|screen\w*|box|kit)"
    r"|order sets?|algorithms?"
    r"|sops?|standard operating procedures?|patient group directions?|pgds?|standing orders?)",
    r"(?:triage|admission|discharge|referral|escalation|transfer|inclusion|extubation|fasting|step-?down)"
    r" (?:\w+ )?(?:criteria|scores?|categor\w+|thresholds?|triggers?|tool|rules?)",
    r"(?:criteria[ -]led discharge|nurse[ -]led (?:discharge|prescribing)|early warning scores?"
    r"|news ?2(?: scores?)?"
    r"|(?:vte|falls|frailty|delirium|waterlow|must|sepsis) (?:risk )?(?:assessments?|scores?"
    r"|screen\w*)|nil by mouth|nbm|fasting times?|fast(?:ing)? (?:for )?(?:\w+ )?hours"
    r"|(?:frequency of|how often) (?:\w+ )?(?:obs|observations)|(?:hourly|daily|routine) (?:bloods?"
    r"|obs|observations|x-?rays?|ecgs?)"
    r"|clinical (?:criteria|threshold)s?|resus\w* (?:status|decisions?)|dnacpr)",
)
