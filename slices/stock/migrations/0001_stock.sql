create schema stock;

-- What lies where, and what of it is promised. The row's lock is what all who change its reservations or movements hold.
create table stock.level (
  variant_id uuid        not null,
  place_id   uuid        not null,
  on_hand    bigint      not null default 0 check (on_hand >= 0),
  reserved   bigint      not null default 0 check (reserved >= 0),   -- Σ of the live reservations
  safety     bigint      not null default 0 check (safety >= 0),     -- never promised
  backorder  bigint      not null default 0 check (backorder >= 0),  -- so much may be promised beyond what is there
  -- By how much a stocktake, damage or a setting left less than was already promised. Only those write it; so what is
  -- newly promised meets the constraint below.
  shortage   bigint      not null default 0 check (shortage >= 0),
  low_at     bigint      check (low_at >= 0),
  excess_at  bigint      check (excess_at > 0),
  -- Columns of their own, so that the indexes below do not make every reservation touch all indexes (HOT).
  low        boolean     not null generated always as (coalesce(on_hand - reserved - safety + backorder <= low_at, false)) stored,
  excess     boolean     not null generated always as (coalesce(on_hand >= excess_at, false)) stored,
  changed_at timestamptz not null,
  primary key (variant_id, place_id),
  constraint never_oversold check (reserved <= on_hand + backorder + shortage)
) with (fillfactor = 80);
create index level_place on stock.level (place_id, variant_id);
create index level_low on stock.level (variant_id, place_id) where low;
create index level_excess on stock.level (variant_id, place_id) where excess;
create index level_short on stock.level (variant_id, place_id) where shortage > 0;

-- Why on_hand is what it is: its sum by variant and place. Numbered by the store: one statement may write more than its caller knows of.
create table stock.movement (
  id         bigint      generated always as identity primary key,
  variant_id uuid        not null,
  place_id   uuid        not null,
  kind       text        not null check (kind in
    ('received', 'imported', 'adjusted', 'counted', 'found', 'sold', 'returned', 'written-off', 'sent', 'arrived')),
  quantity   bigint      not null check (quantity <> 0),             -- positive comes, negative goes
  ref        text,                                                   -- order, return, document
  by         uuid,                                                   -- member of staff
  why        text,
  at         timestamptz not null
);
create index movement_variant on stock.movement (variant_id, id desc);
create index movement_place on stock.movement (place_id, id desc);
create index movement_ref on stock.movement (ref) where ref is not null;

create function stock.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'stock.% is never changed after it is written', tg_table_name;
end $$;
create trigger movement_append_only before update or delete on stock.movement for each row execute function stock.refuse_change();

-- A promise of goods to an order. What is consumed or released in parts is split off as a row of its own, so that each row ends once.
create table stock.reservation (
  id         bigint      generated always as identity primary key,
  ref        text        not null,
  variant_id uuid        not null,
  place_id   uuid        not null,
  quantity   bigint      not null check (quantity > 0),
  state      text        not null default 'live' check (state in ('live', 'consumed', 'released', 'expired')),
  until      timestamptz,                                            -- null: until consumed or released
  part_of    bigint,                                                 -- the row from which it was split off
  at         timestamptz not null,
  ended_at   timestamptz,
  constraint ended_when_ended check ((state = 'live') = (ended_at is null))
);
create unique index reservation_live on stock.reservation (ref, variant_id, place_id) where state = 'live';
create index reservation_ref on stock.reservation (ref, id);
create index reservation_level on stock.reservation (variant_id, place_id) where state = 'live';
create index reservation_due on stock.reservation (until) where state = 'live' and until is not null;
create trigger reservation_ends_once before update on stock.reservation for each row when (old.state <> 'live')
  execute function stock.refuse_change();
create trigger reservation_stays before delete on stock.reservation for each row execute function stock.refuse_change();

-- Deeds that are done once, by the key their doer gave them.
create table stock.deed (
  key text        primary key,
  at  timestamptz not null
);

-- What bringing costs and how long it takes: one row at most, by default contract.ts `defaultTariff`.
create table stock.tariff (
  one            boolean primary key default true check (one),
  fee_minor      bigint  not null check (fee_minor >= 0),
  fee_km_minor   bigint  not null check (fee_km_minor >= 0),
  fee_part_minor bigint  not null check (fee_part_minor >= 0),
  part_minor     bigint  not null check (part_minor >= 0),
  km_minor       bigint  not null check (km_minor >= 0),
  hour_minor     bigint  not null check (hour_minor >= 0),
  delivery_hours float8  not null check (delivery_hours >= 0),
  km_per_hour    float8  not null check (km_per_hour > 0),
  transfer_hours float8  not null check (transfer_hours >= 0),
  parts_most     int     not null check (parts_most between 1 and 10)
);

-- Who waits for a variant (at a place, or anywhere). Ends when she was told, or has given up.
create table stock.wait (
  id          uuid        primary key,
  customer_id uuid        not null,
  variant_id  uuid        not null,
  place_id    uuid,
  channel     text        not null,
  at          timestamptz not null
);
create unique index wait_once on stock.wait (customer_id, variant_id, place_id) nulls not distinct;
create index wait_variant on stock.wait (variant_id, at, id);
