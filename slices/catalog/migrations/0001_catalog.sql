-- What is sold, and for how much.
create schema catalog;
create extension if not exists pg_trgm;

create table catalog.category (
  id        uuid primary key,
  code      text collate "C" not null unique,     -- of the company, or of the system it came from: `yml:12`
  parent_id uuid references catalog.category,
  path      uuid[] not null,                      -- from the root to itself
  name      text   not null,
  sort      int    not null default 0
);
create index category_parent on catalog.category (parent_id);
create index category_path on catalog.category using gin (path);

create table catalog.attribute (
  key        text collate "C" primary key,
  label_ru   text   not null,
  label_en   text   not null,
  type       text   not null check (type in ('text', 'number', 'boolean', 'option')),
  level      text   not null check (level in ('product', 'variant')),
  measure    text,                                -- ГБ, мм: shown behind the value
  options    text[] not null default '{}',
  facetable  boolean not null default true,
  sort       int    not null default 0
);

create table catalog.product (
  id          uuid primary key,
  code        text collate "C" not null unique,   -- by which an import finds it again
  title       text        not null,
  description text        not null default '',
  brand       text,
  category_id uuid references catalog.category,
  kind        text        not null check (kind in ('good', 'service', 'gift-card')),
  attributes  jsonb       not null default '{}',
  media       jsonb       not null default '[]',  -- [{url, alt}] in their order
  popularity  int         not null default 0,
  state       text        not null check (state in ('active', 'withdrawn')),
  source      text,                               -- system whose feed it is of: what is missing there is withdrawn
  version     int         not null default 1,
  created_at  timestamptz not null,
  updated_at  timestamptz not null
);
create index product_category on catalog.product (category_id);
create index product_source on catalog.product (source, id) where source is not null;

create table catalog.variant (
  id              uuid primary key,
  product_id      uuid    not null references catalog.product,
  sku             text    collate "C" not null unique,
  title           text    not null,               -- as it is shown in a cart and on a receipt
  unit            text    not null check (unit in ('piece', 'weight')),
  weight_g        int     check (weight_g > 0),
  marked          boolean not null,
  min_age         smallint,
  vat             text    not null,
  min_price_minor bigint  check (min_price_minor >= 0),
  no_discount     boolean not null,
  warranty_months smallint,
  attributes      jsonb   not null default '{}',
  image           text,
  components      jsonb   not null default '[]',  -- of a kit: [{variantId, quantity}]
  sort            int     not null default 0,
  state           text    not null check (state in ('active', 'withdrawn'))
);
create index variant_product on catalog.variant (product_id, sort, id);

-- EAN, UPC and what else a scanner reads. A code names one variant.
create table catalog.code (
  code       text collate "C" primary key,
  variant_id uuid not null references catalog.variant
);
create index code_variant on catalog.code (variant_id);

-- The list of priority 0 is the price everywhere; every other list is a deviation for some channels or customers.
create table catalog.price_list (
  id              uuid primary key,
  code            text   collate "C" not null unique,
  name            text   not null,
  priority        int    not null check (priority >= 0),
  currency        text   not null,
  channels        text[] not null default '{}',   -- empty: all
  customer_groups text[] not null default '{}',   -- empty: everybody
  from_at         timestamptz,
  until_at        timestamptz,
  state           text   not null check (state in ('active', 'withdrawn')),
  check ((priority = 0) = (code = 'default'))
);
insert into catalog.price_list (id, code, name, priority, currency, state)
values ('00000000-0000-7000-8000-000000000000', 'default', 'Цена везде', 0, 'RUB', 'active');

create table catalog.price (
  variant_id      uuid        not null references catalog.variant,
  list_id         uuid        not null references catalog.price_list,
  from_at         timestamptz not null default '-infinity',
  until_at        timestamptz,
  price_minor     bigint      not null check (price_minor >= 0),
  old_price_minor bigint      check (old_price_minor > price_minor),
  primary key (variant_id, list_id, from_at),
  check (until_at > from_at)
);
create index price_list_entry on catalog.price (list_id, variant_id);
-- Prices that begin or end by themselves: what is searched is priced anew then.
create index price_from on catalog.price (from_at) where from_at > '-infinity';
create index price_until on catalog.price (until_at) where until_at is not null;

-- Every change of a price, append-only. price_minor null: the entry was taken out.
create table catalog.price_change (
  id              uuid primary key,
  variant_id      uuid        not null,
  list_id         uuid        not null,
  from_at         timestamptz,
  until_at        timestamptz,
  price_minor     bigint,
  old_price_minor bigint,
  at              timestamptz not null,
  by              text        not null             -- staff:id, key:id, import
);
create index price_change_variant on catalog.price_change (variant_id, id desc);
create function catalog.keep_price_change() returns trigger language plpgsql as $$
begin
  raise exception 'catalog.price_change is append-only';
end $$;
create trigger keep before update or delete on catalog.price_change for each row execute function catalog.keep_price_change();

-- a fits b (a case a phone); a is consumable for b (a cartridge a printer); substitutes are mutual and kept with the smaller id first.
create table catalog.relation (
  kind text not null check (kind in ('fits', 'consumable-for', 'substitute')),
  a    uuid not null references catalog.product,
  b    uuid not null references catalog.product,
  sort int  not null default 0,
  primary key (kind, a, b),
  check (a <> b and (kind <> 'substitute' or a < b))
);
create index relation_b on catalog.relation (b, kind);

-- What is searched: one narrow row a product. Terms are stems and spellings folded to Latin letters, so that both alphabets
-- meet; facets are numbers of catalog.facet.
create table catalog.doc (
  product_id  uuid primary key,
  title_terms text[] collate "C" not null,        -- in their order
  terms       text[] collate "C" not null,        -- of everything, the title too
  facets      int[]  not null,
  price_minor bigint,                             -- least of its variants on the default list
  popularity  int    not null,
  title       text   not null,
  active      boolean not null
);
create index doc_search on catalog.doc using gin (terms, facets);
create index doc_popular on catalog.doc (active, popularity desc, product_id desc);
create index doc_price on catalog.doc (active, price_minor, product_id);

create table catalog.facet (
  id       int generated always as identity primary key,
  key      text collate "C" not null,             -- category, brand, attribute.COLOR
  value    text collate "C" not null,
  label    text not null,
  products int  not null default 0,               -- counted now and then
  unique (key, value)
);

-- Every word of the documents: beginnings and slips are looked up among these few thousand, and products then by the term.
create table catalog.word (
  word     text collate "C" primary key,          -- as people write it
  spelled  text collate "C" not null,             -- folded to Latin, whole
  stem     text collate "C" not null,             -- folded to Latin, its stem
  products int not null default 0,                -- counted now and then
  titles   int not null default 0                 -- of those, with the word in the title
);
create index word_spelled on catalog.word (spelled);
create index word_stem on catalog.word (stem);
create index word_trigram on catalog.word using gin (spelled gin_trgm_ops);

-- Products whose row in catalog.doc is behind.
create table catalog.stale (
  product_id uuid primary key
);

-- Until when prices that begin or end by themselves were looked at, and whether words want counting.
create table catalog.tide (
  one       boolean primary key default true check (one),
  priced_at timestamptz not null,
  miscounted boolean not null
);
insert into catalog.tide (priced_at, miscounted) values ('-infinity', false);
