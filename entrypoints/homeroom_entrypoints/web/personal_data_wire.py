"""What is held about somebody, on the wire."""

from datetime import datetime
from uuid import UUID

from homeroom.compliance.use_cases.personal_data import Dossier, Erasure
from homeroom.kernel.personal_data import Row, Section
from homeroom_entrypoints.web.wire import TellingSecrets, Wire

FactAnswer = str | int | bool | list[str] | None


class SectionAnswer(Wire, frozen=True):
    """One kind of thing, with every one of it; instants and ids are texts."""

    name: str
    rows: list[dict[str, FactAnswer]]

    @classmethod
    def of(cls, section: Section) -> "SectionAnswer":
        return cls(name=section.name, rows=[_row(one) for one in section.rows])


class DossierAnswer(TellingSecrets, frozen=True):
    """Everything that is held about somebody, by context; nobody on its way may keep it."""

    person_id: UUID
    institution_id: UUID
    exported_at: datetime
    contexts: dict[str, list[SectionAnswer]]

    @classmethod
    def of(cls, dossier: Dossier) -> "DossierAnswer":
        return cls(
            person_id=dossier.person_id,
            institution_id=dossier.institution_id,
            exported_at=dossier.at,
            contexts={
                context: [SectionAnswer.of(one) for one in sections]
                for context, sections in dossier.contexts.items()
            },
        )


class ErasureAnswer(Wire, frozen=True):
    """How many of each kind were taken away, or had pseudonyms put in their place."""

    person_id: UUID
    erased_at: datetime
    taken_away: dict[str, int]

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureAnswer":
        return cls(
            person_id=erasure.person_id,
            erased_at=erasure.at,
            taken_away=dict(erasure.taken_away),
        )


def _row(row: Row) -> dict[str, FactAnswer]:
    return {name: list(one) if isinstance(one, tuple) else one for name, one in row.items()}
