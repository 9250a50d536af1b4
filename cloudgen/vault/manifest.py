"""The manifest of what was minted: accessors and ends, never tokens. A run stands in it before its first token does."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from cloudgen.dump import Data, to_json
from cloudgen.report import Problem, Refused, Report
from cloudgen.secrets_file import API_VERSION

KIND: Final = "MintManifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """One token, known by its accessors."""

    machine: str
    issuer: str
    accessor: str
    wrapped_accessor: str = ""
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of minting. An incomplete one was killed: what it made is to be revoked. It has tokens once all are."""

    run: str
    mode: str
    accessor: str
    expires: int
    complete: bool = False
    tokens: tuple[Minted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Every run whose tokens may still matter, the oldest first; a (machine, issuer) is in one of them at most."""

    cluster: str
    server: str
    namespace: str = ""
    runs: tuple[Run, ...] = ()

    def with_run(self, run: Run) -> "Manifest":
        """The same with a run, in the place of what it was before."""
        if all(known.run != run.run for known in self.runs):
            return replace(self, runs=(*self.runs, run))
        return replace(self, runs=tuple(run if known.run == run.run else known for known in self.runs))

    def without(self, gone: Callable[[Run, Minted], bool]) -> "Manifest":
        """The same without some tokens, and without the complete runs that have none left."""
        runs = (replace(run, tokens=tuple(t for t in run.tokens if not gone(run, t))) for run in self.runs)
        return replace(self, runs=tuple(run for run in runs if run.tokens or not run.complete))

    @property
    def doubtful(self) -> frozenset[tuple[str, str]]:
        """Machines and issuers that a killed run may have delivered tokens for, or not."""
        return frozenset((t.machine, t.issuer) for run in self.runs if not run.complete for t in run.tokens)

    def found(self, machine: str, issuer: str) -> tuple[Run, Minted] | None:
        """What a machine was given last for an issuer."""
        for run in reversed(self.runs):
            for token in run.tokens:
                if (token.machine, token.issuer) == (machine, issuer):
                    return run, token
        return None


def to_text(manifest: Manifest) -> str:
    """As it is written."""
    runs: list[Data] = [
        {
            "run": run.run,
            "mode": run.mode,
            "complete": run.complete,
            "accessor": run.accessor,
            "expires": run.expires,
            "tokens": [_token(token) for token in run.tokens],
        }
        for run in manifest.runs
    ]
    head = {"apiVersion": API_VERSION, "kind": KIND, "cluster": manifest.cluster, "server": manifest.server}
    return to_json({**head, "namespace": manifest.namespace, "runs": runs})


def _token(token: Minted) -> Data:
    return {
        "machine": token.machine,
        "issuer": token.issuer,
        "accessor": token.accessor,
        "wrappedAccessor": token.wrapped_accessor,
        "expires": token.expires,
    }


def from_text(text: str, name: str) -> Manifest:
    """The manifest in a text. Raises `Refused`."""
    try:
        data = json.loads(text)
        if (data["apiVersion"], data["kind"]) == (API_VERSION, KIND):
            head = {key: _text(data[key]) for key in ("cluster", "server", "namespace")}
            return Manifest(**head, runs=tuple(map(_run, data["runs"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    remedy = "name the file that cloudgen vault mint wrote beside the secrets, or move it away"
    raise Refused(Report((Problem(f"{name} is no manifest of minted tokens", remedy=remedy),)))


def _run(data: Any) -> Run:
    return Run(
        run=_text(data["run"]),
        mode=_text(data["mode"]),
        accessor=_text(data["accessor"]),
        expires=_number(data["expires"]),
        complete=data["complete"] is True,
        tokens=tuple(
            Minted(
                machine=_text(token["machine"]),
                issuer=_text(token["issuer"]),
                accessor=_text(token["accessor"]),
                wrapped_accessor=_text(token["wrappedAccessor"]),
                expires=_number(token["expires"]),
            )
            for token in data["tokens"]
        ),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def tokens_of(runs: Iterable[Run]) -> tuple[tuple[Run, Minted], ...]:
    """Every token with its run."""
    return tuple((run, token) for run in runs for token in run.tokens)
