-- One ledger for points, gift cards and store credit.
create schema wallet;

create table wallet.card (
  id           uuid primary key,
  code_hash    bytea       not null unique,             -- SHA-256 of 95 random bits; the code itself is nowhere
  last4        text        not null,
  state        text        not null check (state in ('new', 'active', 'blocked')),
  currency     text        not null,
  amount_minor bigint      not null check (amount_minor > 0),
  ref          text,                                    -- the order that sells it
  key          text        not null,
  no           int         not null,
  expires_at   timestamptz,
  issued_at    timestamptz not null,
  activated_at timestamptz,
  blocked_at   timestamptz,
  blocked_why  text,
  refunded_at  timestamptz,
  unique (key, no)
);
create index card_ref on wallet.card (ref) where ref is not null;
create index card_last4 on wallet.card (last4);
create index card_state on wallet.card (state, id desc);

-- What came in at once: an amount that begins and may expire. A debt is a lot below zero, which later lots repay.
-- `remaining` stands in no index, so that spending is a HOT update.
create table wallet.lot (
  id           uuid primary key,
  kind         text        not null check (kind in ('points', 'gift', 'credit')),
  customer_id  uuid,                                    -- null: of a card, or of somebody erased
  card_id      uuid,
  amount       bigint      not null check (amount <> 0),
  remaining    bigint      not null,
  held         bigint      not null default 0,
  available_at timestamptz not null,
  expires_at   timestamptz,
  ref          text,
  of_lot       uuid,                                    -- the expired lot whose spent points came back in this one
  begun        boolean     not null,                    -- available, and said so by a fact
  closed       boolean     not null default false,      -- expired and booked
  created_at   timestamptz not null,
  constraint one_owner check (customer_id is null or card_id is null),
  constraint within_amount check (
    (amount > 0 and held >= 0 and held <= remaining and remaining <= amount)
    or (amount < 0 and held = 0 and remaining >= amount and remaining <= 0))
) with (fillfactor = 85);
create index lot_customer on wallet.lot (customer_id, kind) where customer_id is not null;
create index lot_card on wallet.lot (card_id) where card_id is not null;
create index lot_begin on wallet.lot (available_at) where not begun;
create index lot_expiry on wallet.lot (expires_at) where not closed and expires_at is not null;
create index lot_debt on wallet.lot (customer_id) where amount < 0;
create index lot_nobody on wallet.lot (id) where customer_id is null and card_id is null and not closed;

-- One act with its key: the same key again has no second effect.
create table wallet.transfer (
  id     uuid primary key,
  key    text collate "C" not null unique,
  what   text        not null check (what in
    ('earned', 'spent', 'returned', 'clawed-back', 'expired', 'repaid', 'activated', 'refunded', 'adjusted', 'erased')),
  reason text        not null default '',
  ref    text,
  at     timestamptz not null,
  answer jsonb
);
create index transfer_ref on wallet.transfer (ref) where ref is not null;

-- An entry takes from one side and gives to the other, so the entries of a transfer cannot but sum to zero. A side is a
-- lot (a customer's or a card's) or an account of the house. No entry names a person: erasing changes none.
create table wallet.entry (
  transfer_id  uuid     not null,
  no           int      not null,
  from_account text check (from_account in ('issued', 'spent', 'expired', 'clawed-back', 'refunded', 'adjusted', 'erased')),
  from_lot     uuid,
  to_account   text check (to_account in ('issued', 'spent', 'expired', 'clawed-back', 'refunded', 'adjusted', 'erased')),
  to_lot       uuid,
  amount       bigint   not null check (amount > 0),
  primary key (transfer_id, no),
  constraint two_sides check ((from_account is null) <> (from_lot is null) and (to_account is null) <> (to_lot is null)),
  constraint moves_something check (from_lot is distinct from to_lot or from_lot is null)
);
create index entry_from on wallet.entry (from_lot) where from_lot is not null;
create index entry_to on wallet.entry (to_lot) where to_lot is not null;

create function wallet.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete on wallet.entry for each row execute function wallet.refuse_change();
create trigger append_only before update or delete on wallet.transfer for each row execute function wallet.refuse_change();
create trigger keep before truncate on wallet.entry execute function wallet.refuse_change();
create trigger keep before truncate on wallet.transfer execute function wallet.refuse_change();

create table wallet.hold (
  id          uuid primary key,
  ref         text        not null,
  key         text        not null,
  kind        text        not null,
  customer_id uuid,
  card_id     uuid,
  amount      bigint      not null check (amount >= 0),
  until       timestamptz,
  made_at     timestamptz not null,
  ended_at    timestamptz,
  outcome     text check (outcome in ('captured', 'released', 'expired')),
  unique (ref, key),
  constraint ends_once check ((ended_at is null) = (outcome is null))
);
create index hold_until on wallet.hold (until) where ended_at is null and until is not null;
create index hold_customer on wallet.hold (customer_id) where customer_id is not null;

create table wallet.part (
  hold_id uuid   not null,
  no      int    not null,
  lot_id  uuid   not null,
  amount  bigint not null check (amount > 0),
  primary key (hold_id, no)
);
create index part_lot on wallet.part (lot_id);

-- Why staff corrected a purse, in their words: may name people, so it is apart from the ledger and is erased.
create table wallet.note (
  transfer_id uuid primary key,
  text        text not null,
  by          text not null
);

-- Wrong codes by who asked, and of all (`*`), in windows.
create table wallet.guess (
  asker     text        not null,
  window_at timestamptz not null,
  tries     int         not null,
  primary key (asker, window_at)
);
create index guess_window on wallet.guess (window_at);
