"""The command line as an operator types it: a process of its own each time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import main
from bot.sandbox.network import Network
from tests import warm
from tools.ports import free_port

HERE = Path(__file__).parents[1]


async def launch(tmp_path: Path, *arguments: str, **environ: str) -> asyncio.subprocess.Process:
    """`python main.py …` in an empty folder, with nothing of this machine's environment but PATH."""
    return await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "main.py"), *arguments, cwd=tmp_path, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environ},
    )  # fmt: skip


async def run(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """The exit status of a command, and what it printed."""
    return await warm.command(tmp_path, arguments, {"PATH": "/usr/bin:/bin", **environ})


async def run_anew(tmp_path: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """The same of a process that begins with nothing loaded."""
    process = await launch(tmp_path, *arguments, **environ)
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode(errors="replace")


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with Network(now=lambda: datetime.now(UTC)) as network:
        yield network


def providers(network: Network) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": network.telegram.token, "TELEGRAM_API_BASE": network.telegram.base,
        "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-test", "TWILIO_API_BASE": network.twilio.base,
        "TWILIO_ACCOUNT_SID": network.twilio.account_sid, "TWILIO_AUTH_TOKEN": network.twilio.auth_token,
        "TWILIO_WHATSAPP_FROM": "+33612345600",
    }  # fmt: skip


def whatsapp(network: Network) -> dict[str, str]:
    """For what is about no provider: aiogram would take a second to load at each start."""
    return {name: value for name, value in providers(network).items() if name.startswith("TWILIO")}


async def test_a_wrong_configuration_stops_the_start_with_one_line_each(tmp_path: Path) -> None:
    status, printed = await run_anew(tmp_path, PORT="eighty", TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert status == 2
    assert [line.split()[0].rstrip(":") for line in printed.splitlines()] == ["PORT", "TWILIO_AUTH_TOKEN"]


async def test_a_python_without_the_dependencies_is_told_in_one_line() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", str(HERE / "main.py"), "check", stderr=asyncio.subprocess.PIPE
    )
    _, printed = await process.communicate()
    assert (process.returncode, printed.count(b"\n")) == (1, 1)
    assert b"is not installed" in printed
    assert b".venv/bin/python main.py" in printed


async def test_migrate_makes_an_empty_database_ready_and_does_nothing_twice(tmp_path: Path, network: Network) -> None:
    assert (await run(tmp_path, "migrate", **whatsapp(network)))[0] == 0
    assert (tmp_path / "data/prete-rendu.db").exists()
    status, printed = await run(tmp_path, "migrate", **whatsapp(network))
    assert (status, printed.split()[0]) == (0, printed.split()[-1])


def without_rights(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    """`python main.py …` in a folder, by a user whom its rights bind: they bind no root."""
    bound = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*bound, sys.executable, str(HERE / "main.py"), *arguments], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environ},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(errors="replace")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that every user may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        for inside in folder.glob("**/"):
            inside.chmod(0o700)


@pytest.mark.thorough
async def test_a_desk_of_another_user_is_told_as_such_and_never_as_damaged(open_folder: Path, network: Network) -> None:
    """`token --list` typed by who may read the file and not write it said "damaged … restore a backup"; by who may not
    enter the folder, an error that nobody caught."""
    status, printed = await asyncio.to_thread(without_rights, open_folder, "migrate", **whatsapp(network))
    assert status == 0, printed
    data, list_tokens, move = (
        open_folder / "data",
        ["token", "--list"],
        ["move", "--to", "postgresql://127.0.0.1:1/desk"],
    )
    for rights, commands in ((0o555, (["migrate"], list_tokens)), (0o000, (list_tokens, move))):
        (data / "prete-rendu.db").chmod(rights & 0o444)
        data.chmod(rights)
        for command in commands:
            status, printed = await asyncio.to_thread(without_rights, open_folder, *command, **whatsapp(network))
            assert (status, len(printed.splitlines()), "may not be written to" in printed) == (3, 1, True), printed
    for command in (["backup"], ["restore"], ["restore", "data/prete-rendu.db"]):
        status, printed = await asyncio.to_thread(without_rights, open_folder, *command, **whatsapp(network))
        assert (status > 0, len(printed.splitlines()), "Permission denied" in printed) == (True, 1, True), printed


