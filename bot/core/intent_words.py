"""The vocabulary by which a sentence is told from another: forms of verbs, small words, cues.

Everything here is folded (`bot.core.spoken`): no accents, no capitals, an apostrophe is a blank. Phrases are separated
by commas. `où` keeps its accent, which alone tells it from *or*.
"""

from __future__ import annotations

from collections.abc import Iterable

Phrase = tuple[str, ...]
LANGUAGES = ("fr", "en")


def phrases(text: str) -> tuple[Phrase, ...]:
    """`"a b, c"` → (("a", "b"), ("c",))."""
    return tuple(tuple(part.split()) for part in text.split(",") if part.strip())


# --- how thumbs write ------------------------------------------------------------------------------

# What is typed → what it stands for. Names nobody: only forms that are no word of their own.
_SHORT = """
    g: j ai; jai: j ai; jlai: je l ai; jl ai: je l ai; jviens: je viens; jrend: je rends;
    jrends: je rends; jsuis: je suis; chuis: je suis; chui: je suis; jpeux: je peux; jpe: je peux; jveux: je veux;
    jve: je veux; jvoudrais: je voudrais; jvais: je vais; jdois: je dois; jrapporte: je rapporte; jramene: je ramene;
    jprends: je prends; jprend: je prends; jpaie: je paie; jgarde: je garde; je rend: je rends; on rends: on rend;
    c: c est; c est: c est; c etait: c etait; c ete: c ete; c pas: c est pas; cest: c est; c t: c etait; cetait: c etait; sest: c est; ces rendu: c est rendu; 
    jsais: je sais; vien: viens; jsai: je sais; nan: non; pr: pour; ds: dans; pdt: pendant; bcp: beaucoup; tt: tout; ts: tous;
    tte: toute; ttes: toutes; pb: probleme; pbs: problemes; prob: probleme; qd: quand; kan: quand; kand: quand;
    koi: quoi; ki: qui; ke: que; kel: quel; kelle: quelle; qq1: quelqu un; qqn: quelqu un; qqun: quelqu un;
    stp: svp; dsl: desole; bjr: bonjour; bnjr: bonjour; bsr: bonsoir; slt: salut; cc: coucou; mci: merci; mrc: merci;
    merki: merci; mrci: merci; dac: d accord; dacc: d accord; daccord: d accord; dja: deja; dejà: deja; pa: pas;
    auj: aujourd hui; ajd: aujourd hui; aujourdhui: aujourd hui; dem: demain; ojd: aujourd hui; ya: il y a;
    msg: message; msgs: messages; mess: message; rdu: rendu; rndu: rendu; keske: qu est ce que; kesk: qu est ce que;
    eske: est ce que; esk: est ce que; estce: est ce; queske: qu est ce que; quesque: qu est ce que; es ce: est ce;
    est que: est ce que; quest ce: qu est ce; vs: vous; ns: nous; ms: mais; qqch: quelque chose; qqc: quelque chose;
    jms: jamais; tjs: toujours; tjrs: toujours; tjr: toujours; jqa: jusqu a; jusqua: jusqu a; jusque: jusqu;
    pk: pourquoi; pq: pourquoi; pke: parce que; ms prets: mes prets; tel: telephone; num: numero; jpp: je peux pas;
    don t: do not; doesn t: does not; didn t: did not; haven t: have not; hasn t: has not; hadn t: had not;
    isn t: is not; aren t: are not; wasn t: was not; weren t: were not; won t: will not; wouldn t: would not;
    can t: can not; couldn t: could not; shouldn t: should not; ain t: is not; dont: do not; doesnt: does not;
    didnt: did not; havent: have not; hasnt: has not; isnt: is not; arent: are not; wasnt: was not; wont: will not;
    cant: can not; cannot: can not; couldnt: could not; shouldnt: should not; wouldnt: would not; aint: is not;
    i ve: i have; ive: i have; we ve: we have; weve: we have; they ve: they have; i ll: i will; we ll: we will;
    ill: i will; it ll: it will; you ll: you will; i m: i am; im: i am; we re: we are; you re: you are;
    i d: i would; id like: i would like; we d: we would; it s: it is; its: it is; that s: that is; thats: that is;
    he s: he is; she s: she is; what s: what is; whats: what is; when s: when is; whens: when is; where s: where is;
    wheres: where is; how s: how is; u: you; ur: your; r u: are you; pls: please; plz: please; pleas: please;
    plse: please; thx: thanks; tks: thanks; thks: thanks; thanx: thanks; thnx: thanks; tnx: thanks; ty: thank you;
    tyvm: thank you; cheers: thanks; ta: thanks; gonna: going to; wanna: want to; gotta: have to; gimme: give me;
    lemme: let me; tmrw: tomorrow; tmr: tomorrow; tomoz: tomorrow; 2moro: tomorrow; tomo: tomorrow; b4: before;
    cud: could; shud: should; cos: because; cuz: because; coz: because; dnt: do not; hv: have; bk: back; bak: back;
    rtn: return; rtnd: returned; retd: returned; msgs me: text me; yet2: yet to; wot: what; wen: when; y r: why are
"""
_SHORT_FRENCH_ONLY = {"ta", "c", "g", "im"}


def _shorts() -> dict[Phrase, Phrase]:
    pairs = (entry.split(":") for entry in _SHORT.split(";"))
    return {tuple(short.replace("é", "e").replace("à", "a").split()): tuple(full.split()) for short, full in pairs}


SHORTS = _shorts()
LONGEST_SHORT = max(map(len, SHORTS))

# --- words that carry no wish ----------------------------------------------------------------------

