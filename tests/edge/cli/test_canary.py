"""A planted token appears in user-data and nowhere else, whatever goes wrong."""

import json

import pytest
import yaml

CASES = {
    "good": (None, "{secrets}"),
    "syntax": (None, "{secrets}\n  bad: [{canary}"),
    "token under a wrong key": (None, "{head}tokens: {{master-0: {{etcd-ca: {{tokn: {canary}}}}}}}\n"),
    "token as a key": (None, "{head}tokens: {{master-0: {{{canary}: {{expires: 1}}}}}}\n"),
    "token as a machine": (None, "{head}tokens: {{{canary}: {{}}}}\n"),
    "token without braces": (None, "{head}tokens: {{master-0: {canary}}}\n"),
    "token of wrong characters": (None, "{head}tokens: {{m: {{i: {{token: 'two {canary}', expires: 1}}}}}}\n"),
    "token as an alias": (None, "{head}named: {{a: *{canary}}}\n"),
    "token as a tag": (None, "{head}named: {{a: !{canary} x}}\n"),
    "token as the kind": (None, "apiVersion: {canary}\nkind: {canary}\n"),
    "token twice": (None, "{head}named: {{{canary}: 1, {canary}: 2}}\n"),
    "token as end": (None, "{head}tokens: {{m: {{i: {{token: {canary}, expires: {canary}}}}}}}\n"),
    "named as a list": (None, "{head}named: {{a: [{canary}]}}\n"),
    "a bare token": (None, "{canary}"),
    "no utf-8": (None, "{head}named: {{a: {canary}\udcff}}\n"),
    "bad spec": ("kubelt: {}\n", "{secrets}"),
    "file that clashes": ("files: [{path: /var/lib/cloudgen/tokens/etcd-ca, content: x}]\n", "{secrets}"),
    "file of a named secret": (
        "files: [{path: /x, contentFrom: {secret: it}, mode: '0644'}]\n",
        "{secrets}named: {{it: {canary}}}\n",
    ),
}
HEAD = "apiVersion: cloudgen/v1alpha1\nkind: Secrets\n"
COMMANDS = [["--out", "build"], ["--out", "build", "--json"], ["--out", "build", "--seed", "nocloud-iso"]]
COMMANDS += [["--out", "build", "--strict", "--color", "always"]]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("planted", ["hvs.CANARY-5c1e0b7d", "CANARY5c1e0b7d"], ids=["token", "word"])
def test_no_output_shows_it(spec, secrets, run, name, planted):
    """Neither stdout nor stderr of any render holds it, in whatever way its file or the spec is wrong."""
    more, text = CASES[name]
    spec.write_text(spec.read_text() + (more or ""))
    whole = secrets.read_text().replace("hvs.CANARY-5c1e0b7d", planted)
    filled = text.format(secrets=whole, canary=planted, head=HEAD)
    secrets.write_bytes(filled.encode("utf-8", "surrogateescape"))
    for arguments in COMMANDS:
        result = run("render", spec.name, *arguments, "--secrets", secrets, env={"CLOUDGEN_DEBUG": "1"})
        assert result.exit_code in {0, 1, 2}
        assert "CANARY" not in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["unpack"], ["unpack", "--json"]], ids=" ".join)
def test_a_file_of_secrets_in_the_wrong_place_is_not_shown(secrets, run, arguments):
    """Given as a spec or as user-data, it is refused without a word of it."""
    result = run(*arguments, secrets)
    assert result.exit_code == 2
    assert "CANARY" not in result.stdout + result.stderr


def test_user_data_with_secrets_lists_without_them(spec, secrets, run):
    """The listing of what boots names the files of tokens, and does not open them."""
    made = run("render", spec.name, "--out", "-", "--machine", "master-0", "--secrets", secrets)
    for arguments in (["unpack", "-"], ["unpack", "-", "--json"], ["unpack", "-", "--out", "review"]):
        result = run(*arguments, input=made.stdout_bytes)
        assert result.exit_code == 0
        assert "CANARY" not in result.stdout + result.stderr


def test_user_data_itself_does_hold_it(spec, secrets, run):
    """Else these tests would prove nothing."""
    spec.write_text(f"{spec.read_text()}packing: plain\n")
    made = run("render", spec.name, "--out", "-", "--machine", "master-0", "--secrets", secrets)
    assert "CANARY" in made.stdout
    assert "CANARY" in json.dumps(made.stdout)


def test_it_stands_in_no_command(spec, secrets, run):
    """Of the user-data it is in the content of one file, which nobody but root reads, and in no runcmd or unit."""
    spec.write_text(f"{spec.read_text()}packing: plain\n")
    made = run("render", spec.name, "--out", "-", "--machine", "master-0", "--secrets", secrets)
    config = yaml.safe_load(made.stdout)
    (file,) = [file for file in config["write_files"] if "CANARY" in file.pop("content")]
    assert (file["path"], file["permissions"]) == ("/var/lib/cloudgen/tokens/etcd-ca", "0600")
    assert "CANARY" not in json.dumps(config)
