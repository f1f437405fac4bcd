create schema place;

-- Where things are sold, kept and handed out: a few hundred rows.
create table place.place (
  id           uuid primary key,
  code         text        not null unique,
  kind         text        not null check (kind in ('shop', 'warehouse', 'pickup', 'cafe')),
  name         text        not null,
  brand        text,
  city         text        not null,
  address      text        not null default '',
  lat          float8      not null check (lat between -90 and 90),
  lon          float8      not null check (lon between -180 and 180),
  time_zone    text        not null,
  services     text[]      not null default '{}'
    check (services <@ array['sale', 'pickup', 'try-on', 'return', 'ship', 'cafe']),
  state        text        not null default 'open' check (state in ('open', 'closed')),
  within_id    uuid        references place.place check (within_id <> id),
  phone        text,
  hours        jsonb,                                     -- {week, exceptions}; null: round the clock
  prep_minutes int         not null default 60 check (prep_minutes between 0 and 100000),
  changed_at   timestamptz not null
);
create index place_closed on place.place (id) where state = 'closed';

-- A cell of a pickup desk holds one parcel, and a parcel lies in one cell.
create table place.cell (
  place_id uuid not null references place.place,
  code     text not null,
  position int  not null,
  ref      text,
  taken_at timestamptz,
  primary key (place_id, code),
  constraint taken_since check ((ref is null) = (taken_at is null))
);
create unique index cell_ref on place.cell (ref) where ref is not null;
create index cell_free on place.cell (place_id, position) where ref is null;

create table place.staff (
  place_id uuid not null references place.place,
  staff_id uuid not null,
  primary key (place_id, staff_id)
);
create index staff_place on place.staff (staff_id);

-- Another id with every change of places: who has read them under this id knows them still.
create table place.version (
  one boolean primary key default true check (one),
  id  uuid    not null
);
insert into place.version (id) values (gen_random_uuid());

create function place.renew() returns trigger language plpgsql as $$
begin
  update place.version set id = gen_random_uuid();
  return null;
end $$;
create trigger place_renewed after insert or update or delete on place.place for each statement execute function place.renew();
