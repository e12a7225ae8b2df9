"""The command center as it is, but impatient: a wall's question is kept open for two seconds, not for ten."""

from dashboard import command
from dashboard.wall import routes

routes.OPEN_FOR_S = 2.0
server = command.server
