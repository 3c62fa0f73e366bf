"""The roads a mail can take; CHANNELS is the whole list."""

from collections.abc import Callable, Mapping

from alerts.channels.channel import Channel, HandingOver
from alerts.channels.email import EmailChannel
from alerts.channels.folder import FolderChannel

CHANNELS: Mapping[str, Callable[..., Channel]] = {
    "email": EmailChannel,
    "folder": FolderChannel,
}

__all__ = ["CHANNELS", "Channel", "EmailChannel", "FolderChannel", "HandingOver"]
