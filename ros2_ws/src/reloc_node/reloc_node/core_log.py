"""Pass the core's log lines to the node's log, such as each network's backend and slow steps."""

from __future__ import annotations

import logging

from rclpy.node import Node

from reloc_node.node_log import NodeLog, text_of

CORE = "reloc"


class CoreLog(logging.Handler):
    """Listen from creation to :meth:`close`."""

    def __init__(self, node: Node) -> None:
        super().__init__(logging.INFO)
        self._log = NodeLog(node.get_logger())
        core = logging.getLogger(CORE)
        core.addHandler(self)
        if core.getEffectiveLevel() > logging.INFO:
            core.setLevel(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a line on."""
        text = self._text(record)
        if record.levelno >= logging.ERROR:
            self._log.error(text)
        elif record.levelno >= logging.WARNING:
            self._log.warning(text)
        else:
            self._log.info(text)

    @staticmethod
    def _text(record: logging.LogRecord) -> str:
        """Return the line, even if its arguments do not fit its format."""
        try:
            return record.getMessage()
        except Exception as error:
            return f"{text_of(record.msg)} ({type(error).__name__}: {text_of(error)})"

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger(CORE).removeHandler(self)
        super().close()