@pytest.mark.thorough
async def test_what_is_typed_in_another_encoding_is_no_fault_of_the_program(tmp_path: Path, network: Network) -> None:
    assert (await run_anew(tmp_path, "import", str(HERE / "docs/samples/people.csv"), **whatsapp(network)))[0] == 0
    latin = os.fsdecode("Hélène".encode("latin-1"))
    status, printed = await run_anew(tmp_path, "export", "--person", latin, **whatsapp(network))
    assert (status, printed) == (1, "nobody is called “H?l?ne”\n")
    status, printed = await run_anew(tmp_path, "token", "--revoke", latin, **whatsapp(network))
    assert (status, printed) == (1, "--revoke: no token 'H?l?ne' was drawn here; see --list\n")


async def test_without_a_provider_every_command_is_about_the_sandbox_and_says_so(tmp_path: Path) -> None:
    """As `serve` is: `migrate` had made the file of a real desk, beside the one that `import` filled."""
    (tmp_path / "items.csv").write_text("code,name\nA-1,Perceuse\n")
    for command in (
        ["migrate"], ["import", "items.csv"], ["export"], ["token", "--setup"], ["token", "--list"],
        ["backup", "copy.db"], ["restore", "copy.db"], ["labels"],
    ):  # fmt: skip
        status, printed = await run(tmp_path, *command)
        assert (status, printed.splitlines()[0]) == (
            int(command == ["labels"]),
            "Aucun fournisseur configuré : pour le bac à sable, data/sandbox.db."
            " / No provider is configured: for the sandbox, data/sandbox.db.",
        ), printed
    assert not list((tmp_path / "data").glob("prete-rendu.db*"))
    status, printed = await run(tmp_path, "migrate", DATABASE_URL="sqlite:///other.db")
    assert (status, "for the sandbox, other.db." in printed) == (0, True)


async def test_a_database_that_is_none_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "data/prete-rendu.db"
    file.parent.mkdir()
    file.write_bytes(b"these are no tables" * 100)
    status, printed = await run(tmp_path, TELEGRAM_BOT_TOKEN="1:abc", TELEGRAM_API_BASE="http://127.0.0.1:1")
    assert status == 3
    assert "damaged" in printed
    assert file.read_bytes() == b"these are no tables" * 100


async def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, network: Network) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/whatsapp.toml").write_text("[sid.fr]\noverdue = 5\n")
    for arguments in (("check",), ()):
        status, printed = await run(tmp_path, *arguments, **whatsapp(network), PORT="0")
        assert (status, printed.splitlines()[-1].partition(":")[0]) == (2, "data/whatsapp.toml"), printed
    (tmp_path / "data/secret").write_text("short")
    status, printed = await run(tmp_path, "token", "--role", "user", **whatsapp(network))
    assert (status, len(printed.splitlines())) == (2, 1)


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path, network: Network) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "theirs.db")) as theirs:
        theirs.execute("CREATE TABLE contact (name TEXT)")
    given = {**whatsapp(network), "DATABASE_URL": "sqlite:///theirs.db"}
    status, printed = await run(tmp_path, "migrate", **given)
    assert (status, len(printed.splitlines())) == (3, 1)
    assert "another program" in printed


async def test_check_finds_a_database_of_another_program(tmp_path: Path, network: Network) -> None:
    """It had been "empty; its tables are made at the start", which the start then refused."""
    with contextlib.closing(sqlite3.connect(tmp_path / "theirs.db")) as theirs:
        theirs.execute("CREATE TABLE contact (name TEXT)")
    status, printed = await run(tmp_path, "check", **providers(network), DATABASE_URL="sqlite:///theirs.db")
    assert status == 1
    assert "✗ database: the database holds tables of another program" in printed


