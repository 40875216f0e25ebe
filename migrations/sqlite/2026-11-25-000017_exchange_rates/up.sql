-- What one unit of a currency is worth in the base currency from a day on, in ten-thousand-millionths. A rate that is replaced or taken back stays, so that
-- what was known at a moment can be looked up.
create table exchange_rates (
    id blob primary key not null,
    currency text not null,
    date date not null,
    starts_at integer not null,
    rate bigint not null,
    recorded_at integer not null,
    recorded_by blob references users (id),
    replaced_at integer
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
alter table orders add column rates_at integer;
update orders set rates_at = 0 where closed_on is not null;
