"""`homeroom tasks`: what is to be sent, made and seen and steered from the command line."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main

NOBODY = "00000000-0000-7000-8000-000000000000"
TOKEN = "s3cr3t-" + "x" * 61
HOOK = f"https://discord.com/api/webhooks/123456789012345678/{TOKEN}"
DAILY = ("--name", "Daily", "--cron", "0 9 * * MON-FRI", "--timezone", "Asia/Manila")

FILE = f"""\
tasks:
  - name: Good morning
    description: "Read: by people"
    schedule: "0 7 * * *"
    timezone: Asia/Manila
    tags: [mornings]
    notifier: discord
    webhookUrl: {HOOK}
    payload:
      content: Good morning
  - name: Quiet hours
    every: 3600
    maxRetry: 0
    payload: {{rings: 22:00, again: no, on: 2026-12-01, sure: true}}
    blackouts:
      - start: 22:00:00
        end: 06:00:00
"""


@attrs.frozen
class House:
    """A directory with a house in it, asked from the command line."""

    directory: Path

    def ran(self, *words: str, typed: str = "", **more: str) -> Result:
        ran = CliRunner().invoke(main, words, input=typed, env=more)
        assert isinstance(ran.exception, SystemExit | None), ran.exception
        assert TOKEN not in ran.stdout + ran.stderr
        return ran

    def said(self, *words: str, typed: str = "", **more: str) -> str:
        """What `homeroom tasks` *words* prints."""
        ran = self.ran("tasks", *words, typed=typed, **more)
        assert (ran.exit_code, ran.stderr) == (0, "")
        return ran.stdout

    def told(self, *words: str, typed: str = "") -> Any:
        """The same as a script reads it."""
        return json.loads(self.said(*words, "--json", typed=typed))

    def refused(self, code: int, *words: str, typed: str = "") -> list[str]:
        """The lines in which `homeroom tasks` *words* says why it ends with *code*."""
        ran = self.ran("tasks", *words, typed=typed)
        assert (ran.exit_code, ran.stdout) == (code, "")
        return ran.stderr.splitlines()

    def daily(self) -> str:
        """The id of a task that was made just now."""
        made: str = self.told("create", *DAILY)["id"]
        return made


@pytest.fixture
def house(house_dir: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(house_dir)
    return House(house_dir)


class TestMaking:
    def test_a_task_is_made_as_the_options_say(self, house: House) -> None:
        (house.directory / "payload.json").write_text('{"greeting": "hello"}')
        words = ("--tag", "b", "--tag", "a", "--max-retry", "0", "--payload", "@payload.json")
        made = house.told(
            "create", *DAILY, *words, "--overlap", "bufferOne", "--status", "INACTIVE"
        )
        assert made["tags"] == ["a", "b"]
        assert (made["schedule"], made["timezone"]) == ("0 9 * * MON-FRI", "Asia/Manila")
        assert (made["maxRetry"], made["overlap"], made["status"]) == (0, "bufferOne", "INACTIVE")
        assert made["payload"] == {"greeting": "hello"}

    def test_a_task_that_fires_once_is_in_utc_unless_it_says_otherwise(self, house: House) -> None:
        plain = house.told("create", "--name", "Once", "--at", "2999-01-01T09:00")
        there = house.told("create", "--name", "Once", "--at", "2999-01-01T09:00+08:00")
        assert plain["nextRunAt"] == "2999-01-01T09:00:00Z"
        assert there["nextRunAt"] == "2999-01-01T01:00:00Z"

    def test_a_secret_is_read_from_elsewhere_and_never_shown(self, house: House) -> None:
        words = ("--notifier", "discord", "--payload", '{"content": "hi"}')
        made = house.told("create", *DAILY, *words, "--url", "-", typed=f"{HOOK}\n")
        assert made["target"] == f"https://discord.com/api/webhooks/…/…{TOKEN[-4:]}"
        for looked in (("list",), ("show", made["id"]), ("list", "--json")):
            assert "discord.com" in house.said(*looked)
        assert TOKEN.encode() not in (house.directory / "homeroom.sqlite3").read_bytes()

    def test_everything_that_is_wrong_is_told_each_on_its_line(self, house: House) -> None:
        words = ("--cron", "99 9 * * *", "--max-retry", "11", "--notifier", "discord")
        first, *problems = house.refused(2, "create", *words, "--url", f"http://no.example/{TOKEN}")
        assert first.startswith("homeroom: This task cannot be made as asked.")
        named = {line.partition(":")[0].strip() for line in problems}
        assert named >= {"--name", "--cron", "--max-retry", "--url"}
        assert "  --cron: minute: '99' is not from 0 to 59" in problems

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--at", "soon"), "'soon' is no date or time such as 2026-12-01T09:00:00Z"),
            (("--payload", "{half"), "is no JSON; say it, or @FILE that holds it"),
            (("--payload", "[" * 9_999), "is no JSON; say it, or @FILE that holds it"),
            (("--payload", "@nowhere"), "nowhere cannot be read: No such file or directory"),
            (("--payload", "@large"), "large holds more than 65536 bytes"),
            (("--overlap", "always"), "'always' is not one of 'skip', 'bufferOne'"),
            (("--on-success", "that one"), "'that one' is not a valid UUID"),
        ],
    )
    def test_an_option_that_says_nothing_is_answered_with_the_way_out(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        words: tuple[str, ...],
        sentence: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("large").write_text(" " * 65_537)
        ran = CliRunner().invoke(main, ["tasks", "create", *DAILY, *words])
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert sentence in ran.stderr

    def test_a_payload_that_is_no_object_is_named(self, house: House) -> None:
        lines = house.refused(2, "create", *DAILY, "--payload", "[1]")
        assert lines[1:] == ["  --payload: must be an object"]

    def test_two_schedules_are_one_too_many(self, house: House) -> None:
        lines = house.refused(2, "create", *DAILY, "--every", "60")
        assert lines[1:] == ["  --cron: is one of cron, every, not all of them"]


class TestSteering:
    def test_a_task_is_changed_rests_goes_on_and_is_switched(self, house: House) -> None:
        task_id = house.daily()
        changed = house.told("update", task_id, "--name", "Weekly", "--cron", "@weekly")
        assert (changed["name"], changed["timezone"]) == ("Weekly", "Asia/Manila")
        resting = house.told("pause", task_id, "--note", "holidays", "--until", "2999-01-01")
        assert resting["pause"] == {"note": "holidays", "until": "2999-01-01T00:00:00Z"}
        assert "ACTIVE, rests" in house.said("list")
        assert house.told("resume", task_id)["pause"] is None
        assert house.told("toggle", task_id)["status"] == "INACTIVE"
        assert house.told("toggle", task_id)["status"] == "ACTIVE"

    def test_a_run_that_was_asked_for_waits_for_a_worker(self, house: House) -> None:
        task_id = house.daily()
        started = house.told("run", task_id)
        (run,) = house.told("executions", task_id)["data"]
        assert (run["id"], run["trigger"], run["status"]) == (started["id"], "manual", "PENDING")
        assert [one["id"] for one in house.told("show", task_id)["executions"]] == [run["id"]]
        assert house.told("executions", "--status", "FAILED")["data"] == []
        assert house.told("logs", task_id) == {
            "data": [],
            "meta": {"total": 0, "page": 1, "limit": 20, "totalPages": 0},
        }
        assert "manual" in house.said("show", task_id)

    def test_a_backfill_first_only_says_what_it_would_do(self, house: House) -> None:
        task_id = house.daily()
        words = ("backfill", task_id, "--from", "2026-01-05", "--to", "2026-01-06T01:00:00")
        assert house.told(*words) == {
            "firings": ["2026-01-05T01:00:00Z", "2026-01-06T01:00:00Z"],
            "executions": [],
        }
        assert house.told("executions", task_id)["data"] == []
        done = house.told(*words, "--yes")
        assert [one["status"] for one in done["executions"]] == ["PENDING", "BUFFERED"]
        assert house.told("executions", task_id)["meta"]["total"] == 2
        second = ("--since", "2026-01-06T01:00:00", "--until", "2026-01-06T01:00:00")
        for words in (second, ("--status", "BUFFERED"), ("--limit", "1")):
            (run,) = house.told("executions", task_id, *words)["data"]
            assert run["scheduledFor"] == "2026-01-06T01:00:00Z"

    def test_a_backfill_that_ends_before_it_begins_is_refused(self, house: House) -> None:
        words = ("--from", "2026-01-06", "--to", "2026-01-05")
        lines = house.refused(2, "backfill", house.daily(), *words)
        assert lines[1:] == ["  --to: must not be before the beginning"]

    def test_a_removed_task_is_gone(self, house: House) -> None:
        task_id = house.daily()
        assert house.ran("tasks", "delete", task_id, typed="n\n").exit_code == 1
        assert house.told("delete", task_id, "--yes") == {"message": "Task deleted successfully"}
        assert house.refused(3, "show", task_id) == [f"homeroom: Task with ID {task_id} not found"]

    def test_all_with_a_tag_rest_and_go_on_and_are_removed_together(self, house: House) -> None:
        bells = [house.told("create", *DAILY, "--tag", "bells")["id"] for _ in range(2)]
        other = house.daily()
        assert house.said("pause", "--tag", "bells", "--note", "holidays") == "2 rest now.\n"
        assert [house.told("show", bell)["pause"]["note"] for bell in bells] == ["holidays"] * 2
        assert house.told("resume", "--tag", "bells") == {"count": 2}
        asked = house.ran("tasks", "delete", "--tag", "bells", "--json", typed="n\n")
        assert (asked.exit_code, asked.stdout) == (1, "")
        assert "Remove all tasks with the tag 'bells', with their history?" in asked.stderr
        assert house.told("delete", "--tag", "bells", "--yes") == {"count": 2}
        assert [one["id"] for one in house.told("list")["data"]] == [other]

    def test_one_task_or_a_tag_is_named_and_not_both(self, house: House) -> None:
        wanted = "Error: Name one task by its id, or all that have a tag by --tag."
        for word in ("pause", "resume", "delete"):
            for words in ((), (NOBODY, "--tag", "bells")):
                assert house.refused(2, word, *words)[-1] == wanted

    @pytest.mark.parametrize(
        "words",
        [
            ("show", NOBODY),
            ("run", NOBODY),
            ("delete", NOBODY, "--yes"),
            ("logs", NOBODY),
            ("backfill", NOBODY, "--from", "2026-01-01", "--to", "2026-01-02"),
            ("expect-ping", NOBODY, "--every", "60"),
        ],
        ids=lambda words: str(words[0]),
    )
    def test_an_id_that_nobody_has_is_not_found(self, house: House, words: tuple[str, ...]) -> None:
        assert house.refused(3, *words) == [f"homeroom: Task with ID {NOBODY} not found"]

    def test_a_watch_tells_its_token_once(self, house: House) -> None:
        task_id = house.daily()
        made = house.told("expect-ping", task_id, "--every", "3600", "--grace", "60")
        assert made["path"] == f"/api/v1/pings/{made['token']}"
        assert (made["watch"]["state"], made["watch"]["graceSeconds"]) == ("new", 60.0)
        assert made["token"] not in house.said("show", task_id, "--json")
        lines = house.refused(2, "expect-ping", task_id, "--every", "3600", "--grace", "0")
        assert lines[1:] == ["  --grace: must be 1 second to 30 days"]


class TestLooking:
    def test_tasks_are_found_by_what_they_are(self, house: House) -> None:
        house.said("create", *DAILY, "--tag", "mornings")
        house.said("create", "--name", "Bells", "--every", "60", "--status", "INACTIVE")
        assert [one["name"] for one in house.told("list")["data"]] == ["Bells", "Daily"]
        for words, name in (
            (("--tag", "mornings"), "Daily"),
            (("--text", "bell"), "Bells"),
            (("--status", "INACTIVE"), "Bells"),
            (("--page", "2", "--limit", "1"), "Daily"),
        ):
            assert [one["name"] for one in house.told("list", *words)["data"]] == [name]
        assert house.said("list", "--text", "nothing") == "No such tasks.\n"

    def test_a_name_is_shown_as_it_is_and_orders_the_terminal_nothing(self, house: House) -> None:
        house.said("create", "--name", "[/red] [bold]x :bell:", "--every", "60")
        assert "[/red] [bold]x :bell:" in house.said("list")

    def test_a_schedule_is_foretold_and_explained(self, house: House) -> None:
        schedule = ("--cron", "30 2 * * *", "--timezone", "America/New_York")
        words = ("preview", *schedule, "--after", "2026-03-07T12:00:00Z", "--count", "1")
        answer = house.told(*words)
        assert answer["description"] == "At 02:30 every day, in New York time"
        assert answer["firings"] == [
            {
                "utc": "2026-03-08T07:00:00Z",
                "local": "2026-03-08T03:00:00-04:00",
                "note": "moved from 02:30: clocks go forward",
            }
        ]
        assert "moved from 02:30" in house.said(*words)

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            ((), "--cron: say when: a cron expression, `every` or `at`"),
            (("--every", "60", "--timezone", "Mars/Base"), "--timezone: there is no time zone"),
            (("--every", "60", "--count", "101"), "--count: must be 1 to 100"),
        ],
    )
    def test_a_schedule_that_means_nothing_is_refused_by_its_field(
        self, house: House, words: tuple[str, ...], problem: str
    ) -> None:
        _, line = house.refused(2, "preview", *words)
        assert line.strip().startswith(problem)

    def test_a_message_is_shown_as_it_would_be_sent(self, house: House) -> None:
        payload = '{"content": "{{task.name}} is due"}'
        said = house.said("preview-message", "--payload", payload, "--name", "Bells")
        assert json.loads(said)["content"] == "Bells is due"
        told = house.told("preview-message", "--payload", payload)
        assert json.loads(told["text"]) == told["body"]
        assert "content: " in house.refused(2, "preview-message", "--payload", '{"content": ""}')[1]
        assert house.refused(2, "preview-message")[1].strip() == "--payload: is missing"

    def test_the_numbers_of_a_house_are_the_dashboard_s(self, house: House) -> None:
        house.daily()
        numbers = house.told("stats")
        assert {name: numbers[name] for name in ("total", "active", "inactive", "failed")} == {
            "total": 1,
            "active": 1,
            "inactive": 0,
            "failed": 0,
        }
        assert [one["taskName"] for one in numbers["upcoming"]] == ["Daily"]
        assert house.said("stats").split()[:2] == ["tasks", "active"]


class TestImporting:
    def test_a_file_is_brought_twice_and_changes_what_it_made(self, house: House) -> None:
        file = house.directory / "tasks.yaml"
        file.write_text(FILE)
        first = house.told("import", "tasks.yaml")["data"]
        file.write_text(FILE.replace("0 7 * * *", "30 7 * * *"))
        again = house.told("import", "tasks.yaml")["data"]
        assert [one["wasThere"] for one in first + again] == [False, False, True, True]
        assert [one["task"]["id"] for one in first] == [one["task"]["id"] for one in again]
        assert again[0]["task"]["schedule"] == "30 7 * * *"
        assert house.told("list")["meta"]["total"] == 2

    def test_a_file_may_come_through_a_pipe(self, house: House) -> None:
        assert "made" in house.said("import", "-", typed=FILE)
        assert "known" in house.said("import", "-", typed=FILE)

    def test_one_bad_task_keeps_all_of_them_out_and_each_problem_has_its_place(
        self, house: House
    ) -> None:
        bad = (
            "- {name: Fine, every: 60}\n"
            "- {name: Wrong, schedule: 99 * * * *, maxRetry: 11}\n"
            f"- {{name: Nowhere, every: 60, notifier: discord, webhookUrl: 'http://x/{TOKEN}'}}\n"
        )
        lines = house.refused(2, "import", "-", typed=bad)
        assert "  tasks[1].schedule: minute: '99' is not from 0 to 59" in lines
        assert "  tasks[1].maxRetry: must be 0 to 10" in lines
        assert any(line.startswith("  tasks[2].webhookUrl: ") for line in lines)
        assert house.told("list")["data"] == []

    def test_a_task_needs_a_name_that_no_other_of_the_file_has(self, house: House) -> None:
        bad = "- {every: 60}\n- {name: Twice, every: 60}\n- {name: Twice, every: 0}\n"
        assert house.refused(2, "import", "-", typed=bad)[1:] == [
            "  tasks[2].name: is the name of another task of the file",
            "  tasks[0].name: must be 1 to 100 printable characters",
            "  tasks[2].every: must be 1 to 316224000 seconds",
        ]

    def test_a_file_that_is_not_there_is_named(self, house: House) -> None:
        assert "'gone.yaml': No such file" in house.refused(2, "import", "gone.yaml")[-1]


class TestKeys:
    def sealer(self, house: House, **keys: str) -> tuple[int, str, str]:
        """What the doctor says of the sealer, and with which code it ends."""
        ran = house.ran("doctor", "--json", **keys)
        (row,) = (one for one in json.loads(ran.stdout) if one["what"] == "sealer")
        return ran.exit_code, row["state"], row["advice"]

    def test_the_doctor_sees_a_key_that_did_not_seal_what_is_stored(self, house: House) -> None:
        house.told("import", "-", typed=FILE)
        old = (house.directory / "sealing.key").read_text().strip()
        new = house.ran("secrets", "new-key").stdout.strip()
        assert self.sealer(house)[:2] == (0, "ok")
        wrong = self.sealer(house, HOMEROOM_SEALING__KEYS=new)
        assert wrong[:2] == (1, "degraded")
        assert wrong[2].startswith("the targets of 2 of 2 tasks")
        rotating = {"HOMEROOM_SEALING__KEYS": f"{new},{old}"}
        assert "run `homeroom secrets reseal` before" in self.sealer(house, **rotating)[2]
        house.ran("secrets", "reseal", **rotating)
        assert self.sealer(house, **rotating) == (0, "ok", "aesgcm, its keys are set")
        apart = {"HOMEROOM_SEALING__KEYS": new, "HOMEROOM_SEALING__FINGERPRINT_KEY": old}
        assert self.sealer(house, **apart) == (0, "ok", "aesgcm, its keys are set")
        assert ": 0 targets of tasks" in house.ran("secrets", "reseal", **apart).stdout
        assert ": 2 " in house.ran("secrets", "reseal", HOMEROOM_SEALING__KEYS=new).stdout

    def test_a_new_key_seals_what_the_old_one_sealed(self, house: House) -> None:
        made = house.told("import", "-", typed=FILE)["data"]
        old = (house.directory / "sealing.key").read_text().strip()
        new = house.ran("secrets", "new-key").stdout.strip()
        both = {"HOMEROOM_SEALING__KEYS": f"{new},{old}"}
        assert f"{len(made)} targets" in house.ran("secrets", "reseal", **both).stdout
        again = json.loads(house.ran("secrets", "reseal", "--json", **both).stdout)
        assert again == {"targets": 0, "people": 0}
        task_id = made[0]["task"]["id"]
        alone = {"HOMEROOM_SEALING__KEYS": new}
        assert "Renamed" in house.said("update", task_id, "--name", "Renamed", **alone)
