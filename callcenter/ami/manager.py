"""panoramisk's manager for one connection: made, logged in, watched, and over when it is over."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import partial

from panoramisk.manager import Manager

from callcenter.ami.action import Reply
from callcenter.ami.endpoint import Endpoint
from callcenter.ami.errors import (
    AmiError,
    AmiLoginError,
    AmiLostError,
    AmiTimeoutError,
    AmiTlsError,
    AmiUnreachableError,
)
from callcenter.ami.protocol import AmiProtocol, Traffic
from callcenter.ami.timing import Timing


class AmiManager(Manager):  # type: ignore[misc]  # panoramisk ships no types
    """One connection to one PBX. Another attempt is another manager: no state outlives it.

    Against panoramisk 1.4: a refused or unanswered login is an error; the answer to a ping is
    waited for; every action has a time-out and leaves nothing behind; no timer reconnects, and
    nothing is sent again by itself.
    """

    protocol: AmiProtocol | None
    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        endpoint: Endpoint,
        timing: Timing,
        wanted: frozenset[bytes],
        traffic: Traffic,
        on_events: Callable[[list[dict[str, str]]], None],
    ) -> None:
        """Prepare a connection; ``on_events`` is called with the wanted events of each read."""
        loop = asyncio.get_running_loop()
        super().__init__(
            host=endpoint.host,
            port=endpoint.port,
            username=endpoint.username,
            secret=endpoint.secret,
            events=endpoint.event_classes,
            protocol_factory=partial(AmiProtocol, self, wanted, traffic),
            loop=loop,
        )
        self._endpoint = endpoint
        self._timing = timing
        self._on_events = on_events
        self.lost: asyncio.Future[AmiError] = loop.create_future()
        self.paused = False
        self.pauses = 0

    async def open(self) -> None:
        """Connect and log in.

        Raises :class:`AmiUnreachableError`, :class:`AmiTlsError`, :class:`AmiLoginError`,
        :class:`AmiProtocolError`, :class:`AmiLostError`.
        """
        made = await self._dialled()
        try:
            self.connection_made(made)
            waiting_s = self._timing.action_timeout_s
            reply = await self._within(waiting_s, "Login", self.authenticated_future)
        except AmiLostError as error:
            raise (self.protocol and self.protocol.error) or error from error
        if not reply.ok:
            raise AmiLoginError(
                f"{self._place} refused the login ({reply.message}): compare username, secret and "
                "permit with its manager.conf"
            )

    async def _dialled(self) -> asyncio.Future[tuple[asyncio.Transport, AmiProtocol]]:
        """Connect, and give the result as panoramisk's ``connection_made`` takes it."""
        made = self.loop.create_future()
        context = self._endpoint.tls_context()
        name = self._endpoint.server_hostname or self._endpoint.host
        try:
            if context:  # beforehand: asyncio leaves the socket open when ssl refuses the name
                context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
            async with asyncio.timeout(self._timing.connect_timeout_s):
                pair = await self.loop.create_connection(
                    self.config["protocol_factory"],
                    self._endpoint.host,
                    self._endpoint.port,
                    ssl=context,
                    server_hostname=name if context else None,
                )
        except ssl.SSLError as error:
            raise AmiTlsError(f"no TLS with {self._place}: {error}") from error
        except OSError as error:  # TimeoutError is one
            why = str(error) or f"no connection within {self._timing.connect_timeout_s:.0f} s"
            raise AmiUnreachableError(f"{self._place} cannot be reached: {why}") from error
        except ValueError as error:  # of the codec for host names, and of ssl
            raise AmiUnreachableError(
                f"{self._place} cannot be reached: {name!r} is no host's name"
            ) from error
        made.set_result(pair)
        return made

    def connection_made(self, f: asyncio.Future[tuple[asyncio.Transport, AmiProtocol]]) -> None:
        """Let panoramisk take the connection and send the login, without its unchecked pings."""
        super().connection_made(f)
        self.pinger.cancel()

    def login(self, future: asyncio.Future[Reply]) -> bool:
        """Note the answer to the login; :meth:`open` judges it."""
        answered = not future.cancelled() and future.exception() is None
        self.authenticated = answered and future.result().ok
        return self.authenticated

    async def request(self, action: Mapping[str, str], timeout_s: float | None = None) -> Reply:
        """Send an action and wait for its reply, ``Response: Error`` included.

        Raises :class:`AmiActionError`, :class:`AmiTimeoutError`, :class:`AmiLostError`.
        """
        if self.protocol is None:
            raise AmiLostError(f"{self._place} is not connected")
        name = action.get("Action", "an action")
        timeout_s = timeout_s or self._timing.action_timeout_s
        return await self._within(timeout_s, name, self.protocol.send(action))

    async def _within(self, timeout_s: float, name: str, future: asyncio.Future[object]) -> Reply:
        try:
            async with asyncio.timeout(timeout_s):
                reply = await future
        except TimeoutError as error:
            what = f"{self._place} did not answer {name} within {timeout_s:g} s"
            raise AmiTimeoutError(what) from error
        finally:
            if self.protocol is not None:
                self.protocol.forget(future)
        return reply  # type: ignore[return-value]  # the protocol resolves with a Reply only

    async def watch(self) -> None:
        """Ping until the connection ends, and end it when no answer comes.

        While reading is paused the silence is our own, and says nothing about the peer.
        """
        while not self.lost.done():
            await asyncio.sleep(self._timing.ping_every_s)
            pauses = self.pauses
            if self.paused:
                continue
            try:
                await self.request({"Action": "Ping"}, self._timing.ping_timeout_s)
            except AmiTimeoutError:
                if pauses == self.pauses:
                    self.abort(AmiLostError(f"{self._place} has fallen silent"))
            except AmiLostError:
                return

    def read(self, on: bool) -> None:
        """Pause or resume reading from the socket; Asterisk's ``writetimeout`` sets how long."""
        if on == self.paused and self.protocol is not None and not self.protocol.closed:
            self.paused = not on
            self.pauses += not on
            transport = self.protocol.transport
            transport.resume_reading() if on else transport.pause_reading()

    def events_received(self, events: list[dict[str, str]]) -> None:
        """Pass on the wanted events of one read (panoramisk's ``dispatch`` takes one at a time)."""
        self._on_events(events)

    def connection_lost(self, exc: AmiError) -> None:
        """Hear that the connection is over: for good, another one is another manager's."""
        if not self.lost.done():
            self.lost.set_result(exc)

    def abort(self, error: AmiError) -> None:
        """End the connection at once."""
        if self.protocol is not None:
            self.protocol.abort(error)

    async def shut(self) -> None:
        """End the connection and wait until its socket is closed."""
        if self.protocol is not None:
            self.abort(AmiLostError("closed by this side"))
            await asyncio.wait([self.lost])

    @property
    def _place(self) -> str:
        """Where this is, for messages: never the account's secret."""
        return f"{self._endpoint.name} ({self._endpoint.host}:{self._endpoint.port})"
