"""A PBX whose callers and connections a test has in hand."""

import asyncio

from tests.ami.scripted import ScriptedAmi, message

PATIENCE_S = 30


class Pbx(ScriptedAmi):
    """Lets callers call. A connection of an instance that is frozen can be spoken to as well."""

    def rings(self, number: int, *, to: int = -1) -> str:
        """Somebody calls; give the call's Linkedid."""
        linkedid = f"1795424400.{number}"
        arrival = message(
            Event="Newchannel",
            Uniqueid=linkedid,
            Linkedid=linkedid,
            Channel=f"PJSIP/trunk-{number:08}",
            ChannelStateDesc="Ring",
            Exten="0465711010",
            CallerIDNum="0639981122",
        )
        self._writers[to].write(arrival)
        return linkedid

    async def asked(self, times: int) -> None:
        """Wait until so many connections were asked for the last part of a snapshot."""
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: self.count("QueueStatus") >= times)
