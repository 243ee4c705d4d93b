"""The promises of leases: renewed and reported on beside the queue, while they are held."""

from datetime import timedelta

import pytest

from homeroom.house import Storage
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.queue import Swept, release, succeed
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import LEASE, Recital, ask, take
from homeroom_testing.conformance.queue_ground import cancel, claimed_again, look, one_claim
from homeroom_testing.conformance.storage import StorageConformance


class LeasesConformance(StorageConformance):
    """What `Leases` promises beside the queue, on a connection of its own."""

    async def test_a_renewed_lease_holds_longer(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        clock.step(seconds=LEASE.seconds - 1)
        async with storage.open_leases() as leases:
            assert list(await leases.renew([(claim.id, claim.token)], LEASE)) == []
        clock.step(seconds=LEASE.seconds - 1)
        assert await storage.queue.sweep() == Swept()
        clock.step(seconds=1)
        assert await storage.queue.sweep() == Swept(rescued=1)

    async def test_renewing_names_what_is_lost_and_renews_the_rest(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, *[JobRequest(work=Recital())] * 4)
        held, over, called_off, back = await take(storage)
        await storage.queue.settle([succeed(over), release(back, run_at=clock.now())])
        await cancel(storage, called_off)
        clock.step(seconds=20)
        async with storage.open_leases() as leases:
            pairs = [(one.id, one.token) for one in (held, over, called_off, back)]
            lost = await leases.renew(pairs, LEASE)
        assert list(lost) == pairs[1:]
        assert (await look(storage, held)).lease_until == clock.now() + timedelta(seconds=30)

    async def test_an_old_token_renews_nothing(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        old = await one_claim(storage)
        new = await claimed_again(storage, clock)
        until = (await look(storage, new)).lease_until
        clock.step(seconds=5)
        fences = [(old.id, old.token), (new.id, new.token)]
        async with storage.open_leases() as leases:
            assert list(await leases.renew(fences[:1], LEASE)) == fences[:1]
            assert (await look(storage, new)).lease_until == until
            assert list(await leases.renew(fences, LEASE)) == fences[:1]
        assert (await look(storage, new)).lease_until == clock.now() + timedelta(seconds=30)

    async def test_renewing_nothing_loses_nothing(self, storage: Storage) -> None:
        async with storage.open_leases() as leases:
            assert list(await leases.renew([], LEASE)) == []

    @pytest.mark.parametrize(("said", "kept"), [(0.25, 0.25), (-1.0, 0.0), (7.0, 1.0)])
    async def test_progress_is_kept_within_its_bounds(
        self, storage: Storage, said: float, kept: float
    ) -> None:
        claim = await one_claim(storage)
        async with storage.open_leases() as leases:
            await leases.report(claim.id, claim.token, said)
        assert (await look(storage, claim)).progress == kept

    async def test_an_old_token_reports_nothing(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        old = await one_claim(storage)
        await claimed_again(storage, clock)
        async with storage.open_leases() as leases:
            await leases.report(old.id, old.token, 0.5)
        assert (await look(storage, old)).progress == 0.0
