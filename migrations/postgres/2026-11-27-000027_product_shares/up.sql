-- Where SQLite keeps what the lines of an order come to by product. It stays empty here, where the lines are joined as fast.
alter table order_facts add column product_shares bytea not null default '';
