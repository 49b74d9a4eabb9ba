"""The command line: `python main.py` serves; `python main.py COMMAND --help` tells of the others."""

# ruff: noqa: E402 - what a stop does is settled before the slow imports

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older one would end in a traceback
    sys.exit(
        "Prêté-Rendu needs Python 3.11 or later; `make run` finds it and makes .venv, then: .venv/bin/python main.py"
    )

import contextlib
import os
import signal

SERVING = frozenset({"serve", "--sandbox"})  # the words of a command line that starts the service, as none does


def _stop_loading(*_: object) -> None:
    """Asked to stop while it still loads, a desk has nothing to finish: that is a stop like any other, status 0; of
    another command nothing is done. At once: raised in the middle of a library, an exception may be swallowed, and
    the command would go on."""
    if not _serves:
        with contextlib.suppress(OSError):  # nobody reads it
            os.write(2, f"{sys.argv[1]}: stopped before it was done\n".encode(errors="replace"))
    os._exit(0 if _serves else 1)


if __name__ == "__main__":
    _serves = SERVING.issuperset(sys.argv[1:])
    if _serves:
        signal.signal(signal.SIGTERM, _stop_loading)
    if _serves or signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in the background of a script
        signal.signal(signal.SIGINT, _stop_loading)

import argparse
import asyncio
import errno
import gc
import io
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.docstrings import cut_in_libraries

if __name__ == "__main__":
    # What is loaded at a start stays: searching it for garbage again and again takes a tenth of the start.
    gc.set_threshold(50_000)  # new objects between two collections; Python's default is 700
    if _serves:
        cut_in_libraries()

try:
    from bot.config import Config, ConfigErrors, load
except ModuleNotFoundError as error:  # a Python without the dependencies, mostly the machine's own
    sys.exit(
        f"{error.name} is not installed for {sys.executable}: `make run` makes .venv, then: .venv/bin/python main.py"
    )

EXIT_CONFIG = 2
EXIT_STORE = 3
# Of the desk that `serve` would open.
OF_A_DESK = frozenset({"migrate", "token", "import", "export", "labels", "backup", "restore"})

if TYPE_CHECKING:
    from bot.service import Service

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 not done, 2 wrong configuration or arguments, 3 no database."""
    _open_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            return _run(arguments)
        except KeyboardInterrupt:
            if SERVING.issuperset(arguments):
                return 0
            print(f"{arguments[0]}: stopped before it was done", file=sys.stderr)  # or a script would go on after it
            return 1
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # a failed write shows here, not when the interpreter exits
    except BrokenPipeError:  # `main.py check | head`: nobody reads on, not at the exit either
        _stop_printing()
        return 1
    except OSError as error:
        if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        _stop_printing()
        print(f"stdout: {error.strerror}; what should be read there is not complete", file=sys.stderr)
        return 1


def _open_streams() -> None:
    """Open closed standard streams: otherwise the next file or socket gets a stream's number, and what is printed goes
    there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 (until the end)
    if isinstance(sys.stdout, io.TextIOWrapper):  # of a terminal or a log without UTF-8: "?" for what it cannot show
        sys.stdout.reconfigure(errors="replace")


