/** What stands in for the platform around a simulated site: a broker, a time server, and an installer's settings. */

import { type SettingsJson, SIMULATED_SITE } from '../site/installation'
import { LoopbackBroker, type ReceivedMessage } from './broker'
import { makeCertificates } from './certificates'
import { LoopbackTimeServer } from './time-server'

export class Platform {
  readonly broker: LoopbackBroker
  readonly timeServer: LoopbackTimeServer
  readonly settings: SettingsJson

  static async start(onMessage?: (message: ReceivedMessage) => void): Promise<Platform> {
    const certificates = await makeCertificates()
    const credentials = { key: 'simulated-site', secret: 'only-on-loopback' }
    const broker = await LoopbackBroker.start({ certificates, credentials, onMessage })
    const timeServer = await LoopbackTimeServer.start()
    return new Platform(broker, timeServer, {
      ...SIMULATED_SITE,
      environment: 'custom',
      broker: `mqtts://localhost:${broker.port}`,
      ca: certificates.authority,
      credentials,
      timeServers: [`127.0.0.1:${timeServer.port}`],
    })
  }

  private constructor(
    broker: LoopbackBroker,
    timeServer: LoopbackTimeServer,
    settings: SettingsJson,
  ) {
    this.broker = broker
    this.timeServer = timeServer
    this.settings = settings
  }

  async stop(): Promise<void> {
    this.timeServer.stop()
    await this.broker.stop()
  }
}
