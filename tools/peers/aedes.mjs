/** An aedes broker of its own on 127.0.0.1, as a process: node aedes.mjs <port>. Jest cannot load it, being ESM only. */
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const broker = await Aedes.createBroker({ topicAliasMaximum: 10 })
const server = createServer((socket) => {
  socket.on('error', () => {})
  broker.handle(socket)
})
server.listen(Number(process.argv[2]), '127.0.0.1')
