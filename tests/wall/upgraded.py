"""The command center as a later release: the same in all but the name of its build."""

from dashboard import command

command.build = lambda: "0123456789ab"
server = command.server
