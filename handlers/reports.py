"""What staff look at: histories, tomorrow's messages, the queue, the jobs, figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.charts import weeks
from bot.core.conversation import Choice, Heard, Say, To, echo
from bot.core.errors import Gone
from bot.core.loans import LoanState
from bot.core.messages import (
    Figures,
    History,
    JobLine,
    JobList,
    JobPage,
    NotAllowed,
    PersonWhich,
    PreviewLine,
    Queue,
    Reminded,
    Retried,
    ReturnWeek,
    Upcoming,
    Usage,
)
from bot.core.people import Contact, Role
from bot.store import JOBS_BELL, Tx
from bot.store.dashboard import returns_query
from bot.store.reports import day_end
from bot.store.runs import JOBS, NEVER_SUSPENDED
from handlers.buttons import in_rows, turns, word
from handlers.named_loans import loans_named, several_named, to_choose, unknown
from handlers.overview import remind_loan
from handlers.rights import is_admin, is_admin_everywhere, is_staff, refused, who
from handlers.showing import MOST_ROWS, rows_out
from handlers.staff_words import items_named, members_named, told_apart
from handlers.toasts import toast, toast_or_answer

SHOWN = 15
MOST_PAGES = 200  # of a history: a button carries what a client says
FIGURES_DAYS = 30
OFFERED = 8  # people of one name


# --- /historique, /relancer ----------------------------------------------------------------------


def history(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/historique PERC-001 or /historique Awa: what was said and done, newest first."""
    if not words.strip():
        out = tx.loans.out(heard.department.id, MOST_ROWS)
        rows = tuple((Choice("desk.history", ("item", loan.item_id, 1), text=loan.item),) for loan in out)
        return [Say(message=Usage("history"), choices=rows)]
    item = items_named(tx, heard.department.id, words).one
    if item is not None:
        return [_history_page(tx, heard, "item", item.id, 1)]
    people = members_named(tx, heard.department.id, words).sure
    if len(people) != 1:
        return [_whose_history(tx, words, people)]
    return [_history_page(tx, heard, "person", people[0].id, 1)]


def _whose_history(tx: Tx, words: str, people: Sequence[Contact]) -> Say:
    """Nobody is called that, or several are."""
    if not people:
        return unknown(words.strip())
    offered = people[:OFFERED]
    shown = zip(offered, told_apart(tx, offered), strict=True)
    choices = in_rows([Choice("desk.history", ("person", person.id, 1), text=name) for person, name in shown])
    return Say(message=PersonWhich(echo(words), more=len(people) > OFFERED), choices=choices)


def turn_history(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Précédents] [Suivants] under a history: written over, not repeated."""
    kind, number, page = str(choice.args[0]), int(choice.args[1]), int(choice.args[2])
    if not is_staff(tx, heard, heard.department.id) or not _known_here(tx, heard, kind, number):
        return refused(heard)
    return [_history_page(tx, heard, kind, number, min(max(1, page), MOST_PAGES), replace=True)]


def _known_here(tx: Tx, heard: Heard, kind: str, number: int) -> bool:
    if kind == "person":
        return tx.people.belongs(number, heard.department.id)
    item = tx.items.get(number)
    return item is not None and item.department_id == heard.department.id


def _history_page(tx: Tx, heard: Heard, kind: str, number: int, page: int, *, replace: bool = False) -> Say:
    """Newest first. Pages are counted from what is there now: what happens meanwhile pushes the older lines on."""
    if kind == "person":
        title = tx.people.get(number).name
        lines, total = tx.reports.of_person(number, heard.department.id, page * SHOWN)
    else:
        item = tx.items.get(number)
        assert item is not None
        title = item.shown
        lines, total = tx.reports.of_item(number, page * SHOWN)
    shown = tuple(lines[(page - 1) * SHOWN :])
    rest = total - (page - 1) * SHOWN
    choices = turns("desk.history", page, -(-total // SHOWN), kind, number)
    return Say(message=History(title, shown, rest), choices=choices, replace=replace)


def remind(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/relancer PERC-001, /relancer Awa"""
    if not words.strip():
        return [Say(message=Usage("remind"), choices=rows_out(tx, heard.department.id, "loan.remind"))]
    several = several_named(tx, heard, words)
    if several and all(loan.state is LoanState.ACTIVE for loan in several):
        return [say for loan in several for say in remind_loan(tx, heard, loan)]
    found = loans_named(tx, heard, words)
    if isinstance(found, Say):
        return [found]
    active = [loan for loan in found if loan.state is LoanState.ACTIVE]
    if found and not active:  # said to be back: the team is waited for
        return [Say(message=Reminded(found[0].borrower, done=False, why=found[0].state.value))]
    if len(active) != 1:
        return [Say(message=Usage("remind"), choices=to_choose(active, "loan.remind"))]
    return remind_loan(tx, heard, active[0])


# --- /apercu -------------------------------------------------------------------------------------


