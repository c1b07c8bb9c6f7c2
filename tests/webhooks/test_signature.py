"""Signatures as the specification has them, with its own library as the other side."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from webhooks import signature
from webhooks.signature import SecretError, SignatureError, sign, verify

# The example that the specification's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

NEWER = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def headers(**changed: str) -> dict[str, str]:
    named = {f"webhook-{name}": value for name, value in changed.items()}
    return {**sign([SECRET], MESSAGE_ID, AT, BODY), **named}


def test_the_published_example_is_signed_as_published() -> None:
    assert sign([SECRET], MESSAGE_ID, AT, BODY) == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNED,
    }
    assert verify([SECRET], headers(), BODY, AT) == MESSAGE_ID


@pytest.mark.parametrize("body", [b"", BODY, "Élise\n".encode()])
def test_the_other_side_accepts_what_is_signed_here(body: bytes) -> None:
    signed = sign([SECRET], MESSAGE_ID, datetime.now(UTC), body)
    standardwebhooks.Webhook(SECRET).verify(body, signed, json_parse=False)


def test_what_the_other_side_signs_is_accepted_here() -> None:
    theirs = standardwebhooks.Webhook(SECRET).sign(MESSAGE_ID, AT, BODY.decode())
    assert theirs == SIGNED
    assert verify([SECRET], headers(signature=theirs), BODY, AT) == MESSAGE_ID


def test_while_a_secret_is_replaced_both_sides_may_be_ahead() -> None:
    now = datetime.now(UTC)
    both = sign([NEWER, SECRET], MESSAGE_ID, now, BODY)
    for secret in (NEWER, SECRET):
        standardwebhooks.Webhook(secret).verify(BODY, both)
        assert verify([secret], both, BODY, now) == MESSAGE_ID
        assert verify([NEWER, SECRET], sign([secret], MESSAGE_ID, now, BODY), BODY, now)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "msg_another"},
        {"timestamp": "1614265331"},
        {"signature": sign([NEWER], MESSAGE_ID, AT, BODY)["webhook-signature"]},
        {"signature": SIGNED.replace("v1,", "v1a,")},
        {"signature": SIGNED.removeprefix("v1,")},
        {"signature": SIGNED.replace("g0hM", "g0h*")},
        {"signature": SIGNED[:-2]},
        {"signature": "v1,"},
        {"signature": "v1,é v1,\udcff , ,,"},
        {"signature": ""},
        {"id": ""},
        {"id": "msg\udcff\ud800"},
        {"timestamp": ""},
        {"timestamp": "1614265330.0"},
        {"timestamp": "-1614265330"},
        {"timestamp": "\uff11614265330"},
        {"timestamp": "nan"},
        {"timestamp": "9" * 5000},
    ],
)
def test_what_is_forged_or_malformed_is_one_error(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify([SECRET], headers(**changed), BODY, AT)


def test_another_body_is_refused() -> None:
    with pytest.raises(SignatureError, match="by a secret that is known here"):
        verify([SECRET], headers(), BODY + b" ", AT)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_one_of_the_headers_is_refused(missing: str) -> None:
    left = {name: value for name, value in headers().items() if name != missing}
    with pytest.raises(SignatureError, match="a signed message has"):
        verify([SECRET], left, BODY, AT)


@pytest.mark.parametrize("sign_of", [-1, 1])
def test_an_old_message_is_refused_and_one_of_the_future_too(sign_of: int) -> None:
    within = AT + sign_of * timedelta(seconds=signature.TOLERANCE_S)
    assert verify([SECRET], headers(), BODY, within) == MESSAGE_ID
    with pytest.raises(SignatureError, match="set the clocks"):
        verify([SECRET], headers(), BODY, within + sign_of * timedelta(seconds=1))


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()
    )
)
def test_no_header_is_more_than_an_error(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify([SECRET], {"webhook-timestamp": "1614265330", **changed}, BODY, AT)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        SECRET.removeprefix("whsec_"),
        SECRET[:-1],
        SECRET + "é",
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_what_is_no_secret_is_said_so_and_not_repeated(secret: str) -> None:
    with pytest.raises(SecretError, match="whsec_ and 24 to 64 bytes in base64") as caught:
        sign([secret], MESSAGE_ID, AT, BODY)
    assert caught.value.__cause__ is None
    assert len(secret) < 10 or secret[6:] not in str(caught.value)
