"""`jobs list` and `jobs run`: the schedule in an operator's hands."""

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from portal.shared import schedule
from portal.shared.jobs_cli import group
from tests.portal.shared.test_schedule import failing, hourly


@pytest.fixture
def command(queue_app: Flask) -> FlaskCliRunner:
    schedule.init_app(
        queue_app, timetable=((hourly, schedule.daily("09:00")), (failing, schedule.daily("10:00")))
    )
    queue_app.cli.add_command(group)
    return queue_app.test_cli_runner()


class TestJobsRun:
    def test_works_as_if_it_were_that_hour_in_sao_paulo(self, command: FlaskCliRunner) -> None:
        result = command.invoke(args=["jobs", "run", "tests-hourly", "--at", "2026-07-05T09:00"])
        assert result.exit_code == 0, result.output
        assert "tests-hourly as of 2026-07-05 09:00: Contado às 12:00." in result.output  # 12:00 in UTC

    def test_says_which_jobs_there_are_when_it_knows_no_such(self, command: FlaskCliRunner) -> None:
        result = command.invoke(args=["jobs", "run", "unknown"])
        assert result.exit_code == 1
        assert "tests-hourly, tests-failing" in result.output

    def test_ends_with_an_error_when_the_job_fails(self, command: FlaskCliRunner) -> None:
        result = command.invoke(args=["jobs", "run", "tests-failing"])
        assert result.exit_code == 1
        assert "'tests-failing' failed: KeyError" in result.output


class TestJobsList:
    def test_shows_each_job_with_its_times_and_last_run(self, command: FlaskCliRunner) -> None:
        before = command.invoke(args=["jobs", "list"]).output
        assert "Contagem de hora em hora, todo dia às 09:00" in before
        assert "never ran" in before
        command.invoke(args=["jobs", "run", "tests-hourly", "--at", "2026-07-05T09:00"])
        assert "ok: Contado às 12:00." in command.invoke(args=["jobs", "list"]).output
