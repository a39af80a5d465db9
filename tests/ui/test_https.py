"""A certificate for the classroom, and the invitation to it."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509

from rn18demo.ui.https import (
    announcement,
    certificate_for,
    host_and_names,
    in_address,
    invitation,
    lan_address,
)

NAMES = ["192.168.7.5", "localhost", "127.0.0.1"]


def test_a_server_speaks_tls_with_it(tmp_path: Path) -> None:
    made = certificate_for(NAMES, tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with server.wrap_socket(ours, server_side=True) as stream:
            stream.sendall(b"hello")

    thread = threading.Thread(target=answer)
    thread.start()
    with client.wrap_socket(theirs) as stream:
        assert stream.recv(5) == b"hello"
        found = x509.load_der_x509_certificate(stream.getpeercert(binary_form=True) or b"")
    thread.join()
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost"}
    listed = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert listed == {"192.168.7.5", "127.0.0.1"}


def test_it_is_kept(tmp_path: Path) -> None:
    first = certificate_for(NAMES, tmp_path).certificate.read_bytes()
    assert certificate_for(NAMES, tmp_path).certificate.read_bytes() == first


@pytest.mark.parametrize("part", ["certificate.pem", "key.pem"])
def test_a_lost_part_is_made_again(tmp_path: Path, part: str) -> None:
    certificate_for(NAMES, tmp_path)
    (tmp_path / part).unlink()
    made = certificate_for(NAMES, tmp_path)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)


def test_other_names_and_damage_make_a_new_one(tmp_path: Path) -> None:
    first = certificate_for(NAMES, tmp_path).certificate.read_bytes()
    second = certificate_for(["10.0.0.3"], tmp_path).certificate.read_bytes()
    assert second != first
    (tmp_path / "certificate.pem").write_text("damaged")
    third = certificate_for(["10.0.0.3"], tmp_path)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(third.certificate, third.key)


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert certificate_for(NAMES, tmp_path).key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("host", "listen", "first"),
    [
        (None, "0.0.0.0", lan_address()),
        ("0.0.0.0", "0.0.0.0", lan_address()),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("lab.example", "lab.example", "lab.example"),
        ("::", "::", lan_address()),
        ("fd00::5", "fd00::5", "fd00::5"),
    ],
)
def test_where_to_listen(host: str | None, listen: str, first: str) -> None:
    where, names = host_and_names(host)
    assert (where, names[0]) == (listen, first)
    assert "localhost" in names and len(set(names)) == len(names)


def test_the_invitation_names_the_address() -> None:
    text = invitation("https://192.168.7.5:7860")
    assert "https://192.168.7.5:7860" in text
    assert (
        sum(line.count("█") + line.count("▀") + line.count("▄") for line in text.splitlines()) > 50
    )


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "::1"])
def test_nobody_is_invited_where_there_is_no_network(name: str) -> None:
    text = announcement(name, 7860)
    assert f"https://{in_address(name)}:7860" in text and "--host" in text
    assert "Visitors open" not in text and "█" not in text


def test_an_address_of_six_has_brackets() -> None:
    assert "Visitors open https://[fd00::5]:7860" in announcement("fd00::5", 7860)
    assert "Visitors open https://10.1.2.3:7860" in announcement("10.1.2.3", 7860)
