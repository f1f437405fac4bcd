-- Carts. A row belongs to one customer id and keeps it; the cart of a person is the join of the rows of her ids, so a merge
-- joins carts and an unmerge parts them without anything being rewritten.
create schema cart;

create table cart.cart (
  customer_id  uuid primary key,
  id           uuid        not null,
  version      int         not null,   -- grows with every change; a person's version is the sum over her rows
  lines        json        not null,   -- [[line, variant, quantity, channel, added at in ms, seen price], …]; read and written as a whole
  line_count   int         not null,
  coupons      text[]      not null,
  channel      text        not null,   -- of the last change
  changed_at   timestamptz not null,
  -- When to look whether it lies idle. Set by the first change after the last look, not by each: a changed index entry
  -- would make every update of the row a cold one.
  check_at     timestamptz,
  idle_version int                     -- version of the person's cart of which idleness was told
) with (fillfactor = 60);
create index cart_check on cart.cart (check_at) where check_at is not null;

-- What was done, by whom and where, once per key.
create table cart.operation (
  customer_id uuid        not null,
  key         text        not null,
  version     int         not null,    -- of the cart after it
  at          timestamptz not null,
  channel     text        not null,
  by_kind     text        not null,
  by_id       uuid,
  ops         json        not null,
  outcome     json        not null,    -- what the first answer said of it, told again for the same key
  primary key (customer_id, key)
);
-- Appended in order of time: a range index costs next to nothing and finds what is old.
create index operation_age on cart.operation using brin (at);

create table cart.setting (
  only_one     boolean primary key default true check (only_one),
  idle_minutes int  not null default 30 check (idle_minutes between 1 and 10080),
  most_pieces  int  not null default 999 check (most_pieces between 1 and 100000),
  most_grams   int  not null default 100000 check (most_grams between 1 and 10000000),
  time_zone    text not null default 'Europe/Moscow'  -- in which rules with hours are judged where no place is named
);
insert into cart.setting default values;

create table cart.list (
  id          uuid primary key,
  customer_id uuid        not null,
  kind        text        not null check (kind in ('saved', 'compare')),
  name        text        not null,
  created_at  timestamptz not null
);
create index list_customer on cart.list (customer_id);
create unique index list_compare on cart.list (customer_id) where kind = 'compare';

create table cart.list_item (
  list_id    uuid        not null references cart.list on delete cascade,
  variant_id uuid        not null,
  added_at   timestamptz not null,
  primary key (list_id, variant_id)
);

-- What she looked at and searched for last; value = a variant id, or the words.
create table cart.recent (
  customer_id uuid        not null,
  kind        text        not null check (kind in ('viewed', 'search')),
  value       text        not null,
  at          timestamptz not null,
  primary key (customer_id, kind, value)
) with (fillfactor = 80);
