-- The log: the one ordered record of what happened. Its order is (tx, id).
-- tx is the id of the writing transaction: a follower that reads only below the oldest running transaction
-- can never pass by a row that commits later. The offset lets a database that was restored into a cluster
-- with younger transaction ids go on above its own past (see log.lift_tx).
create schema log;

create function log.tx_offset() returns bigint language sql immutable parallel safe as 'select 0::bigint';

create function log.tx() returns bigint language sql stable parallel safe
  as 'select pg_current_xact_id()::text::bigint + log.tx_offset()';

-- Every transaction below this one has ended: what is visible below it is complete.
create function log.settled_tx() returns bigint language sql stable parallel safe
  as 'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + log.tx_offset()';

create table log.event (
  tx           bigint      not null default log.tx(),
  id           uuid        not null,
  kind         text        not null check (kind in ('track', 'page', 'screen', 'identify', 'group', 'alias', 'fact')),
  name         text        not null,
  channel      text        not null,
  source_id    uuid,
  customer_id  uuid,
  occurred_at  timestamptz not null,
  received_at  timestamptz not null,
  original_at  timestamptz,
  sent_at      timestamptz,
  message_id   text,
  data         jsonb       not null
) partition by range (received_at);

-- Followers read in this order. Appended at its right edge only.
create index event_order on log.event (tx, id);
-- The timeline of a person, newest first.
create index event_customer on log.event (customer_id, occurred_at desc, id desc) where customer_id is not null;
-- The raw event on demand; uuid v7 is appended at the right edge too.
create index event_id on log.event (id);

-- messageId is unique for as long as the event is kept, over all partitions: hence a table of its own.
-- key = first 16 bytes of the SHA-256 of the messageId.
create table log.message (
  key      uuid primary key,
  event_id uuid not null
);

create table log.follower (
  name       text primary key,
  tx         bigint      not null default 0,
  id         uuid        not null default '00000000-0000-0000-0000-000000000000',
  updated_at timestamptz not null default now()
);

-- One answer per idempotency key: the same command again gives the first answer and no second effect.
create table log.command (
  caller     text        not null,
  key        text        not null,
  request    text        not null,
  status     int         not null,
  answer     jsonb       not null,
  created_at timestamptz not null default now(),
  primary key (caller, key)
);
create index command_age on log.command (created_at);

-- Makes the partition of a month. True when it was there already: only that survives a rollback of the caller.
create function log.ensure_month(at timestamptz) returns boolean language plpgsql as $$
declare
  from_at timestamptz := date_trunc('month', at at time zone 'UTC') at time zone 'UTC';
  to_at   timestamptz := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  part    text := 'event_' || to_char(from_at at time zone 'UTC', 'YYYYMM');
begin
  if to_regclass('log.' || part) is not null then
    return true;
  end if;
  perform pg_advisory_xact_lock(hashtext('log.ensure_month'));
  execute format('create table if not exists log.%I partition of log.event for values from (%L) to (%L)', part, from_at, to_at);
  return false;
end $$;
