"""`cloudgen render`."""

import json
import os
import stat

import pytest

from cloudgen.generate import render
from cloudgen.load import load
from cloudgen.review.unpack import unpack
from cloudgen.source import parse

from .conftest import CANARY  # type: ignore[import-not-found]  # noqa: TID252
