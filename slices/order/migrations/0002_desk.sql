-- The desk: picking, handing out, returns, exchanges, warranty.

alter table "order".fulfilment
  add column shipped_at timestamptz,                      -- from then on the goods have left the stock of place_id
  add column taken_at   timestamptz,                      -- when the picker took the task
  add column handed_out jsonb,                            -- {by, placeId, returnId?}: who handed it out, and the return that undid it
  add column receipt_id uuid;                             -- full settlement of what was taken

-- Money of an exchange that stays with the company is a tender of the new order; wallet and payment know it by the old one.
alter table "order".tender add column origin_order_id uuid;

-- Key of hand-out codes: a code has few digits, so its bare hash would say the code.
create table "order".secret (
  one boolean primary key default true check (one),
  key bytea not null
);

-- A scanner sends again what it does not know to have arrived.
create table "order".scan (
  fulfilment_id uuid        not null references "order".fulfilment,
  key           text        not null,
  line_no       smallint    not null,
  quantity      bigint      not null,
  at            timestamptz not null,
  primary key (fulfilment_id, key)
);

-- Wrong codes by place and by who asks, so that guessing ends.
create table "order".guess (
  place_id uuid        not null,
  asker    text        not null,
  since    timestamptz not null,
  wrong    int         not null,
  primary key (place_id, asker)
);

create sequence "order".return_number;

create table "order".return (
  id                uuid primary key,
  number            text        not null unique,          -- R-1000007
  order_id          uuid        not null references "order"."order",
  customer_id       uuid,
  channel           text        not null,
  place_id          uuid,                                 -- where the goods come to; null while nobody has said
  state             text        not null check (state in ('announced', 'received', 'refunded', 'withdrawn')),
  way               text        not null check (way in ('place', 'pickup', 'mail', 'system')),
  pay_to            text        not null check (pay_to in ('origin', 'cash')),
  amount_minor      bigint      not null default 0 check (amount_minor >= 0),     -- money, gift cards and credit that go back
  deducted_minor    bigint      not null default 0 check (deducted_minor >= 0),   -- kept for points already spent
  carried_minor     bigint      not null default 0 check (carried_minor >= 0),    -- of the amount: pays the exchange
  points_back       bigint      not null default 0,
  points_taken      bigint      not null default 0,
  currency          text        not null,
  exchange_order_id uuid,
  receipt_id        uuid,
  why               text,                                 -- staff's reason for leaving the policy
  by                text        not null,
  created_at        timestamptz not null,
  received_at       timestamptz,
  refunded_at       timestamptz,
  constraint carried_within check (carried_minor <= amount_minor)
);
create index return_order on "order".return (order_id, id);
create index return_customer on "order".return (customer_id, id desc);
create index return_state on "order".return (state, id desc);
create index return_place on "order".return (place_id, id desc);

create table "order".return_line (
  return_id     uuid     not null references "order".return,
  line_no       smallint not null,
  quantity      bigint   not null check (quantity > 0),
  reason        text     not null check (reason in ('unfit', 'defect', 'wrong', 'not-needed', 'other')),
  damaged       boolean  not null default false,
  amount_minor  bigint   not null default 0,
  points_spent  bigint   not null default 0,
  points_earned bigint   not null default 0,
  primary key (return_id, line_no, damaged)
);

create table "order".return_tender (
  return_id    uuid     not null references "order".return,
  tender_no    smallint not null,
  kind         text     not null,
  amount_minor bigint   not null check (amount_minor > 0),
  primary key (return_id, tender_no)
);

-- One row per sold unit; goods by weight have one per hand-over.
create table "order".warranty (
  id          uuid primary key,
  order_id    uuid        not null references "order"."order",
  line_no     smallint    not null,
  unit_no     bigint      not null,
  quantity    bigint      not null default 1,
  customer_id uuid,
  variant_id  uuid        not null,
  sku         text        not null,
  title       text        not null,
  serial      text,
  starts_at   timestamptz not null,
  until_at    timestamptz not null,
  ended_at    timestamptz,                                -- the unit came back
  unique (order_id, line_no, unit_no)
);
create index warranty_customer on "order".warranty (customer_id, until_at);
create index warranty_until on "order".warranty (until_at) where ended_at is null;

-- Parcels that another place brings to this desk.
create index order_pickup on "order"."order" (pickup_place_id) where state in ('confirmed', 'picking', 'ready');
