"""The English words of time."""

from __future__ import annotations

from bot.core.duelexicon import SOME_DAY, ZONES, Lexicon, PartWord, Phrases, Shift, Unit, indexed, rows


def _english_numbers() -> dict[str, int]:
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    numbers = {word: value for value, word in enumerate([*ones.split(), "seventeen", "eighteen", "nineteen"])}
    digits = [word for word, value in numbers.items() if 0 < value < 10]
    for index, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2):
        numbers[word] = index * 10
        numbers |= {f"{word} {digit}": index * 10 + value for value, digit in enumerate(digits, 1)}
    return numbers | {"fourty": 40}


def _english_ordinals() -> dict[str, int]:
    ones = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    ordinals = {word: value for value, word in enumerate(ones.split(), 1)}
    ordinals |= {word: 15 + i for i, word in enumerate("fifteenth sixteenth seventeenth eighteenth nineteenth".split())}
    ordinals |= {"twentieth": 20, "thirtieth": 30, "thirty first": 31}
    return ordinals | {f"twenty {word}": 20 + value for word, value in ordinals.items() if value < 10}


_ENGLISH_UNITS: dict[str, Unit] = rows(
    ("s, sec, secs, second, seconds", "second"),
    ("m, min, mins, minute, minutes", "minute"),
    ("h, hr, hrs, hour, hours", "hour"),
    ("d, day, days, night, nights", "day"),
    ("w, wk, wks, week, weeks", "week"),
    ("fortnight, fortnights", "fortnight"),
    ("month, months, mo, mos", "month"),
    ("y, yr, yrs, year, years", "year"),
)

