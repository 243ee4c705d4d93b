"""Sittings that are watched, wired: one lookout in each process, however many watch."""

from dependency_injector import containers, providers

from homeroom.exams.use_cases import lookout, watching
from homeroom_entrypoints.composition.facade import Plant


class WatchingContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)

    sittings = plant.provided.storage.sittings

    seen = providers.Singleton(
        lookout.Lookout, queries=sittings, news=plant.provided.storage.sitting_news
    )
    watch_sitting = providers.Factory(
        watching.WatchSitting,
        start=plant.provided.storage.start,
        queries=sittings,
        lookout=seen,
        looks=plant.provided.looks,
        clock=plant.provided.ambient.clock,
    )
