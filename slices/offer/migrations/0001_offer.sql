create schema offer;

-- A promotion as it stands. What it says is `body`; the columns repeat what placements and lists ask for.
create table offer.rule (
  id           uuid primary key,
  state        text        not null check (state in ('draft', 'active', 'paused', 'archived')),
  version      int         not null,
  name         text        not null,
  body         jsonb       not null,
  most_uses    bigint check (most_uses > 0),
  most_each    bigint check (most_each > 0),       -- per person
  budget_minor bigint check (budget_minor >= 0),
  created_at   timestamptz not null,
  changed_at   timestamptz not null
);
create index rule_active on offer.rule (id) where state = 'active';

-- Every version that ever stood.
create table offer.rule_version (
  rule_id  uuid        not null,
  version  int         not null,
  state    text        not null,
  body     jsonb       not null,
  staff_id uuid,
  at       timestamptz not null,
  primary key (rule_id, version)
);

-- One row: what the compiled books of all processes are compared with. The stamp is new with each change, so that a
-- number that was rolled back is never taken for the one that came instead.
create table offer.revision (
  one    boolean primary key default true check (one),
  number bigint not null,
  stamp  uuid   not null,
  cap_bp int    not null check (cap_bp between 0 and 10000)
);
insert into offer.revision (number, stamp, cap_bp) values (1, '00000000-0000-7000-8000-000000000000', 10000);

create table offer.coupon (
  id          uuid primary key,
  rule_id     uuid        not null,
  code        text        not null unique,          -- normalised: upper case, without blanks and hyphens
  kind        text        not null check (kind in ('shared', 'unique')),
  state       text        not null check (state in ('active', 'blocked')),
  most_uses   bigint check (most_uses > 0),
  most_each   bigint check (most_each > 0),
  valid_from  timestamptz,
  valid_until timestamptz,
  created_at  timestamptz not null
);
create index coupon_rule on offer.coupon (rule_id, id);

-- A personal offer in the wallet of a customer; works once.
create table offer.personal (
  id          uuid primary key,
  customer_id uuid        not null,
  rule_id     uuid        not null,
  state       text        not null check (state in ('held', 'used', 'revoked')),
  source      text        not null,
  valid_from  timestamptz,
  valid_until timestamptz,
  granted_at  timestamptz not null,
  used_ref    text,
  used_at     timestamptz,
  check ((state = 'used') = (used_ref is not null))
);
create index personal_customer on offer.personal (customer_id, id desc);

-- Counted uses: of a rule or a coupon (`scope_id`), by everybody (zero uuid) or by one customer id. Only what has a
-- limit has a row, so what has none is nobody's hot spot. The checks are the last guard.
create table offer.tally (
  scope_id     uuid   not null,
  customer_id  uuid   not null,
  used         bigint not null check (used >= 0),
  most         bigint check (used <= most),
  spent_minor  bigint not null check (spent_minor >= 0),
  budget_minor bigint check (spent_minor <= budget_minor),
  primary key (scope_id, customer_id)
) with (fillfactor = 50);
create index tally_customer on offer.tally (customer_id) where customer_id <> '00000000-0000-0000-0000-000000000000';

-- What a placement (ref) used up; given back at most once, and may be taken anew after that.
create table offer.redemption (
  ref           text        not null,
  rule_id       uuid        not null,
  coupon_id     uuid,
  personal_id   uuid,
  customer_id   uuid,
  amount_minor  bigint      not null check (amount_minor >= 0),
  scopes        uuid[]      not null,               -- scopes counted for everybody
  own_scopes    uuid[]      not null,               -- scopes counted for the customer
  at            timestamptz not null,
  given_back_at timestamptz,
  primary key (ref, rule_id)
);
create index redemption_rule on offer.redemption (rule_id, at);
create index redemption_customer on offer.redemption (customer_id) where customer_id is not null;
