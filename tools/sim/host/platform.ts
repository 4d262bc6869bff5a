/** What stands in for the platform around a simulated site: a broker, a time server, and an installer's settings. */

import { type SettingsJson, SIMULATED_SITE } from '../site/installation'
import { Broker, type Received } from './broker'
import { makeCertificates } from './certificates'
import { TimeServer } from './time-server'

export class Platform {
  readonly broker: Broker
  readonly timeServer: TimeServer
  readonly settings: SettingsJson

  static async start(onMessage?: (message: Received) => void): Promise<Platform> {
    const certificates = await makeCertificates()
    const credentials = { key: 'simulated-site', secret: 'only-on-loopback' }
    const broker = await Broker.start({ certificates, credentials, onMessage })
    const timeServer = await TimeServer.start()
    return new Platform(broker, timeServer, {
      ...SIMULATED_SITE,
      environment: 'custom',
      broker: `mqtts://localhost:${broker.port}`,
      ca: certificates.authority,
      credentials,
      timeServers: [`127.0.0.1:${timeServer.port}`],
    })
  }

  private constructor(broker: Broker, timeServer: TimeServer, settings: SettingsJson) {
    this.broker = broker
    this.timeServer = timeServer
    this.settings = settings
  }

  async stop(): Promise<void> {
    this.timeServer.stop()
    await this.broker.stop()
  }
}
