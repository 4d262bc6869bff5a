"""The two ends of npm run check:nimble: a phone by Google's Bumble, and dongle.c with Bumble's virtual controller, by HCI over TCP."""
import asyncio
import socket
import sys
import time

from bumble import att, hci
from bumble.controller import Controller
from bumble.core import UUID
from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

DONGLE = Address('F0:F0:F0:F0:F0:F0', Address.PUBLIC_DEVICE_ADDRESS)
MTU = 256
# An HCI event of one byte.
HARDWARE_ERROR = bytes([hci.HCI_EVENT_PACKET, 0x10, 1, 1])
# As of an ESP32's controller.
ACL_BYTES = 251
# To find it, to be heard: on a busy machine.
MAX_WAIT_S = 10

PROGRAM, NAME, SERVICE, REQUESTS, ANSWERS = sys.argv[1:6]


def expect(what, is_so):
    if not is_so:
        raise AssertionError(what)


async def until(what, is_so, seconds=MAX_WAIT_S):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {seconds} s: {what}')
        await asyncio.sleep(0.005)


def answer_to(request):
    return bytes((byte + 1) & 255 for byte in request)


class Phone:
    def __init__(self, link, address):
        controller = Controller('phone', link=link, public_address=address)
        controller.le_acl_data_packet_length = ACL_BYTES
        host = Host(controller, AsyncPipeSink(controller))
        self.device = Device(name='phone', address=Address(address), host=host)
        self.seen = []
        self.connection = None
        self.device.on('advertisement', self.seen.append)

    async def finds(self, seconds=MAX_WAIT_S):
        """Whether the dongle is advertised."""
        self.seen.clear()
        await self.device.start_scanning(filter_duplicates=False)
        deadline = time.monotonic() + seconds
        while not self.seen and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        await self.device.stop_scanning()
        return bool(self.seen)

    async def connect(self, mtu=MTU):
        expect('the dongle is found', await self.finds())
        self.connection = await self.device.connect(DONGLE, timeout=MAX_WAIT_S)
        self.is_connected = True
        self.connection.on('disconnection', self.lost)
        self.client = self.connection.gatt_client
        if mtu != att.ATT_DEFAULT_MTU:
            expect('the MTU', await self.client.request_mtu(mtu) == MTU)
        (service,) = await self.client.discover_service(UUID(SERVICE))
        found = await self.client.discover_characteristics((), service)
        by_uuid = {one.uuid: one for one in found}
        self.requests, self.answers = by_uuid[UUID(REQUESTS)], by_uuid[UUID(ANSWERS)]
        return found

    def lost(self, _reason):
        self.is_connected = False

    async def disconnect(self):
        await self.connection.disconnect()

    async def write(self, value, response=True):
        await self.client.write_value(self.requests, value, with_response=response)

    async def prepare(self, value, part):
        """What a long write begins with."""
        for offset in range(0, len(value), part):
            reply = await self.client.send_request(
                att.ATT_Prepare_Write_Request(
                    attribute_handle=self.requests.handle,
                    value_offset=offset,
                    part_attribute_value=value[offset : offset + part],
                )
            )
            if reply.op_code == att.Opcode.ATT_ERROR_RESPONSE:
                raise att.ATT_Error(error_code=reply.error_code)

    async def execute(self):
        reply = await self.client.send_request(att.ATT_Execute_Write_Request(flags=1))
        if reply.op_code == att.Opcode.ATT_ERROR_RESPONSE:
            raise att.ATT_Error(error_code=reply.error_code)

    async def read(self):
        return bytes(await self.client.read_value(self.answers))

    async def exchange(self, request, write=None):
        """Writes, and reads until the answer is there."""
        await (write or self.write)(request)
        deadline = time.monotonic() + MAX_WAIT_S
        while (got := await self.read()) != answer_to(request):
            expect(f'the answer to {len(request)} bytes; got {len(got)}', time.monotonic() < deadline)


class Dongle:
    """The program, and what it says."""

    def __init__(self):
        self.lines = []

    async def start(self, link):
        listener = socket.create_server(('127.0.0.1', 0))
        port = listener.getsockname()[1]
        transport = await open_tcp_server_transport_with_socket(listener)
        self.controller = Controller(
            'dongle', host_source=transport.source, host_sink=transport.sink, link=link, public_address=DONGLE
        )
        self.controller.le_acl_data_packet_length = ACL_BYTES
        # Bumble's link delivers from a controller's random address, also if it advertised with its public one.
        self.controller.random_address = DONGLE
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM, str(port), NAME, SERVICE, REQUESTS, ANSWERS, stdout=asyncio.subprocess.PIPE
        )
        self.reading = asyncio.create_task(self.read())

    async def read(self):
        async for line in self.process.stdout:
            # Others are NimBLE's.
            if line.startswith(b'told '):
                self.lines.append(line.decode()[5:].strip())

    def fail_controller(self):
        self.controller.host.on_packet(HARDWARE_ERROR)

    def take(self):
        lines, self.lines = self.lines, []
        return lines
