"""What a browser may send to the callbacks that run on the server: the page behind a path, and nothing else."""

import msgspec
from dash import Dash


class Property(msgspec.Struct):
    """A component's property and its value; only texts are ever sent."""

    id: str
    property: str
    value: str | None = None


class Call(msgspec.Struct, rename="camel"):
    """The body of a callback's request, as far as Dash relies on it."""

    output: str
    inputs: list[Property]
    outputs: list[Property]
    changed_prop_ids: list[str] = []
    state: list[Property] = []


def _read(body: bytes) -> Call | None:
    """The call in a body; None when there is none."""
    try:
        return msgspec.json.decode(body, type=Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: lists in lists in lists
        return None


def well_formed(app: Dash, body: bytes) -> bool:
    """Whether a body calls a callback that there is, with its own inputs; Dash answers others with a traceback."""
    call = _read(body)
    if call is None:
        return False
    declared = app.callback_map.get(call.output, {})
    given = {"inputs": call.inputs, "state": call.state}
    fitting = "callback" in declared and all(_names(declared[key]) == _told(told) for key, told in given.items())
    return fitting and call.output == _output(call.outputs)


def path_asked(body: bytes) -> str:
    """The path of the page that a body asks for, as Dash reads it: slashes around it do not count.

    Nothing when it asks for none.
    """
    call = _read(body)
    said = next((one.value for one in call.inputs if one.property == "pathname"), None) if call else None
    return "" if said is None else f"/{said.strip('/')}"


def _names(declared: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["id"], one["property"]) for one in declared]


def _told(said: list[Property]) -> list[tuple[str, str]]:
    return [(one.id, one.property) for one in said]


def _output(said: list[Property]) -> str:
    """Dash's own name of several outputs: ``..a.children...b.data..``."""
    return f"..{'...'.join(f'{one.id}.{one.property}' for one in said)}.."