async def test_a_new_setup_code_can_be_drawn(tmp_path: Path, network: Network) -> None:
    status, printed = await run(tmp_path, "token", "--setup", **providers(network))
    assert status == 0
    assert printed.startswith("/bind ")


async def test_a_setup_code_drawn_before_anything_is_configured_is_the_sandboxs(tmp_path: Path) -> None:
    status, printed = await run(tmp_path, "token", "--setup")
    assert (status, "for the sandbox" in printed) == (0, True), "in the wrong folder it opens no real desk"
    status, printed = await run(tmp_path, "token", "--list")
    assert (status, printed.splitlines()[1:]) == (0, ["no token was drawn here yet"])
    assert [path.name for path in (tmp_path / "data").glob("*.db")] == ["sandbox.db"]


async def test_a_backup_from_another_folder_says_whose_it_would_be(tmp_path: Path) -> None:
    status, printed = await run(tmp_path, "backup")
    assert (status, len(printed.splitlines())) == (1, 2)
    assert "No provider is configured: for the sandbox, data/sandbox.db." in printed
    assert "no database at data/sandbox.db" in printed


async def test_a_look_from_another_folder_leaves_no_desk_behind(tmp_path: Path, network: Network) -> None:
    """The next backup would have taken the empty file for the desk's, and called it checked."""
    for command in (
        ["export"],
        ["export", "--person", "Awa"],
        ["labels"],
        ["token", "--list"],
        ["token", "--revoke", "x"],
    ):
        status, printed = await run(tmp_path, *command, **whatsapp(network))
        assert (status, "there is no database at data/prete-rendu.db yet" in printed) == (3, True), printed
    assert os.listdir(tmp_path) == []


async def test_check_tries_the_providers_and_prints_the_addresses(tmp_path: Path, network: Network) -> None:
    mail = {"SMTP_URL": network.mail.url, "MAIL_FROM": "pret@example.org"}
    given = {**providers(network), **mail, "PUBLIC_URL": "https://desk.example.org"}
    status, printed = await run(tmp_path, "check", **given)
    assert status == 0, printed
    assert f"✓ email: 127.0.0.1:{network.mail.port} takes our mail" in printed
    assert "@pret_rendu_bot" in printed
    assert "· database: empty" in printed
    assert not (tmp_path / "data").exists()
    assert "https://desk.example.org/webhooks/twilio#rc=3&rp=ct,rt,5xx" in printed
    assert network.telegram.token not in printed


async def test_check_says_which_provider_refuses(tmp_path: Path, network: Network) -> None:
    mail = {"SMTP_URL": "smtp://127.0.0.1:1", "MAIL_FROM": "pret@example.org"}
    wrong = providers(network) | {"TWILIO_AUTH_TOKEN": "not-the-token", "TELEGRAM_BOT_TOKEN": "1:not-the-token"} | mail
    status, printed = await run(tmp_path, "check", **wrong)
    assert status == 1
    assert "✗ telegram: Telegram: Unauthorized. Look at TELEGRAM_BOT_TOKEN and the network." in printed
    assert "✗ whatsapp" in printed
    assert "✗ email: 127.0.0.1:1: no connection to the mail server. Look at SMTP_URL." in printed


async def test_check_refuses_the_databases_that_a_start_refuses(tmp_path: Path, network: Network) -> None:
    assert (await run(tmp_path, "token", "--setup"))[0] == 0  # makes the sandbox's file
    for place, why in (("data", "data is a folder"), ("data/sandbox.db", "a sandbox's demo desk")):
        given = {**whatsapp(network), "DATABASE_URL": f"sqlite:///{place}"}
        status, printed = await run(tmp_path, "check", **given)
        assert (status, why in printed) == (1, True), printed
        status, printed = await run(tmp_path, **given)
        assert (status, why in printed) == (3, True), printed


