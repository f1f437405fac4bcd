create schema timeline;

-- One installation of a channel: this site, that till, the bot. It writes with a key of its own.
create table timeline.source (
  id         uuid        primary key,
  name       text        not null,
  kind       text        not null,
  channel    text        not null,
  owner      text        not null default '',
  write_key  text        not null unique,
  -- Identifier kinds that its word proves; '*' for all (see rules of identity: proven ones join by themselves).
  proves     text[]      not null default '{}',
  enabled    boolean     not null default true,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);

-- Apart from the source, because it is written every second and the source almost never.
create table timeline.source_seen (
  source_id    uuid        primary key references timeline.source,
  last_seen_at timestamptz not null
) with (fillfactor = 50);

-- What came in, by minute; for the health light. Kept for eight days.
create table timeline.source_minute (
  source_id uuid        not null references timeline.source,
  minute    timestamptz not null,
  accepted  int         not null default 0,
  repeated  int         not null default 0,
  rejected  int         not null default 0,
  late      int         not null default 0,
  primary key (source_id, minute)
) with (fillfactor = 70);
create index source_minute_age on timeline.source_minute (minute);

-- Events that were refused, and why. The newest 100,000 of the last 7 days.
create table timeline.rejected (
  id          uuid        primary key,
  at          timestamptz not null,
  -- Null for a key that nobody gave out.
  source_id   uuid,
  kind        text,
  name        text,
  message_id  text,
  code        text        not null,
  -- As it came, cut to 32 KB, without keys.
  raw         text        not null
);
create index rejected_source on timeline.rejected (source_id, id desc);
