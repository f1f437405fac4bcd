const hex: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 bits that the caller chooses.
 * Time and chance come in as parameters, so this stays pure; `newId` of the platform feeds it.
 *
 * @param atMs Unix time in milliseconds, 0 to 2^48-1.
 * @param bytes at least 10 bytes; the first 12 bits are usually a counter, the rest random.
 */
export function uuidV7(atMs: number, bytes: Uint8Array): string {
  const high = Math.floor(atMs / 0x1_0000_0000);
  const low = atMs >>> 0;
  const byte = (index: number): number => bytes[index] ?? 0;
  const text = (value: number): string => hex[value & 0xff] ?? '00';
  return (
    text(high >>> 8) +
    text(high) +
    text(low >>> 24) +
    text(low >>> 16) +
    '-' +
    text(low >>> 8) +
    text(low) +
    '-' +
    text(0x70 | (byte(0) & 0x0f)) +
    text(byte(1)) +
    '-' +
    text(0x80 | (byte(2) & 0x3f)) +
    text(byte(3)) +
    '-' +
    text(byte(4)) +
    text(byte(5)) +
    text(byte(6)) +
    text(byte(7)) +
    text(byte(8)) +
    text(byte(9))
  );
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => uuidPattern.test(text);
