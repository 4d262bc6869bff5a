/** What stands in for the platform around a simulated site: a broker, a time server, and an installer's settings. */

import { type SettingsJson, SIMULATED_SITE } from '../site/installation'
import { LoopbackBroker, type ReceivedMessage } from './broker'
import { type Certificates, makeCertificates } from './certificates'
import { LoopbackTimeServer } from './time-server'

/** What makes it the same again in another run: settings that name it are then still right. */
export interface KeptPlatform {
  certificates: Certificates
  brokerPort: number
  timePort: number
}

export interface PlatformOptions {
  onMessage?: (message: ReceivedMessage) => void
  kept?: KeptPlatform | undefined
}

export class Platform {
  readonly broker: LoopbackBroker
  readonly timeServer: LoopbackTimeServer
  readonly settings: SettingsJson
  readonly kept: KeptPlatform

  /** Rejects if a port that was kept is in use. */
  static async start({ onMessage, kept }: PlatformOptions = {}): Promise<Platform> {
    const certificates = kept?.certificates ?? (await makeCertificates())
    const credentials = { key: 'simulated-site', secret: 'only-on-loopback' }
    const broker = await LoopbackBroker.start({
      ...{ certificates, credentials, onMessage },
      port: kept?.brokerPort,
    })
    let timeServer: LoopbackTimeServer
    try {
      timeServer = await LoopbackTimeServer.start(kept?.timePort)
    } catch (error) {
      await broker.stop()
      throw error
    }
    return new Platform(broker, timeServer, certificates, {
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
    certificates: Certificates,
    settings: SettingsJson,
  ) {
    this.broker = broker
    this.timeServer = timeServer
    this.settings = settings
    this.kept = { certificates, brokerPort: broker.port, timePort: timeServer.port }
  }

  async stop(): Promise<void> {
    this.timeServer.stop()
    await this.broker.stop()
  }
}