GREETINGS = phrases(
    "bonjour, bonsoir, salut, coucou, hello, hey, hi, hi there, hello there, hey there, good morning, good afternoon,"
    "good evening, morning, bonjour a tous, bonjour a toutes, bjour, re, yo, salam, salamalekum, allo, hallo, wesh,"
    "comment allez vous, comment vas tu, comment ca va, ca va, vous allez bien, tu vas bien, how are you,"
    "how do you do, good day, greetings, bonjour madame, bonjour monsieur, madame, monsieur, messieurs, mesdames,"
    "bonjour l equipe, l equipe, chere equipe, cher atelier, dear team, howdy, sir, madam, good to see you, na nga def"
)
THANKS = phrases(
    "merci, merci beaucoup, mille mercis, mille merci, merci bien, grand merci, un grand merci, merci a vous,"
    "merci a toi, merci infiniment, merci d avance, merci pour tout, merci de votre aide, merci pour votre aide,"
    "avec mes remerciements, je vous remercie, remercie, remerciements, thanks, thank you, many thanks,"
    "thanks a lot, thanks so much, thank you so much, thank you very much, thanks very much, much appreciated,"
    "thanks for everything, thank you for everything, thanks for your help, thank you for your help, thanks again,"
    "thanks for the reminder, thank you for the reminder, merci pour le rappel, merci du rappel, merci de me rappeler,"
    "thanks in advance, thanks all, thanks everyone, thanks guys, merci encore, encore merci, merci pour l info,"
    "merci pour l information, thanks for the info, jerejef, c est gentil, very kind, that is kind"
)
WELL = phrases(
    "ok, okay, okey, oki, ok ok, d accord, entendu, bien recu, recu, note, bien note, c est note, parfait, super, top,"
    "genial, nickel, ca marche, ca roule, pas de souci, pas de soucis, pas de probleme, aucun probleme, aucun souci,"
    "sans souci, sans probleme, pas de pb, no problem, no problems, no worries, not a problem, no issues, no prob, np,"
    "great, perfect, got it, noted, understood, cool, fine, very good, all good, tres bien, tout va bien, c est bon,"
    "c est parfait, excellent, impeccable, compris, j ai compris, c est compris, bonne journee, bonne soiree,"
    "bon week end, bon weekend, bonne nuit, bonne apres midi, bon apres midi, bonne fin de journee, bonne continuation,"
    "au revoir, a bientot, a plus, a plus tard, a tout a l heure, a demain, bien a vous, cordialement,"
    "bien cordialement, bye, bye bye, goodbye, see you, see you soon, see you tomorrow, have a nice day,"
    "have a good day, have a great day, have a good one, have a good evening, best regards, kind regards, regards,"
    "best wishes, all the best, take care, nice day, inchallah, super merci, wonderful, awesome, brilliant, lovely,"
    "alright, all right, right, c est super, c est cool, ras, rien a signaler, very well, great job, bon courage,"
    "good job, will do, sounds good, that is fine, that is great, pourquoi pas, pas mal, avec plaisir, de rien,"
    "pas grave, c est pas grave, ce n est pas grave, you are welcome, ok pour moi, bisous, bises, la bise"
)
POLITE = phrases(
    "svp, s il vous plait, s il te plait, sil vous plait, sil te plait, s v p, siouplait, please, kindly, voila, alors,"
    "donc, bon, ben, bah, eh bien, euh, hum, hmm, hop, excusez moi, excuse moi, pardon, desole, desolee, je suis desole,"
    "je suis desolee, sorry, i am sorry, so sorry, excuse me, juste, just, also, aussi, au fait, by the way, well, so,"
    "oh, ah, hein, if possible, si possible, oups, oops, mince, vraiment, really, actually, en fait, du coup, allez,"
    "tout simplement, as discussed, comme convenu, as agreed, comme prevu, as planned, as promised, comme promis,"
    "a l instant, tout de suite, tout a l heure, tout le monde, tout le temps, pas du tout, at all, after all, all day,"
    "as soon as possible, asap, des que possible, au plus vite, malgre tout, surtout, du tout"
)
SIGNS = {"👍": "ok", "👌": "ok", "🙏": "merci", "❤": "merci", "😊": "merci", "🙂": "merci", "😀": "merci", "👋": "hello",
         "✅": "✅", "✔": "✅", "☑": "✅", "❌": "❌", "👎": "❌", "✖": "❌", "❓": "?", "❔": "?", "؟": "?", "🆘": "help"}

# --- small words -----------------------------------------------------------------------------------

# Words that never name a thing to lend: what is left of a sentence without them does.
SMALL = {
    "fr": frozenset(
        """
        le la les l un une des du de d mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces
        ca cela ceci c s m t n j je tu il elle on nous vous ils elles me te se y en lui eux moi toi soi qu que qui quoi
        dont ou où et mais car ni or si ne pas plus jamais rien encore toujours deja bien tres trop aussi tout toute
        tous toutes a au aux par pour sur sous dans avec sans chez vers depuis pendant avant apres jusqu jusque des
        ai as avons avez ont avoir eu aura aurai aurais avais avait est es suis sommes etes sont etre ete etait serai
        sera serait seront vais va vas allons allez vont aller irai viens vient venons venez venir venu venue peux peut
        pouvons pouvez peuvent pouvoir pourrai pourra pourrais pourrait pourriez pourrez dois doit devons devez devoir
        devrai devrais devrait veux veut voulons voulez vouloir voudrais voudrait voudrions veuillez souhaite
        souhaiterais souhaitons aimerais aimerait aimerions faut faudra faudrait fait faire fais ferai faite besoin
        hier matin soir midi apres-midi demain maintenant aujourd hui ici la-bas quand comment combien pourquoi quel
        quelle quels quelles avance retard temps heure heures jour jours semaine lundi mardi mercredi jeudi vendredi
        samedi dimanche ensuite puis enfin donc alors voila oui non ok merci svp bonjour bonsoir monsieur madame
        espere esperant pense crois compte possible possibilite souci numero prochain prochaine autre encore fois
        certainement peut-etre rapidement vite tard tot bientot passe passee suite moment instant hésitez hesitez
        chercher prendre recuperer dernier derniere rendez autant dire dis dites savoir sais sait voir vois regarder
        """.split()
    ),
    "en": frozenset(
        """
        the a an my your our his her their its this that these those it i you he she we they me him us them mine yours
        of to in on at by for from with without into onto over up down out off and or but so if then than as because
        not no never yet still already just now ever always also too very really please thanks thank hello hi hey
        am is are was were be been being do does did done doing have has had having will would shall should can could
        may might must need needs want wanted like going gonna go went get got let lets make take took ask asked
        what when where why how which who whose there here all both any some one ones thing things stuff back
        today tomorrow yesterday tonight morning afternoon evening night noon monday tuesday wednesday thursday friday
        saturday sunday week day days time hour hours minute minutes ago last next soon later early late until till
        before after during while possible hope think guess know say tell told said see look ok okay yes sure sorry
        again more another extra bit little long longer number more much many once
        """.split()
    ),
}
INSIDE_NAMES = frozenset("de d du des la le l a à au aux en et pour sans avec of the for and with to n".split())
"""Small words that stay when they stand between two words of a name: *boîte à outils*."""

