-- A customer's session at a face (site, app, till). Only the hash of its token is kept.
create table identity.session (
  id           uuid primary key,
  token_hash   bytea       not null unique,
  customer_id  uuid        not null,
  anonymous_id text,                              -- of a visitor, so that signing in joins what she did before
  channel      text        not null,
  signed_in    boolean     not null,
  created_at   timestamptz not null,
  expires_at   timestamptz not null
);
create index session_customer on identity.session (customer_id);
create index session_expiry on identity.session (expires_at);
