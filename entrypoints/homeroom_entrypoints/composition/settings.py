"""Settings: from `homeroom.toml` and `HOMEROOM_*`, refused with every problem at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from homeroom.kernel.errors import Invalid, Problem
from homeroom_entrypoints.composition import catalogue, rules
from homeroom_entrypoints.composition.addresses import address_problems
from homeroom_entrypoints.composition.catalogue import ANY_NAME, Catalogue, Entry, variable
from homeroom_entrypoints.composition.documents import DocumentsSettings
from homeroom_entrypoints.composition.google_sections import GoogleSettings
from homeroom_entrypoints.composition.house_sections import (
    DevelopmentSettings,
    SuperAdminSettings,
)
from homeroom_entrypoints.composition.identity_sections import (
    BreachSettings,
    PasswordSettings,
    SigningSettings,
)
from homeroom_entrypoints.composition.integrity_sections import IntegritySettings
from homeroom_entrypoints.composition.login_sections import LoginSettings, MoodleSettings
from homeroom_entrypoints.composition.plugins import absent, installed_for
from homeroom_entrypoints.composition.production import settings_problems
from homeroom_entrypoints.composition.reading import read
from homeroom_entrypoints.composition.redaction import scrub
from homeroom_entrypoints.composition.review_sections import ReviewSettings
from homeroom_entrypoints.composition.rules import Expected
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import (
    AuditSettings,
    BusSettings,
    CacheSettings,
    ComplianceSettings,
    JobsSettings,
    LogSettings,
    OutboundSettings,
    PeopleSettings,
    StorageSettings,
    WatchSettings,
    WebSettings,
    setting,
)
from homeroom_entrypoints.composition.sending_sections import (
    AlertSettings,
    DiscordSettings,
    MailSettings,
    SchedulingSettings,
    SealingSettings,
)
from homeroom_entrypoints.composition.sources import (
    Given,
    Source,
    from_environment,
    from_file,
    label,
)
from homeroom_entrypoints.composition.tier_sections import TierSettings
from homeroom_entrypoints.composition.writing_sections import WritingSettings


class SettingsInvalid(Invalid):
    """The settings cannot be used as they are written."""

    code = "settings_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = [f"  {problem.field}: {problem.message}" for problem in problems]
        super().__init__("\n".join([f"{self.__doc__}", *lines]), problems=problems)


@attrs.frozen(kw_only=True)
class Settings:
    """All an operator decides. The defaults run alone, without a key or another server."""

    environment: Literal["local", "test", "production"] = setting(
        "local", "What this house is for.", rules.one_of("local", "test", "production")
    )
    data_dir: Path = setting(Path("homeroom-data"), "Where files are kept.")
    storage: StorageSettings = StorageSettings()
    documents: DocumentsSettings = DocumentsSettings()
    jobs: JobsSettings = JobsSettings()
    bus: BusSettings = BusSettings()
    cache: CacheSettings = CacheSettings()
    web: WebSettings = WebSettings()
    worker: WatchSettings = WatchSettings()
    outbound: OutboundSettings = OutboundSettings()
    scheduling: SchedulingSettings = SchedulingSettings()
    sealing: SealingSettings = SealingSettings()
    discord: DiscordSettings = DiscordSettings()
    email: MailSettings = MailSettings()
    alerts: AlertSettings = AlertSettings()
    log: LogSettings = LogSettings()
    people: PeopleSettings = PeopleSettings()
    audit: AuditSettings = AuditSettings()
    compliance: ComplianceSettings = ComplianceSettings()
    super_admin: SuperAdminSettings = SuperAdminSettings()
    development: DevelopmentSettings = DevelopmentSettings()
    passwords: PasswordSettings = PasswordSettings()
    breaches: BreachSettings = BreachSettings()
    signing: SigningSettings = SigningSettings()
    moodle: MoodleSettings = MoodleSettings()
    logins: Mapping[str, LoginSettings] = setting(
        attrs.Factory(dict), "Ways to sign in that other packages bring.", rules.queue_names
    )
    google: GoogleSettings = GoogleSettings()
    writing: WritingSettings = WritingSettings()
    tiers: TierSettings = TierSettings()
    reviews: ReviewSettings = ReviewSettings()
    integrity: IntegritySettings = IntegritySettings()
    origins: Mapping[str, Source] = attrs.field(factory=dict, eq=False, repr=False)
    """Which settings were written down, and where; the others are defaults."""


CATALOGUE = Catalogue.of(Settings)


@attrs.frozen
class Explained:
    """One setting as `homeroom doctor` shows it."""

    name: str
    value: str
    source: Source


def load_settings(environ: Mapping[str, str], config: Path | None = None) -> Settings:
    """The settings in force; the environment wins over the file.

    The file is *config*, or what `HOMEROOM_CONFIG` names, or `homeroom.toml` if it is there.
    Raises `SettingsInvalid` with every problem there is.
    """
    written, problems = _written(environ, config)
    known = [given for given in written if CATALOGUE.find(given.path)]
    problems += [_unknown(given) for given in written if _is_stray(given)]
    values = {}
    for given in known:
        try:
            values[given.path] = _value(given)
        except Expected as error:
            problems.append(Problem(label(given), _refused(given, error)))
    problems += _uninstalled(given for given in known if given.path in values)
    refused = {given.path for given in known} - values.keys()
    problems += [*address_problems(values, refused), *_carrierless(values, refused)]
    problems += settings_problems(values, refused)
    if problems:
        raise SettingsInvalid(problems)
    settings: Settings = read(_nested(written), Settings)
    return attrs.evolve(settings, origins={".".join(it.path): it.source for it in known})


def _written(environ: Mapping[str, str], config: Path | None) -> tuple[list[Given], list[Problem]]:
    """One value per path: the environment's if there is one."""
    file = _config_file(environ, config)
    in_file, problems = from_file(file) if file else ([], [])
    in_variables = list(from_environment(environ, CATALOGUE.is_secret))
    by_path = {given.path: given for given in in_file}
    by_path |= {given.path: given for given in in_variables if not _is_empty(given)}
    return list(by_path.values()), [*problems, *_twice(in_variables)]


