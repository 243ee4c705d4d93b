"""What WebSockets ask for. They are asked in every role too: in `test_sockets.py`."""

from collections.abc import Mapping

from homeroom.exams.model import rights as exams
from homeroom.kernel.rights import Right

SOCKET = "SOCKET"
"""What stands where other endpoints have a method."""

SOCKETS: Mapping[str, frozenset[Right]] = {
    "SOCKET /ws/sessions/{session_id}": frozenset({exams.SIT, exams.SEE_SITTINGS}),
    "SOCKET /api/v1/ws/sessions/{session_id}": frozenset({exams.SIT, exams.SEE_SITTINGS}),
}
