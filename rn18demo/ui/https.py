"""HTTPS for a classroom: browsers lend a camera only to secure pages.

The certificate is signed by nobody whom a browser knows, so each visitor is warned once and
has to go on by hand. It encrypts all the same, and the camera then works.
"""

import datetime
import io
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

import segno
import trustme
from cryptography import x509

from rn18demo.ui.text import say

LIFETIME = datetime.timedelta(days=90)
RENEW_BEFORE = datetime.timedelta(days=2)
EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True)
class Certificate:
    """Files that `launch` takes.

    Attributes:
        certificate: PEM file with the chain.
        key: PEM file with the private key, readable for its owner alone.
    """

    certificate: Path
    key: Path


def lan_address() -> str:
    """This machine's address in its local network, or 127.0.0.1 if there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a route
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def certificate_for(names: list[str], folder: Path) -> Certificate:
    """A self-made certificate, kept so that visitors are warned once and not every day.

    Args:
        names: Host names and addresses that it is for.
        folder: Where it is kept; made if missing.
    """
    kept = Certificate(folder / "certificate.pem", folder / "key.pem")
    if not _still_good(kept, names):
        folder.mkdir(parents=True, exist_ok=True)
        leaf = trustme.CA().issue_cert(
            *names, not_after=datetime.datetime.now(datetime.UTC) + LIFETIME
        )
        kept.key.unlink(missing_ok=True)
        kept.key.touch(mode=0o600)
        kept.key.write_bytes(leaf.private_key_pem.bytes())
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        kept.certificate.write_bytes(chain)
    return kept


def _still_good(kept: Certificate, names: list[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(kept.certificate.read_bytes())
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    listed = set(held.get_values_for_type(x509.DNSName))
    listed |= {str(address) for address in held.get_values_for_type(x509.IPAddress)}
    lasts = found.not_valid_after_utc - RENEW_BEFORE > datetime.datetime.now(datetime.UTC)
    return lasts and kept.key.is_file() and set(names) <= listed


def host_and_names(host: str | None) -> tuple[str, list[str]]:
    """Where to listen, and what the certificate is for; the first name goes into the address.

    Args:
        host: As on the command line; None listens on every address of this machine.
    """
    address = None if host is None else ipaddress_or_none(host)
    if host is None or (address is not None and address.is_unspecified):
        return host or EVERYWHERE, list(dict.fromkeys([lan_address(), "localhost", "127.0.0.1"]))
    return host, list(dict.fromkeys([host, "localhost", "127.0.0.1"]))


def in_address(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if isinstance(ipaddress_or_none(host), ipaddress.IPv6Address) else host


def ipaddress_or_none(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is, if it is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def announcement(name: str, port: int) -> str:
    """What the terminal says once the page is up.

    Args:
        name: First name of the certificate.
        port: Where the page is served.
    """
    url = f"https://{in_address(name)}:{port}"
    address = ipaddress_or_none(name)
    if name == "localhost" or (address is not None and address.is_loopback):
        return say("https_alone", url=url)
    return invitation(url)


def invitation(url: str) -> str:
    """The address and a QR code of it, as lines for a terminal."""
    drawn = io.StringIO()
    segno.make(url, error="m").terminal(drawn, compact=True, border=2)
    return (
        f"{drawn.getvalue()}\nVisitors open {url}\n"
        "Their browsers warn once, because this machine signed the certificate itself: "
        "they choose “Advanced” and go on."
    )