def _config_file(environ: Mapping[str, str], config: Path | None) -> Path | None:
    if config is not None:
        return config
    if named := environ.get("HOMEROOM_CONFIG"):
        return Path(named)
    return beside if (beside := Path("homeroom.toml")).exists() else None


def _is_empty(given: Given) -> bool:
    """Compose files pass on unset variables as empty ones: for a key, that means none."""
    entry = CATALOGUE.find(given.path)
    return entry is not None and entry.optional and given.raw == ""


def _is_stray(given: Given) -> bool:
    is_empty_table = isinstance(given.raw, Mapping) and CATALOGUE.is_section(given.path)
    return not is_empty_table and CATALOGUE.find(given.path) is None


def _unknown(given: Given) -> Problem:
    if CATALOGUE.is_section(given.path):
        inside = f"[{'.'.join(given.path)}] in TOML or {variable(given.path)}__… as a variable"
        return Problem(label(given), f"is a section, not a value. Write its settings: {inside}.")
    close = CATALOGUE.closest(given.path)
    if close is None:
        return Problem(label(given), "is no setting. Remove it; docs/guides/settings.md has all.")
    meant = f"{variable(close)} ({'.'.join(close)})"
    return Problem(label(given), f"is no setting. Did you mean {meant}?")


def _twice(in_variables: Sequence[Given]) -> Iterator[Problem]:
    first: dict[catalogue.Path, str] = {}
    for given in in_variables:
        name = first.setdefault(given.path, given.written) if given.raw else given.written
        if name != given.written:
            yield Problem(label(given), f"says the same as {name}. Write only one of them.")


def _uninstalled(known: Iterable[Given]) -> Iterator[Problem]:
    """Adapters that were chosen and that no package brings. Opening one looks for itself."""
    named = [(given, entry) for given in known if (entry := _entry(given)).port]
    chosen = [(given, entry) for given, entry in named if given.raw != entry.field.default]
    installed = installed_for({entry.port for _, entry in chosen}) if chosen else {}
    for given, entry in chosen:
        names = sorted({*installed[entry.port], str(entry.field.default)})
        if given.raw not in names:
            yield Problem(label(given), absent(scrub(str(given.raw))[:60], names))


def _carrierless(
    values: Mapping[catalogue.Path, object], refused: Collection[catalogue.Path]
) -> Iterator[Problem]:
    """Jobs that no worker of ours may take and that nobody brings to others would never run."""
    offer, carrier = ("jobs", "only_offer"), ("jobs", "carrier")
    none = JobsSettings().carrier
    if values.get(offer) and values.get(carrier, none) == none and carrier not in refused:
        how = f"Set {variable(carrier)} ({'.'.join(carrier)})"
        yield Problem(
            f"{variable(offer)} ({'.'.join(offer)})",
            f"needs a carrier that brings these jobs to other programs. {how}.",
        )


def _value(given: Given) -> Any:
    """The typed value, held to its rule. Raises `Expected`."""
    if isinstance(given.raw, Expected):
        raise given.raw
    entry = _entry(given)
    value = read(given.raw, entry.field.type)
    if entry.field.validator is not None:
        entry.field.validator(None, entry.field, value)
    if ANY_NAME in entry.path:
        rules.queue_names(None, None, {given.path[entry.path.index(ANY_NAME)]: None})
    return value


def _refused(given: Given, error: Expected) -> str:
    # Who mixes up two variables writes an address with its password where a name belongs.
    shown = "this value" if _entry(given).secret else scrub(repr(given.raw))[:60]
    return f"{shown} will not do; {error}."


def _entry(given: Given) -> Entry:
    entry = CATALOGUE.find(given.path)
    assert entry is not None, "only known paths come here"  # noqa: S101
    return entry


def _nested(written: Sequence[Given]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for given in written:
        table = tree
        for step in given.path[:-1]:
            table = table.setdefault(step, {})
        table[given.path[-1]] = given.raw
    return tree


def explain(settings: Settings) -> list[Explained]:
    """Every setting's value and where it comes from. Secrets only say that they are set."""
    rows = []
    for entry in CATALOGUE.entries:
        for path, value in _found(settings, entry.path):
            name = ".".join(path)
            rows.append(Explained(name, shown(value), settings.origins.get(name, "default")))
    return rows


def _found(
    value: Any, pattern: catalogue.Path, path: catalogue.Path = ()
) -> Iterator[tuple[catalogue.Path, Any]]:
    if not pattern:
        yield path, value
    elif pattern[0] == ANY_NAME:
        for name, inner in value.items():
            yield from _found(inner, pattern[1:], (*path, name))
    else:
        yield from _found(getattr(value, pattern[0]), pattern[1:], (*path, pattern[0]))


def shown(value: object) -> str:
    """*value* as an operator would write it in a variable."""
    match value:
        case Secret():
            return "(set)" if value else ""
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)
