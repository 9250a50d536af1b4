"""What has become of what was minted: judged from accessors, secret-ids and the clock together, for each grows old."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cloudgen.report import Problem, info, warning
from cloudgen.vault.layout import Layout
from cloudgen.vault.manifest import Manifest, Minted, Run
from cloudgen.vault.minting import SHARED
from cloudgen.vault.policies import WRAPPED_SECRET_ID, WRAPPED_TOKEN

_EVENT: Final = "if its machine did not do that: revoke it, mint anew, and read Vault's audit log"
_WHOLE: Final = 2
"""Uses of a token that nobody has begun to use."""
_ANEW: Final = "mint it anew"


class State(StrEnum):
    """Of one machine as one issuer."""

    UNUSED = "unused"
    USED = "used"
    EXPIRED = "expired"
    OPENED = "opened"
    """Unwrapped, but not exchanged for a secret-id."""
    LOST = "lost"
    """Gone before its end, and no secret-id came of it."""
    DEAD = "dead"
    """Still wrapped, but what is inside was revoked."""
    CROWDED = "crowded"
    """More secret-ids than one."""
    ABSENT = "absent"
    """Never minted, or revoked."""


_WORDS: Final = {
    State.EXPIRED: ("the token expired before it was used", _ANEW),
    State.OPENED: ("the token was opened, but no secret-id was made with it", _EVENT),
    State.LOST: ("the token is gone before its end, and no secret-id came of it", _EVENT),
    State.DEAD: ("what is wrapped was revoked", _ANEW),
    State.CROWDED: ("", "revoke it, and mint anew"),
    State.ABSENT: ("nothing is minted", _ANEW),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Vault tells of one machine as one issuer."""

    machine: str
    issuer: str
    mode: str
    minted: Minted | None
    outer: bool = False
    """Whether the accessor is alive: the wrapping's, or a bare token's."""
    uses_left: int = 0
    """Of the token inside, or of the bare token; 0 is a dead one."""
    secret_ids: int = 0


def judge(seen: Seen, now: float) -> State:
    """The state. A token that was used and one that expired look the same: secret-ids and the clock tell them apart."""
    if seen.mode == WRAPPED_SECRET_ID and seen.minted:
        return _wrapped_secret_id(seen, seen.minted, now)
    if seen.secret_ids:
        pending = seen.outer and seen.mode != SHARED
        return State.CROWDED if seen.secret_ids > 1 or pending else State.USED
    if not seen.minted:
        return State.ABSENT
    if seen.outer:
        return _alive(seen)
    over = now >= seen.minted.expires
    if seen.uses_left and not (over and seen.uses_left == _WHOLE):
        return State.OPENED
    # What was wrapped outlives its wrapping: untouched, it is as if nobody had opened it.
    return State.EXPIRED if over else State.LOST


def _alive(seen: Seen) -> State:
    if seen.mode == WRAPPED_TOKEN:
        return State.UNUSED if seen.uses_left else State.DEAD
    whole = seen.mode == SHARED or seen.uses_left == _WHOLE
    return State.UNUSED if whole else State.OPENED


def _wrapped_secret_id(seen: Seen, minted: Minted, now: float) -> State:
    """Here the secret-id is made before it is delivered; whether it was ever used Vault does not tell."""
    if not seen.secret_ids:
        return State.DEAD if seen.outer else State.ABSENT
    if seen.secret_ids > 1:
        return State.CROWDED
    if seen.outer:
        return State.UNUSED
    return State.USED if now < minted.expires else State.EXPIRED


def complaint(seen: Seen, state: State) -> Problem | None:
    """What is not as it should be."""
    words = _WORDS.get(state)
    if words is None:
        return None
    said, remedy = words
    if state is State.CROWDED:
        said = _crowd(seen)
    elif state is State.EXPIRED and seen.secret_ids:
        said, remedy = (
            "the wrapping is over; whether it was opened in time, this mode cannot tell",
            "look at the machine",
        )
    return warning(f"{seen.machine} as {seen.issuer}: {said}", remedy=remedy)


def cut_off(manifest: Manifest) -> Iterator[Problem]:
    """Runs that were killed."""
    for run in manifest.runs:
        if not run.complete:
            yield warning(f"run {run.run} was cut off", remedy="the next mint or revoke with this manifest ends it")


def ended(run: Run) -> str:
    """What has become of a run that was killed. Where it had begun to deliver, what was before it has ended as well."""
    more = ", and so is what it was to replace" if run.tokens and run.mode != WRAPPED_SECRET_ID else ""
    return f"run {run.run} had been cut off; what it minted is revoked{more}"


def stranger(wanted: Layout, machine: str, issuer: str) -> str:
    """How a machine, or what it was, is called that the spec does not name any more; nothing for others."""
    issuers = {role.issuer for role in wanted.app_roles if role.machine == machine}
    if not issuers:
        return machine
    return "" if issuer in {*issuers, SHARED} else f"{machine} as {issuer}"


def left_behind(strangers: Sequence[str]) -> Iterator[Problem]:
    """Those whose tokens are revoked."""
    if strangers:
        message = f"{', '.join(strangers)}: not in the spec; whatever secret-ids there are live on"
        yield info(message, remedy="cloudgen vault apply --prune ends them")


def waiting(strangers: Sequence[str]) -> Iterator[Problem]:
    """Those whose tokens can still be used."""
    for name in strangers:
        yield warning(f"{name}: not in the spec, but tokens wait for it", remedy="cloudgen vault revoke ends them")


def summed_up(complaints: Sequence[Problem], *, manifested: bool) -> Iterator[Problem]:
    """Complaints, equal ones of several identities as one; the table beside them names each."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in complaints:
        alike.setdefault((problem.message.partition(": ")[2], problem.remedy), []).append(problem)
    for (said, remedy), problems in alike.items():
        who = problems[0].message.partition(": ")[0] if len(problems) == 1 else f"{len(problems)} identities"
        if said == _WORDS[State.ABSENT][0] and not manifested:
            yield warning(f"{who}: no secret-id; whether a token waits, only the manifest tells", remedy=_MANIFEST)
        else:
            yield warning(f"{who}: {said}", remedy=remedy)


_MANIFEST: Final = "give --manifest and the file that mint wrote beside the secrets"


def _crowd(seen: Seen) -> str:
    if seen.secret_ids == 1:
        return "a secret-id is there although the token was not used"
    return f"{seen.secret_ids} secret-ids instead of one: somebody else may have one, or an old machine was left over"
