"""What phones do to dongle.c (npm run check:nimble).

    cases.py PROGRAM NAME SERVICE REQUESTS ANSWERS

Bumble's folder is in PYTHONPATH. Ends with 1 at the first thing that is wrong.
"""
import asyncio
import random
import time

from bumble import att
from bumble.core import AdvertisingData, UUID
from bumble.link import LocalLink

from phone import MAX_WAIT_S, MTU, NAME, SERVICE, Dongle, Phone, answer_to, expect, until

MAX_VALUE = 253
REQUESTS_THAT_WAIT = 4
# In which something has not happened.
QUIET_S = 0.7


def random_bytes(draw, length):
    # No command of dongle.c.
    return bytes([0]) + draw.randbytes(length - 1) if length else b''


async def is_served(phone, draw):
    """Whoever comes next."""
    await phone.connect()
    await phone.exchange(random_bytes(draw, 240))
    await phone.disconnect()


async def advertised(phone, other, dongle, draw):
    expect('found', await phone.finds())
    fields = dict(phone.seen[0].data.ad_structures)
    # Bumble's controller takes the scan response, and sends none.
    response = AdvertisingData.from_bytes(dongle.controller.le_legacy_advertiser.scan_response_data)
    expect('its name', response.get(AdvertisingData.COMPLETE_LOCAL_NAME) == NAME)
    service = fields.get(AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS)
    expect('its service', service == bytes(UUID(SERVICE)))


async def exchanges(phone, other, dongle, draw):
    found = await phone.connect()
    expect('two characteristics', len(found) == 2)
    started = time.monotonic()
    for _ in range(50):
        await phone.exchange(random_bytes(draw, 240))
    print(f'50 write-then-reads of 240 bytes: {time.monotonic() - started:.2f} s')
    for _ in range(10):
        await phone.exchange(random_bytes(draw, 240), lambda bytes: phone.write(bytes, response=False))
    for length in (1, 2, 3, 20, 21, 22, 23, 100, 200, 251, 252, 253):
        await phone.exchange(random_bytes(draw, length))
    await phone.disconnect()


async def small_mtu(phone, other, dongle, draw):
    """Long writes, and long reads."""
    await phone.connect(mtu=att.ATT_DEFAULT_MTU)

    async def long_write(value):
        await phone.prepare(value, att.ATT_DEFAULT_MTU - 5)
        await phone.execute()

    for length in (1, 20, 21, 22, 23, 44, 100, 252, 253):
        await phone.exchange(random_bytes(draw, length), long_write)
    for length in (1, 20):
        await phone.exchange(random_bytes(draw, length))
    await phone.disconnect()


async def reconnects_while_busy(phone, other, dongle, draw):
    """What one connection asked is not answered to the next, and JavaScript hears of each end."""
    for i in range(10):
        await phone.connect()
        await phone.write(b'b' + bytes([30]) + bytes([i]))
        await phone.disconnect()
        await phone.connect()
        expect('nothing to read at first', await phone.read() == b'')
        request = random_bytes(draw, 240)
        await phone.write(request)
        got = b''
        deadline = time.monotonic() + MAX_WAIT_S
        while got != answer_to(request):
            got = await phone.read()
            expect('only its own answer', got in (b'', answer_to(request)))
            expect('its answer', time.monotonic() < deadline)
        await phone.disconnect()
    await until('told of the last end', lambda: dongle.lines and dongle.lines[-1] == '-')
    lines = dongle.take()
    # Of two that came and went while it was busy it may hear as of one.
    expect('told of as many ends as beginnings', lines.count('-') == sum(l.startswith('+') for l in lines))


async def vanishes(phone, other, dongle, draw):
    """Amid a long write, and amid writes that nobody has heard."""
    for mtu in (att.ATT_DEFAULT_MTU, MTU):
        for parts in (1, 3, 5):
            await phone.connect(mtu)
            await phone.prepare(random_bytes(draw, 18 * parts), 18)
            await phone.disconnect()
            await phone.connect(mtu)
            await phone.exchange(random_bytes(draw, 20))
            expect('nothing of the other one', not any(l == str(18 * parts) for l in dongle.take()))
            await phone.disconnect()
    await phone.connect()
    await phone.write(b'b' + bytes([30]))
    for _ in range(REQUESTS_THAT_WAIT):
        await phone.write(random_bytes(draw, 200), response=False)
    await phone.disconnect()
    await is_served(phone, draw)


