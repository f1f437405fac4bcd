-- ORDER is a word of SQL, so the schema is always quoted.
create schema "order";

create sequence "order".number;

-- An order of any channel. What it costs is frozen at placement and never reckoned again.
create table "order"."order" (
  id              uuid primary key,
  number          text        not null unique,            -- what people say: M-1000042; of an import its own number
  customer_id     uuid,                                   -- null: a sale at a till to nobody known
  channel         text        not null,
  source_id       uuid,
  sale_place_id   uuid,                                   -- till or shop where it was placed
  method          text        not null check (method in ('till', 'pickup', 'delivery')),
  pickup_place_id uuid,
  state           text        not null check (state in
    ('awaiting-payment', 'confirmed', 'picking', 'ready', 'shipped', 'completed', 'cancelled', 'expired')),
  pay             text        not null check (pay in ('now', 'on-handover')),
  currency        text        not null,
  sum_minor       bigint      not null check (sum_minor >= 0),       -- goods before discounts
  discount_minor  bigint      not null check (discount_minor >= 0),
  points_spent    bigint      not null default 0 check (points_spent >= 0),
  points_minor    bigint      not null default 0 check (points_minor >= 0),   -- what those points pay
  points_earned   bigint      not null default 0 check (points_earned >= 0),
  shipping_minor  bigint      not null default 0 check (shipping_minor >= 0), -- after its discount
  total_minor     bigint      not null check (total_minor >= 0),     -- money, gift cards and store credit
  paid_minor      bigint      not null default 0 check (paid_minor >= 0),
  refunded_minor  bigint      not null default 0 check (refunded_minor >= 0),
  recipient       jsonb       not null default '{}',                 -- {name, phone, email, address: {city, street, …, lat, lon}, comment}
  coupons         text[]      not null default '{}',
  uses            jsonb       not null default '[]',      -- what it took of limits and budgets of offers, to take it anew
  cart_id         uuid,
  exchange_of     uuid,                                   -- return whose exchange this order is
  placed_at       timestamptz not null,
  expires_at      timestamptz,                            -- while it awaits payment
  confirmed_at    timestamptz,
  completed_at    timestamptz,
  closed_why      text,
  version         int         not null default 1,
  constraint refund_within_pay check (refunded_minor <= paid_minor),
  constraint money_adds_up check (total_minor = sum_minor - discount_minor - points_minor + shipping_minor)
);
create index order_phone on "order"."order" (right(regexp_replace(recipient ->> 'phone', '\D', '', 'g'), 10), placed_at desc)
  where recipient ? 'phone';
create index order_email on "order"."order" (lower(recipient ->> 'email'), placed_at desc) where recipient ? 'email';
create index order_place on "order"."order" (coalesce(pickup_place_id, sale_place_id), placed_at desc);
create index order_customer on "order"."order" (customer_id, placed_at desc);
create index order_placed on "order"."order" (placed_at desc, id desc);
create index order_state on "order"."order" (state, placed_at desc) where state not in ('completed', 'cancelled', 'expired');
create index order_expiry on "order"."order" (expires_at) where state = 'awaiting-payment';

-- Units of a line are numbered from 0 to quantity − 1. What left the line takes the next numbers, so shares of the frozen
-- sums (kernel `share`) add up to the line exactly, whatever the order and the split.
create table "order".line (
  order_id        uuid        not null references "order"."order",
  line_no         smallint    not null,
  variant_id      uuid        not null,
  sku             text        not null,
  title           text        not null,
  kind            text        not null check (kind in ('good', 'service', 'gift-card')),
  unit            text        not null check (unit in ('piece', 'weight')),
  quantity        bigint      not null check (quantity > 0),         -- base units
  price_minor     bigint      not null check (price_minor >= 0),
  sum_minor       bigint      not null check (sum_minor >= 0),
  discount_minor  bigint      not null check (discount_minor >= 0),
  points_spent    bigint      not null default 0,
  points_minor    bigint      not null default 0,
  points_earned   bigint      not null default 0,
  total_minor     bigint      not null check (total_minor >= 0),
  discounts       jsonb       not null default '[]',                 -- [{ruleId, name, amountMinor, coupon?, grantId?}]
  vat             text        not null,
  category_ids    uuid[]      not null default '{}',
  warranty_months int,
  components      jsonb       not null default '[]',                 -- of a kit: [{variantId, quantity}] of one kit
  gift            boolean     not null default false,
  marked          boolean     not null default false,
  min_age         int,
  -- Where the units are. Their sum never passes the quantity.
  taken           bigint      not null default 0 check (taken >= 0),         -- with the customer
  withdrawn       bigint      not null default 0 check (withdrawn >= 0),     -- refused, not found or cancelled before hand-out
  returned        bigint      not null default 0 check (returned >= 0),      -- of the taken
  primary key (order_id, line_no),
  constraint units_add_up check (taken + withdrawn <= quantity and returned <= taken),
  constraint line_adds_up check (total_minor = sum_minor - discount_minor - points_minor)
);
create index line_variant on "order".line (variant_id);

