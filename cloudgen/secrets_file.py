"""The secrets file: a document to `Secrets`. Whatever is wrong is told by name and place; no value is ever quoted.

Walked by hand, because an error of a validator carries the value that it judged.
"""

import calendar
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from cloudgen.dump import to_yaml
from cloudgen.report import Problem, Refused, Report, warning
from cloudgen.secrets import BOOTSTRAP_TOKEN, NAMED, Secret, SecretRef, Secrets
from cloudgen.source import Document, Tree, parse

API_VERSION: Final = "cloudgen/v1alpha1"
KIND: Final = "Secrets"

_HEAD: Final = {"apiVersion": API_VERSION, "kind": KIND}
_KEYS: Final = (*_HEAD, "tokens", "named")
_TOKEN_KEYS: Final = ("token", "expires", "roleId")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{8,}")
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH: Final = 1970
_NAME_REMEDY: Final = "names are DNS labels: lower-case letters, digits and '-'"
_TIME_REMEDY: Final = "write it with its offset, like 2026-11-23T12:00:00Z"


def parse_secrets(data: bytes, name: str) -> Secrets:
    """The secrets in a file's bytes. Raises `Refused`, whose problems name places but quote nothing of the file."""
    try:
        document = parse(data, name)
    except Refused as refused:
        told = Report.of(_unquoted(problem, name) for problem in refused.report)
    else:
        return to_secrets(document)
    # Outside of the handler: the parser's own words quote the file, and would hang on as the context.
    raise Refused(told)


def to_secrets(document: Document) -> Secrets:
    """The secrets of a document that was read."""
    values: dict[SecretRef, Secret] = {}
    found = [*_head(document.root), *_tokens(document.root, values), *_named(document.root, values)]
    if found:
        raise Refused(document.locate_all(Report.of(found)))
    return Secrets(values)


def written(secrets: Secrets) -> str:
    """The secrets as such a file."""
    tokens: dict[str, dict[str, dict[str, str]]] = {}
    named: dict[str, str] = {}
    for ref in sorted(secrets.values):
        text = secrets.values[ref].reveal()
        if ref.kind == BOOTSTRAP_TOKEN:
            tokens.setdefault(ref.machine, {})[ref.name] = _entry(*text.splitlines())
        else:
            named[ref.name] = text
    return to_yaml({**_HEAD, **({"tokens": tokens} if tokens else {}), **({"named": named} if named else {})})


def moment(epoch: int) -> str:
    """Seconds since 1970 as RFC 3339 writes them."""
    return f"{datetime(_EPOCH, 1, 1) + timedelta(seconds=epoch):%Y-%m-%dT%H:%M:%S}Z"  # noqa: DTZ001 - it says Z itself


def _entry(token: str, expires: str, role_id: str = "") -> dict[str, str]:
    entry = {"token": token, "expires": moment(int(expires))}
    return {**entry, "roleId": role_id} if role_id else entry


def coverage(secrets: Secrets, needed: Iterable[SecretRef], *, whole: bool = True) -> Iterator[Problem]:
    """What machines need and the file lacks; and, of a `whole` cluster, what the file holds for nobody."""
    wanted = set(needed)
    for title in _titles(wanted - set(secrets.values)):
        yield warning(f"the secrets file holds no {title}", remedy="until it does, a placeholder stands there")
    for title in _titles(set(secrets.values) - wanted) if whole else ():
        yield warning(f"the secrets file holds a {title}, which nothing of the spec uses", remedy="take it away")


def expired(secrets: Secrets, now: float) -> Iterator[Problem]:
    """Tokens that have ended already, and so will open nothing."""
    for ref in sorted(ref for ref in secrets.values if ref.kind == BOOTSTRAP_TOKEN):
        if int(secrets.values[ref].reveal().splitlines()[1]) <= now:
            yield warning(f"the {_title(ref)} has expired", remedy="mint it anew")


def _titles(refs: Iterable[SecretRef]) -> Iterator[str]:
    """Secrets in words; the many tokens of one machine are told together."""
    for (kind, machine), found in groupby(sorted(refs), lambda ref: (ref.kind, ref.machine)):
        names = list(found)
        if kind == BOOTSTRAP_TOKEN and len(names) > 1:
            yield f"token of {machine} for the issuers {', '.join(ref.name for ref in names)}"
        else:
            yield from map(_title, names)


def _title(ref: SecretRef) -> str:
    if ref.kind == BOOTSTRAP_TOKEN:
        return f"token of {ref.machine} for issuer {ref.name}"
    return f"secret named {ref.name}"


