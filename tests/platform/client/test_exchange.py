"""One try of a request, and the connection that it gives back."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from astro_tui.platform.client.exchange import Exchange


@pytest.mark.parametrize("returned", [False, True])
def test_a_connection_that_was_given_back_is_not_hung_up(*, returned: bool) -> None:
    ours, theirs = socket.socketpair()
    exchange = Exchange(lambda _connection: None)
    exchange.add_socket(SimpleNamespace(get_extra_info=lambda _name: ours))
    if returned:
        # httpcore says so before another request can use the connection.
        exchange.trace("http11.response_closed.started", {})
    exchange.stop()
    with ours, theirs:
        if returned:
            ours.sendall(b"of another request")
            assert theirs.recv(18) == b"of another request"
        else:
            assert theirs.recv(1) == b""
