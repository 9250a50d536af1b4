"""What the spec may say about certificates."""

from pydantic import Field

from cloudgen.model import Address, Domain, Duration, Line, Settings, Whole


class CertificateSettings(Settings):
    """What differs for one certificate."""

    ttl: Duration | None = None
    """Lifetime of this certificate."""
    renew_before: Duration | None = None
    """Renewal, this long before the end."""
    key_size: Whole | None = None
    """RSA key size in bits: 2048, 3072 or 4096."""
    hostnames: tuple[Domain, ...] = ()
    """Further DNS names."""
    addresses: tuple[Address, ...] = ()
    """Further addresses."""


class Subject(Settings):
    """Parts of every leaf's subject beside its name and organisation, which Kubernetes reads."""

    country: Line = ""
    """C."""
    province: Line = ""
    """ST."""
    locality: Line = ""
    """L."""
    organizational_unit: Line = ""
    """OU."""


class PkiSettings(Settings):
    """Certificates: lifetimes, keys, names."""

    ttl: Duration = "720h"
    """Lifetime of a leaf certificate; days (30d) and Go's units are understood."""
    renew_before: Duration = "240h"
    """key-keeper orders a new certificate this long before the old one ends."""
    key_size: Whole = 2048
    """RSA key size in bits: 2048, 3072 or 4096. Thirteen keys of 4096 take a busy master minutes."""
    subject: Subject = Subject()
    """Further parts of every leaf's subject."""
    nic_pattern: Line | None = None
    """Anchored Go regular expression of the network interfaces whose IPv4 addresses go into the certificates of a
    machine without `address`; by default the provider's."""
    api_lookup: bool = False
    """Also put the addresses into the API server's certificate that the API's name resolves to. key-keeper then orders
    nothing while the name does not resolve."""
    certificates: dict[str, CertificateSettings] = Field(default_factory=dict)
    """What differs for single certificates, by name, such as kube-apiserver."""