async def test_check_finds_the_damage_for_which_serve_would_not_start(tmp_path: Path, network: Network) -> None:
    file = tmp_path / "data/prete-rendu.db"
    assert (await run(tmp_path, "migrate", **whatsapp(network)))[0] == 0
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"x" * 40_000 + whole[48_192:])
    damaged = file.read_bytes()
    status, printed = await run(tmp_path, "check", **whatsapp(network))
    assert status == 1
    assert f"✗ database: {file.relative_to(tmp_path)} is damaged" in printed
    status, printed = await run(tmp_path, "migrate", **whatsapp(network))
    assert (status, "is damaged" in printed) == (3, True), printed
    assert file.read_bytes() == damaged


async def test_serve_starts_in_the_sandbox_says_what_to_try_and_stops_cleanly(tmp_path: Path) -> None:
    port = free_port()
    process = await launch(tmp_path, PORT=str(port))
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    assert f"http://localhost:{port}/sandbox" in first
    async with aiohttp.ClientSession() as session:
        for door in ("healthz", "readyz", "sandbox"):
            async with session.get(f"http://127.0.0.1:{port}/{door}") as answer:
                assert answer.status == 200, door
    process.send_signal(signal.SIGINT)
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    assert (tmp_path / "data/sandbox.db").exists()


async def test_the_first_minute_is_as_the_readme_tells(tmp_path: Path) -> None:
    steps = (HERE / "README.md").read_text("utf-8").partition("first minute:")[2].partition("Ctrl-C")[0]
    lend, give_back = re.findall(r"`([^`]+)`", steps)
    port = free_port()
    process = await launch(tmp_path, PORT=str(port), HOST="0.0.0.0")
    assert process.stdout is not None
    page = (await process.stdout.readline()).decode().split()[-1]
    assert page.startswith(f"http://localhost:{port}/sandbox?token="), page
    printed = b"".join([await process.stdout.readline() for _ in range(3)]).decode()
    assert (lend in printed, give_back in printed) == (True, True), printed

    async with aiohttp.ClientSession(f"http://localhost:{port}", cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(page)

        async def does(door: str, **body: str) -> None:
            async with session.post(f"/sandbox/{door}", json=body) as answer:
                assert answer.status == 200, await answer.text()

        async def shows(phone: str) -> list[dict[str, Any]]:
            async with session.get("/sandbox/state") as answer:
                return next(one["messages"] for one in (await answer.json())["phones"] if one["id"] == phone)

        async def sees(phone: str, words: str) -> dict[str, Any]:
            async with asyncio.timeout(15):
                while True:
                    if found := [message for message in await shows(phone) if words in message["text"]]:
                        return found[-1]
                    await asyncio.sleep(0.1)

        await does("say", phone="equipe", text=lend)
        await sees("awa", "vous empruntez")
        for _ in range(7):  # on whichever day this is run
            await does("clock", next="08:00")
            if reminded := (await shows("awa"))[1:]:
                break
        assert reminded
        await does("say", phone="awa", text=give_back)
        card = await sees("equipe", "Retour à confirmer")
        confirm = next(b["payload"] for row in card["buttons"] for b in row if b["label"] == "Confirmer")
        await does("press", phone="equipe", message_id=card["id"], button=confirm)
        await sees("awa", "Le retour est confirmé")
    process.send_signal(signal.SIGINT)
    await process.communicate()


@pytest.mark.thorough
async def test_a_desk_whose_log_finds_no_room_runs_and_stops_like_any_other(tmp_path: Path) -> None:
    port = free_port()
    full = os.open("/dev/full", os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "main.py"), cwd=tmp_path, stdin=asyncio.subprocess.DEVNULL, stdout=full,
        stderr=full, env={"PATH": "/usr/bin:/bin", "PORT": str(port), "LOG_LEVEL": "debug"},
    )  # fmt: skip
    os.close(full)
    async with aiohttp.ClientSession() as session:
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    assert answer.status == 200
                    break
            await asyncio.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


