"""Each guard is taken out of a copy of the project, and the tests that hold its promise must turn red.

A test that stays green without the guard it is there for proves nothing. `make promises` runs this; alone:

    python tools/broken_builds.py [part of a guard's name]

Exit code 0 when every broken build was rejected. The real tree is only read.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "data", "build", "*.db", "snapshots")
RED = 1  # what pytest exits with when tests ran and some failed; anything else is no verdict


@dataclass(frozen=True, slots=True)
class Edit:
    """Exactly one place of a file, and what stands there in the broken build."""

    file: str
    text: str
    broken: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A promise, the lines that keep it, and the tests (`file::test`) of which at least one must notice."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


def guard(name: str, file: str, text: str, broken: str, *tests: str) -> Guard:
    return Guard(name, (Edit(file, text, broken),), tests)


DELIVERY = "bot/core/delivery.py"
LEAVES = "tests/core/test_delivery.py::test_what_is_read_again_when_it_leaves"

GUARDS = (
    guard(
        "a form is Twilio's only with its signature", "bot/channels/twilio_door.py",
        "hmac.compare_digest(_signed(token, address + signed), given)", "bool(_signed(token, address + signed))",
        "tests/channels/test_twilio_door.py::test_a_forgery_gives_no_letter",
    ),
    guard(
        "a form of another account is refused", "bot/channels/twilio_door.py",
        'if not hmac.compare_digest(form.get("AccountSid", "").encode(), self._account_sid.encode()):', "if not form:",
        "tests/channels/test_twilio_door.py::test_a_forgery_gives_no_letter",
    ),
    guard(
        "an update is Telegram's only with the secret", "bot/channels/telegram_door.py",
        'if not self._secret or not hmac.compare_digest(given.encode(errors="replace"), self._secret):',
        "if not self._secret or not given:",
        "tests/channels/test_telegram_door.py::test_another_secret_gives_no_letter",
    ),
    Guard(
        "a delivery that is repeated has one effect",
        (
            Edit(
                "bot/store/inbox.py", 'return f"{letter.channel}:{letter.kind}:{letter.provider_id}"[:240]',
                'return f"{letter.channel}:{letter.kind}:{letter.provider_id}:{id(letter)}"[:240]',
            ),
            Edit(
                "bot/store/inbox.py", '"provider_id": x.provider_id, "sender": x.sender,\n'
                '                    "lane": x.lane, "payload": x.payload, "state": "new"',
                '"provider_id": f"{x.provider_id}:{id(x)}", "sender": x.sender,\n'
                '                    "lane": x.lane, "payload": x.payload, "state": "new"',
            ),
        ),
        ("tests/conversations/test_trouble.py::test_a_provider_that_repeats_an_update_is_answered_once",),
    ),
    guard(
        "a step is said once, whatever the plan says", "jobs/remind.py",
        "if tx.insert_new(said, key=key, at=tx.now):", "if tx.insert_new(said, key=key, at=tx.now) or key:",
        "tests/jobs/test_remind.py::test_the_key_makes_a_second_copy_impossible_whatever_the_plan_says",
    ),
    Guard(
        "after a stop only the newest step is said",
        (
            Edit("jobs/remind.py", "elif row.window_end < tx.now:", "elif row.window_end is None:"),
            Edit("jobs/remind.py", "    return list(last.values())", "    return list(ready)"),
        ),
        ("tests/jobs/test_remind.py::test_after_a_stop_only_the_newest_useful_step_is_said",),
    ),
    guard(
        "only the holder of a lease closes a row", "bot/store/outbox_statements.py",
        "    these = sa.update(table).where(table.c.lease == lease)\n",
        "    if table is outbox:\n"
        "        tried = sa.select(attempt.c.outbox_id).where(attempt.c.lease == lease)\n"
        "        return sa.update(outbox).where(outbox.c.id.in_(tried))\n"
        "    these = sa.update(table).where(table.c.lease == lease)\n",
        "tests/jobs/test_deliver.py::test_who_lost_the_lease_does_not_close",
    ),
    guard(
        "what is taken back while it is claimed is not leased", "bot/store/outbox_statements.py",
        'return these.where((outbox.c.state + "").in_(("pending", "retrying")))', "return these",
        "tests/store/test_replicas.py::test_what_is_taken_back_while_it_is_claimed_stays_here",
    ),
    guard(
        "consent is read again when a message leaves", DELIVERY,
        'if ours and row.consent not in ("attested", "given"):', "if ours and row.consent is None:", LEAVES,
    ),
    guard(
        "after STOP nothing leaves but late replies", DELIVERY,
        'if row.consent == "refused" and late_reply:', "if row.consent is None:", LEAVES,
    ),
    guard(
        "what came back is not reminded of", DELIVERY,
        '    if row.loan.state != "active":\n        return Stop(State.CANCELLED',
        "    if not row.loan.state:\n        return Stop(State.CANCELLED",
        LEAVES, "tests/conversations/test_trouble.py::test_an_answer_while_the_reminder_waits_holds_it_back",
    ),
    guard(
        "quiet hours hold what the clock begins", DELIVERY,
        "(quiet_until, row.paused_until if row.private else None)", "(row.paused_until if row.private else None,)",
        "tests/jobs/test_deliver.py::test_what_the_clock_begins_waits_for_the_end_of_the_quiet_hours",
    ),
    guard(
        "no reminder is planned in quiet hours", "bot/core/schedule.py",
        "    if not is_quiet(at, rules, zone):\n        return at\n    sides =",
        "    if at:\n        return at\n    sides =",
        "tests/core/test_schedule.py::test_whatever_the_loan_no_reminder_lies_in_quiet_hours_or_outside_the_loan",
    ),
    guard(
        "a time that the autumn repeats is its first", "bot/core/schedule.py",
        "local = datetime.combine(day, clock, zone)", "local = datetime.combine(day, clock.replace(fold=1), zone)",
        "tests/core/test_schedule.py::test_a_time_that_the_change_skips_or_repeats",
    ),
    guard(
        "five faults in a row open the breaker", "bot/store/runs.py",
        'stops = kind == "config" or faults >= OPENS_AFTER', 'stops = kind == "config"',
        "tests/jobs/test_deliver.py::test_the_breaker_opens_after_five_faults_and_lets_one_probe_through_every_ten_seconds",
    ),
    guard(
        "a lost answer is asked about before it is said again", DELIVERY,
        "if row.channel in CAN_BE_ASKED or row.message in COURTESY", "if row.message in COURTESY",
        "tests/jobs/test_deliver.py::test_a_lease_that_ran_out_after_the_start_is_in_doubt_and_asked_about",
    ),
    guard(
        "a lease that ran out after the start is in doubt", "jobs/closing.py",
        "        if not started:\n            tx.outbox.release(lease)", "        tx.outbox.release(lease)",
        "tests/jobs/test_deliver.py::test_a_lease_that_ran_out_after_the_start_is_in_doubt_and_asked_about",
    ),
    guard(
        "a transaction takes the write lock at its beginning", "bot/store/engine.py",
        'BEGIN = "BEGIN IMMEDIATE"', 'BEGIN = "BEGIN"',
        "tests/store/test_writer.py::test_a_transaction_takes_the_write_lock_at_its_beginning",
    ),
    guard(
        "what waits to be written is written before it is read", "bot/store/transaction.py",
        "if self._unwritten and not self._unwritten.isdisjoint(statement.about):", "if False:",
        "tests/store/test_writer.py::test_what_is_written_later_is_read_and_fails_as_if_written_at_once",
    ),
    guard(
        "an answer kept in memory is dropped by a change of what it is about", "bot/store/transaction.py",
        "if statement.changes and found.rowcount:", "if False:",
        "tests/store/test_ready.py::test_a_change_of_any_table_that_an_answer_is_about_is_seen",
    ),
    guard(
        "what was foreseen for a letter is dropped by an erasure before it", "bot/store/transaction.py",
        "        self._outdated(changed_by(statement), None)\n", "",
        "tests/store/test_looking_ahead.py::test_what_was_foreseen_is_used_once_and_outdated_by_what_others_do",
    ),
    guard(
        "what is acknowledged is on the disk", "bot/store/engine.py",
        '"PRAGMA synchronous=FULL",', '"PRAGMA synchronous=NORMAL",',
        "tests/store/test_writer.py::test_what_was_acknowledged_survives_a_power_cut_by_the_file_s_own_settings",
    ),
    guard(
        "a press gives no right that its presser has not", "handlers/rights.py",
        "return _role_in(tx, heard, department_id) is not None", "return bool(department_id)",
        "tests/promises/test_presses.py::test_what_the_wrong_people_press_changes_nothing",
    ),
    guard(
        "a command gives no right that its writer has not", "handlers/rights.py",
        "return role is Role.ADMIN or role is needed", "return role is Role.ADMIN or bool(needed)",
        "tests/conversations/test_card_replies.py::test_who_has_no_role_moves_nothing",
    ),
    Guard(
        "an anonymous admin has no rights",
        (
            Edit("handlers/rights.py", 'if said.channel != "telegram" or said.anonymous or said.forwarded:',
                 'if said.channel != "telegram" or said.forwarded:'),
            Edit(
                "jobs/answer.py",
                'themselves = said.channel == "telegram" and not said.anonymous and not said.forwarded',
                'themselves = said.channel == "telegram" and not said.forwarded',
            ),
        ),
        ("tests/promises/test_presses.py::test_what_the_wrong_people_press_changes_nothing",),
    ),
    guard(
        "a press lets nobody in whom staff have not accepted", "handlers/__init__.py",
        'asked = newcomers.gate(tx, heard, Understood(Intent.UNKNOWN), "") if choice.act in OF_MEMBERS else None',
        "asked = None",
        "tests/conversations/test_newcomers.py::test_a_forged_button_lets_nobody_in_before_staff_do",
    ),
    guard(
        "STOP counts for a number and for the id that hides it", "bot/core/linking.py",
        "return one == other or hides_number(channel, one) or hides_number(channel, other)", "return one == other",
        "tests/conversations/test_linking.py::test_stop_from_a_hidden_number_counts_for_the_number_and_start_for_both",
    ),
    guard(
        "a contact card proves a number only when it is the writer's own", "bot/channels/telegram_reader.py",
        'own = number(card, "user_id") == who.id and not place.group and not who.anonymous', "own = who is not None",
        "tests/conversations/test_linking.py::test_a_card_that_is_not_the_writers_own_links_nothing",
    ),
    guard(
        "poison is parked after three tries", "bot/store/inbox.py",
        "TRIES = 3", "TRIES = 300",
        "tests/jobs/test_answer.py::test_after_three_failures_a_letter_is_parked_and_staff_and_the_person_are_told",
    ),
    guard(
        "nobody gets more than thirty messages of ours a day", DELIVERY,
        "MOST_A_DAY = 30",
        "MOST_A_DAY = 300",
        "tests/conversations/test_reaching.py::test_nobody_gets_more_than_thirty_messages_of_ours_a_day",
    ),
    guard(
        "a loan reminds six times a day at most", "jobs/remind.py",
        "    return [r for r in ready if r not in over]",
        "    return ready",
        "tests/conversations/test_reaching.py::test_a_loan_moved_again_and_again_reminds_six_times_a_day_at_most",
    ),
    guard(
        "the cap of a month is hard", "bot/store/spending.py",
        "if most is not None and self._known[department_id] >= most:",
        "if most is not None and not self._known:",
        "tests/conversations/test_hops.py::test_a_month_that_is_used_up_stops_what_we_begin_but_no_answer",
    ),
    guard(
        "a template is tried once", "handlers/onward.py",
        " and not row.key.endswith(AS_TEMPLATE)",
        "",
        "tests/conversations/test_roads.py::test_a_template_that_is_refused_like_the_text_is_not_sent_again",
    ),
    guard(
        "two machines do not talk for ever", "handlers/limits.py",
        "return [Limit(chat, LOOP_GUARD - 1, MINUTE)]",
        "return []",
        "tests/conversations/test_reaching.py::test_two_machines_do_not_talk_for_ever_and_stop_counts_all_the_same",
    ),
    guard(
        "a group hears twenty answers a minute", "handlers/limits.py",
        "return [Limit(chat, GROUP_ANSWERS - 1, MINUTE), *strangers]",
        "return strangers",
        "tests/conversations/test_reaching.py::test_what_is_too_much_for_a_group_is_said_and_strangers_take_nobodys_turn",
    ),
    guard(
        "a receipt only raises the rank", "bot/store/outbox.py",
        "        return RANK[state] > RANK.get(State(row.state), 0)",
        "        return RANK[state] > 0",
        "tests/jobs/test_answer.py::test_receipts_in_any_order_end_in_the_same_place",
    ),
    guard(
        "people are answered before receipts", "bot/store/lanes.py",
        "    .order_by(_EITHER.c.late, sa.func.min(_EITHER.c.id))",
        "    .order_by(sa.func.min(_EITHER.c.id))",
        "tests/jobs/test_answer.py::test_people_are_answered_before_receipts_that_came_earlier",
    ),
    guard(
        "who writes without end hides nobody", "bot/store/lanes.py",
        "    if len(rows) * FEW < most and any(",
        "    if False and any(",
        "tests/jobs/test_answer.py::test_who_writes_without_end_hides_nobody",
    ),
    guard(
        "a receipt under another id outdates what was read ahead", "bot/store/outbox.py",
        "RAISE_ONE if known else RAISE",
        "RAISE_ONE",
        "tests/jobs/test_answer.py::test_receipts_that_are_handled_together_end_as_they_would_apart",
    ),
    guard(
        "a code is not guessed", "handlers/settings.py",
        'BIND_TRIES = Limit("bind", 5, 600.0)',
        'BIND_TRIES = Limit("bind", 5000, 600.0)',
        "tests/conversations/test_desk.py::test_codes_are_not_guessed",
    ),
    guard(
        "a token is signed by the one algorithm", "bot/web/tokens.py",
        "token, key, algorithms=[ALGORITHM],",
        'token, key, algorithms=[ALGORITHM, "HS512"],',
        "tests/web/test_api.py::test_a_token_signed_with_another_key_or_algorithm_is_none",
    ),
    guard(
        "a field that is not known is refused", "bot/web/api_models.py",
        'ConfigDict(extra="forbid", defer_build=True)',
        'ConfigDict(extra="ignore", defer_build=True)',
        "tests/web/test_api.py::test_whatever_is_sent_hears_what_is_wrong_and_nothing_breaks",
    ),
    guard(
        "another department's records are none", "handlers/outside.py",
        "    if mine is not None and theirs != mine:",
        "    if mine is not None and not theirs:",
        "tests/web/test_api_desk.py::test_another_department_s_records_are_answered_like_none",
    ),
    guard(
        "an answer's time does not tell who is known", "bot/web/api_notices.py",
        "    return await _history(call, NOBODY if contact_id is None else contact_id)",
        "    return await _history(call, contact_id) if contact_id else History(items=[], next=None)",
        "tests/web/test_api_enumeration.py::test_what_is_not_yours_and_what_does_not_exist_ask_the_database_the_same",
    ),
    guard(
        "what could not be kept is not acknowledged", "bot/web/webhooks.py",
        'return "not_kept", try_later()',
        'return "not_kept", web.Response(status=accepted)',
        "tests/web/test_doors.py::test_what_cannot_be_kept_is_not_acknowledged",
    ),
    guard(
        "a head and its body have ten seconds together", "bot/web/webhooks.py",
        "asyncio.timeout_at(began + REQUEST_SECONDS)",
        "asyncio.timeout(REQUEST_SECONDS)",
        "tests/web/test_doors.py::test_a_slow_head_leaves_less_time_to_its_body",
    ),
    guard(
        "only the provider's hosts are asked for pictures", "bot/channels/twilio.py",
        'return parts.scheme == "https" and plain and host.endswith(_MEDIA_HOSTS)',
        "return plain or host.endswith(_MEDIA_HOSTS)",
        "tests/channels/test_twilio_channel.py::test_no_other_host_is_ever_asked",
    ),
    guard(
        "a typed value forms no markup", "bot/core/markup.py",
        'return _TO_ESCAPE.sub(lambda m: "\\\\" + m[0], value)',
        "return value",
        "tests/channels/test_markup.py::test_a_typed_value_is_inert_in_every_form",
    ),
    guard(
        "what Telegram cannot parse leaves as plain text", "bot/channels/telegram_attempt.py",
        "\"can't parse entities\" in says or ",
        "",
        "tests/channels/test_telegram_channel.py::test_words_telegram_cannot_read_are_sent_plain",
    ),
    guard(
        "a spreadsheet calculates nothing of an export", "bot/core/lists.py",
        "return f\"'{cell}\" if CALCULATES.match(cell) else cell",
        "return cell",
        "tests/store/test_export.py::test_what_a_spreadsheet_would_calculate_is_shown_instead",
    ),
    guard(
        "a damaged file is refused", "bot/store/store.py",
        '    if found != ("ok",):',
        "    if not found:",
        "tests/store/test_opening.py::test_a_damaged_file_is_refused_untouched",
    ),
    guard(
        "a full disk is not told as damage", "bot/store/store.py",
        "if error.sqlite_errorcode & 0xFF in DISK_FAULTS:",
        "if not DISK_FAULTS:",
        "tests/store/test_opening.py::test_a_disk_without_room_is_told_and_not_called_damage",
    ),
    guard(
        "a file has one service", "bot/store/store.py",
        "lock = FileLock.take(url) if alone else None",
        "lock = None",
        "tests/store/test_backup.py::test_a_second_service_on_a_file_is_refused_until_the_first_has_ended",
    ),
    guard(
        "a loop that stands still is seen", "jobs/runner.py",
        "return [n for n, at in self._turned.items() if now - at > LATE_TICKS * every[n].total_seconds()]",
        "return [n for n, at in self._turned.items() if at > now + every[n].total_seconds()]",
        "tests/jobs/test_runner.py::test_a_loop_that_stands_still_or_always_fails_is_late",
    ),
    guard(
        "a tick that is late is not dropped", "jobs/runner.py",
        'job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},',
        "job_defaults={},",
        "tests/jobs/test_runner.py::test_after_a_pause_the_scheduler_ticks_once_however_late",
    ),
    guard(
        "429 silences a sender for as long as asked", "jobs/closing.py",
        "            tx.pace.block(key, after or LATER_DEFAULT)", "            after = after or LATER_DEFAULT",
        "tests/jobs/test_deliver.py::test_429_for_the_whole_sender_holds_all_its_chats",
    ),
)  # fmt: skip


def copied(to: Path) -> Path:
    """The whole tree without what is only this machine's."""
    return Path(shutil.copytree(ROOT, to / "tree", ignore=LEFT_OUT))


