"""E-mail by real SMTP, to a server that takes letters, refuses them or hangs up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import formataddr, getaddresses

import pytest

from bot.channels import email as channel_file
from bot.channels.base import Outgoing
from bot.channels.email import EmailChannel, Server, ascii_address
from bot.channels.email_codes import BUSY, Stage, outcome_of_answer
from bot.core.delivery import Accepted, ConfigFault, Down, Failed, Later, Outcome, Refused, Unsure
from bot.core.words import Words
from bot.sandbox.mail_net import MailNet

AWA = "awa@example.org"
WORDS = Words("C'est noté, *Awa* :\nà rendre vendredi.", subject="Prêt noté : perceuse", html="<p>C'est noté</p>")
OUT = Outgoing("send", "a1b2c3", AWA, WORDS)


@pytest.fixture
async def server() -> AsyncIterator[MailNet]:
    net = MailNet(lambda: datetime(2026, 11, 23, 9, tzinfo=UTC))
    await net.start()
    yield net
    await net.stop()


@pytest.fixture
async def channel(server: MailNet) -> AsyncIterator[EmailChannel]:
    made = EmailChannel(server.url, "Le prêt <pret@example.org>")
    yield made
    await made.close()


# --- what an answer means --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "answer", "outcome"),
    [
        ("recipient", "550 5.1.1 <awa@example.org>: no such user", Refused("refused at recipient", "550 5.1.1")),
        ("recipient", "550 unknown user", Refused("refused at recipient", "550")),
        ("recipient", "550 5.2.1 mailbox disabled", Refused("refused at recipient", "550 5.2.1")),
        ("recipient", "552 5.2.2 mailbox full", Refused("refused at recipient", "552 5.2.2", "road")),
        ("recipient", "550 5.7.1 blocked by policy", Refused("refused at recipient", "550 5.7.1", "road")),
        ("recipient", "554 5.7.1 Relay access denied", ConfigFault("the server does not relay for us", "554 5.7.1")),
        ("recipient", "530 5.7.0 authentication required", ConfigFault("refused at recipient", "530 5.7.0")),
        (
            "recipient",
            "553 5.7.1 <pret@example.org>: Sender address rejected: not owned by user desk",
            ConfigFault("refused at sender", "553 5.7.1"),
        ),
        ("recipient", "451 4.7.1 greylisted", Failed("not now (recipient)", "451 4.7.1")),
        ("recipient", "452 4.2.2 mailbox full", Failed("not now (recipient)", "452 4.2.2")),
        ("recipient", "421 4.3.2 closing", Later("421 4.3.2 at recipient", BUSY, whole_sender=True)),
        ("sender", "553 5.1.8 not your domain", ConfigFault("refused at sender", "553 5.1.8")),
        ("sender", "452 4.3.1 out of space", Later("452 4.3.1 at sender", BUSY, whole_sender=True)),
        ("sender", "552 5.3.4 too large", Refused("too large", "552 5.3.4", "content")),
        ("message", "554 5.7.1 this is spam", Refused("refused at message", "554 5.7.1", "content")),
        ("message", "554 5.7.1 relayed too often", Refused("refused at message", "554 5.7.1", "content")),
        ("message", "552 5.3.4 too large", Refused("refused at message", "552 5.3.4", "content")),
        ("message", "550 5.1.1 no such user after all", Refused("refused at message", "550 5.1.1")),
        ("message", "552 5.2.2 mailbox full", Refused("refused at message", "552 5.2.2", "road")),
        ("message", "451 4.3.0 try later", Failed("not now (message)", "451 4.3.0")),
        ("login", "535 5.7.8 bad credentials", ConfigFault("refused at login", "535 5.7.8")),
        ("login", "454 4.7.0 temporary", Later("454 4.7.0 at login", BUSY, whole_sender=True)),
        ("greeting", "554 5.3.2 no service for you", ConfigFault("refused at greeting", "554 5.3.2")),
    ],
)
def test_what_an_answer_means(stage: Stage, answer: str, outcome: Outcome) -> None:
    code, _, message = answer.partition(" ")
    assert outcome_of_answer(stage, int(code), message) == outcome


# --- where mail is handed over -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587, "starttls")),
        ("smtps://desk:p%40ss@mail.example.org", Server("mail.example.org", 465, "tls", "desk", "p@ss")),
        ("smtp://localhost:25", Server("localhost", 25, "none")),
        ("smtp://localhost:25?starttls=on", Server("localhost", 25, "starttls")),
    ],
)
def test_outside_this_machine_the_line_is_always_encrypted(url: str, server: Server) -> None:
    assert Server.of(url) == server
    assert "p@ss" not in repr(server)


def test_a_clear_line_to_another_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="encrypted"):
        Server.of("smtp://mail.example.org?starttls=off")


@pytest.mark.parametrize(
    "address",
    [
        "awa", "@example.org", "awa@", "a wa@example.org", "awà@example.org", "a@b\n.org", "a,b@c.org",
        "awa@straße.example",
    ],
)  # fmt: skip
def test_what_is_no_address_never_reaches_the_server(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|domain"):
        ascii_address(address)
    assert ascii_address("awa@Exämple.org") == ascii_address("awa@xn--exmple-cua.org") == "awa@xn--exmple-cua.org"
    assert ascii_address("awa+pret@Example.org") == "awa+pret@Example.org"


# --- the letter ----------------------------------------------------------------------------------------


async def test_a_letter_arrives_whole(server: MailNet, channel: EmailChannel) -> None:
    link = "https://desk.example.org/unsubscribe/" + "a" * 80
    out = replace(OUT, thread="loan-7", unsubscribe=link)
    assert await channel.carry(out) == Accepted("a1b2c3@example.org")
    [mail] = server.mails
    assert (mail.to, mail.subject) == (AWA, "Prêt noté : perceuse")
    assert mail.text == "C'est noté, Awa :\nà rendre vendredi.\n"
    assert mail.html.strip() == "<p>C'est noté</p>"
    assert mail.header("From") == "Le prêt <pret@example.org>"
    assert mail.header("Message-ID") == "<a1b2c3@example.org>"
    assert mail.header("Auto-Submitted") == "auto-generated"
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in mail.raw, "unfolded: programs read it as it stands"
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


async def test_a_line_that_is_a_dot_does_not_end_the_letter(server: MailNet, channel: EmailChannel) -> None:
    for text in (".\nRENDU", "À rendre\n.\n..vendredi"):
        assert isinstance(await channel.carry(replace(OUT, words=replace(WORDS, text=text))), Accepted)
    assert [mail.text for mail in server.mails] == [".\nRENDU\n", "À rendre\n.\n..vendredi\n"]


@pytest.mark.parametrize(
    "subject",
    [
        "Demain à rendre : Vidéoprojecteur Épson, caméra Sony à « épaule » et été 27",
        "été 18 à à « h Epson Epson 27 Caméra À n°12",
        "Rappel 27 » Caméra 27 h À « … à éà prêté …",
        "À rendre 🎥🎉 — l’appareil prêté, « Perceuse » éà 🎥 où ? À dix-huit heures",
        "Reminder: the long ladder and the video projector are due tomorrow at six pm",
    ],
)
async def test_a_long_subject_keeps_its_spaces(server: MailNet, channel: EmailChannel, subject: str) -> None:
    await channel.carry(replace(OUT, words=replace(WORDS, subject=subject)))
    [mail] = server.mails
    assert mail.subject == subject
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "name",
    [
        "L'atelier Nord, prêts", "Prêts, Nord", "Prêté @ Nord", 'Prêt "Nord"', "Prêt <Nord>", "Prêt (Nord) : outils",
        "Nord, outils", "Le prêt de " + "matériel " * 12 + ", Nord",
    ],
)  # fmt: skip
async def test_a_letter_has_one_sender_whatever_its_name_holds(server: MailNet, name: str) -> None:
    channel = EmailChannel(server.url, formataddr((name, "pret@example.org")))
    assert isinstance(await channel.carry(OUT), Accepted)
    await channel.close()
    head = server.mails[0].raw.partition(b"\r\nTo: ")[0].decode("ascii").removeprefix("From: ").replace("\r\n", "")
    [(called, address)] = getaddresses([head])
    assert (str(make_header(decode_header(called))), address) == (name, "pret@example.org")


async def test_the_letters_of_one_loan_are_one_conversation(server: MailNet, channel: EmailChannel) -> None:
    for ref, thread in (("r1", "loan-7"), ("r2", "loan-7"), ("r3", "loan-8")):
        await channel.carry(replace(OUT, ref=ref, thread=thread))
    roots = [(mail.header("In-Reply-To"), mail.header("References")) for mail in server.mails]
    assert roots[0] == roots[1] != roots[2]
    assert roots[0][0] == roots[0][1]


async def test_the_ids_of_a_long_domain_stay_readable(server: MailNet) -> None:
    """Mail programs decode no encoded words in them."""
    domain = "bibliotheque-municipale-de-saint-etienne.example.org"
    channel = EmailChannel(server.url, f"pret@{domain}")
    await channel.carry(replace(OUT, ref="r" * 36, thread="loan-7"))
    await channel.close()
    head = server.mails[0].raw.partition(b"\r\n\r\n")[0].decode()
    for name in ("Message-ID", "In-Reply-To", "References"):
        assert re.search(rf"^{name}:\s+<[^=?\s]+@{domain}>\r$", head + "\r", re.MULTILINE), name


async def test_no_header_can_be_smuggled_in(server: MailNet, channel: EmailChannel) -> None:
    words = replace(WORDS, subject="Perceuse\r\nBcc: eve@example.org\r\n\r\n<b>hello</b>")
    assert isinstance(await channel.carry(replace(OUT, words=words)), Accepted)
    [mail] = server.mails
    assert mail.header("Bcc") == ""
    assert mail.subject == "Perceuse Bcc: eve@example.org <b>hello</b>"
    bad = await channel.carry(replace(OUT, address="awa@example.org\r\nRCPT TO:<eve@example.org>"))
    assert isinstance(bad, Refused)
    assert len(server.mails) == 1


# --- trouble ---------------------------------------------------------------------------------------------


async def test_one_refused_does_not_stop_the_next(server: MailNet, channel: EmailChannel) -> None:
    server.faults.recipients[AWA] = "550 5.1.1 no such user"
    assert await channel.carry(OUT) == Refused("refused at recipient", "550 5.1.1")
    server.faults.message.append("451 4.3.0 try later")
    assert isinstance(await channel.carry(replace(OUT, address="karim@example.org")), Failed)
    assert isinstance(await channel.carry(replace(OUT, address="karim@example.org")), Accepted)
    assert server.lines == 1, "one connection served them all"


async def test_a_line_cut_after_the_letter_leaves_it_in_doubt(server: MailNet, channel: EmailChannel) -> None:
    server.faults.cut = 1
    assert isinstance(await channel.carry(OUT), Unsure)
    assert isinstance(await channel.carry(OUT), Accepted)
    first, second = server.mails
    assert first.header("Message-ID") == second.header("Message-ID"), "a receiver can tell it is the same"


async def test_a_line_cut_before_the_letter_leaves_no_doubt(server: MailNet, channel: EmailChannel) -> None:
    server.faults.cut_before = 1
    assert isinstance(await channel.carry(OUT), Failed), "the server had not said 354: nothing left"
    assert server.mails == []
    assert isinstance(await channel.carry(OUT), Accepted)


@pytest.mark.parametrize("answer", ["251 2.0.0 queued elsewhere", "354 go on", "queued, thank you"])
async def test_an_answer_to_the_letter_that_is_no_answer_leaves_it_in_doubt(
    server: MailNet, channel: EmailChannel, answer: str
) -> None:
    server.faults.message.append(answer)
    assert isinstance(await channel.carry(OUT), Unsure)
    assert isinstance(await channel.carry(OUT), Accepted)
    assert server.lines == 2, "a server that speaks like that is not spoken to on the same line"


async def test_an_answer_that_never_comes(
    server: MailNet, channel: EmailChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_file, "DATA_SECONDS", 0.05)
    server.faults.hang = 1
    assert isinstance(await channel.carry(OUT), Unsure)


async def test_a_line_closed_while_idle_is_opened_anew(server: MailNet, channel: EmailChannel) -> None:
    server.faults.closing = 1
    for _ in range(3):
        assert isinstance(await channel.carry(OUT), Accepted)
    assert server.lines == 3


@pytest.mark.parametrize(
    "word", ["421 4.7.0 too many messages in this connection", "452 4.3.1 too many messages in this session", ""]
)
async def test_no_letter_waits_where_a_connection_has_had_its_letters(
    server: MailNet, channel: EmailChannel, word: str
) -> None:
    server.faults.most, server.faults.enough = 3, word
    assert [type(await channel.carry(OUT)) for _ in range(10)] == [Accepted] * 10
    assert (len(server.mails), server.lines) == (10, 4)


async def test_a_server_that_closes_for_everybody_is_left_alone(server: MailNet, channel: EmailChannel) -> None:
    server.faults.sender.append("421 4.3.2 closing")
    assert isinstance(await channel.carry(OUT), Later)
    assert server.lines == 1


async def test_the_wrong_scheme_is_said(server: MailNet) -> None:
    channel = EmailChannel(server.url.replace("smtp:", "smtps:"), "pret@example.org")
    assert isinstance(await channel.carry(OUT), ConfigFault)
    good, sentence = await channel.check()
    assert not good
    assert "no TLS is spoken there" in sentence


async def test_nobody_listens(server: MailNet, channel: EmailChannel) -> None:
    await server.stop()
    assert isinstance(await channel.carry(OUT), Down)
    good, sentence = await channel.check()
    assert not good
    assert "SMTP_URL" in sentence


async def test_a_wrong_password_stops_the_channel() -> None:
    net = MailNet(lambda: datetime(2026, 11, 23, tzinfo=UTC), user="desk", password="right")
    await net.start()
    for password, right in (("wrong", False), ("right", True)):
        channel = EmailChannel(net.url.replace("//", f"//desk:{password}@"), "pret@example.org")
        outcome = await channel.carry(OUT)
        assert isinstance(outcome, Accepted if right else ConfigFault)
        assert (await channel.check())[0] is right
        await channel.close()
    await net.stop()


async def test_a_server_without_encryption_gets_no_letter(server: MailNet) -> None:
    channel = EmailChannel(f"{server.url}?starttls=on", "pret@example.org")
    assert isinstance(await channel.carry(OUT), ConfigFault)
    assert server.mails == []


async def test_a_busy_server_is_waited_for_only_so_long(
    server: MailNet, channel: EmailChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_file, "FREE_SECONDS", 0.01)
    for _ in range(channel_file.CONNECTIONS):
        await channel._free.acquire()
    outcome = await channel.carry(OUT)
    assert isinstance(outcome, Later)
    assert outcome.after == timedelta(seconds=2), "with two lines to a slow server nothing waits half a minute"


async def test_it_cannot_be_asked_what_became_of_a_letter(channel: EmailChannel) -> None:
    assert await channel.find(OUT, datetime.now(UTC) - timedelta(hours=1)) == "unknown"