ENGLISH = Lexicon(
    language="en",
    weekdays=indexed("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    | indexed("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"),
    weekday_abbreviations=indexed("mon", "tue tues", "wed weds", "thu thur thurs", "fri frid", "sat", "sun"),
    months=indexed(
        "", "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    ),
    numbers=Phrases(_english_numbers()),
    ordinals=Phrases(_english_ordinals()),
    ordinal_endings=frozenset({"st", "nd", "rd", "th"}),
    units=_ENGLISH_UNITS,
    lengths=Phrases(rows(
        ("half an hour, a half hour, half hour, 1/2 hour, half a hour", ("hour", 0.5)),
        ("a quarter of an hour, quarter of an hour, quarter hour, a quarter hour", ("hour", 0.25)),
        ("three quarters of an hour, three quarter of an hour", ("hour", 0.75)),
        ("an hour and a half, one hour and a half, hour and a half, one and a half hours", ("hour", 1.5)),
        ("an hour and a quarter", ("hour", 1.25)),
        ("fortnight, a fortnight, one fortnight", ("day", 14)),
    )),
    days=Phrases(rows(
        ("today, this day, tday, 2day", 0),
        ("tomorrow, tomorrows, tmrw, tmr, tmw, tomoz, 2moro, 2morrow, tom, next day, following day, day after", 1),
        ("day after tomorrow, overmorrow, next tomorrow", 2),  # the last in Accra and Lagos
        ("this day next week, same day next week, the same day next week", 7),
        ("yesterday", -1),
        ("day before yesterday", -2),
        ("last night, last week, last month, last year", -7),
    )),
    feasts=Phrases(rows(
        ("christmas, christmas day, xmas, xmas day, x mas", "christmas"),
        ("christmas eve, xmas eve", "christmas_eve"),
        ("boxing day, st stephen s day, st stephens day, saint stephen s day, stephen s day, stephens day", "boxing"),
        ("new year, new years, new year s, new year day, new years day, new year s day", "new_year"),
        ("new year eve, new years eve, new year s eve, nye", "new_year_eve"),
        ("valentine s day, valentine day, valentines day, valentines", "valentine"),
        ("st patrick s day, st patricks day, saint patrick s day, st paddy s day, st paddys day"
         ", paddy s day, paddys day, patrick s day, patricks day", "patrick"),
        ("halloween, hallowe en", "halloween"),
        ("all saints day, all saints, all saints' day", "all_saints"),
        ("bastille day", "bastille"),
        ("4th of july, fourth of july", "independence_us"),
        # Another day in each country, or one of several: asked about.
        ("independence day, republic day, national day, bank holiday, bank holiday monday, bank holiday mon"
         ", monday bank holiday, bank holiday friday, friday bank holiday, public holiday, bank holiday weekend"
         ", public holiday monday, bank hol, bank hol monday", SOME_DAY),
        ("thanksgiving, thanksgiving day", "thanksgiving"),
        ("black friday", "black_friday"),
        ("labor day", "labor_us"),
        ("memorial day", "memorial_us"),
        ("presidents day, president s day", "presidents"),
        ("mlk day, martin luther king day, martin luther king s day, martin luther kings day", "mlk"),
        ("father s day, fathers day", "fathers"),
        ("good friday", "good_friday"),
        ("easter, easter sunday, easter day", "easter"),
        ("easter monday, easter mon", "easter_monday"),
        ("maundy thursday", "maundy_thursday"),
        ("palm sunday", "palm_sunday"),
        ("trinity sunday", "trinity"),
        ("ascension, ascension day, ascension thursday", "ascension"),
        ("pentecost, whit sunday", "pentecost"),
        ("whit monday", "whit_monday"),
        ("ash wednesday", "ash_wednesday"),
        ("shrove tuesday, pancake day, mardi gras", "mardi_gras"),
        ("epiphany", "epiphany"),
    )),
    parts=Phrases(rows(
        ("morning, in the morning, the morning, in morning, mornings, in the am", PartWord("morning")),
        ("this morning", PartWord("morning", today=True)),
        ("early morning, early in the morning, first thing, first thing in the morning, early",
         PartWord("early_morning")),
        ("mid morning", PartWord("mid_morning")),
        ("late morning, end of the morning, end of morning", PartWord("late_morning")),
        ("lunch, lunchtime, lunch time", PartWord("noon")),
        ("afternoon, in the afternoon, in afternoon, the afternoon, arvo, afternoonish, in the pm",
         PartWord("afternoon")),
        ("this afternoon, this arvo", PartWord("afternoon", today=True)),
        ("early afternoon, early in the afternoon", PartWord("early_afternoon")),
        ("mid afternoon", PartWord("mid_afternoon")),
        ("late afternoon, late in the afternoon, end of the afternoon, end of afternoon", PartWord("late_afternoon")),
        ("evening, in the evening, in evening, the evening, eve", PartWord("evening")),
        ("this evening, tonight, tonite, 2nite, 2night", PartWord("evening", today=True)),
        ("early evening, early in the evening", PartWord("early_evening")),
        ("late evening, late in the evening", PartWord("late_evening")),
        ("late tonight, late tonite", PartWord("late_evening", today=True)),
        ("night, at night, in the night", PartWord("night")),
        ("end of day, end of the day, eod, cob, close of business, end of business, close of play, closing time"
         ", closing, end of business day, end of play, end of business hours, cop, eob, by close, at close, until close"
         ", till close, til close, before close, before you close, until you close, till you close, til you close"
         ", by the time you close, when you close, before you shut, until you shut, till you shut",
         PartWord("day_end")),
    )),
    fillers=Phrases({phrase: phrase.split()[-1] for phrase in rows((
        "at, on, by, for, until, till, til, untill, up to, before, the, of, around, about, approximately"
        ", approx, please, pls"
        ", plz, thanks, thank you, no later than, not later than, at the latest, latest, exactly, sharp"
        ", ish, say, roughly"
        ", due, local time, t, at about, at around, by about, yes, ok, okay, i d say, how about, in, during, sometime"
        ", it s, it is, i think, probably, i guess, it will be, hopefully, anytime before, some time"
        ", let s say, maybe, from, if possible, only, just, to, after, just after, not after", 0))}),
    day_leads=frozenset({"the", "on"}),
    clock_leads=frozenset(
        {"at", "by", "around", "about", "before", "until", "till", "til", "approximately", "approx", "for"}
    ),
    joins=frozenset({"of", "the", "in", "on"}),
    before_weekday=Phrases(rows(
        ("next, this, this coming, coming, the coming, the next, upcoming, the following, this upcoming", Shift()),
        ("next week, next week s, next week on, next wk", Shift(of_week=1)),
        ("this week s, this week", Shift(of_week=0)),
    )),
    after_weekday=Phrases(rows(
        ("coming", Shift()),
        ("of next week, next week, next wk, in next week, from next week, of the next week, of the following week"
         ", the following week", Shift(of_week=1)),
        ("this week, of this week, of the week", Shift(of_week=0)),
        ("week, after next, in a week, week later, a week later", Shift(weeks=1)),
        ("fortnight, in two weeks", Shift(weeks=2)),
    )),
    past_after=Phrases(rows(("ago, back, last week, of last week, from last week", True))),
    past_before=Phrases(rows(("last, past, previous", True))),
    weeks=Phrases(rows(
        ("this week, coming week, current week, the week", 0),
        ("next week, following week, next wk", 1),
        ("weekend, week end, this weekend, this week end, the weekend, this coming weekend, wkd", -1),
        ("next weekend, next week end", -2),
    )),
    months_ahead=Phrases(rows(("this month, month, current month", 0), ("next month, following month", 1))),
    years_ahead=Phrases(rows(("this year, year", 0), ("next year", 1))),
    end_of=Phrases(rows(("end, end of, end of the, the end of, the end of the", True), ("last day of"
    ", last day of the", True))),
    vaguely_of=Phrases(rows(
        ("early, beginning of, beginning of the, start of, start of the, early in", 1),
        ("mid, middle of, middle of the", 15),
        ("late, late in", 25),
    )),
    last=frozenset({"last"}),
    day_words=frozenset({"day"}),
    span_before=Phrases(rows(
        ("in, within, next, the next, for the next, in about, in around, in the next, within the next, inside"
         ", in exactly, in just, in approximately", "now"),
        ("another, +, plus, for another, an extra, for an extra, extra, an additional, additional, for, by", "base"),
    )),
    span_after=Phrases(rows(
        ("from now, from today, hence, from right now, time, s time, from this moment, away", "now"),
        ("more, longer, later, late, extra, additional, on top, further", "base"),
    )),
    more=Phrases(rows(("more, extra, additional, further, of, business", True))),
    after=Phrases(rows(("from, after, following, on, past", 1), ("before, prior to", -1))),
    eve=Phrases(rows(("day after, day following", 1), ("day before", -1))),
    halves=Phrases(rows(("and a half, and an half, and half", 0.5), ("and a quarter", 0.25))),
    zones=ZONES | {"bst": 60, "ist": 330, "pst": -480, "pdt": -420, "est": -300, "edt": -240, "cst": -360},
    winter=Phrases(rows(("winter time, standard time", True))),
    same_hour=Phrases(rows(("same time, the same time, at the same time, same hour", True))),
    also_spelled=("tomorrow", "tonight", "morning", "afternoon", "evening", "midnight"),
)  # fmt: skip
