-- Identity: who is who. A person is all customer ids with one head_id; every row and event keeps the id it was written with.
create schema identity;
create extension if not exists pg_trgm;

create table identity.kind (
  kind     text primary key,      -- `external` stands for every external:<system>
  priority int  not null,         -- the owner of an event is the owner of its identifier with the highest priority
  most     int  not null          -- active ones a person may have; beyond it strong kinds conflict, technical ones retire the oldest
);
insert into identity.kind (kind, priority, most) values
  ('user_id', 100, 1), ('card', 90, 5), ('external', 80, 20), ('telegram', 75, 3), ('vk', 74, 3), ('max', 73, 3),
  ('whatsapp', 72, 3), ('viber', 71, 3), ('phone', 60, 5), ('email', 50, 10), ('push_token', 30, 50), ('device', 20, 50),
  ('anonymous_id', 10, 500);

create table identity.customer (
  id          uuid primary key,
  head_id     uuid        not null,  -- smallest id (the oldest) of the person, derived from the standing merges
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  channel     text        not null,
  source_id   uuid,
  first_name  text,
  middle_name text,
  last_name   text,
  birth_date  date,
  city        text,
  address     text,
  attributes  jsonb       not null default '{}',
  fixed       text[]      not null default '{}'  -- fields that staff set: what is tracked does not overwrite them
) with (fillfactor = 85);
create index customer_head on identity.customer (head_id);
create index customer_attributes on identity.customer using gin (attributes jsonb_path_ops) where attributes <> '{}';

-- slot says what the row does, and makes one index serve all:
--   `link`          proven or technical: the one customer whom the value names
--   `anchor <who>`  claimed, and the customer has nothing better: the next who claims it under this name is she
--   `claim <id>`    claimed beside something better: a hint for linkage, on any number of customers
-- No foreign key: its check would lock the customer's row for each new identifier of the intake.
create table identity.identifier (
  kind          text collate "C" not null,
  value         text collate "C" not null,
  slot          text collate "C" not null,
  customer_id   uuid        not null,
  proof         text        not null check (proof in ('proven', 'claimed')),
  state         text        not null default 'active' check (state in ('active', 'shared', 'retired', 'blocked')),
  how           text        not null,              -- event, alias, import, staff
  channel       text        not null,
  source_id     uuid,
  first_seen_at timestamptz not null,
  primary key (kind, value, slot)
);
create index identifier_customer on identity.identifier (customer_id);

-- The forest of standing merges: an edge between two customer ids, added only between two persons. head_id follows from it,
-- so any edge can be taken out at any time and both sides are exactly what they were.
create table identity.merge (
  id        uuid primary key,
  a         uuid        not null,
  b         uuid        not null,
  by_kind   text        not null check (by_kind in ('rule', 'linkage', 'staff', 'key')),
  by_id     uuid,
  why       text        not null,
  evidence  jsonb       not null,
  via_kind  text,                                 -- the identifier that joined them, if one did
  via_value text,
  at        timestamptz not null,
  undone_at      timestamptz,
  undone_by_kind text,
  undone_by_id   uuid,
  undone_why     text,
  check (a <> b)
);
create index merge_a on identity.merge (a);
create index merge_b on identity.merge (b);
create index merge_via on identity.merge (via_kind, via_value) where undone_at is null and via_kind is not null;

-- Pairs that no rule may join: staff parted them or said that they are two.
create table identity.apart (
  a       uuid        not null,
  b       uuid        not null,
  by_kind text        not null,
  by_id   uuid,
  why     text        not null,
  at      timestamptz not null,
  primary key (a, b),
  check (a < b)
);
create index apart_b on identity.apart (b);

create table identity.suggestion (
  id         uuid primary key,
  a          uuid        not null,                -- customer ids; the persons are read through their heads
  b          uuid        not null,
  score      real        not null,
  evidence   jsonb       not null,
  raised_at  timestamptz not null,
  state      text        not null default 'open' check (state in ('open', 'merged', 'dismissed')),
  decided_at timestamptz,
  decided_by uuid,
  why        text,
  check (a < b)
);
create unique index suggestion_pair on identity.suggestion (a, b) where state = 'open';
create index suggestion_a on identity.suggestion (a);
create index suggestion_b on identity.suggestion (b);
create index suggestion_state on identity.suggestion (state, id desc);

create table identity.attribute (
  key        text primary key,
  label_ru   text        not null,
  label_en   text        not null,
  type       text        not null check (type in ('text', 'number', 'money', 'date', 'list')),
  options    text[]      not null default '{}',
  created_at timestamptz not null
);

-- Traits that came but nobody declared: the console offers to declare them.
create table identity.undeclared (
  key           text primary key,
  first_seen_at timestamptz not null
);

create table identity.blocked (
  kind    text        not null,
  value   text        not null,
  why     text        not null,
  by_id   uuid,
  at      timestamptz not null,
  primary key (kind, value)
);

-- What is searched, one row a head with a name or a contact. Apart from customer, so that new traits do not rewrite its indexes.
-- Names are found by whole words: likeness over all people would read the long lists of common trigrams (-ова) at each search.
create table identity.person (
  id       uuid primary key,
  words    text[] collate "C" not null,           -- of all names, folded
  contacts text   collate "C" not null            -- phones, e-mails, cards, messenger names, with blanks between
);
create index person_words on identity.person using gin (words);
create index person_contacts on identity.person using gin (contacts gin_trgm_ops);

-- Every word that stands in person.words. Beginnings and typos are looked up among these few thousand, and people then by the word.
create table identity.word (
  word text collate "C" primary key
);
create index word_trigram on identity.word using gin (word gin_trgm_ops);

-- First and last contact of each customer id by channel, kept by a follower of the log.
create table identity.contact (
  customer_id uuid        not null,
  channel     text        not null,
  first_at    timestamptz not null,
  last_at     timestamptz not null,
  primary key (customer_id, channel)
) with (fillfactor = 80);
create index contact_channel on identity.contact (channel, last_at desc);
create index contact_last on identity.contact (last_at desc);
