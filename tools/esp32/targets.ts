/** The ESP32 targets of this project, by the names that its commands take. */
export interface Target {
  /** The board's name among mcconfig's platforms. */
  board: string
  /** The SDK's folder of the ESP-IDF project. */
  chip: string
}

export const TARGETS: Record<string, Target> = {
  esp32: { board: 'nodemcu', chip: 'esp32' },
  esp32s3: { board: 'esp32s3', chip: 'esp32s3' },
  esp32c3: { board: 'esp32c3', chip: 'esp32c3' },
}
