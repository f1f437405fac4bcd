create schema loyalty;

-- A version is never changed: an order keeps what it was promised, and processes may remember a version for good.
create table loyalty.programme (
  version    int primary key,
  id         uuid        not null unique,
  settings   jsonb       not null,
  reach_days int         not null,                -- how far back money can still matter for a tier: window and longest grace
  by         text        not null,
  at         timestamptz not null
);

-- Money that counts for a tier, append-only: what an order brought, and less of it for each return.
create table loyalty.qualification (
  id           uuid primary key,
  key          text collate "C" not null unique,
  customer_id  uuid,                              -- null after erasing
  order_id     text        not null,
  number       text,                              -- what people call the order
  amount_minor bigint      not null,
  counts_at    timestamptz not null,              -- of a return the order's, so that both leave the window together
  known_at     timestamptz not null
);
create index qualification_customer on loyalty.qualification (customer_id, counts_at) where customer_id is not null;
create index qualification_order on loyalty.qualification (order_id);

-- The tier that was told last, and when to look again: money came or went, left the window, or grace ended.
create table loyalty.standing (
  customer_id uuid primary key,
  tier        text,
  check_at    timestamptz
) with (fillfactor = 80);
create index standing_check on loyalty.standing (check_at) where check_at is not null;
