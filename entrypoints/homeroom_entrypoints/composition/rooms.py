"""What may be done with the roster, and with tasks: two fields of the façade."""

import attrs

from homeroom.house import HouseUnit
from homeroom.processes.enrolling import HearOfEnrolments
from homeroom.roster.use_cases.enrolments import Enrol, FindEnrolments, MyEnrolments, Unenrol
from homeroom.roster.use_cases.nodes import (
    CloseNode,
    CreateNode,
    FindNodes,
    GetNode,
    MoveNode,
    RelabelNode,
    ReopenNode,
)
from homeroom.scheduling.use_cases.firing import FireDue
from homeroom.scheduling.use_cases.importing import ImportTasks
from homeroom.scheduling.use_cases.looking import (
    FindExecutions,
    FindTasks,
    GetExecution,
    GetTask,
    PreviewMessage,
    PreviewSchedule,
    ReadLog,
    SeeDashboard,
)
from homeroom.scheduling.use_cases.running import Backfill, RunNow
from homeroom.scheduling.use_cases.secrets import RotateSecret, ShowSecret
from homeroom.scheduling.use_cases.tasks import (
    ChangeTagged,
    CreateTask,
    DeleteTask,
    PauseTask,
    ResumeTask,
    ToggleTask,
    UpdateTask,
)
from homeroom.scheduling.use_cases.upkeep import InstallSystemTasks, SealAgain
from homeroom.scheduling.use_cases.watching import (
    ExpectPings,
    HearPing,
    LookAtWatch,
    NoticeSilence,
    StopExpecting,
)


@attrs.frozen(kw_only=True)
class Roster:
    """Where: the tree of a school, and who is enrolled in its courses and sections."""

    create_node: CreateNode
    relabel_node: RelabelNode
    move_node: MoveNode
    close_node: CloseNode
    reopen_node: ReopenNode
    find_nodes: FindNodes
    get_node: GetNode
    enrol: Enrol[HouseUnit]
    unenrol: Unenrol
    find_enrolments: FindEnrolments
    my_enrolments: MyEnrolments
    hear_of_enrolments: HearOfEnrolments


@attrs.frozen(kw_only=True)
class Scheduling:
    """Tasks that are sent when they are due, and what became of each time."""

    create_task: CreateTask
    update_task: UpdateTask
    delete_task: DeleteTask
    toggle_task: ToggleTask
    pause_task: PauseTask
    resume_task: ResumeTask
    change_tagged: ChangeTagged
    import_tasks: ImportTasks
    find_tasks: FindTasks
    get_task: GetTask
    read_log: ReadLog
    find_executions: FindExecutions
    get_execution: GetExecution
    see_dashboard: SeeDashboard
    preview_schedule: PreviewSchedule
    preview_message: PreviewMessage
    run_now: RunNow
    backfill: Backfill
    expect_pings: ExpectPings
    stop_expecting: StopExpecting
    look_at_watch: LookAtWatch
    hear_ping: HearPing
    fire_due: FireDue
    notice_silence: NoticeSilence
    install_system_tasks: InstallSystemTasks
    show_secret: ShowSecret
    rotate_secret: RotateSecret
    seal_again: SealAgain
