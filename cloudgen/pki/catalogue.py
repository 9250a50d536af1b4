"""The catalogue of one machine: what the rows mean once names, addresses and paths are known."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What is known of a machine when its catalogue is built; the rows' format strings speak of it."""

    cluster: str
    prefix: str
    """Vault path that every mount of the cluster lies below."""
    admin: bool
    """Whether the administrator's certificate is ordered on this machine."""
    machine: str
    node: str
    fqdn: str
    address: str | None
    api: str
    api_addresses: tuple[str, ...]
    service: str
    dns_domain: str
    nic_pattern: str

    @property
    def token_roles(self) -> str:
        """What the names of the cluster's token roles begin with: whatever is mounted where, a server has one list.

        A label holds neither dot nor underscore; so no two clusters share one, even if they have one name.
        """
        usual = self.prefix == f"clusters/{self.cluster}"
        return self.cluster if usual else f"{self.cluster}.{hashlib.sha256(self.prefix.encode()).hexdigest()[:8]}"

    def fill(self, text: str) -> tuple[str, ...]:
        """A row's format string as names; none where the machine has no such thing."""
        if "{" not in text:
            return (text,)
        if text == "{address}":
            return (self.address,) if self.address else ()
        if text == "{api_addresses}":
            return self.api_addresses
        return (
            text.format(
                node=self.node,
                fqdn=self.fqdn,
                api=self.api,
                service=self.service,
                dns_domain=self.dns_domain,
                dns_label=self.dns_domain.partition(".")[0],
            ),
        )

    def fill_all(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Several format strings, each name once."""
        return tuple(dict.fromkeys(name for text in texts for name in self.fill(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A Vault identity of one machine: an AppRole that may use one PKI role, read one authority, or one KV secret."""

    name: str
    app_role: str
    role: str | None
    """PKI role to sign with; None for an authority and for the KV secret."""
    mount: str | None
    """PKI mount; None for the KV secret."""
    kv_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A leaf certificate of one machine."""

    name: str
    issuer: str
    authority: str
    common_name: str
    organization: tuple[str, ...]
    usages: tuple[str, ...]
    folder: str
    hostnames: tuple[str, ...]
    addresses: tuple[str, ...]
    interfaces: tuple[str, ...]
    """Patterns of interfaces whose addresses key-keeper adds; empty where the machine's address is known."""
    lookups: tuple[str, ...]
    ttl: str
    renew_before: str
    key_size: int

    @property
    def path(self) -> str:
        """The certificate's file."""
        return f"{self.folder}/{self.name}.pem"

    @property
    def key_path(self) -> str:
        """Its private key's file."""
        return f"{self.folder}/{self.name}-key.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority whose certificate the machine fetches."""

    name: str
    mount: str
    folder: str

    @property
    def path(self) -> str:
        """The authority's certificate."""
        return f"{self.folder}/{self.name}.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """The service-account key pair in Vault's KV store: one half of it."""

    secret: str
    key: str
    path: str
    staged: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything of the PKI on one machine."""

    names: Names
    token_role: str
    """Vault token role that mints this machine's bootstrap tokens: `<cluster>_<machine>`."""
    authorities: tuple[Authority, ...]
    issuers: tuple[Issuer, ...]
    certificates: tuple[Certificate, ...]
    key_pair: tuple[KeyPair, ...]

    def certificate(self, name: str) -> Certificate:
        """The leaf certificate of a name."""
        return next(c for c in self.certificates if c.name == name)

    def authority(self, name: str) -> Authority:
        """The authority of a name."""
        return next(a for a in self.authorities if a.name == name)

    def half(self, key: str) -> KeyPair:
        """The `private` or the `public` half of the service-account key pair."""
        return next(h for h in self.key_pair if h.key == key)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that key-keeper must have written before the control plane can run, sorted."""
        leaves = [path for c in self.certificates for path in (c.path, c.key_path)]
        return tuple(sorted([a.path for a in self.authorities] + leaves + [h.path for h in self.key_pair]))
