"""The vocabulary of the sentence rules besides verbs and cues: how thumbs write, politeness, small words.

Everything here is folded (`bot.core.spoken`): no accents, no capitals, an apostrophe is a space. Phrases are separated
by commas. `où` keeps its accent, which alone distinguishes it from *ou* (or).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Phrase = tuple[str, ...]
LANGUAGES = ("fr", "en")


def phrases(text: str) -> tuple[Phrase, ...]:
    """`"a b, c"` → (("a", "b"), ("c",))."""
    return tuple(tuple(part.split()) for part in text.split(",") if part.strip())


# --- how thumbs write ------------------------------------------------------------------------------

# What is typed → what it stands for: only forms that are not words of their own.
_SHORT = """
    g: j ai; jai: j ai; jlai: je l ai; jl ai: je l ai; jviens: je viens; jrend: je rends; jrends: je rends;
    jla: je la; jles: je les; jvai: je vais; jveu: je veux; jveu plu: je veux plus; veux plu: veux plus;
    jvoudrai: je voudrais; jpeu: je peux; jdoi: je dois; jme: je me; jserai: je serai; jnai: je n ai; ui: oui;
    ouaip: ouais; cmt: comment; koment: comment; komen: comment; besoin dune: besoin d une;
    tout a leur: tout a l heure; tout a lheure: tout a l heure; tt a leur: tout a l heure; tt a lheure: tout a l heure;
    jsuis: je suis; chuis: je suis; chui: je suis; jpeux: je peux; jpe: je peux; jveux: je veux; jve: je veux;
    jvoudrais: je voudrais; jvais: je vais; jdois: je dois; jrapporte: je rapporte; jramene: je ramene;
    jprends: je prends; jprend: je prends; jpaie: je paie; jgarde: je garde; je rend: je rends; on rends: on rend;
    c: c est; c est: c est; c etait: c etait; c ete: c ete; c pas: c est pas; c ou: c est où; cest: c est; c t: c etait;
    cetait: c etait; sest: c est; ces rendu: c est rendu; ce rendu: c est rendu; c fe: c est fait; ce fe: c est fait;
    c est fe: c est fait; ce fait: c est fait; jpasse: je passe; jarrive: j arrive; omw: on my way; je peu: je peux;
    on peu: on peut; tu peu: tu peux;
    remi: remis; jsais: je sais; vien: viens; jsai: je sais; nan: non; pr: pour; ds: dans; pdt: pendant;
    bcp: beaucoup;
    tt: tout; ts: tous; tte: toute; ttes: toutes; pb: probleme; pbs: problemes; prob: probleme; qd: quand; kan: quand;
    kand: quand; koi: quoi; ki: qui; ke: que; kel: quel; kelle: quelle; qq1: quelqu un; qqn: quelqu un;
    qqun: quelqu un; stp: svp; dsl: desole; bjr: bonjour; bnjr: bonjour; bsr: bonsoir; slt: salut; cc: coucou;
    mci: merci; mrc: merci; merki: merci; mrci: merci; dac: d accord; dak: d accord; wi: oui; tps: temps;
    sem: semaine; ouai: ouais; nn: non; sof: sauf; sauff: sauf;
    okok: ok ok; kk: ok;
    dacc: d accord; daccord: d accord; d acc: d accord; sa marche: ca marche; sa roule: ca roule;
    sa va: ca va; sa me va: ca me va; quand meme: malgre tout; jvous: je vous; jvs: je vous; jte: je te; jle: je le;
    jfais: je fais; jfe: je fais; je fe: je fais; je fe sa: je fais ca; dja: deja;
    dejà: deja; pa: pas; auj: aujourd hui; ajd: aujourd hui; aujourdhui: aujourd hui; dem: demain; ojd: aujourd hui;
    ya: il y a; msg: message; msgs: messages; mess: message; rdu: rendu; rndu: rendu; keske: qu est ce que;
    kesk: qu est ce que; eske: est ce que; esk: est ce que; estce: est ce; queske: qu est ce que;
    quesque: qu est ce que; es ce: est ce; est que: est ce que; quest ce: qu est ce; vs: vous; ns: nous; ms: mais;
    qqch: quelque chose; qqc: quelque chose;
    votre collegue: vous; vos collegues: vous; ton collegue: vous; votre equipe: vous; your colleague: you;
    your colleagues: you; your team: you; everything s: everything is; jms: jamais; tjs: toujours; tjrs: toujours;
    tjr: toujours; jqa: jusqu a; jusk: jusqu; jusq: jusqu; jusqo: jusqu au;
    jusqua: jusqu a; jusque: jusqu; pk: pourquoi; pq: pourquoi; pke: parce que; ms prets: mes prets; tel: telephone;
    num: numero; jpp: je peux pas; jpx: je peux; jcomprend: je comprends; jcomprends: je comprends;
    n importe quoi: nimportequoi; n importe: peu importe;
    don t: do not; doesn t: does not; didn t: did not; haven t: have not;
    hasn t: has not; hadn t: had not; isn t: is not; aren t: are not; wasn t: was not; weren t: were not;
    won t: will not; wouldn t: would not; can t: can not; couldn t: could not; shouldn t: should not; ain t: is not;
    dont: do not; doesnt: does not; didnt: did not; havent: have not; hasnt: has not; isnt: is not; arent: are not;
    wasnt: was not; wont: will not; cant: can not; cannot: can not; couldnt: could not; shouldnt: should not;
    wouldnt: would not; aint: is not; i ve: i have; ive: i have; we ve: we have; weve: we have; they ve: they have;
    i ll: i will; we ll: we will; ill: i will; it ll: it will; you ll: you will; i m: i am; im: i am;
    i m ill: i am sick; im ill: i am sick; we re: we are;
    you re: you are; i d: i would; id like: i would like; we d: we would; it s: it is; its: it is; that s: that is;
    thats: that is; he s: he is; she s: she is; what s: what is; whats: what is; when s: when is; whens: when is;
    where s: where is; wheres: where is; how s: how is; u: you; ur: your; r u: are you; pls: please; plz: please;
    pleas: please; plse: please; thx: thanks; tks: thanks; thks: thanks; thanx: thanks; thnx: thanks; tnx: thanks;
    ty: thank you; tyvm: thank you; tysm: thank you; cya: see you; c u: see you; see ya: see you; ttyl: see you;
    cheers: thanks; ta: thanks; gonna: going to; wanna: want to; gotta: have to;
    gimme: give me; lemme: let me; tmrw: tomorrow; tmr: tomorrow; tomoz: tomorrow; 2moro: tomorrow; tomo: tomorrow;
    havnt: have not; havn t: have not; haventt: have not; hvnt: have not; hvn t: have not; haven: have not;
    havenot: have not; hasn: has not; hasnot: has not; hasent: has not; hasen t: has not; didn: did not;
    didint: did not; didin t: did not; dint: did not; didnot: did not; didnt t: did not; dident: did not;
    couldn: could not; coudnt: could not; couldent: could not; doesn: does not; dosnt: does not; dosent: does not;
    wouldn: would not; isn: is not; isnot: is not; wasn: was not; hadnt: had not; aren: are not;
    b4: before; cud: could; shud: should; cos: because; cuz: because; coz: because; dnt: do not; hv: have; bk: back;
    bak: back; rtn: return; rtnd: returned; retd: returned; msgs me: text me; yet2: yet to; wot: what; wen: when;
    y r: why are; ye: you; yous: you; youse: you; who s: who is; tomoro: tomorrow; tomorro: tomorrow; 2mrw: tomorrow
