"""Typed settings: defaults, a profile, the environment, the command line; each key knows where it came from."""

from workbench.settings.layers import SETTINGS_VARIABLE, load_settings, profile_path, settings_from_environment
from workbench.settings.model import Policy, Settings, Sources, known_keys

__all__ = [
    "SETTINGS_VARIABLE",
    "Policy",
    "Settings",
    "Sources",
    "known_keys",
    "load_settings",
    "profile_path",
    "settings_from_environment",
]
