create schema receipt;

-- How this company's receipts look; one row.
create table receipt.setting (
  id             boolean     primary key default true check (id),
  data           jsonb       not null,
  version        int         not null default 1,
  changed_at     timestamptz not null default '1970-01-01'
);
insert into receipt.setting (data) values ('{}');

-- A document of the law. Its sums never change; a duty brings it to the cash register of its lane, in order.
create table receipt.receipt (
  id             uuid primary key,
  key            text        not null unique,
  ref            text        not null,                    -- the order
  type           text        not null check (type in ('sale', 'sale-refund')),
  state          text        not null check (state in ('queued', 'registered', 'failed')),
  lane           text        not null,                    -- a place id, or online: one register each
  place_id       uuid,
  customer_id    uuid,
  original_id    uuid references receipt.receipt,
  currency       text        not null,
  total_minor    bigint      not null check (total_minor >= 0),
  document       jsonb       not null,
  number         text,
  fiscal_sign    text,
  issued_at      timestamptz not null,
  registered_at  timestamptz,
  tries          int         not null default 0,
  first_try_at   timestamptz,
  next_at        timestamptz,
  failure        text,
  forget         boolean     not null default false       -- the person was erased before it was registered
);
create index receipt_ref on receipt.receipt (ref);
create index receipt_queue on receipt.receipt (lane, id) where state = 'queued';
create index receipt_state on receipt.receipt (state, id desc);
create index receipt_place on receipt.receipt (place_id, id desc) where place_id is not null;
create index receipt_customer on receipt.receipt (customer_id) where customer_id is not null;
create index receipt_number on receipt.receipt (number) where number is not null;
create index receipt_sign on receipt.receipt (fiscal_sign) where fiscal_sign is not null;
