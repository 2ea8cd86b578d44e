"""Against servers that say nothing, or show the wrong certificate. With a real one: `tests/other_servers`."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kombu import Connection
from kombu.exceptions import OperationalError

from infrastructure.brokers import bounded_amqp
from infrastructure.brokers.kinds import broker_kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT_SECONDS = 0.3


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Good for the name "localhost", signed by itself; its key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def tls_server(certificate: Path) -> Iterator[tuple[int, list[bool]]]:
    """Its port, and for each client whether the handshake came to its end; then it hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handshakes: list[bool] = []

    def serve() -> None:
        with suppress(OSError):  # it is closed
            while True:
                client, _ = listener.accept()
                with client, suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as secure:
                    secure.recv(8)  # a client that does not believe the certificate sends an alert here
                    handshakes.append(True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], handshakes
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def try_to_connect(host: str, port: int) -> NoReturn:
    """Twice on the same connection, as after an outage; no server here gets beyond the handshake."""
    url = f"amqps://user:secret@{host}:{port}//"
    with Connection(url, transport_options=dict(broker_kind(url).transport_options(url))) as connection:
        for _ in range(2):
            with pytest.raises(OperationalError) as refused:
                connection.ensure_connection(max_retries=0)
    raise refused.value


def test_it_believes_a_certificate_for_the_host_of_the_address(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_server(certificate) as (port, handshakes):
        with pytest.raises(OperationalError, match="closed"):
            try_to_connect("localhost", port)
        with pytest.raises(OperationalError, match="certificate"):
            try_to_connect("127.0.0.1", port)

    assert handshakes == [True, True]


def test_it_believes_no_certificate_of_a_stranger(certificate: Path) -> None:
    with tls_server(certificate) as (port, handshakes), pytest.raises(OperationalError, match="certificate"):
        try_to_connect("localhost", port)

    assert handshakes == []


@pytest.fixture
def connection() -> Iterator[bounded_amqp.BoundedConnection]:
    """To a server that takes it, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        bounded: Any = bounded_amqp.BoundedConnection(host, answer_timeout_seconds=SHORT_SECONDS)
        bounded.transport = bounded.Transport(host, connect_timeout=1.0)
        bounded.transport.connect()
        yield bounded
        bounded.collect()


def test_it_gives_a_silent_server_up(connection: bounded_amqp.BoundedConnection) -> None:
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        connection.drain_events()

    assert SHORT_SECONDS <= time.monotonic() - began < SHORT_SECONDS + 2
    assert not connection.connected


def test_it_keeps_to_a_bound_of_the_caller(connection: bounded_amqp.BoundedConnection) -> None:
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.05)

    assert connection.connected
