-- Staff: who may come in, what they may do, and the record of whom they saw and changed.
create schema staff;

create table staff.member (
  id             uuid primary key,
  name           text        not null,
  email          text        not null,          -- trimmed, lower case
  roles          text[]      not null check (cardinality(roles) between 1 and 9),
  password_hash  text,                          -- null until the invited person sets one
  locale         text        not null default 'ru' check (locale in ('ru', 'en')),
  theme          text        not null default 'auto' check (theme in ('auto', 'light', 'dark')),
  time_zone      text        not null default 'Europe/Moscow',
  totp_secret    text,                          -- base32; in force when totp_at is set
  totp_at        timestamptz,
  totp_step      bigint      not null default 0, -- last accepted 30 s step: a code counts once
  blocked_at     timestamptz,
  signed_in_at   timestamptz,
  created_at     timestamptz not null
);
create unique index member_email on staff.member (email);

-- Recovery codes stand in for the TOTP device, each once. 80 random bits each, so a plain SHA-256 keeps them.
create table staff.recovery_code (
  member_id uuid  not null references staff.member on delete cascade,
  code_hash bytea not null,
  primary key (member_id, code_hash)
);

create table staff.session (
  id         uuid primary key,
  member_id  uuid        not null references staff.member on delete cascade,
  token_hash bytea       not null unique,       -- SHA-256; the token itself is only in the cookie
  how        text        not null check (how in ('password', 'link')),
  waits_totp boolean     not null,
  created_at timestamptz not null,
  seen_at    timestamptz not null,              -- written at most once a minute
  ip         text        not null,
  agent      text        not null
);
create index session_member on staff.session (member_id);

-- One-time links: invitation and sign-in. A used link leaves no row.
create table staff.link (
  token_hash bytea primary key,
  member_id  uuid        not null references staff.member on delete cascade,
  expires_at timestamptz not null
);
create index link_member on staff.link (member_id);

-- Failed guesses in a fixed window, shared by all server processes.
create table staff.guess (
  key     text primary key,                     -- kind and a hash, never an address in clear
  count   int         not null,
  ends_at timestamptz not null
);
create index guess_ends on staff.guess (ends_at);

create table staff.key (
  id           uuid primary key,
  name         text        not null,
  secret_hash  bytea       not null unique,
  prefix       text        not null,            -- first characters, to tell keys apart in a list
  scopes       text[]      not null,
  created_by   uuid        not null references staff.member,
  created_at   timestamptz not null,
  last_used_at timestamptz,
  revoked_at   timestamptz
);

-- Who saw and changed whom. Ids only: names are read when it is shown. customer_id is kept as it was asked for.
create table staff.audit (
  id          uuid primary key,                 -- uuid v7: the order of the list
  at          timestamptz not null,
  member_id   uuid references staff.member,
  key_id      uuid references staff.key,
  action      text        not null,
  customer_id uuid,
  detail      jsonb       not null default '{}',
  ip          text        not null
);
create index audit_customer on staff.audit (customer_id, id desc) where customer_id is not null;
create index audit_member on staff.audit (member_id, id desc);
create index audit_action on staff.audit (action, id desc);
