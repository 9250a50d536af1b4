"""Documents to begin with: a commented spec, and the spec that means what the article's variables mean."""

from cloudgen import resources
from cloudgen.starter.conversion import from_env
from cloudgen.starter.environment import masked

__all__ = ["commented_spec", "from_env", "masked"]


def commented_spec() -> str:
    """A spec that can be checked as it stands, and says what each part is for."""
    return resources.text("starter/cluster.yaml")