async def refuses(phone, write):
    try:
        await write
    except att.ATT_Error:
        pass
    else:
        raise AssertionError('it was not refused')
    await until('the phone is disconnected', lambda: not phone.is_connected)
    await phone.connect()
    await phone.exchange(b'\0still there')
    await phone.disconnect()


async def writes_too_much(phone, other, dongle, draw):
    async def long_write(value):
        await phone.prepare(value, 100)
        await phone.execute()

    for length in (MAX_VALUE + 1, 300, 512):
        await phone.connect()
        await refuses(phone, long_write(random_bytes(draw, length)))
    await phone.connect()
    await refuses(phone, phone.write(b''))


async def floods(phone, other, dongle, draw):
    """Whoever writes faster than it is heard is disconnected, and the next one is served."""
    for response in (False, True):
        for busy in (True, False):
            await phone.connect()
            try:
                if busy:
                    await phone.write(b'b' + bytes([100]))
                for _ in range(100 if response else 2000):
                    if not phone.is_connected:
                        break
                    await phone.write(random_bytes(draw, 240), response)
                    await asyncio.sleep(0)
                if busy:
                    await until('the one that floods is disconnected', lambda: not phone.is_connected)
                elif phone.is_connected:
                    # It was heard all the time, or its end is on its way.
                    await phone.exchange(random_bytes(draw, 100))
                    await phone.disconnect()
            except (att.ATT_Error, asyncio.CancelledError):
                await until('the one that floods is disconnected', lambda: not phone.is_connected)
            await is_served(phone, draw)


async def second_phone(phone, other, dongle, draw):
    await phone.connect()
    expect('a second phone does not find it', not await other.finds(QUIET_S))
    await phone.exchange(random_bytes(draw, 240))
    await phone.disconnect()
    await other.connect()
    expect('nothing to read at first', await other.read() == b'')
    await other.exchange(random_bytes(draw, 240))
    await other.disconnect()


async def dropped(phone, other, dongle, draw):
    await phone.connect()
    await phone.write(b'd')
    await until('dropped', lambda: not phone.is_connected)
    await is_served(phone, draw)


async def controller_fails(phone, other, dongle, draw):
    """NimBLE starts it anew, and with it what is advertised."""
    await phone.connect()
    await phone.exchange(random_bytes(draw, 240))
    dongle.take()
    dongle.fail_controller()
    await until('JavaScript is told that the phone is gone', lambda: '-' in dongle.lines)
    # Bumble's controller keeps the connection over its reset.
    await phone.disconnect()
    await is_served(phone, draw)


async def closes(phone, other, dongle, draw):
    """With a phone connected, from within its own callback."""
    await phone.connect()
    await phone.write(b'c', response=False)
    expect('ends well', await asyncio.wait_for(dongle.process.wait(), MAX_WAIT_S) == 0)
    await dongle.reading
    expect('closed', dongle.lines[-1] == 'closed')


async def main():
    seed = random.randrange(1 << 32)
    print(f'seed {seed}')
    draw = random.Random(seed)
    link = LocalLink()
    dongle = Dongle()
    await dongle.start(link)
    phone, other = Phone(link, 'F1:F1:F1:F1:F1:F1'), Phone(link, 'F2:F2:F2:F2:F2:F2')
    for one in (phone, other):
        await one.device.power_on()
    tests = [advertised, exchanges, small_mtu, reconnects_while_busy, vanishes]
    tests += [writes_too_much, floods, second_phone, dropped, controller_fails, closes]
    for test in tests:
        started = time.monotonic()
        try:
            await test(phone, other, dongle, draw)
        except BaseException:
            print(f'{test.__name__}: FAILED; the dongle said: {" ".join(dongle.lines[-20:])}', flush=True)
            if dongle.process.returncode is None:
                dongle.process.kill()
            raise
        print(f'{test.__name__}: passed, {time.monotonic() - started:.1f} s', flush=True)


asyncio.run(main())
