"""The demo desk: a few things to lend, a few people, one loan of each class. Data only."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.records import record
from bot.sandbox.mail_screen import MailScreen
from bot.sandbox.network import Network
from bot.sandbox.screens import ChatScreen, Label, Look, PhoneScreen, Screen, Writer


@record(frozen=True, slots=True)
class DemoItem:
    code: str
    name: str
    category: str


@record(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo. `address` is a number in E.164 on WhatsApp and SMS, a user id on Telegram."""

    key: str
    name: str
    channel: Literal["whatsapp", "sms", "telegram"]
    address: str
    username: str = ""
    role: Literal["borrower", "staff", "admin"] = "borrower"


@record(frozen=True, slots=True)
class DemoLoan:
    """A loan under way when the demo begins; both instants aware."""

    code: str
    borrower: str
    lent_at: datetime
    due_at: datetime


DEPARTMENT = "Prêt de matériel"
PLACE = "Accueil du rez-de-chaussée"
CONTACT_LINE = "l’accueil, au +33 6 12 34 56 00"
GROUP_ID = -1001234500001

ITEMS = (
    DemoItem("PERC-001", "Perceuse Bosch", "Outillage"),
    DemoItem("VP-001", "Vidéoprojecteur Epson", "Image et son"),
    DemoItem("TENTE-001", "Tente 4 places", "Plein air"),
    DemoItem("SONO-001", "Enceinte JBL", "Image et son"),
    DemoItem("VELO-001", "Vélo cargo", "Mobilité"),
    DemoItem("ECH-001", "Échelle 3 m", "Outillage"),
    DemoItem("PHOTO-001", "Appareil photo Canon", "Image et son"),
)

AWA = DemoPerson("awa", "Awa", "whatsapp", "+33612345678")
KARIM = DemoPerson("karim", "Karim", "telegram", "700100003", "karim_prete")
AMINATA = DemoPerson("aminata", "Aminata", "sms", "+221771234567")
SAM = DemoPerson("sam", "Sam", "telegram", "700100001", "sam_accueil", "staff")
DOMINIQUE = DemoPerson("dominique", "Dominique", "telegram", "700100002", "dominique_admin", "admin")
MAILBOX = "awa@example.org"  # Awa also gets e-mails
PEOPLE = (AWA, KARIM, AMINATA, SAM, DOMINIQUE)


def loans(now: datetime, zone: ZoneInfo) -> tuple[DemoLoan, ...]:
    """One loan of each class as of `now`: three hours, half a day, five days until six in the evening. None is Awa's:
    the first that a visitor lends her is the one she means by RENDU."""
    evening = datetime.combine((now.astimezone(zone) + timedelta(days=3)).date(), time(18), zone)
    return (
        DemoLoan("SONO-001", "karim", now - timedelta(minutes=30), now + timedelta(hours=2, minutes=30)),
        DemoLoan("VP-001", "karim", now - timedelta(hours=2), now + timedelta(hours=10)),
        DemoLoan("TENTE-001", "aminata", now - timedelta(days=2), evening.astimezone(now.tzinfo)),
    )


BORROWER_CHIPS = (
    Label("MES PRETS", "MY LOANS"),
    Label("RENDU", "RETURNED"),
    Label("PRET ECH-001 demain 18h", "BORROW ECH-001 tomorrow 6pm"),
    Label("PROLONGER", "EXTEND"),
    Label("AIDE", "HELP"),
)
STAFF_CHIPS = (
    Label("/pret PERC-001 Awa vendredi 18h", "/lend PERC-001 Awa friday 6pm"),
    Label("/prets", "/loans"),
    Label("/retards", "/overdue"),
    Label("/materiel", "/item"),
)
ADMIN_CHIPS = (
    Label("/settings", "/settings"),
    Label("/apercu", "/preview"),
    Label("/jobs", "/jobs"),
    Label("/stats", "/stats"),
    Label("/tableau", "/dashboard"),
)

STAFF = Label("équipe", "staff")
ADMIN = Label("admin", "admin")


async def screens(network: Network) -> tuple[Screen, ...]:
    """Add the demo's people to the network; their conversations, in the order the page shows them."""
    for person in PEOPLE:
        if person.channel == "telegram":
            member = network.telegram.person(int(person.address), person.name, person.username)
            member.opened = True
    return (
        _phone(network, AWA, Label("emprunteuse", "borrower")),
        _group(network),
        _by_sms(network, AWA),
        _private(network, DOMINIQUE, ADMIN_CHIPS, Label("admin", "admin")),
        _private(network, KARIM, BORROWER_CHIPS, Label("emprunteur", "borrower")),
        _phone(network, AMINATA, Label("emprunteuse", "borrower")),
        MailScreen(
            Look("courrier", "mail", Label("Courrier d’Awa", "Awa’s mail"), Label(MAILBOX, MAILBOX)), network.mail
        ),
    )


def _phone(network: Network, person: DemoPerson, subtitle: Label) -> Screen:
    on: Literal["whatsapp", "sms"] = "sms" if person.channel == "sms" else "whatsapp"
    phone = network.phone(person.address, name=person.name, on=on)
    return PhoneScreen(Look(person.key, on, _name(person), subtitle, BORROWER_CHIPS), phone)


def _by_sms(network: Network, person: DemoPerson) -> Screen:
    """The same person's SMS, where what WhatsApp does not deliver arrives."""
    phone = network.phone(person.address, name=person.name, on="sms")
    title = Label(f"{person.name}, SMS", f"{person.name}, SMS")
    return PhoneScreen(Look(f"{person.key}_sms", "sms", title, Label("le même téléphone", "the same phone")), phone)


def _group(network: Network) -> Screen:
    group = network.telegram.group(GROUP_ID, DEPARTMENT)
    group.bot_status = "member"
    people = {one.key: network.telegram.person(int(one.address), one.name) for one in (SAM, DOMINIQUE)}
    group.members |= {people["sam"].id: "administrator", people["dominique"].id: "creator"}
    writers = (Writer(SAM.key, SAM.name, STAFF), Writer(DOMINIQUE.key, DOMINIQUE.name, ADMIN))
    subtitle = Label("groupe de l’équipe", "the staff’s group")
    look = Look("equipe", "group", Label(DEPARTMENT, DEPARTMENT), subtitle, STAFF_CHIPS)
    return ChatScreen(look, group, people, writers)


def _private(network: Network, person: DemoPerson, chips: tuple[Label, ...], subtitle: Label) -> Screen:
    member = network.telegram.person(int(person.address), person.name)
    look = Look(person.key, "telegram", _name(person), subtitle, chips)
    return ChatScreen(look, member.private, {person.key: member})


def _name(person: DemoPerson) -> Label:
    return Label(person.name, person.name)
