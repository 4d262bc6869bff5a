/** The names of function codes and exception codes. Application Protocol V1.1b3, 5.1 and 7. */

export const READ_COILS = 1
export const READ_DISCRETE_INPUTS = 2
export const READ_HOLDING_REGISTERS = 3
export const READ_INPUT_REGISTERS = 4
export const WRITE_SINGLE_COIL = 5
export const WRITE_SINGLE_REGISTER = 6
export const WRITE_MULTIPLE_COILS = 15
export const WRITE_MULTIPLE_REGISTERS = 16
export const READ_WRITE_MULTIPLE_REGISTERS = 23
/** Function 43 with MEI type 14. */
export const READ_DEVICE_IDENTIFICATION = 43

export const ILLEGAL_FUNCTION = 1
export const ILLEGAL_DATA_ADDRESS = 2
export const ILLEGAL_DATA_VALUE = 3
export const SERVER_DEVICE_FAILURE = 4
export const ACKNOWLEDGE = 5
export const SERVER_DEVICE_BUSY = 6

const EXCEPTIONS: { readonly [code: number]: string } = {
  [ILLEGAL_FUNCTION]: 'illegal function',
  [ILLEGAL_DATA_ADDRESS]: 'illegal data address',
  [ILLEGAL_DATA_VALUE]: 'illegal data value',
  [SERVER_DEVICE_FAILURE]: 'server device failure',
  [ACKNOWLEDGE]: 'acknowledge',
  [SERVER_DEVICE_BUSY]: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
}

export function describeException(code: number): string {
  return `exception ${code} (${EXCEPTIONS[code] ?? 'unknown'})`
}

/** Whether the device works on this request, or on something else. */
export function isBusy(exception: number): boolean {
  return exception === ACKNOWLEDGE || exception === SERVER_DEVICE_BUSY
}
