"""What the documents say exists, exists; what exists, they say. Read from the real objects, both ways."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.config import Config, load
from bot.core.delivery import STATE_FR
from bot.core.intents import Command, Intent
from bot.core.messages import CATALOGUE
from bot.store.tables import metadata
from handlers import ANSWERS
from handlers.questions import GIVE_WAY
from handlers.tables import ADMIN_QUESTIONS, COMMANDS, HANDLERS, STAFF_QUESTIONS, VERBATIM
from jobs import JOBS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def files() -> list[Path]:
    """Every file of the project: what tools leave behind and what a running desk keeps do not count."""
    left = re.compile(r"(\.git|\.venv|\.[a-z]+_cache|\.hypothesis|__pycache__|data|build|\.env|.*\.egg-info)")
    found = [path for path in ROOT.iterdir() if not left.fullmatch(path.name)]
    below = [inner for path in found if path.is_dir() for inner in path.rglob("*")]
    return [path for path in [*found, *below] if path.is_file() and path.suffix != ".pyc"]


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, heads and rules left out."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def table(name: str, heading: str) -> dict[str, list[str]]:
    """The rows under one heading: each name in the first cell → the other cells."""
    section = read(name).partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return {word: cells[1:] for cells in rows(section) for word in re.findall(r"`([^`]+)`", cells[0])}


# --- configuration -------------------------------------------------------------------------------


def configured() -> dict[str, str]:
    """Variable → the default its row in the documents tells."""
    return {cells[0].strip("`"): cells[1] for cells in rows(read("docs/configuration.md"))}


def test_every_variable_has_its_row_and_every_row_its_variable() -> None:
    assert list(configured()) == sorted(configured(), key=list(configured()).index)
    assert set(configured()) == set(Config.variables())


def test_every_variable_has_its_line_in_the_example_file_and_every_line_its_variable() -> None:
    names = re.findall(r"(?m)^#?([A-Z_]+)=$", read(".env.example"))
    assert sorted(names) == sorted(Config.variables())


def test_the_example_file_as_it_stands_changes_nothing() -> None:
    assert load({}, ROOT / ".env.example") == load({}, None)


@pytest.mark.parametrize("variable", [name for name in Config.variables() if name != "TWILIO_FROM"])
def test_the_default_told_is_the_default(variable: str) -> None:
    told = configured()[variable]
    default = load({}, None).value(variable)
    quoted = re.match(r"`([^`]*)`", told)
    if quoted:  # in this form: a value, perhaps with words after it on when it is another
        assert load({variable: quoted[1]}, None, sandbox=True).value(variable) in (default, "webhook")
    else:
        assert default in (None, ())


def test_no_document_names_a_variable_that_is_not_read() -> None:
    first = {name.partition("_")[0] for name in Config.variables() if "_" in name}
    known = set(Config.variables()) | {"POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"}  # of the PostgreSQL image
    for path in [*documents(), ROOT / "Dockerfile", ROOT / "compose.yaml"]:
        named = re.findall(r"\b[A-Z]+_[A-Z_]+\b", path.read_text("utf-8"))
        assert {name for name in named if name.partition("_")[0] in first} <= known, path.name


# --- words ---------------------------------------------------------------------------------------


def test_the_glossary_tells_every_table_and_no_other() -> None:
    assert set(table("GLOSSARY.md", "Tables")) == set(metadata.tables)


def test_the_glossary_tells_every_state_of_a_message_with_its_french_name() -> None:
    told = {state: cells[0] for state, cells in table("GLOSSARY.md", "States of a message").items()}
    assert told == {state.value: french for state, french in STATE_FR.items()}


def test_whatever_can_be_wanted_commanded_or_asked_has_its_function() -> None:
    assert set(HANDLERS) == set(Intent)
    assert set(COMMANDS) == set(Command)
    assert set(ANSWERS) >= STAFF_QUESTIONS | ADMIN_QUESTIONS | VERBATIM | GIVE_WAY


# --- what can be called ---------------------------------------------------------------------------


def called_with(path: Path, *functions: str) -> Iterator[str]:
    """The first text given to each call of one of these functions or methods in a file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8") if path.exists() else "")):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in functions:
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            yield from [word for word in words if isinstance(word, str)][:1]


def doors() -> list[str]:
    """The path of every door, whichever of aiohttp's ways declares it."""
    ways = ("get", "post", "put", "patch", "delete", "view", "add_get", "add_post", "add_put", "add_delete", "route")
    found = {word for path in (ROOT / "bot/web").rglob("*.py") for word in called_with(path, *ways)}
    return sorted(word for word in found if word.startswith("/"))


def told_as_code(word: str) -> bool:
    """Some document has the word between backquotes or in an indented or fenced line."""
    whole = rf"(?<![\w/-]){re.escape(word)}(?![\w-])"
    as_code = re.compile(rf"`[^`\n]*{whole}[^`\n]*`|(?m:^(?:    |\S*main\.py).*{whole})")
    return any(as_code.search(path.read_text("utf-8")) for path in documents())


