"""Templates written by admins: which are allowed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache

from jinja2 import nodes

from bot.core import message
from bot.core.messages import CATALOGUE
from bot.core.records import record

OVERRIDE_BYTES = 2048  # of a template
OVERRIDE_LENGTH = 4096  # characters that it may render
OVERRIDE_PLACES = 40  # printed expressions: each costs some microseconds, so this bounds the time as well
OVERRIDE_DEPTH = 15  # of its syntax, ours have ten: two hundred filters one upon another take half a minute to compile
# What a condition may ask besides the facts.
CONDITIONS = ("answers", "language", "channel", "now")

_SAFE_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple, nodes.Filter,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.Sub,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.For, nodes.Call,
)  # fmt: skip
# How other systems write a placeholder; here it would be sent as it stands.
_ONE_BRACE = re.compile(r"\{\s*(\w+)\s*\}")
_OF_A_LOOP = frozenset({"first", "last"})
_MOST_LINES = "most"  # of a list that fit into a message of the channel


@record(frozen=True, slots=True)
class Fault:
    """What is wrong with an admin's template: a key of `words.toml`, table `override`, and what it names."""

    key: str
    what: str = ""


def fault_in(tree: nodes.Template, message_name: str, filters: Iterable[str]) -> Fault | None:
    """What our own templates of messages to people hold, and no more: placeholders of the message, our filters, plain
    conditions, the fields of its lines, and loops over these that hold no other loop.

    An allow-list of syntax needs no timer: what it lets through costs a bounded time.
    """
    if _is_deep(tree):
        return Fault("forbidden", "…")
    places = 0
    known, lists = frozenset((*placeholders(message_name), *CONDITIONS, _MOST_LINES)), _lists_of(message_name)
    for node, names in _walk(tree, known):
        fault = _fault_of(node, names, lists, filters)
        if fault is not None:
            return fault
        if isinstance(node, nodes.Output):
            printed = [child for child in node.nodes if not isinstance(child, nodes.TemplateData)]
            numbered = next((child for child in printed if isinstance(child, nodes.Const)), None)
            if numbered is not None:  # the {{1}} of WhatsApp's templates would be sent as "1"
                return Fault("unknown", str(numbered.value))
            places += len(printed)
    return Fault("too_many") if places > OVERRIDE_PLACES else None


def _is_deep(tree: nodes.Template) -> bool:
    level: list[nodes.Node] = [tree]
    for _ in range(OVERRIDE_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
    return bool(level)


def _walk(node: nodes.Node, names: frozenset[str]) -> Iterator[tuple[nodes.Node, frozenset[str]]]:
    """Each node with the names that may stand in it."""
    yield node, names
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        names |= {node.target.name, "loop"}
    for child in node.iter_child_nodes():
        if not (isinstance(node, nodes.Call) and child is node.node):
            yield from _walk(child, names)


def _fault_of(node: nodes.Node, names: frozenset[str], lists: frozenset[str], filters: Iterable[str]) -> Fault | None:
    allowed = True
    match node:
        case nodes.TemplateData():
            bare = _ONE_BRACE.search(node.data)
            return Fault("one_brace", bare[1]) if bare else None
        case nodes.Name():
            return None if node.name in names else Fault("unknown", node.name)
        case nodes.Filter():
            return None if node.name in filters and node.node is not None else Fault("filter", node.name)
        case nodes.For():
            simple = isinstance(node.target, nodes.Name) and not node.recursive and "loop" not in names
            allowed = simple and _is_list(node.iter, lists)
        case nodes.Getattr():
            of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop"
            allowed = node.attr in (_OF_A_LOOP if of_loop else _line_fields())
        case nodes.Getitem():
            allowed = isinstance(node.arg, nodes.Const | nodes.Slice) and _is_list(node.node, lists)
        case nodes.Call():  # the one function of our templates: a word of the desk's language
            ours = isinstance(node.node, nodes.Name) and node.node.name == "word"
            allowed = ours and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    return None if allowed and isinstance(node, _SAFE_NODES) else Fault("forbidden", type(node).__name__)


def _is_list(node: nodes.Node, lists: frozenset[str]) -> bool:
    """Lines that a message holds, or some of them: their number is bounded, which the letters of a text are not."""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        node = node.node
    return isinstance(node, nodes.Tuple) or (isinstance(node, nodes.Name) and node.name in lists)


@cache
def _line_fields() -> frozenset[str]:
    """What the lines of messages hold."""
    homes = {sys.modules[told.__module__] for told in CATALOGUE.values()} | {message}
    named = [one for home in homes for one in vars(home).values()]
    lines = [one for one in named if isinstance(one, type) and is_dataclass(one)]
    return frozenset(field.name for line in lines for field in fields(line))


def _lists_of(message_name: str) -> frozenset[str]:
    """The facts of a message that are several."""
    return frozenset(f.name for f in fields(CATALOGUE[message_name]) if str(f.type).startswith("tuple["))


def placeholders(message_name: str) -> tuple[str, ...]:
    """The facts a template of this message may print. Raises KeyError for an unknown message."""
    return tuple(f.name for f in fields(CATALOGUE[message_name]))
