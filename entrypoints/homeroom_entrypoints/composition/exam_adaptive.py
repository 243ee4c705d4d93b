"""Adaptive tests, wired: to take them, and what is known of their questions."""

from dependency_injector import containers, providers

from homeroom.exams.model.adaptive.calibration import MarginalCalibrator
from homeroom.exams.use_cases import adaptive, adaptive_pools, calibrating, examined, pools
from homeroom_entrypoints.composition.exam_rooms import Adaptive
from homeroom_entrypoints.composition.facade import Plant


class AdaptiveContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)
    may_be_served = providers.Dependency(instance_of=pools.Pools)
    invigilator = providers.Dependency(instance_of=examined.Invigilator)

    start = plant.provided.storage.start
    exams = plant.provided.storage.catalogue
    bank = plant.provided.storage.bank
    queries = plant.provided.storage.adaptive
    clock = plant.provided.ambient.clock

    laid = providers.Singleton(
        adaptive_pools.AdaptivePools, pools=may_be_served, queries=queries, clock=clock
    )
    fit = providers.Factory(
        calibrating.FitCurves,
        start=start,
        queries=queries,
        calibrator=providers.Factory(MarginalCalibrator),
        clock=clock,
    )
    use_cases = providers.Factory(
        Adaptive,
        begin=providers.Factory(
            adaptive.BeginAdaptive,
            start=start,
            exams=exams,
            pools=laid,
            sittings=plant.provided.storage.sittings,
            clock=clock,
        ),
        see=providers.Factory(
            adaptive.SeeAdaptive,
            start=start,
            queries=queries,
            bank=bank,
            invigilator=invigilator,
        ),
        answer=providers.Factory(
            adaptive.AnswerAdaptive,
            start=start,
            pools=laid,
            quotas=plant.provided.quotas,
            invigilator=invigilator,
        ),
        leave=providers.Factory(
            adaptive.LeaveAdaptive, start=start, queries=queries, invigilator=invigilator
        ),
        see_pool=providers.Factory(calibrating.SeePool, exams=exams, bank=bank, queries=queries),
        say_curves=providers.Factory(
            calibrating.SayCurves, start=start, exams=exams, bank=bank, clock=clock
        ),
        calibrate=providers.Factory(
            calibrating.CalibrateExam, start=start, exams=exams, clock=clock
        ),
    )
