"""What several commands share."""

from typing import Any

import click

from citydiplomacy import settings
from citydiplomacy.settings import Settings

quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")


def chosen_settings(**given: Any) -> Settings:
    """Return the settings of the environment, changed by those given.

    Raises:
        UsageError: the environment has a value that its setting does not accept.
    """
    try:
        return settings.from_environment(**given)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