def preview(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/apercu: what will leave until tomorrow evening."""
    desk = heard.department
    until = day_end(heard.at, desk.zone, 1)
    rows, total = tx.reports.upcoming(desk.id, until, SHOWN)
    lines = tuple(PreviewLine(name, item, step, at) for name, item, step, at in rows)
    return [Say(message=Upcoming(until - timedelta(minutes=1), lines, total))]


# --- /file ---------------------------------------------------------------------------------------


def queue(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/file: figures and failures, with [Réessayer] for each and for all."""
    found = tx.reports.queue(heard.department.id)
    failures = tx.reports.failures(heard.department.id, 6)
    message = Queue(
        found.get("pending", 0) + found.get("sending", 0), found.get("retrying", 0), found.get("dead", 0),
        found.get("unsure", 0), found["parked"], tuple(line for _, line in failures),
    )  # fmt: skip
    named = [(number, line.who or word(heard, "message", line.message)) for number, line in failures]
    rows = [(Choice("desk.retry", (number,), text=f"↻ {name}"[:40]),) for number, name in named]
    if len(failures) > 1 or found["parked"]:
        rows.append((Choice("desk.retry", ("all",), "retry_all"),))
    return [Say(message=message, choices=tuple(rows))]


def retry(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Réessayer], [Réessayer tout]: queued again; consent and loan are checked again when they leave."""
    if not is_staff(tx, heard, heard.department.id):
        return refused(heard)
    everything = choice.args[0] == "all"
    count = tx.reports.retry(heard.department.id, None if everything else int(choice.args[0]))
    count += tx.reports.unpark() if everything else 0
    tx.audit.note(who(heard), "retried", heard.department.id, count=count)
    return [Say(message=Retried(count), to=To.PRESS)]


# --- /jobs ---------------------------------------------------------------------------------------


def jobs(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/jobs: each with its last run and the next; a button, or its name typed after (/jobs digest), opens its page."""
    named = words.strip().casefold()
    return [_job_page(tx, named) if named in JOBS else _job_list(tx)]


def _job_list(tx: Tx, *, replace: bool = False) -> Say:
    last = tx.reports.last_runs(JOBS)
    lines = tuple(_job_line(tx, name, last) for name in JOBS)
    buttons = [Choice("desk.job", (name,), text=name) for name in JOBS]
    return Say(message=JobList(lines), choices=in_rows(buttons, 3), replace=replace)


def _job_line(tx: Tx, name: str, last: dict[str, tuple[datetime, str]]) -> JobLine:
    at, outcome = last.get(name, (None, ""))
    following = tx.runs.noted(f"job_next:{name}")
    ahead = datetime.fromisoformat(following) if following else None
    return JobLine(name, at, ahead if ahead and ahead > tx.now else None, outcome, tx.runs.suspended(name))


def job(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One job's page: [Lancer], [Suspendre] or [Reprendre]."""
    if not is_staff(tx, heard, heard.department.id):
        return refused(heard)
    name, act = str(choice.args[0]), str(choice.args[1]) if len(choice.args) > 1 else ""
    if name not in JOBS:
        return [_job_list(tx, replace=True)]
    if act and not is_admin(tx, heard, heard.department.id):
        return refused(heard, Role.ADMIN)
    if act == "suspend" and not is_admin_everywhere(tx, heard):
        return [toast_or_answer(heard, NotAllowed("everywhere"))]
    if act:
        turn_job(tx, who(heard), heard.department.id, name, act)
    return [*([toast("noted")] if act else []), _job_page(tx, name, replace=True)]


def turn_job(tx: Tx, who: str, department_id: int, name: str, act: str) -> None:
    """Run a job now, suspend or resume it. Raises Gone for an unknown job or act, and where `answer` is to rest."""
    if name not in JOBS or act not in ("run", "suspend", "resume") or (act == "suspend" and name in NEVER_SUSPENDED):
        raise Gone(f"job {name}")
    if act == "run":
        tx.runs.note(f"job_wanted:{name}", tx.now.isoformat())
    else:
        tx.runs.suspend(name, on=act == "suspend")
    tx.audit.note(who, f"job_{act}", department_id, job=name)
    tx.ring(JOBS_BELL)


def _job_page(tx: Tx, name: str, *, replace: bool = False) -> Say:
    line = _job_line(tx, name, tx.reports.last_runs((name,)))
    turn = "resume" if line.suspended else "suspend"
    turning = () if name in NEVER_SUSPENDED else (Choice("desk.job", (name, turn), turn),)
    rows = ((Choice("desk.job", (name, "run"), "run"), *turning), (Choice("desk.job", ("list",), "back"),))
    shown = JobPage(name, line.suspended, line.outcome, line.last, line.next)
    return Say(message=shown, choices=rows, replace=replace)


# --- /stats ----------------------------------------------------------------------------------------


def stats(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/stats: the last thirty days, and a picture of twelve weeks of returns where one can be shown."""
    found = tx.reports.figures(heard.department.id, heard.at - timedelta(days=FIGURES_DAYS))
    desk = heard.department.id
    paid, segments = tx.spending.this_month(desk), tx.spending.segments(desk)
    weeks = _weeks(tx, heard) if heard.inbound.channel == "telegram" else ()
    return [Say(message=Figures(FIGURES_DAYS, **found, paid=paid, segments=segments, weeks=weeks))]


def _weeks(tx: Tx, heard: Heard) -> tuple[ReturnWeek, ...]:
    """For the picture; none while nothing came back."""
    shown = weeks(heard.at, heard.department.zone)
    rows = tx.run(returns_query(heard.department.id, shown)).all()
    found = tuple(ReturnWeek(shown[row.week][0].date(), row.back, int(row.on_time)) for row in rows)
    return found if any(week.back for week in found) else ()
