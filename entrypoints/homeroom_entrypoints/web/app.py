"""The web application: its routes, and the gate around them."""

from typing import Any, Self

from litestar import Controller, Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.types import ASGIApp, BeforeRequestHookHandler, ControllerRouterHandler

from homeroom.kernel.rates import Rate
from homeroom_entrypoints.composition.coming_in import sign_in_as_developer
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.web.achievements import AchievementController, BoardController
from homeroom_entrypoints.web.adaptive import AdaptiveController, PoolController
from homeroom_entrypoints.web.ages import AgeController
from homeroom_entrypoints.web.answers import Answer
from homeroom_entrypoints.web.bank import QuestionController
from homeroom_entrypoints.web.bodies import AnyBody
from homeroom_entrypoints.web.browsers import Browsers
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.catalogue import ExamController, VendorController
from homeroom_entrypoints.web.consents import ConsentController, OwnConsentController
from homeroom_entrypoints.web.cookies import cookies_for
from homeroom_entrypoints.web.desk import Desk
from homeroom_entrypoints.web.development import Developers, DevelopmentController
from homeroom_entrypoints.web.districts import DistrictController, PlaceController
from homeroom_entrypoints.web.documentation import Refusals, documentation, documentation_assets
from homeroom_entrypoints.web.door import ApiRequest, Counter, Door, Doorkeeper, identify
from homeroom_entrypoints.web.errors import HANDLERS
from homeroom_entrypoints.web.exam_files import ExamFileController
from homeroom_entrypoints.web.gate import Gate
from homeroom_entrypoints.web.generations import GenerationController
from homeroom_entrypoints.web.google import GoogleController
from homeroom_entrypoints.web.health import live, ready
from homeroom_entrypoints.web.institutions import InstitutionController
from homeroom_entrypoints.web.integrity import IntegrityController
from homeroom_entrypoints.web.invitations import InvitationController, TicketController
from homeroom_entrypoints.web.live import watch_sitting
from homeroom_entrypoints.web.metrics import HttpMeter, SocketMeter, metrics
from homeroom_entrypoints.web.operations import (
    DeadLetterController,
    JobController,
    QueueController,
)
from homeroom_entrypoints.web.others_sittings import SittingController
from homeroom_entrypoints.web.paper_desk import PaperDesk
from homeroom_entrypoints.web.papers import PaperController
from homeroom_entrypoints.web.parcels import Parcels
from homeroom_entrypoints.web.people import KeyController
from homeroom_entrypoints.web.personal_data import OwnDataController, PersonalDataController
from homeroom_entrypoints.web.persons import PersonController
from homeroom_entrypoints.web.posts import HolderController, PostController
from homeroom_entrypoints.web.progress import ProgressController
from homeroom_entrypoints.web.record import RecordController
from homeroom_entrypoints.web.regrades import RegradeController
from homeroom_entrypoints.web.remarks import (
    DisputeController,
    NoteController,
    OwnDisputeController,
)
from homeroom_entrypoints.web.roster import (
    EnrolmentController,
    NodeController,
    OwnEnrolmentController,
)
from homeroom_entrypoints.web.sign_in import (
    LeaveController,
    SelfController,
    SignInController,
    jwks,
)
from homeroom_entrypoints.web.sittings import (
    OwnSittingController,
    StudyController,
    TestController,
)
from homeroom_entrypoints.web.sockets import Sockets
from homeroom_entrypoints.web.statistics import StatisticsController
from homeroom_entrypoints.web.task_steering import (
    ExecutionController,
    PingController,
    PreviewController,
    SteeringController,
    TagController,
)
from homeroom_entrypoints.web.tasks import DashboardController, LogController, TaskController
from homeroom_entrypoints.web.ticket_html import Writer
from homeroom_entrypoints.web.ticket_pages import (
    TicketPageController,
    page_assets,
    pages_for,
    refusing,
)
from homeroom_entrypoints.web.tiers import TierController

_SEEDS: list[type[Controller]] = [TaskController, LogController, DashboardController]
_OURS: list[type[Controller]] = [
    KeyController,
    JobController,
    DeadLetterController,
    QueueController,
    SteeringController,
    TagController,
    ExecutionController,
    InstitutionController,
    DistrictController,
    AgeController,
    PlaceController,
    SelfController,
    PersonController,
    PostController,
    HolderController,
    NodeController,
    EnrolmentController,
    OwnEnrolmentController,
    VendorController,
    ExamController,
    QuestionController,
    ExamFileController,
    GenerationController,
    StatisticsController,
    TestController,
    PaperController,
    StudyController,
    AdaptiveController,
    PoolController,
    OwnSittingController,
    ProgressController,
    SittingController,
    RegradeController,
    IntegrityController,
    TierController,
    AchievementController,
    BoardController,
    NoteController,
    OwnDisputeController,
    DisputeController,
    RecordController,
    PersonalDataController,
    OwnDataController,
    ConsentController,
    OwnConsentController,
    InvitationController,
    PreviewController,
]


