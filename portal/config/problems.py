"""What is wrong with settings."""

from collections.abc import Callable, Mapping
from typing import Any


class SettingsError(Exception):
    """Settings are missing or broken; the message is one sentence a line, for the operator."""


def read_all(readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each of them reads, by its name.

    Raises:
        SettingsError: with all that is wrong, not only what is found first.
    """
    values, problems = {}, []
    for name, read in readers.items():
        try:
            values[name] = read()
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))
    return values
