alter table order_fact_lines add column status text;
alter table order_fact_lines add column closed_on date;
alter table order_fact_lines add column currency text;
alter table order_fact_lines add column archived_at integer;
alter table order_fact_lines add column first_of_category boolean;
