-- What each customer id bought, per currency. A person's vitals are the sum over the set of ids, so merge and
-- unmerge change nothing here.
create schema insight;

create table insight.purchase_total (
  customer_id       uuid        not null,
  currency          text        not null check (length(currency) between 3 and 8),
  purchases         int         not null,
  -- Net of refunds; may be negative when only a refund is known.
  spent_minor       bigint      not null,
  first_purchase_at timestamptz,
  last_purchase_at  timestamptz,
  primary key (customer_id, currency)
);
