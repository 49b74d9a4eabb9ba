"""Templates written by admins: which are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from jinja2 import nodes

from bot.core.messages import CATALOGUE
from bot.core.records import record

OVERRIDE_BYTES = 2048  # of a template
OVERRIDE_LENGTH = 4096  # characters that it may render
OVERRIDE_PLACES = 40  # printed expressions: each costs some microseconds, so this bounds the time as well
# What a condition may ask besides the facts.
CONDITIONS = ("answers", "language", "channel", "now")

_SAFE_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter,
    nodes.If, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or,
)  # fmt: skip


@record(frozen=True, slots=True)
class Fault:
    """What is wrong with an admin's template: a key of `words.toml`, table `override`, and what it names."""

    key: str
    what: str = ""


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def fault_in(tree: nodes.Template, known: tuple[str, ...], filters: Iterable[str]) -> Fault | None:
    """Only placeholders of the message, plain conditions and our filters: no loop, call, attribute or arithmetic.

    An allow-list of syntax needs no timer: what it lets through costs a bounded time.
    """
    places = 0
    for node in _walk(tree):
        if not isinstance(node, _SAFE_NODES):
            return Fault("forbidden", type(node).__name__)
        if isinstance(node, nodes.Name) and node.name not in known:
            return Fault("unknown", node.name)
        if isinstance(node, nodes.Filter) and (node.name not in filters or node.node is None):
            return Fault("filter", node.name)
        if isinstance(node, nodes.Output):
            places += sum(not isinstance(child, nodes.TemplateData) for child in node.nodes)
    return Fault("too_many") if places > OVERRIDE_PLACES else None


def placeholders(message_name: str) -> tuple[str, ...]:
    """The facts a template of this message may print. Raises KeyError for an unknown message."""
    return tuple(f.name for f in fields(CATALOGUE[message_name]))
