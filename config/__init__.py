"""The configuration that ops write, with the line and column of everything that is wrong in it."""

from config.errors import ConfigError, Problem
from config.load import load
from config.resolve import plain
from config.schema import json_schema
from config.settings import Settings

__all__ = ["ConfigError", "Problem", "Settings", "json_schema", "load", "plain"]
