drop function exchanged(bigint, bigint, bigint, bigint);
alter table orders drop column rates_at;
alter table orders drop column base_amount;
alter table orders drop column base_rate;
drop table exchange_rates;
