"""Scheduling, wired: its use cases, and the handlers of the work it asks for."""

from datetime import timedelta

import attrs
from dependency_injector import containers, providers

from homeroom.compliance.use_cases.record import SealAll
from homeroom.compliance.use_cases.retention import ForgetEvidence
from homeroom.exams.use_cases.ending import EndRunOut
from homeroom.exams.use_cases.statistics import CountAnswers
from homeroom.house import Storage
from homeroom.kernel.queue import Handlers
from homeroom.operations.model import TidyUp
from homeroom.people.use_cases.sessions import ForgetSessions
from homeroom.scheduling.model.target_parts import TargetRules
from homeroom.scheduling.use_cases import (
    alerting,
    chaining,
    concluding,
    delivering,
    drafting,
    firing,
    importing,
    ledger,
    looking,
    posting,
    running,
    secrets,
    tasks,
    upkeep,
    watching,
    writing,
)
from homeroom_entrypoints.composition.facade import Homeroom, Plant
from homeroom_entrypoints.composition.rooms import Scheduling


@attrs.frozen(kw_only=True)
class SchedulingChoices:
    """What an operator decided about scheduling, in the core's words."""

    rules: TargetRules = TargetRules()
    alerts: alerting.AlertChannel = attrs.field(factory=alerting.AlertChannel)
    punctuality: firing.Punctuality = firing.Punctuality()
    keep: timedelta = timedelta(days=90)


class SchedulingContainer(containers.DeclarativeContainer):
    plant = providers.Dependency(instance_of=Plant)
    storage = providers.Dependency(instance_of=Storage)
    choices = providers.Dependency(instance_of=SchedulingChoices)

    start = storage.provided.start
    task_queries = storage.provided.tasks
    runs = storage.provided.runs
    history = storage.provided.history
    calendar = plant.provided.calendar
    sealer = plant.provided.sealer
    notifiers = plant.provided.notifiers
    ambient = plant.provided.ambient
    clock = plant.provided.ambient.clock

    author = providers.Factory(
        writing.Author, sealer=sealer, clock=clock, rules=choices.provided.rules
    )
    chains = providers.Factory(chaining.Chains, tasks=task_queries)
    drafts = providers.Factory(drafting.Drafts, author=author, clock=clock, calendar=calendar)
    book = providers.Factory(ledger.Ledger, start=start, clock=clock)
    alarm = providers.Factory(
        alerting.Alarm,
        channel=choices.provided.alerts,
        notifiers=notifiers,
        ledger=book,
        sealer=sealer,
        clock=clock,
    )

    use_cases = providers.Factory(
        Scheduling,
        create_task=providers.Factory(tasks.CreateTask, start=start, drafts=drafts, chains=chains),
        update_task=providers.Factory(
            tasks.UpdateTask, start=start, drafts=drafts, chains=chains, clock=clock
        ),
        delete_task=providers.Factory(tasks.DeleteTask, start=start, clock=clock),
        toggle_task=providers.Factory(
            tasks.ToggleTask, start=start, clock=clock, calendar=calendar
        ),
        pause_task=providers.Factory(tasks.PauseTask, start=start, clock=clock, calendar=calendar),
        resume_task=providers.Factory(
            tasks.ResumeTask, start=start, clock=clock, calendar=calendar
        ),
        change_tagged=providers.Factory(
            tasks.ChangeTagged, start=start, clock=clock, calendar=calendar
        ),
        import_tasks=providers.Factory(
            importing.ImportTasks, start=start, drafts=drafts, chains=chains, clock=clock
        ),
        find_tasks=providers.Factory(looking.FindTasks, tasks=task_queries),
        get_task=providers.Factory(looking.GetTask, tasks=task_queries, runs=runs),
        read_log=providers.Factory(looking.ReadLog, tasks=task_queries, runs=runs),
        find_executions=providers.Factory(looking.FindExecutions, tasks=task_queries, runs=runs),
        get_execution=providers.Factory(looking.GetExecution, runs=runs),
        see_dashboard=providers.Factory(looking.SeeDashboard, tasks=task_queries, clock=clock),
        preview_schedule=providers.Factory(looking.PreviewSchedule, clock=clock, calendar=calendar),
        preview_message=providers.Factory(looking.PreviewMessage, clock=clock),
        run_now=providers.Factory(running.RunNow, start=start, clock=clock),
        backfill=providers.Factory(
            running.Backfill, start=start, tasks=task_queries, clock=clock, calendar=calendar
        ),
        expect_pings=providers.Factory(
            watching.ExpectPings, start=start, clock=clock, calendar=calendar
        ),
        stop_expecting=providers.Factory(watching.StopExpecting, start=start, clock=clock),
        look_at_watch=providers.Factory(watching.LookAtWatch, tasks=task_queries),
        hear_ping=providers.Factory(watching.HearPing, start=start, clock=clock, calendar=calendar),
        fire_due=providers.Factory(
            firing.FireDue,
            start=start,
            clock=clock,
            calendar=calendar,
            punctuality=choices.provided.punctuality,
        ),
        notice_silence=providers.Factory(watching.NoticeSilence, start=start, clock=clock),
        install_system_tasks=providers.Factory(
            upkeep.InstallSystemTasks,
            start=start,
            clock=clock,
            calendar=calendar,
            codec=plant.provided.ambient.codec,
        ),
        show_secret=providers.Factory(secrets.ShowSecret, tasks=task_queries, author=author),
        rotate_secret=providers.Factory(
            secrets.RotateSecret, start=start, author=author, clock=clock, calendar=calendar
        ),
        seal_again=providers.Factory(
            upkeep.SealAgain, start=start, tasks=task_queries, author=author, clock=clock
        ),
    )

    deliver = providers.Factory(
        delivering.Deliver,
        start=start,
        runs=runs,
        post=providers.Factory(posting.Post, sealer=sealer, notifiers=notifiers, ledger=book),
        calendar=calendar,
        ambient=ambient,
    )
    run_chained = providers.Factory(running.RunChained, start=start, clock=clock)
    start_next = providers.Factory(running.StartNext, start=start, clock=clock)
    tell_failure = providers.Factory(
        alerting.TellFailure, start=start, alarm=alarm, tasks=task_queries, runs=runs
    )
    tell_silence = providers.Factory(
        alerting.TellSilence, start=start, alarm=alarm, tasks=task_queries
    )
    forget = providers.Factory(
        upkeep.Forget, history=history, clock=clock, keep=choices.provided.keep
    )
    look_after = providers.Factory(
        upkeep.LookAfter, start=start, history=history, runs=runs, clock=clock, calendar=calendar
    )


