-- The copy of the log that answers analytics. A batch that is sent twice leaves rows with equal keys: ReplacingMergeTree
-- folds them, and `final` reads as if it had already.
create table if not exists event (
  id          UUID,
  tx          UInt64,
  kind        LowCardinality(String),
  name        LowCardinality(String),
  channel     LowCardinality(String),
  source_id   Nullable(UUID),
  customer_id Nullable(UUID),
  occurred_at DateTime64(3, 'UTC'),
  received_at DateTime64(3, 'UTC'),
  data        String codec(ZSTD(1))
)
engine = ReplacingMergeTree
partition by toYYYYMM(received_at)
order by (channel, name, occurred_at, id)
