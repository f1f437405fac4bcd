import type { Config, House, Slice } from '@ruslo/platform';

/** What a cash register does for us; the receipt's id is the idempotency key. What is thrown is a fault of the world, and the document is sent again; `DocumentRefused` is final. */
export interface FiscalPort {
  readonly name: string;
  register(receipt: {
    readonly id: string;
    readonly document: Readonly<Record<string, unknown>>;
    /** A place, or `online`: which register of several. */
    readonly lane: string;
  }): Promise<{ readonly number: string; readonly fiscalSign: string; readonly registeredAt: Date }>;
  /** Ends its connections. */
  close?(): Promise<void>;
}

/** The register will never take this document as it is. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused';
}

/** A port as such, or made of the configuration when the house opens. */
export type FiscalPorts = FiscalPort | undefined | ((config: Config) => FiscalPort | undefined);

// The slice is a constant of the module, and several houses with their own configuration may live in one process.
const portOfSlice = new WeakMap<Slice, FiscalPorts>();
const portOfHouse = new WeakMap<House, { readonly port: FiscalPort | undefined; readonly isMade: boolean }>();

export function keepPort(slice: Slice, port: FiscalPorts): void {
  portOfSlice.set(slice, port);
}

export function portOf(house: House): FiscalPort | undefined {
  const known = portOfHouse.get(house);
  if (known !== undefined) return known.port;
  const from = house.slices.map((slice) => portOfSlice.get(slice)).find((port) => port !== undefined);
  const isMade = typeof from === 'function';
  const port = typeof from === 'function' ? from(house.config) : from;
  portOfHouse.set(house, { port, isMade });
  return port;
}

/** Ends the port that this house has made. One that was given belongs to the giver. */
export async function closePort(house: House): Promise<void> {
  const known = portOfHouse.get(house);
  if (known?.isMade === true) await known.port?.close?.();
}
