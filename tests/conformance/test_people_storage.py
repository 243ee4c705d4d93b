"""The storages sign every suite of persons: in memory, on SQLite and on PostgreSQL."""

from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom_testing.conformance.ages import AgeRecordsConformance
from homeroom_testing.conformance.credentials import CredentialsConformance
from homeroom_testing.conformance.ended_sessions import EndedSessionsConformance
from homeroom_testing.conformance.person_lists import PersonListConformance
from homeroom_testing.conformance.person_queries import PersonQueriesConformance
from homeroom_testing.conformance.persons import PersonsConformance
from homeroom_testing.conformance.sessions import SessionsConformance


class WholeSessions(SessionsConformance, EndedSessionsConformance): ...


class WholeQueries(PersonQueriesConformance, PersonListConformance): ...


class TestPersonsInMemory(InMemory, PersonsConformance): ...


class TestPersonsOnSqlite(OnSqlite, PersonsConformance): ...


class TestPersonsOnPostgres(OnPostgres, PersonsConformance): ...


class TestCredentialsInMemory(InMemory, CredentialsConformance): ...


class TestCredentialsOnSqlite(OnSqlite, CredentialsConformance): ...


class TestCredentialsOnPostgres(OnPostgres, CredentialsConformance): ...


class TestAgesInMemory(InMemory, AgeRecordsConformance): ...


class TestAgesOnSqlite(OnSqlite, AgeRecordsConformance): ...


class TestAgesOnPostgres(OnPostgres, AgeRecordsConformance): ...


class TestSessionsInMemory(InMemory, WholeSessions): ...


class TestSessionsOnSqlite(OnSqlite, WholeSessions): ...


class TestSessionsOnPostgres(OnPostgres, WholeSessions): ...


class TestPersonQueriesInMemory(InMemory, WholeQueries): ...


class TestPersonQueriesOnSqlite(OnSqlite, WholeQueries): ...


class TestPersonQueriesOnPostgres(OnPostgres, WholeQueries): ...
