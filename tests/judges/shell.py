"""shellcheck over every shell script of a file tree, or of the package itself."""

from pathlib import Path

from tests.judging import judge, verdict

SHEBANGS = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"#!/usr/bin/env sh")


def scripts(root: Path) -> list[Path]:
    """The shell scripts below a folder: by their first line, or by their suffix."""
    files = (f for f in sorted(root.rglob("*")) if f.is_file())
    return [f for f in files if f.suffix == ".sh" or f.read_bytes().startswith(SHEBANGS)]


def script_problems(root: Path) -> list[str]:
    """What shellcheck says to the scripts below a folder; a tree without any was not judged."""
    found = scripts(root)
    if not found:
        return ["no shell script: nothing was judged"]
    shellcheck = [judge("shellcheck"), "--external-sources", "--format=gcc"]
    return [p.replace(f"{root}/", "") for p in verdict([*shellcheck, *found])]
