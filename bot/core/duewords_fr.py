"""The French words of time."""

from __future__ import annotations

from bot.core.duelexicon import ZONES, Lexicon, PartWord, Phrases, Shift, Unit, indexed, rows


def _french_numbers() -> dict[str, int]:
    ones = ["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
    ones += ["treize", "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf"]
    numbers = {word: value for value, word in enumerate(ones)}
    tens = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre vingt": 80}
    tens |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
    for word, value in tens.items():
        reach = 20 if value in (60, 80) and word in ("soixante", "quatre vingt") else 10
        numbers[word] = value
        for step in range(1, reach):
            numbers[f"{word} {ones[step]}"] = value + step
            if step in (1, 11):
                numbers[f"{word} et {ones[step]}"] = value + step
    return numbers | {"quatre vingts": 80, "une": 1, "vingt et une": 21, "trente et une": 31, "cent": 100}


def _short(phrases: str) -> str:
    """These, and with *sem* for *semaine* and *pro* for *prochaine*, as people type."""
    for word, short in (("semaine", "sem"), ("prochaine", "pro")):
        phrases += ", " + phrases.replace(word, short)
    return phrases


_FRENCH_ORDINALS = indexed(
    "", "premier premiere", "deuxieme second seconde", "troisieme", "quatrieme", "cinquieme", "sixieme", "septieme",
    "huitieme", "neuvieme", "dixieme",
)  # fmt: skip

_FRENCH_UNITS: dict[str, Unit] = rows(
    ("s, sec, secs, seconde, secondes", "second"),
    ("min, mn, mns, mins, minute, minutes", "minute"),
    ("h, hr, hrs, heure, heures, heur, heurs", "hour"),
    ("j, jr, jrs, jour, jours, journee, journees, nuit, nuits", "day"),
    ("sem, semaine, semaines", "week"),
    ("quinzaine, quinzaines", "fortnight"),
    ("mois", "month"),
    ("an, ans, annee, annees", "year"),
)

FRENCH = Lexicon(
    language="fr",
    weekdays=indexed("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    weekday_abbreviations=indexed(
        "lun lund", "mar mard", "mer merc mercr", "jeu jeud", "ven vend vendr vdr", "sam", "dim"
    ),
    months=indexed(
        "", "janvier janv jan", "fevrier fevr fev", "mars", "avril avr", "mai", "juin", "juillet juil jul", "aout",
        "septembre sept sep", "octobre oct", "novembre nov", "decembre dec",
    ),
    numbers=Phrases(_french_numbers()),
    ordinals=Phrases(_FRENCH_ORDINALS),
    ordinal_endings=frozenset({"er", "ere", "e", "eme", "ieme", "nd", "nde"}),
    units=_FRENCH_UNITS,
    lengths=Phrases(rows(
        ("demi heure, une demi heure, demie heure, une demie heure", ("hour", 0.5)),
        ("un quart d heure, quart d heure", ("hour", 0.25)),
        ("trois quarts d heure, 3 quarts d heure, trois quart d heure", ("hour", 0.75)),
        ("huitaine, une huitaine", ("day", 8)),
        ("quinzaine, une quinzaine, la quinzaine, une quinzaine de jours, quinzaine de jours", ("day", 15)),
        ("une dizaine de jours, dizaine de jours", ("day", 10)),
        ("une vingtaine de minutes", ("minute", 20)),
    )),
    days=Phrases(rows(
        ("aujourd hui, ce jour, aujourdhui, auj, ajd, ojd, dans la journee, dans la journee d aujourd hui", 0),
        ("demain, dem, dem1, 2main, 2m1, dmain, lendemain, jour suivant, jour d apres, jour apres, un jour apres", 1),
        ("journee de demain, dans la journee de demain", 1),
        ("apres demain, surlendemain, deux jours plus tard, deux jours apres, apres 2main, apres 2m1, apre demain"
         ", ap demain, apresdemain", 2),
        ("hier, jour d avant, jour precedent, veille", -1),
        ("avant hier, avant veille", -2),
        ("semaine derniere, semaine passee, mois dernier, mois passe, annee derniere, an dernier", -7),
    )),
    feasts=Phrases(rows(
        ("noel, jour de noel, a noel", "christmas"),
        ("veille de noel, reveillon de noel, veillee de noel", "christmas_eve"),
        ("jour de l an, nouvel an, premier de l an", "new_year"),
        ("saint sylvestre, st sylvestre, reveillon du nouvel an, reveillon de nouvel an, reveillon du jour de l an",
         "new_year_eve"),
        ("toussaint, jour de la toussaint, journee de la toussaint", "all_saints"),
        ("fete du travail", "labour"),
        ("fete des meres", "mothers_fr"),
        ("fete des peres", "fathers"),
        ("fete de la musique", "music"),
        ("chandeleur", "candlemas"),
        ("fete nationale", "bastille"),
        ("saint valentin, st valentin", "valentine"),
        ("epiphanie", "epiphany"),
        ("halloween", "halloween"),
        ("armistice", "armistice"),
        ("assomption", "assumption"),
        ("vendredi saint", "good_friday"),
        ("paques, dimanche de paques", "easter"),
        ("lundi de paques", "easter_monday"),
        ("ascension, jeudi de l ascension", "ascension"),
        ("pentecote, dimanche de pentecote", "pentecost"),
        ("lundi de pentecote", "whit_monday"),
        ("mardi gras", "mardi_gras"),
        ("mercredi des cendres", "ash_wednesday"),
        ("rameaux, dimanche des rameaux", "palm_sunday"),
    )),
    parts=Phrases(rows(
        ("matin, du matin, le matin, au matin, du mat, mat, matinee, la matinee, dans la matinee"
         ", de la matinee, en matinee, de matin, de matinee, du matinee, dans le matin",
         PartWord("morning")),
        ("ce matin, cette matinee, cette matin", PartWord("morning", today=True)),
        ("debut de matinee, matin tot, tot le matin, tres tot le matin, le matin tot, le matin tres tot, premiere heure"
         ", a la premiere heure, de bonne heure", PartWord("early_morning")),
        ("milieu de matinee, milieu de la matinee", PartWord("mid_morning")),
        ("fin de matinee, fin de la matinee, fin matinee", PartWord("late_morning")),
        ("a l heure du dejeuner, heure du dejeuner, midi pile", PartWord("noon")),
        ("ce midi", PartWord("noon", today=True)),
        ("apres midi, l apres midi, de l apres midi, dans l apres midi, aprem, aprm, l aprem, pm midi, apm, apresmidi"
         ", cet apres midi la", PartWord("afternoon")),
        ("cet apres midi, cet aprem, cet aprm, cette apres midi, cette aprem", PartWord("afternoon", today=True)),
        ("debut d apres midi, debut de l apres midi, debut d aprem", PartWord("early_afternoon")),
        ("milieu d apres midi, milieu de l apres midi", PartWord("mid_afternoon")),
        ("fin d apres midi, fin de l apres midi, fin d aprem, fin apres midi, fin aprem", PartWord("late_afternoon")),
        ("soir, du soir, le soir, au soir, soiree, la soiree, dans la soiree, en soiree, du soiree, de la soiree"
         ", de soir, de soiree",
         PartWord("evening")),
        ("ce soir, cette soiree, 2soir, c soir", PartWord("evening", today=True)),
        ("debut de soiree, debut de la soiree", PartWord("early_evening")),
        ("fin de soiree, fin de la soiree", PartWord("late_evening")),
        ("nuit, la nuit, de la nuit, dans la nuit", PartWord("night")),
        ("cette nuit", PartWord("night", today=True)),
        ("fin de journee, fin de la journee, fin journee, fermeture, la fermeture, a la fermeture, heure de fermeture"
         ", fin du jour", PartWord("day_end")),
    )),
    fillers=Phrases({phrase: phrase.split()[-1] for phrase in rows((
        "a, au, aux, le, la, l, les, de, du, des, d, en, pour, pr, vers, environ, avant, jusqu a, jusqu au, jusqua"
        ", jusqu, jusque, jusk, jusk a, jusk au, jusq, jusq a, jusq au"
        ", jusqu en, d ici, d ici a, d ici au, d ici le, ici, svp, stp, s il vous plait, s il te plait"
        ", s vous plait, sil vous plait, merci, merci d avance, plutot, autour de, aux alentours de, alentours"
        ", au plus tard, dernier delai, max, maxi, maximum, pile, precises, precise, si possible, disons"
        ", dans le courant de"
        ", courant, je dirais, oui, ok, bonjour, voila, grand maximum, heure locale, t, ce sera, ca sera"
        ", pas plus tard que, aux environs de, tapantes, tapante, normalement, probablement"
        ", sans doute, je pense, je pense que ce sera, c est, il est"
        ", n importe quand avant, sur"
        ", a partir de maintenant, a compter d aujourd hui, avant le, avant la, avant midi pile, dans"
        ", durant, ds, apres, juste apres, pas apres", 0))}),
    day_leads=frozenset({"le", "au", "du"}),
    clock_leads=frozenset({"a", "vers", "environ", "avant", "jusqua"}),
    joins=frozenset({"de", "d", "du", "le", "la", "l", "en", "au", "a"}),
    before_weekday=Phrases(rows(
        ("prochain, le prochain, ce prochain, ce, cette, ce jour", Shift()),
        (_short("la semaine prochaine le"), Shift(of_week=1)),
    )),
    after_weekday=Phrases(rows(
        ("prochain, prochaine, pro, qui vient, a venir", Shift()),
        (_short("suivant, d apres, de la semaine prochaine, la semaine prochaine, semaine prochaine"
                ", de la semaine suivante, la semaine suivante, la semaine prochain, de la semaine d apres"
                ", la semaine d apres, de la semaine qui vient, la semaine qui vient"),
         Shift(of_week=1)),
        ("de cette semaine, cette semaine, de la semaine, de la semaine en cours", Shift(of_week=0)),
        ("en huit, en 8, sous huitaine, d en huit", Shift(weeks=1)),
        ("en quinze, en 15, d en quinze", Shift(weeks=2)),
    )),
    past_after=Phrases(rows(
        ("dernier, derniere, passe, passee, precedent, precedente", True), ("dernier delai", False),
    )),
    past_before=Phrases(rows(("il y a, y a, voici", True))),
    weeks=Phrases(rows(
        ("cette semaine, dans la semaine, semaine en cours, la semaine", 0),
        (_short("semaine prochaine, semaine suivante, semaine d apres, semaine qui vient, semaine qui suit"), 1),
        ("week end, weekend, we, ce week end, ce weekend, ce we, le week end, le weekend", -1),
        ("week end prochain, weekend prochain, we prochain", -2),
    )),
    months_ahead=Phrases(rows(
        ("mois en cours, ce mois, ce mois ci, mois courant, mois", 0),
        ("mois prochain, mois suivant, mois d apres, mois qui vient", 1),
    )),
    years_ahead=Phrases(rows(
        ("annee, cette annee, annee en cours", 0), ("annee prochaine, an prochain, annee suivante", 1),
    )),
    end_of=Phrases(rows(
        ("fin, fin de, fin du, fin d, fin de la, fin de l, la fin de, la fin du", True),
        ("dernier jour de, dernier jour de la, dernier jour de l, dernier jour du", True),
    )),
    vaguely_of=Phrases(rows(
        ("debut, debut de, debut du, debut d, tout debut, debut de la, debut de l", 1),
        ("mi, milieu, milieu de, milieu du, milieu de la, milieu d, courant", 15),
    )),
    last=frozenset({"dernier", "derniere"}),
    day_words=frozenset({"jour"}),
    span_before=Phrases(rows(
        ("dans, dans les, en, d ici, d ici a, d ici les, sous, sous les, ds, au bout de, dans environ, dans a peu pres"
         ", d ici environ, au plus tard dans, dans exactement, dans le delai de", "now"),
        ("encore, plus, +, pendant, durant, encore pour, pour encore, de, de encore, pour une duree de, pendant encore"
         ", rajouter, ajouter, prolonger de", "base"),
    )),
    span_after=Phrases(rows(
        ("plus tard, a partir de maintenant, a compter de maintenant, a partir d aujourd hui, a compter d aujourd hui"
         ", maximum dans", "now"),
        ("de plus, en plus, supplementaire, supplementaires, de rab, encore, de rallonge, de delai, de mieux", "base"),
    )),
    more=Phrases(rows(("de, encore, bonnes, bonne, petite, petites, prochaines, prochains", True))),
    after=Phrases(rows(("apres, a partir de, a compter de, a partir du, a compter du, suivant", 1), ("avant", -1))),
    eve=Phrases(rows(
        ("lendemain de, lendemain du, lendemain d, lendemain, jour apres, jour d apres", 1),
        ("surlendemain de, surlendemain du, surlendemain", 2),
        ("veille de, veille du, veille d, jour avant, veille", -1),
        ("avant veille de, avant veille du", -2),
    )),
    halves=Phrases(rows(("et demi, et demie", 0.5), ("et quart, et un quart", 0.25), ("et trois quarts", 0.75))),
    zones=ZONES,
    winter=Phrases(rows(("heure d hiver, a l heure d hiver", True))),
    same_hour=Phrases(rows(("meme heure, la meme heure, a la meme heure, a meme heure", True))),
    also_spelled=("demain", "semaine", "prochain", "prochaine", "aujourd", "heures", "jours"),
)  # fmt: skip
