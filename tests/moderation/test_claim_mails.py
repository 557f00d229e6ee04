"""Letters about a claim: each promised with what it tells about, each sent once."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import ClaimMail
from reviews.handover.outcomes import NOT_MARKED, Halt, Mark, Outcome, Refused, Retry, Sent, Unknown
from reviews.keys import KeyRing
from reviews.moderation import claim_mails, decision
from reviews.moderation.claim_mails import ClaimMailFacts, ClaimMailSending
from reviews.proofs import claim as claims
from reviews.proofs import findings
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]


class RecordingPost:
    """A mail server with a memory, whose answers are told beforehand."""

    def __init__(self, *answers: Outcome, dies: bool = False) -> None:
        self.answers = list(answers)
        self.tried: list[ClaimMailFacts] = []
        self._dies = dies

    async def send(self, claim_mail: ClaimMailFacts, *, mark: Mark) -> Outcome:
        if self._dies:
            raise ConnectionAbortedError
        self.tried.append(claim_mail)
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Sent | Unknown):
            assert await mark()
        return answer


class Ground:
    """A refused claim, whose letter waits."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.posting = ClaimMailSending(key_ring=key_ring, clock=self.clock, lease=timedelta(seconds=60))

    async def refuse(self) -> None:
        now = self.clock.moment
        async with self.maker.begin() as session:
            branch = await cast.utrecht(session, self.key_ring, now=now)
            noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
            claim = await cases.judged(session, self.key_ring, branch, now=now)
            await decision.record(session, claim.id, manager=cases.desk_of(noor, branch), choice="refuse", reason="too_old", now=now, proof_days=30)

    async def send(self, post: RecordingPost) -> int:
        return await claim_mails.send_due(self.maker, post, _as_it_is, self.posting)

    async def claim_mail(self) -> Any:
        async with self.maker() as session:
            return (await session.scalars(select(ClaimMail))).one()


def _as_it_is(facts: ClaimMailFacts) -> ClaimMailFacts:
    return facts


@pytest.fixture
async def ground(maker: Maker, key_ring: KeyRing, now: datetime) -> Ground:
    made = Ground(maker, key_ring, now)
    await made.refuse()
    return made


async def test_a_letter_goes_out_once_with_its_reason_and_a_link_that_works(ground: Ground) -> None:
    post = RecordingPost()

    assert await ground.send(post) == 1
    assert await ground.send(post) == 0

    [facts] = post.tried
    assert facts.kind == "refused"
    assert facts.reason
    assert facts.reason.code == "too_old"
    async with ground.maker() as session:
        assert (await claims.find(session, facts.token)).email == facts.email
    assert ((await ground.claim_mail()).state, (await ground.claim_mail()).sent_at) == ("sent", ground.clock.moment)


async def test_a_letter_says_nothing_of_what_was_written(ground: Ground) -> None:
    post = RecordingPost()
    await ground.send(post)

    assert cases.OPINION not in str(msgspec.to_builtins(post.tried[0]))
    assert "Vries" not in repr(post.tried[0])


async def test_an_unknown_letter_goes_once_more_under_the_same_id_and_then_waits_for_a_person(ground: Ground) -> None:
    post = RecordingPost(Unknown(OutcomeCode.REPLY_LOST), Unknown(OutcomeCode.REPLY_LOST))
    for _ in range(4):
        await ground.send(post)
        ground.clock.moment += timedelta(hours=1)

    assert len(post.tried) == 2
    assert post.tried[0] == post.tried[1]
    assert (await ground.claim_mail()).state == "unknown"


async def test_a_letter_that_was_not_sent_waits_and_is_tried_again(ground: Ground) -> None:
    post = RecordingPost(Retry(OutcomeCode.RECIPIENT_DEFERRED))
    await ground.send(post)
    assert await ground.send(post) == 0
    ground.clock.moment += timedelta(minutes=1)

    assert await ground.send(post) == 1
    assert (await ground.claim_mail()).state == "sent"


@pytest.mark.parametrize("halted", [Halt(OutcomeCode.LOGIN_REFUSED), Retry(NOT_MARKED)])
async def test_what_stands_still_uses_none_of_a_letters_tries(ground: Ground, halted: Outcome) -> None:
    post = RecordingPost(*[halted] * 25, Retry(OutcomeCode.SMTP_UNREACHABLE))
    for _ in range(26):
        await ground.send(post)
        ground.clock.moment += timedelta(minutes=15)

    kept = await ground.claim_mail()
    assert (len(post.tried), kept.state, kept.failure, kept.attempt) == (26, "waiting", "smtp_unreachable", 1)
    await ground.send(post)
    assert (await ground.claim_mail()).state == "sent"


async def test_the_last_try_of_a_letter_ends_it(ground: Ground) -> None:
    post = RecordingPost(*[Retry(OutcomeCode.SMTP_UNREACHABLE)] * 20)
    for _ in range(21):
        await ground.send(post)
        ground.clock.moment += timedelta(days=3)

    assert (len(post.tried), (await ground.claim_mail()).state) == (20, "dead")


async def test_a_refused_letter_keeps_the_reason(ground: Ground) -> None:
    await ground.send(RecordingPost(Refused(OutcomeCode.RECIPIENT_REFUSED, "550")))

    assert ((await ground.claim_mail()).state, (await ground.claim_mail()).failure) == ("refused", "recipient_refused")


async def test_a_letter_of_a_worker_that_died_before_data_waits_again(ground: Ground) -> None:
    with pytest.raises(ConnectionAbortedError):
        await ground.send(RecordingPost(dies=True))
    ground.clock.moment += timedelta(minutes=2)
    post = RecordingPost()

    assert await ground.send(post) == 1
    assert len(post.tried) == 1


async def test_the_same_promise_twice_is_one_letter(ground: Ground) -> None:
    async with ground.maker.begin() as session:
        claim_mail = (await session.scalars(select(ClaimMail))).one()
        claim = await claims.find(session, ground.key_ring.claim_token(claim_mail.claim_id))
        await claim_mails.promise(session, claim, "refused", now=ground.clock.moment)

    assert (await ground.claim_mail()).kind == "refused"


async def test_a_letter_that_asks_carries_what_the_findings_of_its_own_round_advise(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    ground, post = Ground(maker, key_ring, now), RecordingPost()
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
        claim = await cases.judged(session, key_ring, branch, now=now)
        await decision.record(session, claim.id, manager=cases.desk_of(noor, branch), choice="ask", reason="poor_quality", now=now, proof_days=30)

    assert await ground.send(post) == 1

    [facts] = post.tried
    assert facts.tips == (findings.advice("name_variant"), findings.advice("no_total"))


async def test_a_refusal_carries_no_advice_of_the_program(ground: Ground) -> None:
    post = RecordingPost()

    await ground.send(post)

    assert post.tried[0].tips == ()
