"""Messages about the pieces of kits."""

from __future__ import annotations

from bot.core.message import Message, message
from bot.core.pieces import Awaited, Piece

EX_PIECES = (Piece("chargeur"), Piece("batteries", 2), Piece("coffret"))
EX_AWAITED = (Awaited("chargeur", 1, 1, "Perceuse Bosch", "Awa"),)


@message
class WhichMissing(Message):
    """Given back, but not whole: which pieces stay out? The choices are the pieces, and none."""

    item: str
    pieces: tuple[Piece, ...]
    example = {"item": "Perceuse Bosch", "pieces": EX_PIECES}


@message
class PiecesBrought(Message):
    """RENDU of somebody whose loans are over but for these pieces: staff will look."""

    awaited: tuple[Awaited, ...]
    example = {"awaited": EX_AWAITED}


@message
class PiecesCard(Message):
    """To staff: these pieces are back, says the borrower. The choices note each as found."""

    borrower: str
    awaited: tuple[Awaited, ...]
    about = "staff"
    example = {"borrower": "Awa", "awaited": EX_AWAITED}


@message
class PieceFound(Message):
    """The borrower's receipt for a piece that came back late; `awaited`: what they still have."""

    piece: str
    item: str
    awaited: tuple[Awaited, ...] = ()
    about = "notice"
    example = {"piece": "chargeur", "item": "Perceuse Bosch", "awaited": ()}


@message
class PiecesAsked(Message):
    """What belongs to this item? (open question)"""

    item: str
    pieces: tuple[Piece, ...] = ()
    about = "staff"
    example = {"item": "Perceuse Bosch", "pieces": EX_PIECES}


@message
class PiecesRefused(Message):
    """Why a list of pieces was not taken. `why`: too_many, too_long, twice; `what`: the piece it is about."""

    why: str
    what: str = ""
    about = "staff"
    example = {"why": "twice", "what": "chargeur"}