"""


def _shorts() -> dict[Phrase, Phrase]:
    pairs = (entry.split(":") for entry in _SHORT.split(";"))
    return {tuple(short.split()): tuple(full.split()) for short, full in pairs}


SHORTS = _shorts()
LONGEST_SHORT = max(map(len, SHORTS))

# --- words that carry no wish ----------------------------------------------------------------------

GREETINGS = phrases(
    """bonjour, bonsoir, salut, coucou, hello, hey, hi, hi there, hello there, hey there, good morning,
    good afternoon, good evening, morning, bonjour a tous, bonjour a toutes, bjour, re, yo, salam, salamalekum,
    allo, hallo, wesh, comment allez vous, comment vas tu, comment ca va, ca va, vous allez bien, tu vas bien,
    how are you, how do you do, good day, greetings, gm, what is up, sup, wassup, whats up, how far, namaste,
    how are you doing, how is it going, how you doing, hope you are well, i hope you are well,
    hope you are doing well, hope all is well, trust you are well, hope this finds you well,
    bonjour madame, bonjour monsieur, madame, monsieur,
    messieurs, mesdames, bonjour l equipe, l equipe, bien le bonjour, le bonjour, chere equipe, cher monsieur,
    chere madame, chers collegues, cher atelier, dear team, howdy, hiya, hiya there, sir, madam,
    good to see you, na nga def, nanga def, nangadef, bon matin"""
)
THANKS = phrases(
    """merci, merci beaucoup, mille mercis, mille merci, merci bien, grand merci, un grand merci, merci a vous,
    merci a toi, merci infiniment, merci d avance, merci pour tout, merci de votre aide, merci pour votre aide,
    avec mes remerciements, je vous remercie, remercie, remerciements, thanks, thank you, many thanks,
    thanks a lot, thanks so much, thank you so much, thank you very much, thanks very much, much appreciated,
    appreciate it, i appreciate it, appreciated, god bless, god bless you, bless you, bless,
    you are the best, you are a star, you are a lifesaver, thanks for letting me know, thank you for letting me know,
    thanks for everything, thank you for everything, thanks for your help, thank you for your help,
    thanks so much for your help, thank you so much for your help, thanks again, thanks for the reminder,
    thank you for the reminder, merci pour le rappel, merci du rappel, merci de votre rappel,
    merci pour votre rappel, merci pour ce rappel, merci de ce rappel, merci de me rappeler, thanks in advance,
    merci mille fois, thanks all, thanks everyone, thanks guys, merci encore, encore merci, merci pour l info,
    merci pour l information, je voudrais vous dire merci, je voulais vous dire merci, je tenais a vous dire merci,
    je voudrais vous remercier, je voulais vous remercier, je tenais a vous remercier, je tiens a vous remercier,
    thanks for the info, jerejef, gracias, muchas gracias, grazie, danke, obrigado,
    obrigada, c est gentil, c est tres gentil, tres gentil, c est tres gentil de votre part, c est gentil de votre part,
    tres gentil de votre part, c est tres aimable,
    very kind, that is kind, bravo, bravo a toute l equipe, bravo a tous, bravo a vous,
    super service, tres bon service, excellent service, service au top, vous etes super, vous etes au top,
    vous etes geniaux, c est genial, trop bien, well done, great service, you are great, great job"""
)
WELL = phrases(
    """
    ok, okay, okey, oki, ok ok, d accord, entendu, bien recu, recu, note, bien note, c est note, parfait,
    c est bien note, je note, je prends note, super, top, genial, nickel, ca marche, ca roule,
    pas de souci, pas de soucis, pas de probleme,
    aucun probleme, aucun souci, sans souci, sans probleme, pas de pb, no problem, no problems, no worries,
    not a problem, no issues, no prob, np, great, perfect, got it, noted, understood, cool, fine, very good,
    all good, tres bien, tout va bien, c est bon, c est ok, c est parfait, tout est ok, tout est bon,
    tout est parfait, tout est en ordre, tout marche bien, tout fonctionne bien, tout fonctionne, tout marche,
    ca marche bien, ca fonctionne bien, joyeux noel, bon noel, bon ramadan, bonne fete, aid moubarak,
    merry christmas, happy new year, happy holidays, everything works, tout est nickel, tout ok, everything is ok,
    everything is fine, all is well, all is fine, everything ok, excellent, impeccable, compris, j ai compris,
    c est compris, bonne journee, bonne soiree, bon week end, bon weekend, bonne nuit, bonne apres midi,
    bon apres midi, bonne fin de journee, bonne continuation, bonne annee, bonnes fetes, joyeuses fetes,
    bonnes vacances, bon retour, bonne route, bon voyage, au revoir, a bientot, a plus, a plus tard,
    a tout a l heure, a demain, bien a vous,
    cordialement, j ai bien recu votre message, bien recu votre message, message recu, j ai recu votre message,
    bien recu le message, bien cordialement, bye, bye bye, goodbye, see you, see you soon, see you tomorrow,
    have a nice day, have a good day, have a great day, have a good one, have a good evening, best regards,
    have a nice evening, have a good night, good night, have a nice weekend, have a good weekend, have a great weekend,
    have a nice week, have a good week, happy monday, happy friday, happy weekend, bonne semaine,
    kind regards, regards, best wishes, all the best, take care, nice day, inchallah, super merci, wonderful,
    awesome, brilliant, lovely, alright, all right, right, c est cool, ras, rien a signaler, very well,
    great job, bon courage, good job, will do, sounds good, that is fine, that is great, pourquoi pas, pas mal,
    je m en occupe, je m en charge, on s en occupe, je gere, i am on it,
    avec plaisir, de rien, pas grave, c est pas grave, ce n est pas grave, you are welcome, ok pour moi, bisous,
    bises, la bise"""
)
POLITE = phrases(
    """svp, s il vous plait, s il te plait, sil vous plait, sil te plait, s v p, siouplait, please, kindly,
    voila, alors, donc, bon, ben, bah, eh bien, euh, hum, hmm, hop, excusez moi, excuse moi, pardon, desole,
    desolee, je suis desole, je suis desolee, sorry, i am sorry, so sorry, excuse me, juste, just, also, aussi,
    au fait, by the way, well, so, oh, ah, hein, if possible, si possible, oups, oops, mince, vraiment, really,
    actually, en fait, du coup, allez, tout simplement, as discussed, comme convenu, as agreed, comme prevu,
    as planned, as promised, comme promis, a l instant, tout de suite, tout a l heure, tout le monde,
    tout le temps, pas du tout, at all, after all, all day, as soon as possible, asap, des que possible,
    au plus vite, malgre tout, surtout, du tout, sans faute, par contre, en revanche"""
)
# No politeness to be left out of a sentence ("je sais pas où elle est"): these count only where they are, with
# politeness, the whole message (`small_talk`).
NODS = phrases(
    """je sais, j y pense, j y ai pense, y pense, j ai pas oublie, je n ai pas oublie, je l ai pas oublie,
    je ne l ai pas oublie, je n oublie pas, j oublie pas, je n oublierai pas, j oublierai pas, tkt, t inquiete,
    t inquiete pas, ne t inquiete pas, vous inquietez pas, ne vous inquietez pas, t en fais pas, vous en faites pas,
    je vais le faire, je le fais, je le ferai, je fais le necessaire, je ferai le necessaire, le necessaire sera fait,
    je vais faire le necessaire, bien compris, oki, okk, okie, okey, dokey, dokie, doki, k, impec, mouais, oue,
    je serai la, j y serai, on y sera, on fait comme ca, faisons comme ca, a toute, a tte, a plus, j y vais, vu, lu,
    bien vu, bien lu, roger, c est prevu, comme prevu, comme convenu, sans faute, promis, jure, compte sur moi,
    comptez sur moi, tu peux compter sur moi, vous pouvez compter sur moi, faites moi confiance, evidemment,
    certainement, volontiers, bien entendu, j attends, je patiente, j attends votre reponse, j attends ta reponse,
    j attends de vos nouvelles, pas la peine, tant pis, dommage, c est dommage, une autre fois, une prochaine fois,
    la prochaine fois, lol, mdr, ptdr, xd, haha, hahaha, hehe, hihi, amen, je vous tiens au courant,
    je te tiens au courant, je vous redis, je vous redis ca, je vous dirai, je vous rappelle, je reviens vers vous,
    un instant, une minute, attendez, je regarde, je verifie, c etait super, c etait parfait, c etait top,
    trop cool, ca me va, ca me convient, pas de quoi, au plaisir, a la prochaine, ciao, tchao, c est vrai, exact,
    c est exact, en effet, je m y mets, je m y colle, chef, boss, les gars, bonne reception,
    sure thing, gotcha, roger that, on it, i know, i remember, i have not forgotten, not forgotten, i will not forget,
    do not worry, sweet, nice, nice one, see you, see you then, see you around, see ya, later, laters, see you later,
    speak soon, talk soon, talk later, catch you later, be right there, i will be there, will be there,
    i will let you know, i will get back to you, i will check, let me check, let me see, alright then, right you are,
    definitely, certainly, promise, i promise, as agreed, as planned, god willing, noted with thanks, acknowledged,
    received, seen, read, copy, copy that, deal, you bet, thanks a bunch, dw, nw, ya, mate, buddy,
    i will do it, i am waiting, i will wait, too bad, pity, what a pity, next time, another time, it was great,
    yeah yeah, grand, grand so, that is grand, no bother, no bother at all, sound, happy days, lovely stuff, good stuff,
    deadly, class, fair enough, perfect so, right so, spot on, legend, you are a legend, no wahala, well noted,
    duly noted, i will get back to you, thanks a million, thanks a mill"""
)
SORRY = phrases(
    """desole, desolee, je suis desole, je suis desolee, navre, navree, je suis navre, je suis navree, pardon,
    excusez moi, excuse moi, toutes mes excuses, mes excuses, oups, oops, mince, zut, aie, aie aie aie, mea culpa,
    au temps pour moi, autant pour moi, j ai oublie, j avais oublie, je l avais oublie, je l ai oublie,
    pour le retard, pour l oubli, pour le derangement, pour ca,
    sorry, i am sorry, so sorry, excuse me, my bad, apologies, my apologies, i forgot, i had forgotten, forgot,
    oh no, for the delay, about that, for that, for being late"""
)
UNSURE = phrases(
    """peut etre, jsp, je ne sais pas, je sais pas, sais pas, on verra, je verrai, je vais voir, faut voir,
    maybe, perhaps, dunno, idk, not sure, i am not sure, i do not know, do not know, we will see, i will see, hmm,
    let me think"""
)
SIGNS = {
    "👍": "ok",
    "👌": "ok",
    "🙏": "merci",
    "❤": "merci",
    "😊": "merci",
    "🙂": "merci",
    "😀": "merci",
    "👋": "hello",
    "✅": "✅",
    "✔": "✅",
    "☑": "✅",
    **dict.fromkeys("💪🔥💯🤝✌🙌🆗🤙👊✊🤞🤩😎🥳😉😁😄😃😆😂🤣😅🙃😇", "ok"),
    **dict.fromkeys("👏🎉☺🤗🥰😍😘💋💙💚💛💜🧡🖤🤍💐🌹🌸", "merci"),
    **dict.fromkeys("😔😢😭😞🙈😬🤦😓🥲😥🙇😩😕", "oups"),
    **dict.fromkeys("🤷🤔", "hmm"),
    **dict.fromkeys("😡🤬😠👿", "furious"),
    **dict.fromkeys("📞☎", "telephone"),
    "❌": "❌",
    "👎": "❌",
    "✖": "❌",
    "❓": "?",
    "❔": "?",
    "؟": "?",
    "🆘": "help",
}

# --- small words -----------------------------------------------------------------------------------

# Words that never name an item: what is left of a sentence without them does.
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
        notez noter lieu chercher prendre recuperer dernier derniere rendez autant dire dis dites savoir sais sait voir
        vois regarder peu chouia tantinet brin evidemment
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
        again more another extra bit little tad wee while long longer number more much many once
        """.split()
    ),
}
ANY_SMALL = frozenset().union(*SMALL.values())
INSIDE_NAMES = frozenset("de d du des la le l a à au aux en et plus pour sans avec of the for and with to n".split())
"""Small words that stay when they stand between two words of a name: *boîte à outils*."""