def jobs() -> list[str]:
    return sorted(JOBS)


def commands() -> list[str]:
    return sorted(called_with(ROOT / "main.py", "add_parser"))


@pytest.mark.parametrize("called", [doors, jobs, commands], ids=["doors", "jobs", "commands"])
def test_all_that_can_be_called_is_in_a_document(called: Callable[[], list[str]]) -> None:
    words = [re.sub(r":[^}]+}", "}", word) for word in called()]
    assert words
    assert [word for word in words if not told_as_code(word)] == []


def test_every_message_is_in_the_page_of_messages() -> None:
    page = read("docs/messages.md")
    assert [name for name in CATALOGUE if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "docs/going-live.md", "docs/operating.md"])
def test_every_button_that_a_document_names_is_on_a_card(page: str) -> None:
    labels = set(tomllib.loads(read("templates/fr/labels.toml"))["labels"].values())
    assert set(re.findall(r"\[([A-ZÉ][a-zé][^]\n]*)\](?!\()", read(page))) <= labels


def events() -> set[str]:
    """What the log says at warning or worse."""
    paths = [path for folder in ("bot", "handlers", "jobs") for path in (ROOT / folder).rglob("*.py")]
    found = {word for path in paths for word in called_with(path, "warning", "error")}
    return {word for word in found if re.fullmatch(r"[a-z_]+", word) and not word.endswith("_broke")}


def test_every_event_that_asks_for_a_hand_is_in_the_page_for_operators() -> None:
    told_by_chat = {"not_told_of_parked", "list_not_fetched", "picture_not_fetched"}
    assert [event for event in sorted(events() - told_by_chat) if f"`{event}`" not in read("docs/operating.md")] == []


# --- tests -----------------------------------------------------------------------------------------


def test_every_test_that_a_document_names_exists() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", tests)) | {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    for path in documents():
        named = set(re.findall(r"`(test_\w+)`", path.read_text("utf-8")))
        assert named <= there, f"{path.name}: {sorted(named - there)}"


# --- make ----------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z-]+):", read("Makefile")))


def test_every_target_named_in_a_document_exists() -> None:
    for path in documents():
        text = path.read_text("utf-8")
        # In `code` and in indented or fenced lines; "make sure" in a sentence is no target.
        named = set(re.findall(r"(?m)(?:`|^\s*(?:\$ )?)make ([a-z-]+(?: [a-z-]+)*)", text))
        assert {target for words in named for target in words.split()} <= targets(), path.name


def test_every_target_says_what_it_is_for() -> None:
    assert set(re.findall(r"(?m)^([a-z-]+):.*## \S", read("Makefile"))) == targets()


# --- locks ---------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Package → version. Every line is a name and a version: no address, no path, no option but the first file."""
    lines = [line for line in read(name).splitlines() if line != "-r requirements.lock"]
    pairs = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)", line) for line in lines]
    assert None not in pairs, name
    assert lines == sorted(lines, key=str.upper), name
    return {canonicalize_name(pair[1]): pair[2] for pair in pairs if pair}


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_the_lock_holds_a_version_that_is_allowed_of_everything_wanted(lock: str, wanted: list[str]) -> None:
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement.name


def test_what_is_installed_is_what_is_locked() -> None:
    pinned = locked("requirements.lock")
    assert {name: version(name) for name in pinned} == pinned


# --- the repository ------------------------------------------------------------------------------


def test_every_link_to_a_file_leads_somewhere() -> None:
    for path in documents():
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            assert "://" in link or (path.parent / link).exists(), f"{path.name}: {link}"


def test_every_decision_is_in_the_list_of_decisions() -> None:
    pages = {path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md")}
    assert set(re.findall(r"\]\((\d{4}-[^)]+)\)", read("docs/decisions/README.md"))) == pages


def test_the_changelog_s_newest_entry_is_the_version_or_what_is_not_released() -> None:
    newest = re.findall(r"(?m)^## \[?([^\]\s]+)", read("CHANGELOG.md"))[0]
    assert newest in ("Unreleased", PROJECT["version"])


# Written in pieces, so that this file does not find itself.
UNFINISHED = (
    "TO" + "DO",
    "FIX" + "ME",
    "raise NotImplemented" + "Error",
    r"mark\.(sk" + "ip|xf" + "ail)",
    r"pytest\.sk" + "ip",
)
ONE_MACHINE = ("--(extra-)?" + "index-url", "--find" + "-links", "/wo" + "rk/", "/ro" + "ot/", "/home" + "/")


def files_with(patterns: tuple[str, ...], paths: list[Path]) -> set[str]:
    found = re.compile("|".join(patterns))
    return {str(path.relative_to(ROOT)) for path in paths if found.search(path.read_text("utf-8", errors="replace"))}


def test_nothing_is_left_for_later_and_no_test_is_left_out() -> None:
    assert files_with(UNFINISHED, [path for path in files() if path.suffix == ".py"]) == set()


def test_no_file_names_a_registry_s_address_or_a_path_of_one_machine() -> None:
    assert files_with(ONE_MACHINE, files()) == set()
