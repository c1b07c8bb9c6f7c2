"""Actions are checked before they are sent, and end when their reply is whole."""

import pytest

from callcenter.ami.action import PendingAction, Reply
from callcenter.ami.errors import AmiActionError


async def reply_to(action: dict[str, str], *messages: dict[str, str]) -> Reply:
    pending = PendingAction(action)
    ends = [pending.add_message(message) for message in messages]
    assert ends == [False] * (len(messages) - 1) + [True]
    reply = await pending.future
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "\r\n\r\n"])
async def test_a_value_with_a_line_end_is_refused(value: str) -> None:
    with pytest.raises(AmiActionError, match="Value"):
        PendingAction({"Action": "Setvar", "Value": value})


@pytest.mark.parametrize("name", ["Val\r\nue", "Value: x", ""])
async def test_a_header_name_that_is_more_is_refused(name: str) -> None:
    with pytest.raises(AmiActionError):
        PendingAction({"Action": "Setvar", name: "x"})


async def test_a_line_longer_than_asterisk_reads_is_refused() -> None:
    fits = "é" * ((1_024 - len("Value: \r\n")) // 2)
    PendingAction({"Action": "Setvar", "Value": fits})
    with pytest.raises(AmiActionError, match="1024"):
        PendingAction({"Action": "Setvar", "Value": fits + "é"})


async def test_the_refused_value_is_not_shown() -> None:
    with pytest.raises(AmiActionError) as caught:
        PendingAction({"Action": "Login", "Secret": "hush\r\n"})
    assert "hush" not in str(caught.value)


async def test_queue_add_is_answered_by_its_response_alone() -> None:
    added = {"Response": "Success", "Message": "Added interface to queue"}
    assert (await reply_to({"Action": "QueueAdd"}, added)).ok


async def test_originate_is_answered_by_its_response_alone() -> None:
    queued = {"Response": "Success", "Message": "Originate successfully queued"}
    assert (await reply_to({"Action": "Originate", "Async": "true"}, queued)).ok


async def test_originate_without_async_is_refused_for_it_mutes_the_pbx() -> None:
    with pytest.raises(AmiActionError, match="Async"):
        PendingAction({"Action": "Originate", "Channel": "PJSIP/101"})


async def test_a_list_is_collected_until_its_end() -> None:
    row = {"Event": "DBGetTreeResponse", "Key": "/callcenter/a", "Val": "1"}
    reply = await reply_to(
        {"Action": "DBGetTree"},
        {"Response": "Success", "EventList": "start", "Message": "Result will follow"},
        row,
        {"Event": "DBGetTreeComplete", "EventList": "Complete", "ListItems": "1"},
    )
    assert reply.events == (row,)


async def test_a_refused_list_ends_at_once() -> None:
    denied = {"Response": "Error", "Message": "Permission denied"}
    reply = await reply_to({"Action": "DBGetTree"}, denied)
    assert not reply.ok
    assert reply.message == "Permission denied"
