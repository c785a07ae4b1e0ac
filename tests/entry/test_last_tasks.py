"""What a run has begun and nobody waits for any more has ended when the run has."""

import asyncio
import gc
import socket

from codeflow_action.engine.errors import ConfigError
from codeflow_action.entrypoint import main


def test_what_nobody_waits_for_has_closed_its_connection_when_a_run_ends(shop, capsys):
    """Else the loop is closed first, and the socket is told of as one that was never closed."""
    tasks, closed, is_open = [], [], asyncio.Event()

    async def lingers(port):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        is_open.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            writer.close()
            closed.append(True)

    async def work(_job):
        with socket.create_server(("127.0.0.1", 0)) as server:
            tasks.append(asyncio.ensure_future(lingers(server.getsockname()[1])))
            connection, _address = await asyncio.to_thread(server.accept)
            connection.close()
            await is_open.wait()
        raise ConfigError("no")

    code = main(dict(shop.job().environment), work=work)
    gc.collect()
    assert (code, closed) == (2, [True])
    assert "no" in capsys.readouterr().out
