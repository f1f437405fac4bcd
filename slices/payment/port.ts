import type { Config, House, Slice } from '@ruslo/platform';

/** `card` goes through a provider; `cash` and `terminal` are taken by a cashier and are there at once. */
export type PaymentMethod = 'card' | 'cash' | 'terminal';
export type PaymentState = 'new' | 'pending' | 'succeeded' | 'failed' | 'cancelled';

/** What a card provider does for us. Every call carries our id as its idempotency key and may be repeated. What is thrown is a fault of the world: the call is made again later. */
export interface PaymentPort {
  readonly name: string;
  start(payment: {
    readonly id: string;
    readonly amountMinor: number;
    readonly currency: string;
    readonly ref: string;
    readonly returnUrl: string;
  }): Promise<{ readonly providerRef: string; readonly confirmUrl: string | null; readonly state: PaymentState }>;
  state(providerRef: string): Promise<{ readonly state: PaymentState; readonly failure: string | null }>;
  /** Also when it is too late: how it stands is asked afterwards. */
  cancel(providerRef: string): Promise<void>;
  refund(refund: {
    readonly id: string;
    readonly providerRef: string;
    readonly amountMinor: number;
    readonly currency: string;
  }): Promise<{ readonly state: 'succeeded' | 'pending' | 'failed'; readonly failure: string | null }>;
  /** Checks the signature; undefined for what the provider did not send. */
  readWebhook(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    body: Buffer,
    now: Date,
  ): { readonly eventId: string; readonly providerRef: string; readonly paymentId: string | null } | undefined;
  /** Ends its connections. */
  close?(): Promise<void>;
}

/** Ports as such, or made of the configuration when the house opens. */
export type PaymentPorts = readonly PaymentPort[] | ((config: Config) => readonly PaymentPort[]);

// A door has the house and not the slice, and several houses may live in one process.
const portsOfSlice = new WeakMap<Slice, PaymentPorts>();
const portsOfHouse = new WeakMap<House, readonly PaymentPort[]>();

export function keepPorts(slice: Slice, ports: PaymentPorts): void {
  portsOfSlice.set(slice, ports);
}

export function portsOf(house: House): readonly PaymentPort[] {
  const known = portsOfHouse.get(house);
  if (known !== undefined) return known;
  const from = house.slices.map((slice) => portsOfSlice.get(slice)).find((ports) => ports !== undefined) ?? [];
  const ports = typeof from === 'function' ? from(house.config) : from;
  portsOfHouse.set(house, ports);
  return ports;
}

/** Ends the ports that this house has made. Those that were given belong to the giver. */
export async function closePorts(house: House): Promise<void> {
  const isMade = house.slices.some((slice) => typeof portsOfSlice.get(slice) === 'function');
  if (!isMade) return;
  for (const port of portsOfHouse.get(house) ?? []) await port.close?.();
}