_PLAIN: list[ControllerRouterHandler] = [watch_sitting, jwks, live, ready]
"""What sees to it by itself who is let in, or lets in everybody."""


class _Once(Router):
    """A router that goes into one application, which needs no copy of it and all its routes."""

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def create_app(homeroom: Homeroom, settings: Settings, numbers: Numbers | None = None) -> ASGIApp:
    """The ASGI application over an open *homeroom*; *numbers* are this process's, if it has any."""
    numbers = numbers or Numbers(homeroom.plant, settings)
    door, parcels = _door(homeroom, settings), Parcels()
    gate = Gate(
        Desk(_routes(homeroom, settings, numbers, door, parcels)),
        HttpMeter(numbers.registry),
        access_log=settings.log.access,
        hsts=settings.web.hsts,
    )
    return PaperDesk(gate, door, homeroom.exams.see_questions, parcels)


def _door(homeroom: Homeroom, settings: Settings) -> Door:
    web, plant = settings.web, homeroom.plant
    counter = Counter(plant.rates, Rate(web.rate_limit_per_minute), web.rate_limit_fails_open)
    return Door(
        Doorkeeper(identify(homeroom.people)),
        counter,
        Browsers(cookies_for(settings), plant.sealer, web.cors_origins),
        Callers(web.trusted_proxies, web.admin_networks, web.metrics_networks),
    )


def _routes(
    homeroom: Homeroom, settings: Settings, numbers: Numbers, door: Door, parcels: Parcels
) -> ASGIApp:
    web = settings.web

    async def admit(request: ApiRequest) -> None:
        # A bound method would be deep-copied with all it is bound to.
        await door.admit(request)

    async def watched(request: ApiRequest) -> None:
        door.expect_watcher(request.scope)

    async def admit_or_let_leave(request: ApiRequest) -> None:
        await door.admit_or_let_leave(request)

    async def count(request: ApiRequest) -> None:
        await door.count(request)

    api = _Once("/api/v1", route_handlers=[*_OURS, *_SEEDS], before_request=admit)
    seed = _Once("/api", route_handlers=[*_SEEDS], before_request=admit, include_in_schema=False)
    anybody = [PingController, SignInController, TicketController, GoogleController]
    developer = sign_in_as_developer(homeroom, settings)
    anybody += [DevelopmentController] if developer else []
    open_to_all = _Once("/api/v1", route_handlers=anybody, before_request=count)
    pages = pages_for(web.root_path, settings.people.sign_in_url)
    leaving = _Once("/api/v1", route_handlers=[LeaveController], before_request=admit_or_let_leave)
    numbers_page = _Once("/", route_handlers=[metrics], before_request=watched)
    assets = [page_assets(), *([documentation_assets()] if web.docs else [])]
    return Litestar(
        [api, seed, leaving, open_to_all, _letters(pages, count), numbers_page, *_PLAIN, *assets],
        dependencies={
            "homeroom": _given(homeroom),
            "doorkeeper": _given(door.keeper),
            "numbers": _given(numbers),
            "developers": _given(Developers(developer, numbers.registry)),
            "callers": _given(door.callers),
            "browsers": _given(door.browsers),
            "parcels": _given(parcels),
            "pages": _given(pages),
            "sockets": _given(_sockets(settings, numbers, door)),
        },
        request_class=AnyBody,
        response_class=Answer,
        exception_handlers=HANDLERS,
        request_max_body_size=web.body_limit_bytes,
        cors_config=_cors(web.cors_origins),
        openapi_config=documentation(web.root_path) if web.docs else None,
        plugins=[Refusals()],
        logging_config=None,
    )


def _sockets(settings: Settings, numbers: Numbers, door: Door) -> Sockets:
    meter, most = SocketMeter(numbers.registry), settings.web.sockets_per_person
    return Sockets(door, meter, most, settings.log.access)


def _letters(pages: Writer, count: BeforeRequestHookHandler) -> Router:
    """Where letters lead. What is refused there is told on a page."""
    return _Once(
        "/",
        route_handlers=[TicketPageController],
        before_request=count,
        exception_handlers=refusing(pages),
    )


def _given(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False, use_cache=True)


def _cors(origins: tuple[str, ...]) -> CORSConfig | None:
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-CSRF-Token", "X-Trace-Id"],
        expose_headers=["X-Trace-Id", "Retry-After"],
        allow_credentials="*" not in origins,
    )
