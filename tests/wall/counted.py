"""The command center, which writes down twice a second how many answers of panels it has computed."""

import threading
import time

from dashboard import command
from runner.state import state_dir

server = command.server


def _tell() -> None:
    answers = server.app.extensions["walls"].answering.answers
    while True:
        (state_dir() / "computed").write_text(str(answers.computed))
        time.sleep(0.5)


threading.Thread(target=_tell, daemon=True).start()