LOSES_A_LOOP = """
import asyncio, sys
import jobs.watchdog
from jobs.answer import Answer
async def lost(self):
    raise asyncio.CancelledError
jobs.watchdog.LOOKS_EVERY, Answer.turn = 0.01, lost
import main
sys.exit(main.main([]))
"""


@pytest.mark.thorough
async def test_a_desk_that_cannot_keep_a_loop_going_ends_for_its_supervisor(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOSES_A_LOOP, cwd=tmp_path, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": "/usr/bin:/bin", "PORT": str(free_port()), "PYTHONPATH": str(HERE)},
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert b"loop_lost" in said
    assert "cannot be kept going" in said.decode().splitlines()[-1]


@pytest.mark.parametrize(("command", "status"), [(["migrate"], 1), ([], 0)])
def test_a_command_that_ctrl_c_stopped_is_not_done_but_a_desk_is_well_stopped(
    monkeypatch: pytest.MonkeyPatch, command: list[str], status: int
) -> None:
    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.logs.set_up", lambda *_, **__: None)
    for act in ("_migrate", "_serve"):
        monkeypatch.setattr(f"main.{act}", stopped)
    assert main.main(command) == status


@pytest.mark.thorough
async def test_a_terminal_without_utf_8_shows_what_it_can(tmp_path: Path) -> None:
    status, printed = await run_anew(tmp_path, "check", PYTHONIOENCODING="ascii")
    assert (status, "bac ? sable" in printed) == (0, True), printed
    port = str(free_port())
    process = await launch(tmp_path, PORT=port, PYTHONIOENCODING="ascii")
    assert process.stdout is not None
    assert f"http://localhost:{port}/sandbox" in (await process.stdout.readline()).decode("ascii", "replace")
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("streams", "status", "told"),
    [("> /dev/full", 1, b"stdout: No space left on device"), ("<&- >&-", 0, b""), ("<&- >&- 2>&-", 0, b"")],
)
async def test_a_stream_that_is_full_is_told_and_one_that_is_closed_is_done_without(
    streams: str, status: int, told: bytes
) -> None:
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f'exec "$0" "$@" {streams}', sys.executable, str(HERE / "main.py"), "understand", "rendu",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert (process.returncode, said.count(b"\n")) == (status, 1 if told else 0)
    assert said.startswith(told)


STOPPED_WHILE_LOADING = """
import os, runpy, signal, sys
path, number, command, module = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a script
class Stop:
    def find_spec(self, name, *rest):
        if name == module:
            os.kill(os.getpid(), number)
sys.meta_path.insert(0, Stop())
sys.argv = ["main.py", command]
runpy.run_path(path, run_name="__main__")
"""


@pytest.mark.parametrize(
    ("number", "command", "module", "status", "told"),
    [
        (signal.SIGTERM, "serve", "bot.config", 0, b""),
        (signal.SIGINT, "serve", "bot.config", 0, b""),
        (signal.SIGINT, "serve", "asyncio", 0, b""),
        (signal.SIGINT, "check", "asyncio", 1, b"check: stopped before it was done\n"),
        (signal.SIGINT, "check", "bot.config", 1, b"check: stopped before it was done\n"),
        (signal.SIGINT, "check", "bot.store.errors", 1, b"check: stopped before it was done\n"),
    ],
)
async def test_a_stop_while_it_still_loads_is_a_stop_like_any_other(
    tmp_path: Path, number: int, command: str, module: str, status: int, told: bytes
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STOPPED_WHILE_LOADING, str(HERE / "main.py"), str(int(number)), command, module,
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={"PYTHONPATH": str(HERE)},
    )  # fmt: skip
    assert (await process.communicate())[0] == told
    assert process.returncode == status