EVERYTHING = phrases(
    "tout, toutes, tous, tout le materiel, toutes les affaires, tous les prets, tous mes prets, all, everything, both,"
    "les deux, les trois, les quatre, les 2, les 3, les 4, tous les deux, toutes les deux, tous les trois, all of them,"
    "all of it, both of them, the lot, l ensemble, la totalite, all items, all my items, all my loans, all loans,"
    "tout ce que j avais, chacun, partout, everywhere"
)
NOT_EVERYTHING = phrases(
    "sauf, sauf que, excepte, hormis, a part, tout sauf, except, except for, but not, apart from, all but,"
    "everything but, tout de suite, tout a l heure, tous les jours, toutes les semaines, tout le temps, pas tout,"
    "not all, not everything, pas tous, pas toutes, all the time, all day, presque tout, une partie, une partie de,"
    "part of, some of, partiellement, partly, seulement, only, ne que"
)
NUMBER_LEADS = frozenset(
    "le la les l numero no n nr num number the item loan pret numeros numbers et and & puis ainsi # emprunt objet".split()
)

# --- verbs -----------------------------------------------------------------------------------------


def er(*stems: str) -> dict[str, set[str]]:
    """The forms of regular French verbs. Without accents *ramène* and *ramené* are one: both past and present."""
    endings = {
        "past": ("e", "ee", "es", "ees"),
        "base": ("er", "ez"),
        "now": ("e", "es", "ons", "ent"),
        "later": ("erai", "erons", "era", "eront", "erais", "erait", "erez", "ai"),
        "doing": ("ant",),
    }
    return {form: {stem + end for stem in stems for end in ends} for form, ends in endings.items()}


def forms(regular: dict[str, set[str]] | None = None, **more: str) -> dict[str, frozenset[str]]:
    """The forms of one or more verbs: past (participles), base, now, later, doing."""
    names = ("past", "base", "now", "later", "doing")
    return {name: frozenset({*(regular or {}).get(name, ()), *more.get(name, "").split()}) for name in names}


Forms = dict[str, frozenset[str]]
VERBS: dict[str, dict[str, Forms]] = {
    "fr": {
        "return": forms(
            er("rapport", "ramen", "retourn", "restitu", "redonn", "depos", "renvoy"),
            past="rendu rendue rendus rendues remis remise remises rendut rendues renvoye rendux",
            base="rendre remettre rendr",
            now="rends rend rendons remets remettons renvoie rende rendes remette",
            later="rendrai rendrons rendra rendrais remettrai remettrons renverrai rendrez rendrait",
            doing="rendant",
        ),
        "pay": forms(
            er("pay", "regl", "vers", "rembours", "acquitt"),
            past="vire viree payee payes rembourse soldee",
            base="payer virer solder regler",
            now="paie paies paye vire paient",
            later="paierai paierons payerai virerai paiera paierais",
        ),
        "extend": forms(
            er("prolong", "gard", "conserv", "repouss", "decal"),
            base="etendre reporter reconduire renouveler rallonger",
            now="renouvelle",
        ),
        "borrow": forms(
            er("emprunt", "pret", "lou"), past="pris prise", base="prendre recuperer", now="prends prenons prete pretez"
        ),
        "reserve": forms(er("reserv")),
    },
    "en": {
        "return": forms(past="returned retured", base="return", now="return", doing="returning"),
        "pay": forms(past="paid payed settled", base="pay settle", now="pay", doing="paying"),
        "extend": forms(
            past="extended renewed kept", base="extend renew keep prolong postpone", now="extend renew keep",
            doing="extending renewing keeping",
        ),  # fmt: skip
        "borrow": forms(past="borrowed lent", base="borrow lend", now="borrow lend", doing="borrowing"),
        "reserve": forms(past="reserved booked", base="reserve book", doing="reserving booking"),
    },
}
# English says "give it back": a verb here and one of its particles within a few words.
PHRASAL: dict[str, tuple[str, str, frozenset[str]]] = {
    word: ("return", form, frozenset(particles.split()))
    for form, particles, words in (
        ("past", "back", "gave given brought took taken put sent shipped carried handed dropped delivered posted"),
        ("base", "back", "give bring take put send ship carry hand drop deliver post get"),
        ("doing", "back", "giving bringing taking putting sending handing dropping"),
        ("past", "back off in over", "dropped handed"),
        ("base", "back off in over", "drop hand"),
        ("past", "in", "turned"),
        ("base", "in", "turn"),
        ("doing", "back off in over", "dropping handing"),
    )
    for word in words.split()
}

AUX = {
    "have": frozenset("ai as a avons avez ont avoir ayant have has had having".split()),
    "be": frozenset("est es sont ete etre etait is are was were been being be get got gets s".split()),
}
NEGATION = frozenset("pas jamais aucun aucune rien ni ne n not never nor without sans none non no".split())
LATER_AUX = frozenset(
    """vais va allons allez vont irai irons aurai aurons serai sera seront aura passerai passe passerons passera
    viendrai viendra viens compte comptons prevois prevoit prevu promets
    will shall going gonna intend plan planning promise aim may might about coming hoping hope""".split()
)
MODALS = frozenset(
    """peux peut pouvons pouvez peuvent pourrai pourra pourrais pourrait pourriez dois doit devons devez devais devait
    devrai devrais devrait faut faudra faudrait fallait oublie oublier essaie essaye essayer tente
    can could must should need needs needed supposed ought able try trying forgot forget forgotten meant
    remember ready""".split()
)
WISHES = frozenset(
    """veux veut voulons voudrais voudrait voudrions souhaite souhaiterais souhaitons aimerais aimerait aimerions
    voulais viens want wants wanted would like wish love""".split()
)
ME = frozenset("j je on nous i we ai avons".split())
OTHERS = frozenset(
    """il elle ils elles tu vous he she they you collegue frere soeur mari femme ami amie copain copine pere mere fils
    fille voisin voisine stagiaire chef mec pote colleague brother sister husband wife friend boss mate son daughter
    father mother dad mum mom neighbour neighbor intern partner roommate someone somebody guy quelqu""".split()
)
BREAKS = frozenset("mais but car because parce donc puis then et and sinon otherwise however cependant".split())

