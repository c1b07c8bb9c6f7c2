"""The Scrip by which Request Tracker tells of changes: a script for who looks after that RT.

RT has no webhooks of its own, and no interface to make a Scrip by: it is made on RT's machine.
"""

from string import Template

_SCRIPT = Template(
    r"""# Has Request Tracker tell callcenter of each change of a ticket. Run it on RT's machine, as
# somebody who may read RT's configuration; run again, it replaces what it made:
#   perl -I /usr/share/request-tracker5/lib scrip.pl      where RT is a package of Debian
#   perl -I /opt/rt5/lib scrip.pl                         elsewhere
use strict;
use warnings;
use RT;
RT::LoadConfig();
RT::Init();

my $$tells = <<'CODE';
use Digest::SHA ();
use JSON ();
use LWP::UserAgent;
use POSIX ();
my $$body = JSON::encode_json({
    transaction => '' . $$self->TransactionObj->id,
    ticket      => '' . $$self->TransactionObj->ObjectId,
    sent_at     => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime),
});
my $$signature = Digest::SHA::hmac_sha256_hex($$body, $secret);
my $$answer = LWP::UserAgent->new(timeout => 2)->post(
    $url,
    'Content-Type'   => 'application/json',
    'X-RT-Signature' => "sha256=$$signature",
    Content          => $$body,
);
RT->Logger->warning('callcenter was not told: ' . $$answer->status_line)
    unless $$answer->is_success;
return 1;
CODE

my $$old = RT::Scrips->new(RT->SystemUser);
$$old->Limit(FIELD => 'Description', VALUE => 'callcenter');
while (my $$scrip = $$old->Next) { $$scrip->Delete }

my ($$id, $$said) = RT::Scrip->new(RT->SystemUser)->Create(
    Description            => 'callcenter',
    Queue                  => 0,
    ScripCondition         => 'User Defined',
    ScripAction            => 'User Defined',
    Template               => 'Blank',
    CustomIsApplicableCode => 'return $$self->TransactionObj->Type !~ /EmailRecord|SystemError/;',
    CustomPrepareCode      => 'return 1;',
    CustomCommitCode       => $$tells,
);
die "$$said\n" unless $$id;
print "scrip $$id tells $shown\n";
"""
)


def script(url: str, secret: str) -> str:
    """Perl that makes the Scrip: it posts to ``url``, and signs with ``secret``."""
    return _SCRIPT.substitute(url=_quoted(url), secret=_quoted(secret), shown=_shown(url))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _shown(url: str) -> str:
    """Within double quotes of Perl."""
    return "".join(f"\\{letter}" if letter in '\\"$@' else letter for letter in url)