EVERYTHING = phrases(
    """tout, toutes, tous, tout le materiel, toutes les affaires, tous les prets, tous mes prets, all,
    everything, both, les deux, les trois, les quatre, les 2, les 3, les 4, tous les deux, toutes les deux,
    tous les trois, all of them, all of it, both of them, the lot, l ensemble, la totalite, all items,
    all my items, all my loans, all loans, tout ce que j avais, chacun, partout, everywhere"""
)
NOT_EVERYTHING = phrases(
    """sauf, sauf que, excepte, hormis, a part, tout sauf, except, except for, but not, apart from, all but,
    everything but, tout de suite, tout a l heure, tous les jours, toutes les semaines, tout le temps, pas tout,
    bar the, bar my, bar one, not all, not everything, pas tous, pas toutes, all the time, all day, presque tout, une
    partie,
    une partie de, part of, some of, partiellement, partly, seulement, only, ne que"""
)
EXCEPTIONS = phrases(
    """bar the, bar my, bar one, sauf, excepte, hormis, a part, mais pas, et pas, except, but not, and not, apart
    from, all but,
    everything but"""
)
NUMBER_LEADS = frozenset(
    "le la les l numero no n nr num number the item loan pret numeros numbers et and puis emprunt objet".split()
)


_GOOD_TIMES = re.compile(
    r"\b(?:good|bon(?:ne)?|have an? (?:good|nice|great|lovely)) "
    r"(?:morning|afternoon|evening|night|day|week ?-?end|week|matin|apr[eè]s[- ]midi|soir[ée]e|journ[ée]e|nuit|semaine)"
    r"\b",
    re.IGNORECASE,
)


def without_good_wishes(text: str) -> str:
    """*Good morning*, *bon week-end*: of a message only what may name a time."""
    return _GOOD_TIMES.sub(" ", text)


def words_of(texts: Iterable[Phrase]) -> frozenset[str]:
    """All words of some phrases."""
    return frozenset(word for phrase in texts for word in phrase)