def breaks(tree: Path, edits: Sequence[Edit]) -> None:
    """Raises ValueError when a text does not stand in its file exactly once: the guard has moved."""
    for edit in edits:
        path = tree / edit.file
        source = path.read_text("utf-8")
        if source.count(edit.text) != 1:
            raise ValueError(f"{edit.file}: {source.count(edit.text)} times {edit.text!r}")
        path.write_text(source.replace(edit.text, edit.broken), "utf-8")


def verdict(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """pytest's exit code over these tests, on SQLite, and its last line."""
    files = sorted({test.partition("::")[0] for test in tests})
    wanted = " or ".join(test.partition("::")[2] for test in tests)
    command = [
        sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider",
        "-k", f"({wanted}) and not postgresql", *files,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout.strip().splitlines() or [done.stderr.strip()[-300:]])[-1]


def tried(one: Guard) -> bool:
    """Whether the tests notice that the guard is missing."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        breaks(tree, one.edits)
        code, last = verdict(tree, one.tests)
    word = "rejected" if code == RED else "NOT NOTICED"
    print(f"{word:12} {time.monotonic() - began:5.1f} s  {one.name}  ({last})", flush=True)
    return code == RED


def main(part: str = "") -> int:
    chosen = [one for one in GUARDS if part in one.name]
    code, last = verdict(ROOT, sorted({test for one in chosen for test in one.tests}))
    if code != 0:
        print(f"the tests are not green before anything is broken: {last}")
        return 2
    missed = [one.name for one in chosen if not tried(one)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} broken builds rejected")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
