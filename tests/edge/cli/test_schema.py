"""`cloudgen schema`."""

import json

from cloudgen.schema import schema_text


def test_it_is_printed_or_written(run, tmp_path):
    """The same text on stdout and in a file."""
    path = tmp_path / "cluster.schema.json"
    assert run("schema").stdout == schema_text()
    assert run("schema", "--out", path).exit_code == 0
    assert json.loads(path.read_text()) == json.loads(schema_text())