-- How it is paid: parts that sum to total_minor. Refunds go back to the parts.
create table "order".tender (
  order_id       uuid     not null references "order"."order",
  tender_no      smallint not null,
  kind           text     not null check (kind in ('card', 'cash', 'terminal', 'gift', 'credit', 'due')), -- due: taken at hand-over
  amount_minor   bigint   not null check (amount_minor > 0),
  refunded_minor bigint   not null default 0 check (refunded_minor >= 0 and refunded_minor <= amount_minor),
  card_id        uuid,                                    -- gift card
  payment_id     uuid,                                    -- card, cash, terminal
  primary key (order_id, tender_no)
);
create index tender_payment on "order".tender (payment_id) where payment_id is not null;

-- Gift cards of a gift-card line, by unit. Their codes are with whom they were shown, and nowhere else.
create table "order".card (
  order_id uuid     not null references "order"."order",
  line_no  smallint not null,
  unit_no  int      not null,
  card_id  uuid     not null unique,
  last4    text     not null,
  primary key (order_id, line_no, unit_no)
);

-- Which place brings what together, and how far it is.
create table "order".fulfilment (
  id          uuid primary key,
  order_id    uuid        not null references "order"."order",
  place_id    uuid        not null,
  method      text        not null check (method in ('pickup', 'delivery')),
  -- planned: the order is not certain yet; waiting: a task for the desk.
  state       text        not null check (state in
    ('planned', 'waiting', 'picking', 'ready', 'trying', 'shipped', 'done', 'cancelled')),
  cell        text,
  code_hash   bytea,                                      -- hand-out code; the code itself is with the customer
  code_sealed text,                                       -- for showing it to her again
  promised_at timestamptz,
  picker_id   uuid,
  created_at  timestamptz not null,
  picked_at   timestamptz,
  ready_at    timestamptz,
  done_at     timestamptz,
  version     int         not null default 1
);
create index fulfilment_order on "order".fulfilment (order_id);
create index fulfilment_place on "order".fulfilment (place_id, state, created_at) where state not in ('planned', 'done', 'cancelled');
create index fulfilment_code on "order".fulfilment (code_hash) where state in ('ready', 'trying');

create table "order".fulfilment_line (
  fulfilment_id uuid     not null references "order".fulfilment,
  line_no       smallint not null,
  quantity      bigint   not null check (quantity > 0),
  picked        bigint   not null default 0 check (picked >= 0),
  taken         bigint   not null default 0 check (taken >= 0),
  refused       bigint   not null default 0 check (refused >= 0),
  not_found     bigint   not null default 0 check (not_found >= 0),
  cancelled     bigint   not null default 0 check (cancelled >= 0),
  primary key (fulfilment_id, line_no),
  constraint parts_add_up check (taken + refused + not_found + cancelled <= quantity)
);

-- Checkout of a person, left in one channel and taken up in another at the same step. One open per customer id.
create table "order".checkout (
  id          uuid primary key,
  customer_id uuid        not null unique,
  step        text        not null check (step in ('delivery', 'payment', 'confirm')),
  data        jsonb       not null,
  channel     text        not null,
  version     int         not null default 1,
  updated_at  timestamptz not null
);

-- Every step of an order, append-only; each has its fact in the log.
create table "order".step (
  id         uuid primary key,
  order_id   uuid        not null references "order"."order",
  from_state text,
  to_state   text        not null,
  at         timestamptz not null,
  by         text        not null,                        -- staff:id, customer:id, system
  why        text
);
create index step_order on "order".step (order_id, id);
