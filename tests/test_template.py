import pytest

from cloudgen.generate import machine_facts
from cloudgen.report import Problem
from cloudgen.template import render, render_own, variables
from tests.specs import spec

PATH = ("files", 0, "template")
LIMIT = 1 << 20


def made(text: str) -> str | Problem:
    """What a template of the user gives on the first machine."""
    return render_own(text, variables(machine_facts(spec(), "master-0")), PATH)


def fault(text: str) -> str:
    """The problem that a template gives."""
    problem = made(text)
    assert isinstance(problem, Problem), problem
    assert problem.path == PATH
    return problem.message


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ cluster }}.{{ domain }} {{ api }}\n", "example.example.example.org api.example.example.org\n"),
        ("{{ machine.name }} {{ machine.node }} {{ machine.address }}", "master-0 master-0-example 10.0.0.10"),
        ("{{ machines | map(attribute='name') | join(',') }}", "master-0,master-1,master-2"),
        ("{{ kubernetesVersion }} {{ etcdVersion }}", "v1.30.4 3.5.12-0"),
        ("{{ networking.podSubnet }} {{ networking.apiService }}", "10.244.0.0/16 10.96.0.1"),
        ("{{ ports.kubeApiserver }} {{ paths.root }} {{ vault.prefix }}", "6443 /etc/kubernetes clusters/example"),
        ("{% for n in range(3) %}{{ n }}{% endfor %}", "012"),
        ("{{ '%03d' % 7 }}{{ 'ab' * 2 }}{{ 2 ** 10 }}{{ [1] + [2] }}", "007abab1024[1, 2]"),
        ("a\n\n", "a\n\n"),
        ("<&\"'", "<&\"'"),
        ("", ""),
    ],
)
def test_what_templates_can_say(text, result):
    """Facts are plain data, texts stay as they are: no escaping, no lost line ends."""
    assert made(text) == result


@pytest.mark.parametrize("text", ["{{ absent }}", "{{ machine.absent }}", "{{ machine.absent.more }}", "{{ a | b }}"])
def test_unknown_names_are_faults(text):
    """Nothing that is not there becomes an empty text."""
    fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ [1][5] }}",
        "{% include 'a' %}",
        "{% import 'a' as b %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ " + "(" * 300 + ")" * 300 + " }}",
        "{% for a in [1] %}" * 40 + "{% endfor %}" * 40,
        "{{ 'a'.encode('absent') }}",
    ],
)
def test_a_failing_template_is_a_problem(text):
    """Whatever goes wrong is told at the template, never raised."""
    fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ machine.__class__.__mro__ }}",
        "{{ cluster.__init__.__globals__ }}",
        "{{ machines.append(1) }}",
        "{{ machine.update({'name': 'x'}) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ lipsum() }}",
        "{{ [1, 2] | random }}",
        "{{ cycler(1) }}",
        "{{ self._TemplateReference__context }}",
    ],
)
def test_the_sandbox_holds(text):
    """No attribute of Python, no change of the facts, no chance, no names of the engine."""
    fault(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{{ 'x' * 9999999999 }}",
        "{{ 9999999999 * 'x' }}",
        "{{ [0] * 9999999999 }}",
        "{{ 9 ** 99999999 }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ 'x' | center(9999999999) }}",
        "{{ range(9999999) | list }}",
        "{% set a = 'x' * 1000000 %}{% set b = a + a %}{{ b }}",
    ],
)
def test_output_and_memory_are_capped(text):
    """A template cannot fill the memory, be it by its output or within one expression."""
    fault(text)


def test_the_cap_is_exact():
    """The largest output passes, one character more does not."""
    assert made(f"{{{{ 'x' * {LIMIT} }}}}") == "x" * LIMIT
    assert "more than 1048576 characters" in fault(f"{{{{ 'x' * {LIMIT} }}}}y")


def test_templates_of_the_package_are_strict():
    """A variable that a component forgets is a fault of the package."""
    with pytest.raises(Exception, match="undefined"):
        render("components/kubelet.service.j2")
