-- What PostgreSQL counts lines by together with their order. It stays empty here, where an order's own row holds what its lines come to.
alter table order_fact_lines add column status text;
alter table order_fact_lines add column closed_on date;
alter table order_fact_lines add column currency text;
alter table order_fact_lines add column archived_at integer;
alter table order_fact_lines add column first_of_category boolean;
