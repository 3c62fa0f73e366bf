"""A first configuration, guessed from the files themselves, with every guess said in a comment."""

from monitor.first_config.draft import Draft, draft
from monitor.first_config.files import FileError, Table, read_table
from monitor.first_config.offered import offered
from monitor.first_config.write import yaml_text

__all__ = ["Draft", "FileError", "Table", "draft", "offered", "read_table", "yaml_text"]
