"""The processes of the service itself."""

import sys
from collections.abc import Mapping

from cli.child_spec import ChildSpec, HttpAnswers, LogSays, Readiness
from cli.environment import Endpoints, StackSecrets, service_environment
from cli.home import BACKEND, Home
from cli.ports import HOST

STOP_ORDER = ("web", "beat", "relay", "worker", "sandbox_bank", "valkey", "postgres")


class ServiceChildren:
    def __init__(
        self, *, home: Home, endpoints: Endpoints, stack_secrets: StackSecrets, environ: Mapping[str, str]
    ) -> None:
        self._home = home
        self._endpoints = endpoints
        self._secrets = stack_secrets
        self._environ = environ

    def sandbox_bank(self) -> ChildSpec:
        port = self._endpoints.bank_port
        address = ("--host", HOST, "--port", str(port))
        database = ("--database", str(self._home.root / "bank.sqlite3"))
        command = ("-m", "sandbox_bank", *address, *database)
        return self._spec("sandbox_bank", command, HttpAnswers(port, "/health"), stop_timeout_seconds=5)

    def django(self) -> tuple[ChildSpec, ...]:
        return (self._web(), self._worker(), self._relay(), self._beat())

    def _web(self) -> ChildSpec:
        port = self._endpoints.port
        configuration = ("--config", str(BACKEND / "config" / "gunicorn.conf.py"), "--bind", f"{HOST}:{port}")
        command = ("-m", "gunicorn", *configuration, "config.wsgi:application")
        return self._spec("web", command, HttpAnswers(port, "/health/ready/"), stop_timeout_seconds=15)

    def _worker(self) -> ChildSpec:
        concurrency = self._environ.get("WORKER_CONCURRENCY") or "2"
        alone = ("--concurrency", concurrency, "--without-gossip", "--without-mingle")
        command = ("-m", "celery", "-A", "config", "--quiet", "worker", "--loglevel", "INFO", *alone)
        return self._spec("worker", command, LogSays("ready."), stop_timeout_seconds=20)

    def _relay(self) -> ChildSpec:
        return self._spec("relay", ("manage.py", "relay"), LogSays("relay_ready"), stop_timeout_seconds=10)

    def _beat(self) -> ChildSpec:
        schedule = ("--schedule", str(self._home.root / "celerybeat-schedule"))
        command = ("-m", "celery", "-A", "config", "--quiet", "beat", "--loglevel", "INFO", *schedule)
        return self._spec("beat", command, LogSays("beat_ready"), stop_timeout_seconds=5)

    def _spec(
        self, name: str, arguments: tuple[str, ...], ready: Readiness, *, stop_timeout_seconds: float
    ) -> ChildSpec:
        return ChildSpec(
            name=name,
            command=(sys.executable, *arguments),
            directory=BACKEND,
            environment=self.environment(role=name),
            ready=ready,
            stop_timeout_seconds=stop_timeout_seconds,
        )

    def environment(self, *, role: str) -> dict[str, str]:
        return service_environment(
            home=self._home,
            endpoints=self._endpoints,
            stack_secrets=self._secrets,
            role=role,
            environ=self._environ,
        )