def _unquoted(problem: Problem, name: str) -> Problem:
    message = "the secrets file cannot be read here: it is no YAML mapping"
    if problem.place is None or problem.place.file != name:
        return Problem(message)
    return replace(problem, message=message, path=(), remedy="quote every secret, and write no tags or aliases")


def _head(root: Tree) -> Iterator[Problem]:
    for key, wanted in _HEAD.items():
        found = root.child(key)
        if found is None or found.value != wanted:
            yield Problem(f"{key} must be {wanted}", (key,), f"write {key}: {wanted}")
    yield from _only(root, _KEYS)


def _only(tree: Tree, keys: Iterable[str]) -> Iterator[Problem]:
    """Keys that do not belong there; they are not quoted, since a secret may have slipped into their place."""
    known = set(keys)
    for key, below in _map(tree).items():
        if key not in known:
            remedy = f"possible are {', '.join(keys)}"
            yield Problem("this key is unknown", tree.path, remedy, on_key=True, place=below.key)


def _map(tree: Tree | None) -> Mapping[str, Tree]:
    return tree.value if tree is not None and isinstance(tree.value, dict) else {}


def _no_map(tree: Tree | None) -> Iterator[Problem]:
    if tree is not None and tree.value is not None and not isinstance(tree.value, dict):
        yield Problem("a mapping is meant here, keys and values", tree.path, place=tree.place)


def _by_name(tree: Tree | None) -> Generator[Problem, None, list[tuple[str, Tree]]]:
    """Returns the entries; those whose key is no name are told and left out, for no path may quote them."""
    entries = _map(tree)
    for key, below in entries.items():
        if tree is not None and not _NAME.fullmatch(key):
            yield Problem("this is no name", tree.path, _NAME_REMEDY, on_key=True, place=below.key)
    return [(key, below) for key, below in entries.items() if _NAME.fullmatch(key)]


def _tokens(root: Tree, values: dict[SecretRef, Secret]) -> Iterator[Problem]:
    machines = root.child("tokens")
    yield from _no_map(machines)
    for machine, issuers in (yield from _by_name(machines)):
        yield from _no_map(issuers)
        for issuer, entry in (yield from _by_name(issuers)):
            yield from _no_map(entry)
            yield from _only(entry, _TOKEN_KEYS)
            text = yield from _token(entry)
            if text:
                values[SecretRef(BOOTSTRAP_TOKEN, machine, issuer)] = Secret(text)


def _token(entry: Tree) -> Generator[Problem, None, str]:
    """Yields what is wrong; returns the lines that the machine's script reads: token, end, and maybe a role-id."""
    token, expires = entry.child("token"), entry.child("expires")
    if token is None or not isinstance(token.value, str) or not _TOKEN.fullmatch(token.value):
        remedy = "write it as Vault gives it: at least 8 letters, digits and . _ -"
        yield Problem("this is no token" if token else "the token is missing", (*entry.path, "token"), remedy)
        return ""
    seconds = _epoch(expires)
    if seconds is None:
        message = "this is no point in time" if expires else "the token's end is missing"
        yield Problem(message, (*entry.path, "expires"), _TIME_REMEDY)
        return ""
    role_id = entry.child("roleId")
    if role_id is not None and not (isinstance(role_id.value, str) and _TOKEN.fullmatch(role_id.value)):
        yield Problem("this is no role-id", (*entry.path, "roleId"), "write it as Vault gives it, or take it away")
        return ""
    third = f"{role_id.value}\n" if role_id is not None else ""
    return f"{token.value}\n{seconds}\n{third}"


def _epoch(tree: Tree | None) -> int | None:
    """Seconds since 1970 of a moment as RFC 3339 writes it; the core does without the clock's own module."""
    found = _MOMENT.fullmatch(tree.value) if tree is not None and isinstance(tree.value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[n]) for n in range(1, 7))
    ahead = int(f"{found[7]}1") * (int(found[8]) * 3600 + int(found[9]) * 60) if found[7] else 0
    exists = 1 <= month <= 12 and hour < 24 and minute < 60 and second < 61  # noqa: PLR2004 - the calendar's own
    if year < _EPOCH or not exists or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return max(0, calendar.timegm((year, month, day, hour, minute, second)) - ahead)


def _named(root: Tree, values: dict[SecretRef, Secret]) -> Iterator[Problem]:
    named = root.child("named")
    yield from _no_map(named)
    for name, tree in (yield from _by_name(named)):
        if isinstance(tree.value, str) and tree.value:
            values[SecretRef(NAMED, "", name)] = Secret(tree.value)
        else:
            yield Problem("a secret is a text", tree.path, "quote it, or write it as a block after |", place=tree.place)
