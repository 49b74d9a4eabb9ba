"""Which way a message reaches a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.people import Address, AddressState, Consent, may_begin


def roads(addresses: Sequence[Address], order: Sequence[str], on: Collection[str]) -> list[Address]:
    """The addresses we may begin to write to, best first: by the order of channels, within each those their holder has
    written from before those staff have noted. `on`: the channels this desk has."""
    usable = [a for a in addresses if a.channel in on and a.channel in order and may_begin(a)]
    return sorted(usable, key=lambda a: (order.index(a.channel), a.verified_by != "holder", a.id))


def reach(addresses: Sequence[Address], order: Sequence[str], on: Collection[str]) -> str:
    """Why a person can or cannot be written to: ok, blocked, stopped, no_consent, unknown (no address at all)."""
    if roads(addresses, order, on):
        return "ok"
    here = [a for a in addresses if a.channel in on]
    if not here:
        return "unknown"
    if any(a.consent is Consent.REFUSED for a in here):
        return "stopped"
    if all(a.state is not AddressState.LIVE for a in here):
        return "blocked"
    return "no_consent"
