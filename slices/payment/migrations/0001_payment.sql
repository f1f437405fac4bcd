create schema payment;

-- Money in. A final state (succeeded, failed, cancelled) is written in the transaction in which the order acts on it, and never changes.
create table payment.payment (
  id             uuid primary key,
  ref            text        not null,                    -- the order
  key            text        not null,
  customer_id    uuid,
  method         text        not null check (method in ('card', 'cash', 'terminal')),
  state          text        not null check (state in ('new', 'pending', 'succeeded', 'failed', 'cancelled')),
  amount_minor   bigint      not null check (amount_minor > 0),
  refunded_minor bigint      not null default 0 check (refunded_minor >= 0),  -- given back or promised
  currency       text        not null,
  provider       text,
  provider_ref   text,
  return_url     text,
  confirm_url    text,
  failure        text,
  created_at     timestamptz not null,
  asked_at       timestamptz,                             -- when the provider was last asked; null before the start
  cancel_at      timestamptz,                             -- the provider is to be told to cancel, not before
  cancel_tries   int         not null default 0,
  final_at       timestamptz,
  unique (ref, key),
  constraint refund_within_amount check (refunded_minor <= amount_minor)
);
create index payment_state on payment.payment (state, id desc);
create index payment_customer on payment.payment (customer_id, id desc) where customer_id is not null;
create unique index payment_provider on payment.payment (provider, provider_ref) where provider_ref is not null;
create index payment_open on payment.payment (asked_at) where state in ('new', 'pending');
create index payment_cancel on payment.payment (cancel_at) where cancel_at is not null;

-- Money out, each part on its way until the provider has said yes.
create table payment.refund (
  id           uuid primary key,
  payment_id   uuid        not null references payment.payment,
  key          text        not null,
  amount_minor bigint      not null check (amount_minor > 0),
  reason       text        not null,
  state        text        not null check (state in ('queued', 'pending', 'succeeded', 'failed')),
  round        int         not null default 1,            -- grows when somebody tries again what the provider refused
  refused      boolean     not null default false,        -- the provider said no; otherwise we gave up asking
  tries        int         not null default 0,
  next_at      timestamptz,
  failure      text,
  created_at   timestamptz not null,
  done_at      timestamptz,
  unique (payment_id, key)
);
create index refund_due on payment.refund (next_at) where state in ('queued', 'pending');
create index refund_state on payment.refund (state, id desc);

-- What a provider told us, once each; forgotten after a month.
create table payment.event (
  provider    text        not null,
  event_id    text        not null,
  payment_id  uuid        not null,
  received_at timestamptz not null,
  times       int         not null default 1,
  primary key (provider, event_id)
);
create index event_age on payment.event (received_at);