# --- cues --------------------------------------------------------------------------------------------

CUES: dict[str, dict[str, str]] = {
    "fr": {
        "ask": """est ce que, est ce, qu est ce, quand, quel, quelle, quels, quelles, combien, comment, pourquoi, où,
            puis je, peux tu, pouvez vous, peut on, pourriez vous, pourrais tu, pourrait on, dois je, faut il, ai je,
            avez vous, as tu, y a t il, a t il, a t elle, est il, est elle, sont ils, sont elles, suis je, doit on,
            serait il, est possible de, savoir si, savoir quand, vous pouvez, tu peux, on peut, je peux, je pourrais,
            je me demande, c est quand, c est où, c est combien, a quelle, a quel, auriez vous, aurais tu, peux je,
            c est quoi, qui""",
        "asks-anywhere": """jusqu a quand, combien, a quelle heure, quelle date, quel jour, est ce que, qu est ce,
            puis je, peux tu, pouvez vous, pourriez vous, dois je, faut il, ai je, avez vous, n est ce pas, où, quoi,
            c est quand, pour quand, savoir si, savoir quand, suis je""",
        "when": """quand, jusqu a quand, quelle date, quel jour, quelle heure, quelles dates, combien de temps,
            date limite, date de retour, date de rendu, date du retour, echeance, echeances, deadline, pour quand,
            avant quand, le delai, mon delai""",
        "where-how": "où, ou dois, ou rendre, ou ramener, ou rapporter, ou est ce, ou deposer, comment, a qui, ou je dois",
        "if": "si je, si on, si j, si jamais, si nous, en cas de, quand je, des que je, quand j, lorsque, une fois que, quand on",
        "why": "pourquoi, combien",
        "perhaps": """je crois, je pense, il me semble, peut etre, sans doute, normalement, je croyais, je pensais,
            si je me souviens, je ne sais plus, je sais plus, cru, presque""",
        "late": """en retard, du retard, retard, plus tard, empeche, empechement, pas a temps, je l ai encore,
            je l ai toujours, l ai encore, l ai toujours, toujours chez moi, encore chez moi, toujours avec moi,
            encore avec moi, les ai encore, les ai toujours, pas fini, j arrive, je suis en route, en chemin,
            pas encore, toujours pas, pas revenu, pas revenue, pas de retour, patience, j ai encore, j ai toujours, oublie de""",
        "soon": "demain, bientot, apres demain, plus tard, prochain, prochaine, prochainement, tantot, prevu, prevue, des que",
        "not-returning": "rendu compte, rendue compte, rendu visite, rendu service, rends compte, rendu malade, rendu fou",
        "is-back": """de retour, est revenu, est revenue, est rentre, est rentree, sont de retour, est a l atelier,
            est chez vous, sont chez vous, est a l accueil, est au bureau, est a sa place, est au depot, sur l etagere,
            est dans le casier, dans le casier, dans la boite de retour, chez vous depuis""",
        "i-am-back": "je suis de retour, suis de retour, je suis revenu, je suis rentre, on est de retour, serai de retour",
        "done": """c est fait, est fait, voila fait, chose faite, deja fait, deja faite, bien fait, mission accomplie,
            c est regle""",
        "return-done": """retour fait, retour effectue, retour ok, retour termine, retour reussi, retour a l instant,
            retour est fait, retour a ete fait, restitution faite, restitution effectuee, restitution ok, retour est ok,
            retour bien effectue, retour valide""",
        "left-there": """laisse a l accueil, laisse au bureau, laisse a l atelier, laissee a l accueil,
            laissee a l atelier, laisse dans le casier, laissee dans le casier, laissee au bureau, laisse chez vous,
            pose a l accueil, posee a l accueil, laisse devant, laisse au gardien, laisse sur, posee sur, pose sur,
            apporte ce matin, apportee ce matin, laisse au depot""",
        "came-to": """suis passe, suis passee, sommes passes, est passe, est passes, suis venu, suis venue, suis alle,
            suis allee, viens de, venons de, vient de, ai pu, ai fini de, ai bien, ai deja, apres avoir, apres l avoir,
            on vient de""",
        "more-time": """prolonger, prolongation, prolongations, rallonger, plus de temps, plus longtemps,
            un peu plus, de delai, un delai, delai supplementaire, jour de plus, jours de plus, semaine de plus,
            semaines de plus, heure de plus, heures de plus, mois de plus, jour supplementaire, jours supplementaires,
            heures supplementaires, semaine supplementaire, encore besoin, garder encore, encore un peu, encore un jour,
            encore deux jours, encore 2 jours, encore une semaine, encore quelques jours, quelques jours de plus,
            quelques jours en plus, jours en plus, jour en plus, semaine en plus, temps supplementaire,
            besoin plus longtemps, repousser, decaler, plutot lundi, rendre plus tard, ramener plus tard,
            rapporter plus tard, besoin jusqu, rab, du rab, reconduire le pret, renouveler le pret, renouveler mon pret,
            renouveler, renouvellement, sursis, repousser la date, changer la date, changer la date de retour,
            deplacer la date, encore 1 jour, encore 3 jours, encore trois jours, encore une journee, une journee de plus,
            extension, etendre, encore une heure, encore 2h, encore deux heures, rendre en retard, besoin encore,
            une autre semaine, un autre jour, continuer a l utiliser""",
        "my-loans": """mes prets, mes emprunts, mes objets, mon pret en cours, mes materiels empruntes, liste de mes prets,
            liste des prets, prets en cours, emprunts en cours, pret en cours, mes prets en cours, qu est ce que j ai,
            qu ai je, j ai quoi, dois rendre quoi, quoi a rendre, que dois je rendre, mon pret, mon emprunt, j ai emprunte quoi,
            est ce que j ai des prets, ce que j ai emprunte, ce que je dois rendre, qu est ce que je dois rendre,
            j ai quoi a rendre, que me reste t il, il me reste quoi, reste a rendre, reste quoi, mes locations, quoi chez moi,
            le recap, recapitulatif, ce que j ai en pret, j ai quelque chose a rendre, ai je quelque chose,
            ai je des prets, est ce que j ai quelque chose, j ai des choses a rendre, reste quelque chose, ma liste,
            objets empruntes, materiel emprunte, etat de mes prets, suivi de mes prets, ou en sont mes prets""",
        "want-thing": """besoin de, besoin d, besoin du, besoin des, je voudrais, j aimerais, je veux, je souhaite,
            nous voudrions, on voudrait, il me faut, il me faudrait, il nous faut, vous auriez, avez vous, vous avez,
            auriez vous, je cherche, on cherche, dispo, disponible, disponibles, disponibilite, libre, pretez moi,
            me preter, nous preter, prete moi, a preter, puis je avoir, je peux avoir, puis je prendre,
            je peux prendre, pourrais je avoir, je prends, je viens chercher, un emprunt, faire un emprunt, un pret,
            nouveau pret, nouvel emprunt, je prendrais, je prendrai, recuperer""",
        "reserving": """reserver, reservation, reserve, reservez, liste d attente, mettre de cote, mettez de cote,
            file d attente, prevenez moi quand, prevenez moi des que, previens moi quand, quand il sera disponible,
            quand elle sera disponible, me garder, gardez moi, garde moi""",
        "wrong": """casse, cassee, casses, cassees, panne, en panne, hs, h s, abime, abimee, abimes, defectueux,
            defectueuse, marche pas, marche plus, marchent pas, marchent plus, fonctionne pas, fonctionne plus,
            fonctionnent pas, fonctionnent plus, demarre pas, demarre plus, allume pas, allume plus, j ai perdu, ai perdu,
            avons perdu, perdu, perdue, egare, egaree, vole, volee, derobe, il manque, manque une, manque un, manque la,
            manque le, manque des, fuit, brule, brulee, grille, grillee, probleme, problemes, souci, soucis, incident,
            accident, accidente, endommage, endommagee, fissure, fissuree, creve, crevee, bloque, bloquee, coince,
            coincee, deteriore, deterioree, tombe par terre, tombee par terre, est tombe, est tombee, rayee, raye,
            tordu, tordue, fendu, fendue, cabosse, rouille, fume, dechire, dechiree, ca marche pas, ca marche plus,
            en mauvais etat, dysfonctionnement, reparer, reparation, a repare, batterie morte, batterie vide""",
        "undo": """annuler, annule, annulez, annulation, annules, laisse tomber, laissez tomber, me suis trompe,
            me suis trompee, nous sommes trompes, fausse manoeuvre, erreur de ma part, fait une erreur, une erreur,
            par erreur, c est une erreur, oubliez ca, oublie ca, changer d avis, change d avis, plus besoin,
            je retire ma demande, retirez ma demande, mauvaise manip, fausse manip, revenir en arriere, finalement non,
            erreur, trompe de""",
        "owe": """combien je dois, dois combien, je vous dois, ma dette, mes dettes, reste a payer, reste a regler,
            a payer, solde, mon solde, facture, factures, ma facture, impaye, impayes, montant, combien dois je,
            combien est ce que je dois, somme due, doit payer, dois payer, dois encore payer, combien je vous dois,
            je dois de l argent, dois de l argent, dois quoi comme argent, mon ardoise, creance, penalite, amende,
            frais de retard, combien ca coute, c est combien, ca coute combien, a regler""",
        "money-sent": """virement fait, virement effectue, virement envoye, fait le virement, fait un virement,
            envoye le virement, effectue le virement, effectue un virement, effectue le paiement, paiement effectue,
            paiement fait, fait le paiement, paiement envoye, envoye l argent, envoye les sous, j ai vire, c est vire,
            envoye par wave, envoye par orange money, virement parti, argent envoye, cheque envoye, envoye le cheque,
            reglement effectue, reglement fait, facture reglee, facture payee, dette reglee, dette payee, depose l argent,
            donne l argent, remis l argent, depose le cheque, remis le cheque, depose un cheque""",
        "money": "argent, euros, euro, eur, francs, fcfa, cfa, xof, facture, factures, dette, dettes, somme, acompte, loyer, amende, frais, montant, solde, reglement, paiement, virement, cheque, espece, especes",
        "person": """parler a, parler avec, discuter avec, joindre quelqu un, un humain, une vraie personne, humain,
            conseiller, conseillere, un responsable, le responsable, un operateur, un agent, appelez moi, rappelez moi,
            appelle moi, rappelle moi, m appeler, me rappeler, votre telephone, numero de telephone, votre numero,
            quel numero, vous contacter, vous appeler, vous joindre, contacter quelqu un, contacter l equipe,
            contacter le, joindre l equipe, telephoner, un interlocuteur, service client, quelqu un, l accueil svp,
            joindre, contacter un, qui contacter, qui appeler, le contact, coordonnees, un etre humain, pas un robot,
            horaires, horaire, heures d ouverture, ouvert, ouverts, ouvre, ouvrez, fermez, ferme, fermes, votre adresse,
            adresse, vous etes ou, ou etes vous, où etes vous, vous etes où, vous trouver, ou se trouve, où se trouve,
            etes vous la, y a quelqu un, il y a quelqu un""",
        "remind": """mes rappels, prochain rappel, prochains rappels, les rappels prevus, rappels prevus,
            rappelle moi de, rappelez moi de, rappelle moi demain, me rappeler de, un rappel, rappels""",
        "help": """aide, aidez, aidez moi, de l aide, m aider, comment ca marche, comment ca fonctionne, comment faire,
            comment on fait, comment je fais, comment fait on, que puis je, quoi faire, je fais quoi, mode d emploi,
            comprends pas, comprend pas, compris pas, comprends rien, comprend rien, rien compris, pas compris, menu,
            commandes, liste des commandes, qui etes vous, vous etes qui, qui est ce, c est qui, que faire,
            instructions, infos, informations, des infos, perdu dans, c est quoi ce numero, c est quoi ca,
            explique, expliquez, expliquer, tu sers a quoi, vous servez a quoi, tu fais quoi, que sais tu faire,
            comment utiliser, comment emprunter, comment rendre, comment prolonger, comment ca se passe, tutoriel""",
        "tongue": """en anglais, parle anglais, parlez anglais, parler anglais, version anglaise, parle pas francais,
            changer de langue, changer la langue, change de langue, changez de langue, changement de langue, en francais,
            parlez francais, parler francais, parlez vous anglais, passer en anglais, passer en francais, autre langue,
            parle francais, parle que anglais, anglais svp, francais svp, comprends pas l anglais, je prefere le francais,
            je prefere l anglais, langue""",
        "clear": """quitus, attestation, certificat, rien a rendre, justificatif, plus rien a rendre, plus aucun pret,
            preuve de retour, recu de retour""",
        "clear?": "a jour, en regle, tout rendu, tout est rendu, tout ramene, tout est en ordre",
        "contest": """conteste, contester, contestation, pas d accord, pas mon pret, suis pas d accord, n est pas moi, c est pas moi,
            ce n est pas moi, est pas moi, dois rien, jamais emprunte, n ai pas emprunte, pas emprunte, rien emprunte,
            ai rien emprunte, mauvais numero, faux numero, trompez de personne, trompe de personne, vous vous trompez,
            vous faites erreur, erreur de votre part, erreur de destinataire, mauvaise personne, pas le bon numero,
            connais pas cette, jamais eu cette, jamais pris, rien pris, jamais eu, pas a moi, jamais recu ce materiel,
            reclamation, c est faux, est faux, vous faites une erreur, jamais vu, je ne suis pas la personne""",
        "pause": """pause, mettre en pause, mettez en pause, faire une pause, suspendre, suspendez, suspension,
            en sourdine, silence, en vacances jusqu, moins de rappels""",
        "again": """start, unstop, reabonner, reabonnez, reabonne, reabonnement, reinscrire, reinscrivez, reactiver,
            reactivez, reactivation, recommencez, recommencer, reprendre les rappels, reprendre les messages, reprendre,
            reprenez les, reprenez, recevoir a nouveau, recevoir de nouveau, a nouveau recevoir, de nouveau recevoir,
            remettez les, remettre les rappels, remettre les messages, veux bien recevoir, veux recevoir, accepte de recevoir,
            souhaite recevoir, m abonner, s abonner, reecrivez moi, ecrivez moi a nouveau, redemarrer, redemarrez""",
        "except": "sauf, excepte, hormis, a part, presque tout, une partie, pas tout, partiellement, seulement",
        "place": "où est, où se, où sont, ou se trouve, votre adresse, vous etes ou, ou etes vous",
        "took": "ai emprunte, avons emprunte, ai pris, avons pris, ai recupere, a emprunte",
    },
    "en": {
        "ask": """what, when, where, why, how, which, who, whose, can i, can we, can you, could i, could we, could you,
            may i, may we, is it, is there, is the, is this, is that, are there, are the, are you, do i, do you, do we,
            did i, did you, did we, have i, have you, have we, has the, has it, should i, should we, would it, would you,
            will you, must i, am i, was it, were you, does it, does the, does this, any chance, shall i, wondering if, is my,
            wondering when, wondering whether, let me know if, let me know when, know if, know when, know whether,
            i can, is anyone""",
        "asks-anywhere": """what time, what date, which day, how long, how much, how many, can i, could i, may i, can you,
            could you, do i, should i, am i, have i, when do i, when is, where do i, any chance, wondering if""",
        "when": """when, what time, what date, which day, what day, how long, due date, deadline, due back, until when,
            how many days, how much time, by when, return date""",
        "where-how": "where, how do, how can, how should, how to, who do i, to whom",
        "if": "if i, if we, once i, when i, as soon as i, in case i, whenever i, after i, if it is, if it was",
        "why": "why, how many, how much",
        "perhaps": "i think, i believe, maybe, perhaps, probably, i guess, i thought, not sure, pretty sure, almost, nearly, if i remember",
        "late": """late, running late, delayed, still have, still got, not yet, i have still, still with me, at my place, not back,
            not finished, not done, on my way, not ready, yet to, still here, still using, need to return, have to return,
            forgot to, forgotten to, stuck in traffic""",
        "soon": "tomorrow, soon, later, next, tonight, as soon as, shortly, when i can, in a bit, planned, in the morning",
        "not-returning": "returned your call, returned your message, returned to work, return your call",
        "is-back": """is back, are back, was back, been back, back at the desk, back at the shop, back in place, back home,
            back on the shelf, back where it belongs, back to the shop, back with you, back in the, back to you,
            back at the, all back, already back, back now, is in your, in the return box, on your desk, at your desk, at the front desk,
            at reception""",
        "i-am-back": """i am back, we are back, i will be back, be back, be right back, back soon, call me back, call back,
            get back to me, get back to you, text me back, write back, back me, ring me back, back later, back in a,
            text back, message me back, want it back, want my, back up, come back to me, reply back, called back,
            be back in, came back to, phone me back""",
        "done": "it is done, all done, job done, done, is done, already done",
        "return-done": "return done, return complete, return completed, return made, return is done",
        "left-there": """left it at, left it in, left them at, left them in, left at the, left in the, left it with,
            left with, left it on, left them with, left the""",
        "came-to": "managed to, was able to, came to, came by to, went to, have just, just been to, stopped by to",
        "more-time": """extend, extension, renew, renewal, more time, longer, another week, another day, another hour,
            another few days, another couple, another two, another 2, another three, another 3, more days, more day,
            more week, more weeks, more hours, more hour, extra day, extra days, extra time, extra week, extra hour,
            extra hours, few more, one more, two more, a bit more, still need it, still need the, still need them, need it until, need it till, need it for, push back the,
            postpone, prolong, keep hold, hold on to, hang on to, later date, return it later, bring it back later,
            return later, additional day, additional days, additional time, additional week, change the due date,
            change the return date, move the due date, move the return date, put it off, delay the return""",
        "my-loans": """my loans, my loan, my items, my borrowings, what do i have, what have i, what did i borrow,
            what i have, what am i, what i borrowed, what i owe you back, checked out, on loan, loans, list of loans, list of my,
            current loans, what is due, what is out, what should i return, what do i need to return, what must i return,
            what do i still have, anything to return, anything due, do i have anything, do i still have, overview,
            my borrowed items, borrowed items, status of my loan, status of my loans, things i borrowed,
            stuff i borrowed, items i borrowed, anything out""",
        "want-thing": """i need a, i need an, i need the, i need some, need to borrow, i would like a, i would like the,
            i would like an, i want a, i want the, can i have, could i have, may i have, can i get, could i get,
            can i take, could i take, do you have, have you got, is there a, available, availability, free, lend me,
            lend us, looking for, take out, check out, a loan, new loan, i will take, can we have, can we get,
            could we have, i want to take, pick up, we need a, we need the, use the, use a""",
        "reserving": """reserve, reservation, reserving, book a, book the, to book, booking, book me, waiting list, waitlist,
            wait list, put aside, put it aside, hold it for me, hold one for me, hold the, let me know when it is back,
            let me know when it is available, when it becomes available, queue for, save me, set aside""",
        "wrong": """broken, broke, damaged, not work, not working, does not work, stopped working, will not start,
            will not turn on, does not start, does not turn on, is not charging, will not charge, lost, stolen, missing, faulty,
            defective, cracked, leaking, leaks, problem, problems, issue, issues, trouble, accident, is dead, bent, snapped,
            torn, burnt, burned, jammed, stuck on, malfunction, malfunctioning, out of order, smoking, blew, scratched,
            fell off, dropped it on, repair, repairs, is bust, busted, is kaput, no longer works, never worked, incomplete""",
        "undo": """undo, my mistake, by mistake, made a mistake, a mistake, never mind, nevermind, forget it, forget that,
            changed my mind, scrap that, cancel my, cancel the, cancel that, cancel this, cancel it, no longer need,
            do not need it anymore, do not need the, wrong button, misclick, by accident, take that back, in error,
            cancel request, withdraw my request, did not mean""",
        "owe": """how much do i owe, do i owe, i owe, how much i owe, balance, my debt, my debts, outstanding amount, invoice,
            invoices, my bill, the bill, amount due, left to pay, have to pay, need to pay, how much is it, what i owe,
            outstanding balance, late fee, late fees, how much do i have to pay, owe you, what is my balance,
            my account, owing, my tab, to pay""",
        "money-sent": """payment sent, payment made, payment done, transfer done, transfer made, sent the money,
            sent the payment, sent you the money, made the payment, made a payment, made the transfer, made a transfer,
            made a bank transfer, bank transfer done, transferred the, transferred it, wired the, sent a cheque,
            sent the cheque, sent a check, cleared my debt, cleared the balance, settled up, put the money, gave the money,
            handed the money, dropped the cash, gave you the cash, transfer sent, sent the transfer""",
        "money": "money, cash, euros, eur, dollars, invoice, debt, bill, amount, deposit, rent, fee, fees, balance, payment, transfer, cheque, check, rupees, inr, francs, xof, cfa, instalment",
        "person": """speak to, speak with, talk to, talk with, human, real person, a person, someone, somebody, an agent,
            call me, phone me, ring me, phone number, telephone, contact you, contact someone, reach you, reach someone,
            opening hours, opening times, are you open, open on, open today, open tomorrow, your address, operator,
            customer service, representative, manager, supervisor, call back, contact details, where are you, what time do you open,
            what time do you close, when do you open, when do you close, hours, get in touch, contact the, contact,
            anyone there, is anyone there, not a robot, not a bot, what time are you""",
        "remind": "my reminders, next reminder, reminders, remind me, reminder, a reminder",
        "help": """help, help me, how does it work, how does this work, how do i use, how to use, what can i do, what can you do,
            not understand, who is this, who are you, what is this, menu, commands, options, instructions, confused,
            how do i borrow, how do i return, how do i extend, how do i, how to, how can i, info, information, explain, what do i do, what should i do,
            list of commands, do not get it, guide, assistance, manual""",
        "tongue": """in english, english please, speak english, switch to english, change language, change the language,
            english version, in french, speak french, switch to french, french please, prefer english, prefer french,
            do not speak french, do not understand french, not speak english, other language, another language,
            language, only english, change to english, change to french, different language""",
        "clear": """clearance, certificate, nothing outstanding, anything outstanding, nothing to return,
            proof of return, in good standing, am i clear, am i all clear""",
        "clear?": "all clear, everything returned, all returned, returned everything, all settled, up to date",
        "contest": """dispute, disagree, not agree, not me, is not mine, not mine, wrong person, wrong number, never borrowed,
            not borrowed, did not borrow, do not owe, owe nothing, owe you nothing, never had, never took, never received,
            mistaken identity, not my loan, not my debt, not my number, not true, you are wrong, not correct, incorrect,
            have not borrowed, that is wrong, contest, do not know what you are talking about, never took""",
        "pause": "pause, snooze, mute, on hold, quiet until, silence, suspend",
        "again": """start, unstop, resubscribe, subscribe me, subscribe, opt in, optin, opt me in, resume, turn on,
            messages again, reminders again, reminders back on, messages back on, notifications back on, texts again, remind me again, text me again, message me again, restart,
            start again, re subscribe, want messages, receive messages again, get messages again, turn them back on,
            sign me up, start sending, start messaging, start texting, reactivate, re activate, re enable, want to receive,
            want reminders""",
        "except": "except, apart from, all but, everything but, some of, part of, only, not all",
        "place": "where is the desk, where is your, where are you, where do you, your address",
        "took": "i borrowed, we borrowed, have borrowed, i took, picked up, i took out",
    },
}  # fmt: skip

