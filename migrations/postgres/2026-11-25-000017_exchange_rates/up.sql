-- What one unit of a currency is worth in the base currency from a day on, in ten-thousand-millionths. A rate that is replaced or taken back stays, so that
-- what was known at a moment can be looked up.
create table exchange_rates (
    id uuid primary key not null,
    currency text not null,
    date date not null,
    starts_at timestamptz not null,
    rate bigint not null,
    recorded_at timestamptz not null,
    recorded_by uuid references users (id),
    replaced_at timestamptz
);
create unique index exchange_rates_current on exchange_rates (currency, date) where replaced_at is null;
create index exchange_rates_date on exchange_rates (date, id) where replaced_at is null;
create index exchange_rates_currency on exchange_rates (currency, date, id);
create index exchange_rates_starts on exchange_rates (currency, starts_at);
create index exchange_rates_recorded on exchange_rates (recorded_at);

-- The rate of the order's day, or of its closing, and what its amount comes to by it; null in the base currency, and where there was no rate.
alter table orders add column base_rate bigint;
alter table orders add column base_amount bigint;
-- Of a closed order: when the last rates were recorded that it could know of; those that are recorded later count for it no more.
alter table orders add column rates_at timestamptz;
update orders set rates_at = to_timestamp(0) where closed_on is not null;

-- The same as `decimal::exchanged`, which SQLite is given by the program.
create function exchanged(amount bigint, rate bigint, into_rate bigint, step bigint) returns bigint language sql immutable parallel safe as $$
    select case when q.size > 9999999999999999 then null when amount < 0 then -q.size::bigint else q.size::bigint end
    from (select div(2 * abs(amount::numeric) * rate + into_rate::numeric * step, 2 * into_rate::numeric * step) * step as size) q
$$;