STOPPED_WHILE_A_LIBRARY_LOADS = """
import os, runpy, signal, sys, time
class Slow:
    def find_spec(self, name, *rest):
        if name == "aiogram":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(30)
            os._exit(9)
sys.meta_path.insert(0, Slow())
path, sys.argv = sys.argv[1], ["main.py", "serve"]
runpy.run_path(path, run_name="__main__")
"""


@pytest.mark.thorough
async def test_a_stop_waits_for_no_library_that_is_being_loaded(tmp_path: Path, network: Network) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STOPPED_WHILE_A_LIBRARY_LOADS, str(HERE / "main.py"), cwd=tmp_path,
        env={"PYTHONPATH": str(HERE), "PORT": "0", **providers(network)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, printed = await run(tmp_path, PORT=str(taken.getsockname()[1]))
    assert status == 1
    assert printed.splitlines()[-1].endswith("ddress already in use. Try PORT=8081.")
    status, printed = await run(tmp_path, PORT="0", HOST="h" * 5_000)
    assert (status, len(printed.splitlines())) == (1, 1)
    assert printed.startswith("HOST, PORT: cannot listen on hhh")


def test_an_address_to_open_has_brackets_where_a_browser_needs_them() -> None:
    assert [main._in_address(host) for host in ("::1", "127.0.0.1", "desk.local")] == [
        "[::1]",
        "127.0.0.1",
        "desk.local",
    ]


async def serving(tmp_path: Path, network: Network, **environ: str) -> tuple[asyncio.subprocess.Process, str]:
    """A real desk that is ready, and its address."""
    process = await launch(tmp_path, PORT="0", PUBLIC_URL="https://desk.example", **whatsapp(network), **environ)
    assert process.stdout is not None
    base = (await process.stdout.readline()).decode().split()[-1]
    network.connect(base, "https://desk.example")
    return process, base


async def test_a_file_reached_by_a_link_has_one_service_too(tmp_path: Path, network: Network) -> None:
    (tmp_path / "link.db").symlink_to("desk.db")
    first, _ = await serving(tmp_path, network, DATABASE_URL="sqlite:///desk.db")
    try:
        status, printed = await run(tmp_path, PORT="0", DATABASE_URL="sqlite:///link.db", **whatsapp(network))
        assert (status, "in use by another service" in printed) == (3, True), printed
    finally:
        first.kill()
        await first.communicate()


@pytest.mark.thorough
async def test_what_comes_while_the_file_is_away_is_not_acknowledged_and_read_afterwards(
    tmp_path: Path, network: Network
) -> None:
    """A file that was moved away takes writes all the same, which nobody would ever read."""
    desk, base = await serving(tmp_path, network, DATABASE_URL="sqlite:///desk.db")
    awa = network.phone("+33612345678", name="Awa")

    async def answered(times: int) -> None:
        async with asyncio.timeout(30):
            while len(awa.heard) < times:  # noqa: ASYNC110 (the network changes it)
                await asyncio.sleep(0.05)

    async with aiohttp.ClientSession(base) as session:
        await awa.says("AIDE")
        await answered(1)
        (tmp_path / "desk.db").rename(tmp_path / "elsewhere.db")
        await awa.says("MES PRETS")
        async with session.get("/readyz") as answer:
            assert answer.status == 503
        (tmp_path / "elsewhere.db").rename(tmp_path / "desk.db")
        async with session.get("/readyz") as answer:
            assert answer.status == 200
    desk.send_signal(signal.SIGINT)
    printed, _ = await desk.communicate()
    assert "was removed or replaced: put it back" in printed.decode()
    desk, _ = await serving(tmp_path, network, DATABASE_URL="sqlite:///desk.db")
    try:
        await answered(2)
    finally:
        desk.kill()
        await desk.communicate()
