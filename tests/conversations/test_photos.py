"""Pictures with a return or a problem, and everything else that is no words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.faults import Call, refuse
from bot.sandbox.message import Attachment
from bot.sandbox.screens import sample_photo
from bot.store import Tx
from bot.store.media import Attached
from jobs.tidy import tidy
from tests.core.test_pictures import png
from tests.town import Borrower, Colleague, OnPhone, OnTelegram, Town


@pytest.fixture(autouse=True)
def folder(town: Town, tmp_path: Path) -> Path:
    town.service.store.desk.data_dir = tmp_path
    return tmp_path


async def sends(who: Borrower, *photos: Attachment, words: str = "") -> None:
    """Sends pictures, perhaps with words under the first."""
    who.town.note(who.name, who.channel, f"[photo] {words}".strip())
    if isinstance(who, OnPhone):
        await who.phone.says(words, media=photos)
    elif isinstance(who, OnTelegram):
        await who.account.sends(photos[0], words)
    await who.town.settle()


def fetching(call: Call) -> bool:
    return "/Media/" in call.path or "/file/" in call.path or call.name == "getFile"


def kept_files(folder: Path) -> list[Path]:
    return list(folder.glob("media/**/*.*"))


def of_loan(tx: Tx) -> list[Attached]:
    return tx.media.of_loan(1)


async def test_a_photo_with_rendu_is_kept_with_the_loan_and_shown(
    town: Town, borrower: Borrower, sam: Colleague, folder: Path
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sends(borrower, sample_photo(), words="RENDU")
    assert "vous avez rendu Perceuse Bosch" in borrower.heard[-1]
    photo = town.group.card("Photo d", "Perceuse Bosch", "(retour)")
    assert photo.attachments
    assert "1 photo jointe" in town.group.card("Retour à confirmer").text
    [kept] = await town.service.store.write(of_loan)
    assert (kept.state, kept.media.mime) == ("kept", "image/png")
    assert (folder / kept.path).read_bytes() == sample_photo().content
    assert (folder / kept.path).stat().st_mode & 0o077 == 0


async def test_a_photo_with_a_problem_is_shown_to_staff(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sends(borrower, sample_photo(), words="PROBLEME elle fume")
    assert "Votre photo est bien arrivée." in borrower.heard[-1]
    assert "elle fume" in town.group.card("Problème signalé").text
    assert town.group.card("Photo d", "(problème)").attachments
    shown = len(town.group.cards_of("Photo d", "(problème)"))
    await sends(borrower, sample_photo())  # what it shows has just been said
    assert "Votre photo est bien arrivée." in borrower.heard[-1]
    assert len(town.group.cards_of("Photo d", "(problème)")) == shown + 1


async def test_a_sticker_shows_nothing_of_a_loan(borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sends(borrower, Attachment("sticker", "image/webp", b"\x00" * 64))
    assert "Nous ne pouvons pas lire ce type de message ici." in borrower.heard[-1]


async def test_a_photo_without_words_is_asked_about(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sends(borrower, sample_photo())
    assert "Que montre-t-elle de Perceuse Bosch : un retour, ou un problème ?" in borrower.heard[-1]
    assert not any(m.attachments for m in town.group.messages), "nothing is fetched before it is explained"
    await borrower.says("RENDU")
    assert "vous avez rendu Perceuse Bosch" in borrower.heard[-1]
    assert town.group.card("Photo d", "(retour)").attachments


async def test_the_answer_about_a_photo_is_a_button_too(town: Town, karim: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await sends(karim, sample_photo())
    await karim.chooses("Problème")
    assert town.group.card("Photo de Karim", "(problème)").attachments


async def test_a_photo_waits_until_it_is_clear_which_loan(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says(f"/pret VP-001 {borrower.name} vendredi 18h")
    await sends(borrower, sample_photo(), words="RENDU")
    assert "Qu'avez-vous rendu ?" in borrower.heard[-1]
    await borrower.chooses("Vidéoprojecteur")
    assert town.group.card("Photo d", "Vidéoprojecteur Epson").attachments


async def test_a_photo_after_the_word_joins_the_return(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("RENDU")
    await sends(borrower, sample_photo())
    await borrower.says("RENDU")
    assert "C'est déjà noté" in borrower.heard[-1]
    assert town.group.card("Photo d", "(retour)").attachments


async def test_an_album_is_asked_about_once(town: Town, karim: OnTelegram, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    karim.looks()
    net = town.network.telegram
    for words in ("RENDU", "", ""):
        kept = net.keep(sample_photo())
        await karim.account._writes(
            karim.account.private, words, attachments=(kept,), extra={"media_group_id": "album-1"}
        )
        await town.settle()
    assert len(karim.heard) == 1
    assert sum(bool(m.attachments) for m in town.group.messages) == 3


async def test_several_photos_of_one_message_are_all_kept(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sends(awa, sample_photo(), sample_photo(), words="RENDU")
    assert sum(bool(m.attachments) for m in town.group.messages) == 2


async def test_a_photo_that_cannot_be_fetched_is_told_on_the_card(
    town: Town, borrower: Borrower, sam: Colleague
) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    for net in (town.network.twilio, town.network.telegram):
        net.faults.add(refuse(404), when=fetching, times=3)
    await sends(borrower, sample_photo(), words="RENDU")
    assert "1 photo jointe" in town.group.card("Retour à confirmer").text
    await town.passes(timedelta(minutes=10))
    assert "1 photo manque" in town.group.card("Retour à confirmer").text
    assert "elle n'a pas pu être récupérée" in town.group.card("🟠 La photo d", "Perceuse Bosch").text


async def test_a_fault_that_passes_only_delays_the_photo(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    for net in (town.network.twilio, town.network.telegram):
        net.faults.add(refuse(503), when=fetching, times=1)
    await sends(borrower, sample_photo(), words="RENDU")
    assert not any(m.attachments for m in town.group.messages)
    await town.passes(timedelta(minutes=2))
    assert town.group.card("Photo d").attachments


async def test_a_photo_that_finds_no_place_here_waits_for_it(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    in_the_way = town.service.store.desk.data_dir / "media"
    in_the_way.write_bytes(b"")
    await sends(awa, sample_photo(), words="RENDU")
    await town.passes(timedelta(minutes=20))
    assert not any(m.attachments for m in town.group.messages)
    in_the_way.unlink()
    await town.passes(timedelta(minutes=6))
    assert town.group.card("Photo d").attachments


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (png(8000, 8000), "elle dépasse 20 millions de pixels"),
        (b"%PDF-1.7 no picture at all", "le fichier n'est pas une image que nous savons lire"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * (17 * 1024 * 1024), "elle dépasse 16 Mo"),
    ],
    ids=["pixels", "no picture", "bytes"],
)
async def test_what_must_not_be_kept_is_not(
    town: Town, awa: Borrower, sam: Colleague, folder: Path, content: bytes, why: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sends(awa, Attachment("photo", "image/png", content), words="RENDU")
    await town.passes(timedelta(seconds=30))  # another try would find the same
    assert why in town.group.card("La photo d'Awa").text
    assert kept_files(folder) == []


async def test_a_photo_when_nothing_is_out_asks_for_words(borrower: Borrower) -> None:
    await borrower.says("bonjour")
    await sends(borrower, sample_photo())
    assert "Nous ne savons pas à quoi cette image se rapporte." in borrower.heard[-1]


async def test_pictures_go_when_their_loan_is_long_over(
    town: Town, awa: Borrower, sam: Colleague, folder: Path
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sends(awa, sample_photo(), words="RENDU")
    town.clock.move_to(town.clock.now() + timedelta(weeks=14))
    await tidy(town.service.store, town.clock.now())
    assert len(kept_files(folder)) == 1, "the loan is not over"
    await sam.presses("Confirmer")
    [picture] = kept_files(folder)
    picture.rename(picture.with_suffix(".away"))
    picture.mkdir()  # what the system refuses to remove
    await tidy(town.service.store, town.clock.now())
    assert len(await town.service.store.write(of_loan)) == 1, "a file without its row would be found by nobody"
    picture.rmdir()
    picture.with_suffix(".away").rename(picture)
    await tidy(town.service.store, town.clock.now())
    assert kept_files(folder) == []
    assert await town.service.store.write(of_loan) == []


# --- what is no picture ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mime", "answer"),
    [
        ("voice", "audio/ogg", "Nous ne pouvons pas écouter les messages vocaux ici."),
        ("video", "video/mp4", "Nous ne pouvons pas regarder les vidéos ici."),
        ("sticker", "image/webp", "Nous ne pouvons pas lire ce type de message ici."),
        ("document", "application/pdf", "Nous ne pouvons pas lire ce type de message ici."),
    ],
)
async def test_what_we_cannot_use_is_answered_kindly(borrower: Borrower, kind: str, mime: str, answer: str) -> None:
    await borrower.says("bonjour")
    await sends(borrower, Attachment(kind, mime, b"\x00" * 64))
    assert answer in borrower.heard[-1]
    assert "en quelques mots" in borrower.last.text
    assert "Ou joignez-nous : l’accueil" in borrower.last.text  # who cannot write has a way as well


async def test_words_beside_a_video_count(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sends(borrower, Attachment("video", "video/mp4", b"\x00" * 64), words="RENDU")
    await town.passes(timedelta(seconds=2))  # a chat hears one message a second
    thanks, unread = borrower.heard[-2:]
    assert "vous avez rendu Perceuse Bosch" in thanks
    assert unread == "Nous ne pouvons pas regarder les vidéos ici."


async def test_a_location_is_answered_kindly(town: Town, karim: OnTelegram) -> None:
    await karim.says("bonjour")
    await karim.account.shares_location(48.85, 2.35)
    await town.settle()
    assert "Nous ne pouvons pas lire une position ici." in karim.heard[-1]


@pytest.mark.parametrize("kind", ["poll", "dice", "story", "checklist"])
async def test_what_only_telegram_has_is_answered_kindly(town: Town, karim: OnTelegram, kind: str) -> None:
    await karim.says("bonjour")
    await karim.account.sends_other({kind: {}})
    await town.settle()
    assert "Nous ne pouvons pas lire ce type de message ici." in karim.heard[-1]


async def test_a_changed_message_is_not_acted_upon(town: Town, karim: OnTelegram, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    message = await karim.writes("merci")
    await town.settle()
    karim.looks()
    await karim.account.edits(message, "RENDU")
    await town.settle()
    assert "nous n'avons lu que la première version" in karim.heard[-1]
    assert "Retour" not in "".join(town.group.cards)


async def test_forwarded_words_are_asked_about(town: Town, karim: OnTelegram, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await karim.account.says("RENDU", forwarded=True)
    await town.settle()
    assert karim.heard[-1] == "Vous avez rendu Perceuse Bosch ?"


async def test_a_forwarded_command_is_text(town: Town, sam: Colleague) -> None:
    await sam.account.says("/pret PERC-001 Awa vendredi 18h", forwarded=True)
    await town.settle()
    assert town.group.cards == []
    assert not any("En prêt" in answer for answer in sam.private.heard)
