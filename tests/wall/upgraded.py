"""The command center as a later release: the same, as impatient, in all but the name of its build."""

from dashboard import command
from dashboard.wall import routes

command.build = lambda: "0123456789ab"
routes.OPEN_FOR_S = 2.0
server = command.server
