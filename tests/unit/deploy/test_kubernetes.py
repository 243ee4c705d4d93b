"""The Kubernetes manifests fit each other, the settings, and what one database can carry."""

import itertools
import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from homeroom_entrypoints.composition.settings import CATALOGUE, Settings, load_settings
from homeroom_entrypoints.worker.settings import WorkerSettings

DEPLOY = Path(__file__).parents[3] / "entrypoints" / "deploy"
FILES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
WRITTEN = [
    one
    for path in FILES
    for one in yaml.safe_load_all(path.read_text())
    if one["kind"] != "Kustomization"
]
KINDS = {(one["kind"], one["metadata"]["name"]): one for one in WRITTEN}
CONFIG = KINDS["ConfigMap", "homeroom"]["data"]
SECRETS = KINDS["Secret", "homeroom"]["stringData"]
PODS = {
    name: one["spec"]["template"]["spec"]
    for (kind, name), one in KINDS.items()
    if kind in {"Deployment", "Job"}
}
LAST_WORDS = 10.0
"""Seconds beyond the grace in which a process releases what is left, and closes."""

POSTGRES_CONNECTIONS = 97
"""What PostgreSQL leaves to us of its 100, if nobody configured it."""


def secret(variable: str) -> bool:
    """Whether *variable* sets something secret."""
    path = tuple(variable.removeprefix("HOMEROOM_").lower().split("__"))
    entry = CATALOGUE.find(path)
    return entry is None or entry.secret


def test_the_settings_hold_together_with_the_secrets() -> None:
    settings = load_settings({**CONFIG, **SECRETS})
    assert settings.worker.metrics_port == 9100
    assert settings.sealing.keys, "pods share no file: a key of each one's own would open nothing"
    assert settings.signing.keys, "nor would what one of them signed be believed by another"


def test_what_is_secret_is_in_the_secret_alone() -> None:
    assert [name for name in CONFIG if secret(name)] == []
    assert [name for name in SECRETS if not secret(name)] == []


@pytest.mark.parametrize("name", PODS)
class TestAPod:
    def test_runs_without_rights(self, name: str) -> None:
        (container,) = PODS[name]["containers"]
        (user,) = re.findall(r"^USER (\d+):", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
        assert PODS[name]["securityContext"]["runAsNonRoot"] is True
        assert PODS[name]["securityContext"]["runAsUser"] == int(user)
        assert PODS[name]["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }

    def test_is_given_the_settings_and_the_secrets(self, name: str) -> None:
        (container,) = PODS[name]["containers"]
        assert container["envFrom"] == [
            {"configMapRef": {"name": "homeroom"}},
            {"secretRef": {"name": "homeroom"}},
        ]

    def test_may_write_where_its_data_goes(self, name: str) -> None:
        (container,) = PODS[name]["containers"]
        (directory,) = re.findall(r"HOMEROOM_DATA_DIR=(\S+)", (DEPLOY / "Dockerfile").read_text())
        assert directory in {mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("name", ["homeroom-web", "homeroom-worker"])
class TestADeployment:
    def test_may_finish_when_it_is_stopped(self, name: str) -> None:
        first = PODS[name]["containers"][0].get("lifecycle")
        wait = float(first["preStop"]["exec"]["command"][1]) if first else 0.0
        grace = float(CONFIG["HOMEROOM_JOBS__GRACE_SECONDS"])
        longest = max(grace, Settings().jobs.grace_seconds, WorkerSettings().grace)
        assert PODS[name]["terminationGracePeriodSeconds"] >= wait + longest + LAST_WORDS

    def test_is_found_by_what_belongs_to_it(self, name: str) -> None:
        deployment = KINDS["Deployment", name]["spec"]
        labels = deployment["template"]["metadata"]["labels"]
        target = KINDS["HorizontalPodAutoscaler", name]["spec"]["scaleTargetRef"]
        budget = KINDS["PodDisruptionBudget", name]["spec"]
        assert deployment["selector"]["matchLabels"] == labels
        assert budget["selector"]["matchLabels"] == labels
        assert (target["kind"], target["name"]) == ("Deployment", name)

    def test_is_left_to_its_autoscaler(self, name: str) -> None:
        scaler = KINDS["HorizontalPodAutoscaler", name]["spec"]
        budget = KINDS["PodDisruptionBudget", name]["spec"]
        assert "replicas" not in KINDS["Deployment", name]["spec"]
        assert scaler["minReplicas"] > budget["maxUnavailable"]
        assert scaler["metrics"][0]["resource"]["name"] == "cpu"
        assert PODS[name]["containers"][0]["resources"]["requests"]["cpu"]

    def test_is_asked_at_the_port_it_listens_on(self, name: str) -> None:
        (container,) = PODS[name]["containers"]
        (port,) = container["ports"]
        notes = KINDS["Deployment", name]["spec"]["template"]["metadata"]["annotations"]
        settings = load_settings({**CONFIG, **SECRETS})
        listens = {"web": settings.web.port, "worker": settings.worker.metrics_port}
        probed = {container[kind]["httpGet"]["port"] for kind in container if "Probe" in kind}
        assert listens[container["args"][0]] == port["containerPort"]
        assert notes["prometheus.io/port"] == str(port["containerPort"])
        assert probed == {port["name"]}


def test_callers_reach_the_web_service_and_not_its_numbers() -> None:
    service = KINDS["Service", "homeroom-web"]["spec"]
    web = KINDS["Deployment", "homeroom-web"]["spec"]["template"]
    (rule,) = KINDS["Ingress", "homeroom"]["spec"]["rules"]
    paths = rule["http"]["paths"]
    assert service["selector"] == web["metadata"]["labels"]
    assert service["ports"][0]["targetPort"] == web["spec"]["containers"][0]["ports"][0]["name"]
    assert {it["backend"]["service"]["name"] for it in paths} == {"homeroom-web"}
    assert {it["path"] for it in paths} == {"/api", "/docs", "/health"}


def test_all_that_may_run_at_once_fits_the_databases_connections() -> None:
    scalers = [one for (kind, _), one in KINDS.items() if kind == "HorizontalPodAutoscaler"]
    most = sum(one["spec"]["maxReplicas"] for one in scalers)
    each = int(CONFIG["HOMEROOM_STORAGE__POOL_SIZE"]) + 2  # to hear news, and to renew leases
    assert most * each + 2 <= POSTGRES_CONNECTIONS


def test_every_file_but_the_example_is_applied() -> None:
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    left = {path.name for path in FILES} - set(kustomization["resources"])
    assert left == {"kustomization.yaml", "secret.example.yaml"}
    images = {pod["containers"][0]["image"] for pod in PODS.values()}
    assert images == {image["name"] for image in kustomization["images"]}


def test_names_are_given_once() -> None:
    names = sorted((one["kind"], one["metadata"]["name"]) for one in WRITTEN)
    assert [one for one, again in itertools.pairwise(names) if one == again] == []