def _stop_printing() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in ("understand", "read-due"):
        return _understand(arguments[0], arguments[1:])
    asked = _parser().parse_args(arguments)
    try:
        config = load(sandbox=getattr(asked, "sandbox", False))
    except ConfigErrors as error:
        for sentence in error.sentences:
            print(sentence, file=sys.stderr)
        return EXIT_CONFIG
    return _carry_out(asked, config)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="Prêté-Rendu, a lending desk that lives in the chat.")
    commands = parser.add_subparsers(dest="command")
    serve = commands.add_parser("serve", help="run the desk (what happens without a command)")
    serve.add_argument("--sandbox", action="store_true", help="stand-ins for the providers that are not configured")
    parser.add_argument("--sandbox", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("check", help="say what is configured, what is missing, and try the providers")
    commands.add_parser("migrate", help="bring the database to this version's tables")
    _token_options(commands.add_parser("token", help="draw a first admin's code, or a token for another system"))
    _list_commands(commands)
    _copy_commands(commands)
    templates = commands.add_parser("whatsapp-templates", help="submit the WhatsApp templates, show how they stand")
    templates.add_argument("--status", action="store_true", help="create and submit nothing, only look")
    commands.add_parser("understand", help="read phrases, print what they mean")
    commands.add_parser("read-due", help="read times, print instants")
    return parser


def _text(typed: str) -> str:
    """Words for the database, which holds no bytes that are not UTF-8: each is a “?”. (A file may be called so.)"""
    return typed.encode(errors="replace").decode()


def _token_options(token: argparse.ArgumentParser) -> None:
    wanted = token.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--setup", action="store_true", help="a new one-time code for /bind")
    wanted.add_argument("--role", choices=("admin", "user"), help="a token for the REST API, with this role")
    wanted.add_argument("--revoke", metavar="ID", type=_text, help="take a token back")
    wanted.add_argument("--list", action="store_true", help="tokens that were drawn")
    token.add_argument("--days", type=int, default=90, help="how long the token is good (90)")
    token.add_argument("--name", default="", type=_text, help="whose it is, for the history")
    token.add_argument(
        "--department", type=_text, help="name of the only department it may see, or that --setup is for"
    )


def _list_commands(commands: Commands) -> None:
    put = commands.add_parser("import", help="take lists of items, people, loans, debts or payments (CSV, Excel)")
    put.add_argument(
        "files", nargs="+", metavar="FILE", help="items.csv, people.csv, loans.csv, debts.csv, payments.csv"
    )
    export = commands.add_parser("export", help="write items, people, running loans, debts and payments as CSV files")
    export.add_argument("folder", nargs="?", metavar="FOLDER", help="where to (data/export)")
    export.add_argument(
        "--person", metavar="NAME", type=_text, help="all that is held of one person, as JSON; a name or an address"
    )
    labels = commands.add_parser("labels", help="write a sheet of QR labels to print")
    labels.add_argument("codes", nargs="*", metavar="CODE", type=_text, help="only these items")
    labels.add_argument("--to", metavar="FILE", help="where to (data/labels/labels.html)")
    labels.add_argument("--by", choices=("whatsapp", "telegram"), help="the chat that a label opens")
    for command in (put, export, labels):
        command.add_argument("--department", type=_text, help="name of the department, when there are several")


def _copy_commands(commands: Commands) -> None:
    backup = commands.add_parser("backup", help="copy the desk's SQLite file while it runs")
    backup.add_argument("file", nargs="?", metavar="FILE", help="where to (data/backups/desk-….db)")
    restore = commands.add_parser("restore", help="put a backup in the place of the desk's file, kept beside")
    restore.add_argument("file", nargs="?", metavar="FILE", help="the backup; none when it was put back by other means")
    restore.add_argument(
        "--stopped", action="store_true", help="the desk was stopped before the backup: all that waits may leave"
    )
    move = commands.add_parser("move", help="carry a desk from its SQLite file to PostgreSQL")
    move.add_argument("--to", required=True, metavar="URL", help="postgresql+asyncpg://user:password@host/database")


def _carry_out(asked: argparse.Namespace, config: Config) -> int:
    from bot.core.errors import WordsBroken
    from bot.logs import set_up
    from bot.store.errors import StoreError

    set_up(config.log_format, config.log_level, secrets=config.secret_values())
    acts: dict[str, Any] = {
        "check": _check, "migrate": _migrate, "token": _token, "import": _import, "export": _export,
        "labels": _labels, "backup": _backup, "restore": _restore, "whatsapp-templates": _templates, "move": _move,
    }  # fmt: skip
    try:
        if asked.command in OF_A_DESK:
            from bot.commands.which import tell_of_sandbox

            tell_of_sandbox(config)
        return int(acts.get(asked.command, _serve)(asked, config))
    except StoreError as error:
        print(f"DATABASE_URL: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_STORE
    except (ConfigErrors, WordsBroken) as error:  # found only when a file was needed
        print(error, file=sys.stderr)
        return EXIT_CONFIG


# --- serve ---------------------------------------------------------------------------------------


def _serve(asked: argparse.Namespace, config: Config) -> int:
    status = asyncio.run(serve(config))
    _leave_streams()
    return status


def _tell(text: str) -> None:
    """Print a line; a desk goes on when that fails (the disk of its log is full, its reader has gone)."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _leave_streams() -> None:
    """Output that cannot be written any more is no fault of a desk that ended well: the interpreter would exit with
    120."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            setattr(sys, name, None)


async def serve(config: Config) -> int:
    """Run until SIGINT or SIGTERM. Exit status 1 when the port is taken."""
    from bot.process import one_heap, tune_interpreter

    one_heap()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = await _open(config)
    starting, stopped = asyncio.ensure_future(running.start()), asyncio.ensure_future(stop.wait())
    await asyncio.wait([starting, stopped], return_when="FIRST_COMPLETED")
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await running.stop()
        _leave_streams()
        os._exit(0)  # a library is loaded in a thread, which the interpreter would wait for: seconds on a busy machine
    try:
        starting.result()
    except (OSError, UnicodeError) as error:  # a label of more than 63 characters is not valid in a host name
        print(_not_listening(config, error), file=sys.stderr)
        await running.stop()
        return 1
    _tell(_greeting(running, config))
    tune_interpreter()
    given_up = _service_of(running).runner.given_up
    await asyncio.wait([stopped, asyncio.ensure_future(given_up.wait())], return_when="FIRST_COMPLETED")
    _tell("Arrêt… / Stopping…")
    await running.stop()
    if given_up.is_set():
        print(
            "A loop cannot be kept going (see loop_lost in the log): let a supervisor start me again.", file=sys.stderr
        )
    return 1 if given_up.is_set() else 0


def _not_listening(config: Config, error: OSError | UnicodeError) -> str:
    number = None if isinstance(error, UnicodeError | socket.gaierror) else error.errno
    why = "no machine has that name" if isinstance(error, UnicodeError) else error.strerror
    if number is not None and number in errno.errorcode:
        why = os.strerror(number)
    try_this = "PORT=8081" if number in (errno.EADDRINUSE, errno.EACCES) else "HOST=127.0.0.1, or 0.0.0.0 for all"
    return f"HOST, PORT: cannot listen on {config.host[:80]}:{config.port}: {why}. Try {try_this}."


async def _open(config: Config) -> Any:
    if config.sandboxed or config.sandbox_asked:
        from bot.box import Box

        return await Box.open(config)
    from bot.service import Service

    return await Service.open(config)


def _service_of(running: Any) -> Service:
    from bot.service import Service

    service: Service = running if isinstance(running, Service) else running.service
    return service


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _greeting(running: Any, config: Config) -> str:
    service = _service_of(running)
    lines = []
    if service is running:
        lines.append(f"Prêté-Rendu écoute / is listening: http://{_in_address(config.host)}:{service.listener.port}")
    else:
        # 0.0.0.0 is for listening: some browsers open no such address.
        host = "localhost" if running.token is None or config.host in ("0.0.0.0", "::") else config.host  # noqa: S104
        page = f"http://{_in_address(host)}:{service.listener.port}/sandbox"
        page += f"?token={running.token}" if running.token else ""
        lines += [
            f"Prêté-Rendu, bac à sable. Ouvrez / open:  {page}",
            "  1. groupe de l'équipe / staff's group:  /pret PERC-001 Awa vendredi 18h",
            "  2. avancez l'horloge / move the clock:  « prochain 08:00 »",
            "  3. téléphone d'Awa / Awa's phone:       RENDU, puis / then [Confirmer]",
        ]
    if service.setup_code is not None:
        lines.append(f"Premier admin / first admin:  /bind {service.setup_code}  (dans le groupe / in the group)")
    elif service.code_stands:
        lines.append("Premier admin / first admin:  le code imprimé par un autre processus vaut toujours ; perdu :")
        lines.append("  the code that another process printed is still good; lost:  python main.py token --setup")
    lines.append("Ctrl-C pour arrêter / to stop.")
    return "\n".join(lines)


# --- the other commands --------------------------------------------------------------------------


def _check(asked: argparse.Namespace, config: Config) -> int:
    return asyncio.run(check(config))


async def check(config: Config) -> int:
    """Print what is on, what is missing and how to get it; try each provider. Exit status 1 when one refuses."""
    from bot.commands.check import database_answers, words_are_good
    from bot.parts import build_parts

    if config.sandboxed:
        print("Aucun fournisseur configuré : le bac à sable. / No provider configured: the sandbox will start.")
    parts = build_parts(config)
    good = words_are_good(config) & database_answers(config)
    for name, channel in parts.channels.items():
        well, sentence = await channel.check()
        await channel.close()
        print(f"{'✓' if well else '✗'} {name}: {sentence}")
        good = good and well
    for sentence in _templates_missing(config):
        print(f"· {sentence}")
    for advice in config.missing():
        print(f"· {advice.variable}: {advice.what_for}. {advice.how}")
    for label, address in config.webhook_addresses():
        print(f"→ {label}: {address}")
    return 0 if good else 1


def _move(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.move import run_move

    return run_move(config, asked.to)


def _templates_missing(config: Config) -> list[str]:
    from bot.commands.templates import FILE, missing_templates
    from bot.texts import Texts

    if not config.whatsapp_on:
        return []
    missing = missing_templates(Texts(sids=config.data_dir / FILE))
    how = "python main.py whatsapp-templates"
    return [
        f"WhatsApp, {language}: no approved template for {', '.join(names)}. {how}"
        for language, names in missing.items()
    ]


def _templates(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.templates import run_templates

    return asyncio.run(run_templates(config, only_look=asked.status))


def _migrate(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.which import database_of
    from bot.store.engine import refuse_read_only
    from bot.store.lock import FileLock
    from bot.store.migrate import HEAD, current, upgrade
    from bot.store.store import refuse_damaged

    url = database_of(config)
    refuse_read_only(url)
    refuse_damaged(url)  # also where there is nothing to migrate: no later step would look
    before = current(url)
    if before != HEAD:  # the tables must not change under a service that runs
        with FileLock.take(url):
            upgrade(url)
    print(f"{before or 'empty'} → {HEAD}")
    return 0


def _token(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.token import run_token

    return asyncio.run(run_token(config, asked))


def _import(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.import_lists import run_import

    return asyncio.run(run_import(config, asked.files, asked.department))


def _export(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.export import run_export, run_export_person

    if asked.person is not None:
        return asyncio.run(run_export_person(config, asked.person, asked.folder, asked.department))
    return asyncio.run(run_export(config, asked.folder, asked.department))


def _labels(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.labels import run_labels

    return asyncio.run(run_labels(config, asked.codes, page=asked.to, by=asked.by, department=asked.department))


def _backup(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.backup import run_backup

    return run_backup(config, asked.file)


def _restore(asked: argparse.Namespace, config: Config) -> int:
    from bot.commands.backup import run_restore

    return asyncio.run(run_restore(config, asked.file, stopped=asked.stopped))


def _understand(command: str, arguments: Sequence[str]) -> int:
    """No configuration, database or network: these two read phrases and start at once."""
    from bot.core.understand import run

    return run(command, arguments, sys.stdin, sys.stdout, now=datetime.now(UTC))


if __name__ == "__main__":
    if not _serves and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # from here on `main` tells of it
    _status = main()
    if not _serves:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is done: the status says so
    sys.exit(_status)
