"""All of a unit that is not exams': it is in the storage beside the documents, as ever."""

from abc import ABC, abstractmethod

from homeroom.compliance.ports.consents import Consents
from homeroom.compliance.ports.record import Record
from homeroom.house import HouseUnit
from homeroom.operations.ports import JobRecords
from homeroom.people.ports.ages import AgeRecords
from homeroom.people.ports.districts import Districts
from homeroom.people.ports.identities import Identities
from homeroom.people.ports.persons import Credentials, Persons, Sessions
from homeroom.people.ports.repositories import ApiKeys, Institutions
from homeroom.people.ports.tickets import Tickets
from homeroom.people.ports.traces import Traces
from homeroom.roster.ports.repositories import Enrolments, Nodes
from homeroom.scheduling.ports.repositories import Channels, Executions, Tasks, Watches


class Beside(ABC):
    """Hands on whatever is asked for to the twin of this unit there."""

    @abstractmethod
    def _twin(self) -> HouseUnit:
        """The unit beside this one, which is asked for what is not exams'."""

    @property
    def institutions(self) -> Institutions:
        return self._twin().institutions

    @property
    def districts(self) -> Districts:
        return self._twin().districts

    @property
    def api_keys(self) -> ApiKeys:
        return self._twin().api_keys

    @property
    def persons(self) -> Persons:
        return self._twin().persons

    @property
    def credentials(self) -> Credentials:
        return self._twin().credentials

    @property
    def ages(self) -> AgeRecords:
        return self._twin().ages

    @property
    def sessions(self) -> Sessions:
        return self._twin().sessions

    @property
    def tickets(self) -> Tickets:
        return self._twin().tickets

    @property
    def traces(self) -> Traces:
        return self._twin().traces

    @property
    def identities(self) -> Identities:
        return self._twin().identities

    @property
    def nodes(self) -> Nodes:
        return self._twin().nodes

    @property
    def enrolments(self) -> Enrolments:
        return self._twin().enrolments

    @property
    def tasks(self) -> Tasks:
        return self._twin().tasks

    @property
    def executions(self) -> Executions:
        return self._twin().executions

    @property
    def channels(self) -> Channels:
        return self._twin().channels

    @property
    def watches(self) -> Watches:
        return self._twin().watches

    @property
    def record(self) -> Record:
        return self._twin().record

    @property
    def consents(self) -> Consents:
        return self._twin().consents

    @property
    def job_records(self) -> JobRecords:
        return self._twin().job_records