# --- STOP ------------------------------------------------------------------------------------------

# Alone in a message (or in a sentence of their own) these are law. CANCEL, END and QUIT are a carrier's words for it.
STOP_WORDS = frozenset(
    """stop stopp stopall stopper stoppez stoper stope stopez unsubscribe unsubscribed cancel end quit revoke optout
    arret arrets arrete arretes arretez arreter arretee arett arete aretez areter arrett arretter desabonner
    desabonnement desabonne desabonnez desabo desinscrire desinscription desinscris desinscrivez desinscrit cesser
    cessez sotp stpo tsop unsuscribe unsubcribe unsubscrib unsubscibe unsubsribe resilier resiliation basta stopit
    desabonnner desabonement desabonez unsub stopsms stoptout enough""".split()
)
# "cease", "halt": of a machine as well as of a message, so only together with what is sent.
STOP_VERBS = frozenset(
    """stop stops stopper stoppez stopping stopped arret arrete arretes arretez arreter arretent arretiez arreterez
    arreterais cesse cessez cesser cesserez cessation cease quit finish finissez end assez enough halt ras marre
    desactiver desactivez desactive supprimer supprimez disable deactivate interrompre interrompez suspendez""".split()
)
SENT = frozenset(
    """message messages msg sms texto textos text texts texting rappel rappels relance relances notification
    notifications notif notifs mail mails email emails e-mail courriel courriels spam spams pub pubs publicite
    publicites newsletter newsletters alerte alertes alert alerts reminder reminders messaging messenging writing
    contacting emailing mailing spamming bothering harassing calling pestering notifying disturbing annoying
    whatsapp telegram relancer spammer harceler harcelement envois envoi sending communications communication
    correspondance sollicitations solliciter importuner deranger reminding subscription abonnement bombarding
    pinging nagging contact-me ecrire contacter envoyer embeter emails""".split()
)
OPT_OUT = {
    "fr": phrases(
        """me desabonner, desabonnez moi, desabonne moi, se desabonner, me desinscrire, desinscrivez moi, desinscris moi,
        desinscrire, desabonner, desabonnement, desinscription, laissez moi tranquille, laisse moi tranquille,
        fichez moi la paix, foutez moi la paix, lachez moi, fiche moi la paix, laissez moi en paix, laisse moi en paix,
        retirez moi de, retirez moi, retire moi, enlevez moi de, enlevez moi, enleve moi de, rayez moi, supprimez moi, retirez mon numero,
        enlevez mon numero, supprimez mon numero, supprimer mon numero, effacez mon numero, effacez moi, oubliez mon numero,
        sortez moi de, ne plus etre contacte, ne plus etre contactee, ne plus recevoir, plus rien recevoir,
        veux plus recevoir, veux plus de vos messages, plus etre contacte, plus etre contactee, plus etre derange,
        plus etre relance, plus etre sollicite, souhaite plus recevoir, veux pas recevoir, ne rien recevoir, plus de messages, plus de message, plus de sms,
        plus de rappels, plus de rappel, plus de notifications, plus de notification, plus de mails, plus de relances,
        plus de texto, plus de textos, pas de messages, pas de sms, pas de rappels, pas de rappel, pas de relances,
        plus aucun message, plus aucun sms, plus aucun rappel, aucun message, plus un seul message, plus vos messages,
        plus de vos messages, plus de vos sms, plus de vos rappels, plus de tes messages, veux plus de messages,
        m ecrivez plus, m ecris plus, m ecrire plus, plus m ecrire, m envoyez plus, m envoie plus, envoyez plus, m envoyer plus, plus m envoyer, plus me contacter,
        me contactez plus, me contacte plus, contactez plus, me relancez plus, me relance plus, me derangez plus, m embetez plus, plus me relancer, plus me deranger,
        m ecrivez pas, m envoyez pas, me contactez pas, m ecrivez jamais, me contactez jamais, m envoyez rien, m envoyez jamais, opt out, optout,
        me notifiez plus, me sollicitez plus, sollicitez plus, me spammez plus, marre de vos messages, marre de recevoir, marre de vos sms,
        ras le bol de vos, assez de vos messages, assez de messages, retirer de la liste, retirer de votre liste,
        effacer mon numero, liste rouge, retire mon consentement, retirer mon consentement, plus de contact, plus d sms,
        plus rien de vous, plus rien m envoyer, m ecrivez plus jamais, plus jamais de messages, m envoyez plus rien"""
    ),
    "en": phrases(
        """unsubscribe, unsubscribe me, opt out, opt me out, optout, opting out, opted out, take me off, remove me, remove my number,
        delete my number, lose my number, leave me alone, no more messages, no more texts, no more reminders,
        no more sms, no more emails, no more notifications, no more text, no more message, no messages, no texts, no reminders, no sms, turn off the reminders, turn off reminders, turn off the messages,
        turn off messages, turn off notifications, switch off the reminders, switch off reminders, no more spam, no more alerts, no more whatsapp,
        not text me, not message me, not write to me, not write me, not contact me, not email me, not send me, not send any,
        not send more, not notify me, not remind me, not bother me, not disturb me, not spam me, not want messages, not want any messages,
        not want any more messages, not want more messages, not want your messages, not want these messages,
        not want any texts, not want texts, not want your texts, not want these texts, not want any more texts,
        not want reminders, not want any reminders, not want your reminders, not want these reminders,
        not want any more reminders, not want to receive, not want to be contacted, not want to get, not wish to receive,
        not wish to be contacted, no longer wish to receive, no longer wish to be contacted, no longer want to receive, no longer want messages,
        never text me, never contact me, never message me, never write to me, never email me, stop it, stop that, stop this,
        cut it out, get me off, off your list, off this list, withdraw my consent, withdraw consent, revoke my consent, revoke consent,
        remove from list, not receive any, not receive messages, cancel my subscription, cancel subscription,
        cancel my messages, cancel messages, cancel reminders, cancel notifications, cancel these messages, cancel these texts, cancel texts, end messages,
        end subscription, end texts, quit messaging, quit texting, sick of your messages, sick of these messages,
        tired of your messages, tired of these messages, enough messages, enough texts, enough with the messages, fuck off, piss off,
        go away, do not call, never call"""
    ),
}
FOR_A_WHILE = frozenset(
    "avant jusqu jusque pendant durant d'ici until till before for during this cette ce le la pour".split()
)
SCOPE_WORDS = SENT | frozenset(
    """les la le l ces vos tes mes de d des du ces tous toutes tout me m moi ca cela it that this these those your the
    all any to now maintenant immediatement immediately definitivement definitif demande ai vous you have tu please ici here already
    right away ok svp stp merci a and et je i s t y en il elle veux demande want said dit again encore enough""".split()
)


def words_of(texts: Iterable[Phrase]) -> frozenset[str]:
    """All words of some phrases."""
    return frozenset(word for phrase in texts for word in phrase)
