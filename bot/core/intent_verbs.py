"""The verbs people use about a loan, and the small words that say whether it is done, denied or promised.

All folded (`bot.core.spoken`).
"""

from __future__ import annotations


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
            er("rapport", "ramen", "retourn", "restitu", "redonn", "depos", "redepos", "renvoy"),
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
        "leave": forms(
            past="""laisse laissee laisses laissees pose posee poses posees apporte apportee apportes amene amenee
            mis mise mises donne donnee donnees confie confiee confies"""
        ),
    },
    "en": {
        "return": forms(past="returned retured", base="return", now="return", doing="returning"),
        "pay": forms(past="paid payed settled", base="pay settle transfer wire", now="pay", doing="paying"),
        "extend": forms(
            past="extended renewed kept",
            base="extend renew keep prolong postpone",
            now="extend renew keep",
            doing="extending renewing keeping",
        ),
        "borrow": forms(past="borrowed lent", base="borrow lend", now="borrow lend", doing="borrowing"),
        "leave": forms(past="left dropped put handed"),
        "reserve": forms(past="reserved booked", base="reserve book", doing="reserving booking"),
    },
}
# English says "give it back": a verb here and one of its particles within a few words.
PHRASAL: dict[str, tuple[str, str, frozenset[str]]] = {
    word: ("return", form, frozenset(particles.split()))
    for form, particles, words in (
        ("past", "back", "popped chucked"),
        ("past", "back", "gave given brought took taken put sent shipped carried handed dropped delivered posted"),
        ("base", "back", "pop chuck give bring take put send ship carry hand drop deliver post get"),
        ("doing", "back", "popping giving bringing taking putting sending handing dropping"),
        ("past", "back off over", "dropped"),  # *dropped the drill in water* has brought nothing back
        ("past", "back off in over", "handed"),
        ("base", "back off in over", "drop hand"),
        ("past", "in", "turned"),
        ("doing", "back", "leaving"),
        ("base", "back", "leave"),
        ("base", "in", "turn"),
        ("doing", "back off in over", "dropping handing"),
    )
    for word in words.split()
}

AT_THE_DESK = frozenset(
    """accueil atelier bureau depot local casier gardien gardienne reception comptoir magasin secretariat loge boite
    etagere mairie mediatheque ecole vous desk counter office shop locker workshop shelf box door front library
    porte paillasson doorstep letterbox porch caretaker janitor porter receptionist doormat you""".split()
)
"""Where a thing left or put down is back; anywhere else it is only somewhere."""

AUX = {
    "have": frozenset("ai as a avons avez ont avoir ayant have has had having".split()),
    "be": frozenset("est es sont ete etre etait is are was were been being be get got gets s".split()),
}
NEGATION = frozenset(
    "pas jamais aucun aucune rien ni ne n not never nor nothing without sans none non no failli".split()
)
LATER_AUX = frozenset(
    """vais va allons allez vont irai irons aurai aurons serai sera seront aura passerai passe passerons passera
    viendrai viendra viens compte comptons prevois prevoit prevu promets will shall going gonna intend plan planning
    promise aim may might about coming hoping hope""".split()
)
MODALS = frozenset(
    """peux peut pouvons pouvez peuvent pourrai pourra pourrais pourrait pourriez dois doit devons devez devais devait
    devrai devrais devrait faut faudra faudrait fallait oublie oublier essaie essaye essayer voulu failli can could must
    should need needs needed supposed ought able try trying forgot forget forgotten meant remember ready""".split()
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
