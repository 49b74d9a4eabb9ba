"""The door for Twilio's webhooks: the signature is checked, a letter sorted."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha1
from urllib.parse import ParseResult, parse_qs, unquote, urlparse, urlsplit

from bot.channels.base import Forbidden, RawRequest, Rubbish
from bot.channels.twilio_reader import WHATSAPP, bare, channel_of, message_letter, sid_of, status_of_ours
from bot.core.inbound import Letter
from bot.core.markup import storable
from bot.core.records import record

SIGNATURE = "X-Twilio-Signature"
MOST_FIELDS = 500  # Twilio sends some forty


@record(frozen=True, slots=True)
class Senders:
    """Our side of the conversations: numbers in E.164 and the Messaging Service, each where there is one."""

    whatsapp_from: str | None = None
    sms_from: str | None = None
    messaging_service_sid: str | None = None

    def own(self, address: str, service: str) -> bool:
        """Whether a letter to (or a receipt from) `address` is ours. `service`: its MessagingServiceSid."""
        if self.messaging_service_sid and service == self.messaging_service_sid:
            return True
        if address.startswith(WHATSAPP):
            return bool(self.whatsapp_from) and bare(address) == bare(self.whatsapp_from or "")
        return bool(self.sms_from) and address == self.sms_from


class TwilioDoor:
    """Checks what Twilio posts to `/webhooks/twilio` and `/webhooks/twilio/status`, and sorts it.

    A form that carries a status of a message of ours is a receipt on either path: people paste one address into
    both fields of Twilio's console.
    """

    def __init__(
        self,
        auth_token: str,
        account_sid: str,
        public_url: str | None,
        *,
        whatsapp_from: str | None = None,
        sms_from: str | None = None,
        messaging_service_sid: str | None = None,
    ) -> None:
        self._token = auth_token
        self._account_sid = account_sid
        self._public_url = (public_url or "").rstrip("/")
        self._senders = Senders(whatsapp_from, sms_from, messaging_service_sid)

    def admit(self, request: RawRequest) -> None:
        if not self._public_url:
            raise Forbidden("without PUBLIC_URL no signature can be checked")
        if not 28 <= len(request.headers.get(SIGNATURE, "")) <= 44:  # SHA-1 and SHA-256 in base64
            raise Forbidden("no signature")

    def letters(self, request: RawRequest) -> list[Letter]:
        form = self._authentic_form(request)
        if not hmac.compare_digest(form.get("AccountSid", "").encode(), self._account_sid.encode()):
            raise Forbidden("a letter for another account")
        if status := status_of_ours(form):
            return [self._receipt(form, status, request.raw_path)]
        return [self._message(form)]

    def _authentic_form(self, request: RawRequest) -> dict[str, str]:
        """The form of a request whose signature holds. Raises Forbidden or Rubbish."""
        self.admit(request)
        signature = request.headers.get(SIGNATURE, "")
        content_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        url = self._public_url + request.raw_path
        algorithm = request.headers.get("X-Twilio-Webhooks-Signature-Settings", "")
        if content_type == "application/x-www-form-urlencoded":
            fields = form_fields(request.body)
            self._check(url, fields, signature, algorithm)
            if b"\0" not in request.body and b"%00" not in request.body:  # UTF-8 holds no lone surrogate
                return {name: values[0] for name, values in fields.items()}
            return {storable(name): storable(values[0]) for name, values in fields.items()}
        if content_type == "application/json":
            return self._authentic_json(url, request.body, signature, algorithm)
        raise Rubbish(f"content type {content_type[:60]!r}")

    def _check(self, url: str, fields: dict[str, list[str]], signature: str, algorithm: str) -> None:
        if algorithm:
            genuine = _official_check(self._token, url, _Fields(fields), signature, algorithm)
        else:
            genuine = signature_holds(self._token, url, fields, signature)
        if not genuine:
            raise Forbidden("signature does not hold")

    def _authentic_json(self, url: str, body: bytes, signature: str, algorithm: str) -> dict[str, str]:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Rubbish("not UTF-8") from error
        # Without the hash of the body the signature covers the address alone, and any body would pass.
        if "bodySHA256=" not in url or not _official_check(self._token, url, text, signature, algorithm):
            raise Forbidden("signature does not hold")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Rubbish("not JSON") from error
        if not isinstance(found, dict):
            raise Rubbish("JSON without fields")
        return {storable(name): storable(value) for name, value in found.items() if isinstance(value, str)}

    def _message(self, form: dict[str, str]) -> Letter:
        to, writer = form.get("To", ""), form.get("From", "")
        if not self._senders.own(to, form.get("MessagingServiceSid", "")):
            raise Forbidden("a letter to another sender")
        return message_letter(form, to, writer)

    def _receipt(self, form: dict[str, str], status: str, raw_path: str) -> Letter:
        ref = parse_qs(urlsplit(raw_path).query).get("o", [""])[0]
        if not ref and not self._senders.own(form.get("From", ""), form.get("MessagingServiceSid", "")):
            raise Forbidden("a receipt for another sender")
        sid = sid_of(form)
        payload: dict[str, object] = {**form, "_ref": storable(ref)} if ref else dict(form)
        channel = channel_of(form.get("To", "") or form.get("From", ""))
        return Letter(channel, "receipt", f"{sid}:{status}", bare(form.get("From", "")), sid, payload)


# ---------------------------------------------------------------- the signature


def form_fields(body: bytes) -> dict[str, list[str]]:
    """The fields of a form, in half the time of `urllib.parse.parse_qs` and equal to it (a test compares them).

    Raises Rubbish for what is not UTF-8, and for more than MOST_FIELDS.
    """
    if body.count(b"&") >= MOST_FIELDS:
        raise Rubbish("too many fields")
    fields: dict[str, list[str]] = {}
    try:
        for pair in body.decode().split("&"):
            if not pair:
                continue
            name, _, value = pair.partition("=")
            if "%" in pair or "+" in pair:
                name, value = _unquoted(name), _unquoted(value)
            fields.setdefault(name, []).append(value)
    except ValueError as error:
        raise Rubbish("not a form in UTF-8") from error
    return fields


def _unquoted(text: str) -> str:
    """Raises UnicodeDecodeError for quoted bytes that are not UTF-8."""
    spaced = text.replace("+", " ").replace("%2B", "+")  # numbers begin with it, and most hold nothing else
    return unquote(spaced, errors="strict") if "%" in spaced else spaced


def signature_holds(token: str, url: str, fields: Mapping[str, Sequence[str]], signature: str) -> bool:
    """Whether `signature` is Twilio's HMAC-SHA1 over the address and the sorted fields.

    url: the configured public address plus the raw path. Names and values are sorted as sets, so a repeated value
    counts once. The address is tried with and without its port, since Twilio signs either.
    Equal to twilio's `RequestValidator.validate` for forms (a test compares them), at a fraction of its time.
    Known limit of Twilio's scheme: names and values are joined without a separator, so `a=bc` and `ab=c` sign alike.
    """
    signed = "".join(
        [name + values[0] if len(values := fields[name]) == 1 else _each_once(name, values) for name in sorted(fields)]
    )
    given = signature.encode(errors="replace")
    return any(hmac.compare_digest(_signed(token, address + signed), given) for address in _addresses(url))


def _each_once(name: str, values: Sequence[str]) -> str:
    return "".join([name + value for value in sorted(set(values))])


@lru_cache(maxsize=16)
def _addresses(url: str) -> tuple[str, ...]:
    """The address without its port and with it; nothing when it cannot be read."""
    try:
        parts = urlparse(url)
        return _without_port(parts), _with_port(parts)
    except ValueError:
        return ()


def _signed(token: str, words: str) -> bytes:
    # Not `hmac.digest`: it releases the interpreter, and each letter would wait for the writer's thread.
    mac = _keyed(token).copy()
    mac.update(words.encode(errors="replace"))
    return base64.b64encode(mac.digest())


@lru_cache(maxsize=4)
def _keyed(token: str) -> hmac.HMAC:
    return hmac.new(token.encode(), digestmod=sha1)


def _without_port(url: ParseResult) -> str:
    return url._replace(netloc=url.netloc.split(":")[0]).geturl() if url.port else url.geturl()


def _with_port(url: ParseResult) -> str:
    if url.port:
        return url.geturl()
    return url._replace(netloc=f"{url.netloc}:{443 if url.scheme == 'https' else 80}").geturl()


class _Fields(dict[str, list[str]]):
    """Fields as the official validator wants them: with `getall`."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def _official_check(token: str, url: str, form: _Fields | str, signature: str, settings: str) -> bool:
    """Twilio's own validator, for what is rare: JSON bodies and signatures made with a managed key."""
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    try:
        validator = RequestValidator(token)
        return bool(validator.validate(url, form, signature, get_signature_algorithm(settings)))
    except (ValueError, TypeError, IndexError):  # what it cannot handle is not genuine
        return False
