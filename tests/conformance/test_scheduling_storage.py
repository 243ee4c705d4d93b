"""The storages sign every suite of scheduling: in memory, on SQLite and on PostgreSQL."""

from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom_testing.conformance.channels import ChannelsConformance
from homeroom_testing.conformance.dashboard import DashboardConformance
from homeroom_testing.conformance.due_tasks import DueTasksConformance
from homeroom_testing.conformance.executions import ExecutionsConformance
from homeroom_testing.conformance.history import HistoryConformance
from homeroom_testing.conformance.named_tasks import NamedTasksConformance
from homeroom_testing.conformance.run_queries import LogConformance, RunQueriesConformance
from homeroom_testing.conformance.task_queries import TaskQueriesConformance
from homeroom_testing.conformance.tasks import TasksConformance
from homeroom_testing.conformance.unfinished import UnfinishedConformance
from homeroom_testing.conformance.watches import WatchesConformance


class WholeTasks(TasksConformance, NamedTasksConformance, DueTasksConformance): ...


class WholeExecutions(ExecutionsConformance, UnfinishedConformance): ...


class WholeTaskQueries(TaskQueriesConformance, DashboardConformance): ...


class WholeRunQueries(RunQueriesConformance, LogConformance): ...


class TestTasksInMemory(InMemory, WholeTasks): ...


class TestTasksOnSqlite(OnSqlite, WholeTasks): ...


class TestTasksOnPostgres(OnPostgres, WholeTasks): ...


class TestExecutionsInMemory(InMemory, WholeExecutions): ...


class TestExecutionsOnSqlite(OnSqlite, WholeExecutions): ...


class TestExecutionsOnPostgres(OnPostgres, WholeExecutions): ...


class TestChannelsInMemory(InMemory, ChannelsConformance): ...


class TestChannelsOnSqlite(OnSqlite, ChannelsConformance): ...


class TestChannelsOnPostgres(OnPostgres, ChannelsConformance): ...


class TestWatchesInMemory(InMemory, WatchesConformance): ...


class TestWatchesOnSqlite(OnSqlite, WatchesConformance): ...


class TestWatchesOnPostgres(OnPostgres, WatchesConformance): ...


class TestTaskQueriesInMemory(InMemory, WholeTaskQueries): ...


class TestTaskQueriesOnSqlite(OnSqlite, WholeTaskQueries): ...


class TestTaskQueriesOnPostgres(OnPostgres, WholeTaskQueries): ...


class TestRunQueriesInMemory(InMemory, WholeRunQueries): ...


class TestRunQueriesOnSqlite(OnSqlite, WholeRunQueries): ...


class TestRunQueriesOnPostgres(OnPostgres, WholeRunQueries): ...


class TestHistoryInMemory(InMemory, HistoryConformance): ...


class TestHistoryOnSqlite(OnSqlite, HistoryConformance): ...


class TestHistoryOnPostgres(OnPostgres, HistoryConformance): ...