SYSTEM_TASKS = (
    *upkeep.UPKEEP,
    upkeep.SystemTask(
        work=TidyUp(),
        name="Forget finished jobs",
        description="Removes jobs that are over, and events that were told, after their time.",
        cron="*/5 * * * *",
        jitter=30,
    ),
    upkeep.SystemTask(
        work=SealAll(),
        name="Seal the record",
        description="Puts what people did since the last time into the chains that prove it.",
        cron="* * * * *",
    ),
    upkeep.SystemTask(
        work=EndRunOut(),
        name="End sittings whose time is up",
        description="Scores exams that ran out, and ends studies that nobody goes on with.",
        cron="* * * * *",
    ),
    upkeep.SystemTask(
        work=CountAnswers(),
        name="Make statistics of exams",
        description="Counts how questions were answered in exams that were taken since.",
        cron="17 * * * *",
        jitter=600,
    ),
    upkeep.SystemTask(
        work=ForgetEvidence(),
        name="Forget evidence of consents",
        description="Forgets who gave consents, and what proves them, after their time.",
        cron="23 4 * * *",
        jitter=600,
    ),
    upkeep.SystemTask(
        work=ForgetSessions(),
        name="Forget old sessions",
        description="Removes sessions, and their tokens, a week after they ended.",
        cron="41 */12 * * *",
        jitter=600,
    ),
)
"""The house's own recurring work, of every context."""


async def furnish(homeroom: Homeroom) -> None:
    """Lay out the house's recurring work as tasks, once there is somebody it belongs to."""
    everyone = await homeroom.plant.storage.people.institutions()
    if everyone:
        await homeroom.scheduling.install_system_tasks(everyone[0].id, SYSTEM_TASKS)


def assemble_scheduling(plant: Plant, choices: SchedulingChoices) -> Scheduling:
    """Scheduling's use cases over *plant*, and its handlers among the plant's."""
    container = SchedulingContainer(
        plant=providers.Object(plant),
        storage=providers.Object(plant.storage),
        choices=providers.Object(choices),
    )
    container.check_dependencies()
    _handle(plant.handlers, container)
    scheduling: Scheduling = container.use_cases()
    return scheduling


def _handle(handlers: Handlers, container: SchedulingContainer) -> None:
    handlers.add(firing.DeliverExecution, container.deliver())
    handlers.add(concluding.RunAfter, container.run_chained())
    handlers.add(firing.TakeTurns, container.start_next())
    handlers.add(alerting.AlertFailure, container.tell_failure())
    handlers.add(alerting.AlertSilence, container.tell_silence())
    handlers.add(upkeep.ForgetHistory, container.forget())
    handlers.add(upkeep.LookAfterAbandoned, container.look_after())
